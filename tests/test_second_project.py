"""The same line for another project: Neutron's profile and areas, on the invented project under Neutron's name."""

import json

from analysis import cli
from analysis.twin import World


def test_neutrons_profile_makes_neutrons_report(tmp_path, capsys):
    world = World.build(n_bugs=60, launchpad_project="neutron", gerrit_project="openstack/neutron")
    world.write_dump(tmp_path / "changes.json")
    line = ["--data-dir", str(tmp_path / "data"), "--project", "neutron"]

    for command in (
        ["fetch", "gerrit", "--dump", str(tmp_path / "changes.json")],
        ["build"],
        ["report", "01_overview"],
    ):
        assert cli.main([*line, *command]) == 0, capsys.readouterr().err

    tables = tmp_path / "data" / "processed" / "reports" / "neutron-tags" / "tables"
    areas = json.loads((tables / "01_overview-areas.json").read_text())["rows"]
    assert [row["title"] for row in areas][:2] == ["Access control", "API"]
    assert {row["owners"] for row in areas} == {"nobody is named"}
    assert sum(row["n_open_fixes"] for row in areas) > 0
    assert "openstack/neutron" in (tables.parent / "index.html").read_text()
