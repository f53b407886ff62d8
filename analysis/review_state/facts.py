"""What is known of each open change before anybody judges: votes, machines, comments, parents, one row a change."""

from typing import NamedTuple

import pandas as pd

from analysis import events, schema
from analysis.review_state.rules import Rules


def standing(votes: pd.DataFrame, accounts: pd.DataFrame, owners: pd.Series) -> pd.DataFrame:
    """The votes that count for the given open changes, each with who cast it.

    `owners` maps change_number to the owner's account. Adds `by` (ci, bot, owner, person) and `name`; a removed vote
    (value 0) is not a vote and is gone.
    """
    mine = votes[votes["change_number"].isin(owners.index) & votes["value"].ne(0).fillna(False)]
    kinds = accounts.set_index("account")["kind"]
    kind = schema.looked_up(mine["account"], kinds).fillna("person")
    kind = kind.mask(mine["is_ci"].fillna(False), "ci").mask(kind.eq("server"), "bot")
    owner = mine["account"].eq(schema.looked_up(mine["change_number"], owners)) & kind.eq("person")
    return mine.assign(by=kind.mask(owner, "owner"), name=names(mine["account"], accounts))


def names(account: pd.Series, accounts: pd.DataFrame) -> pd.Series:
    """How to call an account: its username, else its name, else its number."""
    known = accounts.set_index("account")
    called = known["username"].fillna(known["name"])
    return schema.looked_up(account, called).fillna("account " + account.astype(called.dtype))


def by_cores(cast: pd.DataFrame, changes: pd.DataFrame, rules: Rules) -> "pd.Series[bool]":
    """Which votes are by a core of the change's branch: those whom the rules name there; all where they name nobody."""
    by = changes.set_index("change_number")
    project = schema.looked_up(cast["change_number"], by["project"])
    branch = project + " " + schema.looked_up(cast["change_number"], by["branch"])
    place = branch.where(branch.isin(list(rules.cores)), project)
    named = [f"{place}\n{name}" for place, names in rules.cores.items() for name in names]
    is_core: pd.Series[bool] = ~place.isin(list(rules.cores)) | (place + "\n" + cast["name"]).isin(named)
    return is_core


class Gate(NamedTuple):
    """The machines whose verdict decides, by account id, and the projects in which one of them ever voted."""

    accounts: "pd.Series[int]"
    projects: "pd.Series[str]"


def gate(changes: pd.DataFrame, votes: pd.DataFrame, accounts: pd.DataFrame, rules: Rules) -> Gate:
    """The gate: the machines that the rules name, else those that the votes show.

    Only the gate may give +2 or -2 in the CI label (third-party CIs stop at 1), so a CI that ever did is a gate; where
    none did, every CI is.
    """
    named = accounts.loc[accounts["username"].isin(rules.gate_ci), "account"]
    machines = votes[votes["is_ci"].fillna(False) & votes["label"].eq(rules.ci_label)]
    twos = machines.loc[machines["value"].abs().eq(2), "account"]
    found = next((each for each in (named, twos) if len(each)), machines["account"]).drop_duplicates()
    judged = votes.loc[votes["account"].isin(found), "change_number"]
    return Gate(found, changes.loc[changes["change_number"].isin(judged), "project"].drop_duplicates())


def core_votes_needed(changes: pd.DataFrame, votes: pd.DataFrame, rules: Rules) -> pd.Series:
    """How many +2 a change needs, per project: from the rules, else what its merged changes usually had, else 2."""
    merged = changes[changes["status"].eq("MERGED") & changes["has_labels"].fillna(False)]
    twos = votes[votes["label"].eq(rules.review_label) & votes["value"].eq(2) & ~votes["is_ci"].fillna(False)]
    count = twos[twos["is_standing"].fillna(False)].groupby("change_number").size()
    each = schema.looked_up(merged["change_number"], count).fillna(0)
    usual = each[each.gt(0)].groupby(merged["project"]).median().round().clip(1, 2)
    projects = pd.Series(changes["project"].unique())
    named = projects.map(dict(rules.core_votes)).astype("Int64")
    found = named.fillna(schema.looked_up(projects, usual).astype("Int64")).fillna(2)
    return pd.Series(found.to_numpy(), index=projects, dtype="Int64")


