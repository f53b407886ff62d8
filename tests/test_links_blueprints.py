"""Blueprints named by commit messages and topics."""

import pandas as pd
import pytest
from served_records import rows

from analysis.judge.links import blueprints, lines
from analysis.tables import schema


def blueprint_rows(message=None, topic=None):
    changes = pd.DataFrame({"kind": ["change"], "ref": ["7"], "message": [message], "topic": [topic]}).astype("str")
    return rows(
        schema.validate(blueprints.build(changes, lines.candidate_lines(changes)), schema.BLUEPRINTS),
        "blueprint",
        "evidence",
        "relation",
    )


@pytest.mark.parametrize(
    ("line", "relation"),
    [
        ("Implements: blueprint cells-v2", "implements"),
        ("implements bp cells-v2", "implements"),
        ("Implements: bp/cells-v2", "implements"),
        ("blueprint: cells-v2", "implements"),
        ("Blueprint cells-v2.", "implements"),
        ("bp:cells-v2", "implements"),
        ("Implements: Blueprint bp/cells-v2", "implements"),
        ("https://blueprints.launchpad.net/nova/+spec/cells-v2", "implements"),
        ("Partially implements blueprint cells-v2", "partial"),
        ("Partial-implement-blueprint cells-v2", "partial"),
        ("Part of blueprint cells-v2", "partial"),
        ("This is part of the blueprint cells-v2 and the", "partial"),
        ("Progresses blueprint cells-v2", "partial"),
        ("Related to blueprint cells-v2", "related"),
        ("Needed by bp cells-v2", "related"),
        ("Related-Bug: cells-v2", "related"),
    ],
)
def test_a_blueprint_is_read_in_every_wording(line, relation):
    assert blueprint_rows(message=f"Do it\n\n{line}\n") == [("cells-v2", "footer", relation)]


@pytest.mark.parametrize(
    "line",
    [
        "In August the blueprint cells-v2 got merged",
        "As noted in blueprint cells-v2, it is slow",
        "The blueprint was approved last week",
        "Closes-Bug: #1500000",
        "Closes-Bug: TBD",
    ],
)
def test_a_blueprint_mentioned_in_a_sentence_is_not_read(line):
    assert blueprint_rows(message=f"Do it\n\n{line}\n") == []


@pytest.mark.parametrize(
    ("topic", "names"),
    [("bp/cells-v2", ["cells-v2"]), ("blueprint/Cells-V2", ["cells-v2"]), ("cells-v2", []), ("bug/1500000", [])],
)
def test_a_topic_names_a_blueprint_when_it_says_so(topic, names):
    assert blueprint_rows(topic=topic) == [(name, "topic", "implements") for name in names]
