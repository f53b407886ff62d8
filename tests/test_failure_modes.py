"""The failure mode of a bug is read from people's own sentences, not from every pasted word."""

from pathlib import Path

import pandas as pd
import pytest

from analysis import themes
from analysis.errors import ConfigError
from analysis.tables import schema
from analysis.themes import failure_modes
from analysis.themes.text import PARTS, report_parts
from benchmarks import failure_modes as benchmark

MODES = themes.parse_failure_modes(
    (Path(__file__).parents[1] / "data" / "failure_modes.toml").read_text(encoding="utf-8")
)

TRACEBACK = """Traceback (most recent call last):
  File "/usr/lib/python2.7/site-packages/widget/manager.py", line 41, in _rollback_resize
    with lockutils.lock("race"):
  File "/usr/lib/python2.7/site-packages/widget/disk.py", line 9, in rollback
    return sizes[name]
"""
LOG = "2016-03-09 14:47:29.102 17597 DEBUG oslo_concurrency.lockutils [-] Lock released, deadlock avoided, race over\n"
SERVER = "| OS-EXT-STS:task_state | race |\n| locked | False |\n"


def reports(*texts):
    """Bugs with a title and a description each."""
    titles, descriptions = zip(*texts, strict=True)
    return schema.BUGS.frame({"bug_id": range(1, len(texts) + 1), "title": titles, "description": descriptions})


def modes_of(title, description=""):
    return failure_modes.find(reports((title, description)), MODES)["failure_mode"].tolist()


def evidence_of(title, description, mode):
    table = failure_modes.find(reports((title, description)), MODES).set_index("failure_mode")
    return table.loc[mode, "evidence"]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("The widget is never deleted after that.", "prose"),
        ("Note: this happens on every host", "prose"),
        ("nova fails to start after that", "prose"),
        ("2016-03-09 14:47:29.102 17597 ERROR nova.compute.manager [-] Gone", "log"),
        ("Mar  9 14:47:29 host nova-compute[3]: started", "log"),
        ("(nova.rpc): TRACE: in the middle of something", "log"),
        ("DEBUG nova.compute.claims [-] Claim successful", "log"),
        ("KeyError: 'flavor'", "exception"),
        ("2016-03-09 14:47:29.102 17597 TRACE nova.api.openstack ValueError: not a number", "exception"),
        ("oslo_db.exception.DBDeadlock: (1213, 'Deadlock found')", "exception"),
        ('  File "nova/api.py", line 3, in show', "traceback"),
        ("Traceback (most recent call last):", "traceback"),
        ("$ nova boot --flavor 1 one", "command"),
        ("[root@controller ~(keystone_admin)]# nova list", "command"),
        ("nova live-migration one host2", "command"),
        ("mysql> select locked from instances;", "command"),
        ("| locked | False |", "command"),
        ("HTTP/1.1 500 Internal Server Error", "command"),
        ('    "locked": false,', "command"),
        ("SELECT id FROM instances WHERE deleted = 0", "command"),
        ("use_cow_images = True", "configuration"),
        ("[database]", "configuration"),
        ("def rollback(self):", "code"),
        ("        self.lock.release()", "code"),
        ("diff --git a/nova/api.py b/nova/api.py", "code"),
    ],
)
def test_a_line_belongs_to_the_part_that_it_looks_like(line, part):
    parts = report_parts(reports(("a title", line))).loc[0]

    assert [name for name in PARTS[1:] if parts[name]] == [part]
    assert parts["title"] == "a title"


def test_below_a_frame_stands_code_and_below_that_the_exception():
    parts = report_parts(reports(("a", TRACEBACK + "BrokenWidget: no size\nI saw that twice.\n"))).loc[0]

    assert parts["traceback"].count("\n") == 4
    assert parts["exception"] == "BrokenWidget: no size"
    assert parts["prose"] == "I saw that twice."


def test_what_was_pasted_keeps_its_order():
    parts = report_parts(reports(("a", f"It hangs.\n{SERVER}Then:\n{LOG}"))).loc[0]

    assert parts["pasted"] == (SERVER + LOG).strip("\n")
    assert parts["prose"] == "It hangs.\nThen:"


def test_many_reports_are_split_as_each_alone(monkeypatch):
    some = reports(("a", TRACEBACK), ("b", "Result: it hangs"), ("c", LOG), ("d", None), ("e", SERVER))

    whole = report_parts(some)

    monkeypatch.setattr("analysis.themes.text.parts.CHUNK", 2)
    pd.testing.assert_frame_equal(report_parts(some), whole)


