"""Bug states that contradict Gerrit or themselves."""

import math

import pandas as pd
import pytest
from invented_reviews import at, linked_changes, made

from analysis.errors import ProjectFileError
from analysis.judge import inconsistencies
from analysis.tables import accounts, schema

AS_OF = at("31 10:00")
CALM = {"tags": ["api"], "description": "Seen on master.", "created_at": at("30 10:00"), "updated_at": at("30 10:00")}
FINE = {"importance": "High", "is_open": True, "target": "nova"}
OLD = pd.Timestamp("2013-01-01", tz="UTC").as_unit("us")


def broken_rules(task, *, commits=None, elsewhere=False, limits=None, **rest):
    """The rules that hold for bug 1, with their evidence; see `broken_rules_of_each`."""
    (result,) = broken_rules_of_each((task, rest), commits=commits, elsewhere=elsewhere, limits=limits)
    return result


def broken_rules_of_each(*cases, commits=None, elsewhere=False, limits=None, doubted=(), what="evidence"):
    """The rules that hold for each bug, with their evidence; for all bugs at once, which takes no longer than for one.

    A case is a task, and facts about its bug: `bug`; `changes`, each (number, status[, branch]); `links`, each (number,
    relation, counts_as_fix, evidence); `messages`, each (when, person, content); `activity`; `change_messages`, each
    (number, text). Bugs are numbered from 1. The numbers of the changes of bug 2 are 100 higher than in the case, those
    of bug 3 200.
    """
    nothing = {"bug": {}, "changes": (), "links": (), "messages": (), "activity": (), "change_messages": ()}
    numbered = [(n, 100 * (n - 1), task, nothing | rest) for n, (task, rest) in enumerate(cases, 1)]
    assert all(rest.keys() == nothing.keys() for *_, rest in numbered)
    tasks = [
        FINE | {"bug_id": n, "is_open": task["status"] in schema.OPEN_STATUSES} | task for n, _, task, _ in numbered
    ]
    bugs = made(
        schema.BUGS,
        pd.DataFrame([CALM | {"bug_id": n, "is_private": False} | rest["bug"] for n, _, _, rest in numbered]),
    )
    changes = [(first + number, *more) for _, first, _, rest in numbered for number, *more in rest["changes"]]
    links = [_links(rest["links"], n, first) for n, first, _, rest in numbered]
    linked = linked_changes(
        bugs=bugs, changes=_changes(changes), links=schema.LINKS.ordered(pd.concat(links)), commits=commits
    )
    rows = inconsistencies.build(
        linked_changes=linked.assign(is_elsewhere=elsewhere),
        bugs=bugs,
        bug_tasks=made(schema.BUG_TASKS, pd.DataFrame(tasks)),
        bug_activity=made(
            schema.BUG_ACTIVITY,
            pd.DataFrame(
                [(n, at_place, *row) for n, _, _, rest in numbered for at_place, row in enumerate(rest["activity"])],
                columns=["bug_id", "activity_id", "changed_at", "person", "what", "new_value"],
            ),
        ),
        bug_messages=made(
            schema.BUG_MESSAGES,
            pd.DataFrame(
                [(n, at_place, *row) for n, _, _, rest in numbered for at_place, row in enumerate(rest["messages"])],
                columns=["bug_id", "message_number", "sent_at", "person", "content"],
            ),
        ),
        change_messages=made(
            schema.CHANGE_MESSAGES,
            pd.DataFrame(
                [(first + c, f"m{c}", text) for _, first, _, rest in numbered for c, text in rest["change_messages"]],
                columns=["change_number", "message_id", "text"],
            ),
        ),
        milestones=made(
            schema.MILESTONES,
            pd.DataFrame([("nova", "x", "kilo")], columns=["launchpad_project", "milestone", "series"]),
        ),
        as_of=AS_OF,
        target="nova",
        thresholds=inconsistencies.Thresholds(**(limits or {})),
        bots=accounts.Rules().launchpad_machines,
        doubted=doubted,
    )
    evidence = {n: {} for n, *_ in numbered}
    for n, rule, text in zip(rows["bug_id"], rows["rule"], rows[what], strict=True):
        evidence[n][rule] = text
    return list(evidence.values())


