"""The question behind the search on the pages."""

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.quality import QualityQuestions
from analysis.dataset.reviews import ReviewQuestions
from analysis.report import measures


class SearchQuestions(QualityQuestions, ReviewQuestions):
    """What the search on the pages finds, and on which page it is."""

    def search_rows(self) -> pd.DataFrame:
        """Everything that the search on the pages finds: kind, key, text, note, address, page."""
        t = self.tables
        tasks = measures.with_own_task(
            t.columns("bugs", ["bug_id", "title"]), t.bug_tasks, launchpad_project=self.origin.launchpad_project
        )
        rows = measures.search_rows(
            bugs=tasks,
            changes=t.changes,
            accounts=t.accounts,
            areas=t.areas,
            themes=t.themes,
            open_bugs=self.open_bugs["bug_id"],
            open_changes=self.open_changes()["change_number"],
            bug_themes=t.bug_themes,
            **self.origin.roots,
        )
        return with_caption(rows, "search_rows", "What the search finds")
