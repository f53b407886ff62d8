"""The tables of judgements: links, areas, review states, the queue, inconsistent bugs."""

import pandas as pd

from analysis.tables.schema.states import STATE_NAMES, WAITING_ON
from analysis.tables.schema.table import Column, Table

# In a message: footer (Closes-Bug: 1), phrase (Fixes bug 1), sentence (... This fixes bug 1 ...), bare (bug 1 alone in
# a line), address (its web page alone in a line), test (adds a test for bug 1), subject. Elsewhere: topic,
# infra_comment. By descent: change_id (the commit it became, or its change), backport (same Change-Id on another
# branch), cherry_pick, revert.
EVIDENCES = (
    "footer", "phrase", "sentence", "bare", "address", "test", "subject", "topic", "infra_comment", "change_id",
    "backport", "cherry_pick", "revert",
)  # fmt: skip
RELATIONS = ("closes", "partial", "related")
NAMED = r"\b(?P<kind>bug|change) (?P<number>[0-9]+)\b"  # a bug or a change in a sentence of ours: bug 7
NO_AREA = "none"  # the area_id of items in no area
CATCH_ALL = "all_fixes"  # the rule of an area that holds every bug and fix, and so distinguishes none
EVERY_AREA = "all"  # the area_id of rows about all changes, whatever their areas

CI_RESULTS = ("passed", "failed", "none")

LINKS = Table(
    "links",
    "one reason to join a bug and a change or commit",
    ("bug_id", "kind", "ref", "evidence"),
    {
        "bug_id": Column("int", "Launchpad's number; the bug itself may be absent from bugs"),
        "kind": Column("str", "what ref names", ("change", "commit")),
        "ref": Column("str", "change_number in digits, or sha"),
        "evidence": Column("str", "where it was read", EVIDENCES),
        "relation": Column("str", "closes, partial or related", RELATIONS),
        "strength": Column("float", "0..1: how sure this evidence alone makes the link"),
        "source_text": Column("str", "the text it was read from, at most 200 characters: hostile text"),
        "counts_as_fix": Column(
            "bool", "closes or partial by the surest evidence; false for a test, a revert, a reverted fix"
        ),
        "hook_sees_it": Column("bool", "OpenStack's infra hook would act on it the same way; NA where no footer"),
        "conflicts_with": Column(
            "str", "evidence that says otherwise of the pair, or names another bug instead; NA if none"
        ),
    },
)

UNREAD_LINES = Table(
    "unread_lines",
    "a line of a commit message that names a bug or looks like a footer, and made no link",
    ("kind", "ref", "line_number"),
    {
        "kind": Column("str", "what ref names", ("change", "commit")),
        "ref": Column("str", "change_number in digits, or sha"),
        "line_number": Column("int", "from 0, the subject"),
        "line": Column("str", "the line, at most 400 letters: hostile text"),
    },
)

BLUEPRINTS = Table(
    "blueprints",
    "one reason to join a blueprint and a change or commit",
    ("kind", "ref", "blueprint", "evidence"),
    {
        "kind": Column("str", "what ref names", ("change", "commit")),
        "ref": Column("str", "change_number in digits, or sha"),
        "blueprint": Column("str", "the blueprint's name, in lower case"),
        "evidence": Column("str", "footer or topic", ("footer", "topic")),
        "relation": Column("str", "implements, partial or related", ("implements", "partial", "related")),
        "source_text": Column("str", "the line or topic it was read from, at most 200 characters: hostile text"),
    },
)

CHANGE_COMMITS = Table(
    "change_commits",
    "a change and the commit that it became",
    ("change_number", "sha"),
    {
        "change_number": Column("int", "changes.change_number"),
        "sha": Column("str", "commits.sha"),
        "evidence": Column("str", "change_id (same Change-Id, project and branch) or sha", ("change_id", "sha")),
    },
)

AREAS = Table(
    "areas",
    "an area of a release, as its area file declares it",
    ("release", "area_id"),
    {
        "release": Column("str", "release whose area file declares it"),
        "area_id": Column("str", "id of the area in the file"),
        "position": Column("int", "from 1, in the order of the file"),
        "title": Column("str", "its name in the priorities document"),
        "owners": Column("strs", "names of the people who lead it"),
        "owner_accounts": Column("strs", "their Launchpad names, in the same order; empty where not linked"),
        "has_plan": Column("bool", "false: the document lists it as without a clear plan"),
        "is_catch_all": Column("bool", "it holds every bug and fix, so it says nothing about coverage"),
        "n_bugs": Column("int", "bugs in it"),
        "n_changes": Column("int", "changes in it"),
        "n_commits": Column("int", "commits in it"),
        "expect_at_least": Column("int", "members below which a rule must have died"),
        "source": Column("str", "address of the document that declares it"),
    },
)

