"""The inconsistency rules: condition, evidence and proposal of each; GLOSSARY.md explains their numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from analysis.judge.inconsistencies.thresholds import Thresholds

Holds = Callable[["Cases"], "pd.Series[bool]"]
Says = Callable[["Cases"], "pd.Series[str]"]

_TRIAGE = ("New", "Confirmed", "Triaged")


@dataclass(frozen=True, slots=True)
class Cases:
    """The facts of every bug (`cases.cases`), at one instant, and the thresholds.

    Each method returns a Series with the index of `facts`, for all bugs at once; an unknown fact is False.
    """

    facts: pd.DataFrame
    as_of: pd.Timestamp
    limits: Thresholds

    def is_in(self, *statuses: str) -> "pd.Series[bool]":
        """Whether the task has one of the statuses."""
        return self.facts["status"].isin(statuses)

    def has(self, group: str) -> "pd.Series[bool]":
        """Whether the bug has a change or commit of the group, such as open_fix."""
        return self.facts[f"n_{group}"].gt(0)

    def is_open(self) -> "pd.Series[bool]":
        """Whether the task is open."""
        return self.facts["is_open"].fillna(False).astype(bool)

    def before(self, column: str, limit: str) -> "pd.Series[bool]":
        """Whether the instant is at least as many days ago as the threshold; False if it is unknown."""
        days: float = getattr(self.limits, limit)
        return self.facts[column].le(self.as_of - pd.Timedelta(days=days)).fillna(False).astype(bool)

    def since(self, words: str, column: str) -> "pd.Series[str]":
        """A text such as "New since 2015-05-01", with the instant in the column."""
        day = self.facts[column].dt.strftime("%Y-%m-%d").fillna("an unknown day")
        text: pd.Series[str] = words + " since " + day.astype("str")
        return text

    def named(self, words: str, group: str) -> "pd.Series[str]":
        """A text such as "and open is change 7 and 2 more", with the changes of the group."""
        text: pd.Series[str] = words + self.facts[group].astype("str")
        return text

    def status_and(self, words: "str | pd.Series[str]") -> "pd.Series[str]":
        """The status, followed by the rest of the evidence."""
        text: pd.Series[str] = self.facts["status"].astype("str") + ", " + words
        return text


@dataclass(frozen=True, slots=True)
class Rule:
    """One inconsistency rule."""

    meaning: str
    holds: Holds
    evidence: Says
    proposal: str
    if_doubted: str = ""  # the proposal where somebody says that the fix does not work, if different


def _is_assigned(cases: Cases) -> "pd.Series[bool]":
    return cases.facts["assignee"].notna()


def _assignee_text(cases: Cases) -> "pd.Series[str]":
    text: pd.Series[str] = "assigned to " + cases.facts["assignee"].astype("str")
    return text


def _is_answered(cases: Cases) -> "pd.Series[bool]":
    return cases.facts["answered_at"].notna()


def _is_unanswered(cases: Cases) -> "pd.Series[bool]":
    return ~_is_answered(cases) & _has_messages(cases)


def _is_unconfirmed(cases: Cases) -> "pd.Series[bool]":
    return ~cases.facts["is_reconfirmed"] & _has_messages(cases)


def _has_messages(cases: Cases) -> "pd.Series[bool]":
    """Whether the comments on the bug are known; if not, nobody can say that they lack something."""
    return cases.facts["has_messages"].fillna(True).astype(bool)


def _lacks_version(cases: Cases) -> "pd.Series[bool]":
    return cases.facts["has_version"].eq(False).fillna(False)


def _is_wish(cases: Cases) -> "pd.Series[bool]":
    return cases.facts["importance"].eq("Wishlist")


def _is_undecided(cases: Cases) -> "pd.Series[bool]":
    return cases.facts["importance"].eq("Undecided")


# A number is never used again: pages, `off` of project files and kept reports refer to it.
RULES: dict[str, Rule] = {
    "G1": Rule(
        "In Progress without an open change",
        lambda c: c.is_in("In Progress") & ~c.has("open_fix") & c.before("in_progress_at", "stale_in_progress_days"),
        lambda c: c.since("In Progress", "in_progress_at") + ", and no open change that fixes it is known",
        "ask the assignee; if there is no answer, set it to Confirmed or Triaged and unassign it",
    ),
    "G2": Rule(
        "In Progress without assignee",
        lambda c: c.is_in("In Progress") & ~_is_assigned(c),
        lambda c: c.since("In Progress", "in_progress_at") + ", and nobody is assigned",
        "assign the owner of its change, or set it back to Confirmed or Triaged",
    ),
    "G3": Rule(
        "Assigned but New, Confirmed or Triaged",
        lambda c: c.is_in(*_TRIAGE) & _is_assigned(c),
        lambda c: c.status_and(_assignee_text(c)) + c.since("", "assigned_at"),
        "set it to In Progress if the work has begun, else unassign it",
    ),
    "G4": Rule(
        "A fix is open but the bug is not In Progress",
        lambda c: c.is_in(*_TRIAGE) & c.has("open_fix"),
        lambda c: c.status_and(c.named("and open is ", "open_fix")),
        "set it to In Progress and assign the owner of the change",
    ),
    "G5": Rule(
        "Incomplete for long, without an answer",
        lambda c: c.is_in("Incomplete") & _is_unanswered(c) & c.before("incomplete_at", "incomplete_days"),
        lambda c: c.since("Incomplete", "incomplete_at") + ", and nobody answered",
        "set it to Invalid, or let it expire",
    ),
    "G6": Rule(
        "Incomplete with an answer",
        lambda c: c.is_in("Incomplete") & _is_answered(c),
        lambda c: c.since("Incomplete", "incomplete_at") + c.since(", answered", "answered_at"),
        "read the answer, and set it to New or Confirmed",
    ),
    "G7": Rule(
        "Confirmed or Triaged with importance Undecided",
        lambda c: c.is_in("Confirmed", "Triaged") & _is_undecided(c),
        lambda c: c.status_and("importance Undecided"),
        "decide its importance",
    ),
    "G8": Rule(
        "New and untagged",
        lambda c: c.is_in("New") & c.facts["n_tags"].eq(0),
        lambda c: c.since("New, without a tag", "new_since_at"),
        "tag it, so that the people who know the area see it",
    ),
    "G9": Rule(
        "Old wishlist",
        lambda c: c.is_in(*_TRIAGE) & _is_wish(c) & c.before("bug_created_at", "old_wishlist_days"),
        lambda c: c.since("Wishlist", "bug_created_at"),
        "set it to Opinion, and ask for a blueprint",
    ),
    "G10": Rule(
        "Old and not confirmed for a supported release",
        lambda c: c.is_in(*_TRIAGE) & _is_unconfirmed(c) & c.before("bug_created_at", "expired_days"),
        lambda c: c.since("reported", "bug_created_at") + ", and no comment says CONFIRMED FOR a release",
        "ask whether it still happens, and let it expire if nobody says so",
    ),
    "G11": Rule(
        "A patch is attached but the bug is not In Progress",
        lambda c: c.is_in(*_TRIAGE, "Incomplete") & c.facts["has_patch"].fillna(False).astype(bool),
        lambda c: c.status_and("a patch is attached"),
        "help its author to propose the patch on Gerrit",
    ),
    "G12": Rule(
        "Left in Fix Committed",
        lambda c: c.is_in("Fix Committed"),
        lambda c: c.since("Fix Committed", "fix_committed_at") + "; the project releases directly",
        "set it to Fix Released",
    ),
    "G13": Rule(
        "No activity for long",
        lambda c: c.is_open() & c.before("updated_at", "inactive_days"),
        lambda c: c.status_and(c.since("untouched", "updated_at")),
        "check whether it still happens, else close it",
    ),
    "G14": Rule(
        "Assigned and untouched",
        lambda c: c.is_open() & _is_assigned(c) & c.before("updated_at", "inactive_assigned_days"),
        lambda c: _assignee_text(c) + c.since(", untouched", "updated_at"),
        "unassign it, and set In Progress back to Triaged",
    ),
    "G15": Rule(
        "New, and its description names no version",
        lambda c: c.is_in("New") & _lacks_version(c) & c.before("new_since_at", "version_days"),
        lambda c: c.since("no version is named; New", "new_since_at"),
        "ask for the version, and set it to Incomplete",
    ),
    "G17": Rule(
        "New and Undecided for long",
        lambda c: c.is_in("New") & _is_undecided(c) & c.before("new_since_at", "undecided_days"),
        lambda c: c.since("New and Undecided", "new_since_at"),
        "triage it",
    ),
    "G18": Rule(
        "Its fix was abandoned by a script, and nobody looked at the bug again",
        lambda c: c.is_open() & c.has("abandoned_by_script") & ~c.has("open_fix"),
        lambda c: c.named("abandoned for inactivity: ", "abandoned_by_script"),
        "look whether the bug still matters, and find somebody to restore the change",
    ),
    "X1": Rule(
        "Every fix was abandoned but the bug is In Progress",
        lambda c: c.is_in("In Progress") & c.has("abandoned_fix") & ~c.has("open_fix") & ~c.has("merged_fix"),
        lambda c: c.status_and(c.named("and abandoned is ", "abandoned_fix")),
        "set it to Confirmed or Triaged and unassign it, or restore the change",
    ),
    "X2": Rule(
        "A change that closes it merged but the bug is open",
        lambda c: c.is_open() & c.has("merged_fix"),
        lambda c: c.status_and(c.named("and merged to master is ", "merged_fix")),
        "set it to Fix Released, or say what is still missing",
        "a comment says that it still fails: finish the fix, or set it to Fix Released if it does not fail",
    ),
    "X3": Rule(
        "Fix Released though only partial or related work merged",
        lambda c: c.is_in("Fix Released") & c.has("partial_merge") & ~c.has("merged_fix"),
        lambda c: c.named("Fix Released, and all that is known to be merged is partial or related: ", "partial_merge"),
        "check whether the bug is really fixed; reopen it if not",
    ),
    "X4": Rule(
        "Its fix was reverted after the bug was closed",
        lambda c: c.is_in("Fix Released", "Fix Committed") & c.has("revert") & ~c.has("merged_fix"),
        lambda c: c.status_and(c.named("and its fix was undone by ", "revert")),
        "reopen it, unless another fix followed",
    ),
    "X5": Rule(
        "A footer that the infra hook cannot read",
        lambda c: c.is_open() & c.has("unread_by_hook"),
        lambda c: c.status_and(c.named("the hook did not see the footer of ", "unread_by_hook")),
        "set it to Fix Released by hand, and tell the owner of the change how a footer is spelled",
        "tell the owner of the change how a footer is spelled, and finish the fix: a comment says that it still fails",
    ),
    "X6": Rule(
        "A fix is open but the bug is Incomplete",
        lambda c: c.is_in("Incomplete") & c.has("open_fix"),
        lambda c: c.named("Incomplete, and open is ", "open_fix"),
        "set it to In Progress: somebody understood it well enough to fix it",
    ),
}  # fmt: skip


def meanings() -> dict[str, str]:
    """The meaning of each rule in words, by its id."""
    return {name: rule.meaning for name, rule in RULES.items()}
