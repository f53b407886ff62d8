"""Bug references in commit messages: the standard footers, their misspellings, and the phrases used before them.

These forms make a link. A *footer* is a word joined to "Bug" by a hyphen, in any spelling. A *phrase* is a sentence
that starts with a verb and a bug ("Fixes LP bug #1", "This partially fixes bug 2"). A *bare* line is a bug alone in its
paragraph, an *address* is its web page alone in a line, a *test* is a line that adds a test for a bug. A bug named in
the *subject* is one, too. A number in the middle of a sentence is not a link: `not_understood` lists those lines.
"""

from dataclasses import dataclass

import pandas as pd

from analysis.links import hook, lines

START = r"(?i)^[\s>*(-]*(?:\[[^\]]{1,40}\]\s*)?"
ADDRESS = r"https?://(?:bugs\.)?launchpad\.net/\S*?bugs?/"
# What may stand between the word and the number.
NAMES = rf"(?:{ADDRESS}|bugs?\b|lp\b|launchpad\b|[\s:#=/_-])*"
FOOTER_BUG = r"(?P<bug>[0-9]{1,8})(?P<after>[^0-9].*)?$"
# Outside of a footer a short number is a count of something, not a bug.
BUG = r"(?P<bug>[0-9]{4,8})(?P<after>[^0-9].*)?$"
LEAD = r"(?:(?:also|and|it|this|which)(?:\s+(?:change|commit|patch))?(?:\s+also)?\s+)?(?P<half>part\w+\s+)?"
VERB = r"(?P<word>clos\w+|fix|fixes|fixed|resolv\w+|implements?|address\w*|relat\w+|refs?|references?|see)"
TO = r"\s*[:-]?\s*(?:(?:to|for|the)\s+)*"
ADDS = r"(?:this\s+)?(?:change\s+|patch\s+)?(?:adds?|fix)\s.*\btests?\b"
TEST = rf"(?:{ADDS}|reproduc\w*|recreat\w*|functional|regression)"
ALONE = r"(?P<bug>[0-9]{4,8})(?P<after>[.)]*)$"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name a bug in a line; `needs_start`: only where a sentence or paragraph begins."""

    evidence: str
    pattern: str
    strength: float
    word: str | None = None
    needs_start: bool = False


FORMS = (
    Form("footer", rf"{START}(?P<word>[a-z]+)\s?-+\s?bugs?{NAMES}{FOOTER_BUG}", 0.98),
    Form("test", rf"{START}{TEST}.*\bbugs?{NAMES}{BUG}", 0.9, word="related"),
    Form("phrase", rf"{START}{LEAD}{VERB}{TO}(?:bugs?\b|lp\b|{ADDRESS}){NAMES}{BUG}", 0.85, needs_start=True),
    Form("bare", rf"{START}(?:and\s+)?(?:bugs?|lp)\b{NAMES}{ALONE}", 0.6, "closes", True),
    Form("address", rf"{START}{ADDRESS}(?P<bug>[0-9]{{1,8}})(?P<after>[^\s0-9]\S*)?$", 0.5, word="related"),
)
ANYWHERE = rf"(?i)^.*?(?P<word>fix|fixes|fixed)?\s*(?:for\s+)?(?:\bbugs?|\blp|{ADDRESS}){NAMES}{BUG}"
IN_SUBJECT = Form("subject", ANYWHERE, 0.5)
# "Fixes: bug 1, bug 2 and 3"
MORE = r"(?i)^(?:(?:\s*,\s*|\s+and\s+|\s*&\s*)(?:bugs?|lp)?[\s:#]*[0-9]{4,8}\b)+"
COLUMNS = ["kind", "ref", "line_number", "line", "bug_id", "evidence", "relation", "strength", "hook_sees_it"]


def parse(deeds: pd.DataFrame) -> pd.DataFrame:
    """One row per line and bug, in the order of the lines.

    Parameters
    ----------
    deeds : DataFrame
        kind, ref, message.

    Returns
    -------
    DataFrame
        kind, ref, line_number, line, bug_id, evidence (the form), relation, strength, and hook_sees_it: OpenStack's
        infra hook would take the message the same way for this bug.
    """
    found = _read(lines.named(deeds))
    seen = hook.relations(deeds[deeds["ref"].isin(found["ref"])])
    found = found.merge(seen, on=["kind", "ref", "bug_id"], how="left", validate="many_to_one")
    sees = (found["hook_relation"] == found["relation"]).fillna(False).astype("boolean")
    return found.assign(hook_sees_it=sees)[COLUMNS]


def not_understood(deeds: pd.DataFrame) -> pd.DataFrame:
    """The lines that name a bug, or look like a footer, and made no link: kind, ref, line_number, line."""
    candidates = lines.named(deeds)
    key = ["kind", "ref", "line_number"]
    read = _read(candidates)[key].drop_duplicates().assign(is_read=True)
    left = candidates.merge(read, on=key, how="left", validate="one_to_one")
    return left.loc[left["is_read"].isna(), [*key, "line"]].reset_index(drop=True)


def _read(candidates: pd.DataFrame) -> pd.DataFrame:
    left = candidates
    parts = []
    for form in (*FORMS, IN_SUBJECT):
        hits = _matched(left, form)
        parts.append(hits)
        left = left.drop(hits.index)
    rows = pd.concat(parts).sort_index(kind="stable")
    rows = pd.concat([rows, _more(rows)]).sort_index(kind="stable")
    rows = rows.assign(bug_id=rows["bug"].astype("Int64"))
    return rows[rows["bug_id"] > 0].reset_index(drop=True)


def _matched(candidates: pd.DataFrame, form: Form) -> pd.DataFrame:
    if form is IN_SUBJECT:
        candidates = candidates[candidates["line_number"] == 0]
    if form.needs_start:
        candidates = candidates[_starts(candidates)]
    found = lines.groups(candidates["line"], form.pattern)
    word = found["word"] if form.word is None else pd.Series(form.word, index=found.index, dtype="str")
    half = found["half"].ne("") if "half" in found else pd.Series(False, index=found.index)
    rows = candidates.loc[found.index].assign(
        bug=found["bug"], after=found["after"], evidence=form.evidence, relation=_relation(word, half)
    )
    return rows.assign(strength=form.strength).astype({"strength": "Float64"})


def _starts(candidates: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a sentence begins with the line: a line that was merely wrapped there says something else."""
    before = candidates["before"].str.strip()
    capital = candidates["line"].str.match(r"^\W*[A-Z]")
    ended = before.eq("") | before.str.contains(r"[.:!?)]$") | before.str.contains(r"(?i)bug[\s:#]*[0-9]+\W*$")
    return (capital & ~candidates["line"].str.match(r"(?i)^\W*(?:lp|bug)")) | ended | candidates["line_number"].eq(0)


def _relation(word: "pd.Series[str]", half: "pd.Series[bool]") -> "pd.Series[str]":
    """What the word says. The beginnings take in the misspellings seen: Relatd, Closs, Partail."""
    word = word.str.lower()
    closes = word.str.match(r"cl|fix|resol|impl|solv")
    partial = word.str.match(r"pa|addr") | half
    said = pd.Series("related", index=word.index, dtype="str").mask(closes, "closes")
    return said.mask(partial, "partial")


def _more(rows: pd.DataFrame) -> pd.DataFrame:
    """The further bugs of a line that names several."""
    several = lines.groups(rows["after"].fillna(""), f"(?P<more>{MORE})")["more"]
    bugs = several.str.extractall(r"([0-9]{4,8})")[0].droplevel(1)
    return rows.loc[bugs.index].assign(bug=bugs.array)
