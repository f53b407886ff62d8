"""One theme: its bugs, their fixes, its parts, and its failure modes."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset.cards.card import Card, fact_values, table_of_page
from analysis.dataset.display import with_caption
from analysis.dataset.questions import CHANGE
from analysis.report import measures, page_registry
from analysis.report.measures.figure_history import Then

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset
    from analysis.report.figures import SmallPage

MOST_ROWS = 8  # of a table on a small page


class ThemeCard(Card):
    """One theme: `fixes`, `bugs`, `bugs_without_fix`, `words`, `modes`, `parts()`, `mentioned`; empty if unnamed."""

    def __init__(self, nova: "Dataset", name: str) -> None:
        super().__init__(nova)
        self.theme_id = nova.theme_id(name) if name else ""
        self.title = measures.theme_label(nova.tables.themes, self.theme_id) if name else "unknown"

    def _or_no_themes(self, answer: str) -> str:
        """The sentence for an empty table, or the reason why there is no theme for it."""
        return answer if self.theme_id else measures.why_no_themes(self.nova.tables.bugs)

    def _rows_in_theme(self, frame: pd.DataFrame) -> pd.DataFrame:
        return measures.in_theme(frame, self.nova.tables.bug_themes, self.theme_id).reset_index(drop=True)

    @property
    def facts(self) -> pd.DataFrame:
        """A few numbers about the theme: fact, n, text, unit, note."""
        return measures.theme_facts(self.nova.numbered_themes, self.theme_id)

    @property
    def figures(self) -> pd.DataFrame:
        """The facts, with what each was 1, 4, 13 and 52 weeks ago, by today's themes and importances."""
        t, project = self.nova.tables, self.nova.origin.launchpad_project
        own = self._rows_in_theme(t.bugs)
        recent = self.nova.recent
        important = recent.loc[recent["importance"].isin(measures.IMPORTANT), "bug_id"]

        def n_open(bugs: pd.DataFrame) -> Then:
            return lambda at: measures.open_bugs_at(bugs, t.bug_tasks, at, launchpad_project=project)

        past = {
            "open bugs": n_open(own),
            "high or critical": n_open(own[own["bug_id"].isin(important)]),
            "without fix": self.nova.n_unfixed_among(lambda at: own["bug_id"].tolist()),
        }
        return self.nova.with_past(self.facts, past)

    def summary(self) -> str:
        """What it is about, in sentences: a report that is typical of it, and how its bugs fail more than others."""
        overview = self.nova.theme_overview
        rows = overview[overview["theme_id"] == self.theme_id]
        if rows.empty:
            return self._or_no_themes("")
        return measures.theme_in_words(rows.iloc[0], self.modes)

    @property
    def history(self) -> pd.DataFrame:
        """Its bugs by the half year of their report, and what became of them: see `measures.opened_by_half_year`."""
        history = self.nova.theme_history
        return history[history["theme_id"] == self.theme_id].reset_index(drop=True)

    def page(self) -> "SmallPage":
        """The theme as a small page of the report."""
        from analysis.report import figures

        tables = [self.words, self.bugs_without_fix, self.modes]
        filled_tables = [table_of_page(table, most=MOST_ROWS) for table in tables if len(table)]
        every = page_registry.THEMES.address(part="themes")
        return figures.SmallPage(
            page_registry.THEMES.part(self.theme_id),
            self.title,
            self.summary(),
            [figures.fact_list(self.facts), figures.history_chart(self.history), *filled_tables],
            notes=[table.attrs["note"] for table in tables if not len(table) and table.attrs.get("note")],
            back=[(every, "All themes, and their map")],
        )

    def _facts(self) -> dict[str, object]:
        return fact_values(self.facts)

    @property
    def words(self) -> pd.DataFrame:
        """The words that distinguish it, and the areas of its bugs."""
        rows = measures.theme_words(self.nova.tables.themes, self.theme_id)
        rows = measures.with_area_titles(rows, self.nova.tables.areas, release=self.nova.release)
        return with_caption(rows, "words", "What sets the theme apart, and the areas of its bugs")

    @property
    def fixes(self) -> pd.DataFrame:
        """The open fixes of its bugs that wait, or may wait, for review, best first."""
        waiting = measures.for_review(self._rows_in_theme(self.nova.fixes_once))
        waiting = waiting.sort_values(["score", "change_number"], ascending=[False, True], ignore_index=True)
        columns = ["change_number", "subject", *CHANGE, "need", "bug_id", "importance", "waiting_days", "age_days"]
        answer = "No open fix of a bug of this theme waits for a review."
        empty = self.nova._or_unknown(answer, "which fixes wait for one", "changes", "open")
        return with_caption(
            self.nova.with_links(self.nova.with_change_facts(waiting)),
            "fixes",
            "Fixes of this theme awaiting review",
            columns,
            empty=empty,
        )

    @property
    def bugs_without_fix(self) -> pd.DataFrame:
        """Its open bugs without a fix, most important first."""
        rows = self.nova.with_links(self._rows_in_theme(self.nova.bugs_without_fix))
        columns = ["bug_id", "bug_title", "importance", "status", "assignee", "age_days", "areas", "reason"]
        caption, empty = (
            "Bugs of this theme without a fix, most important first",
            "No open bug of this theme lacks a fix.",
        )
        return with_caption(rows, "without_fix", caption, columns, empty=empty)

    @cached_property
    def modes(self) -> pd.DataFrame:
        """The failure modes that its bugs name, with the number expected by chance."""
        rows = measures.theme_modes(self.nova.tables.themes, self.nova.tables.theme_cells, self.theme_id)
        empty = "No bug of this theme names a failure mode."
        return with_caption(rows, "modes", "Failure modes that its bugs name", empty=empty)

    def _bugs(self, n_parts: int) -> pd.DataFrame:
        from analysis import themes  # imports scikit-learn, which takes a second

        t = self.nova.tables
        return measures.theme_in_depth(
            self.theme_id,
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            bug_themes=t.bug_themes,
            unfixed_bugs=t.unfixed_bugs,
            sub_themes=themes.sub_themes(t.bugs, t.bug_themes, self.theme_id, n=n_parts or None),
            launchpad_project=self.nova.origin.launchpad_project,
        )

    @cached_property
    def bugs(self) -> pd.DataFrame:
        """All its bugs, open ones first, then by distance from its centre; `sub_theme` is the part of a bug."""
        empty = self._or_no_themes("No public bug belongs to it.")
        return with_caption(
            self.nova.with_links(self._bugs(0)), "in_depth", f"Bugs of the theme: {self.title}", empty=empty
        )

    def parts(self, n_parts: int = 0) -> pd.DataFrame:
        """Its parts: its bugs grouped once more, into this many parts; 0 lets the bugs decide."""
        rows = measures.parts_of_theme(self._bugs(n_parts) if n_parts else self.bugs)
        return with_caption(
            rows, "parts", f"Parts of the theme: {self.title}", empty=self._or_no_themes("No public bug belongs to it.")
        )

    @property
    def mentioned(self) -> pd.DataFrame:
        """The exceptions, paths and options that its bugs name at least twice."""
        from analysis import themes

        rows = themes.mentioned(self._rows_in_theme(self.nova.tables.bugs))
        caption = "Exceptions, paths and options that its bugs name"
        empty = self._or_no_themes("Its bugs name no exception, path or option twice.")
        return with_caption(rows, "mentioned", caption, empty=empty)
