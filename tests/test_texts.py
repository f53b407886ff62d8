"""The texts to send and those that programs read."""

import re
from unicodedata import east_asian_width

import pandas as pd
import pytest

from analysis.report import figures, measures
from analysis.report.figures.machine_texts import OCTETS, folded
from analysis.report.figures.mails import COLUMNS, LINES

AS_OF = pd.Timestamp("2015-06-30T12:00:00Z").as_unit("us")
TURNS = ("approver", "second_core", "reviewers", None, "owner", "ci")


def text(*values):
    return pd.array(list(values), "string")


def fixes(subject="Count quota usage once", turns=TURNS, n_each=30):
    turn = [turn for turn in turns for _ in range(n_each)]
    rows = len(turn)
    return pd.DataFrame(
        {
            "change_number": range(1, rows + 1),
            "subject": text(*[subject] * rows),
            "branch": text(*["master"] * rows),
            "waiting_on": text(*turn),
            "owner_name": text(*[subject] * rows),
            "importance": text(*["High"] * rows),
            "waiting_days": pd.array([12.4] * rows, "Float64"),
            "change_url": text(*[f"https://r.test/{n}" for n in range(1, rows + 1)]),
        }
    )


def facts():
    return pd.DataFrame({"fact": text("open fixes", "unreviewed"), "n": pd.array([157.0, None], "Float64"),
                         "text": text(None, None), "note": text("a note", "b")})  # fmt: skip


def past_facts():
    then = {"week_ago": [150.0, 4.0], "month_ago": [157.0, None], "quarter_ago": [160.0, None], "year_ago": [None, 1.0]}
    return facts().assign(**{name: pd.array(was, "Float64") for name, was in then.items()}, better="lower")


def mail(rows):
    return figures.mail(rows, facts(), title="nova queens", as_of=AS_OF, no_fix="None waits.", of_bugs="3 bugs. " * 20)


@pytest.mark.parametrize("subject", ["word " * 60, "x" * 500, "量" * 200, "a\n\u202eb `*_[1]`"])
@pytest.mark.parametrize("turns", [TURNS, ("reviewers",)])
def test_a_mail_has_at_most_forty_lines_of_78_columns(subject, turns):
    lines = mail(fixes(subject, turns)).text.splitlines()

    assert len(lines) <= LINES == 40
    assert max(sum(2 if east_asian_width(one) in "WF" else 1 for one in line) for line in lines) <= COLUMNS == 78
    assert "\\" not in "".join(lines) and "\u202e" not in "".join(lines)


def test_a_mail_asks_each_group_for_its_own_fixes_and_nobody_for_the_rest():
    lines = mail(fixes(n_each=2)).text.splitlines()

    asked = [line for line in lines if line.endswith("):")]
    assert [line.partition(" (")[2] for line in asked] == ["2 of 2):"] * 5
    assert asked[0].startswith("Cores, please approve") and asked[-1].startswith("Owners, please answer")
    assert "https://r.test/11" not in "\n".join(lines)  # the CI's turn
    assert "open fixes: 157; unreviewed: unknown." in lines


@pytest.mark.parametrize("turns", [TURNS, ("reviewers",)])
def test_a_mail_holds_each_number_against_what_it_was_and_stays_within_its_lines(turns):
    lines = figures.mail(fixes(turns=turns), past_facts(), title="nova queens", as_of=AS_OF, no_fix="None waits.",
                         of_bugs="3 bugs. " * 20).text.splitlines()  # fmt: skip

    assert lines[2] == "Hello, this is the week of nova queens: data as of 2015-06-30 12:00 UTC."
    assert lines[3].split() == ["now", "-1w", "-4w", "-13w", "-52w"]
    assert lines[4].split() == ["open", "fixes", "157", "+7", "±0*", "-3*", "?"]
    assert lines[5].split() == ["unreviewed", "unknown", "?", "?", "?", "?"]
    assert len(lines) <= LINES and lines[6].startswith("-1w etc.: how each number changed since then")


