"""The evidence about each open change: votes, machines, comments, parents, one row per change."""

from typing import NamedTuple

import pandas as pd

from analysis.judge.review_state.settings import Rules
from analysis.judge.waiting import events as history
from analysis.judge.waiting.requests import requests
from analysis.tables import lifecycle, schema
from analysis.tables.votes_in_messages import parse_votes


def with_voters(votes: pd.DataFrame, accounts: pd.DataFrame, owners: pd.Series) -> pd.DataFrame:
    """The votes on the given open changes, on any patch set, each with its voter.

    `owners` maps change_number to the owner's account. Adds `by` (ci, bot, owner, person) and `name`; a removed vote
    (value 0) is left out.
    """
    open_votes = votes[votes["change_number"].isin(owners.index) & votes["value"].ne(0).fillna(False)]
    kinds = accounts.set_index("account")["kind"]
    kind = schema.looked_up(open_votes["account"], kinds).fillna("person")
    kind = kind.mask(open_votes["is_ci"].fillna(False), "ci").mask(kind.eq("server"), "bot")
    # If the owner is unknown, a vote counts as another person's: Gerrit shows the owner of nearly every change.
    owner = open_votes["account"].eq(schema.looked_up(open_votes["change_number"], owners)).fillna(False) & kind.eq(
        "person"
    )
    return open_votes.assign(by=kind.mask(owner, "owner"), name=names(open_votes["account"], accounts))


def names(account: pd.Series, accounts: pd.DataFrame) -> pd.Series:
    """The name to show for an account: its username, else its name, else its number."""
    by_account = accounts.set_index("account")
    called = by_account["username"].fillna(by_account["name"])
    return schema.looked_up(account, called).fillna("account " + account.astype(called.dtype))


def is_by_core(open_votes: pd.DataFrame, changes: pd.DataFrame, rules: Rules) -> "pd.Series[bool]":
    """Whether a vote is by a core of the change's branch, by the rules; if they name nobody, everybody counts."""
    by_number = changes.set_index("change_number")
    project = schema.looked_up(open_votes["change_number"], by_number["project"])
    branch = project + " " + schema.looked_up(open_votes["change_number"], by_number["branch"])
    place = branch.where(branch.isin(list(rules.cores)), project)
    named = [f"{place}\n{name}" for place, names in rules.cores.items() for name in names]
    is_core: pd.Series[bool] = ~place.isin(list(rules.cores)) | (place + "\n" + open_votes["name"]).isin(named)
    return is_core


class Gate(NamedTuple):
    """The machines whose votes decide, by account id, and the projects in which one of them has voted.

    `early` are the projects in which the gate tests patch sets before an approval; in the others it runs only after an
    approval, as everywhere in OpenStack until 2012, and until then nobody waits for it.
    """

    accounts: "pd.Series[int]"
    projects: "pd.Series[str]"
    early: "pd.Series[str]"


RECENT = 200  # reviewed patch sets without an approval that are needed to see whether the gate tests those
HALF = 0.5


def gate(changes: pd.DataFrame, votes: pd.DataFrame, accounts: pd.DataFrame, rules: Rules) -> Gate:
    """The gate: the machines in the rules, else those that the votes reveal.

    Only the gate may give +2 or -2 in the CI label (other CIs only +1 or -1), so a CI that ever did is a gate; if none
    did, every CI is.
    """
    named = accounts.loc[accounts["username"].isin(rules.gate_ci), "account"]
    machines = votes[votes["is_ci"].fillna(False) & votes["label"].eq(rules.ci_label)]
    twos = machines.loc[machines["value"].abs().eq(2), "account"]
    gates = next((each for each in (named, twos) if len(each)), machines["account"]).drop_duplicates()
    verdicts = votes[votes["account"].isin(gates) & votes["label"].eq(rules.ci_label)]
    tested = changes["change_number"].isin(verdicts["change_number"])
    projects = changes.loc[tested, "project"].drop_duplicates()
    late = _tests_late(changes, votes, verdicts, rules)
    return Gate(gates, projects, projects[~projects.isin(late)])


def _tests_late(changes: pd.DataFrame, votes: pd.DataFrame, verdicts: pd.DataFrame, rules: Rules) -> "pd.Index[str]":
    """The projects in which the gate voted on fewer than half of the recent patch sets without an approval.

    Only patch sets with a vote by a person count, because then the gate had enough time. Without any, none is returned.
    """
    key = ["change_number", "patch_set_number"]
    approvals = votes[votes["label"].eq(rules.approval_label) & votes["value"].gt(0)]
    reviews = votes[votes["label"].eq(rules.review_label) & ~votes["is_ci"].fillna(False)]
    places = pd.MultiIndex.from_frame(reviews[key])
    reviews = reviews[~places.isin(pd.MultiIndex.from_frame(approvals[key]))]
    reviews = reviews.sort_values("cast_at", kind="stable").drop_duplicates(key, keep="last")
    project = schema.looked_up(reviews["change_number"], changes.set_index("change_number")["project"])
    recent = reviews.assign(project=project).groupby("project").tail(RECENT)
    tested = pd.MultiIndex.from_frame(recent[key]).isin(pd.MultiIndex.from_frame(verdicts[key]))
    share = pd.Series(tested, index=recent.index).groupby(recent["project"]).mean()
    return share.index[share.lt(HALF)]


