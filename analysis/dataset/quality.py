"""Questions about the data themselves: their age, how much is joined, how links were made, what the search finds."""

import pandas as pd

from analysis.dataset.areas import AreaQuestions
from analysis.dataset.bugs import BugQuestions
from analysis.dataset.display import with_caption
from analysis.dataset.origin import StoredSource
from analysis.dataset.triage import TriageQuestions
from analysis.report import measures
from analysis.tables.completeness import COLUMNS, lacks_of_bugs


class QualityQuestions(AreaQuestions, BugQuestions, TriageQuestions):
    """The questions about the data as a whole."""

    def totals(self) -> pd.DataFrame:
        """A few numbers about the whole project: fact, n, text, unit, note."""
        t = self.tables
        return measures.totals(
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            fixes=self.fixes_once,
            without_fix=self.bugs_without_fix,
            breaches=self.over_limit(),
            launchpad_project=self.origin.launchpad_project,
            has_changes=self.has_open_changes,
        )

    def missing(self) -> str:
        """What was not fetched, and what follows for the numbers, in a sentence; empty if nothing is known to lack."""
        return measures.missing_in_words(
            self.tables.changes, unserved=self.unserved, changes_behind_days=self.origin.changes_behind_days
        )

    def join_coverage(self) -> pd.DataFrame:
        """The size of the data, and how much of it is joined."""
        t = self.tables
        rows = measures.join_coverage(
            bugs=t.bugs,
            changes=t.changes,
            commits=t.columns("commits", ["sha"]),
            links=t.links,
            area_members=t.area_members,
            has_areas=len(t.areas) > 0,
        )
        return with_caption(rows, "joined", "What the data holds")

    def sources(self) -> pd.DataFrame:
        """What is stored of each source, and how old it is."""
        rows = measures.sources(self._sources(), as_of=self.as_of)
        empty = "Nothing is known of what was fetched: these are tables without their snapshots."
        return with_caption(rows, "sources", "What is stored of each source", empty=empty)

    def _sources(self) -> list[StoredSource]:
        """What is stored of each source; facts that the saved bugs lack are among the gaps of Launchpad."""
        lacks = lacks_of_bugs(**{name: self.tables.columns(name, columns) for name, columns in COLUMNS.items()})
        sources = [one.copy() for one in self.origin.sources]
        for one in sources:
            one["gaps"] = [*one["gaps"], *(lacks if one["source"] == "launchpad" else ())]
        return sources

    def freshness(self) -> pd.DataFrame:
        """The newest event of each kind of record."""
        t = self.tables
        commits = t.columns("commits", ["committed_at"])
        rows = measures.freshness(bugs=t.bugs, changes=t.changes, commits=commits, as_of=self.as_of)
        return with_caption(rows, "freshness", "The newest event of each kind of record")

    def link_evidence(self) -> pd.DataFrame:
        """The links between bugs and changes or commits, counted by evidence and relation."""
        rows = measures.link_evidence(self.tables.links)
        answer = "No change and no commit names a bug."
        return with_caption(
            rows,
            "evidence",
            "Links by evidence and relation",
            empty=self._or_unknown(answer, "which changes and commits name a bug", "changes", "merged", "commits"),
        )

    def corrections(self) -> pd.DataFrame:
        """What people corrected in the file of corrections, with who, when and why, and what came of it.

        Returns
        -------
        DataFrame
            statement, bug_id, change_number, sha, corrected_by, corrected_on, because, outcome, n_corrected;
            change_url, bug_url.
        """
        rows = measures.corrections_in_words(self.tables.corrections)
        return with_caption(
            self.with_links(rows),
            "corrections",
            "What people corrected",
            ["statement", "outcome", "because", "corrected_by", "corrected_on", "bug_id", "change_number"],
            empty="The file of corrections holds none that counts by this day.",
            beside=["sha", "n_corrected"],
        )

    def correction_rates(self) -> pd.DataFrame:
        """How many fixes, turns and cores the rules judged, and how many somebody said to be wrong: the least share."""
        t = self.tables
        rows = measures.correction_rates(
            t.corrections,
            links=t.links,
            review_states=t.review_states,
            votes=t.votes,
            review_label=self.origin.review_label,
        )
        return with_caption(rows, "correction_rates", "What the rules judged, and what of it was corrected")

    def unrecognised(self) -> pd.DataFrame:
        """Lines of commit messages that look like a reference to a bug and made no link."""
        t = self.tables
        rows = measures.unrecognised_lines(t.unread_lines, changes=t.changes, links=t.links, bugs=t.bugs)
        columns = ["line", "is_open", "change_number", "ref"]
        empty = self._or_unknown("Every line that names a bug was understood.", "which lines were not", "messages")
        return with_caption(self.with_links(rows), "unread", "Unrecognised bug references", columns, empty=empty,
                            none_where={"change_number": "n_changes"})  # fmt: skip

    def area_coverage(self) -> pd.DataFrame:
        """The share of the work that a rule puts into an area, and what the rest has in common."""
        rows = measures.known_coverage(self.tables.area_coverage, self.unserved)
        return with_caption(rows, "area_coverage", "Work in an area", empty="No area file declares areas.")

    def area_candidates(self) -> pd.DataFrame:
        """Candidates for areas: a tag or a folder that many open bugs and fixes outside all areas have in common."""
        rows = self.tables.area_candidates
        size = rows["n_open_bugs"] + rows["n_open_fixes"]
        rows = rows.assign(size=size).sort_values(["size", "candidate"], ascending=[False, True], ignore_index=True)
        return with_caption(
            rows.drop(columns="size"),
            "area_candidates",
            "Candidates for new areas, the largest first",
            ["candidate", "tags", "paths", "n_open_bugs", "n_open_fixes"],
            empty="No tag or folder is common to five open bugs and fixes outside all areas.",
        )
