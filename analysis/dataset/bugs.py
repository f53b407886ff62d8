"""Questions about bugs: open bugs, bugs without a fix, the fates of their fixes, inconsistent bugs."""

from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.name_lookup import resolve_name
from analysis.dataset.questions import COMMITS, Questions, resolve_names
from analysis.report import measures
from analysis.tables import schema

BUG = ["bug_id", "bug_title", "importance", "status", "assignee"]


class BugQuestions(Questions):
    """The questions about bugs."""

    def bugs(
        self,
        *,
        without_fix: bool | None = None,
        importance: str | Sequence[str] = (),
        area: str = "",
        theme: str = "",
        status: str | Sequence[str] = (),
        tag: str = "",
        text: str = "",
        untriaged: bool = False,
    ) -> pd.DataFrame:
        """Every open bug, most important first, then oldest; `need` says what its fix needs next.

        Parameters
        ----------
        without_fix : True for bugs that no open or merged fix answers, with `lack` and `reason`; False for the others
        importance : such as High, or a list
        area, theme : the title or id of one, or a word of a theme
        status : on Launchpad, such as New or In Progress, or a list
        tag : a tag on Launchpad, of an open or a closed bug
        text : a text in the title or the description, whatever its letter case
        untriaged : True for bugs whose status is still New

        Returns
        -------
        DataFrame
            bug_id, bug_title, importance, status, assignee, age_days, heat, tags, areas, updated_at, ...; bug_url.

        Examples
        --------
        >>> nova.bugs(without_fix=True, importance="High")["bug_id"].tolist()
        [5]
        """
        rows = self.bugs_without_fix if without_fix else self.open_bugs
        if without_fix is False:
            rows = rows[~rows["bug_id"].isin(self.bugs_without_fix["bug_id"])]
        rows = self._important(rows, importance)
        if area:
            rows = self.in_area(rows, self.area_id(area), kind="bug")
        if theme:
            rows = measures.in_theme(rows, self.tables.bug_themes, self.theme_id(theme))
        statuses = resolve_names(status, schema.OPEN_STATUSES, what="a status of open bugs")
        rows = rows[rows["status"].isin(statuses)] if statuses else rows
        if tag:
            tags = self.tables.bugs["tags"].explode().value_counts()
            rows = rows[self._holds(rows["tags"], resolve_name(tag, list(tags.index), what="a tag"))]
        if text:
            rows = rows[rows["bug_id"].isin(self._telling_of(text))]
        if untriaged:
            rows = rows[rows["status"].eq("New")]
        last = ["reason"] if without_fix else ["need", "change_number"]
        return with_caption(
            self.with_links(rows.assign(updated_at=self._updated_at(rows)).reset_index(drop=True)),
            "without_fix" if without_fix else "open_bugs",
            "Open bugs without a fix" if without_fix else "Open bugs",
            [*BUG, "age_days", *([] if without_fix else ["tags"]), "areas", *last],
            empty=(measures.why_no_bugs if without_fix else measures.why_no_open_bug)(self.tables.bugs),
            none_where={} if without_fix else {"change_number": "n_fixes"},
            beside=["tags", "lack", "heat"] if without_fix else ["heat"],
        )

    def _telling_of(self, text: str) -> "pd.Series[int]":
        """The bugs whose title or description holds the text."""
        texts = self.tables.columns("bugs", ["bug_id", "title", "description"])
        holds = [texts[name].str.contains(text, case=False, regex=False).fillna(False) for name in texts.columns[1:]]
        bug_ids: pd.Series[int] = texts.loc[holds[0] | holds[1], "bug_id"]
        return bug_ids

    def _updated_at(self, rows: pd.DataFrame) -> pd.Series:
        bugs = self.tables.columns("bugs", ["bug_id", "updated_at"])
        return schema.looked_up(rows["bug_id"], bugs.set_index("bug_id")["updated_at"])

    @cached_property
    def open_bugs(self) -> pd.DataFrame:
        """Every open bug with the state of its fix: see `measures.every_open_bug`."""
        t = self.tables
        return measures.every_open_bug(
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            unfixed_bugs=t.unfixed_bugs,
            fix_fates=t.fix_fates,
            changes=t.changes,
            commits=t.columns("commits", COMMITS),
            links=t.links,
            review_states=t.review_states,
            area_members=t.area_members,
            areas=t.areas,
            launchpad_project=self.origin.launchpad_project,
            release=self.release,
            as_of=self.as_of,
        )

    @cached_property
    def bugs_without_fix(self) -> pd.DataFrame:
        """Open bugs without a fix, with what they lack: see `measures.bugs_without_fix`."""
        t = self.tables
        return measures.bugs_without_fix(
            unfixed_bugs=t.unfixed_bugs, bugs=t.bugs, area_members=t.area_members, areas=t.areas, release=self.release
        )

    def fates(self) -> pd.DataFrame:
        """Every open bug with the fate of its fix and what to do about it; ordered by what to do, then by importance.

        `evidence` names the change and the day. `basis` says whether that follows from a rule (facts of Gerrit, git and
        the infra bot) or is a guess (from people's words).

        Returns
        -------
        DataFrame
            act, bug_id, bug_title, importance, age_days, areas, evidence, basis, status, fate, ...; bug_url.
        """
        return with_caption(
            self.with_links(self._fates),
            "fates",
            "Open bugs and their next step",
            ["act", "bug_id", "bug_title", "importance", "age_days", "areas", "evidence", "basis"],
            beside=["status", "assignee", "tags", "fate", "since_at", "change_number", "n_proposed"],
            empty=measures.why_no_open_bug(self.tables.bugs),
        )

    def acts(self) -> pd.DataFrame:
        """The number of open bugs by what to do about them, and how many of these rest on people's words alone."""
        rows, empty = measures.by_act(self._fates), measures.why_no_open_bug(self.tables.bugs)
        return with_caption(rows, "acts", "Open bugs by next step", empty=empty)

    @cached_property
    def _fates(self) -> pd.DataFrame:
        t = self.tables
        return measures.fates(
            t.fix_fates,
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            area_members=t.area_members,
            areas=t.areas,
            launchpad_project=self.origin.launchpad_project,
            release=self.release,
            as_of=self.as_of,
        )

    def without_fix_by_area(self) -> pd.DataFrame:
        """The number of bugs without a fix in each area, by importance; a bug in two areas counts in both."""
        t = self.tables
        rows = measures.without_fix_by_area(
            self.bugs_without_fix, area_members=t.area_members, areas=t.areas, release=self.release
        )
        empty = measures.why_no_bugs(t.bugs)
        return with_caption(rows, "by_area", "Bugs without a fix, by area and importance", empty=empty)

    def possibly_fixed(self) -> pd.DataFrame:
        """Open bugs that a commit may have fixed without naming them: worth a look, no proof.

        The necessary likeness between a report and a commit is learnt from fixes that do name their bug. `false_alarms`
        is the share of fixed bugs that had an equally likely commit without or before their own fix; `how_sure` puts it
        into a word, likely or possible. `doubt` is a comment after the commit that says the bug is not fixed.

        Returns
        -------
        DataFrame
            bug_id, bug_title, importance, subject, sha, committed_at, report_age_days, common_words, named_bug_ids,
            how_sure, doubt, similarity, false_alarms, reason; bug_url, reason_urls. Likeliest first; no rows where too
            few fixes name their bug.
        """
        t = self.tables
        return with_caption(
            self.with_links(measures.possibly_fixed(t.possible_fixes, t.bugs, t.unfixed_bugs, t.change_commits)),
            "possibly_fixed",
            "Open bugs that a commit may have fixed without naming them",
            ["how_sure", "bug_id", "bug_title", "importance", "subject", "reason", "common_words"],
            beside=["sha", "committed_at", "doubt", "named_bug_ids", "similarity", "false_alarms", "report_age_days"],
            empty=measures.why_none_possibly_fixed(t.columns("commits", ["sha"])),
        )

    def reported(self) -> pd.DataFrame:
        """Every public bug of the project, including duplicates, with its status there: see `measures.of_project`."""
        t = self.tables
        return measures.of_project(t.bugs, t.bug_tasks, launchpad_project=self.origin.launchpad_project)

    def open_bug_facts(self) -> pd.DataFrame:
        """A few numbers about the open bugs."""
        return measures.open_bug_facts(self.open_bugs, bugs=self.tables.bugs, unserved=self.unserved)

    def inconsistent_bugs(self, *, area: str = "") -> pd.DataFrame:
        """The bugs whose state contradicts Gerrit or itself, with evidence and a proposal; "looks fixed" is one."""
        t = self.tables
        rows = measures.inconsistent_bugs(
            t.hygiene, bugs=t.bugs, bug_tasks=t.bug_tasks, launchpad_project=self.origin.launchpad_project
        )
        rows = measures.with_bug_areas(rows, t.area_members, t.areas, release=self.release)
        rows = self.in_area(rows, self.area_id(area), kind="bug") if area else rows
        where = "of this area" if area else ""
        return with_caption(
            self.with_links(rows),
            "inconsistent_bugs",
            "Inconsistent bugs: open ones first, then the most important",
            ["bug_id", "bug_title", "importance", "status", *([] if area else ["areas", "rule"]), "evidence",
             "proposal"],
            beside=["assignee", *(["rule"] if area else [])],
            empty=measures.why_no_inconsistent_bugs(t.bugs, where=where),
        )  # fmt: skip

    def inconsistency_rules(self) -> pd.DataFrame:
        """The rules of inconsistency, with the meaning of each and the number of bugs that it finds."""
        from analysis.judge import inconsistencies

        rows = measures.by_rule(self.inconsistent_bugs(), inconsistencies.meanings())
        return with_caption(
            rows, "rules", "Inconsistent bugs, by rule", empty=measures.why_no_inconsistent_bugs(self.tables.bugs)
        )
