"""Questions about areas: their open fixes, their reviewers, and what happened since the previous report."""

from functools import cached_property

import pandas as pd

from analysis.dataset.bugs import BugQuestions
from analysis.dataset.display import with_caption
from analysis.dataset.fixes import FixQuestions
from analysis.report import measures, page_registry
from analysis.tables import schema


class AreaQuestions(FixQuestions, BugQuestions):
    """The questions about the areas of the release."""

    @cached_property
    def reviews(self) -> pd.DataFrame:
        """Who voted on fixes for master of each area lately: see `measures.area_reviews`."""
        t = self.tables
        reviews = measures.area_reviews(
            changes=t.changes,
            links=t.links,
            bugs=t.bugs,
            votes=self.core_votes,
            change_messages=self.messages,
            accounts=t.accounts,
            areas=t.areas,
            area_members=t.area_members,
            release=self.release,
            review_label=self.origin.review_label,
            as_of=self.as_of,
        )
        # A reviewer without a core's vote on an open change may have given one on a merged change.
        may_be_core = reviews["is_core"].eq(False).fillna(False) & ("closed" in self.unserved)
        return reviews.assign(is_core=reviews["is_core"].mask(may_be_core))

    def reviewers(self) -> pd.DataFrame:
        """Who reviewed fixes of each area in the last 90 days, the areas with the fewest cores first."""
        rows = measures.review_coverage(self.reviews, self.fixes_by_area, self.tables.areas, release=self.release,
                                        has_changes="changes" not in self.unserved)  # fmt: skip
        unknown = self._or_unknown(measures.why_reviewers_unknown(rows), "who reviewed", "changes")
        return with_caption(
            self.with_links(rows.head(0) if unknown else rows),
            "reviewers",
            "Who reviewed in each area in the last 90 days",
            ["title", "coverage", "cores", "other_reviewers", "n_waiting", "oldest_days"],
            none_where={"cores": "n_fixes", "other_reviewers": "n_fixes", "oldest_days": "n_waiting"},
            beside=["n_cores", "n_reviewers", "n_unknown"],
            empty=unknown or "No area is declared.",
        )

    @cached_property
    def news_by_area(self) -> pd.DataFrame:
        """What happened to open fixes since the previous report, a row for each area of a fix: area_id, event, ..."""
        t = self.tables
        previous = self.earlier("queue") if self.since_folder else t.queue
        return measures.with_time(
            measures.since(self.fixes_by_area, previous, changes=t.changes, links=t.links, bugs=t.bugs),
            self.fixes_by_area,
            votes=t.votes,
            accounts=t.accounts,
            changes=t.changes,
            limits=self.limits,
            review_label=self.origin.review_label,
            previous_as_of=self.since,
            as_of=self.as_of,
        )

    def news(self) -> pd.DataFrame:
        """What happened to open fixes since the previous report: entered, merged, voted on, over a limit; each once."""
        rows = measures.each_event_once(self.news_by_area, self.tables.areas, release=self.release)
        return with_caption(
            self.with_links(rows),
            "news",
            "What happened to open fixes",
            ["event", "change_number", "subject", "branch", "bug_id", "importance", "detail", "areas"],
            empty=self._why_no_news(),
        )

    def _areas_summary(self) -> pd.DataFrame:
        has_changes = self.has_open_changes
        areas = self.tables.areas
        return measures.areas_summary(self.fixes_by_area, areas, release=self.release, has_changes=has_changes)

    def _why_no_news(self) -> str:
        """The sentence for an empty table of what happened to open fixes."""
        answer = measures.why_no_news(self.since)
        return self._or_unknown(answer, "what happened to any", "changes") if self.since else answer

    def areas(self) -> pd.DataFrame:
        """One row per area: its open fixes, the oldest, whose turn, what is new, and its bugs without a fix."""
        t = self.tables
        summary = self._areas_summary()
        trends = measures.trends(
            t.areas,
            release=self.release,
            area_members=t.area_members,
            changes=self._with_merges(t.changes),
            links=t.links,
            bugs=t.bugs,
            change_messages=self.messages,
            as_of=self.as_of,
            has_past="closed" not in self.unserved,
        )
        rows = measures.with_trend(measures.with_news(summary, self.news_by_area, previous_as_of=self.since), trends)
        lists = [page_registry.AREA.address(area_id, part="queue") for area_id in rows["area_id"]]
        rows = rows.assign(queue_page=pd.Series(lists, rows.index, dtype=schema.TEXT))
        rows = measures.with_bugs_without_fix(
            rows, self.bugs_without_fix, area_members=t.area_members, release=self.release, has_bugs=len(t.bugs) > 0
        )
        return with_caption(
            self.with_links(rows),
            "areas",
            "Areas",
            ["title", "owners", "n_open_fixes", "n_unreviewed", "n_unknown", "oldest_fix_days", "oldest_days",
             "whose_turn", "n_without_fix", "since_last", "trend"],
            none_where={"oldest_days": "n_waiting", "oldest_fix_days": "n_open_fixes"},
            unless_zero=["n_unknown"],
        )  # fmt: skip
