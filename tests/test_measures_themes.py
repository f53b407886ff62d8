"""The pages of themes: the themes that get one, and its content."""

import pandas as pd

from analysis.report import measures
from analysis.tables import schema


def themes(*rows):
    """A theme for each (theme_id, open bugs, open bugs without a fix)."""
    n = len(rows)
    return schema.THEMES.frame(
        {
            "theme_id": [row[0] for row in rows],
            "label": [f"about {row[0]}" for row in rows],
            "terms": [["quota", "usage"]] * n,
            "n_bugs": [row[1] + 2 for row in rows],
            "n_open": [row[1] for row in rows],
            "n_without_fix": [row[2] for row in rows],
            "n_opened_by_cycle": [[1, 0, 3, 26]] * n,
            "areas": [["quotas 3"]] * n,
        }
    )


def test_a_theme_with_open_work_gets_a_page_and_one_without_does_not():
    result = measures.worth_a_page(themes(("quota-usage", 5, 1), ("closed", 0, 0), ("cells", 9, 4)))

    assert result == {"cells": "about cells", "quota-usage": "about quota-usage"}


def test_there_are_at_most_twelve_pages_of_themes():
    assert len(measures.worth_a_page(themes(*((f"theme-{n}", 5, n) for n in range(40))))) == 12


def test_a_theme_whose_id_could_not_name_a_file_gets_no_page():
    assert measures.worth_a_page(themes(("../etc/passwd", 5, 1))) == {}


def test_a_theme_leads_to_its_page_only_where_it_has_one():
    rows = themes(("cells", 9, 4), ("closed", 0, 0))

    table = measures.with_theme_pages(measures.theme_overview(rows), rows)

    assert table.set_index("theme_id")["theme_page"].fillna("none").to_dict() == {
        "cells": "14_theme-cells.html",
        "closed": "none",
    }


def test_a_theme_with_some_open_bug_has_a_small_page_if_it_has_no_large_one():
    rows = themes(("cells", 9, 4), ("quota", 1, 1), ("closed", 0, 0), ("../etc/passwd", 5, 1))

    assert measures.small_theme_pages(rows) == ["quota"]
    assert measures.theme_pages(rows) == {"cells": "14_theme-cells.html", "quota": "theme-quota.html"}


AS_OF = pd.Timestamp("2017-10-17", tz="UTC")


def reported(*theme_days):
    """Bugs of (theme, days before AS_OF), numbered from 1, and what `opened_by_half_year` is asked with."""
    numbers = range(1, len(theme_days) + 1)
    created = [AS_OF - pd.Timedelta(days=days) for _, days in theme_days]
    return {
        "bug_themes": schema.BUG_THEMES.frame({"bug_id": numbers, "theme_id": [theme for theme, _ in theme_days]}),
        "bugs": schema.BUGS.frame({"bug_id": numbers, "created_at": created}),
        "as_of": AS_OF,
    }


def history_of(*theme_days, still_open=(), unfixed=()):
    return measures.opened_by_half_year(
        **reported(*theme_days),
        open_bugs=pd.DataFrame({"bug_id": list(still_open)}),
        unfixed_bugs=schema.UNFIXED_BUGS.frame({"bug_id": list(unfixed)}),
    )


