"""Which change or commit answers which bug, how strongly, on what evidence.

The evidence is the text of commit messages, topics, the infra bot's comments on the bug, and descent: the commit that
a change became, the commit that another was picked from, the commit that was reverted. Review comments, `recheck bug N`
and numbers that merely look like a bug are no evidence.
"""

from collections.abc import Collection

import pandas as pd

from analysis.links import combining, comments, footers, lineage, topics
from analysis.links.footers import not_understood as _not_understood

__all__ = ["build", "not_understood"]

DEED = ["kind", "ref", "project", "branch", "change_id", "subject", "message", "topic", "sha", "at", "is_merged"]


def build(
    *,
    bugs: pd.DataFrame,
    bug_messages: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    bots: Collection[str] = comments.BOTS,
) -> dict[str, pd.DataFrame]:
    """The tables links and change_commits.

    Bugs that were not fetched are linked all the same: a footer names them, and a later fetch may bring them.

    Parameters
    ----------
    bugs, bug_messages, changes, commits : DataFrames of those schemas
    bots : names on Launchpad whose comments report what happened in Gerrit
    """
    del bugs  # part of the contract; a link does not need the bug to have been fetched
    pairs = lineage.change_commits(changes, commits)
    deeds = pd.concat([_of_changes(changes), _of_commits(commits)], ignore_index=True)
    text = _row(footers.parse(deeds))
    said = pd.concat([_row(topics.parse(deeds)), _row(comments.parse(bug_messages, bots))], ignore_index=True)
    rows = pd.concat([text, said, _second_hand(text, said, pairs, deeds)], ignore_index=True)
    reverts = lineage.reverted(deeds)
    links = combining.judged(rows, lineage.undone(reverts))
    return {"links": links, "change_commits": pairs}


def not_understood(commits: pd.DataFrame) -> pd.DataFrame:
    """The lines of commit messages that name a bug and made no link: kind, ref, line_number, line."""
    return _not_understood(_of_commits(commits))


def _second_hand(text: pd.DataFrame, said: pd.DataFrame, pairs: pd.DataFrame, deeds: pd.DataFrame) -> pd.DataFrame:
    number = pairs["change_number"].astype("str")
    ours = pd.DataFrame({"kind": "change", "ref": number, "from_kind": "commit", "origin": pairs["sha"]})
    theirs = pd.DataFrame({"kind": "commit", "ref": pairs["sha"], "from_kind": "change", "origin": number})
    silent = deeds.loc[deeds["message"].isna(), ["kind", "ref"]]
    ours = ours.merge(silent, on=["kind", "ref"], validate="many_to_one")
    picked = lineage.picked(deeds).assign(from_kind="commit")
    parts = [
        combining.handed_down(text, ours, "change_id"),
        combining.without(combining.handed_down(said, theirs, "change_id"), text),
        combining.handed_down(text, picked, "cherry_pick"),
    ]
    return pd.concat(parts, ignore_index=True)


def _row(found: pd.DataFrame) -> pd.DataFrame:
    hook = found["hook_sees_it"] if "hook_sees_it" in found else pd.Series(pd.NA, index=found.index, dtype="boolean")
    is_fix = found["evidence"].ne("test")
    return found.assign(source_text=found["line"], hook_sees_it=hook, is_fix=is_fix)[combining.ROW]


def _of_changes(changes: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": "change",
            "ref": changes["change_number"].astype("str"),
            **{name: changes[name] for name in ("project", "branch", "change_id", "subject", "message", "topic")},
            "sha": changes["current_sha"],
            "at": changes["submitted_at"].fillna(changes["created_at"]),
            "is_merged": changes["status"].eq("MERGED"),
        }
    )


def _of_commits(commits: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": "commit",
            "ref": commits["sha"],
            **{name: commits[name] for name in ("project", "branch", "change_id", "subject", "message")},
            "topic": pd.NA,
            "sha": commits["sha"],
            "at": commits["committed_at"],
            "is_merged": True,
        }
    )
