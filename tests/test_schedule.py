"""The schedules that ship: each is read by the program that it is for."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import missing

from analysis.store import Store

ROOT = Path(__file__).parents[1]
SCHEDULE = ROOT / "schedule"
FILES = ["crontab", "bugfix-analysis.service", "bugfix-analysis.timer", "workflow.yml"]


@pytest.mark.parametrize("name", FILES)
def test_every_schedule_calls_targets_that_make_has(name):
    text = "\n".join(line for line in (SCHEDULE / name).read_text().splitlines() if not line.startswith("#"))
    called = {word for targets in re.findall(r"\bmake ((?:[a-z-]+ ?)+)", text) for word in targets.split()}

    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert called - {"--silent"} <= known
    assert name.endswith(".timer") or "reports" in called


@pytest.mark.parametrize("name", ["crontab", "bugfix-analysis.service", "workflow.yml"])
def test_every_schedule_looks_for_what_turned_private(name):
    assert re.search(r"make .*refresh-data.* VERIFY=yes", (SCHEDULE / name).read_text())

    words = ["make", "--dry-run", "refresh-data", "VERIFY=yes"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "fetch launchpad --verify" in said and "fetch gerrit --verify" in said


@pytest.mark.parametrize("unit", FILES[1:3])
def test_systemd_reads_the_units(unit, tmp_path):
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze")
    for name in FILES[1:3]:
        shutil.copy(SCHEDULE / name, tmp_path)

    verify = ["systemd-analyze", "--user", "verify", tmp_path / unit]
    read = subprocess.run(verify, env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}, capture_output=True, text=True)

    assert read.returncode == 0, read.stderr


def test_the_line_of_the_crontab_has_five_fields_and_runs_in_a_shell(tmp_path):
    (line,) = [line for line in (SCHEDULE / "crontab").read_text().splitlines() if re.match(r"[0-9*]", line)]
    command = line.split(None, 5)[5]
    (tmp_path / "Makefile").write_text("refresh-data reports:\n\t@echo made $@\n")

    ran = subprocess.run(["sh", "-c", command], env={"HERE": str(tmp_path), "PATH": "/usr/bin:/bin"}, timeout=30)

    assert ran.returncode == 0
    assert (tmp_path / "report.log").read_text() == "made refresh-data\nmade reports\n"


@pytest.mark.parametrize(("code", "mailed"), [(0, ""), (10, "what it said\n")])
def test_the_alarm_of_the_crontab_is_silent_until_a_limit_is_breached(code, mailed, tmp_path):
    (line,) = [line[1:] for line in (SCHEDULE / "crontab").read_text().splitlines() if re.match(r"#[0-9*]", line)]
    command = line.split(None, 5)[5]
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\n[ "$*" = "-m analysis limits" ] || exit 99\necho what it said\nexit {code}\n')
    python.chmod(0o755)

    words = {"env": {"HERE": str(tmp_path), "PATH": "/usr/bin:/bin"}, "timeout": 30, "capture_output": True}
    ran = subprocess.run(["sh", "-c", command], text=True, **words)

    assert (ran.stdout, ran.stderr, ran.returncode) == (mailed, "", 0)


def test_the_steps_of_the_workflow_run_in_a_shell_and_keep_what_the_report_needs(tmp_path):
    (job,) = yaml.safe_load((SCHEDULE / "workflow.yml").read_text())["jobs"].values()
    (tmp_path / "Makefile").write_text("refresh-data reports:\n\t@echo made $@ >>made\n")

    for step in (step["run"] for step in job["steps"] if "run" in step):
        subprocess.run(["bash", "-e", "-c", step], cwd=tmp_path, check=True, timeout=30)

    assert (tmp_path / "made").read_text() == "made refresh-data\nmade reports\n"
    assert set(paths(job, "actions/upload-artifact")) == {"data/processed/reports/liberty/"}
    assert "data/processed/reports/liberty/index.html" in (ROOT / "README.md").read_text()


def test_the_workflow_keeps_all_that_was_stored_and_no_file_that_people_review():
    (job,) = yaml.safe_load((SCHEDULE / "workflow.yml").read_text())["jobs"].values()

    kept = paths(job, "actions/cache")

    store = Store(Path("data"))
    assert {Path(path) for path in kept} == {store.raw, store.processed}
    words = ["git", "ls-files", "--", *kept]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout == ""


def paths(job, action):
    """The paths that the steps of an action are given."""
    steps = [step for step in job["steps"] if step.get("uses", "").startswith(action)]
    return [path for step in steps for path in step["with"]["path"].split()]


def test_the_workflow_is_yaml_with_one_job_on_a_schedule():
    workflow = yaml.safe_load((SCHEDULE / "workflow.yml").read_text())

    assert list(workflow["jobs"]) == ["report"]
    assert "schedule" in workflow[True]  # YAML 1.1 reads the key `on` as true
