"""Questions of the start page: some figures for each role, with their earlier values, and the rows to begin with."""

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.past_figures import PastFigures
from analysis.dataset.reviews import ReviewQuestions
from analysis.dataset.themes import ThemeQuestions
from analysis.report import measures, page_registry
from analysis.report.measures.figure_history import Then
from analysis.tables import schema

DAYS = 28  # days that count as "lately" on the start page


class StartQuestions(PastFigures, ReviewQuestions, ThemeQuestions):
    """The first questions of each role."""

    def review_figures(self) -> pd.DataFrame:
        """Open, unreviewed and overdue fixes, with what each was 1, 4, 13 and 52 weeks ago: facts and their past."""
        totals = self.totals().set_index("fact")
        return self.with_past(totals.loc[["open fixes", "unreviewed", "over a limit"]].reset_index())

    def triage_figures(self) -> pd.DataFrame:
        """Untriaged bugs, important bugs without a fix, all bugs without one, and open bugs, with what each was before.

        Each number leads to exactly the bugs that it counts.
        """
        totals, without_fix = self.totals(), self.bugs_without_fix
        is_unknown = self.tables.bugs.empty
        important = [
            measures.Fact(
                f"{importance} without fix",
                f"open bugs of importance {importance} without an open or merged fix",
                n=pd.NA if is_unknown else int(without_fix["importance"].eq(importance).sum()),
            )
            for importance in measures.IMPORTANT
        ]
        of_importance = {
            f"{importance} without fix": page_registry.BUGS_WITHOUT_FIX.address(
                part="without_fix", importance=importance
            )
            for importance in measures.IMPORTANT
            if without_fix["importance"].eq(importance).any()
        }
        facts = pd.concat(
            [
                self.triage_facts().query("fact == 'untriaged'"),
                measures.facts_frame(important),
                totals[totals["fact"].eq("bugs without fix")],
                totals[totals["fact"].eq("open bugs")],
            ],
            ignore_index=True,
        )
        pages = {"untriaged": page_registry.TRIAGE.address(part="untriaged"), **of_importance}
        facts["fact_page"] = facts["fact"].map(pages).astype(schema.TEXT).fillna(facts["fact_page"])
        return self.with_past(facts)

    def areas_first(self) -> pd.DataFrame:
        """Each area with its open fixes, those that wait, its bugs without a fix, and whose turn its fixes are."""
        rows = self.areas()
        caption = rows.attrs["caption"]
        return with_caption(
            rows,
            "areas_first",
            "Areas: a name leads to what to review there now",
            ["title", "n_open_fixes", "n_waiting", "n_unreviewed", "n_unknown", "oldest_days", "n_without_fix"],
            none_where={"oldest_days": "n_waiting"},
            unless_zero=caption["unless_zero"],
        )

    def triage_first(self, *, most: int = 5) -> pd.DataFrame:
        """The newest untriaged bugs; if there are none, the most important bugs without a fix."""
        rows = self.untriaged()
        if rows.empty and len(self.bugs_without_fix) and "bugs" not in self.unserved:
            without = self.bugs(without_fix=True).head(most).reset_index(drop=True)
            columns = ["bug_id", "bug_title", "importance", "status", "assignee", "age_days", "areas"]
            empty = without.attrs["caption"]["empty"]
            caption = "The most important bugs without a fix, as none is untriaged"
            return with_caption(without, "triage_first", caption, columns, empty=empty)
        newest = rows.head(most)
        columns = ["bug_id", "bug_title", "age_days", "tags", "areas", "other_bug_id"]
        return with_caption(newest, "triage_first", "Untriaged bugs, newest first", columns,
                            none_where={"other_bug_id": "n_alike"}, empty=rows.attrs["caption"]["empty"])  # fmt: skip

    def release_figures(self) -> pd.DataFrame:
        """Potential blockers, those without a fix, bugs fixed in the cycle, and what stable branches lack."""
        card = self._cycle
        pages = {
            "potential blockers": page_registry.RELEASE.address(part="standing"),
            "need a fix": page_registry.RELEASE.address(part="standing"),
            "fixed in the cycle": page_registry.RELEASE.address(part="fixed"),
        }
        facts = card.facts[card.facts["fact"].isin(list(pages))].reset_index(drop=True)
        facts["fact_page"] = facts["fact"].map(pages).astype(schema.TEXT)
        return self.with_past(pd.concat([facts, self._facts_of_stable_branches()], ignore_index=True))

    def _facts_of_stable_branches(self) -> pd.DataFrame:
        """How many backports were requested and are not there, and how many fixes of important bugs branches lack."""
        lacks = self.stable_lacks()
        is_unknown = bool({"bugs", "merged"} & self.unserved)
        important = lacks["importance"].isin(measures.IMPORTANT) & lacks["concerns"].eq("product")
        is_wanted = lacks["is_wanted"].fillna(False).astype(bool)
        only_tags = "; by tags alone, as tasks in a series were not served" if "tasks" in self.unserved else ""
        facts = [
            measures.Fact(
                "requested backports",
                f"not merged yet, one for each bug and branch{measures.requests_in_words(lacks[is_wanted])}{only_tags}",
                n=pd.NA if is_unknown or ("tasks" in self.unserved and not is_wanted.any()) else int(is_wanted.sum()),
            ),
            measures.Fact(
                "Critical or High on stable",
                "fixes not seen on a stable branch, one for each bug and branch, without tests and gate jobs",
                n=pd.NA if is_unknown else int(important.sum()),
            ),
        ]
        address = page_registry.BACKPORTS.address
        pages = {"requested backports": address(part="lacking", is_wanted="yes")} if is_wanted.any() else {}
        if important.any():
            chosen = {"importance": "|".join(measures.IMPORTANT), "concerns": "product"}
            pages["Critical or High on stable"] = address(part="lacking", **chosen)
        return measures.facts_frame(facts, pages=pages)

    def blockers_first(self, *, most: int = 5) -> pd.DataFrame:
        """The first potential blockers of the release, with the assignee and the need of each."""
        blockers = self._cycle.blockers
        columns = ["bug_id", "bug_title", "importance", "assignee", "against", "need", "change_number"]
        return with_caption(
            blockers.head(most),
            "blockers_first",
            "Potential blockers",
            columns,
            none_where={"change_number": "n_fixes"},
            empty=blockers.attrs["caption"]["empty"],
        )

    def theme_figures(self) -> pd.DataFrame:
        """The numbers of bugs reported and closed in 4 weeks, and of open bugs in a theme, with earlier values."""
        t = self.tables
        recent = self.recent
        in_theme = t.bug_themes.loc[t.bug_themes["theme_id"].notna(), "bug_id"]
        themed = t.bugs[t.bugs["bug_id"].isin(in_theme)]
        project = self.origin.launchpad_project

        def in_themes(at: pd.Timestamp) -> object:
            return measures.open_bugs_at(themed, t.bug_tasks, at, launchpad_project=project)

        counts: dict[str, tuple[str, str, Then]] = {
            "reported": (
                "bugs in the last 4 weeks, without duplicates",
                page_registry.TRIAGE.address(part="opened"),
                lambda at: measures.within(recent["created_at"], at, days=DAYS),
            ),
            "closed": (
                "bugs in the last 4 weeks, for whatever reason",
                page_registry.TRIAGE.address(part="closed"),
                lambda at: measures.within(recent["closed_at"], at, days=DAYS),
            ),
            "open bugs in a theme": (
                "their texts are alike; today's themes",
                page_registry.THEMES.address(part="themes"),
                in_themes,
            ),
        }
        facts = measures.facts_frame(
            [measures.Fact(fact, note, n=now(self.as_of)) for fact, (note, _, now) in counts.items()],
            pages={fact: page for fact, (_, page, _) in counts.items()},
        )
        return self.with_past(facts, {fact: then for fact, (_, _, then) in counts.items()})

    def open_bugs_about(self, *, word: str) -> pd.DataFrame:
        """The number of open bugs with the word in their title, with its earlier values."""
        t = self.tables

        def count_at(at: pd.Timestamp) -> object:
            project = self.origin.launchpad_project
            return measures.open_bugs_at(t.bugs, t.bug_tasks, at, launchpad_project=project, words=word)

        name = f"open {word} bugs"
        facts = measures.facts_frame(
            [measures.Fact(name, f"with “{word}” in the title", n=count_at(self.as_of))],
            pages={name: page_registry.OPEN_BUGS.address(part="open_bugs", filtered=word)},
        )
        return self.with_past(facts, {name: count_at})

    def themes_first(self, *, most: int = 5) -> pd.DataFrame:
        """The themes with the most open bugs without a fix."""
        rows = self.themes()
        columns = ["theme", "n_open", "n_without_fix", "n_unreviewed_fix", "n_important", "n_last_year"]
        caption = "Themes with the most open bugs without a fix"
        empty = rows.attrs["caption"]["empty"]
        return with_caption(rows.head(most), "themes_first", caption, columns, empty=empty)
