"""People: owners, reviewers and assignees of open work, each with a small page, and the last event of a change."""

import nbformat
import pandas as pd

from analysis.report import figures, measures
from analysis.report.output_data import PAGES
from analysis.report.pages import export
from analysis.report.run_record import PageRecord, ReportSet
from analysis.tables import schema
from analysis.tables.completeness import NO_SUBJECTS

HOSTILE = "<img src=x onerror=alert(1)> \x1b[31mred"


def time(day):
    return pd.Timestamp(day, tz="UTC")


def accounts(*rows):
    return schema.ACCOUNTS.frame(
        {
            name: list(values)
            for name, values in zip(("account", "username", "name", "kind"), zip(*rows, strict=True), strict=True)
        }
    )


def open_changes(*rows):
    names = ("change_number", "owner", "waiting_on")
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({"change_number": "Int64", "owner": "Int64", "waiting_on": schema.TEXT})


def votes(*rows):
    names = ("change_number", "patch_set_number", "account", "value", "cast_at", "is_ci", "is_standing")
    columns = dict(zip(names, (list(one) for one in zip(*rows, strict=True)), strict=True)) if rows else {}
    return schema.VOTES.frame({**columns, "label": ["Code-Review"] * len(rows)} if rows else {})


def bugs(*rows):
    return pd.DataFrame(rows, columns=["bug_id", "assignee"]).astype({"bug_id": "Int64", "assignee": schema.TEXT})


PEOPLE = accounts((1, "zoe", "Zoe Example", "person"), (2, "ada", "Ada Example", "person"), (9, "ci", "A CI", "ci"))


def people(changes, assigned, cast=None, **known):
    cast = votes() if cast is None else cast
    rows = measures.people(changes, assigned, votes=cast, accounts=PEOPLE, review_label="Code-Review", **known)
    return rows.set_index("person")


def test_people_are_listed_in_alphabetical_order():
    rows = people(open_changes((10, 1, "owner"), (11, 1, "reviewers"), (12, 1, None), (13, 2, "ci")), bugs())

    assert rows.index.tolist() == ["Ada Example", "Zoe Example"]
    counts = rows.loc["Zoe Example", ["n_to_do", "n_for_others", "n_turn_unknown", "n_voted", "n_assigned"]]
    assert counts.tolist() == [1, 1, 1, 0, 0]


def test_a_count_that_may_be_more_than_zero_is_unknown():
    rows = people(open_changes((10, 1, None), (11, 2, "owner")), bugs(), are_votes_known=False)

    counts = rows[["n_to_do", "n_for_others", "n_voted", "n_assigned"]].astype(object).where(rows.notna(), None)
    assert counts.to_numpy().tolist() == [[1, 0, None, 0], [None, None, None, 0]]


def test_accounts_are_joined_by_the_same_username_and_by_nothing_else():
    rows = people(open_changes((10, 1, "owner")), bugs((5, "zoe"), (6, "Zoe Example"), (7, None)))

    assert rows[["key", "n_assigned"]].to_numpy().tolist() == [["1", 1], [measures.launchpad_key("Zoe Example"), 1]]


def test_without_a_username_bugs_are_not_joined_to_changes():
    rows = people(open_changes((10, 7, "owner"), (11, 1, "owner")), bugs((5, "elsewhere"), (6, "zoe")))

    counts = rows[["n_to_do", "n_for_others", "n_voted", "n_assigned"]].astype(object).where(rows.notna(), None)
    assert counts.loc["account 7"].tolist() == [1, 0, 0, None]
    assert counts.loc["elsewhere"].tolist() == [None, None, None, 1]
    assert counts.loc["Zoe Example"].tolist() == [1, 0, 0, 1]


def test_a_vote_counts_for_a_person_only_on_changes_of_others():
    day = time("2015-06-01")
    cast = votes((10, 1, 2, 1, day, False, True), (10, 1, 1, 2, day, False, True), (10, 1, 9, 1, day, True, True),
                 (10, 1, 2, -1, day, False, False))  # fmt: skip

    assert people(open_changes((10, 1, "owner")), bugs(), cast)["n_voted"].to_dict() == {
        "Ada Example": 1, "Zoe Example": 0,
    }  # fmt: skip