NUMBERS = {"bug": "bug_id", "change": "change_number"}  # the column that names a thing of each kind

AREA_MEMBERS = Table(
    "area_members",
    "a bug, change or commit in an area, with the rule that put it there",
    ("release", "area_id", "kind", "ref", "rule"),
    {
        "release": Column("str", "release whose area file says so"),
        "area_id": Column("str", "id of the area in the file"),
        "kind": Column("str", "what ref names", ("bug", "change", "commit")),
        "ref": Column("str", "bug_id or change_number in digits, or sha"),
        "rule": Column("str", "tag:quotas, path:nova/quota.py, topic:bp/*quota*, linked:bug/123, ..."),
    },
)

AREA_COVERAGE = Table(
    "area_coverage",
    "a kind of work, and how much of it is in an area",
    ("release", "what"),
    {
        "release": Column("str", "release of the areas"),
        "what": Column("str", "kind of work", ("open_bugs", "open_fixes", "merged_fixes")),
        "n": Column("int", "how many, commits whose change was not fetched among them; no private ones or duplicates"),
        "n_in_area": Column("int", "in at least one area by a rule, an area that holds everything aside"),
        "share": Column("float", "n_in_area / n; NA of none"),
        "outside": Column(
            "strs", "what the rest has in common: tags or folders with their counts, most frequent first"
        ),
    },
)

AREA_CANDIDATES = Table(
    "area_candidates",
    "what many open bugs and fixes outside all areas have in common, and could be an area",
    ("release", "candidate"),
    {
        "release": Column("str", "release of the areas"),
        "candidate": Column("str", "its name: the tag, or the last part of the folder"),
        "tags": Column("strs", "the rule by tag that would hold it; empty of none"),
        "paths": Column("strs", "the rules by path that would hold it; empty of none"),
        "n_open_bugs": Column("int", "open bugs with the tag, in no area by a rule"),
        "n_open_fixes": Column("int", "open fixes in the folders or of such a bug, in no area by a rule"),
    },
)

REVIEW_STATES = Table(
    "review_states",
    "an open change",
    ("change_number",),
    {
        "change_number": Column("int", "changes.change_number"),
        "state": Column("str", "where the review stands", STATE_NAMES),
        "waiting_on": Column("str", "who must act next; NA when unknown", WAITING_ON),
        "since_at": Column("time", "when this turn began; NA when unknown"),
        "waiting_days": Column("float", "as_of - since_at, days"),
        "reason": Column("str", "the votes and messages that make it so, in words"),
        "has_human_vote_ever": Column("bool", "a person who is not the owner voted on any patch set; NA if unknown"),
        "has_human_vote_on_current": Column("bool", "the same on the current patch set, copied votes included"),
    },
)

QUEUE = Table(
    "queue",
    "an open fix that waits for review",
    ("change_number", "area_id"),
    {
        "change_number": Column("int", "changes.change_number"),
        "area_id": Column("str", "area; 'none' collects the fixes in no area"),
        "rank": Column("int", "from 1 in its area"),
        "score": Column("float", "sum of the parts named in reasons"),
        "reasons": Column("strs", "each part of the score in words, largest first"),
        "bug_id": Column("int", "the most important bug that it fixes"),
        "importance": Column("str", "importance of that bug; NA when the bug was not fetched"),
        "state": Column("str", "review_states.state", STATE_NAMES),
        "waiting_on": Column("str", "review_states.waiting_on", WAITING_ON),
        "waiting_days": Column("float", "review_states.waiting_days"),
        "is_unreviewed": Column("bool", "no person but the owner voted on the current patch set; NA if unknown"),
        "hold": Column(
            "str", "why a reviewer should not begin with it, beside its turn: first on stable/kilo; NA of nothing"
        ),
    },
)

