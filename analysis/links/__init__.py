"""Which change or commit answers which bug, how strongly, on what evidence.

The evidence is the text of commit messages, topics, the infra bot's comments on the bug, and descent: the commit that
a change became, the commit that another was picked from, the commit that was reverted. Review comments, `recheck bug N`
and numbers that merely look like a bug are no evidence.
"""

from collections.abc import Collection

import pandas as pd

from analysis.links import blueprints, combining, comments, footers, lineage, topics

__all__ = ["build", "not_understood"]

# A change that only adds a test of the bug; its fix comes above it.
TEST_SUBJECT = r"(?i)\b(?:reproduc\w*|recreat\w*|regression tests?|functional tests?|tests? for (?:regression )?bug)\b"
SHARED = ("project", "branch", "change_id", "subject", "message")


def build(
    *,
    bugs: pd.DataFrame,
    bug_messages: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    bots: Collection[str] = comments.BOTS,
) -> dict[str, pd.DataFrame]:
    """The tables links, change_commits and blueprints.

    Bugs that were not fetched are linked all the same: a footer names them, and a later fetch may bring them.

    Parameters
    ----------
    bugs, bug_messages, changes, commits : DataFrames of those schemas
    bots : names on Launchpad whose comments report what happened in Gerrit
    """
    del bugs  # a link does not need its bug to have been fetched; the table is part of the contract all the same
    pairs = lineage.change_commits(changes, commits)
    deeds = pd.concat([_of_changes(changes), _of_commits(commits)], ignore_index=True)
    text = _rows(footers.parse(deeds))
    said = pd.concat([_rows(topics.parse(deeds)), _rows(comments.parse(bug_messages, bots))], ignore_index=True)
    inherited = _inherited(text, said, pairs, deeds)
    reverts = lineage.reverted(deeds)
    undoing = combining.reverting(pd.concat([text, inherited], ignore_index=True), lineage.roots(reverts))
    links = combining.judged(
        pd.concat([text, said, inherited, undoing], ignore_index=True),
        undone=_same_fate(lineage.undone(reverts), pairs),
        tests=deeds[deeds["subject"].str.contains(TEST_SUBJECT).fillna(False)],
    )
    return {"links": links, "change_commits": pairs, "blueprints": blueprints.build(deeds)}


def not_understood(commits: pd.DataFrame) -> pd.DataFrame:
    """The lines of commit messages that name a bug and made no link: kind, ref, line_number, line."""
    return footers.not_understood(_of_commits(commits))


def _inherited(text: pd.DataFrame, said: pd.DataFrame, pairs: pd.DataFrame, deeds: pd.DataFrame) -> pd.DataFrame:
    """What a change has from the commit it became, a commit from its change, a pick from its origin."""
    number = pairs["change_number"].astype("str")
    ours = pd.DataFrame({"kind": "change", "ref": number, "from_kind": "commit", "origin": pairs["sha"]})
    theirs = pd.DataFrame({"kind": "commit", "ref": pairs["sha"], "from_kind": "change", "origin": number})
    # A message that was served speaks for itself; the commit's is the same.
    silent = deeds.loc[deeds["message"].isna(), ["kind", "ref"]]
    ours = ours.merge(silent, on=["kind", "ref"], validate="one_to_one")
    merged = combining.handed_down(text, ours, "change_id")
    backports = combining.handed_down(text, lineage.siblings(deeds), "backport")
    parts = [
        merged,
        combining.without(combining.handed_down(said, theirs, "change_id"), text),
        combining.handed_down(text, lineage.picked(deeds).assign(from_kind="commit"), "cherry_pick"),
        combining.without(backports, merged),
    ]
    return pd.concat(parts, ignore_index=True)


def _same_fate(undone: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The undone deeds, with the change of each undone commit and the commit of each undone change."""
    both = pd.DataFrame({"number": pairs["change_number"].astype("str"), "sha": pairs["sha"]})
    of_commits = both.loc[both["sha"].isin(undone.loc[undone["kind"].eq("commit"), "ref"]), "number"]
    of_changes = both.loc[both["number"].isin(undone.loc[undone["kind"].eq("change"), "ref"]), "sha"]
    more = [
        pd.DataFrame({"kind": "change", "ref": of_commits}),
        pd.DataFrame({"kind": "commit", "ref": of_changes}),
    ]
    return pd.concat([undone, *more], ignore_index=True)


def _rows(found: pd.DataFrame) -> pd.DataFrame:
    hook = found.get("hook_sees_it", pd.Series(pd.NA, index=found.index, dtype="boolean"))
    return found.assign(source_text=found["line"], hook_sees_it=hook)[combining.ROW]


def _of_changes(changes: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": "change",
            "ref": changes["change_number"].astype("str"),
            **{name: changes[name] for name in (*SHARED, "topic")},
            "sha": changes["current_sha"],
            "at": changes["submitted_at"].fillna(changes["created_at"]),
            "is_merged": changes["status"].eq("MERGED").fillna(False).astype(bool),
        }
    )


def _of_commits(commits: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": "commit",
            "ref": commits["sha"],
            **{name: commits[name] for name in SHARED},
            "topic": pd.Series(pd.NA, index=commits.index, dtype=commits["subject"].dtype),
            "sha": commits["sha"],
            "at": commits["committed_at"],
            "is_merged": True,
        }
    )
