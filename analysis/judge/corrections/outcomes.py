"""The table `corrections`: each correction with its outcome, and the rows that apply."""

import pandas as pd

from analysis.judge.corrections.file import Correction, Corrections
from analysis.judge.corrections.matching import accounts_named, turn_outcome, wrong_links
from analysis.tables import schema


def table(
    corrections: Corrections,
    *,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    accounts: pd.DataFrame,
    votes: pd.DataFrame,
    review_label: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One row for each correction that counts at the instant, with its outcome.

    Parameters
    ----------
    links : DataFrame, schema.LINKS
        Before any correction.
    bugs, changes, commits, accounts, votes : DataFrame, schema tables of these names
    as_of : Timestamp
        A correction of a later day has no row.

    Returns
    -------
    DataFrame, schema.CORRECTIONS
    """
    day = as_of.date()
    rows: list[dict[str, object]] = []
    for position, fix in enumerate(corrections.not_a_fix, 1):
        if fix.on <= day:
            matching = links[wrong_links(fix, links, bugs, changes, commits)]
            n = len(schema.fix_links(matching))
            came_to = "matches nothing" if matching.empty else "changes nothing" if n == 0 else "applied"
            rows.append(
                _row("not_a_fix", position, fix, bug_id=fix.bug, change_number=fix.change, sha=fix.commit)
                | {"outcome": came_to, "n_corrected": n}
            )
    for position, person in enumerate(corrections.not_a_core, 1):
        if person.on <= day:
            numbers = accounts_named(person.account, accounts)
            twos = votes["label"].eq(review_label) & votes["value"].abs().eq(2) & votes["account"].isin(numbers)
            came_to = "matches nothing" if not numbers else "changes nothing" if not twos.any() else "applied"
            rows += [
                _row("not_a_core", position, person, person=person.account, account=number)
                | {"outcome": came_to, "n_corrected": int(came_to == "applied")}
                for number in [*numbers, None][:1]
            ]
    for position, turn in enumerate(corrections.waits_for, 1):
        if turn.on <= day:
            came_to = turn_outcome(turn, corrections.waits_for, changes, day)
            rows.append(
                _row("waits_for", position, turn, change_number=turn.change, turn=turn.turn)
                | {"outcome": came_to, "n_corrected": int(came_to == "applied")}
            )
    columns = pd.DataFrame(rows, columns=list(schema.CORRECTIONS.columns), dtype="object")
    outcomes = schema.CORRECTIONS.frame({str(name): columns[name].tolist() for name in columns})
    return schema.validate(schema.CORRECTIONS.ordered(outcomes), schema.CORRECTIONS)


def in_force(corrections: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The applied rows of one kind; of several turns of one change the one of the last day."""
    rows = corrections[corrections["kind"].eq(kind) & corrections["outcome"].eq("applied")]
    if kind != "waits_for":
        return rows
    return rows.sort_values(["corrected_on", "position"]).drop_duplicates("change_number", keep="last")


def sentences(corrections: pd.DataFrame) -> "pd.Series[str]":
    """Each correction as a sentence for people."""
    day = corrections["corrected_on"].dt.strftime("%Y-%m-%d").astype(schema.TEXT)
    texts: pd.Series[str] = (
        "corrected by " + corrections["corrected_by"] + " on " + day + " because " + corrections["because"]
    )
    return texts.str.removesuffix(".")


def _row(kind: str, position: int, correction: Correction, **subject: object) -> dict[str, object]:
    corrected_on = pd.Timestamp(correction.on, tz="UTC").as_unit("us")
    return {
        "kind": kind, "position": position, **subject, "corrected_by": correction.by, "corrected_on": corrected_on,
        "because": correction.because,
    }  # fmt: skip