def test_a_mail_says_what_the_data_lack_and_what_is_to_make_and_cuts_no_address():
    servers = {"Changes": "https://r.test/q/" + "x" * 50, "Bugs": "https://l.test/" + "x" * 70}
    lines = figures.mail(fixes(), past_facts(), title="nova queens", as_of=AS_OF, no_fix="None waits.",
                         of_bugs="3 bugs. " * 20, missing="Not fetched: votes. " * 12, to_make="Backports to make: 3.",
                         links=servers).text.splitlines()  # fmt: skip

    assert " ".join(lines[2:7]).count("Not fetched: votes.") == 12
    assert "Backports to make: 3." in lines
    assert lines[-1] == f"Changes: {servers['Changes']}" and len(lines) <= LINES
    assert max(map(len, lines)) <= COLUMNS


def test_the_agenda_says_how_each_number_changed():
    no_bug = pd.DataFrame(columns=["bug_id", "bug_title", "importance", "bug_url"])
    empty = {name: f"No {name}." for name in ("fixes", "blockers", "untriaged", "breaches")}
    agenda = figures.agenda(fixes().head(0), no_bug, no_bug, fixes().head(0), past_facts(), title="nova", as_of=AS_OF,
                            empty=empty).text.splitlines()  # fmt: skip

    assert "#info open fixes: 157 (week +7, 4 weeks ±0, 13 weeks -3)" in agenda
    assert "#info unreviewed: unknown" in agenda


def test_a_mail_asks_for_the_main_branch_first_and_names_the_branch_of_a_backport():
    rows = fixes(turns=("reviewers", "owner"), n_each=2)
    rows["branch"] = text("stable/kilo", "master", "stable/kilo", "master")
    rows["owner_name"] = text("132183", "Casey", "Riley", "Jo")

    lines = mail(rows).text.splitlines()

    asked = [line for line in lines if line.endswith("):")]
    assert [line.partition(",")[0] for line in asked] == ["Reviewers", "Owners", "Stable cores"]
    assert "  https://r.test/1 High, stable/kilo, by account 132183, waits 12 d" in lines
    assert "  https://r.test/2 High, by Casey, waits 12 d" in lines
    assert "  https://r.test/3 High, stable/kilo, by Riley, waits 12 d" in lines


def test_the_agenda_has_a_topic_for_backports_with_their_branch():
    no_bug = pd.DataFrame(columns=["bug_id", "bug_title", "importance", "bug_url"])
    rows = fixes(turns=("reviewers",), n_each=2)
    rows["branch"] = text("stable/kilo", "master")
    empty = {name: f"No {name}." for name in ("fixes", "blockers", "untriaged", "breaches")}

    lines = figures.agenda(rows, no_bug, no_bug, fixes().head(0), facts(), title="nova", as_of=AS_OF,
                           empty=empty).text.splitlines()  # fmt: skip

    at = lines.index("#topic Backports awaiting review (1)")
    assert lines[at + 1].endswith("(High, stable/kilo, by Count quota usage once)")
    assert lines[lines.index("#topic Fixes awaiting review (1)") + 1].startswith("#link https://r.test/2 ")


def test_the_subject_of_a_mail_says_may_where_every_turn_is_unknown():
    subjects = [mail(fixes(turns=turns)).text.splitlines()[0] for turns in [("reviewers",), (None,)]]

    assert ["Bug fixes awaiting review" in subjects[0], "Bug fixes that may await review" in subjects[1]] == [True] * 2


def test_open_fixes_that_nobody_is_asked_for_are_accounted_for():
    rows = pd.DataFrame(
        {
            "change_number": [1, 2, 3, 4, 5],
            "hold": text(None, "first on stable/kilo", "first on master", "merge conflict", None),
        }
    )

    assert measures.not_asked_in_words(rows, asked=[1]) == (
        "Open fixes in no group below: 2 first on a newer branch, 1 held back, 1 waiting for others."
    )
    assert measures.not_asked_in_words(rows.head(1), asked=[1]) == ""


def test_a_mail_without_fixes_says_what_that_means():
    assert "None waits." in mail(fixes().head(0)).text.splitlines()


def test_the_agenda_names_each_topic_and_what_an_empty_one_means():
    no_bug = pd.DataFrame(columns=["bug_id", "bug_title", "importance", "bug_url"])
    empty = {name: f"No {name}." for name in ("fixes", "blockers", "untriaged", "breaches")}

    lines = figures.agenda(fixes(turns=("reviewers",)), no_bug, no_bug, fixes().head(0), facts(), title="nova",
                           as_of=AS_OF, empty=empty).text.splitlines()  # fmt: skip

    topics = [line for line in lines if line.startswith("#topic")]
    assert topics == ["#topic Release blockers", "#topic Untriaged bugs", "#topic Fixes over the limit",
                      "#topic Fixes awaiting review (30)", "#topic Open discussion"]  # fmt: skip
    assert "#info No blockers." in lines and sum(line.startswith("#link https://r.test/") for line in lines) == 8


