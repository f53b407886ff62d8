"""Earlier values of a page's figures: replayed from history, or counted in a kept report of that time."""

from collections.abc import Callable, Collection, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, cast

import pandas as pd

from analysis.dataset import kept_reports
from analysis.dataset.cards import ReleaseCard
from analysis.dataset.quality import QualityQuestions
from analysis.report import measures
from analysis.report.measures.figure_history import Then
from analysis.store import read_earlier

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset

MORE_IS_BETTER = frozenset({"closed", "fixed", "fixed in the cycle"})
NEITHER_IS_BETTER = frozenset({"reported"})


class PastFigures(QualityQuestions):
    """The values of a figure a week, four weeks, thirteen weeks and a year before."""

    def key_figures(self) -> pd.DataFrame:
        """The numbers of `totals`, with what each was 1, 4, 13 and 52 weeks ago."""
        return self.with_past(self.totals())

    def open_bug_figures(self) -> pd.DataFrame:
        """The numbers of `open_bug_facts`, with what each was 1, 4, 13 and 52 weeks ago."""
        return self.with_past(self.open_bug_facts(), {"without fix": self._then("bugs without fix")})

    def triage_week(self) -> pd.DataFrame:
        """The numbers of `triage_facts`; what came in and went is held against spans of the same length before."""
        recent = self.recent
        is_fixed = recent["status"].isin(measures.FIXED)
        days = (self.as_of - self._lately()) / pd.Timedelta(days=1)
        spans: dict[str, Then] = {
            "reported": lambda at: measures.within(recent["created_at"], at, days=days),
            "closed": lambda at: measures.within(recent["closed_at"], at, days=days),
            "fixed": lambda at: measures.within(recent.loc[is_fixed, "closed_at"], at, days=days),
        }
        return self.with_past(self.triage_facts(), spans)

    def with_past(self, facts: pd.DataFrame, past: Mapping[str, Then] | None = None) -> pd.DataFrame:
        """The facts with their values 1, 4, 13 and 52 weeks ago; NA if neither history nor a kept report has them.

        Parameters
        ----------
        past : for facts that are not of the whole project, what each was at an instant
        """
        return measures.with_past(
            facts,
            {**self._past, **(past or {})},
            as_of=self.as_of,
            more_is_better=MORE_IS_BETTER,
            neutral=NEITHER_IS_BETTER,
        )

    def past_fixes(self, changes: pd.DataFrame) -> dict[str, Then]:
        """How many of these changes were open fixes at an instant, and how many of them unreviewed, by their facts."""
        weekly = self._weekly(changes, ends=[*measures.instants(self.as_of).values(), self.as_of])
        return {
            "open fixes": measures.at_instants(weekly, "n_open_fixes"),
            "unreviewed": measures.at_instants(weekly, "n_unreviewed"),
        }

    def n_unfixed_among(self, bug_ids: Callable[[pd.Timestamp], Collection[int]]) -> Then:
        """How many of the bugs had no fix at an instant, as the report says that was kept then."""

        def then(at: pd.Timestamp) -> object:
            return self._kept_count("unfixed_bugs", at, lambda rows: int(rows["bug_id"].isin(list(bug_ids(at))).sum()))

        return then

    @cached_property
    def _past(self) -> dict[str, Then]:
        """Earlier values for the whole project, each computed once for an instant: many tables show the same ones."""
        t, project, cycle = self.tables, self.origin.launchpad_project, self._cycle

        def important(at: pd.Timestamp) -> object:
            of_today = self.recent.loc[self.recent["importance"].isin(measures.IMPORTANT), "bug_id"]
            bugs = t.bugs[t.bugs["bug_id"].isin(of_today)]
            return measures.open_bugs_at(bugs, t.bug_tasks, at, launchpad_project=project)

        values: dict[str, Then] = {
            "open fixes": lambda at: self._past_fixes["open fixes"](at),
            "unreviewed": lambda at: self._past_fixes["unreviewed"](at),
            "over a limit": lambda at: self._kept_count("open_fixes", at, self._n_over),
            "untriaged": lambda at: measures.untriaged_at(self.recent, t.bug_tasks, at, launchpad_project=project),
            "open bugs": lambda at: measures.open_bugs_at(t.bugs, t.bug_tasks, at, launchpad_project=project),
            "Critical or High": important,
            "bugs without fix": lambda at: self._kept_count("unfixed_bugs", at, len),
            "potential blockers": cycle.n_blockers_at,
            "blockers by tag": cycle.n_candidates_at,
            "need a fix": self.n_unfixed_among(cycle.blockers_at),
            "fixed in the cycle": cycle.n_fixed_at,
        }
        return {fact: cache(then) for fact, then in values.items()}

    def _then(self, fact: str) -> Then:
        return self._past[fact]

    @cached_property
    def _past_fixes(self) -> dict[str, Then]:
        return self.past_fixes(self.tables.changes)

    @cached_property
    def _cycle(self) -> ReleaseCard:
        return ReleaseCard(cast("Dataset", self))  # of which this is a part

    def _n_over(self, fixes: pd.DataFrame) -> object:
        is_known = fixes.empty or bool(fixes["waiting_days"].notna().any())
        return len(measures.breaches(fixes, self.limits)) if is_known else pd.NA

    def _kept_count(self, name: str, at: pd.Timestamp, count: Callable[[pd.DataFrame], object]) -> object:
        """The count in the kept report of about that time; NA if none is kept."""
        folder, _ = self._kept_near[at]
        rows = read_earlier(folder or "", name, project=self.project)
        return count(rows) if len(rows) else pd.NA

    @cached_property
    def _kept_near(self) -> Mapping[pd.Timestamp, kept_reports.Kept]:
        ats = measures.instants(self.as_of).values()
        return {at: kept_reports.near(self.store, self.origin, at) for at in ats}
