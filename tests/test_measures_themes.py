"""A theme's page: which themes get one, and what it says."""

import pandas as pd

from analysis import measures, schema


def themes(*rows):
    """A theme for each (theme_id, open bugs, of these without a fix)."""
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


def test_a_theme_that_asks_for_work_gets_a_page_and_one_whose_bugs_are_closed_does_not():
    found = measures.worth_a_page(themes(("quota-usage", 5, 1), ("closed", 0, 0), ("cells", 9, 4)))

    assert found == {"cells": "about cells", "quota-usage": "about quota-usage"}


def test_there_are_at_most_twelve_pages_of_themes():
    assert len(measures.worth_a_page(themes(*((f"theme-{n}", 5, n) for n in range(40))))) == 12


def test_a_theme_whose_id_could_not_name_a_file_gets_no_page():
    assert measures.worth_a_page(themes(("../etc/passwd", 5, 1))) == {}


def test_a_theme_leads_to_its_page_only_where_it_has_one():
    known = themes(("cells", 9, 4), ("closed", 0, 0))

    found = measures.with_theme_pages(measures.theme_overview(known), known)

    assert found.set_index("theme_id")["theme_page"].fillna("none").to_dict() == {
        "cells": "14_theme-cells.html",
        "closed": "none",
    }


def test_the_facts_of_a_theme_keep_what_is_unknown_unknown():
    found = measures.theme_facts(themes(("cells", 9, 4)), "cells").set_index("fact")

    assert found.loc["open bugs", "n"] == 9 and found.loc["open bugs", "unit"] == "of 11"
    assert found.loc["fix unreviewed", "n"] is pd.NA
    assert found.loc["opened per half year", "text"] == "1, 0, 3, 26"


def test_only_bugs_of_the_theme_are_in_it():
    members = schema.BUG_THEMES.frame({"bug_id": [1, 2, 3], "theme_id": ["cells", "quota", None]})
    fixes = pd.DataFrame({"bug_id": pd.array([3, 1, 2, 1], "Int64"), "change_number": [30, 10, 20, 11]})

    found = measures.in_theme(fixes, members, "cells")

    assert found["change_number"].tolist() == [10, 11]
