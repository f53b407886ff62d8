"""The Dataset: a project's tables, and the questions that can be asked of them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset import display, help_text, kept_reports
from analysis.dataset.areas import AreaQuestions
from analysis.dataset.backports import BackportQuestions
from analysis.dataset.bugs import BugQuestions
from analysis.dataset.cards import AreaCard, BugCard, ChangeCard, PersonCard, ReleaseCard, ThemeCard
from analysis.dataset.display import with_caption
from analysis.dataset.fixes import FixQuestions
from analysis.dataset.forecasts import ForecastQuestions
from analysis.dataset.origin import find_data, read_origin
from analysis.dataset.people import PeopleQuestions
from analysis.dataset.quality import QualityQuestions
from analysis.dataset.queue_flow import QueueFlowQuestions
from analysis.dataset.review_plans import ReviewPlanQuestions
from analysis.dataset.reviews import ReviewQuestions
from analysis.dataset.search import SearchQuestions
from analysis.dataset.start import StartQuestions
from analysis.dataset.start_tasks import StartTasks
from analysis.dataset.texts import TextQuestions
from analysis.dataset.themes import ThemeQuestions
from analysis.dataset.triage import TriageQuestions
from analysis.report import measures
from analysis.store import Store
from analysis.tables import schema
from analysis.tables.completeness import SERVED, not_served

if TYPE_CHECKING:
    import ipywidgets

WAITED = "How long the open fixes have waited"


class Dataset(StartTasks, SearchQuestions, QueueFlowQuestions, ReviewPlanQuestions, ForecastQuestions, TextQuestions):
    """The tables of one project as of one instant. `nova.help()` lists the questions, `nova.help("x")` explains x.

    Examples
    --------
    >>> nova.fixes(unreviewed=True)["change_number"].is_unique
    True
    """

    def bug(self, bug_id: int = 0) -> BugCard:
        """One bug: tasks, history, fixes with whose turn it is, theme, similar bugs, and what is unknown.

        The number 0 chooses the bug with the most kinds of records: a log, comments, changes, commits, a theme.

        Examples
        --------
        >>> nova.bug(nova.tables.bugs["bug_id"].iloc[0]).tasks["target"].iloc[0]
        'nova'
        """
        return BugCard(self, bug_id or self._best_documented())

    def _best_documented(self) -> int:
        t = self.tables
        to_changes, to_commits = (schema.fix_links(t.links, kind) for kind in ("change", "commit"))
        comments = t.columns("bug_messages", ["bug_id", "message_number"])
        records = [
            t.columns("bug_activity", ["bug_id"])["bug_id"],
            comments.loc[comments["message_number"].gt(0), "bug_id"],
            to_changes.loc[to_changes["change_number"].isin(t.changes["change_number"]), "bug_id"],
            to_commits.loc[to_commits["ref"].isin(t.columns("commits", ["sha"])["sha"]), "bug_id"],
            t.bug_themes.dropna(subset="theme_id")["bug_id"],
        ]
        return measures.best_documented_bug(self.reported(), records)

    def change(self, change_number: int) -> ChangeCard:
        """One change: its bugs, votes, turns and files."""
        return ChangeCard(self, change_number)

    def person(self, name: str | int) -> PersonCard:
        """One person, by username, display name or account number: their fixes, and what they could review."""
        return PersonCard(self, name)

    def area(self, name: str = "") -> AreaCard:
        """One area, by title or id; an empty name chooses the one with the most fixes that wait for review.

        Examples
        --------
        >>> nova.area("Simplify Quotas").area_id
        'quotas'
        """
        return AreaCard(self, name or self._busiest())

    def _busiest(self) -> str:
        waits = measures.for_review(self.fixes_by_area)
        plain = self.tables.areas.loc[~self.tables.areas["is_catch_all"].fillna(False), "area_id"]
        counts = waits.loc[waits["area_id"].isin(plain), "area_id"].value_counts()
        return str(counts.sort_index().idxmax()) if len(counts) else schema.NO_AREA

    def theme(self, name: str = "") -> ThemeCard:
        """One theme, by label, id or a word of it; an empty name chooses the one with the most open bugs without a fix.

        Examples
        --------
        >>> "quota" in nova.theme("quota").title
        True
        """
        return ThemeCard(self, name or next(iter(self.theme_overview["theme_id"]), ""))

    def cycle(self) -> ReleaseCard:
        """The cycle of the release: potential blockers, milestones, fixed bugs, and the rate of fixing."""
        return self._cycle

    def sql(self, question: str, *values: object) -> pd.DataFrame:
        """The result of a SQL query (DuckDB) over this project's tables; `fixes` has one row per open fix.

        Its column `area` joins the titles of its areas; the view `fix_areas` has a row for each of them. A row of
        `bugs` also has the columns of the bug's task in this project: status, importance, assignee, milestone, is_open,
        closed_at. `?` stands for a value. The tables hold public rows only.

        Examples
        --------
        >>> nova.sql("select count(*) as n from bugs where is_open and importance = 'High'")["n"].tolist()
        [2]
        >>> nova.sql("select area, count(*) as n from fixes group by all order by all").values.tolist()
        [['Scheduler', 2], ['Simplify quotas', 3]]
        """
        from analysis.dataset import sql

        views = sql.views(self.tables, self.fixes, launchpad_project=self.origin.launchpad_project)
        return sql.answer(question, values, self.tables, views)

    def at(self, instant: str) -> "Dataset":
        """The Dataset as of an earlier instant, built from what had happened by then; this takes as long as a build.

        Its tables are kept below data/processed/at, so that the second time is quick.
        """
        from analysis.dataset import past

        day = measures.instant(instant)
        return self if day == self.as_of else Dataset(*past.tables_at(self.store, self.origin, day))

    def compare(self, then: str = "") -> pd.DataFrame:
        """What happened to open fixes and to bugs since an instant.

        The comparison is with the kept report on data of that day, else with `at(then)`. Empty: with the previous
        report.

        Returns
        -------
        DataFrame
            event, change_number, subject, bug_id, bug_title, importance, detail, areas; change_url, bug_url.
        """
        before = self._past_dataset(then) if then else self
        events = pd.concat([before.news(), before.bug_news()], ignore_index=True)
        columns = ["event", "change_number", "subject", "bug_id", "bug_title", "importance", "detail", "areas"]
        events = events.reindex(columns=[*columns, "change_url", "bug_url"])
        since = f"{before.since[:10]}" if before.since else "the first report"
        return with_caption(
            events, "comparison", f"What happened since {since}", columns, empty=f"Nothing since {since}."
        )

    def _past_dataset(self, then: str) -> "Dataset":
        folder, kept_as_of = kept_reports.of_day(self.store, self.origin, day=f"{measures.instant(then):%Y%m%d}")
        if folder is None:
            past = self.at(then)
            folder, kept_as_of = past.store.data_dir, past.origin.as_of
        return Dataset(self.store, self.origin, since_folder=folder, since=kept_as_of)

    def explore(self) -> "ipywidgets.VBox":
        """Lists to choose area, theme and owner from, and the open fixes that fit the choice; needs a live notebook.

        The lists are native ones of the browser: Tab reaches them, arrow keys or a first letter choose.
        """
        from analysis.report import figures

        t = self.tables
        named_fixes = measures.with_names(
            self.with_links(self.fixes_by_area),
            areas=t.areas,
            themes=t.themes,
            bug_themes=t.bug_themes,
            changes=t.changes,
            accounts=t.accounts,
        )
        columns = ["change_number", "subject", "owner_name", "bug_id", "importance", "state", "waiting_on",
                   "waiting_days"]  # fmt: skip

        def shown_for(picked: dict[str, str]) -> tuple[figures.Table, figures.Picture]:
            picked_fixes = measures.matching_fixes(named_fixes, picked)
            caption, empty = "Open fixes, highest score first", "No open fix fits these choices."
            table = figures.table(picked_fixes, name="chosen", caption=caption, columns=columns, empty=empty)
            return table, figures.bar_chart(
                measures.waiting_times(picked_fixes), name="waiting_times", caption=WAITED, legend="Waiting on"
            )

        return figures.explorer(measures.choices(named_fixes), shown_for)

    def help(self, name: str = "") -> help_text.Help:
        """The list of questions; or the meaning of a question, card or table; or what mentions a word.

        Examples
        --------
        >>> print(str(nova.help("waiting")).splitlines()[0])
        nova.waiting(by, of)
        """
        return help_text.explanation(name, groups(), CARDS) if name else help_text.overview(groups(), self.tables.names)

    def data_dictionary(self) -> pd.DataFrame:
        """Every column of every table, with its type and its meaning: table, column, type, meaning.

        Examples
        --------
        >>> words = nova.data_dictionary()
        >>> words.loc[words["meaning"].str.contains("whose turn"), "column"].unique().tolist()[:1]
        ['waiting_on']
        """
        return with_caption(help_text.data_dictionary(), "data_dictionary", "Every column of every table")

    def __dir__(self) -> list[str]:
        return [*(name for group in groups().values() for name in group), "as_of", "project", "release", "tables"]

    def summary(self) -> pd.DataFrame:
        """The project of these tables, their instant, their size, and what is missing: fact, value."""
        t = self.tables
        gaps = [f"{one['source']}: {gap}" for one in self.origin.sources for gap in one["gaps"]]
        gaps += not_served(**{name: self._columns_served(name) for name in SERVED})
        unknown = int(t.open_fixes["waiting_on"].isna().sum())
        rows = {
            "project": f"{self.project} (Launchpad: {self.origin.launchpad_project})",
            "release": self.release or "none: the tables have no areas",
            "as of": f"{self.as_of:%Y-%m-%d %H:%M} UTC",
            "compared with": self.since[:10] or "no report before this one",
            "bugs": f"{len(t.bugs):,}",
            "changes": f"{len(t.changes):,}",
            "open fixes": f"{len(t.open_fixes):,}, of which {unknown:,} whose turn is unknown",
            "missing": "; ".join(gaps)
            or ("nothing that is known of" if self.origin.sources else "unknown: no snapshots here"),
        }
        if self.origin.doubt:
            rows["note"] = self.origin.doubt
        facts = pd.DataFrame(list(rows.items()), columns=["fact", "value"], dtype="string")
        return with_caption(facts, "summary", f"{self.project} as of {self.as_of:%Y-%m-%d}")

    def _columns_served(self, name: str) -> pd.DataFrame:
        is_built = name in self.tables.names
        return self.tables.columns(name, SERVED[name]) if is_built else schema.TABLES[name].empty()[SERVED[name]]

    def __repr__(self) -> str:
        return "\n".join(f"{fact:<14} {value}" for fact, value in self.summary().itertuples(index=False))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {**display.as_table(self.summary())._repr_mimebundle_(), "text/plain": repr(self)}


CARDS = {
    "area": AreaCard,
    "bug": BugCard,
    "change": ChangeCard,
    "cycle": ReleaseCard,
    "person": PersonCard,
    "theme": ThemeCard,
}
HEADINGS = {
    Dataset: "One thing, and the whole",
    StartTasks: "What people come for",
    StartQuestions: "What each role asks first",
    PeopleQuestions: "People",
    FixQuestions: "Open fixes",
    AreaQuestions: "Areas, and what is new there",
    ReviewQuestions: "Changes and their reviews",
    BackportQuestions: "Stable branches",
    QueueFlowQuestions: "The queue as a whole",
    ReviewPlanQuestions: "Who could act",
    ForecastQuestions: "What will be merged, and how good the list is",
    BugQuestions: "Bugs",
    TriageQuestions: "Bugs as they come and go",
    ThemeQuestions: "Themes",
    QualityQuestions: "The data themselves",
    TextQuestions: "Texts to share",
}


def groups() -> dict[str, dict[str, Callable[..., object]]]:
    """The questions of a dataset, by heading and name."""
    return {
        heading: {name: one for name, one in sorted(vars(kind).items()) if callable(one) and not name.startswith("_")}
        for kind, heading in HEADINGS.items()
    }


def open_dataset(
    data_dir: Path | str = "", *, project: str = "", release: str = "", as_of: str = "", since: str = ""
) -> Dataset:
    """The tables of one project: see `analysis.open`."""
    store = Store(find_data(data_dir))
    origin = read_origin(store, project=project, release=release)
    display.install(origin.roots)
    folder, kept_as_of = kept_reports.before(store, origin, since=since)
    dataset = Dataset(store, origin, since_folder=folder, since=kept_as_of)
    return dataset.at(as_of) if as_of else dataset
