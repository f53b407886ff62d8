"""The reviewers of each area."""

import invented_tables
import pandas as pd
import pytest

from analysis.report import figures, measures
from analysis.tables import schema

AS_OF = pd.Timestamp(invented_tables.AS_OF)
PEOPLE = {7: "Avery Example", 8: "Robin Example", 9: "Sasha Example", 42: "Casey Example", 900: "Example CI"}
# 101 and 102 are fixes of quotas for master, 103 one for stable/kilo; 106 and 107 of scheduler, 107 without votes.


def voted(*rows, label="Code-Review"):
    """The tables with votes (change_number, account, value, days ago or None)."""
    votes = schema.VOTES.frame(
        {
            "change_number": [row[0] for row in rows],
            "patch_set_number": [1 for _ in rows],
            "label": [label for _ in rows],
            "account": [row[1] for row in rows],
            "value": [row[2] for row in rows],
            "cast_at": [None if row[3] is None else invented_tables.days_before(row[3]) for row in rows],
            "is_ci": [row[1] == 900 for row in rows],
        }
    )
    accounts = schema.ACCOUNTS.frame(
        {
            "account": [*PEOPLE, 10],
            "name": [*PEOPLE.values(), None],
            "kind": ["ci" if account == 900 else "person" for account in [*PEOPLE, 10]],
        }
    )
    return invented_tables.tables() | {"votes": votes, "accounts": accounts}


def reviews(tables, review_label="Code-Review"):
    names = ("changes", "links", "bugs", "votes", "change_messages", "accounts", "areas", "area_members")
    inputs = {name: tables[name] for name in names}
    return measures.area_reviews(**inputs, release="liberty", review_label=review_label, as_of=AS_OF)


def reviewers(tables, area_id="quotas"):
    result = measures.area_reviewers(reviews(tables), area_id=area_id)
    return result[["reviewer", "is_core", "n_reviewed"]].values.tolist()


def coverage(tables):
    names = ("queue", "changes", "review_states", "links", "bugs", "bug_tasks")
    fixes = measures.open_fixes(**{n: tables[n] for n in names}, launchpad_project="nova", as_of=AS_OF)
    return measures.review_coverage(reviews(tables), fixes, tables["areas"], release="liberty")


def test_reviewers_voted_on_fixes_lately_cores_and_the_most_active_first():
    tables = voted((101, 7, 1, 3), (102, 7, -1, 80), (101, 8, 2, 30), (101, 9, 1, 5), (106, 9, 1, 1))

    assert reviewers(tables) == [["Robin Example", True, 1], ["Avery Example", False, 2], ["Sasha Example", False, 1]]


@pytest.mark.parametrize(
    "vote",
    [(101, 7, 1, 91), (101, 42, 1, 3), (101, 900, 1, 3), (101, 7, 0, 3), (103, 7, 2, 3), (108, 7, 1, 3)],
    ids=["long ago", "the owner", "a CI", "taken back", "on a backport", "on what is no fix"],
)
def test_only_a_vote_on_a_fix_for_master_makes_a_reviewer(vote):
    assert reviewers(voted(vote)) == []
    assert reviewers(voted(vote), "scheduler") == []


def test_only_the_review_label_of_the_project_counts():
    assert reviewers(voted((101, 7, 1, 3), label="Workflow")) == []
    assert not measures.area_reviewers(
        reviews(voted((101, 7, 1, 3), label="Verdict"), "Verdict"), area_id="quotas"
    ).empty


@pytest.mark.parametrize(
    ("where", "value", "is_core"), [(108, 2, True), (108, -2, True), (110, 1, False), (103, 2, False)]
)
def test_anybody_who_gave_a_plus_or_minus_two_on_master_is_a_core(where, value, is_core):
    tables = voted((101, 7, 1, 3), (where, 7, value, 400))

    assert reviewers(tables) == [["Avery Example", is_core, 1]]


def test_two_people_with_one_name_are_two_and_one_without_a_name_has_a_number():
    tables = voted((101, 7, 1, 3), (101, 8, 1, 4), (102, 10, 1, 5))
    tables["accounts"]["name"] = tables["accounts"]["name"].replace("Robin Example", "Avery Example")

    assert [row[0] for row in reviewers(tables)] == ["Avery Example", "Avery Example", "account 10"]


