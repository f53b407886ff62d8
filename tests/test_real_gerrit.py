"""A contract for a real Gerrit and for the twin: the same calls leave the same rows.

Our client fetches the result, our tables are made from it, and each row is compared with the walkthrough. The twin must
pass the same walkthrough and match the form of the real server's answers, so that it cannot drift from them.
"""

import json
import urllib.error
import urllib.request
from dataclasses import replace
from urllib.parse import urlencode

import msgspec
import pytest
from gerrit_server import RealGerrit
from gerrit_walkthrough import (
    ADA,
    BELA,
    CI,
    COMMENTS,
    MESSAGES,
    OWNER,
    PATHS,
    PROJECT,
    STATES,
    STATUS,
    SUBJECTS,
    TOPIC,
    UPLOADS,
    VOTES,
    RealHand,
    TwinHand,
    carry_out,
    change_id,
)

import twin
from analysis.build import fetch
from analysis.ingest import gerrit as source
from analysis.judge import review_state
from analysis.store import Store
from analysis.tables import accounts, changes

pytestmark = pytest.mark.server

FAST = replace(source.POLICY, rate=None)  # nobody else waits for a server on this machine
OPTIONS = ("DETAILED_LABELS", "DETAILED_ACCOUNTS", "MESSAGES", "ALL_REVISIONS", "CURRENT_COMMIT", "CURRENT_FILES",
           "SUBMIT_REQUIREMENTS", "SUBMITTABLE")  # fmt: skip


ACTS = ("upload", "amend", "review", "answer", "set_wip")


class WatchedHand(RealHand):
    """Keeps the server's answer about a change after each action of a person or machine."""

    def __init__(self, server, folder):
        super().__init__(server, folder)
        self.watched = []

    def watch(self, act, key, who):
        options = "&".join(f"o={option}" for option in (*OPTIONS, "DETAILED_ACCOUNTS"))
        record = self.server.rest(who, "GET", f"changes/?q=change:{self.number(key)}&{options}")[0]
        self.watched.append((f"{act} by {who}", record))


def _watched(act):
    def carried_out(self, key, who, *words, **more):
        getattr(RealHand, act)(self, key, who, *words, **more)
        if not more.get("is_private"):
            self.watch(act, key, who)

    return carried_out


for act in ACTS:
    setattr(WatchedHand, act, _watched(act))


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gerrit")
    server = RealGerrit(folder).start()
    try:
        hand = WatchedHand(server, folder / "clone")
        carry_out(hand)
        yield server.root, hand
    finally:
        server.stop()


@pytest.fixture(scope="module")
def twins():
    hand = TwinHand()
    carry_out(hand)
    with twin.Server(hand.world, version=(3, 9)) as server:
        yield server.gerrit_root, hand


@pytest.fixture(scope="module", params=["twins", pytest.param("real", marks=pytest.mark.real_gerrit)])
def served(request):
    """The root of a server after the walkthrough, and the hand that made the calls."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def tables(served, tmp_path_factory):
    """The tables from an anonymous fetch, with the walkthrough's names in place of numbers."""
    root, _ = served
    store = Store(tmp_path_factory.mktemp("data"))
    where = fetch.scope(root, PROJECT)
    summary = fetch.gerrit(store, where, policy=FAST, options=source.Options(comments="all"))
    assert not summary.pending
    return changes.tables(
        list(store.records("gerrit", where, changes.ChangeInfo)), accounts=accounts.Rules.from_mapping({})
    )


def keyed(served, table):
    """The rows with the walkthrough's keys and names."""
    _, hand = served
    keys = {hand.number(key): key for key in PATHS}
    names = {hand.account(name): name for name in (OWNER, ADA, BELA, CI)}
    rows = table.assign(key=table["change_number"].map(keys))
    return rows.assign(who=rows["account"].map(names)) if "account" in rows else rows


def test_every_public_change_arrives_with_its_status_topic_and_flags(served, tables):
    rows = keyed(served, tables["changes"]).set_index("key")

    assert rows["status"].to_dict() == STATUS
    assert rows["topic"].astype(object).where(rows["topic"].notna(), None).to_dict() == TOPIC
    assert rows["is_wip"].to_dict() == {key: key == "wip" for key in STATUS}
    assert not rows["is_private"].any()
    assert rows["submitted_at"].notna().to_dict() == {key: key == "merged" for key in STATUS}