def test_a_report_that_ends_in_a_frame_says_nothing_of_the_next():
    parts = report_parts(reports(("a", TRACEBACK), ("b", "Result: it hangs")))

    assert parts["prose"].tolist() == ["", "Result: it hangs"]


@pytest.mark.parametrize("text", ["", "\n\n", "\r\n \r\n", None])
def test_a_report_without_text_has_empty_parts(text):
    assert not report_parts(reports(("a title", text))).loc[0, list(PARTS[1:])].any()


def test_no_report_has_no_parts_and_no_mode():
    none = reports(("a", "b")).head(0)

    assert report_parts(none).columns.tolist() == [*PARTS, "pasted"]
    assert failure_modes.build(none, MODES).empty


def test_half_a_character_is_no_reason_to_fail():
    strange = pd.DataFrame({"title": ["\ud800 race"], "description": ["\udfff\x00 deadlock"]}, dtype=object)

    assert {"race", "deadlock"} <= set(failure_modes.find(strange, MODES)["failure_mode"])


@pytest.mark.parametrize(
    ("title", "description", "mode"),
    [
        ("Race between delete and resize", "", "race"),
        (
            "Port is bound twice",
            "Two requests at the same time both see it as free. It only happens sometimes.",
            "race",
        ),
        ("Fixed address is given away twice", TRACEBACK + "DBDeadlock: (1213, 'try restarting transaction')", "race"),
        ("The periodic task hangs", "", "deadlock"),
        ("nova-compute", "The call never returns.", "deadlock"),
        ("Volume connection leaks", "", "leak"),
        ("Resize fails", "The old disk is not cleaned up and fills the host.", "leak"),
        ("Resize fails", TRACEBACK + "KeyError: 'disk'\n", "crash"),
        ("Show server raises HTTP 500", "", "crash"),
        ("Attach volume", "The call timed out after a minute.", "timeout"),
        ("Listing servers is very slow", "", "performance"),
        ("Rescue no longer works", "", "regression"),
        ("Rescue fails", "This was introduced by the change that merged last week.", "regression"),
        ("Database schema after upgrade", "The schema migration drops a column.", "upgrade"),
        ("Non-ascii name breaks boot", TRACEBACK + "UnicodeDecodeError: 'ascii' codec can't decode byte", "encoding"),
        ("Admin token is written to a log", "This discloses sensitive data.", "security"),
        ("Negative size is not validated", "", "validation"),
        ("Make the poll interval configurable", "It is hard coded.", "configuration"),
        ("test_resize_server fails intermittently", "http://logs.openstack.org/1/2", "flaky_test"),
        ("Usage shows a wrong value", "", "wrong_result"),
        ("Quota of the user", "It should be 3 but the server shows 2.", "wrong_result"),
    ],
)
def test_what_people_say_of_a_failure_is_its_mode(title, description, mode):
    assert mode in modes_of(title, description)


@pytest.mark.parametrize(
    ("title", "description", "mode"),
    [
        ("Resize fails", LOG * 3, "race"),
        ("Resize fails", LOG * 3, "deadlock"),
        ("Resize fails", TRACEBACK + "KeyError: 'disk'\n", "race"),
        ("Server shows no address", SERVER, "race"),
        ("Rollback of a resize forgets the flavor", "The flavor is rolled back but the disk is not.", "race"),
        ("Usage is out of sync", "After a failed resize it is one too high.", "race"),
        ("Locked server can be stopped", "An unlocked one as well.", "race"),
        ("Build limit is ignored", "The max concurrent builds are set to 3.", "race"),
        ("It seems not a race", "It fails every time.", "race"),
        ("Remove the security group from the port", "Security groups are per port.", "security"),
        ("Quota class", "regression potential: none. [Regression Potential] low.", "regression"),
        ("Remove the unused rollback function", "It is not used anywhere.", "wrong_result"),
        ("[RFE] Show the number of hosts", "It does not show the value but should.", "wrong_result"),
        ("Typo in the docstring of the race test", "", "race"),
        ("Unit test of the widget fails on my machine", "It always fails, every time, locally.", "flaky_test"),
        ("Command hangs", "^C" + TRACEBACK + "KeyboardInterrupt\n", "crash"),
    ],
)
def test_a_stray_word_is_no_failure_mode(title, description, mode):
    assert mode not in modes_of(title, description)


def test_what_no_other_mode_claims_is_a_wrong_result_where_something_is_amiss():
    assert modes_of("Host aggregate", "The second host is never listed.") == ["wrong_result"]
    assert modes_of("Second host not listed", "") == ["wrong_result"]
    assert modes_of("Host aggregate", "The second host is not listed.") == []
    assert modes_of("Host aggregate crashes", "The second host is not listed.") == ["crash"]


