"""Questions that return a text: a mail, an agenda, an etherpad, a calendar, metrics, a feed."""

from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset.backports import BackportQuestions
from analysis.dataset.past_figures import PastFigures
from analysis.report import measures
from analysis.tables import schema

if TYPE_CHECKING:
    from analysis.report.figures import Document

NO_FIRST = ("No open fix waits for a review.", "which fixes wait for one", "changes", "open")


class TextQuestions(PastFigures, BackportQuestions):
    """Texts to paste into a mail, a meeting or an etherpad, and texts for programs."""

    def mail(self) -> "Document":
        """The week's mail in plain text: who should review which fixes, in at most 40 lines of 78 columns."""
        from analysis.report import figures

        figures_of_week = self.key_figures()
        if "votes" in self.unserved:  # what `missing` says already
            figures_of_week = figures_of_week[figures_of_week["n"].notna()]
        return figures.mail(
            self.with_links(self._fixes_to_review()),
            figures_of_week[figures_of_week["fact"].ne("votes unknown")],
            title=f"{self.origin.launchpad_project} {self.release}",
            as_of=self.as_of,
            no_fix=self._or_unknown(*NO_FIRST),
            of_bugs=self._bug_sentence(),
            instants=self.origin.instants_apart,
            missing=self.missing(),
            to_make=f"{self._fixes_to_make()} {self._not_asked()}".strip(),
            links=measures.lists_on_servers(self.project, self.origin.launchpad_project, **self.origin.roots),
        )

    def _fixes_to_make(self) -> str:
        """How many important bugs have no fix, and how many requested backports are to be made, in a sentence."""
        without = self.bugs_without_fix["importance"].isin(measures.IMPORTANT)
        wanted = self.next_backports()["is_wanted"].fillna(False)
        no_bug, no_merge = (bool(lacks & self.unserved) for lacks in ({"bugs", "proposals"}, {"bugs", "merged"}))
        no_merge |= "tasks" in self.unserved and not wanted.any()  # a task in a series asks for a backport
        n_bugs, n_backports = (None if no_bug else int(without.sum())), (None if no_merge else int(wanted.sum()))
        return (
            f"Critical or High bugs to fix: {'unknown' if n_bugs is None else n_bugs}; "
            f"requested backports to make: {'unknown' if n_backports is None else n_backports}."
        )

    def _not_asked(self) -> str:
        asked = self._fixes_to_review()["change_number"]
        return measures.not_asked_in_words(measures.each_once(self.fixes_by_area), asked=asked.tolist())

    def agenda(self) -> "Document":
        """An agenda for the meeting, in the commands of the meeting bot."""
        from analysis.report import figures

        waiting, cycle = self._fixes_to_review(), self._cycle
        blockers, untriaged = cycle.blockers, self.untriaged()
        return figures.agenda(
            self.with_links(waiting[~waiting["waiting_on"].isin(["owner"]).fillna(False)]),
            blockers,
            untriaged,
            self.over_limit(),
            self.key_figures(),
            title=f"{self.origin.launchpad_project} {self.release}",
            as_of=self.as_of,
            empty={
                "fixes": self._or_unknown(*NO_FIRST),
                "blockers": blockers.attrs.get("note") or "None is known.",
                "untriaged": untriaged.attrs.get("note") or "None is known.",
                "breaches": self._why_no_breach(),
            },
        )

    def calendar(self) -> "Document":
        """An iCalendar file: the days on which fixes reach their limit, the milestones, and the end of the cycle."""
        from analysis.report import figures

        fixes = self.with_links(measures.due_dates(self.fixes_by_area, self.limits, as_of=self.as_of))
        dates = measures.calendar_dates(
            fixes, self.tables.milestones, project=self.origin.launchpad_project, release=self.release,
            starts=self.origin.starts, ends=self.origin.ends, as_of=self.as_of,
        )  # fmt: skip
        empty = self._or_unknown("No date is known that is still to come.", "which dates are to come", "changes")
        title = f"{self.origin.launchpad_project} {self.release}: limits and dates"
        return figures.calendar(dates, title=title, as_of=self.as_of, empty=empty)

    def metrics(self) -> "Document":
        """The numbers of the start page and of each area for a monitor, in OpenMetrics' text format."""
        from analysis.report import figures

        labels = {"project": self.origin.launchpad_project, "release": self.release}
        return figures.metrics(self.totals(), self._areas_summary(), labels=labels, as_of=self.as_of)

    def _fixes_to_review(self) -> pd.DataFrame:
        """Each open fix that waits, or may wait, for a reviewer, once: the highest score first."""
        fixes = measures.each_once(self.fixes_by_area)
        asked = fixes["waiting_on"].isin([*schema.WAITING_FOR_REVIEW, "owner"]) | fixes["waiting_on"].isna()
        is_held = fixes["hold"].notna()
        return fixes[asked & ~is_held].sort_values(
            ["score", "change_number"], ascending=[False, True], ignore_index=True
        )

    def _bug_sentence(self) -> str:
        return measures.triage_in_words(self.recent, self.untriaged(), bugs=self.tables.bugs, since=self._lately())

    def digest(self) -> "Document":
        """A digest for a mail or a meeting, in Markdown."""
        from analysis.report import figures

        areas = self._areas_summary()
        return figures.digest(
            self.review_first(),
            areas,
            self.news(),
            self.with_links(measures.breaches(self.fixes_by_area, self.limits)),
            project=self.origin.launchpad_project,
            release=self.release,
            as_of=self.as_of,
            no_first=self._or_unknown(*NO_FIRST),
            no_news=self._why_no_news(),
            no_breach=self._why_no_breach(),
            facts=self.key_figures(),
            of_bugs=self._bug_sentence(),
            doubt=self.origin.doubt,
        )

    def etherpad(self) -> "Document":
        """Fixes awaiting review in the lines of a status etherpad, by area."""
        from analysis.report import figures

        areas = self._areas_summary()
        return figures.etherpad(self.with_links(measures.for_review(self.fixes_by_area)), areas, as_of=self.as_of)

    def feed(self) -> "Document":
        """An Atom feed of unreviewed fixes."""
        from analysis.report import figures

        project, release = self.origin.launchpad_project, self.release
        unreviewed = self.unreviewed()
        note = unreviewed.attrs.get("note", "")
        return figures.feed(unreviewed, project=project, release=release, as_of=self.as_of, no_entry=note)
