"""Questions about the flow of bugs: new bugs, untriaged bugs, closed bugs, and news."""

from functools import cached_property

import pandas as pd

from analysis.dataset.bugs import BUG
from analysis.dataset.display import with_caption
from analysis.dataset.name_lookup import resolve_name
from analysis.dataset.questions import Questions, instant_of
from analysis.report import measures
from analysis.tables import schema

# the column of bugs that have no value to group by
WITHOUT = {"": "bugs", "theme": "in no theme", "area": "in no area", "tag": "untagged", "importance": "unknown"}
PERIODS = {"day": "D", "week": "W", "month": "MS", "quarter": "QS", "year": "YS"}


class TriageQuestions(Questions):
    """The questions about bugs as they are reported and closed."""

    def opened(self, *, every: str = "week", by: str = "", since: str = "") -> pd.DataFrame:
        """The number of bugs reported in each period: one row per period, one column per group, ready for `.plot()`.

        Duplicates are left out. The last period ends at the instant of the data.

        Parameters
        ----------
        every : day, week, month, quarter or year
        by : theme, area, importance or tag; empty: all together. A bug in two areas, or with two tags, counts in both
        since : the first day, such as 2015-01-01; empty: from the first bug

        Returns
        -------
        DataFrame
            indexed by the first day of each period; int64; 0 if none was reported.

        Examples
        --------
        >>> int(nova.opened(every="year")["bugs"].sum())
        6
        """
        period = PERIODS[resolve_name(every, list(PERIODS), what="every")]
        bugs = self.recent[["bug_id", "created_at", "importance", "tags", "areas"]]
        if since:
            bugs = bugs[bugs["created_at"] >= instant_of(since)]
        by = resolve_name(by, list(WITHOUT)[1:], what="by") if by else ""
        group = self._group(bugs, by)
        at = bugs["created_at"].dt.tz_localize(None)
        starts = at.dt.to_period("W").dt.start_time if period == "W" else at.dt.to_period(period[0]).dt.start_time
        rows = pd.DataFrame({"from": starts.to_numpy(), "group": group.to_numpy()}).explode("group", ignore_index=True)
        counts = pd.crosstab(rows["from"], rows["group"].fillna(WITHOUT[by]).astype("str"))
        order = counts.sum().sort_values(ascending=False, kind="stable").index
        last = self.as_of.tz_localize(None)  # periods without a new bug count, including the last ones
        periods = pd.date_range(counts.index.min(), last, freq="W-MON" if period == "W" else period)
        counts = counts[order].reindex(periods, fill_value=0) if len(counts) else counts
        return counts.rename_axis(index="from", columns=None)

    def _group(self, bugs: pd.DataFrame, by: str) -> pd.Series:
        match by:
            case "":
                return pd.Series("bugs", index=bugs.index, dtype=object)
            case "theme":
                of_bug = self.tables.bug_themes.set_index("bug_id")["theme_id"]
                labels = self.tables.themes.set_index("theme_id")["label"]
                theme_ids = schema.looked_up(bugs["bug_id"], of_bug)
                return schema.looked_up(theme_ids, labels).astype(object)
            case "area":
                return bugs["areas"].astype(object)
            case "tag":
                return bugs["tags"].astype(object)
            case _:
                return bugs["importance"].astype(object)

    @cached_property
    def recent(self) -> pd.DataFrame:
        """The bugs of the project without duplicates, open or closed, newest first: see `measures.recent_bugs`."""
        t = self.tables
        return measures.recent_bugs(
            t.bugs,
            t.bug_tasks,
            launchpad_project=self.origin.launchpad_project,
            area_members=t.area_members,
            areas=t.areas,
            release=self.release,
            as_of=self.as_of,
        )

    def _lately(self, days: int = 7) -> pd.Timestamp:
        """The instant at which "lately" began: that of the previous report, or if there is none, this many days ago."""
        return measures.period_start(self.since, days=days, as_of=self.as_of)

    def untriaged(self) -> pd.DataFrame:
        """The open bugs whose status is New, newest first, each with the bug that it may be a duplicate of."""
        t = self.tables
        return with_caption(
            self.with_links(measures.untriaged_bugs(self.recent, t.similar_bugs, t.bugs)),
            "untriaged",
            "Untriaged bugs, newest first",
            ["bug_id", "bug_title", "importance", "age_days", "heat", "tags", "areas", "other_bug_id"],
            none_where={"other_bug_id": "n_alike"},
            empty=measures.why_none_untriaged(t.bugs),
        )

    def status_unknown(self) -> pd.DataFrame:
        """The bugs that may be untriaged too: their status at the instant of the data is unknown; newest first."""
        return with_caption(
            self.with_links(measures.status_unknown(self.recent)),
            "status_unknown",
            "Bugs whose status is unknown: they may be untriaged, too",
            ["bug_id", "bug_title", "created_at", "age_days", "tags", "areas"],
            empty=measures.why_none_unknown(self.tables.bugs),
        )

    def untriaged_by_tag(self) -> pd.DataFrame:
        """The number of untriaged bugs with each tag; a bug with two tags counts in both."""
        rows, empty = measures.by_tag(self.untriaged()), measures.why_none_untriaged(self.tables.bugs)
        return with_caption(rows, "by_tag", "Untriaged bugs, by tag", empty=empty)

    def triage_proposals(self) -> pd.DataFrame:
        """The open bugs without a subsystem tag: a likely tag, what the report lacks, the nearest fixed bug."""
        t = self.tables
        rows = measures.triage_proposals(
            t.triage_proposals, t.similar_bugs, t.bugs, t.bug_tasks, launchpad_project=self.origin.launchpad_project
        )
        return with_caption(
            self.with_links(rows),
            "triage_proposals",
            "Open bugs without a subsystem tag",
            ["bug_id", "bug_title", "importance", "status", "proposed_tag", "chance", "words", "lacks", "other_bug_id"],
            none_where={"other_bug_id": "n_alike"},
            empty=measures.why_no_proposals(t.bugs),
        )

    def tag_checks(self) -> pd.DataFrame:
        """How often a proposed tag was right for bugs that were reported later, tag by tag."""
        checks = self.tables.tag_checks
        caption = measures.tag_checks_in_words(checks)
        empty = measures.why_no_checks(self.tables.bugs)
        return with_caption(measures.checked_tags(checks), "tag_checks", caption, empty=empty)

    def new_bugs(self) -> pd.DataFrame:
        """The bugs reported lately, newest first, with what became of each."""
        return with_caption(
            self.with_links(measures.opened_bugs(self.recent, since=self._lately())),
            "opened",
            "New bugs, newest first",
            [*BUG, "created_at", "tags", "areas"],
            empty=measures.why_none_since(self.tables.bugs, what="reported", since=self._lately()),
        )

    def closed_bugs(self, *, since: str = "") -> pd.DataFrame:
        """The bugs closed lately, or since a day, newest first."""
        start = instant_of(since) if since else self._lately()
        return with_caption(
            self.with_links(measures.closed_bugs(self.recent, since=start)),
            "closed",
            "Closed bugs, the last first",
            [*BUG, "closed_at", "age_days", "areas"],
            empty=measures.why_none_since(self.tables.bugs, what="closed", since=start),
        )

    def open_close_counts(self, *, weeks: int = 26) -> pd.DataFrame:
        """The number of bugs reported and closed in each recent week: at, n_opened, n_closed."""
        return measures.open_close_counts(self.recent, as_of=self.as_of, weeks=weeks)

    def triage_facts(self) -> pd.DataFrame:
        """A few numbers about the bugs of the week."""
        t = self.tables
        return measures.triage_facts(
            self.recent,
            self.untriaged(),
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            launchpad_project=self.origin.launchpad_project,
            since=self._lately(),
        )

    def bug_news(self) -> pd.DataFrame:
        """What happened to bugs since the previous report."""
        t, then = self.tables, self.earlier("bug_tasks")
        rows = measures.bugs_since(
            t.bug_tasks,
            then,
            bugs=t.bugs,
            launchpad_project=self.origin.launchpad_project,
            area_members=t.area_members,
            areas=t.areas,
            release=self.release,
            previous_as_of=self.since,
        )
        return with_caption(
            self.with_links(rows),
            "bug_news",
            "What happened to bugs",
            ["event", "bug_id", "bug_title", "importance", "status", "detail", "areas"],
            empty=measures.why_no_bug_news(t.bug_tasks, then, previous_as_of=self.since),
        )
