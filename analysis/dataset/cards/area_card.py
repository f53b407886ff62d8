"""One area: its queue, its reviewers, its bugs without a fix, and its news."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset.cards.card import Card, fact_values
from analysis.dataset.display import with_caption
from analysis.dataset.questions import CHANGE
from analysis.report import measures
from analysis.tables import schema

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset
    from analysis.report.figures import TaskList


class AreaCard(Card):
    """One area: `first_steps`, `queue`, `others`, `reviewers`, `bugs_without_fix`, `inconsistent_bugs`, `news`, ..."""

    def __init__(self, nova: "Dataset", name: str) -> None:
        super().__init__(nova)
        self.area_id = nova.area_id(name)
        self.title = next(title for title, area_id in nova.area_titles.items() if area_id == self.area_id)

    @cached_property
    def fixes(self) -> pd.DataFrame:
        """Its open fixes in the order of their rank."""
        rows = self.nova.fixes_by_area
        return rows[rows["area_id"].eq(self.area_id)].reset_index(drop=True)

    def _if_fetched(self, answer: str, unknown: str) -> str:
        """The sentence for an empty table that is made from changes alone."""
        return self.nova._or_unknown(answer, unknown, "changes", "open")

    @property
    def facts(self) -> pd.DataFrame:
        """A few numbers about the area: fact, n, text, unit, note."""
        return measures.area_facts(
            self.nova.fixes_by_area,
            self.nova.tables.areas,
            release=self.nova.release,
            area_id=self.area_id,
            without_fix=self.bugs_without_fix,
            bugs=self.nova.tables.bugs,
            has_changes=self.nova.has_open_changes,
        )

    @property
    def figures(self) -> pd.DataFrame:
        """The facts, with what each was 1, 4, 13 and 52 weeks ago, by today's area file."""
        past = self.nova.past_fixes(self.nova.in_area(self.nova.tables.changes, self.area_id))
        own = self.nova.in_area(self.nova.tables.bugs, self.area_id, kind="bug")["bug_id"].tolist()
        past["bugs without fix"] = self.nova.n_unfixed_among(lambda at: own)
        return self.nova.with_past(self.facts, past)

    def _facts(self) -> dict[str, object]:
        return fact_values(self.facts)

    def first_steps(self) -> "TaskList":
        """What its team could do first: how many fixes, backports and bugs are here, each number with its rows."""
        from analysis.report import figures

        steps = measures.area_steps(
            measures.for_review(self.fixes) if self.nova.has_open_changes else None,
            None if self.nova.tables.bugs.empty else self.bugs_without_fix,
            n_others=len(measures.for_others(self.fixes)),
            area_id=self.area_id,
        )
        return figures.task_list([steps])

    @property
    def queue(self) -> pd.DataFrame:
        """The fixes that wait, or may wait, for review, highest rank first, with the reasons for each rank."""
        columns = [
            "rank", "change_number", "subject", *CHANGE, "branch", "bug_id", "need", "waiting_days", "reasons",
        ]  # fmt: skip
        empty = self._if_fetched("No open fix of this area waits for a review.", "which fixes wait for one")
        rows = self.nova.with_links(self.nova.with_change_facts(measures.for_review(self.fixes)))
        rows = rows.assign(need=measures.needs(rows["state"]))  # on which branch has a column of its own
        of_main = ["branch"] if rows["branch"].isin(schema.MAIN_BRANCHES).all() else []
        caption = f"Fixes awaiting review: {self.title}"
        # the reasons for a rank name the importance
        return with_caption(
            rows, "queue", caption, columns, empty=empty, beside=["importance", "age_days", "score", *of_main]
        )

    @property
    def in_gerrit(self) -> pd.DataFrame:
        """Addresses of Gerrit's own lists of the fixes that wait for review, one for each state."""
        rows = measures.dashboards(
            measures.for_review(self.fixes), gerrit_root=self.nova.origin.gerrit_root, title=self.title
        )
        empty = self._if_fetched("No open fix of this area waits for a review.", "which fixes wait for one")
        return with_caption(rows, "dashboards", "Open in Gerrit", empty=empty)

    @property
    def others(self) -> pd.DataFrame:
        """The open fixes that wait for their owner, a CI, another change, or to be merged."""
        columns = [
            "change_number",
            "subject",
            *CHANGE,
            "bug_id",
            "importance",
            "waiting_on",
            "waiting_days",
            "reason",
        ]
        answer = "No open fix of this area waits for anybody else."
        empty = self.nova._or_unknown(answer, "which fixes wait for others", "changes", "open", "votes")
        rows = self.nova.with_links(self.nova.with_change_facts(measures.for_others(self.fixes)))
        return with_caption(rows, "others", "Open fixes that wait for somebody else", columns, empty=empty,
                            beside=["age_days"])  # fmt: skip

    @property
    def reviewers(self) -> pd.DataFrame:
        """The reviewers of its fixes for master in the last 90 days, cores first."""
        reviews = self.nova.reviews
        answer = measures.why_no_reviewers(reviews, area_id=self.area_id)
        empty = self.nova._or_unknown(answer, "who reviewed", "changes")
        rows = measures.area_reviewers(reviews, area_id=self.area_id)
        return with_caption(rows, "reviewers", "Who reviewed in the last 90 days", empty=empty)

    @property
    def bugs_without_fix(self) -> pd.DataFrame:
        """Its open bugs that no open or merged fix answers, most important first."""
        rows = self.nova.in_area(self.nova.bugs_without_fix, self.area_id, kind="bug")
        columns = [
            "bug_id", "bug_title", "importance", "status", "assignee", "age_days", "heat", "tags", "reason",
        ]  # fmt: skip
        return with_caption(
            self.nova.with_links(rows),
            "without_fix",
            "Open bugs of this area without a fix",
            columns,
            beside=["lack"],
            empty=measures.why_no_bugs(self.nova.tables.bugs, where="of this area"),
        )

    @property
    def inconsistent_bugs(self) -> pd.DataFrame:
        """Its bugs whose state contradicts Gerrit or itself."""
        return self.nova.inconsistent_bugs(area=self.area_id)

    @property
    def news(self) -> pd.DataFrame:
        """What happened to its open fixes since the previous report."""
        news = self.nova.news_by_area
        rows = self.nova.with_links(news[news["area_id"].eq(self.area_id)])
        columns = ["event", "change_number", "subject", "branch", "bug_id", "importance", "detail"]
        empty = self.nova._why_no_news()
        return with_caption(rows, "news", "What happened to open fixes of this area", columns, empty=empty)

    def waiting_times(self, *, days: str = "waiting_days") -> pd.DataFrame:
        """The number of its open fixes by how long they have waited and on whom."""
        return self.nova._waited(self.fixes, days=days, what="fix of this area")

    def by_week(self, *, weeks: int = 26) -> pd.DataFrame:
        """The number of its open and unreviewed fixes at the end of each recent week."""
        return self.nova._weekly(self.nova.in_area(self.nova.tables.changes, self.area_id), weeks=weeks)
