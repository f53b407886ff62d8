"""The tasks at the top of the start page, and the lists that they lead to."""

import pandas as pd
import pytest

from analysis.dataset import display
from analysis.dataset.origin import Origin
from analysis.report import figures, measures
from analysis.report.measures import Answer, StartTask
from analysis.tables import schema

T = pd.Timestamp("2015-06-01", tz="UTC")


def changes(*rows):
    """Rows (status, subject, has_labels, has_messages)."""
    names = ["status", "subject", "has_labels", "has_messages"]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    return schema.CHANGES.frame({"change_number": range(1, len(rows) + 1), **columns})


def test_what_was_not_fetched_is_one_sentence_and_empty_where_nothing_lacks():
    bare, whole = ("NEW", None, False, False), ("NEW", "A fix", True, True)

    assert measures.missing_in_words(changes(whole, ("MERGED", None, False, False)), unserved=[]) == ""
    assert measures.missing_in_words(changes(bare, bare), unserved=["votes", "closed", "tasks"]) == (
        "Not fetched: votes and comments on, and subjects of, the 2 open changes; "
        "merged changes of Gerrit (Git tells what merged); "
        "the tasks of other series and projects."
    )
    assert "votes and comments on 1 of 2 open changes" in measures.missing_in_words(
        changes(whole, ("NEW", "B", False, False)), unserved=[]
    )


def test_a_lack_that_says_all_of_another_is_said_alone():
    words = measures.missing_in_words(changes(), unserved=["bugs", "tasks", "changes", "open", "merged", "closed"])

    assert words == "Not fetched: any bug; any change; merged changes and commits."


@pytest.mark.parametrize("at", ["", "2015-06-01T00:00:00Z"])
def test_of_two_instants_of_which_one_is_unknown_none_is_said_to_be_the_older(at):
    sources = [{"source": "launchpad", "at": "2015-06-20T00:00:00Z"}, {"source": "gerrit", "at": at}]
    origin = Origin("nova", "nova", "liberty", "2015-06-30T12:00:00Z", sources=tuple(sources))
    days = origin.changes_behind_days

    words = measures.missing_in_words(changes(("NEW", "A", True, True)), unserved=[], changes_behind_days=days)

    assert (days is None and "is unknown" in words) if not at else (days == 19 and "end 19 days" in words)


def test_one_of_a_kind_is_counted_in_the_singular_and_the_kind_stays():
    answers = measures.answers_of_counts({"backports of other High bugs": 1}, {})

    assert answers[0].text == "1 backport of other High bugs"


@pytest.mark.parametrize(("days", "is_said"), [(0.5, False), (11.2, True)])
def test_changes_older_than_the_bugs_say_that_fixes_since_do_not_count(days, is_said):
    words = measures.missing_in_words(changes(("NEW", "A", True, True)), unserved=[], changes_behind_days=days)

    assert ("end 11 days before the bugs" in words and "proposed or abandoned since" in words) is is_said


def test_a_number_of_a_task_is_a_link_unless_it_is_none_and_text_is_escaped():
    answers = measures.answers_of_counts(
        {"Critical bugs": 0, "High bugs": 3}, {"High bugs": "04_bugs_without_fix.html#without_fix"}
    )
    tasks = [StartTask("Which?", "16_triage.html#untriaged", (*answers, Answer("<b>area", "javascript:x")))]

    html = figures.task_list(tasks, note="<i>").html()

    assert '<a href="16_triage.html#untriaged">Which?</a>' in html
    assert 'no Critical bugs · <a href="04_bugs_without_fix.html#without_fix">3 High bugs</a> · &lt;b&gt;area' in html
    assert "<i>" not in html and "javascript" not in html


def test_an_area_begins_with_what_its_team_could_do_and_where_that_is_listed():
    waiting = pd.DataFrame(
        {"branch": ["master", "master", "stable/kilo"], "waiting_on": [None, None, "reviewers"]}, dtype="string"
    )
    bugs = pd.DataFrame({"importance": ["High", "Low", "High"]}, dtype="string")

    steps = measures.area_steps(waiting, bugs, n_others=1, area_id="cells")

    assert [(one.text, one.page) for one in steps.answers] == [
        ("2 fixes that may need a review", "02_area-cells.html#queue"),
        ("1 backport that may need a review", "02_area-cells.html#queue"),
        ("1 fix held back or waiting for others", "02_area-cells.html#others"),
        ("4 open fixes in all", ""),
        ("2 High bugs without a fix", "02_area-cells.html?importance=High#without_fix"),
        ("3 bugs without a fix in all", "02_area-cells.html#without_fix"),
    ]


def test_what_the_team_of_an_area_could_do_is_unknown_where_nothing_was_served():
    unknown, none = (
        measures.area_steps(waiting, bugs, n_others=0, area_id="cells").answers[0].text
        for waiting, bugs in [
            (None, None),
            (pd.DataFrame({"branch": [], "waiting_on": []}, dtype="string"), pd.DataFrame({"importance": []})),
        ]
    )

    assert (unknown, none) == ("unknown", "no open fix, and no bug without one, is known here")