def test_evidence_names_the_words_and_the_part_that_they_stand_in():
    assert evidence_of("Race condition in resize", "It hangs. Thread-safe?", "race") == [
        "title: Race condition",
        "prose: Thread-safe",
    ]
    assert evidence_of("Resize", TRACEBACK + "DBDeadlock: x" + "y" * 100, "deadlock") == ["exception: DBDeadlock"]


def list_of(*evidence, more="", alone=""):
    entries = "".join(f"[[failure_mode.evidence]]\n{each}\n" for each in evidence)
    return f"[[failure_mode]]\nid = 'a'\ntitle = 'A'\n{alone}\n{entries}{more}"


def found_by(content, title, description=""):
    modes = themes.parse_failure_modes(content)
    return failure_modes.find(reports((title, description)), modes)["failure_mode"].tolist()


def test_a_plain_list_of_words_is_still_one():
    content = "[[failure_mode]]\nid = 'a'\ntitle = 'A'\nwords = ['lost update*', 'race']\n"

    assert found_by(content, "Lost-updates") == ["a"]
    assert found_by(content, "x", "a race") == ["a"]
    assert found_by(content, "x", LOG) == []


def test_two_weak_signs_confirm_each_other_and_one_said_twice_does_not():
    content = list_of("points = 1\nwords = ['sometimes', 'rarely']", "points = 1\nwords = ['at once']")

    assert found_by(content, "sometimes at once") == ["a"]
    assert found_by(content, "sometimes", "sometimes, rarely") == []


def test_words_may_speak_against_a_mode():
    content = list_of("words = ['race']", "points = -2\nparts = ['title']\nwords = ['not a race']")

    assert found_by(content, "race") == ["a"]
    assert found_by(content, "not a race") == []
    assert found_by(content, "race", "not a race") == ["a"]


def test_a_gap_holds_a_few_words_of_one_sentence():
    content = list_of("words = ['should ... refused']")

    assert found_by(content, "it should be refused") == ["a"]
    assert found_by(content, "x", "it should\nhave been refused") == ["a"]
    assert found_by(content, "it should work. It is refused") == []
    assert found_by(content, "it should be said that this and that was refused") == []


def test_points_beside_another_mode_are_those_of_that_mode():
    other = "[[failure_mode]]\nid = 'b'\ntitle = 'B'\nwords = ['crash']\n"
    content = list_of("points = 3\nwords = ['wrong']", alone="beside = { b = -2 }", more=other)

    assert found_by(content, "wrong") == ["a"]
    assert found_by(content, "wrong crash") == ["b"]


@pytest.mark.parametrize(
    "content",
    [
        "[[failure_mode]]\nid = 'a'\ntitle = 'A'\n",
        list_of("words = []"),
        list_of("words = ['x']\nparts = ['body']"),
        list_of("words = ['x']\npoints = 10"),
        list_of("words = ['x']\nweight = 1"),
        list_of("words = ['x']", alone="beside = { nobody = 1 }"),
    ],
)
def test_evidence_that_says_nothing_or_something_unknown_is_refused(content):
    with pytest.raises(ConfigError):
        themes.parse_failure_modes(content)


def test_the_table_has_a_row_for_each_mode_of_each_bug():
    bugs = reports(("Race", ""), ("Widget", ""), ("Race and leak", "")).assign(bug_id=[30, 10, 20])

    table = failure_modes.build(bugs, MODES)

    assert list(zip(table["bug_id"], table["failure_mode"], strict=True)) == [(20, "leak"), (20, "race"), (30, "race")]
    assert (table["points"] >= failure_modes.ENOUGH).all()
    assert not table["is_learned"].any()


def test_a_bug_is_counted_for_a_mode_where_both_readers_agree():
    labels = {1: ({"race"}, {"race"}), 2: ({"race"}, set()), 3: (set(), set()), 4: ({"race"}, {"race"})}

    table = benchmark.scores(labels, {"race": {1, 2, 3}})

    assert table.loc["race"].round(2).tolist() == [2, 1, 1, 0.5, 0.5, 0.5]


def test_on_real_reports_the_two_readers_are_agreed_with(real_data):
    labels = benchmark.read_labels(real_data / "labels-failure-modes.jsonl")
    bugs = benchmark.read_bugs(real_data / "launchpad-nova-2017-10-17.jsonl.gz")
    labelled = bugs[bugs["bug_id"].isin(list(labels))].reset_index(drop=True)

    table = benchmark.scores(labels, benchmark.found_by_points(labelled, MODES))

    assert benchmark.macro_f1(table) >= 0.70
    assert (table.loc["race", ["precision", "recall"]] >= 0.80).all()
