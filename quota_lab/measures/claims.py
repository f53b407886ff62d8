"""The conclusions of the notebook on races, from the full matrix, checked against the runs that are kept."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from quota_lab.measures.races import EVERY_DAY, compared

_TEXT = pd.StringDtype("pyarrow", na_value=pd.NA)


@dataclass(frozen=True, slots=True)
class Claim:
    """A conclusion in words, the runs that can confirm it, and a check whether those of one database do."""

    words: str
    shows: Callable[[pd.DataFrame], bool]
    designs: tuple[str, ...] = ()  # empty: any design
    scenarios: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    n_workers: int = 0  # 0: any number
    needs: tuple[str, ...] = field(default=())  # designs that must have been raced to check the conclusion

    def deciding_runs(self, verdicts: pd.DataFrame) -> pd.DataFrame:
        """The runs at the servers' default isolation that can confirm it."""
        chosen = verdicts[verdicts["is_default_isolation"].fillna(False)]
        for column, wanted in {"design": self.designs, "scenario": self.scenarios, "database": self.databases}.items():
            chosen = chosen[chosen[column].isin(wanted)] if wanted else chosen
        return chosen[chosen["n_workers"].eq(self.n_workers)] if self.n_workers else chosen


def _goes_over(runs: pd.DataFrame) -> bool:
    return bool(runs["n_over"].sum() > 0)


def _holds(runs: pd.DataFrame) -> bool:
    """Nothing over the limit, and if there is a tally, it is right and has no leaked reservation."""
    faults = runs[["n_over", "drift_at_rest", "leaked_reservations"]].fillna(0)
    return bool(faults.eq(0).all(axis=None))


def _refuses_falsely(runs: pd.DataFrame) -> bool:
    return bool(runs["n_false_refusals"].sum() > 0)


def _is_faultless(runs: pd.DataFrame) -> bool:
    return bool(runs["is_linearisable"].fillna(False).all()) and _holds(runs)


def _only_count_only(runs: pd.DataFrame) -> bool:
    return set(runs.loc[runs["n_over"] > 0, "design"]) == {"CountOnly"}


def _admit_last_is_faster(runs: pd.DataFrame) -> bool:
    return bool((compared(runs, "AdmitLast", "ConditionalUpdate")["least"] > 1).all())


CLAIMS = (
    Claim("A tally under a lock is exact without crashes, refreshes and cold starts", _holds,
          ("ReserveAndCommit",), EVERY_DAY),
    Claim("Counting without a lock exceeds the limit", _goes_over, ("CountOnly",), EVERY_DAY),
    Claim("The recheck refuses requests that would fit", _refuses_falsely, ("CountAndRecheck",), EVERY_DAY),
    Claim("On SQLite only CountOnly exceeds the limit", _only_count_only, (), EVERY_DAY, ("sqlite",),
          needs=("CountOnly", "CountAndRecheck")),
    Claim("With one worker nothing goes wrong", _is_faultless, (), ("workers",), n_workers=1),
    Claim("One conditional UPDATE is exact in every race", _holds, ("ConditionalUpdate",)),
    Claim("A crash leaves nothing behind where row and tally change together", _holds,
          ("ConditionalUpdate", "ConditionalUpdateFirst", "AdmitLast", "SlicedTally"), ("crash", "kill")),
    Claim("With work between check and write, AdmitLast is faster in every repetition", _admit_last_is_faster,
          ("AdmitLast", "ConditionalUpdate"), ("think",), ("mariadb",), needs=("AdmitLast", "ConditionalUpdate")),
)  # fmt: skip


def claims(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each conclusion with the databases on which the kept runs confirm it, and those on which they do not.

    Parameters
    ----------
    verdicts : DataFrame, schema.QUOTA_RUNS

    Returns
    -------
    DataFrame of a row for each of CLAIMS
        claim, shown_on, not_shown_on (each NA if there is no such database), n_told: the runs that can confirm it.
    """
    rows = [_row(claim, claim.deciding_runs(verdicts)) for claim in CLAIMS]
    table = pd.DataFrame(rows, columns=["claim", "shown_on", "not_shown_on", "n_told"])
    return table.astype({"claim": _TEXT, "shown_on": _TEXT, "not_shown_on": _TEXT, "n_told": "Int64"})


def _row(claim: Claim, verdicts: pd.DataFrame) -> tuple[str, str | None, str | None, int]:
    by_database = {
        str(name): runs for name, runs in verdicts.groupby("database") if set(claim.needs) <= set(runs["design"])
    }
    is_shown_on = {name: claim.shows(runs) for name, runs in by_database.items()}
    yes = ", ".join(name for name, is_shown in is_shown_on.items() if is_shown)
    no = ", ".join(name for name, is_shown in is_shown_on.items() if not is_shown)
    return claim.words, yes or None, no or None, sum(len(runs) for runs in by_database.values())
