"""The tables about the fixes of bugs; which links make a fix, and the branches that fixes go to."""

import pandas as pd

from analysis.tables.schema.gerrit import CHANGE_STATUSES
from analysis.tables.schema.judgement import RELATIONS
from analysis.tables.schema.launchpad import IMPORTANCES
from analysis.tables.schema.table import Column, Table, looked_up

STATUS_SOURCES = ("gerrit", "git", "comment")
# The fates of a bug's fix, furthest first. After the first two nothing has to be proposed; with any other there is no
# fix.
FATES = (
    "fix_merged", "fix_in_review", "fix_reverted", "fix_doubted", "stable_only", "only_partial", "only_related",
    "merged_elsewhere", "proposed_unknown", "fix_abandoned", "assigned_without_change", "never_triaged", "no_change",
)  # fmt: skip
LACKS = FATES[2:]
# What to do about the bug, in the order of a page: the cheapest first.
ACTS = ("close", "check", "review", "look", "revive", "finish", "decide", "ask", "take")
BASES = ("rule", "guess")
BACKPORT_STATES = ("merged", "waiting", "missing", "blocked", "abandoned", "contained")
# What is said of a fix on a branch that does not have it: the data show that it was not seen there, not that it is not.
BACKPORT_LABELS = {"missing": "not seen", "blocked": "a newer branch first", "waiting": "in review"}
# The branch that every fix goes to first; a project that was renamed to main holds its older changes under master.
MASTER = "master"
MAIN_BRANCHES = (MASTER, "main")
# What the name of a branch that takes backports begins with, in the order in which a branch is renamed.
STABLE_BRANCHES = ("proposed/", "stable/", "unmaintained/")
RESCUE_REASONS = ("abandoned", "silent")

LINKED_CHANGES = Table(
    "linked_changes",
    "a bug and a change or commit that answers it, with what became of that one; made for the judgements, not kept",
    ("bug_id", "kind", "ref"),
    {
        "bug_id": Column("int", "links.bug_id; a duplicate is counted as its master"),
        "kind": Column("str", "links.kind", ("change", "commit")),
        "ref": Column("str", "links.ref"),
        "relation": Column("str", "links.relation of the surest link", RELATIONS),
        "counts_as_fix": Column("bool", "any link counts as one"),
        "is_declared": Column("bool", "somebody wrote that it is about the bug: it is not named by a topic alone"),
        "is_revert": Column("bool", "it takes a fix of the bug back"),
        "hook_misses": Column("bool", "the infra hook would not act on the footer of the surest link"),
        "branch": Column("str", "branch of the change or commit"),
        "status": Column("str", "changes.status; MERGED for a commit", CHANGE_STATUSES),
        "at": Column("time", "when it merged or was abandoned; commits.committed_at"),
        "created_at": Column("time", "changes.created_at; commits.authored_at"),
        "change_number": Column("int", "changes.change_number; NA for a commit"),
        "change_id": Column("str", "its Change-Id, which repeats over branches"),
        "project": Column("str", "repository; NA where only a comment names the change, and not its repository"),
        "is_elsewhere": Column("bool", "it is in the repository of another project: no fix of this one's task"),
        "source": Column("str", "where its status is from: gerrit, git, or the infra bot's comment", STATUS_SOURCES),
        "ended_by": Column("str", "who abandoned it, as the comment names them"),
        "why_ended": Column("str", "why, in their words: hostile text"),
    },
)

FIX_FATES = Table(
    "fix_fates",
    "an open bug, what became of its fix, and what is to be done",
    ("bug_id",),
    {
        "bug_id": Column("int", "bugs.bug_id; a duplicate is counted as its master"),
        "fate": Column("str", "the furthest that its fix came, in this order", FATES),
        "act": Column(
            "str",
            "close the bug; check whether another project's fix closes it; review the fix; look at the change "
            "that a comment names; revive the fix or hand it over; "
            "finish what is half done; decide whether it is a bug, or needs a spec; ask the reporter or assignee; "
            "take it, because nobody has",
            ACTS,
        ),
        "evidence": Column("str", "what says so, in words, with changes and days: hostile text"),
        "basis": Column("str", "rule: Gerrit, git or the infra bot says so; guess: people's words do", BASES),
        "since_at": Column("time", "when it came to this; NA when that is not known"),
        "change_number": Column("int", "the change that it is about; NA of none, or of a commit alone"),
        "n_proposed": Column("int", "changes and commits ever proposed to fix it in this project, as far as is known"),
    },
)

UNFIXED_BUGS = Table(
    "unfixed_bugs",
    "an open bug that no open change is known to fix, wholly or in part, other than by a person's comment, and that "
    "nothing merged to master closes for good",
    ("bug_id",),
    {
        "bug_id": Column("int", "bugs.bug_id; a duplicate is counted as its master"),
        "lack": Column("str", "fix_fates.fate", LACKS),
        "reason": Column("str", "fix_fates.evidence"),
        "importance": Column("str", "importance in the project's own task", IMPORTANCES),
        "status": Column("str", "status in the project's own task"),
        "assignee": Column("str", "assignee of that task"),
        "heat": Column("int", "bugs.heat"),
        "age_days": Column("float", "as_of - bugs.created_at, days"),
    },
)

STACKS = Table(
    "stacks",
    "an open change that stands on, or carries, another open change",
    ("change_number",),
    {
        "change_number": Column("int", "changes.change_number"),
        "stack_id": Column("int", "change_number of the bottom, the one to review first"),
        "position": Column("int", "from 1, the bottom"),
        "n_changes": Column("int", "open changes in the stack"),
        "is_outdated": Column("bool", "it stands on an older patch set of the one below: it needs a rebase"),
    },
)

