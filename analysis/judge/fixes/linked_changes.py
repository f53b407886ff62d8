"""Links of changes and commits to bugs, with the status of each; links of a duplicate belong to its master."""

from collections.abc import Collection

import pandas as pd

from analysis.judge.links import comments
from analysis.judge.privacy import is_hidden
from analysis.tables import schema
from analysis.tables.accounts import LAUNCHPAD_BOTS

STATUS_AFTER = {"proposed": "NEW", "merged": "MERGED", "abandoned": "ABANDONED"}

# A topic names the subject of a change, not that it closes a bug; a row that is inherited from a topic keeps its text.
_TOPIC = r"(?i)bugs?/\d+"


def masters(bugs: pd.DataFrame) -> pd.Series:
    """For every bug_id the bug that it is finally a duplicate of; in a cycle, one bug of the cycle."""
    points = bugs.set_index("bug_id")["duplicate_of"]
    master = pd.Series(points.index, index=points.index, dtype="Int64")
    for _ in range(10):  # Launchpad allows no chains today; old data has short ones.
        further = schema.looked_up(master, points)
        step = further.where(further.notna() & further.ne(points.index.to_series()), master)
        if step.equals(master):
            break
        master = step
    return master


def linked_changes(
    *,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    bug_messages: pd.DataFrame | None = None,
    bots: Collection[str] = LAUNCHPAD_BOTS,
    target: str | None = None,
) -> pd.DataFrame:
    """One row per bug and linked change or commit, with its status.

    Private bugs and changes are left out. For a change that is not in `changes`, the infra bot's comments show whether
    it was proposed, merged or abandoned, on which branch and in which repository. A change without facts from Gerrit,
    git or a comment has no row. The newest fact is used: a change that Gerrit served as open may have been merged
    since, according to a commit of the clone or a later comment. This table is made once and used by all judgements of
    fixes.

    Parameters
    ----------
    links, bugs, changes, commits, bug_messages : DataFrame, schema tables of these names
        Without `bug_messages`, changes that were not fetched have no row.
    bots : names on Launchpad whose comments report what happened in Gerrit
    target : name of the project on Launchpad, which identifies its own repositories that were not fetched

    Returns
    -------
    DataFrame, schema.LINKED_CHANGES
    """
    private = bugs.loc[is_hidden(bugs), "bug_id"]
    named = links[~links["bug_id"].isin(private)]
    master = masters(bugs)
    named = named.assign(bug_id=schema.looked_up(named["bug_id"], master).fillna(named["bug_id"]))
    named = named[~named["bug_id"].isin(private)]
    pairs = _surest(named)
    bot_events = comments.events(schema.BUG_MESSAGES.empty() if bug_messages is None else bug_messages, bots)
    bot_events = bot_events.assign(bug_id=schema.looked_up(bot_events["bug_id"], master).fillna(bot_events["bug_id"]))
    of_changes = _add_later_facts(_changes(changes), bot_events, commits)
    of_changes = of_changes.drop(columns="updated_at")
    facts = pd.concat([of_changes, _commits(commits), _not_fetched(bot_events, changes, commits)], ignore_index=True)
    linked_rows = pairs.merge(facts, on=["kind", "ref"], validate="many_to_one")
    linked_rows = linked_rows.assign(is_elsewhere=_is_elsewhere(linked_rows["project"], changes, commits, target))
    linked_rows = _drop_reverted(_correct_from_git(linked_rows), bot_events)
    table = schema.LINKED_CHANGES.frame(
        linked_rows.assign(counts_as_fix=linked_rows["counts_as_fix"] & ~linked_rows["is_elsewhere"])
    )
    return schema.validate(schema.LINKED_CHANGES.ordered(table), schema.LINKED_CHANGES)


