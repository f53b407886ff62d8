"""Commands as a user types them, on the invented project: their output and their exit codes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import cli

pytestmark = pytest.mark.line


@pytest.fixture(scope="module")
def world(invented_project, tmp_path_factory):
    return shutil.copytree(invented_project, tmp_path_factory.mktemp("world") / "data")


@pytest.fixture
def typed(world, capsys):
    def run(*words):
        code = cli.main(["--data-dir", str(world), *words])
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


def test_a_breached_limit_has_its_own_exit_code_whatever_page_was_made(typed):
    code, _, error = typed("report", "03_review_state", "--fail-on-breach")

    assert code == 10
    assert "over a limit" in error


def limited(folder, **days):
    """Nova's project file, with these limits by importance and no other."""
    own = folder / "limits.toml"
    nova = Path(__file__).parents[1] / "data" / "projects" / "nova.toml"
    allowed = "\n".join(f"{importance} = {n}" for importance, n in days.items())
    own.write_text(nova.read_text().split("[limits]")[0] + f"[limits.importance_days]\n{allowed}\n" * bool(days))
    return str(own)


def test_limits_lists_fixes_over_a_limit_and_has_its_own_exit_code(typed, tmp_path):
    code, output, error = typed("limits", "--project", limited(tmp_path, High=7))

    over = [float(line.split(" days over")[0]) for line in output.splitlines() if " days over  http" in line]
    assert code == 10
    assert over and over == sorted(over, reverse=True)
    assert output.startswith(f"open fixes of openstack/nova as of 2015-08-03 12:00 UTC: {len(over)} over a limit\n")
    assert output.count("the limit of importance High is 7 days") == len(over)
    assert f"found {len(over)} fixes over a limit" in error


@pytest.mark.parametrize(
    ("days", "why"),
    [({"High": 9999}, "No fix is known to wait longer"), ({}, "The project file sets no limits.")],
    ids=["far limits", "no limits"],
)
def test_without_a_breach_limits_exits_with_zero_and_says_why(typed, tmp_path, days, why):
    code, output, error = typed("limits", "--project", limited(tmp_path, **days))

    assert (code, error) == (0, "")
    assert ": 0 over a limit\n" in output and why in output


def test_limits_counts_unknown_waits_and_escapes_control_characters(tmp_path, capsys):
    def backport(number, **served):
        message = {"commit": {"message": f"A fix\n\nCloses-Bug: #{number}\n\nChange-Id: I{number:040}"}}
        uploaded = {"_number": 1, "created": "2015-05-01 10:00:00.000000000", **message}
        return {
            "_number": number, "project": "openstack/nova", "branch": "stable/kilo", "change_id": f"I{number:040}",
            "status": "NEW", "subject": "open\x1b[31mstack", "owner": {"_account_id": 1}, "current_revision": "a" * 40,
            "created": "2015-05-01 10:00:00.000000000", "updated": "2015-08-01 10:00:00.000000000",
            "revisions": {"a" * 40: uploaded}, **served,
        }  # fmt: skip

    passed = {
        "_account_id": 900,
        "username": "zuul",
        "name": "Zuul",
        "value": 1,
        "date": "2015-05-02 10:00:00.000000000",
    }
    served = backport(7, labels={"Verified": {"all": [passed]}, "Code-Review": {"all": []}}, messages=[])
    dump = tmp_path / "answer.json"
    dump.write_text(json.dumps([served, backport(8), backport(9)]))
    where = ("--data-dir", str(tmp_path / "data"))
    assert cli.main([*where, "fetch", "gerrit", "--dump", str(dump)]) == cli.main([*where, "build"]) == 0
    capsys.readouterr()

    code = cli.main([*where, "limits"])

    output = capsys.readouterr().out
    assert code == 10
    assert "/7  open\\x1b[31mstack\n" in output and "the limit of branch stable/kilo is 14 days" in output
    assert "for 2 more it is unknown how long they have waited" in output and "/8" not in output


