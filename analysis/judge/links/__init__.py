"""Links: which change or commit fixes or concerns which bug, how strongly, and on what evidence.

The evidence is the text of commit messages, topics, the infra bot's comments on the bug, and descent: the commit of a
change, the source of a cherry-pick, the reverted commit. Review comments, `recheck bug N` and numbers that only look
like a bug are not evidence.
"""

from collections.abc import Collection

import pandas as pd

from analysis.judge.links import blueprints, combining, comments, footers, lineage, lines, topics
from analysis.judge.links.comments import bot_names
from analysis.judge.links.disagreements import disagreements
from analysis.tables import schema
from analysis.tables.accounts import LAUNCHPAD_BOTS
from analysis.tables.commits import cherry_picked_from, reverts

__all__ = ["bot_names", "build", "disagreements", "not_understood"]

# a change that only adds a test of the bug; the fix depends on it
TEST_SUBJECT = r"(?i)\b(?:reproduc\w*|recreat\w*|regression tests?|functional tests?|tests? for (?:regression )?bug)\b"
FROM_GERRIT = ("revert_of", "cherry_pick_of")
SHARED = ("project", "change_id", "subject", "message")
FROM_MESSAGE = ("cherry_picked_from", "reverts")


def build(
    *,
    bug_messages: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    bots: Collection[str] = LAUNCHPAD_BOTS,
) -> dict[str, pd.DataFrame]:
    """The tables links, unread_lines, change_commits and blueprints.

    Bugs that were not fetched are linked too: a later fetch may bring them.

    Parameters
    ----------
    bug_messages, changes, commits : DataFrames of those schemas
    bots : names on Launchpad whose comments report what happened in Gerrit
    """
    pairs = lineage.change_commits(changes, commits)
    deeds = pd.concat([_change_messages(changes), _commit_messages(commits)], ignore_index=True)
    bug_lines = lines.candidate_lines(deeds)
    read = footers.parse(deeds, bug_lines)
    picks = lineage.picked(deeds)
    text = _text(deeds, read, pairs, picks)
    other_links = _claim_rows(
        pd.concat([topics.parse(deeds), comments.parse(bug_messages, bots)]), text, _with_message(deeds, pairs)
    )
    undoings = lineage.reverted(deeds, pairs, picks)
    undoing = combining.rows_of_reverts(text, lineage.roots(undoings))
    links = combining.links_table(
        pd.concat([text, other_links, _rows_from_changes(other_links, text, pairs), undoing], ignore_index=True),
        undone=_same_fate(lineage.undone(undoings), pairs),
        tests=deeds[deeds["subject"].str.contains(TEST_SUBJECT).fillna(False)],
    )
    return {
        "links": links,
        "unread_lines": _unread(bug_lines, read, pairs),
        "change_commits": pairs,
        "blueprints": blueprints.build(deeds, bug_lines),
    }


def not_understood(commits: pd.DataFrame) -> pd.DataFrame:
    """The lines of commit messages that name a bug and made no link: kind, ref, line_number, line."""
    return footers.not_understood(_commit_messages(commits))


