"""A priorities document read into a skeleton area file, and its unread parts."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import cli
from analysis.errors import AreaFileError
from analysis.judge import areas

AREAS = Path(__file__).parents[1] / "data" / "areas"
WRAPPED = """
Newton Project Priorities
=========================

+-------------------------+-----------------------+
| Priority                | Primary Contacts      |
+=========================+=======================+
| `Nova-network/Neutron   | `Casey Example`_,     |
| Migration`_             | `Robin Example`_      |
+-------------------------+-----------------------+
| Plain words             | Sam Example           |
+-------------------------+-----------------------+
|                         | Nobody                |
+-------------------------+-----------------------+

.. _Casey Example: https://launchpad.net/~casey-example
.. _Robin Example: https://launchpad.net/~robin-example

Priorities without a clear plan
-------------------------------

* Simplify Quotas.

  * The current quota code has proved unreliable.

Nova-network/Neutron migration
------------------------------

Finish it, see `the spec <https://blueprints.launchpad.net/nova/+spec/finish-it>`_.

Forgotten
---------

Words.
"""


def imported(text):
    skeleton = areas.import_priorities(text)
    return tomllib.loads(skeleton.toml), skeleton.unread


def test_wrapped_cells_several_owners_and_their_accounts_are_read():
    file, _ = imported(WRAPPED)

    assert file["release"] == "newton"
    area = file["areas"]["nova-network-neutron-migration"]
    assert area["title"] == "Nova-network/Neutron Migration"
    assert area["owners"] == [
        {"name": "Casey Example", "launchpad": "casey-example"},
        {"name": "Robin Example", "launchpad": "robin-example"},
    ]
    assert area["blueprints"] == ["finish-it"]


def test_bullets_without_a_clear_plan_are_areas_and_their_bullets_are_comments():
    file, _ = imported(WRAPPED)

    assert file["areas"]["simplify-quotas"]["has_plan"] is False
    assert "# The current quota code has proved unreliable." in areas.import_priorities(WRAPPED).toml


def test_parts_that_could_not_be_read_are_named():
    _, unread = imported(WRAPPED)

    assert unread == (
        "the Launchpad name of 'Sam Example', owner of 'Plain words': the document links none",
        "a row of the table: 'Nobody' (it needs a priority and its owners)",
        "section 'Forgotten': the table does not declare it",
        "the cycle's dates, starts and ends: no priorities document has them",
    )


def titled(release, body):
    title = f"{release} Project Priorities"
    return f"{title}\n{'=' * len(title)}\n\n{body}"


@pytest.mark.parametrize(
    "text, titles",
    [
        (titled("Queens", "Cells\n-----\n\nx\n\nTraits\n------\n\ny\n"), ["Cells", "Traits"]),
        (titled("Train", "#. **Cyborg**: why\n\n   * more\n\n#. **VPMEM** why\n"), ["Cyborg", "VPMEM"]),
        (titled("Stein", "* Compute cells.\n* Placement\n"), ["Compute cells", "Placement"]),
    ],
    ids=["sections", "numbered", "bullets"],
)
def test_areas_of_a_document_without_a_table_are_its_sections_or_first_list(text, titles):
    file, _ = imported(text)

    assert [area["title"] for area in file["areas"].values()] == titles


def test_unread_parts_of_a_section_or_row_are_named():
    table = "======== ============= ========\nPriority Owner         Notes\n======== ============= ========\n"
    table += "Cells    Casey Example soon\n======== ============= ========\n\n"
    _, unread = imported(titled("Pike", f"{table}Cells\n-----\n\n.. code::\n\n   x = 1\n\nword\n   what it means\n"))

    assert unread[:4] == (
        "a further cell of 'Cells': 'soon'",
        "the Launchpad name of 'Casey Example', owner of 'Cells': the document links none",
        "a literal block in section 'Cells'",
        "a definition list in section 'Cells'",
    )


def test_unread_parts_below_or_before_the_sections_are_named():
    file, unread = imported(titled("Queens", "* Runways\n\nCells\n-----\n\nx\n\nLater\n~~~~~\n\ny\n"))

    assert list(file["areas"]) == ["cells"]
    assert unread[:2] == (
        "section 'Later': it lies below another",
        "the list that begins with 'Runways': it is in no section",
    )


def test_indented_bullets_without_a_clear_plan_are_areas_too():
    plan = "Priorities without a clear plan\n-------------------------------\n\nThings:\n\n"
    skeleton = areas.import_priorities(
        titled("Queens", f"{plan}  * Simplify Quotas.\n\n    * Unreliable.\n\n  * Flavors\n")
    )

    table = tomllib.loads(skeleton.toml)["areas"]
    assert {area_id: area["has_plan"] for area_id, area in table.items()} == {
        "simplify-quotas": False,
        "flavors": False,
    }
    assert "# Unreliable." in skeleton.toml


def test_a_document_of_themes_names_its_release():
    file, _ = imported("Train Project Themes\n====================\n\n* Cyborg\n")

    assert (file["release"], list(file["areas"])) == ("train", ["cyborg"])


def test_a_document_that_declares_nothing_says_so():
    file, unread = imported("Nothing here.")

    assert file.get("areas", {}) == {}
    assert unread[0] == "no area: the document has no table, section or list that declares one"


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Nothing here.", "no table, section or list that declares a priority"),
        ("* buy milk\n* buy bread\n", "lists or sections, and neither a title that names a release nor a table"),
        ("\n<!DOCTYPE html><ul><li>Cells</ul>", "a page in HTML"),
        ("Kilo Priorities\n===============\n\n* Cells\0\n", "characters that no text has"),
        (WRAPPED, ""),
        ("Train Project Themes\n====================\n\n* Cyborg\n", ""),
        ("======== =======\nPriority Owner\n======== =======\nCells    Casey\n======== =======\n", ""),
    ],
    ids=["prose", "any list", "html", "binary", "table", "titled list", "table without title"],
)
def test_a_text_that_is_no_priorities_document_says_why(text, doubt):
    assert areas.import_priorities(text).doubt == doubt


@pytest.mark.parametrize("content", [b"Nothing here.", b"", b"<html></html>", b"\x7fELF\x00\xff", b"* buy milk\n"])
def test_importing_another_kind_of_document_is_refused_and_prints_nothing(tmp_path, capsys, content):
    path = tmp_path / "any.rst"
    path.write_bytes(content)

    code = cli.main(["areas", "import", str(path)])

    output = capsys.readouterr()
    assert (code, output.out) == (AreaFileError.exit_code, "")
    assert [line.split()[0] for line in output.err.splitlines()] == ["expected", "found", "do"]


def test_a_document_cannot_include_a_file():
    _, unread = imported(".. include:: /etc/hostname\n")

    assert any('"include" directive disabled' in sentence for sentence in unread)


def test_a_skeleton_is_an_area_file_once_it_has_its_dates():
    skeleton = areas.import_priorities(WRAPPED).toml

    file = areas.parse(f"starts = 2016-04-07\nends = 2016-10-06\n{skeleton}", path="newton.toml")

    assert [area.area_id for area in file.areas] == ["nova-network-neutron-migration", "plain-words", "simplify-quotas"]


@settings(max_examples=60)
@given(st.text(max_size=120) | st.text("*-=_`|+: \nab.", max_size=120))
def test_any_text_gives_a_skeleton_that_is_valid_toml(text):
    tomllib.loads(areas.import_priorities(text).toml)


@pytest.mark.parametrize("release", ["kilo", "liberty", "mitaka"])
def test_the_real_documents_declare_what_the_curated_files_hold(real_data, release):
    file, unread = imported((real_data / f"priorities/{release}-priorities.rst").read_text(encoding="utf-8"))
    path = AREAS / f"{release}.toml"

    curated = areas.parse(path.read_text(encoding="utf-8"), path=path.name)

    def declared(title, has_plan, owners):
        return title.rstrip("."), has_plan, [tuple(owner) for owner in owners]

    results = [
        declared(
            area["title"], area.get("has_plan", True), [(o["name"], o["launchpad"]) for o in area.get("owners", ())]
        )
        for area in file["areas"].values()
    ]
    assert results == [
        declared(area.title, area.has_plan, [(owner.name, owner.launchpad) for owner in area.owners])
        for area in curated.areas
    ]
    assert unread == ("the cycle's dates, starts and ends: no priorities document has them",)


def bomb():
    lines = [f".. |a{n}| replace:: " + f"|a{n + 1}| " * 10 for n in range(12)]
    return "\n".join(
        ["Liberty Priorities", "==================", "", "* |a0|", "", *lines, ".. |a12| replace:: boom", ""]
    )


def test_a_substitution_is_named_and_never_expanded():
    skeleton = areas.import_priorities(bomb())

    assert "boom" not in skeleton.toml and len(skeleton.toml) < 10_000
    assert any("a0" in line for line in skeleton.unread)


@pytest.mark.parametrize(
    "text",
    ["\n".join("  " * n + "* x\n" for n in range(900)), "x" * 400_000],
    ids=["nested without end", "longer than any document"],
)
def test_an_unreadable_document_is_refused_in_three_lines(text):
    with pytest.raises(AreaFileError):
        areas.import_priorities(text)


def owners(area):
    return [owner["name"] for owner in area.get("owners", ())]


def test_owners_on_separate_lines_or_separated_by_slashes_are_separate_people():
    rows = (
        "======== ================ =========\nPriority Lead             Category\n======== ================ =========\n"
    )
    rows += "Cells    `Casey Example`_ Scale\n         `Robin Example`_ \nTraits   sam / kim (kk)   Placement\n"
    rows += "======== ================ =========\n\n.. _Casey Example: https://launchpad.net/~casey-example\n"
    rows += ".. _Robin Example: https://launchpad.net/~robin-example\n"

    file, _ = imported(titled("Newton", rows))

    assert {key: owners(area) for key, area in file["areas"].items()} == {
        "cells": ["Casey Example", "Robin Example"],
        "traits": ["sam", "kim"],
    }


def test_a_table_of_dates_is_refused_with_the_reason():
    rows = "====== ==========\nWeek   Event\n====== ==========\nR-5    Freeze\n====== ==========\n\n* Cells\n"

    file, unread = imported(titled("Pike", rows))

    assert list(file["areas"]) == ["cells"]
    assert unread[0] == "the table that begins with 'Week Event R-5 Freeze': a schedule"


@pytest.mark.parametrize(
    "title", ["Zed Cycle Themes", "Zed Project Priorities", "Priorities for Zed", "Nova Zed Review Priorities"]
)
def test_a_release_is_read_from_any_usual_title(title):
    assert imported(f"{title}\n{'=' * len(title)}\n\n* Cells\n")[0]["release"] == "zed"


def test_a_list_table_with_owners_by_nick_in_its_third_column_is_read():
    text = "2031.1 Project Priorities\n=========================\n\n.. list-table:: First\n   :header-rows: 1\n\n"
    text += "   * - Category\n     - Priority\n     - Champion\n     - Backup reviewers\n"
    text += "   * - Ports\n     - Lamps that dim\n     - kkv, Sam Example (sam)\n     - robin\n"
    text += "   * - Walls\n     - Switches\n     - TBD\n     -\n"

    file, unread = imported(text)

    assert file["release"] == "2031.1"
    assert {key: owners(area) for key, area in file["areas"].items()} == {
        "lamps-that-dim": ["kkv", "Sam Example"],
        "switches": [],
    }
    assert any("robin" in line for line in unread)


def test_bullets_that_name_owners_are_not_areas():
    text = "Zed Project Priorities\n======================\n\n"
    text += "Lamps that dim\n--------------\n\n* Who: kkv, Sam Example\n* Status: begun\n\nThe spring is weak.\n\n"
    text += "Switches\n--------\n\n* Owners: robin\n"

    file, _ = imported(text)

    assert {key: owners(area) for key, area in file["areas"].items()} == {
        "lamps-that-dim": ["kkv", "Sam Example"],
        "switches": ["robin"],
    }


def test_a_link_to_a_spec_names_its_blueprint():
    spec = "https://specs.example.org/nova-specs/specs/pike/approved/cells-down.html"

    file, _ = imported(titled("Pike", f"Cells\n-----\n\nSee `the spec <{spec}>`_.\n"))

    assert file["areas"]["cells"]["blueprints"] == ["cells-down"]


def test_sections_that_only_group_others_are_no_areas():
    text = "2031.1 Work Items\n=================\n\nLarge\n~~~~~\n\nCells\n-----\n\n:Who: casey, robin\n\nWords.\n\n"

    file, _ = imported(f"{text}Small\n~~~~~\n\n* Traits (sam)\n")

    assert file["release"] == "2031.1"
    assert {key: owners(area) for key, area in file["areas"].items()} == {
        "cells": ["casey", "robin"],
        "traits": ["sam"],
    }


def test_an_etherpad_is_read_by_its_outer_bullets_and_specs_by_their_names():
    pad = "Nova 2031.1 priorities\n\n    * Cells (casey)\n        * Owner: robin\n    * Traits\n"
    specs = "specs/zed/approved/cells-down\nspecs/zed/approved/more-traits.rst\n"

    file, listed = imported(pad)[0], imported(specs)[0]

    assert {key: owners(area) for key, area in file["areas"].items()} == {"cells": ["casey", "robin"], "traits": []}
    assert (file["release"], listed["release"]) == ("2031.1", "zed")
    assert [area["blueprints"] for area in listed["areas"].values()] == [["cells-down"], ["more-traits"]]


@pytest.mark.real_data
def test_the_nova_documents_from_newton_to_train_are_read_completely(real_data):
    releases = ("newton", "ocata", "pike", "queens", "rocky", "stein", "train")
    texts = [(real_data / "priorities" / f"{name}-priorities.rst").read_text(encoding="utf-8") for name in releases]

    files = [imported(text)[0] for text in texts]

    assert tuple(file["release"] for file in files) == releases
    assert sum(len(file.get("areas", {})) for file in files) == 25
    assert sum(len(owners(area)) for file in files for area in file.get("areas", {}).values()) == 28