def test_two_kept_runs_are_compared_with_the_instants_of_their_tables(typed):
    assert typed("build", "--as-of", "2015-07-20T12:00")[0] == 0
    assert typed("report", "01_overview")[0] == 0
    assert typed("build")[0] == 0
    assert typed("report", "01_overview")[0] == 0

    _, listed, _ = typed("runs")
    code, output, _ = typed("compare", "2015-07-20")

    assert listed.startswith("20150720")
    assert listed.count("what readers see now") == 1
    assert "  1 page\n" in listed
    assert code == 0
    assert output.startswith("# Open fixes of openstack/nova from 2015-07-20 to 2015-08-03")
    output, of_bugs = output.split("\n# Bugs of openstack/nova from 2015-07-20 to 2015-08-03: ")
    events = [line for line in output.splitlines() if line.startswith("- ")]
    assert len(events) == len(set(events)) and output.splitlines()[0].endswith(f": {len(events)} events")
    assert "\n- entered: [" in output and "\n- voted on (+2, +2): [" in output and "over its limit now (" in output
    assert len([line for line in of_bugs.splitlines() if line.startswith("- ")]) == int(of_bugs.split()[0])
    assert "\n- reported: [" in of_bugs


def test_a_run_is_not_compared_with_itself(typed):
    assert typed("report", "01_overview")[0] == 0
    _, listed, _ = typed("runs")
    current = next(line.split()[0] for line in listed.splitlines() if "readers see now" in line)

    code, _, error = typed("compare", current)

    assert code == 2
    assert f"found only {current}, which is what readers see now" in error


def test_a_misspelt_run_id_is_not_read_as_a_date(typed):
    assert typed("report", "01_overview")[0] == 0

    code, output, error = typed("compare", "20150803T120000Z-misspelt")

    assert (code, output) == (2, "")
    assert "found '20150803T120000Z-misspelt'" in error


def test_comparing_runs_on_the_same_data_says_so(typed):
    assert typed("report", "01_overview")[0] == 0
    assert typed("report", "09_backports")[0] == 0
    _, listed, _ = typed("runs")
    same = [line.split()[0] for line in listed.splitlines() if line.startswith("20150803")]

    code, _, error = typed("compare", *same[-2:])

    assert code == 2
    assert "two runs on data of different instants" in error and "both as of 2015-08-03T12:00:00Z" in error


def test_an_unknown_run_is_an_error_that_lists_the_kept_ones(typed):
    for words in (("compare", "1999-01-01"), ("report", "01_overview", "--since", "1999-01-01")):
        code, _, error = typed(*words)

        assert code == 2
        assert [line.split()[0] for line in error.splitlines()] == ["expected", "found", "do"]


def test_an_unknown_theme_is_refused_before_a_page_is_made(typed):
    code, output, error = typed("report", "05_themes", "-p", "theme=nosuch")

    assert (code, output) == (2, "")
    assert [line.split()[0] for line in error.splitlines()] == ["expected", "found", "do"]


def test_a_parameter_that_an_option_sets_is_refused(typed):
    code, output, error = typed("report", "01_overview", "-p", "release=kilo")

    assert (code, output) == (2, "")
    assert "do give it as --release" in error


def test_a_reviewer_gets_a_list_in_order(typed):
    code, output, _ = typed("todo", "--reviewer", "core-ada-example", "--most", "8")

    ranks = [line.split(".")[0].strip() for line in output.splitlines() if "/gerrit/" in line]
    assert (code, ranks) == (0, [str(rank) for rank in range(1, 9)])


def test_a_todo_list_fits_into_the_minutes_and_names_own_tasks(typed):
    code, output, _ = typed("todo", "--reviewer", "arden-example", "--minutes", "30")

    minutes = [float(part.split()[0]) for part in output.split("; about ")[1:]]
    assert code == 0 and 0 < sum(minutes) <= 30
    assert output.startswith("Mine to do:\n   - http") and "\nI could review, in 30 minutes:\n " in output
    assert "Bugs assigned on Launchpad:\n   - http" in output


def relabelled(folder):
    """Nova's project file, with another label for reviews and for approvals."""
    own = folder / "own.toml"
    nova = Path(__file__).parents[1] / "data" / "projects" / "nova.toml"
    others = nova.read_text().replace('"Code-Review"', '"Other-Review"').replace('"Workflow"', '"Other-Approval"')
    own.write_text(others)
    return str(own)


