"""The potential blockers of a release, and the bugs fixed in its cycle."""

import invented_tables
import pandas as pd
import pytest

from analysis.report import figures, measures
from analysis.tables import schema

AS_OF = pd.Timestamp(invented_tables.AS_OF)
STARTS = AS_OF - pd.Timedelta(days=100)


@pytest.fixture
def tables():
    names = ("bugs", "bug_tasks", "changes", "links", "review_states", "commits")
    return {name: invented_tables.tables()[name] for name in names} | {"milestones": milestones()}


def milestones(*, series="liberty", project="nova"):
    return schema.MILESTONES.frame(
        {
            "launchpad_project": [project] * 2,
            "milestone": ["liberty-1", "liberty-2"],
            "series": [series] * 2,
            "targeted_on": [AS_OF - pd.Timedelta(days=5), AS_OF + pd.Timedelta(days=30)],
            "is_active": [False, True],
        }
    )


def tagged(tables, tag, *bug_ids):
    bugs = tables["bugs"]
    tags = [[tag] if bug_id in bug_ids else tags for bug_id, tags in zip(bugs["bug_id"], bugs["tags"], strict=True)]
    return tables | {"bugs": bugs.assign(tags=pd.array(tags, bugs["tags"].dtype))}


def with_task(tables, bug_id, target, **columns):
    task = {"bug_id": [bug_id], "target": [target], "status": ["Triaged"], "importance": ["High"], "is_open": [True]}
    task = schema.BUG_TASKS.frame(task | {name: [value] for name, value in columns.items()})
    others = tables["bug_tasks"].query("not (bug_id == @bug_id and target == @target)")
    return tables | {"bug_tasks": schema.BUG_TASKS.ordered(pd.concat([others, task], ignore_index=True))}


def with_commit(tables, *, bug_id):
    sha, at = "a" * 40, AS_OF - pd.Timedelta(days=9)
    commits = schema.COMMITS.frame({"sha": [sha], "branch": ["master"], "committed_at": [at]})
    link = tables["links"].query("ref == '110'").assign(kind="commit", ref=sha, bug_id=bug_id)
    links = schema.LINKS.ordered(pd.concat([tables["links"], link], ignore_index=True))
    return tables | {"commits": commits, "links": links}


def standing(tables, **changed):
    inputs = tables | changed
    return measures.standing_bugs(**inputs, release="liberty", launchpad_project="nova", starts=STARTS, as_of=AS_OF)


def fixed(tables, *, until=AS_OF):
    names = ("bugs", "bug_tasks", "changes", "commits", "links")
    inputs = {name: tables[name] for name in names}
    return measures.fixed_in_cycle(**inputs, launchpad_project="nova", starts=STARTS, until=until)


def test_a_release_that_no_bug_names_has_no_blocker(tables):
    assert standing(tables).empty


def test_candidates_come_before_regressions_and_those_before_milestones(tables):
    tables = tagged(tagged(tables, "liberty-rc-potential", 7), "regression", 3)
    tables = with_task(tables, 5, "nova", milestone="liberty-2", importance="Critical")

    table = standing(tables)

    assert table["bug_id"].tolist() == [7, 3, 5]
    assert table["against"].tolist() == ["liberty-rc-potential", "regression", "milestone"]


def test_a_candidate_of_another_release_is_no_blocker(tables):
    assert standing(tagged(tables, "kilo-rc-potential", 7)).empty


def test_a_regression_from_before_the_cycle_is_no_blocker(tables):
    assert standing(tagged(tables, "regression", 5)).empty  # 400 days old


def test_a_milestone_of_another_series_or_project_does_not_count(tables):
    tables = with_task(tables, 5, "nova", milestone="liberty-2")

    assert standing(tables, milestones=milestones(series="kilo")).empty
    assert standing(tables, milestones=milestones(project="neutron")).empty


def test_the_task_in_the_series_counts_before_that_of_the_project(tables):
    (bug,) = standing(with_task(tables, 8, "nova/liberty", importance="Critical")).to_dict("records")

    assert (bug["bug_id"], bug["importance"], bug["status"]) == (8, "Critical", "Triaged")  # released on master
    assert bug["against"] == "task in liberty"


def test_a_bug_whose_task_in_the_series_is_closed_is_no_blocker(tables):
    tables = with_task(tagged(tables, "liberty-rc-potential", 5), 5, "nova/liberty", is_open=False)

    assert standing(tables).empty


