"""Questions of the start page: three figures for each role, with their earlier values, and the rows to begin with."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, cast

import pandas as pd

from analysis.dataset import kept_reports
from analysis.dataset.cards import ReleaseCard
from analysis.dataset.display import with_caption
from analysis.dataset.quality import QualityQuestions
from analysis.dataset.themes import ThemeQuestions
from analysis.report import measures, page_registry
from analysis.report.measures.figure_history import Then
from analysis.store import read_earlier
from analysis.tables import schema

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset

DAYS = 28  # days that count as "lately" on the start page


class StartQuestions(QualityQuestions, ThemeQuestions):
    """The first questions of each role."""

    def review_figures(self) -> pd.DataFrame:
        """The numbers of open, unreviewed and overdue fixes, with their values 1, 4 and 13 weeks ago."""
        totals = self.totals().set_index("fact")
        weekly = self.by_week(weeks=13)
        past: dict[str, Then] = {
            "open fixes": measures.at_weeks(weekly, "n_open_fixes"),
            "unreviewed": measures.at_weeks(weekly, "n_unreviewed"),
            "over a limit": lambda at: self._kept_count("open_fixes", at, self._n_over),
        }
        facts = totals.loc[list(past)].reset_index()
        return measures.with_past(facts, past, as_of=self.as_of)

    def _n_over(self, fixes: pd.DataFrame) -> object:
        is_known = fixes.empty or bool(fixes["waiting_days"].notna().any())
        return len(measures.breaches(fixes, self.limits)) if is_known else pd.NA

    def _kept_count(self, name: str, at: pd.Timestamp, count: Callable[[pd.DataFrame], object]) -> object:
        """The number in the kept report of about that time; NA if none is kept."""
        folder, _ = self._kept_near[at]
        rows = read_earlier(folder or "", name, project=self.project)
        return count(rows) if len(rows) else pd.NA

    @cached_property
    def _kept_near(self) -> Mapping[pd.Timestamp, kept_reports.Kept]:
        ats = measures.instants(self.as_of).values()
        return {at: kept_reports.near(self.store, self.origin, at) for at in ats}

    def triage_figures(self) -> pd.DataFrame:
        """The numbers of untriaged bugs, open bugs and bugs without a fix, with their earlier values."""
        t = self.tables
        project = self.origin.launchpad_project
        totals = self.totals()
        facts = pd.concat(
            [
                self.triage_facts().query("fact == 'wait for triage'"),
                totals[totals["fact"].isin(("open bugs", "bugs without fix"))],
            ],
            ignore_index=True,
        )
        facts["fact"] = facts["fact"].replace({"wait for triage": "untriaged"})
        pages = {"untriaged": page_registry.TRIAGE.address(part="untriaged")}
        facts["fact_page"] = facts["fact"].map(pages).astype(schema.TEXT).fillna(facts["fact_page"])
        past: dict[str, Then] = {
            "untriaged": lambda at: measures.untriaged_at(self.recent, t.bug_tasks, at, launchpad_project=project),
            "open bugs": lambda at: measures.open_bugs_at(t.bugs, t.bug_tasks, at, launchpad_project=project),
            "bugs without fix": lambda at: self._kept_count("unfixed_bugs", at, len),
        }
        return measures.with_past(facts, past, as_of=self.as_of)

    def triage_first(self, *, most: int = 5) -> pd.DataFrame:
        """The newest untriaged bugs; if there are none, the most important bugs without a fix."""
        rows = self.untriaged()
        if rows.empty and len(self.bugs_without_fix) and "bugs" not in self.unserved:
            without = self.bugs(without_fix=True).head(most).reset_index(drop=True)
            columns = ["bug_id", "bug_title", "importance", "status", "assignee", "age_days", "areas"]
            empty = without.attrs["caption"]["empty"]
            caption = "The most important bugs without a fix, as none is untriaged"
            return with_caption(without, "triage_first", caption, columns, empty=empty)
        newest = rows.sort_values(["age_days", "bug_id"], ignore_index=True).head(most)
        columns = ["bug_id", "bug_title", "age_days", "tags", "areas", "other_bug_id"]
        return with_caption(newest, "triage_first", "Untriaged bugs, newest first", columns,
                            none_where={"other_bug_id": "n_alike"}, empty=rows.attrs["caption"]["empty"])  # fmt: skip

    def release_figures(self) -> pd.DataFrame:
        """The numbers of potential blockers, those without a fix, and bugs fixed in the cycle, with earlier values."""
        card = self._cycle
        pages = {
            "potential blockers": page_registry.RELEASE.address(part="standing"),
            "need a fix": page_registry.RELEASE.address(part="standing"),
            "fixed in the cycle": page_registry.RELEASE.address(part="fixed"),
        }
        facts = card.facts[card.facts["fact"].isin(list(pages))].reset_index(drop=True)
        facts["fact_page"] = facts["fact"].map(pages).astype(schema.TEXT)
        past: dict[str, Then] = {"potential blockers": card.n_blockers_at, "fixed in the cycle": card.n_fixed_at}
        return measures.with_past(facts, past, as_of=self.as_of, more_is_better=["fixed in the cycle"])

    @cached_property
    def _cycle(self) -> ReleaseCard:
        return ReleaseCard(cast("Dataset", self))  # of which this is a part

    def blockers_first(self, *, most: int = 5) -> pd.DataFrame:
        """The first potential blockers of the release, with the assignee and the need of each."""
        blockers = self._cycle.blockers
        columns = ["bug_id", "bug_title", "importance", "assignee", "against", "need", "change_number"]
        return with_caption(
            blockers.head(most),
            "blockers_first",
            "Potential blockers",
            columns,
            none_where={"change_number": "n_fixes"},
            empty=blockers.attrs["caption"]["empty"],
        )

    def theme_figures(self) -> pd.DataFrame:
        """The numbers of bugs reported and closed in 4 weeks, and of open bugs in a theme, with earlier values."""
        t = self.tables
        recent = self.recent
        in_theme = t.bug_themes.loc[t.bug_themes["theme_id"].notna(), "bug_id"]
        themed = t.bugs[t.bugs["bug_id"].isin(in_theme)]
        project = self.origin.launchpad_project

        def in_themes(at: pd.Timestamp) -> object:
            return measures.open_bugs_at(themed, t.bug_tasks, at, launchpad_project=project)

        counts: dict[str, tuple[str, str, Then]] = {
            "reported": (
                "bugs in the last 4 weeks, without duplicates",
                page_registry.TRIAGE.address(part="opened"),
                lambda at: measures.within(recent["created_at"], at, days=DAYS),
            ),
            "closed": (
                "bugs in the last 4 weeks, for whatever reason",
                page_registry.TRIAGE.address(part="closed"),
                lambda at: measures.within(recent["closed_at"], at, days=DAYS),
            ),
            "open bugs in a theme": (
                "their texts are alike; today's themes",
                page_registry.THEMES.address(part="themes"),
                in_themes,
            ),
        }
        facts = measures.facts_frame(
            [measures.Fact(fact, note, n=now(self.as_of)) for fact, (note, _, now) in counts.items()],
            pages={fact: page for fact, (_, page, _) in counts.items()},
        )
        past = {fact: then for fact, (_, _, then) in counts.items()}
        return measures.with_past(facts, past, as_of=self.as_of, more_is_better=["closed"], neutral=["reported"])

    def open_bugs_about(self, *, word: str) -> pd.DataFrame:
        """The number of open bugs with the word in their title, with its earlier values."""
        t = self.tables

        def count_at(at: pd.Timestamp) -> object:
            project = self.origin.launchpad_project
            return measures.open_bugs_at(t.bugs, t.bug_tasks, at, launchpad_project=project, words=word)

        name = f"open {word} bugs"
        facts = measures.facts_frame(
            [measures.Fact(name, f"with “{word}” in the title", n=count_at(self.as_of))],
            pages={name: page_registry.OPEN_BUGS.address(part="open_bugs", filtered=word)},
        )
        return measures.with_past(facts, {name: count_at}, as_of=self.as_of)

    def themes_first(self, *, most: int = 5) -> pd.DataFrame:
        """The themes with the most open bugs without a fix."""
        rows = self.themes()
        columns = ["theme", "n_open", "n_without_fix", "n_unreviewed_fix", "n_important", "n_last_year"]
        caption = "Themes with the most open bugs without a fix"
        empty = rows.attrs["caption"]["empty"]
        return with_caption(rows.head(most), "themes_first", caption, columns, empty=empty)