def test_only_votes_on_the_label_of_the_project_file_make_a_core(typed, tmp_path):
    asked = ("todo", "--reviewer", "core-ada-example", "--most", "50")

    _, usual, _ = typed(*asked)
    code, other, _ = typed("--project", relabelled(tmp_path), *asked)

    assert "needs second core" in usual
    assert code == 0 and "/gerrit/" in other and "needs second core" not in other


def test_pages_count_votes_on_the_label_of_the_project_file(typed, world, tmp_path):
    own = relabelled(tmp_path)

    assert typed("--project", own, "report", "10_review_times")[0] == 0

    page = world / "processed" / "reports" / "liberty" / "tables" / "10_review_times-until_review.json"
    assert {row["fixes"] for row in json.loads(page.read_text())["rows"][:3]} == {1.0}


def test_an_unknown_reviewer_is_an_error_with_similar_names(typed):
    code, _, error = typed("todo", "--reviewer", "nobody-of-that-name")

    assert code == 2
    assert [line.split()[0] for line in error.splitlines()] == ["expected", "found", "do"]


def test_coverage_is_printed_for_each_kind_of_work(typed):
    code, output, _ = typed("areas", "coverage")

    assert code == 0
    kinds = [line.split(":")[0] for line in output.splitlines()[::2]]
    assert kinds[:3] == ["merged fixes", "open bugs", "open fixes"]
    assert set(kinds[3:]) <= {"could be an area"}


def test_without_changes_counts_of_open_fixes_are_unknown(typed, tmp_path, capsys):
    bugs, where = str(tmp_path / "bugs.jsonl"), ("--data-dir", str(tmp_path / "data"))
    assert typed("save", "launchpad", bugs)[0] == 0
    assert cli.main([*where, "fetch", "launchpad", "--dump", bugs]) == cli.main([*where, "build"]) == 0
    capsys.readouterr()

    assert cli.main([*where, "limits"]) == cli.main([*where, "areas", "coverage"]) == 0

    output = capsys.readouterr().out
    assert "UTC: unknown which are over a limit\nNo change was fetched from Gerrit, so it is unknown" in output
    assert "open fixes: unknown. No change was fetched from Gerrit.\n" in output
    assert " open bugs, open fixes unknown\n" in output and "0 open fixes" not in output


def test_unread_lines_and_contradicted_links_are_listed(typed):
    code, unread, _ = typed("links", "unread")

    assert code == 0
    assert "lines that name a bug, or read like a footer, and made no link: " in unread
    code, output, _ = typed("links", "disagreements")
    assert code == 0
    assert "names" in output or "says" in output