def _changes(rows):
    frame = pd.DataFrame([(*row, "master")[:3] for row in rows], columns=["change_number", "status", "branch"])
    touched = pd.Series(at("20 10:00"), index=frame.index)
    facts = {"is_private": False, "created_at": at("10 10:00"), "updated_at": touched}
    return made(schema.CHANGES, frame.assign(**facts, submitted_at=touched.where(frame["status"].eq("MERGED"))))


def _links(rows, bug, first):
    if isinstance(rows, pd.DataFrame):
        return rows
    full = [
        (bug, "change", str(first + number), *rest, *("closes", True, "footer", True)[len(rest) :])
        for number, *rest in rows
    ]
    columns = ["bug_id", "kind", "ref", "relation", "counts_as_fix", "evidence", "hook_sees_it"]
    return made(schema.LINKS, pd.DataFrame(full, columns=columns))


def test_a_bug_whose_facts_agree_breaks_no_rule():
    task = {"status": "In Progress", "assignee": "casey", "in_progress_at": at("20 10:00")}

    assert broken_rules(task, changes=[(7, "NEW")], links=[(7,)]) == {}


YESTERDAY = at("30 10:00")
OPEN = {"changes": [(7, "NEW")], "links": [(7,)]}
MERGED = {"changes": [(7, "MERGED")], "links": [(7,)]}
UNSEEN = {"changes": [(7, "MERGED")], "links": [(7, "closes", True, "footer", False)]}
ABANDONED = {"changes": [(7, "ABANDONED")], "links": [(7,)]}
REVERTED = {
    "changes": [(7, "MERGED"), (8, "MERGED")],  # on the 20th
    "links": [(7, "closes", False), (8, "related", False, "revert")],
}
TIMED_OUT = {"change_messages": [(7, "Abandoned\n\nThis review is > 4 weeks without comment")]}


def days_ago(days):
    return AS_OF - pd.Timedelta(days=days)


CASES = {
    "G1": ({"status": "In Progress", "assignee": "c", "in_progress_at": at("2 10:00")}, {}),
    "G2": ({"status": "In Progress", "in_progress_at": YESTERDAY}, OPEN),
    "G3": ({"status": "Triaged", "assignee": "c"}, {}),
    "G4": ({"status": "Confirmed"}, OPEN),
    "G5": ({"status": "Incomplete", "incomplete_at": at("1 09:00")}, {}),
    "G6": ({"status": "Incomplete", "incomplete_at": at("29 10:00")}, {"messages": [(YESTERDAY, "r", "Here")]}),
    "G7": ({"status": "Triaged", "importance": "Undecided"}, {}),
    "G8": ({"status": "New"}, {"bug": {"tags": []}}),
    "G9": ({"status": "Confirmed", "importance": "Wishlist"}, {"bug": {"created_at": days_ago(400)}}),
    "G10": ({"status": "Confirmed"}, {"bug": {"created_at": OLD}}),
    "G11": ({"status": "Confirmed"}, {"bug": {"has_patch": True}}),
    "G12": ({"status": "Fix Committed"}, {}),
    "G13": ({"status": "Confirmed"}, {"bug": {"updated_at": OLD}}),
    "G14": (
        {"status": "Incomplete", "assignee": "c", "incomplete_at": YESTERDAY},
        {"bug": {"updated_at": days_ago(100)}},
    ),
    "G15": ({"status": "New"}, {"bug": {"description": "It fails.", "created_at": at("20 10:00")}}),
    "G17": ({"status": "New", "importance": "Undecided"}, {"bug": {"created_at": at("10 10:00")}}),
    "G18": (
        {"status": "Confirmed"},
        ABANDONED | TIMED_OUT,
    ),
    "X1": ({"status": "In Progress", "assignee": "c", "in_progress_at": YESTERDAY}, ABANDONED),
    "X2": ({"status": "Confirmed"}, MERGED),
    "X3": ({"status": "Fix Released"}, {"changes": [(7, "MERGED")], "links": [(7, "partial")]}),
    "X4": (
        {"status": "Fix Released", "fix_released_at": at("11 10:00")},
        REVERTED,
    ),
    "X5": ({"status": "Confirmed"}, UNSEEN),
    "X6": ({"status": "Incomplete", "incomplete_at": YESTERDAY}, OPEN),
}  # fmt: skip
# What the hook could not read leaves the bug open after the merge.
TOGETHER = {"X5": {"X2"}}