def core_votes_needed(changes: pd.DataFrame, votes: pd.DataFrame, rules: Rules) -> pd.Series:
    """The number of +2 that a change needs, per project: by the rules, else as most merged changes had, else 2."""
    merged = changes[changes["status"].eq("MERGED") & changes["has_labels"].fillna(False)]
    twos = votes[votes["label"].eq(rules.review_label) & votes["value"].eq(2) & ~votes["is_ci"].fillna(False)]
    count = twos[twos["is_standing"].fillna(False)].groupby("change_number").size()
    each = schema.looked_up(merged["change_number"], count).fillna(0)
    usual = each[each.gt(0)].groupby(merged["project"]).median().round().clip(1, 2)
    projects = pd.Series(changes["project"].unique())
    named = projects.map(dict(rules.core_votes)).astype("Int64")
    needed = named.fillna(schema.looked_up(projects, usual).astype("Int64")).fillna(2)
    return pd.Series(needed.to_numpy(), index=projects, dtype="Int64")


def first_votes(votes: pd.DataFrame) -> pd.DataFrame:
    """For each change the earliest of the votes (name, value, at, patch_set_number, is_copied), and n, the accounts."""
    early = votes.sort_values(["change_number", "cast_at", "account"], kind="stable")
    one = early.drop_duplicates("change_number").set_index("change_number")
    n = early.drop_duplicates(["change_number", "account"]).groupby("change_number").size()
    return (
        one[["name", "value", "cast_at", "patch_set_number", "is_copied"]].rename(columns={"cast_at": "at"}).assign(n=n)
    )


def code_since(changes: pd.DataFrame, patch_sets: pd.DataFrame) -> pd.DataFrame:
    """For each change the patch set with the current code (later ones only rebased it), and its time."""
    mine = patch_sets[patch_sets["change_number"].isin(changes["change_number"])]
    fresh = mine[~mine["kind"].isin(schema.SAME_CODE_KINDS)]
    fresh = fresh.sort_values(["change_number", "patch_set_number"])
    # Not groupby().last(), which takes the last known value of each column, here the date of an earlier upload.
    last = fresh.drop_duplicates("change_number", keep="last").set_index("change_number")
    by_number = changes.set_index("change_number")
    number = last["patch_set_number"].reindex(by_number.index).fillna(by_number["patch_set_number"])
    at = (
        last["created_at"]
        .reindex(by_number.index)
        .fillna(by_number["current_patch_set_at"])
        .fillna(by_number["created_at"])
    )
    return pd.DataFrame({"code_patch_set": number, "code_at": at})


def gate_turns(
    messages: pd.DataFrame, gate: pd.Series, code: pd.DataFrame, accounts: pd.DataFrame, rules: Rules
) -> tuple[pd.Series, pd.Series]:
    """For each change the time when the gate first gave its current verdict on the current code: (passed, failed).

    A recheck gives the gate's vote a new date, which would restart every clock. So the time is that of the first
    message with this verdict after the last message with the other one.
    """
    by_gate = messages[messages["account"].isin(gate) & messages["change_number"].isin(code.index)]
    cast = parse_votes(by_gate, accounts).rename(columns={"cast_at": "sent_at"})
    cast = cast[cast["label"].eq(rules.ci_label) & cast["value"].ne(0)]
    recent = cast["patch_set_number"].ge(schema.looked_up(cast["change_number"], code["code_patch_set"])).fillna(True)
    cast = cast[recent]
    good = cast["value"].gt(0)
    last_bad = cast[~good].groupby("change_number")["sent_at"].max()
    last_good = cast[good].groupby("change_number")["sent_at"].max()
    return _messages_after(cast[good], last_bad), _messages_after(cast[~good], last_good)


def _messages_after(messages: pd.DataFrame, other: pd.Series) -> pd.Series:
    late = messages["sent_at"].gt(schema.looked_up(messages["change_number"], other)) | ~messages["change_number"].isin(
        other.index
    )
    return messages[late].groupby("change_number")["sent_at"].min()


class OwnerRequests(NamedTuple):
    """Requests to the owners of open changes: open ones and settled ones."""

    dates: pd.DataFrame  # the features that they give, by change_number
    settled_votes: pd.MultiIndex  # (change_number, account) of negative votes that wait for their voter


