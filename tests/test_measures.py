"""The numbers in the reports."""

import invented_tables
import pandas as pd
import pytest

from analysis.judge import privacy
from analysis.report import figures, measures
from analysis.tables import schema


@pytest.fixture
def tables():
    return invented_tables.tables()


def open_fixes(tables, **changed):
    names = ("queue", "changes", "review_states", "links", "bugs", "bug_tasks")
    inputs = {name: tables[name] for name in names} | changed
    return measures.open_fixes(**inputs, launchpad_project="nova", as_of=pd.Timestamp(invented_tables.AS_OF))


def without_fix(tables, **changed):
    names = ("unfixed_bugs", "bugs", "area_members", "areas")
    inputs = {name: tables[name] for name in names} | changed
    return measures.bugs_without_fix(**inputs, release="liberty")


def glance(tables):
    table = measures.areas_summary(open_fixes(tables), tables["areas"], release="liberty")
    return table.set_index("area_id")


def test_open_fixes_come_by_area_and_rank_with_facts_of_their_bug(tables):
    table = open_fixes(tables)

    assert table["change_number"].tolist() == [101, 103, 102, 107, 106]
    assert table["area_id"].tolist() == ["quotas", "quotas", "quotas", "scheduler", "scheduler"]
    assert table["bug_title"].iloc[0] == "Quota usage drifts under load"
    assert table["bug_status"].iloc[3] == "Confirmed"
    assert table["age_days"].iloc[0] == 42.0


def test_a_fix_whose_turn_is_unknown_may_wait_for_review(tables):
    fixes = open_fixes(tables)

    assert measures.for_review(fixes)["change_number"].tolist() == [101, 103, 102, 107]
    assert measures.for_others(fixes)["change_number"].tolist() == [106]


def test_a_private_change_and_a_fix_of_a_private_bug_are_never_shown(tables):
    result = pd.concat([open_fixes(tables)["subject"], without_fix(tables)["bug_title"]])

    assert not result.str.contains("private|embargoed").any()


def test_a_bug_whose_privacy_is_unknown_is_not_shown(tables):
    bugs = tables["bugs"].assign(is_private=pd.array([None] * len(tables["bugs"]), "boolean"))

    table = privacy.visible_bugs(bugs)

    assert table.empty


def test_unknown_votes_are_unknown_and_not_unreviewed(tables):
    table = open_fixes(tables).set_index("change_number")

    assert table.loc[107, "is_unreviewed"] is pd.NA
    assert table.loc[107, "state"] == "unknown"


def test_an_area_has_its_longest_wait_and_its_turns(tables):
    quotas = glance(tables).loc["quotas"]

    assert quotas[["n_open_fixes", "n_unreviewed", "n_unknown", "oldest_days"]].tolist() == [3, 2, 0, 41.0]
    assert quotas["whose_turn"] == "reviewers 2, second core 1"
    assert quotas["owners"] == "No owner"


def test_areas_come_in_the_order_of_the_area_file_and_the_rest_last(tables):
    assert glance(tables).index.tolist() == ["cells", "scheduler", "quotas", "none"]


def test_an_area_without_open_fixes_has_no_longest_wait(tables):
    cells = glance(tables).loc["cells"]

    assert cells[["n_open_fixes", "n_unreviewed", "n_waiting"]].tolist() == [0, 0, 0]
    assert cells["oldest_days"] is pd.NA


def test_the_number_of_unreviewed_fixes_is_unknown_without_votes(tables):
    hidden = ["state", "waiting_on", "waiting_days", "is_unreviewed"]
    unknown = tables["queue"].drop(columns=hidden).assign(state="unknown")

    quotas = glance(tables | {"queue": schema.QUEUE.frame(unknown)}).loc["quotas"]

    assert quotas["n_unreviewed"] is pd.NA
    assert quotas["n_waiting"] is pd.NA
    assert quotas["n_unknown"] == 3


def test_the_overview_counts_a_fix_in_two_areas_once(tables):
    first = tables["queue"].query("change_number == 101")
    queue = pd.concat([tables["queue"], first.assign(area_id="cells")], ignore_index=True)

    table = open_fixes(tables, queue=queue)

    assert table["change_number"].tolist().count(101) == 2
    assert measures.each_once(table)["change_number"].tolist().count(101) == 1


def test_the_areas_and_the_overview_agree(tables):
    fixes = open_fixes(tables)

    counted = measures.areas_summary(fixes, tables["areas"], release="liberty")["n_open_fixes"].sum()

    assert counted == len(fixes) == len(measures.each_once(fixes))  # no invented fix is in two areas


def test_waiting_times_count_every_fix_once_and_unknown_apart(tables):
    table = measures.waiting_times(measures.each_once(open_fixes(tables))).set_index("age")

    assert table.loc["1-3 months", "reviewers"] == 1
    assert table.loc["unknown", "unknown"] == 1
    assert table.sum().sum() == 5