def test_an_unknown_count_is_no_zero():
    one_known = measures.answers_of_counts({"a": None, "b": 2}, {})
    nothing = measures.answers_of_counts({"a": None}, {"a": "x.html"}, unknown="unknown: no bug was fetched")

    assert [one.text for one in one_known] == ["a: unknown", "2 b"]
    assert nothing == (Answer("unknown: no bug was fetched", "x.html"),)


def test_a_task_names_the_first_areas_and_leads_to_all():
    areas = pd.DataFrame({"title": list("abcdefgh"), "n_open_fixes": pd.array([1, None, *[2] * 6], "Int64"),
                          "area_page": [f"02_area-{name}.html" for name in "abcdefgh"]})  # fmt: skip

    answers = measures.area_answers(areas, all_areas="23_areas.html")

    assert [one.text for one in answers[:3]] == ["a (1 fix)", "b", "c (2 fixes)"]
    assert answers[-1] == Answer("8 areas in all", "23_areas.html") and len(answers) == 7


def test_an_hour_holds_the_first_fixes_that_fit_and_says_what_speaks_for_each():
    fixes = pd.DataFrame(
        {
            "change_number": [1, 2, 3, 4],
            "size_lines": pd.array([150, 200, None, 25], "Float64"),
            "reasons": [["+60.0 importance High", "-4.6 days silent: 92"], ["+5.0 tag x"], [], ["-1.0 days silent: 9"]],
        }
    )

    rows = measures.review_hour(fixes, minutes=60)

    assert rows["change_number"].tolist() == [1, 4]  # 35 minutes; 45 do not fit; nobody knows how long; 10 minutes
    assert rows["minutes"].tolist() == [35, 10]
    assert rows["speaks_for"].tolist()[0] == "importance High" and pd.isna(rows["speaks_for"][1])


def test_an_hour_without_any_fix_keeps_its_columns():
    fixes = pd.DataFrame({"change_number": [], "size_lines": pd.array([], "Float64"), "reasons": []})

    assert {"minutes", "speaks_for", "change_number"} <= set(measures.review_hour(fixes, minutes=60))


def lacks(*rows):
    """Rows (branch, bug_id, importance, on_branch, is_wanted, concerns)."""
    names = ["branch", "bug_id", "importance", "on_branch", "is_wanted", "concerns"]
    return pd.DataFrame(rows, columns=names).assign(fixed_on_master_at=T).astype({"is_wanted": "boolean"})


def test_requested_backports_that_are_not_to_be_made_yet_are_accounted_for():
    rows = lacks(
        ("stable/juno", 1, "Critical", "blocked", True, "product"),
        ("stable/juno", 2, "Medium", "missing", True, "product"),
    )

    assert measures.requests_in_words(rows) == ": 1 to make, 1 first on a newer branch"
    assert measures.requests_in_words(rows.tail(1)) == measures.requests_in_words(rows.head(0)) == ""


def test_next_is_what_was_asked_for_then_what_is_important_and_nothing_that_waits():
    rows = lacks(
        ("stable/juno", 1, "Critical", "blocked", True, "product"),
        ("stable/juno", 2, "Medium", "missing", True, "product"),
        ("stable/kilo", 3, "High", "missing", True, "product"),
        ("stable/kilo", 4, "Critical", "missing", None, "product"),
        ("stable/kilo", 5, "Critical", "waiting", None, "product"),
        ("stable/kilo", 6, "Critical", "missing", False, "tests or gate"),
        ("stable/kilo", 7, "Low", "missing", None, "product"),
    )

    assert measures.next_backports(rows)["bug_id"].tolist() == [3, 2, 4]


def test_a_fix_that_a_branch_lacks_is_said_not_to_be_seen_there():
    rows = lacks(("stable/kilo", 3, "High", "missing", True, "product"))
    table = figures.table(rows, name="lacking", caption="c", columns=["branch", "bug_id", "on_branch"]).html()

    assert ">not seen<" in table and "missing" not in table
    page = measures.by_branch(rows, ["stable/kilo"])["missing_page"][0]
    assert "on_branch=not%20seen" in page


def test_bugs_of_unknown_status_are_listed_unless_they_are_known_to_be_closed():
    recent = pd.DataFrame(
        {
            "bug_id": [1, 2, 3],
            "status": pd.array([None, None, "New"], "string"),
            "is_open": pd.array([None, False, True], "boolean"),
            "created_at": [T] * 3,
        }
    )

    assert measures.status_unknown(recent)["bug_id"].tolist() == [1]


@pytest.mark.parametrize(("subject", "is_noted"), [(None, True), ("A subject, bug: of its own", False)])
def test_that_a_title_of_a_bug_stands_for_a_subject_is_said_once_above_the_rows(subject, is_noted):
    rows = pd.DataFrame({"change_number": [7, 8], "subject": pd.array([subject, "B"], "string")})
    rows["subject"] = schema.subjects_or_titles(rows, pd.Series(["A leak", "A race"], dtype="string"))

    html = display.as_table(display.with_caption(rows, "t", "Changes", ["change_number", "subject"])).html()

    assert html.count("stands for it") == is_noted and ("Bug: A leak" in html) is is_noted
    assert "7, bug:" not in html, "the number of the change stands twice"
