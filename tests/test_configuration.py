"""The reader of sections that people write: each error says where the fault is, what it is, and how to correct it."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar

import pytest
from msgspec import Meta, field

from analysis import config
from analysis.cli.configuration_check import SECTIONS
from analysis.errors import AreaFileError, ConfigError, ProjectFileError
from analysis.tables.configuration import Section, Sections, parse_toml
from analysis.tables.schema import Days, Importance


class Garden(Section, frozen=True):
    SECTION: ClassVar[str] = "garden"

    owner: str
    wait_days: Days = 3
    rest_days: Days | None = None
    beds: Annotated[int, Meta(ge=0, le=9, description="beds, from 0 to 9", examples=["4"])] = 1
    is_open: bool = True
    helpers: tuple[str, ...] = ()
    patience: Mapping[Importance, Days] = field(default_factory=dict)


BedName = Annotated[str, Meta(pattern=r"^[a-z_]+\Z", description="small letters", examples=["roses"])]


class Plant(Section, frozen=True):
    name: str
    sown_on: date | None = None


class Bed(Section, frozen=True):
    plants: tuple[Plant, ...]
    is_sunny: bool = False

    def check(self, where):
        if len({plant.name for plant in self.plants}) < len(self.plants):
            raise ProjectFileError(expected=f"each plant of {where} once", found="a repeat", do="take it out")


class Plan(Section, frozen=True):
    """A whole file."""

    title: str = ""
    bed: Mapping[BedName, Bed] = field(default_factory=dict)


class Orchard(Section, frozen=True):
    SECTION: ClassVar[str] = "orchard"
    FAULT: ClassVar[type[AreaFileError]] = AreaFileError

    trees: int = 0


def refused(section, *, file=""):
    with pytest.raises(ProjectFileError) as raised:
        Garden.from_mapping(section, file=file)
    return raised.value


def test_written_keys_are_read_and_other_keys_keep_their_defaults():
    section = {"owner": "casey", "wait_days": 5, "helpers": ["robin"], "patience": {"High": 1.5}}

    read = Garden.from_mapping(section)

    assert read == Garden("casey", wait_days=5, helpers=("robin",), patience={"High": 1.5})
    assert section["helpers"] == ["robin"]


@pytest.mark.parametrize(
    ("entry", "expected", "found", "do"),
    [
        ({"wait_day": 1}, "the keys of [garden] among owner, wait_days,", "'wait_day'", "write 'wait_days'"),
        ({"patience": {"Hihg": 1}}, "the keys of [garden.patience] among ", "'Hihg'", "write 'High'"),
        ({"patience": {"High": "1"}}, "High in [garden.patience] as days, from 0 to 100,000", "'1'", "High = 14"),
        ({"patience": 5}, "[garden.patience] as a table", "5", "write [garden.patience] on a line of its own"),
        ({"wait_days": -1}, "wait_days in [garden] as days, from 0 to 100,000", "-1", "wait_days = 14"),
        ({"wait_days": float("nan")}, "wait_days in [garden] as days", "nan", "wait_days = 14"),
        ({"wait_days": True}, "wait_days in [garden] as days", "True", "wait_days = 14"),
        ({"wait_days": 10**400}, "wait_days in [garden] as days", "1000", "wait_days = 14"),
        ({"rest_days": None}, "rest_days in [garden] as days", "None", "rest_days = 14"),
        ({"beds": 10}, "beds in [garden] as beds, from 0 to 9", "10", "beds = 4"),
        ({"beds": 2.0}, "beds in [garden] as beds, from 0 to 9", "2.0", "beds = 4"),
        ({"beds": 16**5000}, "beds in [garden] as beds, from 0 to 9", "a number of thousands of digits", "beds = 4"),
        ({"is_open": 1}, "is_open in [garden] as true or false", "1", "is_open = true"),
        ({"helpers": "robin"}, "helpers in [garden] as a list, each a text in quotes", "'robin'", 'helpers = ["..."]'),
        ({"helpers": [1]}, "helpers in [garden] as a list, each a text in quotes", "[1]", 'helpers = ["..."]'),
    ],
)
def test_a_wrong_value_is_refused_in_three_parts(entry, expected, found, do):
    error = refused({"owner": "casey"} | entry)

    assert error.expected.startswith(expected)
    assert error.found.startswith(found)
    assert do in error.do


def test_a_key_without_a_default_is_required():
    error = refused({}, file="shop.toml")

    assert error.expected == "owner in [garden] of shop.toml"
    assert (error.found, error.do) == ("no such key", 'add owner = "..."')


def test_a_long_value_is_not_repeated_whole():
    assert len(refused({"owner": ["x" * 5_000]}).found) == 200


def test_a_section_raises_the_error_of_its_kind_of_file():
    with pytest.raises(AreaFileError):
        Orchard.from_mapping({"trees": "3"})


@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.SECTION)
def test_every_section_refuses_a_wrong_type_under_each_of_its_keys(section):
    assert section.from_mapping({}) == section()
    for key in section.__struct_fields__:
        with pytest.raises(ProjectFileError) as raised:
            section.from_mapping({key: object()})
        assert key in raised.value.expected
        assert "object" in raised.value.found


PLAN = """
title = "Spring"

