"""What people come to the report for: each task as a question, with its answer and where its rows are listed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.report import page_registry
from analysis.report.measures.bugs import IMPORTANT
from analysis.tables import schema
from analysis.tables.counts import counted

_PLURAL = re.compile(r"\b(bug|backport|blocker)s\b|\b(fix)es\b")
MOST_LETTERS = 28  # of the title of an area
OTHERS = "fixes held back or waiting for others"
MOST_AREAS = 6  # areas that a task names; the page of areas has all


@dataclass(frozen=True, slots=True)
class Answer:
    """A part of an answer, and the address where its rows are."""

    text: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class StartTask:
    """A question as somebody thinks it, where it leads to, and the parts of its answer."""

    question: str
    page: str
    answers: tuple[Answer, ...]


def answers_of_counts(
    counts: Mapping[str, int | None], pages: Mapping[str, str], *, unknown: str = "unknown"
) -> tuple[Answer, ...]:
    """An answer for each count, such as "9 untriaged bugs", in their order; `unknown` if all are None.

    >>> [one.text for one in answers_of_counts({"Critical bugs": 0, "High bugs": 1, "bugs in all": 1_200}, {})]
    ['no Critical bugs', '1 High bug', '1,200 bugs in all']
    >>> answers_of_counts({"backports of High bugs": 1}, {})[0].text
    '1 backport of High bugs'
    """
    if all(n is None for n in counts.values()):
        return (Answer(unknown, next(iter(pages.values()), "")),)
    return tuple(
        Answer(f"{what}: unknown" if n is None else _numbered(n, what), pages.get(what, ""))
        for what, n in counts.items()
    )


def _numbered(n: int, things: str) -> str:
    one = _PLURAL.sub(r"\1\2", things, count=1)  # the first such word is what is counted
    return f"no {things}" if n == 0 else counted(n, one, plural=things)


def _short(title: str) -> str:
    return title if len(title) <= MOST_LETTERS else title[: MOST_LETTERS - 1].rstrip() + "…"


def area_answers(areas: pd.DataFrame, *, all_areas: str) -> tuple[Answer, ...]:
    """An answer for each of the first areas, with its number of open fixes.

    Parameters
    ----------
    areas : DataFrame with title, n_open_fixes (NA: unknown) and area_page
    all_areas : the address of the page with all of them
    """
    answers = [
        Answer(
            _short(title) if pd.isna(n) else f"{_short(title)} ({counted(n, 'fix', plural='fixes')})",
            "" if pd.isna(page) else page,
        )
        for title, n, page in zip(areas["title"], areas["n_open_fixes"], areas["area_page"], strict=True)
    ]
    rest = [Answer(f"{len(answers)} areas in all", all_areas)] if len(answers) > MOST_AREAS else []
    return (*answers[:MOST_AREAS], *rest)


def area_steps(
    waiting: pd.DataFrame | None, without_fix: pd.DataFrame | None, *, n_others: int, area_id: str
) -> StartTask:
    """What the team of an area could do first; a number of 0 is left out, and None is unknown.

    The numbers of its open fixes end with their sum, which is the number that the start page gives for the area.

    Parameters
    ----------
    waiting : DataFrame of measures.for_review, of the area
    without_fix : DataFrame of measures.bugs_without_fix, of the area
    n_others : the other open fixes of the area: how many rows measures.for_others has
    """
    address, listed = page_registry.AREA.address, {"fixes": "queue", "backports": "queue", "bugs": "without_fix"}
    counts: dict[str, int | None] = {}
    if waiting is None:
        counts["fixes for review"] = None
    else:
        is_backport = waiting["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)
        need = "that may need a review" if waiting["waiting_on"].isna().any() else "for review"
        counts |= {
            f"fixes {need}": int((~is_backport).sum()),
            f"backports {need}": int(is_backport.sum()),
            OTHERS: n_others,
        }
        if sum(n != 0 for n in counts.values()) > 1:
            counts["open fixes in all"] = len(waiting) + n_others
    if without_fix is None:
        counts["bugs without a fix"] = None
    else:
        counts |= {f"{name} bugs without a fix": int(without_fix["importance"].eq(name).sum()) for name in IMPORTANT}
        counts["bugs without a fix in all"] = len(without_fix)
    pages = {what: address(area_id, part=listed[what.split()[0]]) for what in counts if what.split()[0] in listed}
    pages[OTHERS] = address(area_id, part="others")
    pages |= {f"{name} bugs without a fix": address(area_id, part="without_fix", importance=name) for name in IMPORTANT}
    some = {what: n for what, n in counts.items() if n != 0}
    answers = (
        answers_of_counts(some, pages) if some else (Answer("no open fix, and no bug without one, is known here"),)
    )
    return StartTask("What should this team do first?", "", answers)
