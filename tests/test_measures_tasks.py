"""The projects and series without a fix, for bugs with several tasks."""

import invented_tables
import pandas as pd
import pytest

from analysis.report import figures, measures
from analysis.tables import schema


@pytest.fixture
def tables():
    return invented_tables.tables()


def tasks_of(*rows):
    """Rows (bug_id, target, status, importance)."""
    return schema.BUG_TASKS.frame(
        {
            "bug_id": [row[0] for row in rows],
            "target": [row[1] for row in rows],
            "status": [row[2] for row in rows],
            "importance": [row[3] for row in rows],
            "is_open": [row[2] in schema.OPEN_STATUSES for row in rows],
        }
    )


def shared(tables, **changed):
    tables = tables | changed
    return measures.shared_tasks(**{n: tables[n] for n in ("bugs", "bug_tasks", "changes", "commits", "links")})


def needs(tables, **changed):
    table = shared(tables, **changed)
    return {
        (bug_id, target): None if pd.isna(need) else need
        for bug_id, target, need in zip(table["bug_id"], table["target"], table["need"], strict=True)
    }


def test_each_series_needs_its_own_fix(tables):
    assert needs(tables) == {(1, "nova/kilo"): "needs a fix", (1, "nova"): "its fix is in review"}


def test_a_bug_with_one_task_a_private_one_and_a_duplicate_are_not_listed(tables):
    tasks = tasks_of(*((bug, target, "New", "High") for bug in (4, 6) for target in ("nova", "nova/kilo")),
                     (2, "nova", "New", "High"))  # fmt: skip

    assert needs(tables, bug_tasks=tasks) == {}
    assert measures.why_no_shared_tasks(tables["bugs"]) == "No bug with several tasks has an open one."
    assert measures.why_no_shared_tasks(tables["bugs"].head(0)).startswith("No bug was fetched")


def test_a_fix_in_a_project_that_was_not_fetched_is_unknown(tables):
    tasks = tasks_of((2, "nova", "New", "High"), (2, "nova/juno", "New", "High"), (2, "cinder", "New", "High"))

    table = shared(tables, bug_tasks=tasks)

    assert needs(tables, bug_tasks=tasks) == {
        (2, "cinder"): None, (2, "nova/juno"): None, (2, "nova"): "its fix is in review"
    }  # fmt: skip
    assert table["n_changes"].tolist() == [pd.NA, pd.NA, 1]
    text = figures.table(table, name="t", caption="t", columns=["need", "change_number"],
                          none_where={"change_number": "n_changes"}).html()  # fmt: skip
    assert text.count(">unknown<") == 4 and ">none<" not in text


def test_a_fetched_project_needs_its_own_fix(tables):
    tasks = tasks_of((2, "nova", "New", "High"), (2, "cinder", "New", "High"))
    changes = tables["changes"].copy()
    changes.loc[changes["change_number"].isin([106, 107]), "project"] = "openstack/cinder"

    assert needs(tables, bug_tasks=tasks, changes=changes) == {
        (2, "nova"): "needs a fix", (2, "cinder"): "its fix is in review"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("relation", "status", "need"),
    [
        ("closes", "MERGED", "its fix is merged"),
        ("partial", "MERGED", "needs a fix"),
        ("partial", "NEW", "its fix is in review"),
        ("closes", "ABANDONED", "needs a fix"),
    ],
)
def test_a_partial_or_abandoned_fix_leaves_a_task_without_one(tables, relation, status, need):
    tasks = tasks_of((3, "nova", "Fix Released", "Low"), (3, "nova/kilo", "New", "Low"))  # 103 is for stable/kilo
    changes, links = tables["changes"].copy(), tables["links"].copy()
    changes.loc[changes["change_number"] == 103, "status"] = status
    links.loc[links["ref"] == "103", "relation"] = relation

    table = shared(tables, bug_tasks=tasks, changes=changes, links=links)

    assert table[["target", "need"]].values.tolist() == [["nova/kilo", need]]
    assert [list(other) for other in table["other_tasks"]] == [["nova Fix Released"]]


def test_a_merged_commit_is_a_fix_too(tables):
    tasks = tasks_of((7, "nova", "New", "High"), (7, "nova/kilo", "New", "High"))
    commits = schema.COMMITS.frame({"sha": ["c" * 40], "project": ["openstack/nova"], "branch": ["stable/kilo"]})
    link = tables["links"].head(1).assign(bug_id=7, kind="commit", ref="c" * 40)
    links = pd.concat([tables["links"], link.astype(tables["links"].dtypes)], ignore_index=True)

    assert needs(tables, bug_tasks=tasks, commits=commits, links=links) == {
        (7, "nova"): "needs a fix", (7, "nova/kilo"): "its fix is merged"
    }  # fmt: skip


def test_tasks_without_a_fix_come_first_then_unknown_ones_by_importance(tables):
    tasks = tasks_of(*((bug, target, "New", how)
                       for bug, how in ((1, "Low"), (7, "High"), (5, "Critical"))
                       for target in ("nova", "cinder")))  # fmt: skip

    result = shared(tables, bug_tasks=tasks)

    assert result[["bug_id", "target"]].values.tolist() == [
        [5, "nova"], [7, "nova"], [5, "cinder"], [7, "cinder"], [1, "cinder"], [1, "nova"]
    ]  # fmt: skip


def test_a_private_change_is_not_shown_as_the_fix_of_a_task(tables):
    tasks = tasks_of((2, "nova", "New", "High"), (2, "nova/kilo", "New", "High"))
    changes = tables["changes"].copy()
    changes.loc[changes["change_number"] == 105, "branch"] = "stable/kilo"

    assert needs(tables, bug_tasks=tasks, changes=changes)[2, "nova/kilo"] == "needs a fix"


def test_the_list_of_tasks_does_not_change_its_input_tables(tables):
    before = {name: frame.copy() for name, frame in tables.items()}

    shared(tables)

    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])