COMPETING_FIXES = Table(
    "competing_fixes",
    "a bug that several open changes close on one branch",
    ("bug_id", "branch"),
    {
        "bug_id": Column("int", "bugs.bug_id of the master bug"),
        "branch": Column("str", "changes.branch"),
        "change_numbers": Column("ints", "the open changes that close it, by different Change-Ids, oldest first"),
        "n_owners": Column("int", "people behind them"),
    },
)

SUPERSEDED_FIXES = Table(
    "superseded_fixes",
    "an open fix that nobody need review: all its bugs are closed on its branch, by another change or by their status",
    ("change_number",),
    {
        "change_number": Column("int", "changes.change_number"),
        "bug_id": Column("int", "the first of its bugs to be closed"),
        "branch": Column("str", "changes.branch"),
        "closed_by": Column("str", "the other change or commit; NA where only the status says so"),
        "closed_at": Column("time", "when that one merged; NA where only the status says so"),
        "reason": Column("str", "the same in words"),
    },
)

RESCUES = Table(
    "rescues",
    "a change worth taking over: its bug is open, people liked it, and its owner is gone or gave up",
    ("change_number", "bug_id"),
    {
        "change_number": Column("int", "changes.change_number"),
        "bug_id": Column("int", "the open bug that it fixes and that nothing else fixes"),
        "why": Column("str", "abandoned, or silent: open and without a word of its owner", RESCUE_REASONS),
        "since_at": Column("time", "when it was abandoned, or its owner's last word"),
        "n_liked": Column("int", "people other than the owner with a positive vote, and none with -2"),
        "reason": Column("str", "the same in words"),
    },
)

BACKPORTS = Table(
    "backports",
    "a bug fixed on master, on one stable branch",
    ("bug_id", "branch"),
    {
        "bug_id": Column("int", "bugs.bug_id of the master bug"),
        "branch": Column("str", "master, or a stable branch under the newest name that the data hold of it"),
        "state": Column(
            "str",
            "merged there; waiting as an open change; contained: the branch was cut with it; missing: none proposed; "
            "blocked: missing, and a newer series lacks it; NA: it may be contained, the day of the cut is not known",
            BACKPORT_STATES,
        ),
        "change_number": Column(
            "int", "the change that makes it so; NA when there is none or it is known as a commit only"
        ),
        "needs_first": Column(
            "str", "the newest branch that must have the fix before this one, and has not; NA of none"
        ),
        "master_ref": Column("str", "the change or commit that fixed it on master"),
        "fixed_on_master_at": Column("time", "when master got the fix; the commit's day where only a clone tells"),
        "is_wanted": Column("bool", "somebody asked for it: a series task, or a <series>-backport-potential tag"),
    },
)

TODO = Table(
    "todo",
    "an open fix that one reviewer should look at next; made when asked for, not kept",
    ("change_number",),
    {
        "change_number": Column("int", "changes.change_number"),
        "rank": Column("int", "from 1"),
        "bug_id": Column("int", "queue.bug_id"),
        "importance": Column("str", "queue.importance", IMPORTANCES),
        "subject": Column("str", "changes.subject: hostile text"),
        "state": Column("str", "queue.state"),
        "n_lines": Column("int", "insertions and deletions"),
        "score": Column("float", "queue.score, and what the reviewer's knowledge adds"),
        "reasons": Column("strs", "why this one, for this reviewer; the queue's own reasons follow"),
    },
)


def fix_links(links: pd.DataFrame, kind: str | None = None) -> pd.DataFrame:
    """The links that make a change or commit a fix of a bug, in their order; for each pair only the strongest.

    This is the only definition of a fix; the status of the change is another question.

    Parameters
    ----------
    links : DataFrame, LINKS
    kind : change or commit; of changes the rows have change_number too
    """
    fixing = links[links["counts_as_fix"].fillna(False)]
    if kind is not None:
        fixing = fixing[fixing["kind"].eq(kind)]
    surest = fixing.sort_values("strength", ascending=False, kind="stable").drop_duplicates(["bug_id", "kind", "ref"])
    surest = surest.sort_index()
    if kind == "change":
        surest = surest.assign(change_number=pd.to_numeric(surest["ref"]).astype("Int64"))
    return surest.reset_index(drop=True)


def series_of(branch: pd.Series) -> "pd.Series[str]":
    """The series of each stable branch, such as yoga, whatever its current name; NA for any other branch."""
    names = branch.dropna().drop_duplicates()  # a branch has thousands of changes
    series = names.str.extract(rf"^(?:{'|'.join(STABLE_BRANCHES)})(.+)$", expand=False)
    return looked_up(branch, series.set_axis(pd.Index(names)))


def line_of(branch: pd.Series) -> "pd.Series[str]":
    """One value for all names of a branch: MASTER, the series of a stable branch, or the name of any other branch."""
    return series_of(branch).fillna(branch.mask(branch.isin(MAIN_BRANCHES), MASTER))


def branch_place(branch: str) -> tuple[bool, str, int]:
    """The sort key of a stable branch: OpenStack names its series by letters, then by years; newer names come later.

    >>> sorted(["stable/2023.1", "unmaintained/yoga", "stable/zed", "stable/yoga"], key=branch_place)
    ['stable/yoga', 'unmaintained/yoga', 'stable/zed', 'stable/2023.1']
    """
    prefix, _, series = branch.partition("/")
    return series[:1].isdigit(), series, STABLE_BRANCHES.index(f"{prefix}/")
