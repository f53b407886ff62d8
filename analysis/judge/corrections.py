"""Corrections: what people who know better said of single rows, read from a file that is reviewed like code.

    [[not_a_fix]]                           this change, or commit, is not a fix of that bug
    bug     = 1234567
    change  = 987654                        or: commit = "0123abc"
    by      = "casey-example"               who says so, when, and why
    on      = 2015-07-01
    because = "It only adds logging."

    [[not_a_core]]                          this person is no core
    account = "robin-example"               username, name or number of the account
    by = ...

    [[waits_for]]                           this change waits for somebody else than the rules say
    change  = 987654
    turn    = "owner"                       reviewers, second_core, approver, owner, ci, parent or nobody
    by = ...

A correction counts from its day on, so a replay of an earlier instant does not know it. One of a fix counts for the
change on every branch, and for its commits: all that bear its Change-Id. One of a turn counts until the change gets
another patch set. What a correction came to is in the table `corrections`.
"""

from datetime import date
from typing import Annotated, ClassVar

import pandas as pd
from msgspec import Meta

from analysis.errors import CorrectionsFileError
from analysis.judge.areas.file import UNSEEN
from analysis.judge.fixes.linked_changes import masters
from analysis.tables import schema
from analysis.tables.configuration import Section

Number = Annotated[
    int, Meta(ge=1, le=2**63 - 1, description="the number of a bug or of a change", examples=["1234567"])
]
Line = Annotated[
    str,
    Meta(
        pattern=rf"^(?=.*\S)[^{UNSEEN}]{{1,500}}\Z",
        description="a text of one line, at most 500 characters",
        examples=['"..."'],
    ),
]
Sha = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{7,40}\Z", description="7 to 40 digits of a commit", examples=['"0123abc"'])
]
Turn = Annotated[
    str,
    Meta(
        pattern=rf"^(?:{'|'.join(schema.WAITING_ON)})\Z",
        description=f"one of {', '.join(schema.WAITING_ON)}",
        examples=['"owner"'],
    ),
]
_STATES = {
    "owner": "owner_turn",
    "ci": "ci_missing",
    "parent": "waits_on_parent",
    "nobody": "approved",
    "second_core": "needs_second_core",
    "approver": "needs_approval",
}


class _Correction(Section, frozen=True, kw_only=True):
    """Who says it, from which day on, and why."""

    FAULT: ClassVar[type[CorrectionsFileError]] = CorrectionsFileError

    by: Line
    on: date
    because: Line


class NotAFix(_Correction, frozen=True, kw_only=True):
    """A change, or a commit, is not a fix of a bug."""

    bug: Number
    change: Number | None = None
    commit: Sha | None = None

    def check(self, where: str) -> None:
        """Raise CorrectionsFileError unless it names either a change or a commit."""
        if (self.change is None) == (self.commit is None):
            raise CorrectionsFileError(
                expected=f"either change or commit in {where}",
                found="neither" if self.change is None else "both",
                do="name the one that is not a fix of the bug",
            )


class NotACore(_Correction, frozen=True, kw_only=True):
    """A person is no core, whatever votes of theirs stand."""

    account: Line


class WaitsFor(_Correction, frozen=True, kw_only=True):
    """A change waits for this turn."""

    change: Number
    turn: Turn


class Corrections(Section, frozen=True):
    """The corrections of one project, each kind in the order of the file."""

    FAULT: ClassVar[type[CorrectionsFileError]] = CorrectionsFileError

    not_a_fix: tuple[NotAFix, ...] = ()
    not_a_core: tuple[NotACore, ...] = ()
    waits_for: tuple[WaitsFor, ...] = ()

    def check(self, where: str) -> None:
        """Raise CorrectionsFileError for two corrections of one thing: only one of them can be right."""
        subjects: dict[str, list[tuple[object, ...]]] = {
            "not_a_fix": [(each.bug, each.change, each.commit) for each in self.not_a_fix],
            "not_a_core": [(each.account.casefold(),) for each in self.not_a_core],
            "waits_for": [(each.change, each.on) for each in self.waits_for],
        }
        for kind, keys in subjects.items():
            twice = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
            if twice is not None:
                raise CorrectionsFileError(
                    expected=f"each [[{kind}]] of {where} once",
                    found=f"twice {', '.join(str(part) for part in twice if part is not None)}",
                    do="keep the one that is right",
                )