def test_every_public_change_arrives_with_what_its_owner_pushed(served, tables):
    _, hand = served
    rows = keyed(served, tables["changes"]).set_index("key")

    assert rows["subject"].to_dict() == SUBJECTS
    assert rows["change_id"].to_dict() == {key: change_id(key) for key in STATUS}
    assert [m.split("\n")[0] for m in rows["message"]] == rows["subject"].tolist()
    assert rows["message"].str.contains("Closes-Bug: #1").all()
    assert set(rows["owner"]) == {hand.account(OWNER)}
    assert {tuple(pair) for pair in rows[["project", "branch"]].to_numpy()} == {(PROJECT, "master")}
    assert rows["patch_set_number"].to_dict() == {key: len(kinds) for key, kinds in UPLOADS.items()}
    assert rows[["insertions", "deletions"]].drop_duplicates().to_numpy().tolist() == [[1, 0]]


def test_every_patch_set_arrives_with_its_kind_and_uploader(served, tables):
    _, hand = served
    rows = keyed(served, tables["patch_sets"]).sort_values(["key", "patch_set_number"])
    current = rows.groupby("key").last()

    assert rows.groupby("key")["kind"].agg(list).to_dict() == UPLOADS
    assert set(rows["uploader"]) == {hand.account(OWNER)}
    assert rows["sha"].is_unique and rows["created_at"].notna().all()
    assert current["sha"].to_dict() == keyed(served, tables["changes"]).set_index("key")["current_sha"].to_dict()


def test_every_message_arrives_in_order_with_its_sender_patch_set_and_tag(served, tables):
    rows = keyed(served, tables["change_messages"]).sort_values(["key", "position"])

    columns = ["patch_set_number", "who", "tag", "text"]
    rows = rows[["key", *columns]].astype(object).where(rows[["key", *columns]].notna(), None)
    by_name = {key: list(group[columns].itertuples(index=False, name=None)) for key, group in rows.groupby("key")}
    assert by_name.keys() == MESSAGES.keys()
    for key, expected in MESSAGES.items():
        for (number, who, tag, text), (e_number, e_who, e_tag, begins) in zip(by_name[key], expected, strict=True):
            assert (number, who if e_who else None, tag) == (e_number, e_who, e_tag)
            assert text.startswith(begins)


def test_every_account_arrives_once_with_its_name_and_kind(served, tables):
    rows = tables["accounts"]

    _, hand = served
    table = rows[rows["account"].isin([hand.account(name) for name in (OWNER, ADA, BELA, CI)])]
    assert rows["account"].is_unique
    assert dict(table[["username", "kind"]].to_numpy()) == {
        OWNER: "person", ADA: "person", BELA: "person", CI: "ci",
    }  # fmt: skip


def test_every_vote_arrives_on_its_patch_set_with_its_fate(served, tables):
    rows = keyed(served, tables["votes"])

    columns = ["key", "patch_set_number", "label", "who", "value", "is_standing", "is_copied"]
    by_name = {tuple(row[:4]): tuple(row[4:]) for row in rows[columns].astype(object).itertuples(index=False)}
    assert by_name == VOTES


def test_every_comment_arrives_with_the_one_it_answers(served, tables):
    rows = keyed(served, tables["change_comments"]).sort_values("sent_at")

    assert [PATHS[key] for key in rows["key"]] == rows["path"].tolist()
    result = rows[["key", "patch_set_number", "who", "is_unresolved"]].assign(answers=rows["in_reply_to"].notna())
    expected = [(key, number, who, unresolved, answers) for key, number, who, _, unresolved, answers in COMMENTS]
    assert list(result.astype(object).itertuples(index=False, name=None)) == expected


def test_every_file_of_the_current_patch_set_arrives(served, tables):
    rows = keyed(served, tables["change_files"])

    assert dict(zip(rows["key"], rows["path"], strict=True)) == {key: PATHS[key] for key in STATUS}


def test_a_change_on_another_names_its_parent(served, tables):
    rows = keyed(served, tables["changes"]).set_index("key")

    assert rows.loc["child", "parent_sha"] == rows.loc["open", "current_sha"]


def test_machines_are_told_from_people(served, tables):
    rows = keyed(served, tables["votes"])

    assert set(rows.loc[rows["is_ci"], "who"]) == {CI}


