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

__all__ = ["bot_names", "build", "build_while_open", "disagreements", "not_understood"]

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
    return _build(bug_messages, changes, commits, bots, count_undone=False)


def build_while_open(
    *, bug_messages: pd.DataFrame, changes: pd.DataFrame, bots: Collection[str] = LAUNCHPAD_BOTS
) -> pd.DataFrame:
    """The table links as it was while each change was open: without commits, later reverts, and the end of a change.

    A merge shows the commit message where Gerrit served none, and the bot then quotes it. Only what was merged can be
    reverted, and a comment on an abandoned change comes after it was open. Whoever judges the past by links from there
    knows which changes will be merged. So of the bot's comments those on proposals are read.

    Parameters
    ----------
    bug_messages, changes : DataFrames of those schemas
    bots : as of `build`
    """
    proposals = comments.proposals(bug_messages, bots).reset_index(drop=True)
    return _build(proposals, changes, schema.COMMITS.empty(), bots, count_undone=True)["links"]


def not_understood(commits: pd.DataFrame) -> pd.DataFrame:
    """The lines of commit messages that name a bug and made no link: kind, ref, line_number, line."""
    return footers.not_understood(_commit_messages(commits))


def _build(
    bug_messages: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    bots: Collection[str],
    *,
    count_undone: bool,
) -> dict[str, pd.DataFrame]:
    """The tables of `build`; with `count_undone` a change that was reverted still counts as a fix."""
    pairs = lineage.change_commits(changes, commits)
    changes_and_commits = pd.concat([_change_messages(changes), _commit_messages(commits)], ignore_index=True)
    bug_lines = lines.candidate_lines(changes_and_commits)
    footer_links = footers.parse(changes_and_commits, bug_lines)
    picks = lineage.cherry_picks(changes_and_commits)
    message_links = _message_links(changes_and_commits, footer_links, pairs, picks)
    other_links = _other_links(
        pd.concat([topics.parse(changes_and_commits), comments.parse(bug_messages, bots)]),
        message_links,
        _with_message(changes_and_commits, pairs),
    )
    reverts_with_origin = lineage.reverts_with_origin(changes_and_commits, pairs, picks)
    revert_links = combining.rows_of_reverts(message_links, lineage.roots(reverts_with_origin))
    undone = lineage.reverted(reverts_with_origin)
    links = combining.links_table(
        pd.concat(
            [message_links, other_links, _links_of_commits(other_links, message_links, pairs), revert_links],
            ignore_index=True,
        ),
        reverted=_with_counterparts(undone.iloc[:0] if count_undone else undone, pairs),
        tests=changes_and_commits[changes_and_commits["subject"].str.contains(TEST_SUBJECT).fillna(False)],
    )
    return {
        "links": links,
        "unread_lines": _unread_lines(bug_lines, footer_links, pairs),
        "change_commits": pairs,
        "blueprints": blueprints.build(changes_and_commits, bug_lines),
    }


def _unread_lines(bug_lines: pd.DataFrame, footer_links: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The lines that look like a footer and made no link, each once: for the change rather than its commit."""
    left = footers.left_over(bug_lines, footer_links)
    became = pd.DataFrame({"ref": pairs["sha"], "change": pairs["change_number"].astype("str")})
    change = left[["ref"]].merge(became, on="ref", how="left", validate="many_to_one")["change"]
    # a change served without its message has no line: then its commit has the only one
    change_lines = left.loc[left["kind"].eq("change"), ["ref", "line"]].drop_duplicates()
    as_change = pd.DataFrame({"ref": change, "line": left["line"]})
    listed = as_change.merge(
        change_lines.assign(is_listed=True), on=["ref", "line"], how="left", validate="many_to_one"
    )
    is_repeated = left["kind"].eq("commit") & listed["is_listed"].notna()
    return schema.UNREAD_LINES.ordered(schema.UNREAD_LINES.frame(left[~is_repeated].reset_index(drop=True)))


def _message_links(
    changes_and_commits: pd.DataFrame, footer_links: pd.DataFrame, pairs: pd.DataFrame, picks: pd.DataFrame
) -> pd.DataFrame:
    """The links from messages: of the change or commit itself, and of those that descend from it."""
    own = _rows(footer_links)
    became = pd.DataFrame(
        {
            "kind": "change",
            "ref": pairs["change_number"].astype("str"),
            "from_kind": "commit",
            "origin": pairs["sha"],
        }
    )
    # A change whose message was served needs no second row: its commit has the same message.
    without_message = changes_and_commits.loc[changes_and_commits["message"].isna(), ["kind", "ref"]]
    merged = combining.inherited_rows(
        own, became.merge(without_message, on=["kind", "ref"], validate="one_to_one"), "change_id"
    )
    picked = combining.inherited_rows(own, picks, "cherry_pick")
    backports = combining.rows_not_linked(
        combining.inherited_rows(own, lineage.siblings(changes_and_commits), "backport"), merged
    )
    return pd.concat([own, merged, picked, backports], ignore_index=True)


def _other_links(claims: pd.DataFrame, message_links: pd.DataFrame, with_message: pd.DataFrame) -> pd.DataFrame:
    """The links from topics and from the bot's comments, corrected by what the messages say."""
    is_logged = claims["is_logged"].astype("boolean").fillna(False).astype(bool)
    return combining.weigh(_rows(claims).assign(is_logged=is_logged), message_links, with_message)


def _with_message(changes_and_commits: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The changes and commits with a known message, from Gerrit or from the commit: kind, ref."""
    has_message = changes_and_commits["message"].notna() | (
        changes_and_commits["kind"].eq("change") & changes_and_commits["ref"].isin(pairs["change_number"].astype("str"))
    )
    return changes_and_commits.loc[has_message, ["kind", "ref"]].drop_duplicates()


def _links_of_commits(other_links: pd.DataFrame, message_links: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The links that commits inherit from their changes: those from topics and from the bot's comments."""
    number = pairs["change_number"].astype("str")
    became = pd.DataFrame({"kind": "commit", "ref": pairs["sha"], "from_kind": "change", "origin": number})
    return combining.rows_not_linked(combining.inherited_rows(other_links, became, "change_id"), message_links)


def _with_counterparts(reverted: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The reverted changes and commits, the change of each reverted commit, and the commit of each reverted change."""
    both = pd.DataFrame({"number": pairs["change_number"].astype("str"), "sha": pairs["sha"]})
    of_commits = both.loc[both["sha"].isin(reverted.loc[reverted["kind"].eq("commit"), "ref"]), "number"]
    of_changes = both.loc[both["number"].isin(reverted.loc[reverted["kind"].eq("change"), "ref"]), "sha"]
    more = [
        pd.DataFrame({"kind": "change", "ref": of_commits}),
        pd.DataFrame({"kind": "commit", "ref": of_changes}),
    ]
    return pd.concat([reverted, *more], ignore_index=True)


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