def test_private_bugs_and_duplicates_are_no_blockers(tables):
    assert standing(tagged(tables, "liberty-rc-potential", 4, 6)).empty


def test_the_open_fix_nearest_to_a_merge_decides_what_a_bug_needs(tables):
    (bug,) = standing(tagged(tables, "liberty-rc-potential", 1)).to_dict("records")

    assert (bug["need"], bug["change_number"], bug["n_fixes"]) == ("needs second +2", 102, 2)


def test_a_fix_of_a_duplicate_belongs_to_its_master(tables):
    links = tables["links"].query("ref == '109'").assign(bug_id=6, ref="102")  # 6 is a duplicate of 1
    tables = tagged(tables, "liberty-rc-potential", 1) | {"links": links}

    assert standing(tables)["change_number"].tolist() == [102]


def test_a_merged_partial_fix_leaves_the_bug_a_blocker(tables):
    links = tables["links"].assign(relation="partial")

    assert standing(with_task(tables, 8, "nova/liberty"), links=links)["need"].tolist() == ["needs a fix"]


def test_a_change_that_fixes_a_private_bug_too_is_not_named(tables):
    also = tables["links"].query("ref == '102'").assign(bug_id=4)
    links = schema.LINKS.ordered(pd.concat([tables["links"], also], ignore_index=True))

    assert standing(tagged(tables, "liberty-rc-potential", 1), links=links)["change_number"].tolist() == [101]


def test_a_private_change_is_not_counted_as_a_fix(tables):
    changes = tables["changes"].assign(is_private=True)

    table = standing(tagged(tables, "liberty-rc-potential", 1), changes=changes)

    assert (table["need"].item(), table["n_fixes"].item()) == ("needs a fix", 0)
    assert table["change_number"].isna().all()


def test_a_fix_for_another_branch_does_not_count_for_the_release(tables):
    (bug,) = standing(tagged(tables, "liberty-rc-potential", 3)).to_dict("records")

    assert bug["need"] == "needs a fix"  # 103 is for stable/kilo


def test_a_bug_whose_fix_merged_needs_no_other(tables):
    (bug,) = standing(with_task(tables, 8, "nova/liberty")).to_dict("records")

    assert (bug["need"], bug["change_number"]) == ("its fix is merged", 110)


def test_milestones_come_by_date_and_count_what_is_targeted_open_and_without_a_fix(tables):
    tables = with_task(with_task(tables, 5, "nova", milestone="liberty-1"), 1, "nova", milestone="liberty-1")
    tables = with_task(tables, 8, "nova", milestone="liberty-1", is_open=False, status="Fix Released")
    inputs = {name: tables[name] for name in ("bugs", "bug_tasks", "milestones")}

    table = measures.by_milestone(standing(tables), **inputs, release="liberty", launchpad_project="nova")

    assert table["milestone"].tolist() == ["liberty-1", "liberty-2"]
    assert table[["n_bugs", "n_open_bugs", "n_without_fix"]].to_numpy().tolist() == [[3, 2, 1], [0, 0, 0]]


def test_a_bug_is_fixed_in_the_cycle_in_which_master_got_it(tables):
    (bug,) = fixed(tables).to_dict("records")

    assert (bug["bug_id"], bug["change_number"]) == (8, 110)
    assert bug["fixed_on_master_at"] == AS_OF - pd.Timedelta(days=2)
    assert fixed(tables, until=AS_OF - pd.Timedelta(days=3)).empty


def test_a_bug_that_was_fixed_before_the_cycle_is_not_fixed_again_in_it(tables):
    earlier = (
        tables["changes"]
        .query("change_number == 110")
        .assign(change_number=99, submitted_at=STARTS - pd.Timedelta(days=1))
    )
    link = tables["links"].query("ref == '110'").assign(ref="99")
    tables |= {"changes": pd.concat([earlier, tables["changes"]], ignore_index=True)}
    tables |= {"links": schema.LINKS.ordered(pd.concat([link, tables["links"]], ignore_index=True))}

    assert fixed(tables).empty


def test_a_partial_or_reverted_fix_fixes_no_bug(tables):
    links = tables["links"]

    assert fixed(tables | {"links": links.assign(relation="partial")}).empty
    assert fixed(tables | {"links": links.assign(counts_as_fix=False)}).empty


