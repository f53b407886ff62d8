"""How a column of a report is called and shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from analysis import schema
from analysis.figures.html import MOST_LETTERS

Shown = Literal["number", "days", "share", "text", "title", "sentence", "word", "words", "list", "time", "trend"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's name for people, how its values are shown, and the column with the address they lead to.

    For a column of lists that is a column of lists as long, with an address for each value; one that ends in `_urls`
    holds the addresses of the bugs and changes that the text names.
    """

    label: str
    shown: Shown = "text"
    address: str = ""
    choices: tuple[str, str] = ("yes", "no")
    absent: str = ""  # what NA means where it does not mean "unknown"
    digits: int = 1  # behind the point, of a number that is not whole
    letters: int = MOST_LETTERS  # of a text; what is longer is cut
    said: Mapping[str, str] = field(default_factory=dict)  # words for values that do not say what they mean


HEADINGS: dict[str, Heading] = {
    "rank": Heading("Rank", "number"),
    "rule": Heading("Rule", "word"),
    "design": Heading("Design", "word"),
    "change_number": Heading("Change", "number", "change_url"),
    "subject": Heading("Subject", "title"),
    "branch": Heading("Branch", "word"),
    "section": Heading("Page in Gerrit", "text", "section_url"),
    "event": Heading("What happened"),
    "is_open": Heading("Open"),
    "claim": Heading("The full matrix said", "title"),
    "shown_on": Heading("These runs show it on", absent="\u2013"),
    "not_shown_on": Heading("They do not on", absent="\u2013"),
    "n_told": Heading("Runs that can tell", "number"),
    "n_bugs": Heading("Bugs", "number", "rows_page"),
    "where": Heading("Where"),
    "n_records": Heading("Records", "number"),
    "snapshot_at": Heading("True as of", "time"),
    "n_pending": Heading("Pending", "number"),
    "n_gone": Heading("Gone", "number"),
    "gaps": Heading("Known to be missing", "words"),
    "line": Heading("Line"),
    "ref": Heading("Change or commit"),
    "detail": Heading("Detail", absent="\u2013"),
    "need": Heading("What it needs"),
    "against": Heading("Stands against it by"),
    "target": Heading("Task in"),
    "other_tasks": Heading("The bug's other tasks", "list"),
    "milestone": Heading("Milestone", absent="none"),
    "targeted_on": Heading("Date", "time"),
    "n_open_bugs": Heading("Open", "number"),
    "since_last": Heading("Since last report", absent="first report"),
    "trend": Heading("12 weeks", "trend"),
    "theme": Heading("Theme", "text", "theme_page"),
    "n_year_before": Heading("Year before", "number"),
    "n_last_year": Heading("Last year", "number"),
    "sub_theme": Heading("Part of the theme", absent="none"),
    "other_title": Heading("Its title", "title"),
    "is_fixed": Heading("Fixed"),
    "fixed_by": Heading("Fixed by", "list", "fixed_by_urls", absent="a fix that is not in the data"),
    "similarity": Heading("Similarity", "share"),
    "kind": Heading("Kind", "word"),
    "terms": Heading("Words", "list"),
    "failure_mode": Heading("Failure mode", "word"),
    "failure_modes": Heading("Failure modes", "list"),
    "median_age_days": Heading("Median age", "days"),
    "n_important": Heading("High or Critical", "number"),
    "n_expected": Heading("By chance", "number"),
    "lift": Heading("Lift", "number"),
    "limit": Heading("Limit"),
    "limit_days": Heading("Limit", "days"),
    "over_days": Heading("Over it", "days"),
    "at": Heading("At", "time"),
    "after_days": Heading("Days", "number"),
    "fixes": Heading("Fixes", "share"),
    "others": Heading("Other changes", "share"),
    "share_reviewers": Heading("Reviewers", "share"),
    "share_owner": Heading("Owner", "share"),
    "share_second_core": Heading("Second core", "share"),
    "share_approver": Heading("Approver", "share"),
    "share_parent": Heading("Parent", "share"),
    "share_ci": Heading("CI", "share"),
    "median_low": Heading("At least", "days"),
    "median_high": Heading("At most", "days"),
    "n_lasting": Heading("Still lasting", "number"),
    "stack_id": Heading("Bottom of stack", "number"),
    "n_owners": Heading("Owners", "number"),
    "n_liked": Heading("People for it", "number"),
    "why": Heading("State", "word"),
    "is_outdated": Heading("Needs a rebase"),
    "is_wanted": Heading("Asked for"),
    "fixed_on_master_at": Heading("Fixed on master", "time"),
    "what": Heading("Kind of work", "word"),
    "outside": Heading("What the rest has in common", "words"),
    "precision": Heading("Right", "share"),
    "recall": Heading("Found", "share"),
    "threshold": Heading("Threshold", "share"),
    "newest_at": Heading("Newest", "time"),
    "behind_days": Heading("Behind", "days"),
    "submitted_at": Heading("Merged", "time"),
    "is_fix": Heading("Fix"),
    "n_unseen": Heading("Unseen by the hook", "number"),
    "n_entered": Heading("Entered", "number"),
    "bug_id": Heading("Bug", "number", "bug_url"),
    "other_bug_id": Heading("Other bug", "number", "other_bug_url"),
    "bug_title": Heading("Bug title", "title"),
    "bug_status": Heading("Bug status"),
    "status": Heading("Status", "word"),
    "importance": Heading("Importance", "word"),
    "assignee": Heading("Assignee", absent="nobody"),
    "heat": Heading("Heat", "number"),
    "tags": Heading("Tags", "list"),
    "state": Heading("State", "word"),
    "meaning": Heading("What it means", "title"),
    "waiting_on": Heading("Whose turn", "word", said=schema.TURNS_SAID),
    "waiting_days": Heading("Waiting", "days"),
    "median_days": Heading("Median wait", "days"),
    "oldest_days": Heading("Oldest wait", "days"),
    "oldest_fix_days": Heading("Oldest fix", "days"),
    "age_days": Heading("Age", "days"),
    "since_at": Heading("Since", "time"),
    "created_at": Heading("Created", "time"),
    "closed_at": Heading("Closed", "time"),
    "tag": Heading("Tag"),
    "is_unreviewed": Heading("Reviewed", choices=("no", "yes")),
    "has_human_vote_ever": Heading("Ever reviewed"),
    "has_plan": Heading("Planned"),
    "reason": Heading("Why", "sentence", "reason_urls"),
    "evidence": Heading("Evidence", "text", "evidence_urls"),
    "reasons": Heading("Why this rank", "words"),
    "score": Heading("Score", "number"),
    "size_lines": Heading("Lines", "number"),
    "title": Heading("Area", "text", "area_page"),
    "owners": Heading("Owner"),
    "coverage": Heading("Who reviews"),
    "cores": Heading("Cores", "list"),
    "other_reviewers": Heading("Others", "list"),
    "is_core": Heading("Core"),
    "n_reviewed": Heading("Fixes reviewed", "number"),
    "voted_at": Heading("Last vote", "time"),
    "owner_name": Heading("Owner"),
    "areas": Heading("Areas", "list", "areas_page"),
    "area_id": Heading("Area", "text", "area_page"),
    "n_open_fixes": Heading("Open fixes", "number"),
    "n_unreviewed": Heading("Unreviewed", "number"),
    "n_unknown": Heading("Unknown", "number"),
    "n_waiting": Heading("Wait for review", "number"),
    "n_changes": Heading("Changes", "number"),
    "n_users_affected": Heading("Users affected", "number"),
    "whose_turn": Heading("Whose turn"),
    "lack": Heading("Lacks", "word"),
    "share": Heading("Share", "share", absent="\u2013"),
    "age": Heading("Waiting"),
    "n": Heading("Number", "number"),
    "ratio": Heading("Ratio", "number", digits=2),
    "ratio_low": Heading("Ratio at least", "number", digits=2),
    "ratio_high": Heading("Ratio at most", "number", digits=2),
    "p": Heading("p", "number", digits=3),
    "kappa": Heading("Kappa", "number", digits=2),
    "lost_per_request": Heading("Lost attempts per request", "number", digits=2),
    "least": Heading("Least", "number", digits=2),
    "median": Heading("Median", "number", digits=2),
    "most": Heading("Most", "number", digits=2),
    "note": Heading("What it counts"),
    "fact": Heading("Fact", "text", "fact_page"),
    "breaks": Heading("Breaks", letters=1000),
    "sqlite": Heading("SQLite"),
    "postgresql": Heading("PostgreSQL"),
    "mariadb": Heading("MariaDB"),
}

# A stable branch as a column: what it has of each fix, and where that leads.
BRANCH = Heading("", "word", absent="\u2013")


def heading(name: str, *, is_number: bool = False, is_list: bool = False) -> Heading:
    """The column's heading; a column that nobody described is shown under its own name."""
    label = name.removeprefix("n_").replace("_", " ")
    shown: Shown = "list" if is_list else "number" if is_number else "text"
    if name.startswith(schema.STABLE_BRANCHES):
        return replace(BRANCH, label=name, address=f"{name}_url")
    found = HEADINGS.get(name, Heading(label[:1].upper() + label[1:], shown))
    return replace(found, shown="list") if is_list and found.shown == "text" else found


def is_address(name: str) -> bool:
    """Whether a column holds addresses: they are links of another column, not a column of a page."""
    return name.endswith(("_url", "_urls", "_page"))
