"""The files that people wrote: the areas of each release and Nova's rules."""

import re
import tomllib
from pathlib import Path

import pytest

from analysis.errors import AreaFileError
from analysis.judge import areas, queue, review_state

DATA = Path(__file__).parents[1] / "data"
FILES = sorted((DATA / "areas").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_area_file_reads_and_is_named_for_its_release(path):
    file = areas.parse(path.read_text(encoding="utf-8"), path=path.name)

    assert file.release == path.stem
    assert file.starts < file.ends


def test_the_area_file_that_the_how_to_shows_reads():
    page = (DATA.parent / "docs" / "howto" / "another_project.md").read_text(encoding="utf-8")
    _, example = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)

    file = areas.parse(example, path="another_project.md")

    assert [(area.area_id, area.all_fixes) for area in file.areas] == [("api", False), ("all", True)]


def test_the_error_for_a_file_without_areas_shows_a_minimal_area():
    top = 'release = "yours"\nsource = ""\nstarts = 2026-04-01\nends = 2026-10-01\n'

    with pytest.raises(AreaFileError, match="all_fixes = true"):
        areas.parse(top, path="yours.toml")


def test_liberty_has_every_priority_with_its_owners_and_every_group_without_a_plan():
    file = areas.parse((DATA / "areas/liberty.toml").read_text(encoding="utf-8"), path="liberty.toml")

    assert {area.title: [owner.launchpad for owner in area.owners] for area in file.areas if area.has_plan} == {
        "Cells V2": ["alaski"],
        "V2.1 API": ["oomichi", "sdague"],
        "Scheduler": ["jaypipes"],
        "Upgrades": ["danms"],
        "DevRef Update": ["johngarbutt"],
    }
    assert [area.title for area in file.areas if not area.has_plan] == [
        "A plan for the future of flavors, image properties and host aggregates",
        "Tasks for API triggered operations",
        "Simplify Quotas",
        "Revisit how we talk to Glance, Neutron and Cinder APIs",
        "Feature Test Classification",
        "Fixing more bugs",
    ]


def test_the_area_rules_of_nova_are_read():
    project = tomllib.loads((DATA / "projects/nova.toml").read_text(encoding="utf-8"))

    assert review_state.Rules.from_mapping(project["review"]).core_votes == {"openstack/nova": 2}
    assert queue.Score.from_mapping(project["score"]) == queue.Score()