def first(votes: pd.DataFrame) -> pd.DataFrame:
    """Per change, the earliest of the votes (name, value, at, patch_set_number, is_copied), and n, its accounts."""
    early = votes.sort_values(["change_number", "cast_at", "account"], kind="stable")
    one = early.drop_duplicates("change_number").set_index("change_number")
    n = early.drop_duplicates(["change_number", "account"]).groupby("change_number").size()
    return (
        one[["name", "value", "cast_at", "patch_set_number", "is_copied"]].rename(columns={"cast_at": "at"}).assign(n=n)
    )


def code_since(changes: pd.DataFrame, patch_sets: pd.DataFrame) -> pd.DataFrame:
    """Per change, the patch set that brought the code that stands (later ones only rebased it), and its time."""
    mine = patch_sets[patch_sets["change_number"].isin(changes["change_number"])]
    fresh = mine[~mine["kind"].isin(schema.SAME_CODE_KINDS)]
    fresh = fresh.sort_values(["change_number", "patch_set_number"])
    # Not groupby().last(), which takes each column's last known value, here the date of the upload before.
    last = fresh.drop_duplicates("change_number", keep="last").set_index("change_number")
    by = changes.set_index("change_number")
    number = last["patch_set_number"].reindex(by.index).fillna(by["patch_set_number"])
    at = last["created_at"].reindex(by.index).fillna(by["current_patch_set_at"]).fillna(by["created_at"])
    return pd.DataFrame({"code_patch_set": number, "code_at": at})


def gate_turns(
    messages: pd.DataFrame, gate: pd.Series, code: pd.DataFrame, accounts: pd.DataFrame, rules: Rules
) -> tuple[pd.Series, pd.Series]:
    """Per change, when the gate's present verdict was first given on the code that stands: (passed, failed).

    A recheck re-dates the gate's vote, and would restart every clock; so the verdict's time is that of the first
    message that gave it, after the last message that gave the other.
    """
    said = messages[messages["account"].isin(gate) & messages["change_number"].isin(code.index)]
    cast = events.cast(said, accounts).rename(columns={"cast_at": "sent_at"})
    cast = cast[cast["label"].eq(rules.ci_label) & cast["value"].ne(0)]
    recent = cast["patch_set_number"].ge(schema.looked_up(cast["change_number"], code["code_patch_set"])).fillna(True)
    cast = cast[recent]
    good = cast["value"].gt(0)
    last_bad = cast[~good].groupby("change_number")["sent_at"].max()
    last_good = cast[good].groupby("change_number")["sent_at"].max()
    return _after(cast[good], last_bad), _after(cast[~good], last_good)


def _after(said: pd.DataFrame, other: pd.Series) -> pd.Series:
    late = said["sent_at"].gt(schema.looked_up(said["change_number"], other)) | ~said["change_number"].isin(other.index)
    return said[late].groupby("change_number")["sent_at"].min()


def unanswered(
    changes: pd.DataFrame,
    messages: pd.DataFrame,
    comments: pd.DataFrame,
    positive: pd.DataFrame,
    accounts: pd.DataFrame,
) -> pd.Series:
    """Per change, the time of the first comment by a person that its owner has not answered; absent where none.

    With the server's comments at hand: a thread whose last comment is unresolved and a person's. Without: a message
    that brought inline comments on the current patch set, after the owner's last word. Comments that came with a
    positive vote that still stands are remarks, not questions.
    """
    owners = changes.set_index("change_number")["owner"]
    asked = pd.concat([_asked_in_threads(changes, comments), _asked_in_messages(changes, messages, comments)])
    people = accounts.loc[accounts["kind"].eq("person"), "account"]
    asked = asked[asked["account"].isin(people) & asked["account"].ne(schema.looked_up(asked["change_number"], owners))]
    liked = pd.MultiIndex.from_frame(positive[["change_number", "account"]])
    asked = asked[~pd.MultiIndex.from_frame(asked[["change_number", "account"]]).isin(liked)]
    return asked.groupby("change_number")["sent_at"].min()


