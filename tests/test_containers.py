"""The ready files for containers and Binder, as far as they can be checked without either."""

import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from analysis.cli.parser import parser

ROOT = Path(__file__).parents[1]
CONTAINERFILE = (ROOT / "Containerfile").read_text()


def test_the_container_copies_what_is_there_and_starts_jupyterlab_by_make():
    lines = (ROOT / "Containerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[2:-1]]
    run = "\n".join(line for line in lines if line.startswith(("RUN", "CMD")))
    targets = re.findall(r'\bmake[", ]+(setup|demo|lab)', run)
    rows = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1).split()
    (image,) = re.findall(r"^FROM \S+python:(\d+\.\d+)", "\n".join(lines), re.MULTILINE)

    assert copied and [name for name in copied if not (ROOT / name).exists()] == []
    assert targets == ["setup", "demo", "lab"] and set(targets) <= set(rows)
    assert f">={image}" == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]


def test_no_fetched_data_and_no_history_gets_into_a_container():
    left_out = (ROOT / ".dockerignore").read_text().split()
    ignored_by_git = (ROOT / ".gitignore").read_text().split()

    assert {".git", ".venv", "data/raw", "data/processed"} <= set(left_out)
    assert {name for name in ignored_by_git if name.startswith("data/")} <= {f"{name}/" for name in left_out}


def test_the_stub_that_the_container_sets_up_with_holds_the_version():
    setting_up = CONTAINERFILE.partition("make setup")[0]

    assert "COPY --chown=analyst analysis/__init__.py ./analysis/" in setting_up


def test_what_the_wheel_takes_along_is_copied_before_set_up_builds_it():
    copied = re.findall(
        r"[\w./-]+", " ".join(re.findall(r"^COPY --\S+ (.*)", CONTAINERFILE.partition("make setup")[0], re.M))
    )
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    taken = [*pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"], pyproject["project"]["readme"]]

    assert [name for name in taken if not any(Path(name).is_relative_to(each) for each in copied if each != "./")] == []


@pytest.fixture(scope="module")
def services():
    """The services of the compose file, with its default release."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (ROOT / "compose.yaml").read_text())
    return yaml.safe_load(text)["services"]


def mounted(service):
    """The mounted volume of each folder in the container of a service, and whether the service may write to it."""
    split = (each.split(":") for each in service["volumes"])
    return {source: (target, mode != ["ro"]) for source, target, *mode in split}


def test_compose_builds_the_image_of_the_container_and_both_services_use_it(services):
    assert set(services) == {"refresh", "web"}
    assert services["refresh"]["build"] == {"context": ".", "dockerfile": "Containerfile"}
    assert services["refresh"]["image"] == services["web"]["image"]


def test_compose_refreshes_every_week_by_targets_of_make_and_sooner_after_a_failure(services, tmp_path):
    shell, option, line = services["refresh"]["command"]
    called = {word for targets in re.findall(r"make --silent ((?:[a-z-]+ ?)+)", line) for word in targets.split()}
    fakes = {
        "make": 'echo make $* >>log; [ "$(grep -c make log)" != 3 ]',  # the third of them fails
        "sleep": "echo $* >>log; [ $(wc -l <log) -lt 5 ] || kill $PPID",
    }
    for name, does in fakes.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)

    assert called <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert called == {"refresh-data", "reports"}
    subprocess.run([shell, option, line], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, timeout=60)
    refreshed = "make --silent refresh-data VERIFY=yes FOR=4h"
    assert (tmp_path / "log").read_text().splitlines() == [
        refreshed, "make --silent reports", f"{7 * 24 * 3600}", refreshed, "3600",
    ]  # fmt: skip


def test_compose_keeps_data_where_the_container_has_it_and_the_web_cannot_write(services):
    (home,) = re.findall(r"^WORKDIR (\S+)$", CONTAINERFILE, re.MULTILINE)
    result = re.search(r"RUN mkdir -p (\S+) (\S+) &&", CONTAINERFILE).groups()
    refresh, web = mounted(services["refresh"]), mounted(services["web"])

    assert {target for target, writes in refresh.values() if writes} == {f"{home}/{folder}" for folder in result}
    for source, (target, _) in refresh.items():
        if source.startswith("."):
            assert (ROOT / source).is_dir() and target == f"{home}/{source.removeprefix('./')}"
    assert web == {"processed": (f"{home}/data/processed", False)}


def test_no_service_can_write_beside_its_volumes_or_gain_rights(services):
    for service in services.values():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert services["refresh"]["tmpfs"] == [services["refresh"]["environment"]["HOME"]]  # for what libraries cache


def test_the_web_server_shows_one_release_on_loopback_alone(services):
    web = services["web"]
    words = shlex.split(web["command"])

    assert [port.split(":") for port in web["ports"]] == [["127.0.0.1", "8000", "8000"]]
    assert words[:4] == ["python3", "-m", "http.server", "8000"]
    release = services["refresh"]["environment"]["RELEASE"]
    assert words[words.index("--directory") + 1] == f"data/processed/reports/{release}"
    assert (ROOT / "data" / "areas" / f"{release}.toml").is_file()
    assert (ROOT / "data" / "projects" / f"{services['refresh']['environment']['PROJECT']}.toml").is_file()


def test_binder_takes_the_environment_of_conda_and_makes_the_demo():
    post = ROOT / ".binder" / "postBuild"
    lines = [shlex.split(line) for line in post.read_text().splitlines() if line.startswith("python")]

    assert (ROOT / ".binder" / "environment.yml").resolve() == ROOT / "environment.yml"
    assert os.access(post, os.X_OK) and subprocess.run(["bash", "-n", post]).returncode == 0
    assert ["python", "-m", "pip", "install", "--no-cache-dir", "--no-deps", "-e", "."] in lines
    (command,) = [words[3:] for words in lines if words[:3] == ["python", "-m", "analysis"]]
    assert parser().parse_args(command).run == "demo.demo"
