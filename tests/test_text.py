"""Bug text to tokens: which words are kept and which are dropped, even for hostile texts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.themes import text

TRACEBACK = """2015-05-01 10:00:00.123 1234 ERROR nova.compute.manager [req-1d2c3b4a-1111-2222-3333-444455556666 - -] Traceback (most recent call last):
  File "/usr/lib/python2.7/dist-packages/nova/compute/manager.py", line 10, in build
    self.reserve(one)
  File "/usr/lib/python2.7/dist-packages/nova/compute/claims.py", line 20, in claim
    second()
  File "/usr/lib/python2.7/dist-packages/nova/quota.py", line 30, in reserve
    third()
  File "/usr/lib/python2.7/dist-packages/nova/db/api.py", line 40, in quota_reserve
    raise exception.OverQuota()
OverQuota: Quota exceeded for cores"""  # noqa: E501


def test_an_identifier_is_a_token_whole_and_in_parts():
    assert text.tokens("InstanceNotFound in vm_state, XMLParser") == [
        "instance", "instancenotfound", "state", "vm_state", "xml", "parser", "xmlparser",
    ]  # fmt: skip


def test_letters_with_digits_name_things():
    assert text.tokens("ec2 L3 x509 v2 3 42") == ["ec2", "l3", "x509", "v2"]


@pytest.mark.parametrize(
    "words", ["IP IPs", "VM VMs", "address addresses", "policy policies", "prefix prefixes", "process processes"]
)
def test_the_one_and_the_many_are_one_token(words):
    assert len(set(text.tokens(words))) == 1


def test_what_says_which_one_and_not_what_kind_is_dropped():
    assert text.tokens("5f3c9a1b2d 0xdeadbeef01") == []


def test_words_of_other_alphabets_survive():
    assert text.tokens("Ошибка квоты café 配额错误") == ["ошибка", "квоты", "café", "配额", "额错", "错误"]


def test_a_traceback_is_reduced_to_its_innermost_frames_and_its_exception():
    lines = text.clean(TRACEBACK).split("\n")

    assert lines == [
        "nova/compute/claims claim".removeprefix("nova/"),
        "nova/quota reserve",
        "db/api quota_reserve",
        "OverQuota: Quota exceeded for cores",
    ]


def test_java_frames_are_reduced_too():
    words = text.clean(
        "IOException: x\n" + "".join(f"\tat org.apache.hadoop.Fs.step{n}(Fs.java:{n})\n" for n in range(9))
    )

    assert words.split("\n") == ["IOException: x", "Fs.step0", "Fs.step1", "Fs.step2", ""]


@pytest.mark.parametrize(
    "words",
    [
        "Change-Id: I0123456789abcdef0123456789abcdef01234567",
        "Closes-Bug: #1234567",
        "Steps to reproduce\n==================",
        "Exact version of OpenStack you are running. See the following list for all releases",
        "https://bugs.launchpad.net/nova/+bug/1234567",
        "ii  lamp-common   1:2015.1.0-0ubuntu1.1~cloud0   all   Lamps - common files",
        "lamp-dimmer-11.0.1-2.el7.noarch\nlamp-common   2:15.0.5-0ubuntu1\nlamp-core-2014.1-2.el7",
        "ProblemType: Bug\nDistroRelease: Ubuntu 11.10\nProcEnviron: LANG=C\nUname: Linux 3.0 i686",
        "Unexpected API Error. Please report this at http://bugs.example.org/ and attach the Lamp API log if possible.",
        "http://search.example.org/#/board?query=message%3A%5C%22lamp's%20out%5C%22%20AND%20tags%3Ascreen",
        "casey@example.org 10.0.0.1 fa:16:3e:00:11:22 1d2c3b4a-1111-2222-3333-444455556666",
    ],
)
def test_what_every_report_has_is_dropped(words):
    assert text.tokens(text.clean(words)) == []


@pytest.mark.parametrize(
    "words",
    [
        "Lamp 12.0.1-1.el7 flickers",
        "Package lists with lamp-core-2014.1-2.el7.noarch flicker",
        "Date: a lamp flickers",
        "A lamp at 50% of 100% flickers",
        "http://lamp.example.org/v2/flickers%20twice",
    ],
)
def test_a_sentence_with_a_version_a_field_or_a_percentage_is_kept(words):
    assert {"flicker", "flickers"} & set(text.tokens(text.clean(words)))


def test_mentions_are_told_by_kind():
    result = text.mentions(
        "ERROR nova.compute: OverQuota, InstanceNotFound in nova/quota.py, see [DEFAULT]/quota_cores"
    )

    assert result == text.Mentions(("OverQuota", "InstanceNotFound"), ("nova/quota.py",), ("quota_cores",), ("ERROR",))


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("[api] server is gone", ()),
        ("[DEFAULT]/debug", ("debug",)),
        ("[libvirt] live_migration_uri is wrong", ("live_migration_uri",)),
        ("quota_cores = 5", ("quota_cores",)),
    ],
)
def test_an_option_is_told_from_a_tag_of_a_title(words, options):
    assert text.mentions(words).options == options


def test_a_paste_of_megabytes_counts_its_first_part_only():
    first = "quota leak " * 2000

    assert text.clean(first + "x" * 5_000_000) == text.clean(first[: text.LIMIT])


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "\n",
        "=#",
        "1.",
        "a@a.",
        "a/",
        "[a",
        "--a-",
        "\tat a.b(",
        "%20",
        "a%20",
        "ii  a  1",
        "a-1.1",
        "a\t|",
        "\nDate: ",
        "report this at ",
        'File "',
        "[instance: ",
        "conflicts:\n x",
        "\ud800",
    ],
)
def test_no_repetition_takes_long(piece):
    start = time.process_time()

    cleaned = text.clean(piece * (1_000_000 // len(piece)))
    text.tokens(cleaned)
    text.mentions(cleaned)

    assert time.process_time() - start < 2


@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_no_text_raises_and_every_token_is_a_lower_case_word(anything):
    result = text.tokens(text.clean(anything))

    assert all((token and token == token.lower()) or not token.isascii() for token in result)
