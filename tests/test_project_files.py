"""Project files that people write: a fault in one stops only its own project."""

import shutil
from pathlib import Path

import pytest

from analysis import config, shipped
from analysis.build.projects import projects
from analysis.errors import ProjectFileError
from analysis.store import Scope

FAULTS = {
    "an unknown section": '[servers]\nlaunchpad_project = "shop"\ngerrit_project = "x/shop"\nrelease = "r"\n[reviw]\n',
    "an unknown key": '[servers]\nlaunchpad_project = "shop"\ngerrit_project = "x/shop"\nrelease = "r"\nrelese = "r"\n',
    "no TOML": '[servers]\nlaunchpad_project = "shop"\ngerrit_project = "x/shop"\nrelease = "r"\n[score\n',
    "no text": b"\xff\xfe\x00[servers]",
}


@pytest.fixture(params=FAULTS.values(), ids=FAULTS)
def faulty(request, tmp_path, monkeypatch):
    folder = tmp_path / "data" / "projects"
    folder.mkdir(parents=True)
    shutil.copy(shipped.HOME / "data" / "projects" / "nova.toml", folder)
    text = request.param if isinstance(request.param, bytes) else request.param.encode()
    (folder / "shop.toml").write_bytes(text)
    monkeypatch.chdir(tmp_path)
    return folder


def load(project):
    return config.load(project=project, data_dir=Path("none"), release=None, overrides={})


def test_a_typo_is_refused_in_three_parts_with_the_nearest_word(faulty):
    for before, after, words in [
        ("[score]", "[scoer]", ("the keys of ", "'scoer'", "write 'score'")),
        ("release ", "relese ", ("the keys of [servers] of ", "'relese'", "write 'release'")),
    ]:
        text = (faulty / "nova.toml").read_text(encoding="utf-8")
        (faulty / "typo.toml").write_text(text.replace(before, after, 1), encoding="utf-8")

        with pytest.raises(ProjectFileError) as raised:
            load("typo")

        expected, found, do = words
        assert raised.value.expected.startswith(f"{expected}{faulty / 'typo.toml'} among ")
        assert (raised.value.found, raised.value.do) == (found, do)


def test_a_fault_in_one_project_file_does_not_stop_another_project(faulty):
    assert load("nova").servers.launchpad_project == "nova"


def test_naming_the_faulty_file_raises_its_fault(faulty):
    with pytest.raises(ProjectFileError, match=r"shop\.toml"):
        load("shop")


class Held:
    """A store that holds one project of the faulty file and one of another."""

    def scopes(self):
        return [("launchpad", Scope("host", "nova")), ("launchpad", Scope("host", "shop"))]


def test_with_both_projects_built_only_the_faulty_one_fails(faulty):
    files = [file.sections for file in load("nova").all_projects]

    nova, shop = projects(Held(), files)

    assert (nova.name, shop.name) == ("nova", "shop")
    assert nova.sections.get("score", {}) is not None
    with pytest.raises(ProjectFileError, match=r"shop\.toml"):
        shop.sections.get("score", {})
