"""The cycle of a release: potential blockers, milestones, fixed bugs, and the rate of fixing."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset.cards.card import Card, fact_values
from analysis.dataset.display import with_caption
from analysis.dataset.questions import COMMITS
from analysis.report import measures
from analysis.tables.counts import counted

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset


class ReleaseCard(Card):
    """The cycle of the release: `blockers`, `fixed`, `still_open`, `milestones`, `fix_rate`."""

    def __init__(self, nova: "Dataset") -> None:
        super().__init__(nova)
        self.title = f"Release {nova.release}"
        self.starts, self.until = measures.cycle(nova.origin.starts, nova.origin.ends, as_of=nova.as_of)

    @cached_property
    def _commits(self) -> pd.DataFrame:
        return self.nova.tables.columns("commits", COMMITS)

    @cached_property
    def blockers(self) -> pd.DataFrame:
        """The potential blockers: open bugs with the release's tag, series or milestone, and its regressions."""
        t = self.nova.tables
        rows = measures.standing_bugs(
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            milestones=t.milestones,
            changes=t.changes,
            commits=self._commits,
            links=t.links,
            review_states=t.review_states,
            release=self.nova.release,
            launchpad_project=self.nova.origin.launchpad_project,
            starts=self.starts,
            as_of=self.nova.as_of,
        )
        return with_caption(
            self.nova.with_links(rows),
            "standing",
            "Potential blockers",
            ["bug_id", "bug_title", "importance", "status", "assignee", "milestone", "against", "need",
             "change_number", "age_days"],
            none_where={"change_number": "n_fixes"},
            empty=self.nova._or_unknown(
                measures.why_none_stands(t.bugs, release=self.nova.release),
                f"which bugs may block {self.nova.release}",
                "bugs",
                "tasks",
            ),
        )  # fmt: skip

    @cached_property
    def _merged(self) -> pd.DataFrame:
        """The bugs whose fix merged on master in the cycle and not before, whether or not they are closed."""
        t = self.nova.tables
        return measures.fixed_in_cycle(
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            changes=t.changes,
            commits=self._commits,
            links=t.links,
            launchpad_project=self.nova.origin.launchpad_project,
            starts=self.starts,
            until=self.until,
        )

    @cached_property
    def fixed(self) -> pd.DataFrame:
        """The bugs that were fixed on master in the cycle and not before, and are closed, the most important first."""
        rows = self._merged[self._merged["is_open"].eq(False).fillna(False)]
        rows = rows.drop(columns="is_open").reset_index(drop=True)
        n_unknown = int(self._merged["is_open"].isna().sum())
        note = f"Whether {counted(n_unknown, 'more bug')} with a merged fix are closed is unknown." if n_unknown else ""
        why = measures.why_none_fixed(self.nova.tables.bugs)
        empty = self.nova._or_unknown(why, "which bugs were fixed", "merged")
        empty = note or empty if "merged" not in self.nova.unserved else empty
        return with_caption(self.nova.with_links(rows), "fixed", "Bugs fixed in the cycle", empty=empty, note=note)

    @property
    def still_open(self) -> pd.DataFrame:
        """The open bugs of which a fix merged in the cycle: more is to come, or nobody closed them."""
        rows = self._merged[self._merged["is_open"].fillna(False)].drop(columns="is_open").reset_index(drop=True)
        answer = "No bug whose fix merged in the cycle is still open."
        empty = self.nova._or_unknown(answer, "which are still open", "bugs", "merged")
        return with_caption(self.nova.with_links(rows), "still_open", "Fix merged, bug still open", empty=empty)

    def n_blockers_at(self, at: pd.Timestamp) -> object:
        """The number of potential blockers at an instant, by today's tags, tasks, milestones; NA before the cycle."""
        rows = self._blockers_at(at)
        return pd.NA if rows is None or (rows.empty and "tasks" in self.nova.unserved) else len(rows)

    def n_candidates_at(self, at: pd.Timestamp) -> object:
        """How many of these have the tag of a release candidate today; NA before the cycle."""
        rows = self._blockers_at(at)
        return pd.NA if rows is None else measures.n_release_blockers(rows, release=self.nova.release)

    def blockers_at(self, at: pd.Timestamp) -> list[int]:
        """The bugs that stood against the release then; none before its cycle."""
        rows = self._blockers_at(at)
        return [] if rows is None else rows["bug_id"].tolist()

    def _blockers_at(self, at: pd.Timestamp) -> pd.DataFrame | None:
        """The bugs that stood against the release then; None before its cycle, or where no bug was served."""
        t = self.nova.tables
        if at < self.starts or "bugs" in self.nova.unserved:
            return None
        return measures.blocking_bugs(
            bugs=t.bugs[t.bugs["created_at"].le(at).fillna(False)],
            bug_tasks=measures.tasks_at(t.bug_tasks, at),
            milestones=t.milestones,
            release=self.nova.release,
            launchpad_project=self.nova.origin.launchpad_project,
            starts=self.starts,
            as_of=at,
        )

    def n_fixed_at(self, at: pd.Timestamp) -> object:
        """The number of bugs fixed by an instant in the cycle; NA before the cycle, and if merges are unknown."""
        if at < self.starts or "merged" in self.nova.unserved or self.nova.tables.bugs.empty:
            return pd.NA
        return int(self.fixed["fixed_on_master_at"].le(at).sum())

    @property
    def facts(self) -> pd.DataFrame:
        """A few numbers about the release."""
        bugs = self.nova.tables.bugs
        release, unserved = self.nova.release, self.nova.unserved
        return measures.release_facts(self.blockers, self.fixed, bugs=bugs, release=release, unserved=unserved)

    @property
    def figures(self) -> pd.DataFrame:
        """The facts, with what each was 1, 4, 13 and 52 weeks ago."""
        return self.nova.with_past(self.facts)

    def _facts(self) -> dict[str, object]:
        return fact_values(self.facts)

    @property
    def milestones(self) -> pd.DataFrame:
        """The number of bugs of each milestone, open and in all."""
        t = self.nova.tables
        rows = measures.by_milestone(
            self.blockers,
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            milestones=t.milestones,
            release=self.nova.release,
            launchpad_project=self.nova.origin.launchpad_project,
        )
        empty = f"No milestone of {self.nova.release} was fetched, so its bugs by milestone are unknown."
        return with_caption(rows, "milestones", "Bugs by milestone", empty=empty)

    @property
    def fix_rate(self) -> pd.DataFrame:
        """Bugs reported and bugs fixed since the first day of the cycle: at, n_reported, n_fixed."""
        t = self.nova.tables
        return measures.fix_rate(
            None if "merged" in self.nova.unserved else self.fixed,
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            launchpad_project=self.nova.origin.launchpad_project,
            starts=self.starts,
            until=self.until,
        )
