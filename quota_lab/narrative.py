"""A counter-example as a story that a reader can follow, line by line."""

from quota_lab.scenarios import SCENARIOS
from quota_lab.schedule import CounterExample, Ending, Move

MEANINGS = {
    "over_admission": "more was granted than the limit allows",
    "rows_over": "rows over the limit are left",
    "false_refusal": "a request was refused although it fits",
    "drift": "the tally is not what the rows add up to",
    "leak": "something stays reserved for nobody",
    "duplicate_usage": "one project has two usage rows",
    "deadlock": "the server had to break a deadlock",
}


def describe(example: CounterExample) -> str:
    """The schedule, one line for each move, with the answer to each client and the remaining rows of the tables."""
    case = example.case
    setting = " ".join((SCENARIOS[case.name][0].__doc__ or "").split())
    lines = [
        f"{case.design_name} on {case.database}, {case.level}: {MEANINGS[example.fault]}.",
        f"{setting}",
        describe_moves(example),
    ]
    return "\n".join(lines)


def describe_moves(ending: Ending) -> str:
    """The moves, the outcome of each client, and the rows."""
    return "\n".join(
        [
            *(
                f"{number:>3}  client {move.client + 1}  {describe_move(move)}"
                for number, move in enumerate(ending.moves, 1)
            ),
            *(f"     client {n} ends: {outcome}" for n, outcome in enumerate(ending.outcomes, 1) if outcome),
            *(f"     left: {' '.join(str(value) for value in row)}" for row in ending.rows if row[0] != "projects"),
        ]
    )


def describe_move(move: Move) -> str:
    """One move in words: the steps that other clients can notice, with their answers."""
    if move.is_crash:
        return "CRASHES"
    pairs = zip(move.steps, move.answers, strict=True)
    parts = [step if answer == "None" else f"{step} -> {answer}" for step, answer in pairs]
    if move.is_waiting:
        parts.append("waits for a lock with its snapshot taken")
    return ", ".join(parts) + (f"  => {move.ended}" if move.ended else "")