def _unread(bug_lines: pd.DataFrame, read: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The lines that look like a footer and made no link, each once: for the change rather than its commit."""
    left = footers.left_over(bug_lines, read)
    became = pd.DataFrame({"ref": pairs["sha"], "change": pairs["change_number"].astype("str")})
    change = left[["ref"]].merge(became, on="ref", how="left", validate="many_to_one")["change"]
    # a change served without its message has no line: then its commit has the only one
    change_lines = left.loc[left["kind"].eq("change"), ["ref", "line"]].drop_duplicates()
    as_change = pd.DataFrame({"ref": change, "line": left["line"]})
    is_said = as_change.merge(change_lines.assign(is_said=True), on=["ref", "line"], how="left", validate="many_to_one")
    is_twin = left["kind"].eq("commit") & is_said["is_said"].notna()
    return schema.UNREAD_LINES.ordered(schema.UNREAD_LINES.frame(left[~is_twin].reset_index(drop=True)))


def _text(deeds: pd.DataFrame, read: pd.DataFrame, pairs: pd.DataFrame, picks: pd.DataFrame) -> pd.DataFrame:
    """The rows from messages, for their own change or commit, and for those that descend from it."""
    own = _rows(read)
    became = pd.DataFrame(
        {
            "kind": "change",
            "ref": pairs["change_number"].astype("str"),
            "from_kind": "commit",
            "origin": pairs["sha"],
        }
    )
    # if the message of the change was served, it is used; that of the commit is the same
    unread = deeds.loc[deeds["message"].isna(), ["kind", "ref"]]
    merged = combining.inherited_rows(own, became.merge(unread, on=["kind", "ref"], validate="one_to_one"), "change_id")
    picked = combining.inherited_rows(own, picks, "cherry_pick")
    backports = combining.rows_not_linked(combining.inherited_rows(own, lineage.siblings(deeds), "backport"), merged)
    return pd.concat([own, merged, picked, backports], ignore_index=True)


def _claim_rows(claims: pd.DataFrame, text: pd.DataFrame, spoken: pd.DataFrame) -> pd.DataFrame:
    """The rows from topics and the bot, weigh against the messages."""
    is_logged = claims["is_logged"].astype("boolean").fillna(False).astype(bool)
    return combining.weigh(_rows(claims).assign(is_logged=is_logged), text, spoken)


def _with_message(deeds: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The changes and commits with a known message, from Gerrit or from the commit: kind, ref."""
    has_message = deeds["message"].notna() | (
        deeds["kind"].eq("change") & deeds["ref"].isin(pairs["change_number"].astype("str"))
    )
    return deeds.loc[has_message, ["kind", "ref"]].drop_duplicates()


def _rows_from_changes(other_links: pd.DataFrame, text: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The rows that commits inherit from their changes: from topics, and from the bot's comments."""
    number = pairs["change_number"].astype("str")
    became = pd.DataFrame({"kind": "commit", "ref": pairs["sha"], "from_kind": "change", "origin": number})
    return combining.rows_not_linked(combining.inherited_rows(other_links, became, "change_id"), text)


def _same_fate(undone: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The undone changes and commits, with the change of each undone commit and the commit of each undone change."""
    both = pd.DataFrame({"number": pairs["change_number"].astype("str"), "sha": pairs["sha"]})
    of_commits = both.loc[both["sha"].isin(undone.loc[undone["kind"].eq("commit"), "ref"]), "number"]
    of_changes = both.loc[both["number"].isin(undone.loc[undone["kind"].eq("change"), "ref"]), "sha"]
    more = [
        pd.DataFrame({"kind": "change", "ref": of_commits}),
        pd.DataFrame({"kind": "commit", "ref": of_changes}),
    ]
    return pd.concat([undone, *more], ignore_index=True)


def _rows(claims: pd.DataFrame) -> pd.DataFrame:
    hook = claims.get("hook_sees_it", pd.Series(pd.NA, index=claims.index, dtype="boolean"))
    return claims.assign(source_text=claims["line"], hook_sees_it=hook)[combining.ROW]


def _change_messages(changes: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": "change",
            "ref": changes["change_number"].astype("str"),
            **{name: changes[name] for name in (*SHARED, "topic")},
            "branch": schema.line_of(changes["branch"]),
            "cherry_picked_from": cherry_picked_from(changes["message"]),
            "reverts": reverts(changes["message"]),
            **{name: changes[name].astype("str") for name in FROM_GERRIT},
            "sha": changes["current_sha"],
            "at": changes["submitted_at"].fillna(changes["created_at"]),
            "is_merged": changes["status"].eq("MERGED").fillna(False).astype(bool),
        }
    )


def _commit_messages(commits: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": "commit",
            "ref": commits["sha"],
            **{name: commits[name] for name in (*SHARED, *FROM_MESSAGE)},
            "branch": schema.line_of(commits["branch"]),
            "topic": pd.Series(pd.NA, index=commits.index, dtype=commits["subject"].dtype),
            **dict.fromkeys(FROM_GERRIT, pd.Series(pd.NA, index=commits.index, dtype="str")),
            "sha": commits["sha"],
            "at": commits["committed_at"],
            "is_merged": True,
        }
    )