def table(
    corrections: Corrections,
    *,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    accounts: pd.DataFrame,
    votes: pd.DataFrame,
    review_label: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One row per correction that counts by the instant, with what it came to.

    Parameters
    ----------
    links : DataFrame, schema.LINKS
        As they were made, before any was corrected.
    bugs, changes, commits, accounts, votes : DataFrame, schema tables of these names
    as_of : Timestamp
        A correction of a later day has no row.

    Returns
    -------
    DataFrame, schema.CORRECTIONS
    """
    day = as_of.date()
    rows: list[dict[str, object]] = []
    for position, fix in enumerate(corrections.not_a_fix, 1):
        if fix.on <= day:
            matching = links[_wrong_links(fix, links, bugs, changes, commits)]
            n = len(schema.fix_links(matching))
            came_to = "matches nothing" if matching.empty else "changes nothing" if n == 0 else "applied"
            rows.append(
                _row("not_a_fix", position, fix, bug_id=fix.bug, change_number=fix.change, sha=fix.commit)
                | {"outcome": came_to, "n_corrected": n}
            )
    for position, person in enumerate(corrections.not_a_core, 1):
        if person.on <= day:
            numbers = _accounts(person.account, accounts)
            twos = votes["label"].eq(review_label) & votes["value"].abs().eq(2) & votes["account"].isin(numbers)
            came_to = "matches nothing" if not numbers else "changes nothing" if not twos.any() else "applied"
            rows += [
                _row("not_a_core", position, person, person=person.account, account=number)
                | {"outcome": came_to, "n_corrected": int(came_to == "applied")}
                for number in [*numbers, None][:1]
            ]
    for position, turn in enumerate(corrections.waits_for, 1):
        if turn.on <= day:
            came_to = _of_turn(turn, corrections.waits_for, changes, day)
            rows.append(
                _row("waits_for", position, turn, change_number=turn.change, turn=turn.turn)
                | {"outcome": came_to, "n_corrected": int(came_to == "applied")}
            )
    columns = pd.DataFrame(rows, columns=list(schema.CORRECTIONS.columns), dtype="object")
    outcomes = schema.CORRECTIONS.frame({str(name): columns[name].tolist() for name in columns})
    return schema.validate(schema.CORRECTIONS.ordered(outcomes), schema.CORRECTIONS)


def corrected_links(
    links: pd.DataFrame, corrections: Corrections, *, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame,
    as_of: pd.Timestamp,
) -> pd.DataFrame:  # fmt: skip
    """The links, of which those that somebody said to be wrong no longer count as a fix.

    Parameters
    ----------
    links, bugs, changes, commits : DataFrame, schema tables of these names
    """
    wrong = pd.Series(False, index=links.index)
    for fix in corrections.not_a_fix:
        if fix.on <= as_of.date():
            wrong |= _wrong_links(fix, links, bugs, changes, commits)
    if not wrong.any():
        return links
    corrected = links.copy()
    corrected.loc[wrong, "counts_as_fix"] = False
    return corrected


def corrected_states(review_states: pd.DataFrame, corrections: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """The review states, of which some wait for whom somebody said that they do, since that day.

    Parameters
    ----------
    review_states : DataFrame, schema.REVIEW_STATES
    corrections : DataFrame, schema.CORRECTIONS
    """
    mine = in_force(corrections, "waits_for").set_index("change_number")
    number = review_states["change_number"]
    turn = schema.looked_up(number, mine["turn"])
    is_corrected = turn.notna()
    if not is_corrected.any():
        return review_states
    since = schema.looked_up(number, mine["corrected_on"])
    why = schema.looked_up(number, sentences(mine))
    state = turn.map(_STATES).fillna(_state_of_reviewers(review_states)).astype(schema.TEXT)
    days = schema.days(as_of - since).astype("Float64")
    states = schema.REVIEW_STATES.frame(
        review_states.assign(
            state=review_states["state"].mask(is_corrected, state),
            waiting_on=review_states["waiting_on"].mask(is_corrected, turn),
            since_at=review_states["since_at"].mask(is_corrected, since),
            waiting_days=review_states["waiting_days"].mask(is_corrected, days),
            reason=review_states["reason"].mask(is_corrected, why + "; the rules say: " + review_states["reason"]),
        )
    )
    return schema.validate(schema.REVIEW_STATES.ordered(states), schema.REVIEW_STATES)


def no_cores(corrections: pd.DataFrame) -> "pd.Series[int]":
    """The accounts of which somebody said that they are no core."""
    accounts: pd.Series[int] = in_force(corrections, "not_a_core")["account"].dropna()
    return accounts


def in_force(corrections: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows of one kind that were applied; of several for one change the one of the last day."""
    rows = corrections[corrections["kind"].eq(kind) & corrections["outcome"].eq("applied")]
    if kind != "waits_for":
        return rows
    return rows.sort_values(["corrected_on", "position"]).drop_duplicates("change_number", keep="last")


def sentences(corrections: pd.DataFrame) -> "pd.Series[str]":
    """Each correction as people read it where it applied."""
    day = corrections["corrected_on"].dt.strftime("%Y-%m-%d").astype(schema.TEXT)
    texts: pd.Series[str] = (
        "corrected by " + corrections["corrected_by"] + " on " + day + " because " + corrections["because"]
    )
    return texts.str.removesuffix(".")


def _row(kind: str, position: int, correction: _Correction, **subject: object) -> dict[str, object]:
    corrected_on = pd.Timestamp(correction.on, tz="UTC").as_unit("us")
    return {
        "kind": kind, "position": position, **subject, "corrected_by": correction.by, "corrected_on": corrected_on,
        "because": correction.because,
    }  # fmt: skip


def _wrong_links(
    fix: NotAFix, links: pd.DataFrame, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame
) -> "pd.Series[bool]":
    """The links of the bug, or of a duplicate of it, to the change or commit and all that bear its Change-Id."""
    sha = fix.commit or "-"  # with which no commit begins
    own = changes["change_number"].eq(fix.change) if fix.change else changes["current_sha"].str.startswith(sha)
    own = own.fillna(False).astype(bool)
    is_commit = commits["sha"].str.startswith(sha).fillna(False).astype(bool)
    ids = pd.concat([changes.loc[own, "change_id"], commits.loc[is_commit, "change_id"]]).dropna()
    refs = {
        "change": changes.loc[own | changes["change_id"].isin(ids), "change_number"].astype("str").tolist(),
        "commit": commits.loc[is_commit | commits["change_id"].isin(ids), "sha"].tolist(),
    }
    if fix.change:
        refs["change"].append(str(fix.change))  # one that was not fetched: comments name it
    is_ref = links["kind"].eq("change") & links["ref"].isin(refs["change"])
    is_ref |= links["kind"].eq("commit") & links["ref"].isin(refs["commit"])
    is_ref |= links["kind"].eq("commit") & links["ref"].str.startswith(sha)
    master = masters(bugs)
    same_bug = master.index[master.eq(fix.bug).fillna(False)]
    wrong: pd.Series[bool] = is_ref & (links["bug_id"].eq(fix.bug) | links["bug_id"].isin(same_bug))
    return wrong.fillna(False).astype(bool)


def _accounts(typed: str, accounts: pd.DataFrame) -> list[int]:
    """The account that was named; several who bear the name are nobody's."""
    for column in ("username", "name", "account"):
        numbers = accounts.loc[accounts[column].astype("string").str.casefold().eq(typed.casefold()), "account"]
        if len(numbers):
            return [int(number) for number in numbers] if len(numbers) == 1 else []
    return []


def _of_turn(turn: WaitsFor, every: tuple[WaitsFor, ...], changes: pd.DataFrame, day: date) -> str:
    """What a correction of a turn came to."""
    if any(other.change == turn.change and turn.on < other.on <= day for other in every):
        return "outdated"
    change = changes[changes["change_number"].eq(turn.change)]
    if change.empty:
        return "matches nothing"
    is_open = change["status"].isin(schema.OPEN_CHANGE_STATUSES)
    uploaded_at = change["current_patch_set_at"].fillna(change["created_at"])
    is_newer = uploaded_at.ge(pd.Timestamp(turn.on, tz="UTC") + pd.Timedelta(days=1)).fillna(False)
    return "applied" if bool((is_open & ~is_newer).any()) else "outdated"


def _state_of_reviewers(review_states: pd.DataFrame) -> "pd.Series[str]":
    """The state of a change that waits for reviewers, by the votes on it; of unknown votes it stays unknown."""
    ever, current = review_states["has_human_vote_ever"], review_states["has_human_vote_on_current"]
    state = pd.Series("never_reviewed", index=review_states.index, dtype=schema.TEXT)
    state = state.mask(ever.fillna(False), "reviewed_on_older").mask(current.fillna(False), "answered")
    return state.mask(ever.isna(), "unknown")
