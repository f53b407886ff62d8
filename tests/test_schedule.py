"""The shipped schedules: the program of each can read it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from conftest import missing
from twin_fetches import small, true_bugs

import twin
from analysis.store import Store

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[1]
SCHEDULE = ROOT / "schedule"
UNITS = ["bugfix-analysis.service", "bugfix-analysis-failed.service", "bugfix-analysis.timer"]
CALLING = ["crontab", "bugfix-analysis.service", "workflow.yml"]


@pytest.mark.parametrize("name", CALLING)
def test_every_schedule_calls_targets_that_make_has(name):
    text = "\n".join(line for line in (SCHEDULE / name).read_text().splitlines() if not line.startswith("#"))
    called = {word for targets in re.findall(r"\bmake ((?:[a-z-]+ ?)+)", text) for word in targets.split()}

    rows = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert called - {"--silent"} <= rows
    assert {"refresh-data", "reports"} <= called


@pytest.mark.parametrize("name", CALLING)
def test_every_schedule_looks_for_what_turned_private(name):
    assert re.search(r"make .*refresh-data.* VERIFY=yes", (SCHEDULE / name).read_text())

    words = ["make", "--dry-run", "refresh-data", "VERIFY=yes"]
    output = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "refresh --verify" in output


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_reads_the_units(unit, tmp_path):
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze")
    for name in UNITS:
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
    job = workflow_jobs()["report"]
    (tmp_path / "Makefile").write_text("refresh-data reports:\n\t@echo made $@ >>made\n")

    for step in (step["run"] for step in job["steps"] if "run" in step):
        subprocess.run(["bash", "-e", "-c", step], cwd=tmp_path, check=True, timeout=30)

    assert (tmp_path / "made").read_text() == "made refresh-data\nmade reports\n"
    assert set(paths(job, "actions/upload-artifact")) == {"data/processed/reports/liberty/"}
    assert "data/processed/reports/liberty/index.html" in (ROOT / "README.md").read_text()


def test_the_workflow_keeps_all_that_was_stored_and_no_file_that_people_review():
    job = workflow_jobs()["report"]

    kept = paths(job, "actions/cache/save")

    store = Store(Path("data"))
    assert {Path(path) for path in kept} == {store.raw, store.processed}
    words = ["git", "ls-files", "--", *kept]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout == ""


def test_the_workflow_saves_what_was_fetched_whatever_became_of_the_run():
    steps = workflow_jobs()["report"]["steps"]
    uses = [step.get("uses", "").partition("@")[0] for step in steps]
    restored, saved = steps[uses.index("actions/cache/restore")], steps[uses.index("actions/cache/save")]

    assert saved["if"] == "always()" and saved is steps[-1]
    assert saved["with"]["path"] == restored["with"]["path"]
    assert saved["with"]["key"].startswith(restored["with"]["restore-keys"])
    assert "run_id" in saved["with"]["key"] and "run_attempt" in saved["with"]["key"]  # a cache is never written twice


def test_the_fetch_of_a_schedule_ends_before_its_job_is_cut():
    job = workflow_jobs()["report"]
    (minutes,) = re.findall(r"FOR=(\d+)m", " ".join(step.get("run", "") for step in job["steps"]))
    unit = (SCHEDULE / "bugfix-analysis.service").read_text()

    assert int(minutes) < job["timeout-minutes"] - 60
    assert int(re.search(r"FOR=(\d+)h", unit)[1]) < int(re.search(r"TimeoutStartSec=(\d+)h", unit)[1])


def test_a_failed_run_sends_a_message_apart_from_the_report():
    failed = workflow_jobs()["failed"]
    unit = (SCHEDULE / "bugfix-analysis.service").read_text()

    assert failed["needs"] == "report" and "!= 'success'" in failed["if"] and "always()" in failed["if"]
    assert "OnFailure=bugfix-analysis-failed.service" in unit
    assert not paths(failed, "actions/upload-artifact")


def test_the_message_of_the_unit_for_failures_is_said_where_nothing_mails(tmp_path):
    (command,) = re.findall(r"(?m)^ExecStart=/bin/sh -c '(.*)'$", (SCHEDULE / UNITS[1]).read_text())
    for name, does in (("journalctl", "echo what went wrong"), ("logger", "cat > logged")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    shell = command.replace("$$", "$").replace("%%", "%").replace("\\\\n", "\\n")

    subprocess.run(["/bin/sh", "-c", shell], cwd=tmp_path, env={"PATH": f"{tmp_path}:/bin", "USER": "x"}, check=True)

    assert (tmp_path / "logged").read_text().strip() == "what went wrong"


@pytest.mark.parametrize("cut", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_cut_goes_on_the_next_time(cut, tmp_path):
    with twin.Server(small(twin.build_world(n_bugs=1)), latency=0.02) as served:
        words = [sys.executable, "-m", "analysis", "--data-dir", tmp_path, "--launchpad-root", served.launchpad_root,
                 "fetch", "launchpad", "--gerrit-root", served.gerrit_root, "--workers", "1"]  # fmt: skip
        first = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        until = time.monotonic() + 60
        while served.log.count("/activity") < 25 and time.monotonic() < until:
            time.sleep(0.02)
        first.send_signal(cut)
        first.communicate(timeout=60)
        served.log.clear()
        sealed = sum(snapshot.manifest.n_records for pair in Store(tmp_path).scopes()
                     for snapshot in Store(tmp_path).snapshots(*pair))  # fmt: skip

        second = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)

        n_bugs = len(true_bugs(served.worlds[0], served))
        assert first.returncode not in (0, None) and second.returncode == 0
        assert (sealed >= 20) == (cut != signal.SIGKILL)  # what came can be built at once, where there was time for it
        assert served.log.count("/activity") <= n_bugs - 20
        assert not any(status.gaps for status in Store(tmp_path).status())


def workflow_jobs():
    return yaml.safe_load((SCHEDULE / "workflow.yml").read_text())["jobs"]


def paths(job, action):
    """The paths in the steps of an action."""
    steps = [step for step in job["steps"] if step.get("uses", "").startswith(action)]
    return [path for step in steps for path in step["with"]["path"].split()]


def test_the_workflow_is_yaml_with_one_job_on_a_schedule():
    workflow = yaml.safe_load((SCHEDULE / "workflow.yml").read_text())

    assert list(workflow["jobs"]) == ["report", "failed"]
    assert "schedule" in workflow[True]  # YAML 1.1 reads the key `on` as true