def test_a_calendar_escapes_and_folds_what_strangers_wrote():
    summary = "Fix; a, b\\c\nBEGIN:VEVENT " + "é" * 100
    dates = pd.DataFrame({"due_on": [AS_OF], "uid": text("change-7-limit"), "summary": text(summary),
                          "url": text("https://r.test/7")})  # fmt: skip

    text_of = figures.calendar(dates, title="nova", as_of=AS_OF, empty="None.").text

    lines = text_of.split("\r\n")
    assert lines[-1] == "" and "\n" not in text_of.replace("\r\n", "")
    assert max(len(line.encode()) for line in lines) <= OCTETS
    unfolded = text_of.replace("\r\n ", "").split("\r\n")
    assert unfolded.count("BEGIN:VEVENT") == 1
    assert f"SUMMARY:Fix\\; a\\, b\\\\c BEGIN:VEVENT {'é' * 100}" in unfolded
    assert "DTSTART;VALUE=DATE:20150630" in unfolded
    assert "".join(folded("x" * 200)).replace(" ", "") == "x" * 200


def test_a_number_that_nobody_knows_has_no_sample_for_a_monitor():
    areas = pd.DataFrame({"area_id": text('a"b', "c"), "n_open_fixes": pd.array([3, None], "Int64"),
                          "n_unreviewed": pd.array([None, None], "Int64")})  # fmt: skip

    lines = figures.metrics(facts(), areas, labels={"project": "nova"}, as_of=AS_OF).text.splitlines()

    samples = [line for line in lines if not line.startswith("#")]
    assert samples == [
        'bugfix_as_of_timestamp_seconds{project="nova"} 1435665600',
        'bugfix_open_fixes{project="nova"} 157',
        'bugfix_area_open_fixes{project="nova",area="a\\"b"} 3',
    ]
    assert lines[-1] == "# EOF" and all(re.match(r"# (TYPE|HELP|EOF)", line) for line in set(lines) - set(samples))


def test_a_fix_of_two_areas_stands_in_the_etherpad_once_with_its_owner():
    rows = fixes(turns=("reviewers",), n_each=1).assign(need="needs a review", bug_url=pd.NA)
    both = pd.concat([rows.assign(area_id="a"), rows.assign(area_id="b")])
    areas = pd.DataFrame({"area_id": ["a", "b"], "title": ["A", "B"]})

    lines = figures.etherpad(both, areas, as_of=AS_OF).text.splitlines()

    assert lines.count("  - https://r.test/1") == 1 and "B" not in lines
    assert lines[-1] == "  - needs a review, waits 12 days, owner Count quota usage once"


def test_only_days_to_come_of_fixes_that_wait_are_in_the_calendar():
    days = pd.to_timedelta([1, 6, 20, 1], unit="D")
    rows = pd.DataFrame(
        {"change_number": [1, 2, 3, 4], "area_id": "a", "rank": 1, "branch": text(*["master"] * 4),
         "importance": text(*["High"] * 4), "waiting_on": text("reviewers", "reviewers", "reviewers", "owner"),
         "since_at": pd.Series(AS_OF - days), "waiting_days": pd.array([1.0, 6.0, 20.0, 1.0], "Float64")}
    )  # fmt: skip
    limits = measures.Limits(importance_days={"High": 7})

    due = measures.due_dates(rows, limits, as_of=AS_OF)

    assert due["change_number"].tolist() == [2, 1]
    assert (due["due_on"] - AS_OF).dt.days.tolist() == [1, 6]


def test_a_text_names_the_number_of_a_change_in_its_address_alone():
    rows = fixes(turns=("reviewers",), n_each=1).assign(subject=text("1, bug: A leak"))

    mail = figures.mail(rows, facts(), title="nova", as_of=AS_OF, no_fix="None waits.", of_bugs="").text

    assert "- Bug: A leak" in mail and "1, bug:" not in mail
