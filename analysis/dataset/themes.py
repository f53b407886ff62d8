"""Questions about themes: the subjects of bugs, their failure modes, growing themes, similar bugs."""

from functools import cached_property
from typing import TYPE_CHECKING, cast

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.questions import Questions
from analysis.report import measures

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset
    from analysis.report.figures import PageSet


class ThemeQuestions(Questions):
    """The questions about themes, the groups of bugs with similar texts."""

    @cached_property
    def theme_overview(self) -> pd.DataFrame:
        """Each theme with its numbers, the most open bugs without a fix first: see `measures.theme_overview`."""
        titled = measures.with_area_titles(self.numbered_themes, self.tables.areas, release=self.release)
        return self._add_note(measures.theme_overview(titled))

    def _add_note(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame; without rows it carries the sentence for an empty table, which its picture shows."""
        frame.attrs["note"] = "" if len(frame) else measures.why_no_themes(self.tables.bugs)
        return frame

    @cached_property
    def numbered_themes(self) -> pd.DataFrame:
        """The table themes; the number of unreviewed fixes is unknown if no change was fetched."""
        return self._without_unserved(self.tables.themes)

    def _without_unserved(self, frame: pd.DataFrame) -> pd.DataFrame:
        is_unknown = "changes" in self.unserved
        return frame.assign(n_unreviewed_fix=pd.array([None] * len(frame), "Int64")) if is_unknown else frame

    @cached_property
    def theme_history(self) -> pd.DataFrame:
        """The bugs of each theme by the half year of their report: see `measures.opened_by_half_year`."""
        t = self.tables
        return measures.opened_by_half_year(
            t.bug_themes,
            t.bugs,
            open_bugs=measures.open_bugs(t.bugs, t.bug_tasks, launchpad_project=self.origin.launchpad_project),
            unfixed_bugs=t.unfixed_bugs,
            as_of=self.as_of,
        )

    def theme_summary(self) -> str:
        """What the bugs are about, in sentences: the largest themes, and those with the most bugs without a fix."""
        is_in_none = self.tables.bug_themes["theme_id"].isna()
        unfixed = self.tables.unfixed_bugs["bug_id"]
        return measures.about_in_words(
            self.theme_overview,
            n_bugs=len(is_in_none),
            n_in_no_theme=int(is_in_none.sum()),
            n_without_fix=None if "proposals" in self.unserved else len(unfixed),
        ) or measures.why_no_themes(self.tables.bugs)

    def themes(self) -> pd.DataFrame:
        """The themes of bugs, the most open bugs without a fix first."""
        rows = measures.with_history(self.theme_overview, self.theme_history)
        unreviewed = [] if "votes" in self.unserved else ["n_unreviewed_fix"]
        return with_caption(
            measures.with_theme_pages(rows, self.tables.themes),
            "themes",
            "Themes of bugs",
            ["theme", "opened", "n_bugs", "n_open", "n_without_fix", *unreviewed, "n_important", "n_year_before",
             "n_last_year", "median_age_days", "areas"],
            none_where={"median_age_days": "n_open"},
            empty=measures.why_no_themes(self.tables.bugs),
        )  # fmt: skip

    def theme_modes(self) -> pd.DataFrame:
        """The failure modes of the largest themes, a row for each pair: theme, failure_mode, n_bugs, lift."""
        return self._add_note(measures.theme_mode_matrix(self.tables.themes, self.tables.theme_cells))

    def failure_modes(self) -> pd.DataFrame:
        """The failure modes that are more frequent in a theme than by chance."""
        rows = measures.over_represented_modes(self.tables.themes, self._without_unserved(self.tables.theme_cells))
        columns = ["theme", "failure_mode", "n_bugs", "n_expected", "lift", "n_open", "n_without_fix"]
        return with_caption(
            measures.with_theme_pages(rows, self.tables.themes),
            "cells",
            "Over-represented failure modes",
            columns,
            beside=["n_unreviewed_fix", "median_age_days"],
            empty=measures.why_no_themes(self.tables.bugs),
        )

    def growth(self) -> pd.DataFrame:
        """The themes that grew or shrank most: bugs of the last year compared with the year before."""
        rows = measures.theme_growth(self.tables.themes)
        return rows if len(self.tables.themes) else self._add_note(rows)

    def growth_summary(self) -> str:
        """What the growth of themes foretold, in sentences: see `measures.growth_test_in_words`."""
        return measures.growth_test_in_words(measures.growth_test(self.theme_history))

    def growth_test(self) -> pd.DataFrame:
        """What the growth of themes in one year said of the next, for each past year: see `measures.growth_test`."""
        rows = measures.growth_test(self.theme_history)
        empty = self._or_unknown("Three years of bugs are needed, and there are fewer.", "what growth foretold", "bugs")
        caption = "What the growth of one year said of the next"
        return with_caption(rows, "growth_test", caption, empty=empty)

    def theme_pages(self) -> "PageSet":
        """A small page for each theme without a page of its own: see `ThemeCard.page`."""
        from analysis.dataset.cards.theme_card import ThemeCard
        from analysis.report import figures

        small = measures.small_theme_pages(self.tables.themes)
        cards = [ThemeCard(cast("Dataset", self), theme_id) for theme_id in small]
        return figures.PageSet([card.page() for card in cards], kind="Theme")

    def theme_news(self) -> pd.DataFrame:
        """What became of the themes since the previous build: split, merged, new or gone."""
        rows = measures.theme_news(self.tables.themes, self.tables.theme_changes)
        answer = "Every theme is what it was, or this is the first run."
        empty = self._or_unknown(answer, "what became of them", "bugs")
        return with_caption(rows, "theme_news", "What became of the themes", empty=empty)

    def likely_duplicates(self) -> pd.DataFrame:
        """Pairs of bugs that may be duplicates but are not marked as such, the likeliest first."""
        rows = measures.look_alikes(self.tables.similar_bugs, self.tables.bugs)
        empty = self._or_unknown("No open bug is near to another.", "which may be the same", "bugs")
        return with_caption(self.with_links(rows), "look_alikes", "Bugs that may be the same", empty=empty)

    def similar_fixed(self) -> pd.DataFrame:
        """For each open bug the fixed bug with the most similar text, and its fix."""
        rows = measures.nearest_fixed(self.tables.similar_bugs, self.tables.bugs)
        caption = "The nearest fixed bug of each open one"
        empty = self._or_unknown("No open bug is near to a fixed one.", "which are", "bugs", "merged")
        return with_caption(self.with_links(rows), "nearest_fixed", caption, empty=empty)
