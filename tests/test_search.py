"""What the search on the pages finds."""

import pandas as pd

from analysis.report import measures
from analysis.tables import schema


def text(*values):
    return pd.array(list(values), "string")


def test_the_search_finds_what_is_open_first_and_no_machine():
    bugs = pd.DataFrame({"bug_id": [3, 1, 2], "title": text("c", "a", "b"),
                         "status": text("Fix Released", "New", None),
                         "importance": text("High", None, None),
                         "is_open": pd.array([False, True, None], "boolean")})  # fmt: skip
    changes = pd.DataFrame({"change_number": [7, 8], "subject": text("x", "y"), "status": text("NEW", "MERGED"),
                            "branch": text("master", None)})  # fmt: skip
    accounts = pd.DataFrame({"account": [5, 6, 9], "name": text("Ann", "Zuul", None),
                             "username": text("ann", "zuul", "bob"),
                             "kind": text("person", "ci", "person")})  # fmt: skip
    areas = pd.DataFrame({"area_id": text("cells"), "title": text("Cells V2")})

    rows = measures.search_rows(
        bugs=bugs, changes=changes, accounts=accounts, areas=areas, themes=schema.THEMES.empty(),
        gerrit_root="https://r.test/", launchpad_root="https://b.test/",
    )  # fmt: skip

    assert rows[["kind", "key"]].agg(" ".join, axis=1).tolist() == [
        "area cells", "person 5", "person 9", "change 7", "change 8", "bug 1", "bug 3", "bug 2"
    ]  # fmt: skip
    named = rows.set_index(["kind", "key"])
    assert named.loc[("person", "9"), "text"] == "bob"
    assert named.loc[("bug", "2"), "note"] == "status unknown, importance unknown"
    assert named.loc[("bug", "1"), "address"] == "https://b.test/bugs/1"
    assert named.loc[("area", "cells"), "address"] == "02_area-cells.html"


def test_a_bug_or_change_that_a_page_lists_leads_to_its_row_there():
    bugs = pd.DataFrame({"bug_id": [1, 2, 3], "title": text("a", "b", "c"),
                         "status": text("New", "Fix Released", "Opinion"),
                         "importance": text("High", "High", "Low"),
                         "is_open": pd.array([True, False, False], "boolean")})  # fmt: skip
    changes = pd.DataFrame({"change_number": [7, 8], "subject": text("x", "y"), "status": text("NEW", "MERGED"),
                            "branch": text("master", "master")})  # fmt: skip
    themes = schema.THEMES.frame({"theme_id": ["big", "small"], "label": ["Big", "Small"], "n_bugs": [40, 40],
                                  "n_open": [9, 0], "n_without_fix": [9, 0], "n_opened_by_cycle": [[0] * 4] * 2,
                                  "areas": [[], []]})  # fmt: skip
    members = schema.BUG_THEMES.frame({"bug_id": [1, 2, 3], "theme_id": ["big", "big", "small"]})

    rows = measures.search_rows(
        bugs=bugs, changes=changes, accounts=schema.ACCOUNTS.empty(), areas=schema.AREAS.empty(), themes=themes,
        open_bugs=pd.Series([1]), open_changes=pd.Series([7]), bug_themes=members,
        gerrit_root="https://r.test/", launchpad_root="https://b.test/",
    )  # fmt: skip

    page = rows.set_index(["kind", "key"])["page"]
    assert page["bug", "1"] == "17_open_bugs.html?filter=1#open_bugs"
    assert page["bug", "2"] == "14_theme-big.html?filter=2#in_depth"
    assert page["change", "7"] == "03_review_state.html?filter=7#reviews"
    assert page[[("bug", "3"), ("change", "8")]].isna().all()
