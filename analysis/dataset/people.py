"""Questions about people: owners, reviewers and assignees of open work, and a small page for each of them."""

from functools import cached_property
from typing import TYPE_CHECKING, cast

import pandas as pd

from analysis.dataset.cards.person_card import PersonCard
from analysis.dataset.display import with_caption
from analysis.dataset.reviews import ReviewQuestions
from analysis.dataset.start import StartQuestions
from analysis.report import measures

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset
    from analysis.report.figures import PageSet


class PeopleQuestions(StartQuestions, ReviewQuestions):
    """The questions about people. Nobody is ranked by output."""

    @cached_property
    def _people(self) -> pd.DataFrame:
        t = self.tables
        served = t.changes[t.changes["change_number"].isin(self.owned_changes["change_number"])]
        return measures.people(
            self.owned_changes,
            self.open_bugs,
            votes=t.votes,
            accounts=t.accounts,
            has_bugs="bugs" not in self.unserved,
            has_changes="changes" not in self.unserved,
            review_label=self.origin.review_label,
            are_votes_known=bool((served["has_labels"].fillna(False) | served["has_messages"].fillna(False)).all()),
        )

    @cached_property
    def owned_changes(self) -> pd.DataFrame:
        """Every open change with its owner, longest waiting first: see `open_changes`."""
        return self.open_changes()

    @cached_property
    def listed_bugs(self) -> pd.DataFrame:
        """Every open bug as `bugs()` lists them, read once for the pages of all people."""
        return self.bugs()

    def people(self) -> pd.DataFrame:
        """All people who own an open change, have a vote on one or are assigned an open bug, by name."""
        columns = ["person", "n_to_do", "n_for_others", "n_turn_unknown", "n_voted", "n_assigned", "launchpad_name"]
        answer = "Nobody owns an open change, has a vote on one, or is assigned an open bug."
        return with_caption(
            self._people,
            "people",
            "People with open work, by name",
            columns,
            unless_zero=["n_turn_unknown"],
            empty=self._or_unknown(answer, "who owns or is assigned what", "changes", "bugs"),
        )

    def first_bugs(self) -> pd.DataFrame:
        """Bugs for a first contribution: tagged as easy, or similar to one with a fix of few lines; and whom to ask."""
        t = self.tables
        commits = t.columns("commits", ["sha", "author"])
        rows = measures.first_bugs(
            self.bugs_without_fix,
            similar_bugs=t.similar_bugs,
            changes=t.changes,
            votes=t.votes,
            names=self.account_names,
            reviewers=self._reviewers_by_area,
            commit_files=t.commit_files,
            authors=dict(zip(commits["sha"], commits["author"], strict=True)),
            fix_fates=t.fix_fates,
            has_merged="closed" not in self.unserved,
            review_label=self.origin.review_label,
        )
        answer = "No free bug is tagged low-hanging-fruit, or like one that was fixed in few lines or files."
        return with_caption(
            self.with_links(rows),
            "first_bugs",
            "Bugs fit for a first contribution",
            [
                "bug_id",
                "bug_title",
                "importance",
                "age_days",
                "areas",
                "fit",
                "other_bug_id",
                "change_number",
                "helpers",
            ],
            none_where={"other_bug_id": "n_alike", "change_number": "n_alike"},
            beside=["size_lines"],
            empty=self._or_unknown(answer, "which bugs are easy to begin with", "bugs"),
        )

    def best_first_bugs(self) -> pd.DataFrame:
        """The three bugs to begin with, with the reasons of each: the first of `first_bugs` that are confirmed."""
        rows = self.first_bugs()
        return with_caption(
            measures.best_first_bugs(rows),
            "best_first",
            "Three to begin with",
            ["bug_id", "bug_title", "importance", "fit", "other_bug_id", "change_number", "helpers"],
            none_where=rows.attrs["caption"]["none_where"],
            empty=rows.attrs["caption"]["empty"],
        )

    @property
    def _reviewers_by_area(self) -> dict[str, list[str]]:
        """The reviewers of each area, by its title, cores first."""
        return {
            title: measures.area_reviewers(self.reviews, area_id=area_id)["reviewer"].head(2).tolist()
            for title, area_id in self.area_titles.items()
        }

    def person_pages(self) -> "PageSet":
        """A small page for each of `people`: what they have to do, what waits for others, what they could review."""
        from analysis.report import figures

        keys = self._people["key"].tolist()
        cards = [PersonCard(cast("Dataset", self), key=key) for key in keys]
        return figures.PageSet([card.page() for card in cards], kind="Person")