def test_a_revert_counts_only_if_the_bug_was_closed_before_it():
    holds = {("11", "25"): True, (None, "25"): False, (None, "20"): True, ("11", None): True, (None, None): False}

    def released(*days):
        names = ("fix_committed_at", "fix_released_at")
        dates = {name: at(f"{day} 10:00") for name, day in zip(names, days, strict=True) if day}
        return {"status": "Fix Released"} | dates

    results = broken_rules_of_each(*((released(*days), REVERTED) for days in holds))

    assert {days: "X4" in result for days, result in zip(holds, results, strict=True)} == holds


def test_a_fix_merged_to_main_breaks_the_rule_about_open_bugs_too():
    served = {"changes": [(7, "MERGED", "main")], "links": [(7,)]}

    assert broken_rules({"status": "Confirmed"}, **served) == {"X2": "Confirmed, and merged to master is change 7"}


def test_every_rule_has_a_case():
    assert set(CASES) == set(inconsistencies.RULES)


def test_a_rule_holds_for_its_case_and_no_other_rule_does():
    results = broken_rules_of_each(*CASES.values())

    assert {rule: set(result) for rule, result in zip(CASES, results, strict=True)} == {
        rule: {rule} | TOGETHER.get(rule, set()) for rule in CASES
    }


def test_a_rule_that_is_off_is_not_reported():
    task, rest = CASES["X5"]

    assert set(broken_rules(task, **rest, limits={"off": ("X5",)})) == {"X2"}


@pytest.mark.parametrize("rule", ["X2", "X5"])
def test_a_bug_that_is_said_to_fail_still_is_not_to_be_closed(rule):
    one, other = broken_rules_of_each(CASES[rule], CASES[rule], doubted=[2], what="proposal")

    assert "set it to Fix Released" in one[rule] and "still fails" not in one[rule]
    assert "finish the fix" in other[rule] and "still fails" in other[rule]


def test_the_evidence_names_status_change_and_date():
    task, rest = CASES["X2"]

    assert broken_rules(task, **rest) == {"X2": "Confirmed, and merged to master is change 7"}
    several = broken_rules(CASES["G4"][0], changes=[(7, "NEW"), (8, "NEW")], links=[(7,), (8,)])
    assert several == {"G4": "Confirmed, and open is change 7 and 1 more"}


def test_a_fix_merged_to_a_stable_branch_only_does_not_close_the_bug_on_master():
    assert broken_rules({"status": "Confirmed"}, changes=[(7, "MERGED", "stable/kilo")], links=[(7,)]) == {}


def test_one_footer_that_the_hook_reads_is_enough():
    rows = [(1, "change", "7", "closes", True, "footer", True, 0.98),
            (1, "change", "7", "related", True, "subject", False, 0.5)]  # fmt: skip
    columns = ["bug_id", "kind", "ref", "relation", "counts_as_fix", "evidence", "hook_sees_it", "strength"]

    links = made(schema.LINKS, pd.DataFrame(rows, columns=columns))

    assert set(broken_rules({"status": "Confirmed"}, changes=[(7, "MERGED")], links=links)) == {"X2"}


def test_a_partial_fix_in_another_project_is_not_half_done_here():
    released = {"status": "Fix Released", "fix_released_at": at("20 12:00")}
    half = [(7, "partial", True)]

    here, elsewhere = (
        broken_rules(released, changes=[(7, "MERGED")], links=half, elsewhere=it) for it in (False, True)
    )

    assert "X3" in here and "X3" not in elsewhere


