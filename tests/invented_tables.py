"""A small invented project as tables, for the tests of measures, figures and reports. Every person is invented."""

from functools import cache

import invented_reviews
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.judge import fixes
from analysis.judge import queue as judged_queue
from analysis.tables import schema

AS_OF = "2015-06-30T12:00:00+00:00"
HOSTILE = (
    "<script>window.broken=1</script><img src=x onerror=window.broken=1> \u202egnp.exe \x1b[31mred\x1b[0m "
    "=cmd|' /C calc'!A0 javascript:alert(1) "
)
PRIVATE = "the embargoed hole"


def days_before(days):
    return pd.Timestamp(AS_OF) - pd.Timedelta(days=days)


def bugs():
    rows = [  # id, title, tags, private, duplicate_of, days since created, heat
        (1, "Quota usage drifts under load", ["quotas"], False, None, 200, 90),
        (2, "Scheduler picks a full host", ["scheduler"], False, None, 90, 20),
        (3, HOSTILE + "x" * 5000, ["quotas", "=1+1"], False, None, 60, 6),
        (4, PRIVATE, ["security"], True, None, 30, 600),
        (5, "Cells lose a build request", ["cells"], False, None, 400, 12),
        (6, "Same as quota drift", ["quotas"], False, 1, 100, 4),
        (7, "Volume stays attached after resize", [], False, None, 15, 2),
        (8, "Old release note is wrong", ["doc"], False, None, 5, 0),
    ]
    return schema.BUGS.frame(
        {
            "bug_id": [row[0] for row in rows],
            "title": [row[1] for row in rows],
            "description": [row[1] for row in rows],
            "tags": [row[2] for row in rows],
            "is_private": [row[3] for row in rows],
            "information_type": ["Private Security" if row[3] else "Public" for row in rows],
            "duplicate_of": [row[4] for row in rows],
            "created_at": [days_before(row[5]) for row in rows],
            "updated_at": [days_before(1) for _ in rows],
            "heat": [row[6] for row in rows],
            "n_users_affected": [row[6] // 10 for row in rows],
            "n_messages": [3 for _ in rows],
            "has_patch": [False for _ in rows],
            "reporter": ["riley-example" for _ in rows],
        }
    )


def bug_tasks():
    rows = [  # bug, target, status, importance, assignee
        (1, "nova", "In Progress", "High", "casey-example"),
        (1, "nova/kilo", "In Progress", "Critical", None),
        (2, "nova", "Confirmed", "Medium", None),
        (3, "nova", "In Progress", "Low", "casey-example"),
        (4, "nova", "In Progress", "Critical", "casey-example"),
        (5, "nova", "Triaged", "High", None),
        (6, "nova", "New", "Undecided", None),
        (7, "nova", "New", "Undecided", None),
        (8, "nova", "Fix Released", "Low", None),
    ]
    return schema.BUG_TASKS.ordered(
        schema.BUG_TASKS.frame(
            {
                "bug_id": [row[0] for row in rows],
                "target": [row[1] for row in rows],
                "status": [row[2] for row in rows],
                "importance": [row[3] for row in rows],
                "assignee": [row[4] for row in rows],
                "created_at": [days_before(200) for _ in rows],
                "is_open": [row[2] in schema.OPEN_STATUSES for row in rows],
            }
        )
    )


CHANGES = [  # number, subject, branch, status, private, bug it fixes, state, waiting on, days, unreviewed
    (101, "Count quota usage once", "master", "NEW", False, 1, "never_reviewed", "reviewers", 41.0, True),
    (102, "Lock the usage row", "master", "NEW", False, 1, "needs_second_core", "second_core", 9.5, False),
    (103, HOSTILE, "stable/kilo", "NEW", False, 3, "never_reviewed", "reviewers", 16.0, True),
    (104, "Close " + PRIVATE, "master", "NEW", False, 4, "never_reviewed", "reviewers", 20.0, True),
    (105, "A private change", "master", "NEW", True, 2, "never_reviewed", "reviewers", 20.0, True),
    (106, "Skip full hosts", "master", "NEW", False, 2, "owner_turn", "owner", 3.0, False),
    (107, "Filter hosts twice", "master", "NEW", False, 2, "unknown", None, None, None),
    (108, "Refactor the scheduler", "master", "NEW", False, None, "ci_failing", "owner", 2.0, True),
    (109, "Keep the build request", "master", "ABANDONED", False, 5, None, None, None, None),
    (110, "Correct the release note", "master", "MERGED", False, 8, None, None, None, None),
]


def changes():
    return schema.CHANGES.frame(
        {
            "change_number": [row[0] for row in CHANGES],
            "change_id": [f"I{row[0]:040}" for row in CHANGES],
            "project": ["openstack/nova" for _ in CHANGES],
            "branch": [row[2] for row in CHANGES],
            "subject": [row[1] for row in CHANGES],
            "owner": [42 for _ in CHANGES],
            "status": [row[3] for row in CHANGES],
            "created_at": [days_before((row[8] or 50) + 1) for row in CHANGES],
            "updated_at": [days_before(1) for _ in CHANGES],
            "submitted_at": [days_before(2) if row[3] == "MERGED" else None for row in CHANGES],
            "patch_set_number": [2 for _ in CHANGES],
            "insertions": [12 for _ in CHANGES],
            "deletions": [3 for _ in CHANGES],
            "is_wip": [False for _ in CHANGES],
            "is_private": [row[4] for row in CHANGES],
            "has_labels": [row[0] != 107 for row in CHANGES],
            "has_messages": [row[0] != 107 for row in CHANGES],
        }
    )


def links():
    fixes = [row for row in CHANGES if row[5] is not None]
    return schema.LINKS.ordered(
        schema.LINKS.frame(
            {
                "bug_id": [row[5] for row in fixes],
                "kind": ["change" for _ in fixes],
                "ref": [str(row[0]) for row in fixes],
                "evidence": ["footer" for _ in fixes],
                "relation": ["closes" for _ in fixes],
                "strength": [1.0 for _ in fixes],
                "counts_as_fix": [True for _ in fixes],
            }
        )
    )


def areas():
    return schema.AREAS.frame(
        {
            "release": ["liberty"] * 3,
            "area_id": ["cells", "quotas", "scheduler"],
            "position": [1, 3, 2],
            "title": ["Cells V2", "Simplify quotas", "Scheduler"],
            "owners": [["Avery Example"], [], ["Sasha Example", "Robin Example"]],
            "has_plan": [True, False, True],
            "is_catch_all": [False, False, False],
        }
    )


def area_members():
    rows = [
        ("quotas", "bug", "1"), ("quotas", "bug", "3"), ("quotas", "change", "101"), ("quotas", "change", "102"),
        ("quotas", "change", "103"), ("scheduler", "bug", "2"), ("scheduler", "change", "106"),
        ("scheduler", "change", "107"), ("scheduler", "change", "108"), ("cells", "bug", "5"),
    ]  # fmt: skip
    return schema.AREA_MEMBERS.ordered(
        schema.AREA_MEMBERS.frame(
            {
                "release": ["liberty" for _ in rows],
                "area_id": [row[0] for row in rows],
                "kind": [row[1] for row in rows],
                "ref": [row[2] for row in rows],
                "rule": [f"tag:{row[0]}" for row in rows],
            }
        )
    )


def review_states():
    rows = [row for row in CHANGES if row[3] == "NEW"]
    return schema.REVIEW_STATES.frame(
        {
            "change_number": [row[0] for row in rows],
            "state": [row[6] for row in rows],
            "waiting_on": [row[7] for row in rows],
            "since_at": [None if row[8] is None else days_before(row[8]) for row in rows],
            "waiting_days": [row[8] for row in rows],
            "reason": ["no vote by a person" if row[9] else "+1 by Casey Example on patch set 2" for row in rows],
            "has_human_vote_ever": [None if row[9] is None else not row[9] for row in rows],
            "has_human_vote_on_current": [None if row[9] is None else not row[9] for row in rows],
        }
    )


def queue():
    rows = [("quotas", 101, 1, 71.0), ("quotas", 103, 2, 30.0), ("quotas", 102, 3, 28.0), ("none", 104, 1, 9.0),
            ("none", 105, 2, 9.0), ("scheduler", 107, 1, 8.0), ("scheduler", 106, 2, -192.0)]  # fmt: skip
    facts = {row[0]: row for row in CHANGES}
    return schema.QUEUE.ordered(
        schema.QUEUE.frame(
            {
                "change_number": [row[1] for row in rows],
                "area_id": [row[0] for row in rows],
                "rank": [row[2] for row in rows],
                "score": [row[3] for row in rows],
                "reasons": [["+30 importance High", f"+{facts[row[1]][8] or 0:.0f} days of waiting"] for row in rows],
                "bug_id": [facts[row[1]][5] for row in rows],
                "importance": [{1: "High", 2: "Medium", 3: "Low", 4: "Critical"}[facts[row[1]][5]] for row in rows],
                "state": [facts[row[1]][6] for row in rows],
                "waiting_on": [facts[row[1]][7] for row in rows],
                "waiting_days": [facts[row[1]][8] for row in rows],
                "is_unreviewed": [facts[row[1]][9] for row in rows],
            }
        )
    )


def unfixed_bugs():
    """The build's own result for these bugs, so that pages are tested only on tables that a build can write."""
    linked_changes = fixes.linked_changes(bugs=bugs(), links=links(), changes=changes(), commits=schema.COMMITS.empty())
    inputs = {"linked_changes": linked_changes, "bugs": bugs(), "bug_tasks": bug_tasks()}
    return invented_reviews.unfixed_bugs(**inputs, as_of=pd.Timestamp(AS_OF))


def fix_fates():
    """The build's own fates of the fixes of these bugs."""
    linked_changes = fixes.linked_changes(bugs=bugs(), links=links(), changes=changes(), commits=schema.COMMITS.empty())
    return invented_reviews.fix_fates(linked_changes=linked_changes, bugs=bugs(), bug_tasks=bug_tasks())


def open_fixes():
    """The build's own result from these tables."""
    inputs = {"queue": queue(), "changes": changes(), "review_states": review_states(), "links": links(),
             "bugs": bugs(), "bug_tasks": bug_tasks(), "areas": areas()}  # fmt: skip
    empty = {name: schema.TABLES[name].empty() for name in ("votes", "accounts", "themes", "bug_themes")}
    return judged_queue.open_fixes(**inputs, **empty, target="nova", as_of=pd.Timestamp(AS_OF))


def tables():
    """A copy of every table of the contract; tables without data in this project are empty."""
    return {name: frame.copy() for name, frame in _tables().items()}


@cache
def _tables():
    """The tables, made once per process, because making and judging them takes as long as many of the tests."""
    makers = (bugs, bug_tasks, changes, links, areas, area_members, review_states, queue, open_fixes, unfixed_bugs,
              fix_fates)  # fmt: skip
    filled = {make.__name__: make() for make in makers}
    return {name: schema.validate(filled.get(name, table.empty()), table) for name, table in schema.TABLES.items()}


def write(data_dir, frames):
    """Write the tables in the layout of the store, one file for each project."""
    for name, frame in frames.items():
        folder = data_dir / "processed" / f"{name}.parquet"
        folder.mkdir(parents=True, exist_ok=True)
        arrow = pa.Table.from_pandas(frame, schema=schema.TABLES[name].arrow, preserve_index=False)
        pq.write_table(arrow.replace_schema_metadata(None), folder / "nova.parquet")
    return data_dir


def with_people_and_themes(frames):
    """The tables with two people, one theme and the medians of one turn, for tests that need them."""
    accounts = {
        "account": [42, 43],
        "username": ["owner-example", "casey-example"],
        "name": ["Owen Example", "Casey Example"],
        "kind": ["person", "person"],
    }
    themes = {
        "theme_id": ["quota-usage"],
        "label": ["quota, usage"],
        "terms": [["quota", "usage"]],
        "n_bugs": [3],
        "n_open": [2],
        "n_without_fix": [0],
        "n_opened_by_cycle": [[1, 1, 1, 0]],
    }
    medians = {
        "area_id": ["all", "quotas"],
        "waiting_on": ["reviewers", "reviewers"],
        "median_days": [9.0, 12.0],
        "n_turns": [20, 8],
        "n_lasting": [2, 1],
    }
    of_bugs = {"bug_id": [1, 3, 6], "theme_id": ["quota-usage"] * 3, "failure_modes": [["race"], [], []]}
    more = {"accounts": accounts, "themes": themes, "bug_themes": of_bugs, "waiting_medians": medians}
    result = {name: schema.TABLES[name].frame(columns) for name, columns in more.items()}
    inputs = {name: result.get(name, frames[name]) for name in (*_FOR_OPEN_FIXES, "accounts", "themes", "bug_themes")}
    fixes_then = judged_queue.open_fixes(**inputs, votes=frames["votes"], target="nova", as_of=pd.Timestamp(AS_OF))
    return {**frames, **result, "open_fixes": fixes_then}


_FOR_OPEN_FIXES = ("queue", "changes", "review_states", "links", "bugs", "bug_tasks", "areas")