def answered(changes: pd.DataFrame, messages: pd.DataFrame, comments: pd.DataFrame) -> pd.Series:
    """Per change, when its owner answered the last of the people's questions; absent where none was answered.

    An answer is a reply in a thread; or, where comments were not served, the owner's first word after inline comments.
    """
    by = changes.set_index("change_number")
    own = comments["account"].eq(schema.looked_up(comments["change_number"], by["owner"])).fillna(False)
    replies = comments[own & comments["in_reply_to"].notna() & _on_current(comments, by)]
    mine = messages[_on_current(messages, by) & ~messages["change_number"].isin(comments["change_number"])]
    owner = mine["account"].eq(schema.looked_up(mine["change_number"], by["owner"])).fillna(False)
    inline = events.asks(mine) & ~mine["is_ci"].fillna(False)
    last = mine[inline & ~owner].groupby("change_number")["sent_at"].max()
    words = mine[owner & mine["sent_at"].gt(schema.looked_up(mine["change_number"], last)).fillna(False)]
    in_threads = replies.groupby("change_number")["sent_at"].max()
    answers: pd.Series = pd.concat([in_threads, words.groupby("change_number")["sent_at"].min()])
    return answers


def _on_current(rows: pd.DataFrame, by: pd.DataFrame) -> "pd.Series[bool]":
    current = schema.looked_up(rows["change_number"], by["patch_set_number"])
    return rows["patch_set_number"].eq(current).fillna(False).astype(bool)


def _asked_in_threads(changes: pd.DataFrame, comments: pd.DataFrame) -> pd.DataFrame:
    mine = comments[comments["change_number"].isin(changes["change_number"])]
    answered = mine.loc[mine["in_reply_to"].notna(), ["change_number", "in_reply_to"]]
    ends = ~pd.MultiIndex.from_frame(mine[["change_number", "comment_id"]]).isin(pd.MultiIndex.from_frame(answered))
    last = mine[ends & mine["is_unresolved"].fillna(False) & _on_current(mine, changes.set_index("change_number"))]
    asked: pd.DataFrame = last[["change_number", "account", "sent_at"]]
    return asked


def _asked_in_messages(changes: pd.DataFrame, messages: pd.DataFrame, comments: pd.DataFrame) -> pd.DataFrame:
    by = changes.set_index("change_number")
    alone = by.index.difference(pd.Index(comments["change_number"]))
    mine = messages[messages["change_number"].isin(alone) & ~messages["is_ci"].fillna(False)]
    owner = mine["account"].eq(schema.looked_up(mine["change_number"], by["owner"])).fillna(False)
    answered = schema.looked_up(mine["change_number"], mine[owner].groupby("change_number")["sent_at"].max())
    late = mine["sent_at"].gt(answered) | answered.isna()
    asked = mine[events.asks(mine) & ~owner & late & _on_current(mine, by)]
    return asked.filter(["change_number", "account", "sent_at"])


def wip_since(changes: pd.DataFrame, messages: pd.DataFrame) -> pd.Series:
    """Per change with the flag set, when it was: by the first message that says so since it was last ready.

    Where no message says so, at the change's creation. Each upload to work in progress says so again, and starts no
    clock anew.
    """
    flagged = changes[changes["is_wip"].fillna(False)].set_index("change_number")
    said = messages[messages["change_number"].isin(flagged.index)]
    set_at = _after(said[events.of(said).eq("wip").fillna(False).astype(bool)], events.last_at(said, "ready"))
    return set_at.reindex(flagged.index).fillna(flagged["created_at"])
