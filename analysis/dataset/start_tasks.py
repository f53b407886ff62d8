"""The tasks at the top of the start page: what people come for, each with its answer and the way to its rows."""

from typing import TYPE_CHECKING

from analysis.dataset.people import PeopleQuestions
from analysis.report import measures, page_registry
from analysis.report.measures import Answer, StartTask
from analysis.tables.completeness import UnknownAnswer
from analysis.tables.counts import counted

if TYPE_CHECKING:
    from analysis.report.figures import TaskList

NO_BUG = "unknown: no bug was fetched"
NO_PROPOSAL = "unknown: neither changes nor comments on bugs were fetched"


class StartTasks(PeopleQuestions):
    """What people come to the report for."""

    def tasks(self) -> "TaskList":
        """What people come for, as questions that lead to their rows, below a sentence on what was not fetched."""
        from analysis.report import figures

        tasks = [
            self._of_review(), self._of_triage(), self._of_areas(), self._of_bugs_without_fix(), self._of_backports(),
            self._of_newcomers(), self._of_release(), self._of_texts(), self._of_people(), self._of_growth(),
        ]  # fmt: skip
        return figures.task_list(tasks, note=self.missing())

    def _of_review(self) -> StartTask:
        hour, page = self.review_hour(), page_registry.AWAITING_REVIEW.address(part="hour")
        waits, note = len(self.review_first(most=1)), hour.attrs.get("note", "")
        if isinstance(note, UnknownAnswer):
            none = f"unknown {note.what}" if waits else "unknown"
        else:
            none = note.lower().removesuffix(".") if waits else "no fix waits for a review"
        minutes = counted(hour["minutes"].sum(), "minute")
        fixes = f"{counted(len(hour), 'fix', plural='fixes')}, {minutes}" if len(hour) else none
        every = page_registry.AWAITING_REVIEW.address(part="next")
        answers = (Answer(fixes, page), *([Answer("the whole list", every)] if waits else []))
        return StartTask("What should I review in an hour?", page, answers)

    def _of_triage(self) -> StartTask:
        is_unknown = self.tables.bugs.empty
        counts: dict[str, int | None] = {"untriaged bugs": None if is_unknown else len(self.untriaged())}
        may_wait = len(self.status_unknown())
        counts |= {"bugs of unknown status": may_wait} if may_wait else {}
        address = page_registry.TRIAGE.address
        pages = {"untriaged bugs": address(part="untriaged"), "bugs of unknown status": address(part="status_unknown")}
        answers = measures.answers_of_counts(counts, pages, unknown=NO_BUG)
        return StartTask("Which new bugs wait for triage?", pages["untriaged bugs"], answers)

    def _of_bugs_without_fix(self) -> StartTask:
        is_unknown = self.tables.bugs.empty or "proposals" in self.unserved
        importances = self.bugs_without_fix["importance"]
        counts: dict[str, int | None] = {
            f"{name} bugs": None if is_unknown else int(importances.eq(name).sum()) for name in measures.IMPORTANT
        }
        counts["bugs in all"] = None if is_unknown else len(importances)
        address = page_registry.BUGS_WITHOUT_FIX.address
        pages = {
            f"{name} bugs": address(part="without_fix", importance=name)
            for name in measures.IMPORTANT
            if counts[f"{name} bugs"]
        }
        pages["bugs in all"] = address(part="without_fix")
        unknown = NO_BUG if self.tables.bugs.empty else NO_PROPOSAL
        answers = measures.answers_of_counts(counts, pages, unknown=unknown)
        important = address(part="without_fix", importance="|".join(measures.IMPORTANT))
        return StartTask("Which important bugs have no fix?", important, answers)

    def _of_areas(self) -> StartTask:
        every = page_registry.AREAS.address()
        answers = measures.area_answers(self.with_links(self._areas_summary()), all_areas=every)
        return StartTask("What waits in my area?", every, answers)

    def _of_newcomers(self) -> StartTask:
        n, address = len(self.first_bugs()), page_registry.NEWCOMERS.address
        best = len(self.best_first_bugs())
        counts: dict[str, int | None] = {
            "bugs to begin with": None if self.tables.bugs.empty else best,
            "suitable bugs": n,
        }
        pages = {"bugs to begin with": address(part="best_first"), "suitable bugs": address(part="first_bugs")}
        answers = measures.answers_of_counts(counts, pages, unknown=NO_BUG)
        return StartTask("Which bug could be my first?", pages["bugs to begin with"], answers if n else answers[:1])

    def _of_backports(self) -> StartTask:
        address = page_registry.BACKPORTS.address
        rows = self.next_backports()
        is_unknown = bool({"bugs", "merged"} & self.unserved)
        is_wanted = rows["is_wanted"].fillna(False).astype(bool)
        cannot_tell = "tasks" in self.unserved and not is_wanted.any()  # a task in a series asks for a backport
        counts: dict[str, int | None] = {
            "requested backports to make": None if is_unknown or cannot_tell else int(is_wanted.sum()),
            "backports of other Critical or High bugs": None if is_unknown else int((~is_wanted).sum()),
        }
        part = "next_backports"
        pages = {"requested backports to make": address(part=part, is_wanted="yes")} if is_wanted.any() else {}
        if not is_wanted.all():
            pages["backports of other Critical or High bugs"] = address(part=part, is_wanted="no|unknown")
        answers = measures.answers_of_counts(counts, pages)
        waiting = Answer("open backports", address(part="waits"))
        return StartTask("What must I backport next?", address(part=part), (*answers, waiting))

    def _of_release(self) -> StartTask:
        blockers, page = self._cycle.blockers, page_registry.RELEASE.address(part="standing")
        is_unknown = not len(blockers) and isinstance(blockers.attrs.get("note"), UnknownAnswer)
        counts: dict[str, int | None] = {"potential blockers": None if is_unknown else len(blockers)}
        answers = measures.answers_of_counts(counts, {"potential blockers": page})
        return StartTask("What blocks the release?", page, answers)

    @staticmethod
    def _of_texts() -> StartTask:
        page = page_registry.SHARE.address
        texts = {"mail": "mail", "agenda": "agenda", "etherpad": "etherpad"}
        answers = tuple(Answer(name, page(part=to)) for name, to in texts.items())
        return StartTask("What do I send this week?", page(), answers)

    @staticmethod
    def _of_people() -> StartTask:
        page = page_registry.PEOPLE.address()
        return StartTask("What is mine to do?", page, (Answer("a page for each person", page),))

    @staticmethod
    def _of_growth() -> StartTask:
        answers = (
            Answer("what comes and goes", page_registry.REVIEW_TIMES.address()),
            Answer("what the bugs are about", page_registry.THEMES.address(part="themes")),
        )
        return StartTask("Does the queue grow?", page_registry.REVIEW_TIMES.address(), answers)
