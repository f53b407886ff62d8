"""Sentences about what saved bugs lack: some forms of saved bugs have no history or no comments."""

from collections.abc import Collection, Sequence

import pandas as pd

from analysis.tables import schema

# Beside each table to which it applies; a page says it once.
NO_SUBJECTS = "Where the subject of a change was not fetched, the title of its bug stands for it."

COLUMNS = {
    "bugs": ["bug_id", "title", "has_messages", "has_activity", "has_all_tasks"],
    "bug_tasks": ["bug_id", "target", "status"],
}

SERVED = {
    "bugs": ["bug_id", "has_activity", "duplicate_of"],
    "bug_tasks": ["bug_id", "status"],
    "milestones": ["milestone"],
    "changes": ["status", "has_labels", "has_messages"],
}

# The sources that an answer may need, and the sentence for a source that was not served.
WITHOUT = {
    "bugs": "No bug was fetched from Launchpad",
    "changes": "No change was fetched from Gerrit",
    "open": "No open change was fetched from Gerrit",
    "merged": "Neither merged changes nor commits are in the data",
    "closed": "No merged change was fetched",
    "tasks": "Of each bug only the task of this project was saved",
    "messages": "Neither changes nor commits are in the data",
    "proposals": "Neither changes nor comments on bugs are in the data",
    "votes": "The votes of no open change were fetched",
}


def lacks_of_bugs(bugs: pd.DataFrame, bug_tasks: pd.DataFrame) -> list[str]:
    """One sentence for each thing that is unknown for some bugs; empty if a server was asked for everything.

    Parameters
    ----------
    bugs, bug_tasks : DataFrame, of schema.BUGS and schema.BUG_TASKS the columns of COLUMNS
    """
    served = bugs[bugs["title"].notna()]  # a hidden bug has only its number
    without = {name: served[name].eq(False).fillna(False) for name in ("has_activity", "has_messages", "has_all_tasks")}
    no_history = served.loc[without["has_activity"], "bug_id"]
    unknown = bug_tasks.loc[bug_tasks["bug_id"].isin(no_history) & bug_tasks["status"].isna(), "bug_id"].nunique()
    counts = {
        "The history of {} was not saved: nobody can tell when their statuses changed": len(no_history),
        "What changed after this instant was not saved for {}: their status then is unknown": unknown,
        "The comments on {} were not saved": int(without["has_messages"].sum()),
        "Only the fetched project's tasks of {} were saved: those of other projects are unknown": int(
            without["has_all_tasks"].sum()
        ),
    }
    every = f"{len(served):,} bugs"
    return [
        sentence.format(f"all {every}" if n == len(served) else f"{n:,} of {every}")
        for sentence, n in counts.items()
        if n
    ]


def not_served(
    bugs: pd.DataFrame, bug_tasks: pd.DataFrame, milestones: pd.DataFrame, changes: pd.DataFrame
) -> list[str]:
    """The names of what the tables lack: an empty answer about it means "unknown", not "none".

    Parameters
    ----------
    bugs, bug_tasks, milestones, changes : DataFrame, of their schema tables the columns of SERVED
    """
    is_open = changes["status"].isin(schema.OPEN_CHANGE_STATUSES)
    knows_votes = changes["has_labels"].fillna(False) | changes["has_messages"].fillna(False)
    no_votes = int((is_open & ~knows_votes).sum())
    no_log = int(bugs["has_activity"].eq(False).fillna(False).sum())
    no_status = int(bug_tasks.loc[bug_tasks["status"].isna(), "bug_id"].nunique())
    lacks = {
        f"votes (of {no_votes:,} of {int(is_open.sum()):,} open changes)": no_votes > 0,
        "merged changes (none was fetched)": not changes["status"].eq("MERGED").any(),
        "duplicates (no bug says that it is one)": len(bugs) > 0 and bool(bugs["duplicate_of"].isna().all()),
        f"activity log (of {no_log:,} of {len(bugs):,} bugs)": no_log > 0,
        "milestones (none was fetched)": milestones.empty,
        f"status (of {no_status:,} bugs)": no_status > 0,
    }
    return [what for what, is_lacking in lacks.items() if is_lacking]


def unserved(bugs: pd.DataFrame, changes: pd.DataFrame, *, n_commits: int) -> frozenset[str]:
    """The names in WITHOUT that were not served at all.

    Parameters
    ----------
    bugs, changes : DataFrame, of the schema tables has_messages and has_all_tasks, and the columns of SERVED
    """
    is_open = changes["status"].isin(schema.OPEN_CHANGE_STATUSES)
    knows_votes = changes["has_labels"].fillna(False) | changes["has_messages"].fillna(False)
    has_merged = bool(changes["status"].eq("MERGED").any())
    is_missing = {
        "bugs": bugs.empty,
        "changes": changes.empty,
        "open": not is_open.any(),
        "merged": not n_commits and not has_merged,
        "closed": not has_merged,
        "tasks": len(bugs) > 0 and bool(bugs["has_all_tasks"].eq(False).fillna(False).all()),
        "messages": changes.empty and not n_commits,
        # the infra bot's comments name each change that was proposed for a bug
        "proposals": changes.empty and not bugs["has_messages"].fillna(False).any(),
        "votes": not (is_open & knows_votes).any(),
    }
    return frozenset(name for name, is_so in is_missing.items() if is_so)


class UnknownAnswer(str):
    """A sentence that something is unknown, which keeps its cause and what is unknown, for code that asks."""

    __slots__ = ("cause", "what")
    cause: str
    what: str

    def __new__(cls, cause: str, what: str) -> "UnknownAnswer":
        """The sentence of a cause and of what is unknown for it."""
        sentence = super().__new__(cls, f"{cause}, so it is unknown {what}.")
        sentence.cause, sentence.what = cause, what
        return sentence

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # pandas copies the attrs of a frame
        return self.cause, self.what


def or_unknown(answer: str, unknown: str, *, follows_from: Sequence[str], missing: Collection[str]) -> str:
    """The answer; or a sentence that it is unknown, if a source that it follows from is missing.

    >>> or_unknown("No change is open.", "which are open", follows_from=["changes"], missing=["changes"])
    'No change was fetched from Gerrit, so it is unknown which are open.'
    """
    lack = next((name for name in follows_from if name in missing), None)
    return UnknownAnswer(WITHOUT[lack], unknown) if lack else answer