def test_a_topic_alone_does_not_say_that_the_bug_is_closed():
    topic = made(schema.LINKS, pd.DataFrame([{"bug_id": 1, "kind": "change", "ref": "7", "evidence": "topic"}])).assign(
        relation="closes", counts_as_fix=True, source_text="bug/1"
    )

    assert broken_rules({"status": "Confirmed"}, changes=[(7, "MERGED")], links=topic) == {}


def test_a_comment_of_a_machine_is_no_answer():
    asked = {"status": "Incomplete", "incomplete_at": at("2 10:00")}
    machines = ["hudson-openstack", "openstack-infra", "openstack-gerrit", "janitor"]
    comments_by_author = {machine: f"Fix proposed to nova (master): {n}" for n, machine in enumerate(machines)}
    comments_by_author["reporter"] = "Here is the log."

    results = broken_rules_of_each(
        *((asked, {"messages": [(YESTERDAY, who, text)]}) for who, text in comments_by_author.items())
    )

    assert [who for who, result in zip(comments_by_author, results, strict=True) if "G6" in result] == ["reporter"]


def test_a_later_comment_by_another_person_is_an_answer():
    asked = {"status": "Incomplete", "incomplete_at": at("29 10:00")}
    asker = [(at("29 10:00"), "triager", "nova: status", "Incomplete")]
    comments = [
        (at("28 10:00"), "r", "before"),
        (at("29 11:00"), "triager", "more"),
        (YESTERDAY, "hudson-openstack", "Fix"),
    ]

    assert broken_rules(asked, messages=comments, activity=asker) == {}


def test_a_confirmation_for_a_release_keeps_an_old_bug():
    task, rest = CASES["G10"]

    assert broken_rules(task, **rest, messages=[(OLD, "r", "CONFIRMED FOR: LIBERTY")]) == {}


def test_the_names_of_the_projects_series_are_versions():
    task, rest = CASES["G15"]
    texts = ["Seen on Kilo.", "nova 2015.1", "12.0.1 here", "stable/juno", "my devstack"]

    results = broken_rules_of_each(*((task, {"bug": rest["bug"] | {"description": text}}) for text in texts))

    assert dict(zip(texts, results, strict=True)) == {text: {} for text in texts}


def test_private_bugs_and_duplicates_have_no_row():
    task, _ = CASES["G8"]

    results = broken_rules_of_each(
        (task, {"bug": {"tags": [], "is_private": True}}),
        (task, {"bug": {"tags": [], "is_private": None}}),  # private or not, nobody said
        (task, {"bug": {"tags": [], "duplicate_of": 4}}),
        (task, {"bug": {"tags": []}}),
    )

    assert [set(result) for result in results] == [set(), set(), set(), {"G8"}]


@pytest.mark.parametrize(
    "section, expected",
    [
        ({"incomplete": 3}, "'incomplete'"),
        ({"off": "G1"}, "'G1'"),
        ({"version_days": -1}, "-1"),
        ({"version_days": math.inf}, "inf"),
        ({"version_days": 1e300}, "1e+300"),
    ],
)
def test_a_misspelt_threshold_is_refused(section, expected):
    with pytest.raises(ProjectFileError) as raised:
        inconsistencies.Thresholds.from_mapping(section)

    assert raised.value.found == expected


def test_a_misspelt_rule_in_off_is_refused():
    with pytest.raises(ProjectFileError) as raised:
        broken_rules({"status": "New"}, limits={"off": ("G8", "X99")})

    assert raised.value.found == "'X99'"


def test_a_bug_is_new_since_it_got_a_task_in_the_project():
    task = {"status": "New", "importance": "Undecided", "created_at": at("30 10:00")}

    assert broken_rules(task, bug={"created_at": at("1 10:00"), "tags": ["compute"]}) == {}


def test_rules_about_comments_do_not_apply_if_comments_were_not_saved():
    task, _ = CASES["G5"]

    saved, unsaved = broken_rules_of_each(
        (task, {"bug": {"has_messages": True}}), (task, {"bug": {"has_messages": False}})
    )

    assert "G5" in saved
    assert unsaved == {}