def test_an_unknown_wait_is_counted_neither_as_short_nor_as_long():
    fixes = pd.DataFrame({"waiting_days": pd.array([None, None], "Float64"), "waiting_on": [pd.NA, pd.NA]})

    table = measures.waiting_times(fixes).set_index("age")

    assert table.loc["unknown", "unknown"] == 2
    assert table["unknown"].isna().sum() == len(table) - 1


def test_a_wait_on_the_border_of_two_groups_counts_as_the_longer():
    fixes = pd.DataFrame({"waiting_days": pd.array([7.0], "Float64"), "waiting_on": ["reviewers"]})

    table = measures.waiting_times(fixes).set_index("age")

    assert table.loc["1-2 weeks", "reviewers"] == 1


def test_bugs_without_a_fix_are_those_of_the_build_with_what_they_lack(tables):
    table = without_fix(tables).set_index("bug_id")

    assert table.index.tolist() == [5, 7]
    assert table["lack"].tolist() == ["fix_abandoned", "never_triaged"]
    assert table.loc[5, "reason"] == "change 109 was abandoned on 2015-06-29"
    assert table.loc[5, ["bug_title", "areas", "age_days"]].tolist() == [
        "Cells lose a build request", ["Cells V2"], 400.0
    ]  # fmt: skip


def with_catch_all(tables):
    """The invented areas, and one more that holds every bug and every change."""
    areas, members = tables["areas"], tables["area_members"]
    rest = areas.tail(1).assign(area_id="all", title="Fixing more bugs", position=9, is_catch_all=True)
    refs = [("bug", str(number)) for number in tables["bugs"]["bug_id"]]
    refs += [("change", str(number)) for number in tables["changes"]["change_number"]]
    held = schema.AREA_MEMBERS.frame(
        {
            "release": ["liberty" for _ in refs], "area_id": ["all" for _ in refs], "rule": ["all" for _ in refs],
            "kind": [kind for kind, _ in refs], "ref": [ref for _, ref in refs],
        }
    )  # fmt: skip
    queued = tables["queue"].assign(area_id="all")[lambda rows: ~rows["change_number"].duplicated()]
    return tables | {
        "areas": pd.concat([areas, rest], ignore_index=True),
        "area_members": pd.concat([members, held], ignore_index=True),
        "queue": pd.concat([tables["queue"], queued], ignore_index=True),
    }


def test_a_catch_all_area_of_bugs_is_named_only_for_bugs_in_no_other(tables):
    table = without_fix(with_catch_all(tables)).set_index("bug_id")

    assert table["areas"].to_dict() == {5: ["Cells V2"], 7: ["Fixing more bugs"]}
    assert table["areas_page"].to_dict() == {5: ["02_area-cells.html"], 7: ["02_area-all.html"]}
    assert without_fix(tables).set_index("bug_id")["areas"].to_dict() == {5: ["Cells V2"], 7: []}


def test_a_catch_all_area_of_fixes_is_named_only_for_fixes_in_no_other(tables):
    table = with_catch_all(tables)
    fixes = open_fixes(table)
    only_there = fixes[(fixes["area_id"] == "all") | (fixes["change_number"] != 101)]

    areas = measures.do_next(only_there, table["areas"], release="liberty").set_index("change_number")["areas"]

    assert areas[101] == ["Fixing more bugs"] and areas[102] == ["Simplify quotas"]


def test_counts_of_bugs_without_a_fix_by_area_equal_the_lists_of_areas(tables):
    table = with_catch_all(tables)
    bugs = without_fix(table)
    release = {"area_members": table["area_members"], "release": "liberty"}

    result = measures.without_fix_by_area(bugs, areas=table["areas"], **release).set_index("title")

    assert result["n_bugs"].to_dict() == {
        "Cells V2": 1, "Scheduler": 0, "Simplify quotas": 0, "Fixing more bugs": 2, "In no area": 0
    }  # fmt: skip
    assert result.loc["Cells V2", "area_page"] == "02_area-cells.html#without_fix"
    assert result.loc["Fixing more bugs", "High"] == 1
    listed = measures.in_area(bugs, **release, area_id="all", kind="bug")
    assert listed["bug_id"].tolist() == [5, 7]
    assert measures.without_fix_by_area(bugs.head(0), areas=table["areas"], **release).empty


def test_bugs_without_a_fix_of_an_area_are_unknown_without_fetched_bugs(tables):
    inputs = {"release": "liberty", "area_id": "cells", "without_fix": without_fix(tables).head(0)}

    none, unknown = (
        measures.area_facts(open_fixes(tables), tables["areas"], bugs=bugs, **inputs).set_index("fact")["n"]
        for bugs in (tables["bugs"], tables["bugs"].head(0))
    )

    assert none["bugs without fix"] == 0 and unknown["bugs without fix"] is pd.NA


