"""`areas import` of a document that was made to use all memory or time ends with three lines, within bounds."""

import subprocess
import sys
import textwrap

import pytest

from analysis import cli

# The peak is that of the program alone: ru_maxrss would keep the size of the process that began it.
IMPORT = textwrap.dedent("""
    import re, resource, sys
    from pathlib import Path
    from analysis import cli
    from analysis.judge import areas

    def for_ever(text):
        while True:
            pass

    {before}
    code = cli.main(["areas", "import", sys.argv[1]])
    usage = resource.getrusage(resource.RUSAGE_SELF)
    peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    print(code, round(usage.ru_utime), int(peak) >> 10)
""")


def imported(path, before=""):
    """The exit code, CPU seconds, peak memory in MB and error output of a process."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT.format(before=before), str(path)], capture_output=True, text=True, check=True
    )
    *printed, last = done.stdout.splitlines()
    code, seconds, peak = map(int, last.split())
    assert not printed
    return code, seconds, peak, [line.split()[0] for line in done.stderr.splitlines()]


def nested(depth):
    return "Zed Priorities\n==============\n\n" + "\n\n".join("  " * n + "- a" for n in range(depth)) + "\n"


def substitutions(depth):
    lines = [f".. |a{n}| replace:: " + f"|a{n + 1}| " * 20 for n in range(depth)]
    return "Zed Priorities\n==============\n\n|a0|\n\n" + "\n".join(lines) + f"\n.. |a{depth}| replace:: boom\n"


THREE = ["expected", "found", "do"]
HOSTILE = {
    "letters without end": "x" * 3_000_000,
    "lists in lists": nested(900),
    "quotations in quotations": "Zed\n===\n\n" + "\n\n".join(" " * n + "a" for n in range(900)),
    "a table of one letter a cell": "+" + "-+" * 400 + "\n" + ("|" + "a|" * 400 + "\n+" + "-+" * 400 + "\n") * 400,
    "references to nothing": "`a`_ " * 30_000,
    "marks that begin and do not end": "**`|" * 60_000,
    "control characters": "Zed Priorities\n==============\n\n* \x00\x01\x02\n",
}


@pytest.mark.line
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_refused_in_bounded_time_and_memory(text, tmp_path):
    path = tmp_path / "hostile.rst"
    path.write_text(text, encoding="utf-8")

    code, seconds, peak, error_lines = imported(path)

    assert (code, error_lines) == (3, THREE)
    assert seconds <= 10 and peak < 600


@pytest.mark.line
def test_nested_substitutions_are_not_expanded(tmp_path):
    path = tmp_path / "bomb.rst"
    path.write_text(substitutions(9), encoding="utf-8")

    code, seconds, peak, error_lines = imported(path)

    assert (code, error_lines[:1]) == (3, THREE[:1])
    assert seconds <= 10 and peak < 600


@pytest.mark.line
def test_a_document_that_would_take_too_much_memory_is_refused(tmp_path):
    path = tmp_path / "priorities.rst"
    path.write_text("Zed Priorities\n==============\n\n* Lamps\n")

    code, _, peak, error_lines = imported(path, before="areas.import_priorities = lambda text: bytearray(1 << 30)")

    assert (code, error_lines) == (3, THREE)
    assert peak < 600


@pytest.mark.line
def test_a_document_that_would_take_too_long_is_refused(tmp_path):
    path = tmp_path / "priorities.rst"
    path.write_text("Zed Priorities\n==============\n\n* Lamps\n")
    before = "import analysis.cli.areas as command; command.MOST_SECONDS = 0.5; areas.import_priorities = for_ever"

    code, seconds, _, error_lines = imported(path, before=before)

    assert (code, error_lines) == (3, THREE)
    assert seconds <= 10


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe" + "Zed Priorities".encode("utf-16-le"), b"\x00" * 100, b"PK\x03\x04" + bytes(range(256)), b""],
    ids=["UTF-16", "nothing but NUL", "an archive", "empty"],
)
def test_a_file_that_is_not_text_is_refused_in_three_lines(content, tmp_path, capsys):
    path = tmp_path / "priorities.rst"
    path.write_bytes(content)

    assert cli.main(["areas", "import", str(path)]) == 3
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == THREE


def test_a_folder_is_refused_in_three_lines(tmp_path, capsys):
    assert cli.main(["areas", "import", str(tmp_path)]) == 3
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == THREE


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, capsys):
    path = tmp_path / "huge.rst"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # no block of it is on the disk

    assert cli.main(["areas", "import", str(path)]) == 3
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == THREE
