"""The base of all questions: the tables, their origin, and the lookup of names that people type."""

from collections.abc import Sequence
from functools import cached_property
from inspect import isfunction
from pathlib import Path

import pandas as pd

from analysis.dataset.keywords import checked
from analysis.dataset.name_lookup import resolve_name
from analysis.dataset.origin import Origin
from analysis.dataset.tables import Tables
from analysis.errors import UsageError
from analysis.judge import corrections, todo
from analysis.report import measures
from analysis.store import Store, read_earlier
from analysis.tables import schema
from analysis.tables.completeness import SERVED, or_unknown, unserved

# Columns of every table of open changes.
CHANGE = ["owner_name", "size_lines", "ci", "last_event"]
# Columns that identify the fix of a commit, without the long messages.
COMMITS = ["sha", "project", "branch", "authored_at", "committed_at", "change_id"]


class Questions:
    """The base class of the questions; `analysis.open` makes a Dataset, which inherits from all of them."""

    def __init_subclass__(cls) -> None:
        """Wrap every question of a subclass in the check of its arguments."""
        super().__init_subclass__()
        for name, question in list(vars(cls).items()):
            if isfunction(question) and not name.startswith("_"):
                setattr(cls, name, checked(question))

    def __init__(
        self,
        store: Store,
        origin: Origin,
        *,
        kept: Path | None = None,
        since_folder: Path | None = None,
        since: str = "",
    ) -> None:
        self.store, self.origin = store, origin
        self.tables = Tables(store, origin.project, kept=Store(kept) if kept else None)
        self.since_folder, self.since = since_folder, since

    @property
    def project(self) -> str:
        """Its name in the tables, such as openstack/nova."""
        return self.origin.project

    @property
    def release(self) -> str:
        """The release whose areas the tables hold."""
        return self.origin.release

    @property
    def as_of(self) -> pd.Timestamp:
        """The instant to which ages are measured."""
        return self.origin.instant

    def with_links(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with the addresses of its changes, bugs and areas."""
        return measures.with_addresses(frame, **self.origin.roots)

    def with_change_facts(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame of open or abandoned changes, with owner, owner_name, size_lines, ci and last_event added."""
        return measures.with_change_facts(frame, self.change_facts)

    @cached_property
    def change_facts(self) -> pd.DataFrame:
        """Facts about each open change, and about each change worth taking over: see `measures.change_facts`."""
        t = self.tables
        changes = t.changes
        is_open = changes["status"].isin(schema.OPEN_CHANGE_STATUSES)
        return measures.change_facts(
            changes=changes[is_open | changes["change_number"].isin(t.rescues["change_number"])],
            patch_sets=t.patch_sets,
            votes=t.votes,
            change_messages=t.columns("change_messages", ["change_number", "sent_at", "account", "is_ci"]),
            names=self.account_names,
        )

    @cached_property
    def unserved(self) -> frozenset[str]:
        """The kinds of records that were not served at all, by their names in `completeness.WITHOUT`."""
        t = self.tables
        bugs = t.columns("bugs", ["bug_id", "has_messages", "has_all_tasks"])
        changes, commits = t.columns("changes", SERVED["changes"]), t.columns("commits", ["sha"])
        return unserved(bugs, changes, n_commits=len(commits))

    @property
    def has_open_changes(self) -> bool:
        """Whether any open change was served: where none was, the number of open fixes is unknown, not 0."""
        return not {"changes", "open"} & self.unserved

    def _or_unknown(self, answer: str, unknown: str, *follows_from: str) -> str:
        """The sentence for an empty table; or, if a source that it follows from was not served, that it is unknown."""
        return or_unknown(answer, unknown, follows_from=follows_from, missing=self.unserved)

    def earlier(self, name: str) -> pd.DataFrame:
        """A table as the previous report kept it; no rows if it did not keep it, or if there is no previous report."""
        return read_earlier(self.since_folder or "", name, project=self.project)

    @cached_property
    def area_titles(self) -> dict[str, str]:
        """The areas of the release, title -> id, in the order of the area file; "In no area" is last."""
        areas = self.tables.areas.sort_values("position")
        return dict(zip(areas["title"], areas["area_id"], strict=True)) | {
            measures.title_of_rest(areas): schema.NO_AREA
        }

    def area_id(self, name: str) -> str:
        """The id of an area by its title or id. Raises UsageError with the nearest ones."""
        return resolve_name(name, self.area_titles, what="an area")

    def theme_id(self, name: str) -> str:
        """The id of a theme by its label, its id or a word of it; the largest of several themes with the word."""
        themes = self.tables.themes.sort_values(["n_bugs", "theme_id"], ascending=[False, True])
        word = str(name).strip().lower()
        labels = dict(zip(themes["label"], themes["theme_id"], strict=True))
        if not word or any(word in (label.lower(), theme_id.lower()) for label, theme_id in labels.items()):
            return resolve_name(name, labels, what="a theme")
        by_label = themes[themes["label"].str.lower().str.contains(word, regex=False)]
        is_term = [any(word in term.lower() for term in terms) for terms in themes["terms"]]
        for matching in (by_label, themes[is_term]):
            if len(matching):
                return str(matching["theme_id"].iloc[0])
        return resolve_name(name, labels, what="a theme")

    def theme_label(self, name: str) -> str:
        """The label of a theme; the name is resolved as in `theme_id`."""
        return measures.theme_label(self.tables.themes, self.theme_id(name))

    def account(self, name: str | int) -> int:
        """The number of an account by its username, display name or number. Raises UsageError with the nearest ones."""
        return todo.who(str(name), self.tables.accounts)

    @cached_property
    def account_names(self) -> dict[int, str]:
        """The name to show for each account: its name, else its username, else its number."""
        accounts = self.tables.accounts
        names = accounts["name"].fillna(accounts["username"]).fillna(accounts["account"].astype("string"))
        return dict(zip(accounts["account"], names, strict=True))

    @cached_property
    def core_votes(self) -> pd.DataFrame:
        """The votes to see by who is a core: those of people who are said to be none count as +1 or -1 at most."""
        votes = self.tables.votes
        of_no_core = votes["account"].isin(corrections.no_cores(self.tables.corrections))
        return votes.assign(value=votes["value"].mask(of_no_core, votes["value"].clip(-1, 1)))

    def in_area(self, frame: pd.DataFrame, area_id: str, *, kind: str = "change") -> pd.DataFrame:
        """The rows whose change, or bug, the area file puts into the area."""
        return measures.in_area(frame, self.tables.area_members, release=self.release, area_id=area_id, kind=kind)

    def _important(self, frame: pd.DataFrame, importance: str | Sequence[str]) -> pd.DataFrame:
        importances = resolve_names(importance, schema.IMPORTANCES, what="importance")
        return frame[frame["importance"].isin(importances)] if importances else frame

    @staticmethod
    def _holds(lists: pd.Series, value: str) -> "pd.Series[bool]":
        """Whether each of the lists contains the value."""
        return pd.Series([value in one for one in lists], index=lists.index, dtype=bool)


def resolve_names(typed: str | Sequence[str], names: Sequence[str], *, what: str) -> list[str]:
    """The typed names, one or several, as the contract spells them. Raises UsageError for any other name."""
    texts = [typed] if isinstance(typed, str) else list(typed)
    return [resolve_name(text, names, what=what) for text in texts if text]


def instant_of(text: str) -> pd.Timestamp:
    """A typed instant, in UTC. Raises UsageError if it is not one."""
    try:
        return measures.instant(text)
    except ValueError as cause:
        raise UsageError(
            expected="a day such as 2015-07-01", found=repr(text)[:80], do="write year, month and day"
        ) from cause