def test_bugs_are_counted_in_the_half_year_of_their_report_by_what_became_of_them():
    table = history_of(("cells", 1), ("cells", 181), ("cells", 182), ("quota", 400), ("quota", 5000), (None, 3),
                       still_open=[1, 2], unfixed=[1])  # fmt: skip

    rows = table.set_index(["theme_id", "span_began_at"])[["closed", "fix_known", "without_fix"]].to_numpy().tolist()
    assert rows == [[0, 0, 0], [1, 0, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert table["span_began_at"].max() == AS_OF - pd.Timedelta(days=182)
    listed = measures.with_history(pd.DataFrame({"theme_id": ["cells", "gone"]}), table)["opened"]
    assert listed[0] == [0, 1, 2] and listed[1] is pd.NA


def test_no_bug_has_no_history_and_tests_no_growth():
    table = history_of()

    assert table.empty and measures.growth_test(table).empty
    assert measures.growth_test_in_words(measures.growth_test(table)) == ""


def years(theme, *counts):
    """That many bugs of a theme in each year, the newest first."""
    return [(theme, 364 * year + 200) for year, n in enumerate(counts) for _ in range(n)]


def test_growth_is_tested_by_what_came_after_it():
    # the newest year first: "up" grew from 4 to 9 and then to 12, "down" fell from 9 to 6 and then had 8
    table = history_of(*years("up", 12, 9, 4), *years("down", 8, 6, 9), *years("tiny", 9, 1, 1))

    test = measures.growth_test(table)

    row = test.iloc[0]
    assert row[["n_themes", "n_grew", "n_again", "n_rest", "n_rest_grew"]].tolist() == [2, 1, 1, 1, 1]
    assert row["error_same"] == 2.5  # off by 3 and 2
    assert row["error_trend"] == 3.5  # 14 instead of 12, and 3 instead of 8
    assert row["year_ended_at"] == AS_OF and len(test) == 1
    words = measures.growth_test_in_words(test)
    assert words.startswith("What 2016 said of 2017: of 1 theme that had grown 1 grew again, of 1 others 1 grew.")
    assert words.endswith("in 0 of 1 year. Expect of a theme what it had, not what it gained.")
    better = measures.growth_test_in_words(test.assign(error_trend=1.0))
    assert better.endswith("in 1 of 1 year. Growth foretold more than size did.")


def test_the_first_sentence_says_what_the_bugs_are_about():
    overview = measures.theme_overview(themes(("cells", 9, 4), ("quota", 5, 0)))

    words = measures.about_in_words(overview, n_bugs=36, n_in_no_theme=18, n_without_fix=7)

    assert words == (
        "The 36 bugs are about 2 themes, above all “about cells” (11) and “about quota” (7): 50% of all; "
        "unassigned, in no theme: 18. Of 7 open bugs without a fix 4 are about “about cells” (4)."
    )
    unknown = measures.about_in_words(overview, n_bugs=36, n_in_no_theme=18, n_without_fix=None)
    assert (
        unknown.endswith("in no theme: 18.")
        and measures.about_in_words(overview.head(0), n_bugs=3, n_in_no_theme=3, n_without_fix=1) == ""
    )


def test_a_theme_is_told_by_a_typical_report_and_by_how_it_fails():
    theme = pd.Series({"example_title": "Traceback in volume create."})
    modes = pd.DataFrame({"failure_mode": ["crash", "wrong_result", "leak", "race"], "n_bugs": [90, 30, 12, 2],
                          "lift": [1.1, 1.5, 2.0, 9.0]})  # fmt: skip

    assert measures.theme_in_words(theme, modes) == (
        "A typical report: “Traceback in volume create”. "
        "Named more often than by chance: leak (12 bugs, 2.0 times), wrong result (30 bugs, 1.5 times)."
    )
    assert measures.theme_in_words(pd.Series({"example_title": pd.NA}), modes.head(0)) == ""


def test_the_facts_of_a_theme_keep_what_is_unknown_unknown():
    table = measures.theme_facts(themes(("cells", 9, 4)), "cells").set_index("fact")

    assert table.loc["open bugs", "n"] == 9 and table.loc["open bugs", "unit"] == "of 11"
    assert table.loc["fix unreviewed", "n"] is pd.NA
    assert table.loc["opened per half year", "text"] == "1, 0, 3, 26"


def test_only_bugs_of_the_theme_are_in_it():
    members = schema.BUG_THEMES.frame({"bug_id": [1, 2, 3], "theme_id": ["cells", "quota", None]})
    fixes = pd.DataFrame({"bug_id": pd.array([3, 1, 2, 1], "Int64"), "change_number": [30, 10, 20, 11]})

    table = measures.in_theme(fixes, members, "cells")

    assert table["change_number"].tolist() == [10, 11]


def in_depth():
    numbers = [1, 2, 3, 4]
    bugs = schema.BUGS.frame(
        {"bug_id": numbers, "title": [f"bug {n}" for n in numbers], "is_private": [False, False, False, True]}
    )
    tasks = schema.BUG_TASKS.frame(
        {
            "bug_id": [*numbers, 3],
            "target": ["nova"] * 4 + ["cinder"],  # what is open elsewhere is not open here
            "is_open": [True, True, False, True, True],
        }
    )
    members = schema.BUG_THEMES.frame(
        {
            "bug_id": numbers,
            "theme_id": ["quota"] * 4,
            "distance": [0.3, 0.2, 0.1, 0.1],
            "failure_modes": [["wrong_result"], [], [], []],
        }
    )
    unfixed = schema.UNFIXED_BUGS.frame({"bug_id": [1]})
    parts = pd.DataFrame({"bug_id": pd.array([1, 2, 3], "Int64"), "label": pd.array(["a", "a", None], "string")})
    return measures.theme_in_depth(
        "quota",
        bugs=bugs,
        bug_tasks=tasks,
        bug_themes=members,
        unfixed_bugs=unfixed,
        sub_themes=parts,
        launchpad_project="nova",
    )


def test_a_theme_in_depth_says_which_open_bugs_have_no_fix_and_hides_private_ones():
    assert in_depth()[["bug_id", "state"]].values.tolist() == [
        [2, "open, a fix waits"],
        [1, "open, no fix known"],
        [3, "closed"],
    ]


def test_failure_modes_read_as_words():
    assert in_depth().set_index("bug_id").loc[1, "failure_modes"] == ["wrong result"]


def test_the_parts_of_a_theme_are_counted_and_what_is_in_none_is_too():
    table = measures.parts_of_theme(in_depth())

    assert table["sub_theme"].fillna("none").tolist() == ["a", "none"]
    assert table[["n_bugs", "n_open", "n_without_fix"]].values.tolist() == [[2, 2, 1], [1, 0, 0]]


def alike(*rows):
    names = ["bug_id", "other_bug_id", "score", "similarity", "is_fixed", "fixes"]
    result = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    pairs = schema.SIMILAR_BUGS.frame(
        result
        | {
            "is_known_duplicate": [False] * len(rows),
            "likeness": ["similar" if row[3] < 0.5 else "very similar" for row in rows],
        }
    )
    numbers = sorted({*result["bug_id"], *result["other_bug_id"]})
    bugs = schema.BUGS.frame(
        {"bug_id": numbers, "title": [f"bug {n}" for n in numbers], "is_private": [n == 9 for n in numbers]}
    )
    return pairs, bugs


def test_each_open_bug_is_shown_its_nearest_fixed_bug_and_never_a_private_one():
    pairs, bugs = alike(
        (1, 5, 0.1, 0.3, True, ["change 7"]), (1, 6, 0.1, 0.5, True, None), (2, 9, 0.9, 0.9, True, None),
        (3, 1, 0.9, 0.9, False, None),
    )  # fmt: skip

    result = measures.nearest_fixed(pairs, bugs)

    assert result[["bug_id", "other_bug_id"]].values.tolist() == [[1, 6]]


def test_a_pair_that_is_not_very_similar_is_no_likely_duplicate():
    pairs, bugs = alike((1, 5, None, 0.49, True, None), (2, 6, None, 0.5, False, None))

    assert measures.look_alikes(pairs, bugs)["bug_id"].tolist() == [2]


def test_a_row_of_possible_fixes_says_what_speaks_for_the_commit_and_against_it():
    rows = [
        (1, "a" * 40, 0.4, [20, 21], 'a comment of 2015-01-07 says "still happens"'),
        (2, "b" * 40, 1.2, [], None),
        (3, "c" * 40, 81.3, [], None),
    ]
    columns = ["bug_id", "sha", "report_age_days", "named_bug_ids", "doubt"]
    possible = pd.DataFrame(rows, columns=columns).assign(
        rank=1, false_alarms=[0.0, 0.002, 0.002], similarity=[0.2, 0.3, 0.4]
    )
    numbers = pd.DataFrame({"bug_id": [1, 2, 3]})
    changes = pd.DataFrame({"change_number": [7], "sha": ["c" * 40]})

    table = measures.possibly_fixed(
        schema.POSSIBLE_FIXES.frame(possible), schema.BUGS.frame(numbers.assign(is_private=False)),
        schema.UNFIXED_BUGS.frame(numbers), schema.CHANGE_COMMITS.frame(changes),
    )  # fmt: skip

    assert dict(zip(table["bug_id"], table["reason"], strict=True)) == {
        1: "commit aaaaaaaaa, on the day of the report; it names bug 20, bug 21; "
        'a comment of 2015-01-07 says "still happens"',
        3: "change 7, 81 days after the report",
        2: "commit bbbbbbbbb, 1 day after the report",
    }
    assert table["bug_id"].tolist() == [1, 3, 2]  # of equally rare false alarms the more similar first


def test_no_possible_fixes_are_no_rows():
    empty = measures.possibly_fixed(
        schema.POSSIBLE_FIXES.empty(), schema.BUGS.empty(), schema.UNFIXED_BUGS.empty(), schema.CHANGE_COMMITS.empty()
    )

    assert empty.empty and "reason" in empty
