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