def test_a_private_bug_in_the_table_of_unfixed_bugs_is_not_shown(tables):
    leaked = tables["unfixed_bugs"].assign(bug_id=pd.array([4, 7], "Int64"))

    assert without_fix(tables, unfixed_bugs=leaked)["bug_id"].tolist() == [7]


def test_without_any_fetched_bug_the_numbers_of_bugs_are_unknown(tables):
    empty = {"bugs": schema.BUGS.empty(), "bug_tasks": schema.BUG_TASKS.empty()}
    frames = tables | empty

    table = measures.totals(
        bugs=frames["bugs"], bug_tasks=frames["bug_tasks"], fixes=measures.each_once(open_fixes(frames)),
        without_fix=without_fix(frames), breaches=measures.breaches(open_fixes(frames), measures.Limits({})),
        launchpad_project="nova",
    ).set_index("fact")  # fmt: skip

    assert table.loc["open bugs", "n"] is pd.NA
    assert table.loc["bugs without fix", "n"] is pd.NA
    assert table.loc["open fixes", "n"] == 6  # without bugs nobody knows that one of them is embargoed


def test_counted_review_states_have_their_labels(tables):
    states = pd.Series(schema.STATE_NAMES)
    changes = pd.DataFrame({"change_number": range(len(states)), "state": states, "waiting_on": "owner",
                            "waiting_days": 1.0})  # fmt: skip

    table = measures.turns(changes)

    assert table["meaning"].notna().all() and table["meaning"].is_unique
    assert set(table["state"]) == set(schema.STATE_NAMES)


def test_the_next_step_of_a_backport_names_its_branch(tables):
    changes = tables["changes"].assign(branch="master")
    changes.loc[changes["change_number"] == 101, "branch"] = "stable/kilo"

    need = measures.for_review(open_fixes(tables, changes=changes)).set_index("change_number")["need"]

    assert need[101].endswith(" on stable/kilo")
    assert not need.drop(101).str.contains(" on ").any()


def test_every_open_change_has_the_bug_that_it_fixes_or_none(tables):
    names = ("changes", "review_states", "queue", "links", "bugs", "change_commits")
    table = measures.open_reviews(**{name: tables[name] for name in names}).set_index("change_number")

    queued = tables["queue"].drop_duplicates("change_number").set_index("change_number")["bug_id"]
    assert table.loc[101, "bug_id"] == queued[101]
    assert (table["n_bugs"].eq(0) == table["bug_id"].isna()).all()
    assert not table["bug_id"].isin(tables["bugs"].query("is_private")["bug_id"]).any()


def test_waiting_backports_are_listed_most_important_first_then_longest_waiting(tables):
    changes = tables["changes"].copy()
    changes.loc[changes["change_number"].isin([102, 106]), "branch"] = ["stable/juno", pd.NA]
    inputs = {name: tables[name] for name in ("review_states", "queue", "links", "bugs", "change_commits")}

    reviews = measures.open_reviews(changes=changes, **inputs)

    def listed(queue, reviews=reviews):
        table = measures.on_stable_branches(
            reviews, queue=queue, changes=changes, as_of=pd.Timestamp(invented_tables.AS_OF)
        )
        return table[["change_number", "branch"]].to_numpy().tolist()

    longest_first = [[103, "stable/kilo"], [102, "stable/juno"]]
    queue = tables["queue"].assign(importance="High")
    assert listed(queue) == longest_first
    queue.loc[queue["change_number"] == 103, "importance"] = "Low"
    assert listed(queue) == longest_first[::-1]
    unknown = reviews.assign(waiting_days=pd.array([None] * len(reviews), "Float64"))
    age = changes.set_index("change_number")["created_at"]
    oldest = 103 if age[103] < age[102] else 102
    assert listed(tables["queue"].assign(importance="High"), unknown)[0][0] == oldest


def test_the_counts_of_open_backports_are_related_in_words():
    changes = pd.DataFrame({"change_number": [1, 2, 3, 4]})
    fixes = pd.DataFrame({"change_number": [1, 2, 9], "branch": ["stable/kilo", "stable/kilo", "master"],
                          "waiting_on": ["reviewers", "reviewers", "reviewers"], "state": ["unreviewed"] * 3,
                          "hold": [None, "first on stable/liberty", None]}, dtype="string")  # fmt: skip
    fixes["change_number"] = fixes["change_number"].astype("Int64")
    rows = pd.DataFrame(
        {"on_branch": ["waiting"] * 3 + ["missing"], "concerns": ["product", "product", "tests or gate", "product"]}
    )

    words = measures.counts_in_words(changes, fixes, rows)

    assert words.startswith("4 changes, of which fixes of bugs 2: awaiting review 1 ")
    assert "waiting for others 1. " in words and words.endswith("leaves out tests and gate jobs: 2.")
    assert measures.counts_in_words(changes.tail(1), fixes, rows) == ""


