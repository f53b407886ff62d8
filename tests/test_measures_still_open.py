"""Every open bug, and the state of its fix."""

import invented_reviews
import invented_tables
import pandas as pd
import pytest

from analysis.judge import fixes
from analysis.report import figures, measures
from analysis.tables import schema

AS_OF = pd.Timestamp(invented_tables.AS_OF)
ASKED = ("bugs", "bug_tasks", "changes", "commits", "links", "review_states", "area_members", "areas")


@pytest.fixture
def tables():
    return invented_tables.tables()


def still_open(tables):
    linked_changes = fixes.linked_changes(**{name: tables[name] for name in ("bugs", "links", "changes", "commits")})
    inputs = {name: tables[name] for name in ASKED}
    of_bugs = {"bugs": tables["bugs"], "bug_tasks": tables["bug_tasks"]}
    fates = invented_reviews.fix_fates(linked_changes=linked_changes, **of_bugs)
    return measures.every_open_bug(
        **inputs,
        fix_fates=fates,
        unfixed_bugs=fixes.unfixed_bugs(fix_fates=fates, **of_bugs, as_of=AS_OF, target="nova"),
        launchpad_project="nova",
        release="liberty",
        as_of=AS_OF,
    )


def linked(tables, *pairs, relation="closes"):
    """The tables with these links instead: (bug, change)."""
    some = tables["links"].head(1)
    rows = [some.assign(bug_id=bug_id, ref=str(number), relation=relation) for bug_id, number in pairs]
    return tables | {"links": schema.LINKS.ordered(pd.concat(rows, ignore_index=True).astype(some.dtypes))}


def test_every_open_public_bug_is_listed_by_importance_and_then_by_age(tables):
    table = still_open(tables)

    assert table["bug_id"].tolist() == [5, 1, 2, 3, 7]  # 4 is private, 6 a duplicate, 8 closed
    assert table["importance"].tolist() == ["High", "High", "Medium", "Low", "Undecided"]
    assert table["age_days"].tolist() == [400.0, 200.0, 90.0, 60.0, 15.0]
    assert table["areas"].tolist() == [["Cells V2"], ["Simplify quotas"], ["Scheduler"], ["Simplify quotas"], []]


def test_the_fix_on_master_else_on_a_stable_branch_shows_the_progress_of_a_bug(tables):
    table = still_open(linked(tables, (1, 101), (1, 102), (1, 103), (2, 110), (2, 103), (3, 103))).set_index("bug_id")

    assert table.loc[[1, 2, 3, 5], "need"].tolist() == [
        "needs second +2",
        "its fix is merged",
        "needs a first review on stable/kilo",
        "needs a fix",
    ]
    assert table.loc[[1, 2, 3, 5], "change_number"].tolist() == [102, 110, 103, pd.NA]
    assert table.loc[[1, 2, 3, 5], "n_fixes"].tolist() == [2, 1, 1, 0]


def test_a_bug_whose_open_change_is_only_related_is_not_one_without_a_fix(tables):
    related = linked(tables, (7, 101), relation="related")
    links = related["links"].assign(counts_as_fix=False)

    table = still_open(related | {"links": links}).set_index("bug_id")
    facts = measures.open_bug_facts(table.reset_index(), bugs=tables["bugs"]).set_index("fact")["n"]

    assert table.loc[7, "need"] == "a related change is open"
    assert facts["without fix"] == table["need"].eq("needs a fix").sum()
    assert facts["open bugs"] == facts["without fix"] + facts["fix proposed"] + facts["fix merged"]


@pytest.mark.long
def test_the_bugs_that_need_a_fix_are_those_of_the_page_of_bugs_without_one(tables):
    changes = tables["changes"].copy()
    changes.loc[changes["change_number"] == 110, "branch"] = "stable/kilo"  # merged there, and not on master
    stable = linked(tables | {"changes": changes}, (1, 101), (2, 110), (7, 109))  # 109 is abandoned

    for given in (tables, stable, linked(tables, (1, 110), (2, 101), relation="partial")):
        linked_changes = fixes.linked_changes(**{name: given[name] for name in ("bugs", "links", "changes", "commits")})
        lacking = invented_reviews.unfixed_bugs(
            linked_changes=linked_changes, bugs=given["bugs"], bug_tasks=given["bug_tasks"], as_of=AS_OF, target="nova"
        )
        assert set(still_open(given).query("need == 'needs a fix'")["bug_id"]) == set(lacking["bug_id"])


def test_no_private_change_and_no_change_of_a_private_bug_is_named(tables):
    table = still_open(linked(tables, (2, 105), (7, 104), (4, 104))).set_index("bug_id")

    assert table["change_number"].isna().all()


def test_the_facts_count_the_bugs_of_the_list_and_link_to_it(tables):
    result = still_open(linked(tables, (1, 102), (2, 110)))

    facts = measures.open_bug_facts(result, bugs=tables["bugs"]).set_index("fact")

    assert facts["n"].to_dict() == {
        "open bugs": 5, "Critical or High": 2, "without fix": 3, "fix proposed": 1, "fix merged": 1
    }  # fmt: skip
    assert facts.loc["open bugs", "fact_page"] == "17_open_bugs.html#open_bugs"
    assert facts.loc["Critical or High", "fact_page"] == "17_open_bugs.html?importance=Critical%7CHigh#open_bugs"
    assert facts.loc["fix merged", "fact_page"] == "17_open_bugs.html?need=its%20fix%20is%20merged#open_bugs"
    assert 'href="04_bugs_without_fix.html?act=Review%20the%20proposed%20fix#fates"' in (
        figures.fact_list(facts.reset_index()).html()
    )


def test_the_number_of_open_bugs_on_two_pages_links_to_their_list(tables):
    fixed = measures.each_once(
        measures.open_fixes(
            **{name: tables[name] for name in ("queue", "changes", "review_states", "links", "bugs", "bug_tasks")},
            launchpad_project="nova",
            as_of=AS_OF,
        )
    )
    totals = measures.totals(
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        fixes=fixed,
        without_fix=tables["unfixed_bugs"],
        breaches=fixed.head(0),
        launchpad_project="nova",
    ).set_index("fact")

    assert totals.loc["open bugs", ["n", "fact_page"]].tolist() == [len(still_open(tables)), "17_open_bugs.html"]
    assert 'href="17_open_bugs.html">5<' in figures.fact_list(totals.reset_index()).html()


def test_without_bugs_it_is_unknown_which_are_open(tables):
    nothing = tables | {"bugs": schema.BUGS.empty(), "bug_tasks": schema.BUG_TASKS.empty()}

    table = still_open(nothing)

    assert table.empty
    assert measures.open_bug_facts(table, bugs=nothing["bugs"])["n"].isna().all()
    assert measures.why_no_open_bug(nothing["bugs"]).startswith("No bug was fetched")
    assert measures.why_no_open_bug(tables["bugs"]).startswith("No bug has an open task")
