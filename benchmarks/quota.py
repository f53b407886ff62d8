"""The judge, the explorer and the proposed design, each against a peer in the same run: `python -m benchmarks.quota`.

The judge's peer is just-in-time linearisation as published (Lowe 2017): the same search without this laboratory's
three shortcuts. The proposed design's peer is ConditionalUpdate, raced in turn with it on the same server, so that the
ratio survives a busy machine; the seconds themselves do not.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from operator import add
from pathlib import Path

from benchmarks.rows import Row, leave
from quota_lab import databases, explorer, linearisability, race, runs, scenarios
from quota_lab.history import History, Operation
from quota_lab.judge import verdict
from quota_lab.race_config import RaceConfig

Done = tuple[frozenset[int], tuple[int, ...]]  # the operations that took effect, and what is used then
PATIENCE = 20.0  # seconds that the peer may take before it is given up
PAIRS = 7


def serial_history(workers: int, seconds: float, rate: float, *, seed: int = 1) -> History:
    """A correct history of a limit of 20: every operation takes effect at one instant inside its interval."""
    rng, used = random.Random(seed), 0
    owned: list[Operation] = []
    operations: list[Operation] = []
    free_at = [0] * workers
    for name in range(int(seconds * rate)):
        at, worker = int(name * 1e9 / rate), min(range(workers), key=free_at.__getitem__)
        called = max(free_at[worker], at - int(rng.expovariate(rate / workers) * 1e9))
        if called > at:
            continue
        answered = free_at[worker] = at + 1 + int(rng.expovariate(rate / workers) * 1e9)
        free_at[worker] += 1
        old = [o for o in owned if o.answered < called]
        gone = rng.choice(old) if old and rng.random() < 0.45 else None
        delta = -gone.deltas[0] if gone else rng.choice((1, 1, 2, 4))
        operation = Operation(name, called, answered, (delta,), used + delta > 20)
        operations.append(operation)
        if gone:
            owned.remove(gone)
        elif not operation.is_refused:
            owned.append(operation)
        used += 0 if operation.is_refused else delta
    return History(((1, "cores"),), (20,), tuple(operations))


def as_published(history: History) -> bool | None:
    """Just-in-time linearisation: all sets of pending operations that some order can have done; None when too slow."""
    deadline = time.process_time() + PATIENCE
    events = sorted([(o.called, 0, o) for o in history.operations] + [(o.answered, 1, o) for o in history.operations],
                    key=lambda event: event[:2])  # fmt: skip
    pending: dict[int, Operation] = {}
    states: set[Done] = {(frozenset[int](), (0,))}
    for _, is_answer, operation in events:
        if not is_answer:
            pending[operation.name] = operation
            continue
        states = _closed(states, pending, history.limits, deadline)
        states = {(done - {operation.name}, used) for done, used in states if operation.name in done}
        del pending[operation.name]
        if time.process_time() > deadline:
            return None
        if not states:
            return False
    return True


def _closed(states: set[Done], pending: dict[int, Operation], limits: tuple[int, ...], deadline: float) -> set[Done]:
    frontier, seen = list(states), set(states)
    while frontier and time.process_time() < deadline:
        done, used = frontier.pop()
        for name, operation in pending.items():
            if name not in done:
                wanted = tuple(map(add, used, operation.deltas))
                fits = operation.deltas[0] <= 0 or wanted <= limits
                following = (done | {name}, used if operation.is_refused else wanted)
                if fits != operation.is_refused and following not in seen:
                    seen.add(following)
                    frontier.append(following)
    return seen


def judging() -> Iterator[Row]:
    """The judge against its peer, on longer and longer histories."""
    print("| workers | history s | operations | judge s | as published s |\n|--:|--:|--:|--:|--:|")
    for workers, seconds in ((4, 0.5), (8, 0.5), (8, 2.0), (16, 0.5), (16, 2.0)):
        history = serial_history(workers, seconds, 1000)
        started = time.process_time()
        is_linearisable = linearisability.n_unexplained(history) == 0
        ours = time.process_time() - started
        peer = as_published(history)
        theirs = time.process_time() - started - ours
        if peer is not None and peer != is_linearisable:
            raise SystemExit(f"the judge says {is_linearisable}, its peer says {peer}")
        peer_seconds = f"over {PATIENCE:.0f}" if peer is None else f"{theirs:.2f}"
        print(f"| {workers} | {seconds} | {len(history.operations)} | {ours:.2f} | {peer_seconds} |", flush=True)
        n, of = len(history.operations), f"{workers} workers, {seconds} s"
        yield {"what": f"ours, judging {of}", "n": n, "seconds": ours}
        yield {"what": f"peer: as published, {of}", "n": n} | (
            {"seconds": theirs} if peer is not None else {"missing": f"given up after {PATIENCE:.0f} s"}
        )


def exploring() -> Iterator[Row]:
    """All cases at the default level of each server."""
    print()
    for database in ("postgresql", "mariadb"):
        started = time.process_time()
        explorations = [explorer.explore(case) for case in scenarios.every(database)]
        spent = time.process_time() - started
        states, of = sum(e.n_states for e in explorations), f"{len(explorations)} cases of {database}"
        print(f"{of}, {states:,} states, {spent:.1f} s: {states / spent:,.0f} states a second", flush=True)
        yield {"what": f"ours, exploring {of}, by state", "n": states, "seconds": spent}


def racing(pairs: int) -> Iterator[Row]:
    """AdmitLast against ConditionalUpdate, in turn, on every server that this machine has."""
    print("\n| database | think ms | pairs | median ratio of requests a second | least | most |")
    print("|---|--:|--:|--:|--:|--:|")
    for name in [name for name in databases.DATABASES if name not in databases.missing()]:
        with databases.named(name)() as database:
            for think_ms in (0.0, 5.0):
                begun = time.perf_counter()
                ratios = [_ratio(database, think_ms, repetition) for repetition in range(pairs)]
                seconds = time.perf_counter() - begun
                middle = statistics.median(ratios)
                print(
                    f"| {name} | {think_ms:.0f} | {pairs} | {middle:.2f} | {min(ratios):.2f} | {max(ratios):.2f} |",
                    flush=True,
                )
                yield {
                    "what": f"AdmitLast, {name}, think {think_ms:.0f} ms",
                    "n": 2 * pairs,
                    "seconds": seconds,
                    "beside": f"{middle:.2f} x the requests a second of ConditionalUpdate",
                }
    for name in databases.missing():
        yield {"what": f"AdmitLast, {name}", "missing": "this machine has no such server"}


def _ratio(database: databases.Database, think_ms: float, repetition: int) -> float:
    rates = []
    for design in ("AdmitLast", "ConditionalUpdate"):
        config = RaceConfig(design, database.name, "bench", think_ms=think_ms, repetition=repetition)
        raced = race.run(config, database)
        settings = raced.settings | {"matrix": "bench"}
        row = verdict(raced.requests, raced.samples, runs.limits(settings), settings).iloc[0]
        if not row["is_linearisable"]:
            raise SystemExit(f"{design} broke on {database.name}: {config.run_id}")
        rates.append(float(row["requests_per_second"]))
    return rates[0] / rates[1]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip-races", action="store_true", help="start no server")
    parser.add_argument("--small", action="store_true", help="a single pair of races of each kind")
    parser.add_argument("--json", type=Path, help="also write the results here")
    arguments = parser.parse_args()
    rows = [*judging(), *exploring()]
    if not arguments.skip_races:
        rows += racing(1 if arguments.small else PAIRS)
    leave(arguments.json, rows)


if __name__ == "__main__":
    main()