def test_a_change_whose_commit_is_in_the_clone_is_merged_and_not_open(tables):
    names = ("changes", "review_states", "queue", "links", "bugs")
    merged = schema.CHANGE_COMMITS.frame({"change_number": [103], "sha": ["a" * 40]})

    table = measures.open_reviews(**{name: tables[name] for name in names}, change_commits=merged)

    assert 103 not in table["change_number"].tolist() and 102 in table["change_number"].tolist()


def test_counted_areas_have_their_titles_and_a_catch_all_only_if_alone(tables):
    areas = with_catch_all(tables)["areas"]
    counted = pd.DataFrame({"areas": [["all 9", "quotas 4", "gone 1"], ["all 3"], None]})

    result = measures.with_area_titles(counted, areas, release="liberty")["areas"].tolist()

    assert result == [["Simplify quotas 4", "gone 1"], ["Fixing more bugs 3"], None]


def test_no_measure_changes_its_argument(tables):
    before = {name: frame.copy(deep=True) for name, frame in tables.items()}

    without_fix(tables)
    measures.turns(open_fixes(tables))
    measures.with_addresses(open_fixes(tables), gerrit_root="https://gerrit.test/", launchpad_root="https://bugs.test")

    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_addresses_lead_to_gerrit_launchpad_and_the_area(tables):
    fixes = open_fixes(tables)

    row = measures.with_addresses(fixes, gerrit_root="https://gerrit.test", launchpad_root="https://bugs.test/").iloc[0]

    assert row["change_url"] == "https://gerrit.test/101"
    assert row["bug_url"] == "https://bugs.test/bugs/1"
    assert row["area_page"] == "02_area-quotas.html"


def test_rules_broken_equally_often_come_in_the_order_of_their_numbers():
    result = pd.DataFrame({"bug_id": [1, 2, 3], "rule": ["G10", "X1", "G2"], "proposal": ["a", "b", "c"]})

    assert measures.by_rule(result, {})["rule"].tolist() == ["G2", "G10", "X1"]


def test_open_inconsistent_bugs_come_before_closed_ones_of_more_importance(tables):
    hygiene = {"bug_id": [8, 7], "rule": ["X3", "G8"], "evidence": ["a", "b"], "proposal": ["c", "d"]}
    rows = schema.HYGIENE.frame(hygiene)  # 8 is closed and Low, 7 is New and Undecided

    table = measures.inconsistent_bugs(
        rows, bugs=tables["bugs"], bug_tasks=tables["bug_tasks"], launchpad_project="nova"
    )

    assert table["bug_id"].tolist() == [7, 8]


def test_the_number_of_a_rule_leads_to_the_bugs_that_break_it():
    result = pd.DataFrame({"bug_id": [1, 2], "rule": ["G10", "G10"], "proposal": ["a", "a"]})

    table = figures.table(measures.by_rule(result, {}), name="rules", caption="Rules").html()

    assert '<a href="08_inconsistent_bugs.html?filter=G10#inconsistent_bugs">2</a>' in table


def test_an_inconsistent_bug_has_the_areas_that_a_rule_put_it_into(tables):
    table = measures.with_bug_areas(
        tables["bugs"][["bug_id"]], tables["area_members"], tables["areas"], release="liberty"
    ).set_index("bug_id")

    assert table.loc[[1, 2, 8], "areas"].tolist() == [["Simplify quotas"], ["Scheduler"], []]
    assert table.loc[1, "areas_page"] == ["02_area-quotas.html"]


def test_each_rule_has_its_meaning_beside_its_number():
    result = pd.DataFrame({"bug_id": [1, 2], "rule": ["G1", "Z9"], "proposal": ["ask", "look"]})

    counted = measures.by_rule(result, {"G1": "In Progress without an open change"})

    assert counted["rule"].tolist() == ["G1", "Z9"]
    assert counted["meaning"].iloc[0] == "In Progress without an open change"
    assert pd.isna(counted["meaning"].iloc[1])


def test_a_turn_of_nobody_says_why_on_every_page(tables):
    fixes = open_fixes(tables).assign(waiting_on="nobody")

    glance = measures.areas_summary(fixes, tables["areas"], release="liberty").set_index("area_id")
    result = figures.table(fixes[["waiting_on"]], name="turns", caption="Turns").html()

    assert glance.loc["quotas", "whose_turn"] == "merging 3"
    assert ">merging<" in result