def test_the_turns_are_judged(served, tables):
    as_of = tables["changes"]["updated_at"].max()
    names = ("changes", "patch_sets", "votes", "change_messages", "change_comments", "accounts")

    states = review_state.build(
        **{name: tables[name] for name in names}, as_of=as_of, rules=review_state.Rules(gate_ci=("jenkins",))
    )

    assert dict(keyed(served, states)[["key", "state"]].itertuples(index=False, name=None)) == STATES


def sides(hand, records):
    """For each record, the turn by our judgement, and the people in Gerrit's attention set.

    All are judged at once, because one takes as long as many; each is a change of a project of its own.
    """
    apart = [record | {"_number": n, "project": f"project-{n}"} for n, record in enumerate(records)]
    frames = changes.tables(
        [msgspec.convert(record, changes.ChangeInfo) for record in apart], accounts=accounts.Rules.from_mapping({})
    )
    names = ("changes", "patch_sets", "votes", "change_messages", "change_comments", "accounts")
    as_of = frames["changes"]["updated_at"].max()
    states = review_state.build(
        **{name: frames[name] for name in names}, as_of=as_of, rules=review_state.Rules(gate_ci=("jenkins",))
    )
    in_order = states.set_index("change_number")["waiting_on"].loc[[each["_number"] for each in apart]]
    for record, waiting_on in zip(records, in_order, strict=True):
        ours = "reviewers" if waiting_on in ("second_core", "approver") else waiting_on
        asked = {int(account) for account in record.get("attention_set", {})}
        theirs = {"owner" if account == hand.account(OWNER) else "reviewers" for account in asked}
        yield ours, " and ".join(sorted(theirs)) or "nobody"


# Whom we wait for, whom Gerrit's attention set points to, and why the two differ.
ELSEWHERE = {
    ("reviewers", "nobody"): "nobody was asked yet, and Gerrit points to those alone who were added as reviewers",
    ("reviewers", "owner"): "every vote points to the owner; one that asks nothing of him still lacks a second core",
    ("reviewers", "owner and reviewers"): "a veto was lifted: that points to the owner, who has nothing to do",
    ("owner", "owner and reviewers"): "an upload points to all who voted, though a veto or a question still stands",
    ("owner", "reviewers"): "any word of the owner points to the others, though his own hold or their veto stands",
    ("owner", "nobody"): "work in progress empties the set; it is the owner who goes on with it",
    ("nobody", "owner"): "it is approved, and the gate merges it; the last vote points to the owner",
    ("ci", "owner and reviewers"): "a rebased patch set has no result of CI yet, which the set does not know",
}


@pytest.mark.real_gerrit
def test_differences_from_the_attention_set_have_a_known_reason(real):
    _, hand = real

    rows = list(sides(hand, [record for _, record in hand.watched if record["status"] == "NEW"]))

    assert len(rows) > 20 and ("owner", "owner") in rows and ("reviewers", "reviewers") in rows
    assert {pair for pair in rows if len(set(pair)) > 1} == set(ELSEWHERE)


def answer(root, hand, key):
    query = f"changes/?q=change:{hand.number(key)}&" + "&".join(f"o={option}" for option in OPTIONS)
    with urllib.request.urlopen(root + query) as held:
        guard, _, body = held.read().decode().partition("\n")
    assert guard == ")]}'"
    return json.loads(body)[0]


NAMED_BY_DATA = ("revisions", "files", "labels", "values", "attention_set")  # their keys are shas, paths, labels, ids


