"""The sentences about facts that saved bugs lack."""

import pandas as pd

from analysis.tables import schema
from analysis.tables.completeness import lacks_of_bugs, or_unknown, unserved


def bugs(*rows):
    names = ["bug_id", "title", "has_messages", "has_activity", "has_all_tasks"]
    return schema.BUGS.frame(pd.DataFrame(rows, columns=names))


def tasks(*rows):
    return schema.BUG_TASKS.frame(pd.DataFrame(rows, columns=["bug_id", "target", "status"]))


def test_bugs_that_were_fetched_completely_lack_nothing():
    assert lacks_of_bugs(bugs((1, "a", True, True, True)), tasks((1, "lamps", pd.NA))) == []


def test_each_unknown_fact_is_named_with_the_number_of_bugs():
    rows = bugs((1, "a", True, True, True), (2, "b", True, False, False), (3, "c", False, False, False))

    result = lacks_of_bugs(rows, tasks((1, "lamps", "New"), (2, "lamps", pd.NA), (3, "lamps", "New")))

    assert [sentence.partition(" bugs")[0] for sentence in result] == [
        "The history of 2 of 3",
        "What changed after this instant was not saved for 1 of 3",
        "The comments on 1 of 3",
        "Only the fetched project's tasks of 2 of 3",
    ]
    assert "nobody can tell when" in result[0] and "status then is unknown" in result[1]


def test_a_fact_that_is_unknown_for_every_bug_is_named_once_for_all():
    result = lacks_of_bugs(bugs((1, "a", False, True, True), (2, "b", False, True, True)), tasks())

    assert result == ["The comments on all 2 bugs were not saved"]


def test_a_hidden_bug_is_not_counted():
    assert lacks_of_bugs(bugs((1, pd.NA, False, False, False)), tasks()) == []


def test_open_changes_are_unknown_if_only_merged_ones_were_served():
    merged = schema.CHANGES.frame({"change_number": [1], "status": ["MERGED"], "has_labels": [True]})

    lacks = unserved(bugs((1, "a", True, True, True)), merged, n_commits=0)

    assert "open" in lacks and not {"changes", "merged", "closed"} & lacks
    sentence = or_unknown("No change is open.", "which are open", follows_from=["changes", "open"], missing=lacks)
    assert sentence == "No open change was fetched from Gerrit, so it is unknown which are open."