def test_a_closed_output_pipe_gives_no_traceback(world):
    words = [sys.executable, "-m", "analysis", "--data-dir", str(world), "dictionary"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        error = process.stderr.read()

    assert (process.returncode, error) == (141, b"")


def test_control_characters_are_escaped_in_output(tmp_path, capsys):
    dump = tmp_path / "answer.json"
    dump.write_text(
        '[{"_number": 1, "project": "open\\u001b[31mstack", "branch": "master", "change_id": "I1", "status": "NEW",'
        ' "created": "2015-05-01 10:00:00.000000000", "updated": "2015-05-01 10:00:00.000000000",'
        ' "subject": "s", "owner": {"_account_id": 1}}]'
    )

    assert cli.main(["--data-dir", str(tmp_path / "data"), "fetch", "gerrit", "--dump", str(dump)]) == 0
    assert "open\\x1b[31mstack" in capsys.readouterr().out


def test_the_demo_removes_no_files_of_others(tmp_path, capsys):
    (tmp_path / "precious.txt").write_text("mine")

    assert cli.main(["--data-dir", str(tmp_path), "demo"]) == 2
    assert (tmp_path / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("release", ["libertyy", "../../evil", "x" * 3000])
def test_an_unknown_release_leaves_no_files_behind(typed, world, release):
    before = sorted(path.name for path in (world / "processed").iterdir())

    assert typed("report", "--release", release)[0] in (2, 3)
    assert sorted(path.name for path in (world / "processed").iterdir()) == before


@pytest.mark.parametrize("words", [("areas", "coverage"), ("compare", "2015-07-20")], ids=" ".join)
def test_a_release_that_was_not_built_is_refused_with_the_command_to_build(typed, words):
    code, _, error = typed(*words, "--release", "kilo")

    assert code == 2
    assert "build --release kilo" in error and "give --release liberty" in error


@pytest.mark.parametrize("named", [("--gerrit-project", "openstack/glance"), ("--project", "neutron")], ids="".join)
@pytest.mark.parametrize(
    "words",
    [("todo", "--reviewer", "core-ada-example"), ("report", "09_backports"), ("areas", "coverage"), ("runs",),
     ("links", "unread"), ("links", "disagreements"), ("compare", "2015-07-20"), ("build",)],
    ids=" ".join,
)  # fmt: skip
def test_an_unknown_project_is_never_answered_with_another_one(typed, named, words):
    code, output, error = typed(*named, *words)

    assert (code, output) == (2, "")
    assert [line.split()[0] for line in error.splitlines()] == ["expected", "found", "do"]
    assert "openstack/nova" in error and named[1] in error


def test_status_says_that_the_named_project_was_not_fetched(typed):
    _, usual, _ = typed("status")
    code, output, _ = typed("--project", "neutron", "status")

    assert (code, output.replace(usual, "")) == (
        0, "tables of openstack/neutron\n    none, and nothing of it is stored here: `fetch` brings it\n"
    )  # fmt: skip


@pytest.mark.parametrize(("day", "is_doubted"), [("2015-07-01", False), ("2016-01-01", False), ("2017-02-27", True)])
def test_a_report_says_if_its_data_are_from_outside_the_cycle(tmp_path, capsys, day, is_doubted):
    dump = tmp_path / "answer.json"
    dump.write_text(
        '[{"_number": 1, "project": "openstack/nova", "branch": "master", "change_id": "I1", "status": "NEW",'
        f' "subject": "s", "owner": {{"_account_id": 1}}, "updated": "{day} 10:00:00.000000000"}}]'
    )
    for words in (["fetch", "gerrit", "--dump", str(dump)], ["build"], ["report", "12_texts"]):
        assert cli.main(["--data-dir", str(tmp_path / "data"), *words]) == 0

    site = tmp_path / "data" / "processed" / "reports" / "liberty"
    lines = [capsys.readouterr().out]
    lines += [(site / name).read_text(encoding="utf-8") for name in ("index.html", "12_texts.html", "digest.md")]
    assert ["liberty was made from 2015-04-30 to 2015-10-15" in text for text in lines] == [is_doubted] * 4


def test_a_removed_table_is_built_again(typed, world):
    removed = next((world / "processed" / "queue.parquet").iterdir())
    removed.unlink()

    assert typed("build")[0] == 0
    assert removed.exists()


def test_a_todo_list_mentions_fixes_whose_turn_is_unknown(tmp_path, capsys):
    dump = tmp_path / "answer.json"
    dump.write_text(
        '[{"_number": 1, "project": "openstack/nova", "branch": "master", "change_id": "I1", "status": "NEW",'
        ' "created": "2015-05-01 10:00:00.000000000", "updated": "2015-05-01 10:00:00.000000000",'
        ' "topic": "bug/1400001", "subject": "s", "owner": {"_account_id": 1, "name": "Ada"}}]'
    )
    folder = ["--data-dir", str(tmp_path / "data")]
    assert cli.main([*folder, "fetch", "gerrit", "--dump", str(dump)]) == 0
    assert cli.main([*folder, "build"]) == 0
    capsys.readouterr()

    assert cli.main([*folder, "todo", "--reviewer", "1"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "nothing is known to wait for this reviewer",
        "for 1 of the open fixes it is unknown who must act: their votes are not in the data",
        "Mine, their turn unknown:",
        "   - https://review.opendev.org/1  s (turn unknown)",
    ]


def test_showing_no_run_of_the_laboratory_is_an_error_that_names_one(tmp_path, capsys):
    words = ["--data-dir", str(tmp_path), "quota-lab", "show"]

    assert cli.main(words) == 2
    assert "race some first, with `quota-lab run`" in capsys.readouterr().err
    race = ["--matrix", "smoke", "--database", "sqlite", "--design", "CountOnly"]
    assert cli.main([*words[:3], "run", *race]) == 0
    assert cli.main(words) == 2
    assert "1 that `quota-lab list` lists, such as think-CountOnly-sqlite" in capsys.readouterr().err