def form(value, name=""):
    """The shape of an answer: its keys and the types of their values."""
    if isinstance(value, dict) and name in NAMED_BY_DATA:
        return {"*": merged(form(inner) for inner in value.values())} if value else {}
    if isinstance(value, dict):
        return {key: form(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [merged(form(inner) for inner in value)]
    return type(value).__name__


def merged(forms):
    """The union of these shapes."""
    together = {}
    for one in forms:
        if not isinstance(one, dict):
            return one
        for key, inner in one.items():
            together[key] = merged([together[key], inner]) if isinstance(together.get(key), dict) else inner
    return together


def beyond(twins_form, real_form, path=""):
    """The places where the twin's answer has more than the real server's."""
    if isinstance(twins_form, list) and isinstance(real_form, list):
        return beyond(twins_form[0], real_form[0], f"{path}[]")
    if isinstance(twins_form, dict) and isinstance(real_form, dict):
        extra = [f"{path}.{key}" for key in twins_form if key not in real_form]
        shared = [key for key in twins_form if key in real_form]
        return extra + [place for key in shared for place in beyond(twins_form[key], real_form[key], f"{path}.{key}")]
    return [] if twins_form == real_form else [f"{path}: {twins_form} is not {real_form}"]


def status(root, path):
    """The status and text of any answer."""
    try:
        with urllib.request.urlopen(root + path) as held:
            return held.status, held.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def listed(root, query, **more):
    asked = urlencode({"q": f"project:{PROJECT} {query}", **more})
    return json.loads(status(root, f"changes/?{asked}")[1].partition("\n")[2])


def test_a_private_change_is_not_served_to_an_outsider(served):
    root, hand = served

    result = status(root, f"changes/{hand.number('private')}/detail")[0]

    assert result == 404
    assert hand.number("private") not in [row["_number"] for row in listed(root, "status:open")]


@pytest.mark.parametrize("wanted", [False, True])
def test_a_signed_in_user_gets_a_private_change_only_if_wanted(served, tmp_path, monkeypatch, wanted):
    root, hand = served
    user, password = hand.member
    monkeypatch.setenv("GERRIT_USERNAME", user)
    monkeypatch.setenv("GERRIT_HTTP_PASSWORD", password)
    store, where = Store(tmp_path), fetch.scope(root, PROJECT)

    fetch.gerrit(store, where, policy=FAST, options=source.Options(private=wanted, signed_in=True))

    secret = [row for row in store.records("gerrit", where) if row["_number"] == hand.number("private")]
    assert [row["is_private"] for row in secret] == [True] * wanted


def test_a_second_fetch_finds_nothing_new(served, tmp_path):
    root, _ = served
    store, where = Store(tmp_path), fetch.scope(root, PROJECT)

    first = fetch.gerrit(store, where, policy=FAST, options=source.Options())
    second = fetch.gerrit(store, where, policy=FAST, options=source.Options())

    assert (first.changed, second.changed) == (len(STATUS), 0)
    assert not second.gone


def test_an_unknown_option_refuses_the_whole_query(served):
    root, _ = served

    code, text = status(root, "changes/?q=status:open&o=LABELS&o=NO_SUCH_OPTION")

    assert code == 400
    assert "NO_SUCH_OPTION" in text


def test_an_unknown_operator_is_refused(served):
    root, _ = served

    assert status(root, "changes/?q=nosuchoperator:1")[0] == 400


def test_a_page_says_that_there_is_more_on_its_last_row_alone(served):
    root, _ = served

    page = listed(root, "", n=3)

    assert [row.get("_more_changes", False) for row in page] == [False, False, True]
    assert not any("_more_changes" in row for row in listed(root, "", n=3, S=3))


def test_rows_come_newest_first(served):
    root, _ = served

    times = [row["updated"] for row in listed(root, "")]

    assert times == sorted(times, reverse=True)


def test_a_window_holds_both_its_ends(served):
    root, hand = served
    rows = {row["_number"]: row["updated"] for row in listed(root, "")}
    at = rows[hand.number("wip")].partition(".")[0]

    results = [row["_number"] for row in listed(root, f'after:"{at}" before:"{at}"')]

    assert results == [number for number, updated in rows.items() if updated.startswith(at)]


@pytest.mark.real_gerrit
@pytest.mark.parametrize("key", sorted(STATUS))
def test_the_twin_serves_nothing_that_a_real_gerrit_does_not(real, twins, key):
    of_real, of_twin = form(answer(*real, key)), form(answer(*twins, key))

    assert beyond(of_twin, of_real) == []


@pytest.mark.real_gerrit
@pytest.mark.parametrize("key", sorted(STATUS))
def test_the_twin_words_its_messages_as_a_real_gerrit(real, twins, key):
    def worded(root, hand):
        rows = answer(root, hand, key)["messages"]
        numbers = {str(hand.account(name)): name for name in (OWNER, ADA, BELA, CI)}
        texts = []
        for row in rows:
            text = row["message"]
            for number, name in numbers.items():
                text = text.replace(f"_{number}>", f"_{name}>")
            texts.append((row.get("tag"), row["_revision_number"], text))
        return texts

    assert worded(*twins) == worded(*real)