[bed.roses]
is_sunny = true
plants = [{ name = "Rosa alba", sown_on = 2015-04-30 }, { name = "Rosa rugosa" }]
"""


def test_sections_within_sections_are_read_by_the_same_rules():
    plan = Plan.from_toml(PLAN, file="plan.toml")

    roses = (Plant("Rosa alba", date(2015, 4, 30)), Plant("Rosa rugosa"))
    assert plan == Plan("Spring", {"roses": Bed(roses, is_sunny=True)})


@pytest.mark.parametrize(
    ("before", "after", "expected", "found", "do"),
    [
        ("title", "titel", "the keys of plan.toml among title, bed", "'titel'", "write 'title'"),
        ("is_sunny", "is_suny", "the keys of [bed.roses] of plan.toml among", "'is_suny'", "write 'is_sunny'"),
        ("true", "1", "is_sunny in [bed.roses] of plan.toml as true or false", "1", "is_sunny = true"),
        ("[bed.roses]", "[bed.Roses]", "each name in [bed] of plan.toml as small letters", "'Roses'", "[bed.roses]"),
        ("[bed.roses]", "[bed]", "[bed.is_sunny] of plan.toml as a table", "True", "write [bed.is_sunny] on a line"),
        ("2015-04-30", '"April"', "sown_on in entry 1 of plants in [bed.roses] of plan.toml as a day", "'April'", "="),
        ("2015-04-30", "2015-04-30T00:00:00", "sown_on in entry 1 of plants in [bed.roses]", "datetime", "2015-04-30"),
        ('{ name = "Rosa rugosa" }', "5", "entry 2 of plants in [bed.roses] of plan.toml as a table", "5", "in braces"),
        ('{ name = "Rosa rugosa" }', "{}", "name in entry 2 of plants in [bed.roses]", "no such key", 'name = "..."'),
        ("Rosa rugosa", "Rosa alba", "each plant of [bed.roses] of plan.toml once", "a repeat", "take it out"),
        ("plants = [{", 'plants = "all" # [{', "plants in [bed.roses] of plan.toml as a list of tables", "'all'", "[["),
        ('"Spring"', "Spring", "TOML in plan.toml", "Invalid value", "correct that line"),
    ],
)
def test_a_wrong_value_within_a_section_is_named_with_its_place(before, after, expected, found, do):
    with pytest.raises(ProjectFileError) as raised:
        Plan.from_toml(PLAN.replace(before, after), file="plan.toml")

    assert expected in raised.value.expected
    assert found in raised.value.found
    assert do in raised.value.do


def test_a_file_that_is_not_toml_raises_the_error_of_its_kind():
    with pytest.raises(ConfigError, match=r"TOML in list\.toml"):
        parse_toml("[[name", file="list.toml")


def test_the_sections_of_a_file_name_it_in_their_errors():
    sections = Sections({"garden": {"owner": "casey", "beds": 10}}, file="shop.toml")

    with pytest.raises(ProjectFileError, match=r"beds in \[garden\] of shop\.toml"):
        sections.read(Garden)


def test_every_section_that_a_project_file_may_have_has_one_reader():
    assert sorted(section.SECTION for section in [config.Servers, *SECTIONS]) == sorted(config.SECTIONS)


def test_reading_a_project_file_does_not_import_pandas():
    names = "import analysis.config, sys; print({'pandas', 'pyarrow'} & set(sys.modules))"

    printed = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, check=True).stdout

    assert printed == "set()\n"
