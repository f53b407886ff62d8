"""What was not fetched, in a sentence for the top of a page or of a mail."""

from collections.abc import Collection

import pandas as pd

from analysis.tables import schema
from analysis.tables.counts import counted

SOURCES = {
    "bugs": "any bug",
    "changes": "any change",
    "merged": "merged changes and commits",
    "closed": "merged changes of Gerrit (Git tells what merged)",
    "tasks": "the tasks of other series and projects",
}
# A source whose lack says all that the lack of another would say.
_COVERED_BY = {"open": "changes", "closed": "merged", "tasks": "bugs"}


def missing_in_words(
    changes: pd.DataFrame, *, unserved: Collection[str], changes_behind_days: float | None = 0.0
) -> str:
    """What the data lack, and what follows for the number of bugs without a fix; empty if nothing is known to lack.

    Parameters
    ----------
    changes : DataFrame, of schema.CHANGES status, subject, has_labels and has_messages
    unserved : names in completeness.WITHOUT
    changes_behind_days : how many days the newest change is older than the newest bug; None if unknown

    Examples
    --------
    >>> missing_in_words(schema.CHANGES.empty(), unserved=["closed"])
    'Not fetched: merged changes of Gerrit (Git tells what merged).'
    """
    lacks = [words for name, words in SOURCES.items() if name in unserved and _COVERED_BY.get(name) not in unserved]
    lacks = [*_lacks_of_open_changes(changes), *lacks]
    sentences = [f"Not fetched: {'; '.join(lacks)}."] if lacks else []
    is_compared = not {"bugs", "changes"} & set(unserved)
    if changes_behind_days is None and is_compared:
        sentences.append(
            "Whether the changes end before the bugs is unknown; if so, fixes proposed or abandoned in between do not "
            "count."
        )
    elif changes_behind_days is not None and changes_behind_days >= 1 and is_compared:
        sentences.append(
            f"The changes end {counted(changes_behind_days, 'day')} before the bugs: fixes proposed or abandoned since "
            "do not count."
        )
    return " ".join(sentences)


def _lacks_of_open_changes(changes: pd.DataFrame) -> list[str]:
    """What open changes lack, with the number of those that lack it."""
    rows = changes[changes["status"].isin(schema.OPEN_CHANGE_STATUSES)]
    is_without = {
        "votes and comments on": ~(rows["has_labels"].fillna(False) | rows["has_messages"].fillna(False)),
        "subjects of": rows["subject"].isna(),
    }
    counts = {what: int(is_so.sum()) for what, is_so in is_without.items()}
    by_number: dict[int, list[str]] = {}
    for what, n in counts.items():
        by_number.setdefault(n, []).append(what)
    return [
        f"{', and '.join(words)}{',' if len(words) > 1 else ''} "
        + (f"the {n:,} open changes" if n == len(rows) else f"{n:,} of {len(rows):,} open changes")
        for n, words in by_number.items()
        if n
    ]