OPEN_FIXES = Table(
    "open_fixes",
    "an open change that fixes a bug",
    ("change_number",),
    {
        "change_number": Column("int", "changes.change_number"),
        "subject": Column("str", "changes.subject: hostile text"),
        "branch": Column("str", "changes.branch"),
        "owner": Column("int", "changes.owner, an account"),
        "owner_name": Column("str", "name of that account, else its username, else its number"),
        "bug_id": Column("int", "the most important bug that it fixes"),
        "bug_title": Column("str", "title of that bug; NA when it was not fetched: hostile text"),
        "bug_status": Column("str", "its status in the project's own task"),
        "importance": Column("str", "its importance there; NA when the bug was not fetched"),
        "state": Column("str", "review_states.state", STATE_NAMES),
        "waiting_on": Column("str", "review_states.waiting_on; NA when unknown", WAITING_ON),
        "since_at": Column("time", "when this turn began; NA when unknown"),
        "waiting_days": Column("float", "as_of - since_at, days"),
        "age_days": Column("float", "as_of - changes.created_at, days"),
        "size_lines": Column("int", "insertions + deletions, lines"),
        "ci": Column("str", "what machines say of the current patch set; NA when votes are unknown", CI_RESULTS),
        "area_ids": Column("strs", "ids of its areas; empty when it is in none"),
        "areas": Column("strs", "their titles, in the same order"),
        "themes": Column("strs", "labels of the themes of the bugs that it fixes"),
        "is_unreviewed": Column("bool", "no person but the owner voted on the current patch set; NA if unknown"),
        "has_human_vote_ever": Column("bool", "a person who is not the owner voted on any patch set; NA if unknown"),
        "score": Column("float", "queue.score"),
        "reasons": Column("strs", "each part of the score in words, largest first"),
        "hold": Column("str", "queue.hold"),
        "reason": Column("str", "the votes and messages that make the state so, in words"),
    },
)

CORRECTION_KINDS = ("not_a_fix", "not_a_core", "waits_for")
CORRECTION_OUTCOMES = ("applied", "changes nothing", "matches nothing", "outdated")

CORRECTIONS = Table(
    "corrections",
    "what somebody who knows better wrote into the file of corrections",
    ("kind", "position"),
    {
        "kind": Column(
            "str", "not_a_fix (a change is not a fix of the bug), not_a_core, waits_for (another turn)",
            CORRECTION_KINDS, label="Correction",
        ),
        "position": Column("int", "from 1, among those of its kind in the file"),
        "bug_id": Column("int", "the bug that the change does not fix; NA of other kinds"),
        "change_number": Column("int", "the change that it names; NA of none"),
        "sha": Column("str", "the commit that it names, perhaps shortened; NA of none"),
        "person": Column("str", "the person who is no core, as the file names them; NA of other kinds"),
        "account": Column("int", "the account of that name; NA where no or more than one account bears it"),
        "turn": Column("str", "for whom the change waits; NA of other kinds", WAITING_ON),
        "corrected_by": Column("str", "the person who says so"),
        "corrected_on": Column("time", "the day from which it counts"),
        "because": Column("str", "the reason that they give"),
        "outcome": Column(
            "str", "applied; changes nothing: the rules say the same; outdated: a newer patch set, a later correction, "
            "or a closed change; or matches nothing", CORRECTION_OUTCOMES,
        ),
        "n_corrected": Column("int", "fixes, people or turns that the rules had wrong by it"),
    },
)  # fmt: skip

HYGIENE = Table(
    "hygiene",
    "an inconsistency rule that a bug breaks",
    ("bug_id", "rule"),
    {
        "bug_id": Column("int", "bugs.bug_id"),
        "rule": Column("str", "id of the rule, such as G1"),
        "evidence": Column("str", "what contradicts what, with change numbers and dates"),
        "proposal": Column("str", "what a person could do about it; nothing is ever written back"),
    },
)


def declared_members(area_members: pd.DataFrame, kind: str | None = None) -> pd.DataFrame:
    """The rows that a rule of an area file puts into an area, in their order.

    Parameters
    ----------
    area_members : DataFrame, AREA_MEMBERS
    kind : bug, change or commit; of bugs the rows have bug_id too, and of changes change_number
    """
    declared = area_members if kind is None else area_members[area_members["kind"].eq(kind)]
    if kind in NUMBERS:
        declared = declared.assign(**{NUMBERS[kind]: pd.to_numeric(declared["ref"]).astype("Int64")})
    return declared