def test_the_areas_with_the_fewest_cores_come_first_and_unknown_ones_last():
    tables = voted((101, 7, 2, 3), (101, 8, 2, 3), (106, 9, 1, 1), (110, 7, 1, 9))
    tables["changes"].loc[tables["changes"]["change_number"] == 107, "has_labels"] = True

    table = coverage(tables)

    assert table["area_id"].tolist() == ["scheduler", "none", "quotas", "cells"]
    assert table["coverage"].tolist() == [
        "1 person, no core", "1 person, 1 core", "2 people, 2 cores", "no fix was open in 90 days"
    ]  # fmt: skip
    assert table["n_cores"].tolist()[:3] == [0, 1, 2]
    assert table.loc[3, ["n_cores", "n_reviewers", "cores", "other_reviewers"]].isna().all()
    assert list(table.loc[2, "cores"]) == ["Avery Example (1)", "Robin Example (1)"]
    assert list(table.loc[2, "other_reviewers"]) == []


def test_waiting_fixes_for_master_are_counted_beside_the_reviewers():
    table = coverage(voted()).set_index("area_id")

    assert table.loc["quotas", ["n_waiting", "coverage", "n_reviewers", "n_cores"]].tolist() == [2, "nobody", 0, 0]


def test_the_reviewers_of_an_area_are_unknown_without_known_votes():
    tables = voted()
    tables["changes"]["has_labels"] = tables["changes"]["has_messages"] = False

    table = coverage(tables).set_index("area_id")

    assert table.loc["quotas", ["coverage", "n_cores", "n_reviewers", "cores"]].isna().all()
    assert table.loc["quotas", "n_unknown"] == 2
    assert measures.why_no_reviewers(reviews(tables), area_id="quotas").startswith("Who reviewed here is unknown")
    result = figures.table(coverage(tables), name="c", caption="c", columns=["title", "coverage", "cores"]).html()
    assert "nobody" not in result


def test_with_some_unknown_votes_the_number_of_reviewers_is_at_least():
    table = coverage(voted((106, 7, 1, 1))).set_index("area_id")  # of 107 no vote was served

    assert table.loc["scheduler", "coverage"] == "at least 1 person, cores unknown"
    assert table.loc["scheduler", "n_reviewers"] == 1 and pd.isna(table.loc["scheduler", "n_cores"])


def test_a_vote_without_a_date_makes_the_votes_of_its_fix_unknown():
    table = coverage(voted((101, 7, 2, None), (102, 8, 1, 2))).set_index("area_id")

    assert table.loc["quotas", "coverage"] == "at least 1 person, cores unknown"
    assert table.loc["quotas", "n_unknown"] == 1


def test_a_fix_closed_before_the_period_is_not_counted():
    tables = voted((110, 7, 1, 100))
    is_merged = tables["changes"]["change_number"] == 110
    tables["changes"].loc[is_merged, "submitted_at"] = invented_tables.days_before(95)

    assert 110 not in reviews(tables)["change_number"].tolist()
    assert measures.why_no_reviewers(reviews(tables), area_id="cells") == (
        "No fix of this area for master was open in the last 90 days."
    )
    assert measures.why_no_reviewers(reviews(tables), area_id="quotas").startswith("Nobody reviewed")


def test_a_private_fix_is_not_used_to_find_reviewers():
    tables = voted((104, 7, 2, 3), (105, 8, 2, 3))

    assert not reviews(tables)["change_number"].isin([104, 105]).any()
    assert reviewers(tables, "none") == []


def test_a_hostile_name_is_shown_as_text():
    tables = voted((101, 7, 1, 3))
    tables["accounts"]["name"] = tables["accounts"]["name"].replace("Avery Example", "<script>broken()</script>")

    of_area = figures.table(measures.area_reviewers(reviews(tables), area_id="quotas"), name="r", caption="r").html()
    of_all = figures.table(coverage(tables), name="c", caption="c", columns=["other_reviewers"]).html()

    assert "<script" not in of_area + of_all and "&lt;script" in of_area and "&lt;script" in of_all


def test_the_list_of_reviewers_does_not_change_its_input_tables():
    tables = voted((101, 7, 2, 3), (103, 8, 1, None))
    before = {name: frame.copy() for name, frame in tables.items()}

    coverage(tables)

    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_a_core_of_a_stable_branch_is_named_once():
    tables = voted((103, 7, 2, 3), (103, 7, -2, 9), (103, 8, 2, 5), (101, 9, 2, 5))
    waiting = pd.DataFrame({"branch": ["stable/kilo"]})

    cores = measures.stable_cores(
        waiting,
        changes=tables["changes"],
        votes=tables["votes"],
        accounts=tables["accounts"],
        review_label="Code-Review",
    )

    assert [list(names) for names in cores["cores"]] == [["Avery Example", "Robin Example"]]