def owner_requests(
    changes: pd.DataFrame,
    patch_sets: pd.DataFrame,
    messages: pd.DataFrame,
    comments: pd.DataFrame,
    accounts: pd.DataFrame,
    gate: pd.Series,
    rules: Rules,
) -> OwnerRequests:
    """The requests to the owner of each open change, from its messages, and from threads if comments were served.

    A thread is a request while its last comment is unresolved and by a person. For a change with threads, the number of
    comments that a message mentions is not a request as well.

    Returns
    -------
    OwnerRequests
        Its `dates` have the columns asked_at: the first open remark; settled_at: when the last request on the current
        code was settled; rechecked_at: since when the gate has to vote again on code that it refused.
    """
    labels = {rules.review_label: "review", rules.ci_label: "ci", rules.approval_label: "approval"}
    events = history.build(changes, patch_sets, messages, accounts, labels)
    request_rows = requests(events)
    remarks = request_rows[request_rows["is_open"] & request_rows["kind"].isin(["remark", "inline"])]
    remarks = remarks[~(remarks["kind"].eq("inline") & remarks["change_number"].isin(comments["change_number"]))]
    threads = _asked_in_threads(changes, comments, accounts)
    first = pd.concat([remarks[["change_number", "at"]], threads]).groupby("change_number")["at"].min()
    replies = _replies(changes, comments)
    current = events.groupby("change_number")["group"].transform("max").eq(events["group"])
    of_code = request_rows[current.to_numpy()[request_rows["start"]]]
    settled = (
        pd.concat([of_code[["change_number", "settled_at"]], replies]).groupby("change_number")["settled_at"].max()
    )
    votes = request_rows[request_rows["kind"].isin(["vote", "own_vote"])].drop_duplicates(
        ["change_number", "account"], keep="last"
    )
    settled_votes = votes.loc[~votes["is_open"] & votes["settled_at"].notna(), ["change_number", "account"]]
    dates = {"asked_at": first, "settled_at": settled, "rechecked_at": _rechecked(events, gate)}
    return OwnerRequests(
        pd.DataFrame(dates, index=pd.Index(changes["change_number"])), pd.MultiIndex.from_frame(settled_votes)
    )


def _rechecked(events: pd.DataFrame, gate: pd.Series) -> "pd.Series[pd.Timestamp]":
    verdict = events["what"].eq("ci") & events["account"].isin(gate) & events["is_current"]
    last = events[verdict].groupby("change_number")["at"].max()
    again = events[events["is_recheck"]]
    late = again[again["at"].gt(schema.looked_up(again["change_number"], last))]
    return late.groupby("change_number")["at"].min()


def _is_on_current(rows: pd.DataFrame, by_number: pd.DataFrame) -> "pd.Series[bool]":
    current = schema.looked_up(rows["change_number"], by_number["patch_set_number"])
    return rows["patch_set_number"].eq(current).fillna(False).astype(bool)


def _asked_in_threads(changes: pd.DataFrame, comments: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    by_number = changes.set_index("change_number")
    mine = comments[comments["change_number"].isin(by_number.index)]
    replied = mine.loc[mine["in_reply_to"].notna(), ["change_number", "in_reply_to"]]
    ends = ~pd.MultiIndex.from_frame(mine[["change_number", "comment_id"]]).isin(pd.MultiIndex.from_frame(replied))
    last = mine[ends & mine["is_unresolved"].fillna(False) & _is_on_current(mine, by_number)]
    people = accounts.loc[accounts["kind"].eq("person"), "account"]
    owner = schema.looked_up(last["change_number"], by_number["owner"])
    by_others = last[last["account"].isin(people) & last["account"].ne(owner).fillna(True)]
    asks: pd.DataFrame = by_others[["change_number", "sent_at"]].rename(columns={"sent_at": "at"})
    return asks


def _replies(changes: pd.DataFrame, comments: pd.DataFrame) -> pd.DataFrame:
    by_number = changes.set_index("change_number")
    own = comments["account"].eq(schema.looked_up(comments["change_number"], by_number["owner"])).fillna(False)
    replies: pd.DataFrame = comments[own & comments["in_reply_to"].notna() & _is_on_current(comments, by_number)]
    return replies[["change_number", "sent_at"]].rename(columns={"sent_at": "settled_at"})


def wip_since(changes: pd.DataFrame, messages: pd.DataFrame) -> pd.Series:
    """For each change marked as work in progress, since when: the first message about it since it was last ready.

    Without such a message, the change's creation. Each upload repeats the message and does not restart the clock.
    """
    flagged = changes[changes["is_wip"].fillna(False)].set_index("change_number")
    flagged_messages = messages[messages["change_number"].isin(flagged.index)]
    set_at = _messages_after(
        flagged_messages[lifecycle.lifecycle_event(flagged_messages).eq("wip").fillna(False).astype(bool)],
        lifecycle.last_event_at(flagged_messages, "ready"),
    )
    return set_at.reindex(flagged.index).fillna(flagged["created_at"])