def test_a_count_is_unknown_if_its_source_was_not_served():
    rows = measures.people(open_changes(), bugs((5, "zoe")), votes=votes(), accounts=PEOPLE, review_label="Code-Review",
                           has_changes=False)  # fmt: skip
    of_changes = ["n_to_do", "n_for_others", "n_turn_unknown", "n_voted"]

    assert rows[of_changes].isna().all(axis=None) and rows["n_assigned"].tolist() == [1]


def test_the_file_name_of_a_persons_page_does_not_contain_the_name():
    (row,) = people(open_changes(), bugs((5, "../../etc/<b>"))).itertuples()

    assert row.Index == "../../etc/<b>" and pd.isna(row.account)
    assert row.person_page == f"person-{measures.launchpad_key('../../etc/<b>')}.html" and "etc" not in row.person_page


def test_a_persons_page_escapes_names_and_titles():
    table = figures.table(pd.DataFrame({"subject": [HOSTILE]}), name="to_do", caption=HOSTILE)
    back = [("20_people.html", HOSTILE), ("javascript:x", "away")]
    small = figures.SmallPage("person-1", HOSTILE, "Lead", [table], notes=[HOSTILE], back=back)
    result = figures.PageSet([small], kind="Person")
    output = nbformat.v4.new_output("display_data", result._repr_mimebundle_())
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])
    entry = PageRecord("20_people", "People", "", audience="Review")
    of = ReportSet("nova", "nova", "liberty", "2015-06-30T12:00:00+00:00")

    ((name, html),) = export.small_pages(notebook, entry, report_set=of, entries=[entry])

    assert name == "person-1" and "<img" not in html and "\x1b" not in html and "&lt;img src=x" in html
    assert '<p><a href="20_people.html">' in html and "<p>away</p>" in html
    assert 'href="notebooks/20_people.ipynb"' in html and output.data[PAGES]["kind"] == "Person"


def test_a_page_says_once_that_titles_of_bugs_stand_for_subjects():
    tables = [figures.table(pd.DataFrame({"n": [1]}), name=name, caption=f"{name}. {NO_SUBJECTS}") for name in "ab"]
    small = figures.PageSet([figures.SmallPage("person-1", "Ann", "Lead", tables)], kind="Person")
    outputs = [nbformat.v4.new_output("display_data", one._repr_mimebundle_()) for one in [*tables, small]]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    entry = PageRecord("20_people", "People", "", audience="Review")
    of = ReportSet("nova", "nova", "liberty", "2015-06-30T12:00:00+00:00")

    page = export.page(notebook, entry, report_set=of, entries=[entry])
    ((_, small_page),) = export.small_pages(notebook, entry, report_set=of, entries=[entry])

    for html in (page, small_page):
        assert html.count(NO_SUBJECTS) == 1 and "<caption>b</caption>" in html


def test_the_last_event_is_the_newest_of_votes_uploads_comments_and_updates():
    changes = schema.CHANGES.frame(
        {
            "change_number": [10, 11, 12],
            "owner": [1, 7, 1],
            "insertions": [3, 4, None],
            "deletions": [1, 0, None],
            "updated_at": [time("2015-06-03 00:00:02"), time("2015-06-09"), time("2015-06-08")],
        }
    )
    uploads = schema.PATCH_SETS.frame(
        {"change_number": [10, 11], "patch_set_number": [1, 1], "created_at": [time("2015-06-01"), time("2015-06-02")]}
    )
    sent = schema.CHANGE_MESSAGES.frame(
        {"change_number": [10], "message_id": ["m"], "sent_at": [time("2015-06-03")], "account": [2], "is_ci": [False]}
    )
    cast = votes((10, 1, 2, -1, time("2015-06-03"), False, True))

    facts = measures.change_facts(
        changes=changes, patch_sets=uploads, votes=cast, change_messages=sent, names={1: "Zoe Example"}
    )

    assert facts["last_event"].tolist() == ["2015-06-03 vote \u22121", "2015-06-09 update", "2015-06-08 update"]
    assert facts["owner_name"].tolist() == ["Zoe Example", "7", "Zoe Example"]
    assert facts["size_lines"].tolist()[:2] == [4, 4] and pd.isna(facts["size_lines"].iloc[2])