def _add_later_facts(fetched: pd.DataFrame, bot_events: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """The fetched changes; open ones are updated from the clone or a later comment."""
    is_open = fetched["status"].isin(schema.OPEN_CHANGE_STATUSES)
    key = ["change_id", "project", "line"]
    merged = commits.assign(line=schema.line_of(commits["branch"])).dropna(subset=key)
    merged = merged.sort_values("committed_at", kind="stable").drop_duplicates(key, keep="last")
    rows = fetched.assign(line=schema.line_of(fetched["branch"]))
    # A Change-Id can be proposed again after a merge, such as for a revert of a revert: only a later commit belongs to
    # it.
    by_git = rows.merge(merged[[*key, "committed_at"]], on=key, how="left", validate="many_to_one")["committed_at"]
    by_git = by_git.set_axis(fetched.index).where(is_open)
    by_git = by_git.where(by_git.ge(fetched["created_at"].dt.floor("D")).fillna(False))
    last = bot_events.sort_values("sent_at", kind="stable").drop_duplicates("change_number", keep="last")
    last = last.set_index("change_number")
    event = schema.looked_up(fetched["change_number"], last["event"]).where(is_open)
    sent_at = schema.looked_up(fetched["change_number"], last["sent_at"])
    is_later = sent_at.gt(fetched["updated_at"]).fillna(False) & event.isin(("merged", "abandoned")).fillna(False)
    status = fetched["status"].mask(is_later, event.map(STATUS_AFTER).astype("str"))
    of_comment = {"ended_by": "person", "why_ended": "why"}
    words = {name: schema.looked_up(fetched["change_number"], last[column]) for name, column in of_comment.items()}
    return fetched.assign(
        status=status.mask(by_git.notna(), "MERGED"),
        at=fetched["at"].mask(is_later, sent_at).mask(by_git.notna(), by_git),
        source=fetched["source"].mask(is_later, "comment").mask(by_git.notna(), "git"),
        **{name: text.where(status.eq("ABANDONED").fillna(False)) for name, text in words.items()},
    )


def _not_fetched(bot_events: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """The changes and commits that only comments name, each with the last fact about it."""
    text = schema.LINKS.dtypes["ref"]
    ordered = bot_events.sort_values("sent_at", kind="stable")
    of_changes = ordered[~ordered["change_number"].isin(changes["change_number"]) & ordered["change_number"].notna()]
    by_number = of_changes.groupby("change_number")
    first, last = by_number.first(), of_changes.drop_duplicates("change_number", keep="last").set_index("change_number")
    is_over = last["event"].ne("proposed")
    numbers = pd.Series(first.index, index=first.index, dtype="Int64")
    facts = {name: first[name] for name in ("branch", "project")}
    unfetched = pd.DataFrame(
        {
            "kind": pd.Series("change", index=first.index, dtype=text),
            "ref": numbers.astype(text),
            **facts,
            "status": last["event"].map(STATUS_AFTER).reindex(first.index).astype(text),
            "at": last["sent_at"].where(is_over).reindex(first.index),
            "created_at": first["sent_at"],
            "change_number": numbers,
            "change_id": last["change_id"].reindex(first.index),
            "ended_by": last["person"].reindex(first.index),
            "why_ended": last["why"].reindex(first.index),
        }
    )
    of_commits = ordered[ordered["sha"].notna() & ~ordered["sha"].isin(commits["sha"]) & ordered["event"].eq("merged")]
    of_commits = of_commits.drop_duplicates("sha")
    merged = of_commits[["branch", "project", "change_id"]].assign(
        kind="commit", ref=of_commits["sha"], status="MERGED", at=of_commits["sent_at"],
        created_at=of_commits["sent_at"],
    )  # fmt: skip
    rows = pd.concat([unfetched, merged], ignore_index=True)
    return rows.assign(source=pd.Series("comment", index=rows.index, dtype=text))


def _correct_from_git(linked_rows: pd.DataFrame) -> pd.DataFrame:
    """The rows, corrected from the clone if it has the commit that a comment names, maybe under another sha.

    The bot may name the merge instead of the commit, and a rewritten history has other shas: the Change-Id on a branch
    identifies the commit. The clone shows whether it was reverted, and its message says what it was for.
    """
    key = ["bug_id", "change_id", "line"]
    rows = linked_rows.assign(line=schema.line_of(linked_rows["branch"]))
    of_git = rows[rows["source"].eq("git") & rows["kind"].eq("commit") & rows["change_id"].notna()]
    of_git = of_git.sort_values("at", kind="stable").drop_duplicates(key, keep="last")
    git_facts = rows[key].merge(
        of_git[[*key, "relation", "counts_as_fix"]].assign(is_known=True), on=key, how="left", validate="many_to_one"
    )
    is_told = rows["source"].eq("comment") & rows["status"].eq("MERGED") & git_facts["is_known"].notna().to_numpy()
    relation, counts = (git_facts[name].set_axis(linked_rows.index) for name in ("relation", "counts_as_fix"))
    believed = linked_rows.assign(
        relation=linked_rows["relation"].mask(is_told, relation),
        counts_as_fix=linked_rows["counts_as_fix"].mask(is_told, counts.astype("boolean")).astype(bool),
    )
    return believed[~(is_told & linked_rows["kind"].eq("commit"))].reset_index(drop=True)


def _is_elsewhere(
    project: "pd.Series[str]", changes: pd.DataFrame, commits: pd.DataFrame, target: str | None
) -> "pd.Series[bool]":
    """Whether a repository is not one of this project: neither fetched nor of the target's name."""
    own = set(pd.concat([changes["project"], commits["project"]]).dropna())
    names = {each.rpartition("/")[2] for each in own} | ({target} if target else set())
    name = project.str.rsplit("/", n=1).str[-1]
    return (project.notna() & ~project.isin(list(own)) & ~name.isin(list(names))).fillna(False).astype(bool)


def _drop_reverted(linked_rows: pd.DataFrame, bot_events: pd.DataFrame) -> pd.DataFrame:
    """The rows without those that a revert undid, if only comments report the revert: all earlier merges there."""
    reverts = bot_events.loc[bot_events["is_revert"], ["bug_id", "change_number", "branch", "sent_at"]]
    is_revert = linked_rows["change_number"].isin(reverts["change_number"]) & linked_rows["source"].eq("comment")
    last = reverts.groupby(["bug_id", "branch"])["sent_at"].max()
    key = pd.MultiIndex.from_frame(linked_rows[["bug_id", "branch"]])
    reverted_at = pd.Series(last.reindex(key).array, index=linked_rows.index)
    # A commit is older than the comment about its merge; the revert itself is as old as its comment.
    is_undone = (
        linked_rows["status"].eq("MERGED") & linked_rows["source"].eq("comment") & linked_rows["at"].lt(reverted_at)
    )
    stands = ~(is_revert | is_undone.fillna(False)).astype(bool)
    return linked_rows.assign(
        is_revert=linked_rows["is_revert"] | is_revert, counts_as_fix=linked_rows["counts_as_fix"] & stands
    )


def _surest(links: pd.DataFrame) -> pd.DataFrame:
    """One row per pair; its strongest evidence decides the relation. A topic alone does not close the bug."""
    flags = links.assign(
        is_declared=~links["source_text"].str.fullmatch(_TOPIC).fillna(False).astype(bool),
        is_revert=links["evidence"].eq("revert") & links["relation"].eq("related"),
        counts_as_fix=links["counts_as_fix"].fillna(False).astype(bool),
    ).sort_values(["bug_id", "kind", "ref", "strength"], ascending=[True, True, True, False], kind="stable")
    grouped = flags.groupby(["bug_id", "kind", "ref"], as_index=False)
    pairs = grouped.agg(
        relation=("relation", "first"),
        counts_as_fix=("counts_as_fix", "any"),
        is_declared=("is_declared", "any"),
        is_revert=("is_revert", "any"),
        # Only the strongest line: the hook need not read "Add a release note for bug 1" above a "Closes-Bug: #1".
        hook_sees_it=("hook_sees_it", "first"),
    )
    misses = pairs["hook_sees_it"].eq(False).fillna(False).astype(bool)
    return pairs.drop(columns="hook_sees_it").assign(hook_misses=misses)


def _changes(changes: pd.DataFrame) -> pd.DataFrame:
    visible = changes[~is_hidden(changes)]
    text = schema.LINKS.dtypes["ref"]
    return pd.DataFrame(
        {
            "kind": pd.Series("change", index=visible.index, dtype=text),
            "ref": visible["change_number"].astype(text),
            "branch": visible["branch"],
            "status": visible["status"],
            "at": visible["submitted_at"].fillna(visible["updated_at"].where(visible["status"].eq("ABANDONED"))),
            "created_at": visible["created_at"],
            "change_number": visible["change_number"],
            "change_id": visible["change_id"],
            "project": visible["project"],
            "source": pd.Series("gerrit", index=visible.index, dtype=text),
            "updated_at": visible["updated_at"],
        }
    )


def _commits(commits: pd.DataFrame) -> pd.DataFrame:
    text = schema.LINKS.dtypes["ref"]
    return pd.DataFrame(
        {
            "kind": pd.Series("commit", index=commits.index, dtype=text),
            "ref": commits["sha"],
            "branch": commits["branch"],
            "status": pd.Series("MERGED", index=commits.index, dtype=text),
            "at": commits["committed_at"],
            "created_at": commits["authored_at"],
            "change_number": pd.Series(pd.NA, index=commits.index, dtype="Int64"),
            "change_id": commits["change_id"],
            "project": commits["project"],
            "source": pd.Series("git", index=commits.index, dtype=text),
        }
    )


def open_linked_changes(linked_changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `linked_changes` of open changes that were fetched."""
    is_open = linked_changes["kind"].eq("change") & linked_changes["status"].isin(schema.OPEN_CHANGE_STATUSES)
    return linked_changes[is_open & linked_changes["source"].eq("gerrit")].reset_index(drop=True)


def not_abandoned(linked_changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `linked_changes` that count as a fix and were not abandoned."""
    return linked_changes[linked_changes["counts_as_fix"] & linked_changes["status"].ne("ABANDONED")]


def dated(linked_changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `linked_changes` with the best dates: a bug's changes if it has any, else its commits.

    Gerrit has the time of a merge; a commit of a clone has the day of its writing, often weeks before.
    """
    is_change = linked_changes["kind"].eq("change")
    return linked_changes[is_change | ~linked_changes["bug_id"].isin(linked_changes.loc[is_change, "bug_id"])]


def last_proposals(linked_changes: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """When the newest fix of each bug was proposed, by bug_id; backports and changes of other projects do not count."""
    is_local = linked_changes["branch"].isin(schema.MAIN_BRANCHES) | linked_changes["branch"].isna()
    is_fix = linked_changes["kind"].eq("change") & linked_changes["counts_as_fix"] & is_local
    return linked_changes[is_fix & ~linked_changes["is_elsewhere"]].groupby("bug_id")["created_at"].max()


def settled(linked_changes: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each row of `linked_changes` settles the bug: an open fix, or one that closed the bug on master.

    An open partial fix counts, because somebody works on the bug; a merged partial fix, or a fix on stable branches
    only, does not settle it.
    """
    is_local = linked_changes["branch"].isin(schema.MAIN_BRANCHES) | linked_changes["branch"].isna()
    closed = linked_changes["status"].eq("MERGED") & linked_changes["relation"].eq("closes") & is_local
    return linked_changes["counts_as_fix"] & (linked_changes["status"].isin(schema.OPEN_CHANGE_STATUSES) | closed)
