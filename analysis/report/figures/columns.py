"""The look of columns on a page: label and unit come from the contract, the form is decided here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from analysis.report.figures.html import MOST_LETTERS
from analysis.report.page_columns import COLUMNS
from analysis.tables import schema

CellForm = Literal[
    "", "number", "days", "share", "text", "title", "sentence", "word", "words", "folded", "list", "time", "instant",
    "trend", "history",
]  # fmt: skip
# The look of a column by its kind in the contract, if LOOKS has no other.
FORM_BY_KIND: dict[str, CellForm] = {
    "int": "number",
    "float": "number",
    "time": "instant",
    "strs": "list",
    "ints": "list",
}


@dataclass(frozen=True, slots=True)
class Look:
    """The form in which a column's values are shown, and the column with the addresses of their links.

    For a column of lists the addresses are lists of the same length; a column that ends in `_urls` has the addresses of
    the bugs and changes that the text names.
    """

    form: CellForm = ""  # empty: as the values are
    address: str = ""
    absent: str = ""  # the text for NA if it does not mean "unknown"
    digits: int = 1  # digits after the point of a fractional number
    total: str = ""  # of a list of points and what they are for: the column with their sum
    letters: int = MOST_LETTERS  # characters of a text; longer ones are cut
    words: Mapping[str, str] = field(default_factory=dict)  # for values that do not say what they mean
    order: Mapping[str, int] = field(default_factory=dict)  # values that are ranks; others come after them
    is_choice: bool = False  # whether readers choose rows by it
    label: str = ""
    unit: str = ""
    meaning: str = ""  # what the column holds, as the contract says it
    is_identifier: bool = False  # a number that names something and counts nothing: without thousands separators


_FOR_CODE = re.compile(r",? (?:one of|from) [A-Za-z]{0,40}[A-Z_.][A-Za-z_.]{0,60}|: hostile text")
_NAME = re.compile(r"[a-z]_[a-z]")  # of a column or parameter
_IDENTIFIER = re.compile(r"(?:^|_)(?:id|number|account|owner|uploader|seed|year|port)$|^(?:revert|cherry_pick)_of$")
DASH = "–"
NOT_RUN = "not run"
LOOKS: dict[str, Look] = {
    "account_name": Look(absent="nobody known"),
    "act": Look(is_choice=True),
    "agrees": Look(absent=DASH),
    "area_id": Look(address="area_page"),
    "areas": Look("list", "areas_page", is_choice=True),
    "assignee": Look(absent="nobody"),
    "at": Look("time"),
    "basis": Look("word"),
    "breaks": Look(letters=1000),
    "branch": Look("word", is_choice=True),
    "bug_id": Look("number", "bug_url"),
    "bug_title": Look("title"),
    "auc": Look("number", digits=2),
    "auc_recent": Look("number", digits=2),
    "chance": Look("share"),
    "chance_12_weeks": Look("share"),
    "chance_2_weeks": Look("share"),
    "chance_4_weeks": Look("share"),
    "change_number": Look("number", "change_url"),
    "ci": Look("word"),
    "abandoned": Look("number", "abandoned_page"),
    "blocked": Look("number", "blocked_page"),
    "missing": Look("number", "missing_page"),
    "waiting": Look("number", "waiting_page"),
    "concerns": Look(is_choice=True),
    "claim": Look("title"),
    "closed_at": Look("time"),
    "core_name": Look(absent=DASH),
    "created_at": Look("time"),
    "design": Look("word"),
    "detail": Look(absent=DASH),
    "evidence": Look("sentence", "evidence_urls"),
    "fact": Look(address="fact_page"),
    "difference": Look("number", absent=DASH, digits=2),
    "difference_high": Look("number", absent=DASH, digits=2),
    "difference_low": Look("number", absent=DASH, digits=2),
    "failure_mode": Look("word"),
    "fixed_by": Look("list", "fixed_by_urls", absent="a fix that is not in the data"),
    "false_per_1000_first": Look("number", absent=NOT_RUN),
    "fixed_on_master_at": Look("time"),
    "explanation": Look(absent=DASH),
    "false_share": Look("share"),
    "fixes": Look("share"),
    "found": Look("number", digits=2),
    "found_high": Look("number", digits=2),
    "found_low": Look("number", digits=2),
    "gaps": Look("words"),
    "held": Look(absent="still ahead"),
    "importance": Look("word", is_choice=True, order={word: place for place, word in enumerate(schema.IMPORTANCES)}),
    "instant_at": Look("time"),
    "kappa": Look("number", digits=2),
    "kind": Look("word"),
    "is_wanted": Look(is_choice=True),
    "isolation": Look("word"),
    "on_branch": Look("word", is_choice=True, words=schema.BACKPORT_LABELS),
    "launchpad_name": Look(absent=DASH),
    "least": Look("number", digits=2),
    "lost_per_request": Look("number", digits=2),
    "mariadb": Look(absent=NOT_RUN),
    "meaning": Look("title"),
    "median": Look("number", digits=2),
    "milestone": Look(absent="none"),
    "minutes": Look("number", digits=0),
    "most": Look("number", digits=2),
    "n_bugs": Look("number", "rows_page"),
    "n_drift_steps": Look("number", absent="not read"),
    "n_open_fixes": Look("number", "queue_page"),
    "n_reserved_steps": Look("number", absent="not read"),
    "n_without_fix": Look("number", "without_page"),
    "need": Look(is_choice=True),
    "newest_at": Look("time"),
    "no_core_because": Look(absent=DASH),
    "not_shown_on": Look(absent=DASH),
    "n_came": Look("number", absent="still ahead"),
    "nudge": Look("word", is_choice=True),
    "other_bug_id": Look("number", "other_bug_url"),
    "other_name": Look(absent=DASH),
    "other_title": Look("title"),
    "outside": Look("words"),
    "opened": Look("history"),
    "owner_name": Look(address="owner_page"),
    "over_per_1000_first": Look("number", absent=NOT_RUN),
    "p": Look("number", digits=3),
    "person": Look(address="person_page"),
    "postgresql": Look(absent=NOT_RUN),
    "predicted": Look(absent="no model"),
    "proposal": Look("sentence"),
    "ratio": Look("number", digits=2),
    "ratio_high": Look("number", digits=2),
    "ratio_low": Look("number", digits=2),
    "reason": Look("sentence", "reason_urls"),
    "reasons": Look("folded", total="score"),
    "recall": Look("share"),
    "rule": Look("word", is_choice=True),
    "seen": Look(absent="not raced"),
    "section": Look(address="section_url"),
    "sentence": Look("text", letters=600),
    "share": Look("share", absent=DASH),
    "share_high": Look("share", absent=DASH),
    "share_low": Look("share", absent=DASH),
    "share_right": Look("share"),
    "shown_on": Look(absent=DASH),
    "similarity": Look("share"),
    "since_at": Look("time"),
    "since_last": Look(absent="first report"),
    "span_began_at": Look("time"),
    "sqlite": Look(absent=NOT_RUN),
    "snapshot_at": Look("time"),
    "state": Look("word", is_choice=True),
    "status": Look("word", is_choice=True),
    "sub_theme": Look(absent="none"),
    "subject": Look("title"),
    "submitted_at": Look("time"),
    "targeted_on": Look("time"),
    "theme": Look(address="theme_page"),
    "title": Look(address="area_page"),
    "trend": Look("trend"),
    "voted_at": Look("time"),
    "year_ended_at": Look("time"),
    "waiting_on": Look("word", is_choice=True, words=schema.TURN_LABELS),
    "what": Look("word", is_choice=True),
    "waits_for": Look("word", is_choice=True),
    "why": Look("word"),
}

# a stable branch as a column: the state of each fix there, with its link
BRANCH = Look("word", absent=DASH, words=schema.BACKPORT_LABELS)


def look(name: str, *, is_number: bool = False, is_list: bool = False) -> Look:
    """The look of a column, with its label and unit; the values decide the form of an undescribed one."""
    if name.startswith(schema.STABLE_BRANCHES):
        return replace(BRANCH, label=name, address=f"{name}_url")
    label, unit = label_and_unit(name)
    described = LOOKS.get(name, Look())
    form = described.form or _form(name, unit, is_number=is_number, is_list=is_list)
    column = COLUMNS.get(name) or schema.column(name)
    meaning = _plain(column.meaning) if column else ""
    is_identifier = bool(_IDENTIFIER.search(name))
    return replace(described, form=form, label=label, unit=unit, meaning=meaning, is_identifier=is_identifier)


def _plain(meaning: str) -> str:
    """The meaning of a column without the parts for programmers: its source in an answer, and its allowed values.

    >>> _plain("status now, one of STATUSES; a word that is not known there is kept")
    'status now'
    """
    plain = _FOR_CODE.sub("", meaning.partition(";")[0])
    return "" if _NAME.search(plain) else plain


def _form(name: str, unit: str, *, is_number: bool, is_list: bool) -> CellForm:
    """The form, by the unit first, then by the values, then by the kind in the contract."""
    if unit == "days":
        return "days"
    if unit == "0..1" and name in COLUMNS:
        return "share"
    if is_list or is_number:
        return "list" if is_list else "number"
    column = COLUMNS.get(name) or schema.column(name)
    return FORM_BY_KIND.get(column.kind, "text") if column else "text"


def label_and_unit(name: str) -> tuple[str, str]:
    """The label of the column on a page, and its unit.

    >>> label_and_unit("title"), label_and_unit("waiting_days")
    (('Area', ''), ('Waiting', 'days'))
    """
    column = COLUMNS.get(name)
    label, unit = (column.label, column.unit) if column else ("", "")
    return label or schema.label(name), unit or schema.unit(name)


def is_address(name: str) -> bool:
    """Whether a column has addresses: they are links of another column, not a column of a page."""
    return name.endswith(("_url", "_urls", "_page"))