def test_a_merge_known_only_from_the_clone_has_the_day_of_its_commit(tables):
    table = fixed(with_commit(tables, bug_id=7)).set_index("bug_id")

    assert table.loc[7, "change_number"] is pd.NA
    assert table.loc[7, "fixed_on_master_at"] == AS_OF - pd.Timedelta(days=9)
    assert 8 in table.index


def test_a_cycle_ends_with_the_data_if_they_end_first():
    assert measures.cycle("2015-04-30", "2015-10-15", as_of=AS_OF) == (pd.Timestamp("2015-04-30", tz="UTC"), AS_OF)
    assert measures.cycle("2015-04-30", "2015-06-01", as_of=AS_OF)[1] == pd.Timestamp("2015-06-01", tz="UTC")
    assert measures.cycle("", "", as_of=AS_OF) == (AS_OF - pd.Timedelta(weeks=26), AS_OF)


def test_the_pace_counts_from_the_first_day_to_the_last_instant(tables):
    inputs = {name: tables[name] for name in ("bugs", "bug_tasks")}

    table = measures.fix_rate(fixed(tables), **inputs, launchpad_project="nova", starts=STARTS, until=AS_OF)

    assert table["at"].iloc[[0, -1]].tolist() == [STARTS, AS_OF]
    assert table["n_reported"].iloc[[0, -1]].tolist() == [0, 4]  # neither the private one nor the duplicate
    assert table["n_fixed"].iloc[[0, -1]].tolist() == [0, 1]


def test_without_bugs_the_numbers_of_a_release_are_unknown_and_not_zero(tables):
    nothing = tables | {"bugs": schema.BUGS.empty(), "bug_tasks": schema.BUG_TASKS.empty()}

    table = measures.release_facts(standing(nothing), fixed(nothing), bugs=nothing["bugs"], release="liberty")

    assert table["n"].isna().all()
    assert measures.why_none_stands(nothing["bugs"], release="liberty").startswith("No bug was fetched")
    assert measures.why_none_fixed(nothing["bugs"]).startswith("No bug was fetched")


def test_without_bugs_the_pace_is_unknown_and_not_zero(tables):
    nothing = tables | {"bugs": schema.BUGS.empty(), "bug_tasks": schema.BUG_TASKS.empty()}
    inputs = {name: nothing[name] for name in ("bugs", "bug_tasks")}

    result = measures.fix_rate(fixed(nothing), **inputs, launchpad_project="nova", starts=STARTS, until=AS_OF)

    assert result[["n_reported", "n_fixed"]].isna().all(axis=None)


def test_a_milestone_counts_no_bug_that_another_project_gave_one_of_that_name(tables):
    tables = with_task(tables, 5, "cinder", milestone="liberty-1")
    inputs = {name: tables[name] for name in ("bugs", "bug_tasks", "milestones")}

    table = measures.by_milestone(standing(tables), **inputs, release="liberty", launchpad_project="nova")

    assert table["n_bugs"].sum() == 0


def test_the_merge_date_of_gerrit_counts_before_that_of_the_commit(tables):
    (bug,) = fixed(with_commit(tables, bug_id=8)).to_dict("records")

    assert bug["fixed_on_master_at"] == AS_OF - pd.Timedelta(days=2)


def test_a_fix_that_merged_to_main_is_one_of_the_cycle(tables):
    on_main = tables | {"changes": tables["changes"].assign(branch="main")}

    assert fixed(on_main)["bug_id"].tolist() == fixed(tables)["bug_id"].tolist() != []


def test_a_fix_on_a_stable_branch_alone_is_not_one_of_the_cycle(tables):
    assert fixed(tables | {"changes": tables["changes"].assign(branch="stable/kilo")}).empty


def test_a_fixed_private_bug_is_not_listed_even_if_the_clone_has_its_fix(tables):
    tables = with_commit(tables, bug_id=4)

    assert 4 in tables["links"].query("kind == 'commit'")["bug_id"].tolist()
    assert fixed(tables)["bug_id"].tolist() == [8]


def test_an_unknown_pace_is_a_sentence_and_not_an_empty_chart():
    weeks = pd.DataFrame({"at": [STARTS, AS_OF], "n_fixed": [None, None], "n_reported": [None, None]})
    weeks = weeks.astype({"n_fixed": "Int64", "n_reported": "Int64"})

    drawn = figures.line_chart(
        weeks, name="pace", caption="Pace", lines=(("n_reported", "reported"), ("n_fixed", "fixed"))
    )

    assert "unknown" in drawn.html() and "1970" not in drawn.html() and "<svg" not in drawn.html()
