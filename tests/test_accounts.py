"""People, CI, bots and the server, distinguished by general rules and a project's exceptions."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import ProjectFileError
from analysis.tables import account_writing, accounts, schema
from analysis.tables.accounts import AccountInfo, Rules


@pytest.mark.parametrize(
    ("username", "name", "kind"),
    [
        ("zuul", "Zuul", "ci"),
        ("jenkins", "Jenkins", "ci"),
        ("lf-jenkins", "lf-jenkins", "ci"),
        ("smokestack", None, "ci"),
        (None, "IBM DB2 CI", "ci"),
        ("ibm", "Third-Party CI of IBM", "ci"),
        ("example-virt-ci", "Example Virt", "ci"),
        ("hudson-openstack", "OpenStack Infra", "bot"),
        ("proposal-bot", "OpenStack Proposal Bot", "bot"),
        ("welcome", "Welcome, new contributor!", "bot"),
        (None, "Gerrit Code Review", "server"),
        ("marci-example", "Marci Example", "person"),
        ("casey-ci", "Casey Ci", "person"),
        ("ci.robin", "Ci Robin", "person"),
        ("robin", "Robin Ci", "person"),
        ("acme", "Acme Storage Ci", "ci"),
        ("acme-ci", "Acme 3 Ci", "ci"),
        ("acme", "acme ci", "ci"),
        (None, "acme-storage-ci", "ci"),
        ("acme-ci", None, "ci"),
        ("jenkins-ci", "Jenkins Ci", "ci"),
        ("acme", "Acme Ci Bot", "bot"),
        ("ci-bot", "Ci Bot", "ci"),
        ("abbot-example", "Lucis Abbot", "person"),
        ("cicero-example", "Cicero Example", "person"),
        (None, None, "person"),
    ],
)
def test_accounts_of_machines_are_recognised_by_the_general_rules(username, name, kind):
    assert Rules().kind(1, username, name) == kind


def written(*texts, owners=(), name="Person 7"):
    """The kind of an account of which only these messages are known."""
    table = accounts.table({7: AccountInfo(7, name=name)}, Rules())
    rows = {"change_number": 1, "message_id": [str(place) for place in range(len(texts))], "account": 7, "text": texts}
    messages = schema.CHANGE_MESSAGES.frame(pd.DataFrame(rows))
    writing = account_writing.describe(table, messages, pd.Series(owners, dtype="Int64"))
    return account_writing.judge(table, writing)["kind"].item()


def test_an_account_that_writes_only_build_reports_is_a_ci():
    reports = [f"Patch Set {n}:\n\nBuild {end}.\n\n- job-{n} http://logs.example : X" for n, end in
               enumerate(("succeeded", "failed", "succeeded"), 1)]  # fmt: skip

    assert written(*reports) == "ci"
    assert written(*reports[:2]) == "person"
    assert written(*reports, "Patch Set 1: Code-Review-1\n\nNo.") == "person"
    assert written(*reports, owners=[7]) == "person"


def test_an_account_whose_messages_all_begin_alike_is_a_bot_unless_it_rechecks():
    guess = [f"Patch Set {n}:\n\nI noticed that job {n} failed; this may be a bug of its own." for n in range(3)]

    assert written(*guess) == "bot"
    assert written(*["Patch Set 1:\n\nrecheck no bug"] * 5) == "person"


def test_an_account_that_gerrit_tags_as_a_service_is_a_bot():
    assert Rules().kind(1, "helper-example", "Helper", ["SERVICE_USER"]) == "bot"


def test_the_project_file_comes_before_the_general_rules():
    rules = Rules.from_mapping({"person": ["lucky-ci"], "ci": [42, "Nightly Checks"]})

    assert rules.decided(1, "lucky-ci", None) == ("person", "project file: person lucky-ci")
    assert rules.decided(42, "casey-example", None) == ("ci", "project file: ci 42")
    assert rules.decided(3, "nightly", "Nightly Checks") == ("ci", "project file: ci Nightly Checks")


@pytest.mark.parametrize(
    ("section", "wrong_value"),
    [
        ({"persons": []}, "'persons'"),
        ({"ci": "zuul"}, "'zuul'"),
        ({"ci": [True]}, "True"),
        ({"launchpad_bots": [5]}, "5"),
        ({"ci": ["zuul"], "bot": ["zuul"]}, "'zuul' under ci and bot"),
    ],
)
def test_a_wrong_section_is_refused(section, wrong_value):
    with pytest.raises(ProjectFileError) as refused:
        Rules.from_mapping(section)

    assert wrong_value in refused.value.found


def test_the_table_names_the_rule_that_decided():
    seen = {5: AccountInfo(5, username="zuul", name="Zuul"), 1: AccountInfo(1)}

    table = schema.validate(accounts.table(seen, Rules()), schema.ACCOUNTS)

    assert table["account"].tolist() == [1, 5]
    assert table["kind"].tolist() == ["person", "ci"]
    assert table["rule"].tolist()[1] == "general: username has the word zuul"


def test_the_name_of_an_account_from_any_batch_is_kept():
    bare = accounts.table({5: AccountInfo(5)}, Rules())
    named = accounts.table({5: AccountInfo(5, username="zuul"), 6: AccountInfo(6)}, Rules())

    table = schema.validate(accounts.merged([bare, named]), schema.ACCOUNTS)

    assert table["account"].tolist() == [5, 6]
    assert table["kind"].tolist() == ["ci", "person"]


def test_merging_no_batches_gives_an_empty_table():
    assert len(schema.validate(accounts.merged([]), schema.ACCOUNTS)) == 0


@pytest.mark.long
@given(st.none() | st.text(), st.none() | st.text())
def test_every_account_has_one_of_the_four_kinds(username, name):
    assert Rules().kind(1, username, name) in schema.ACCOUNT_KINDS
