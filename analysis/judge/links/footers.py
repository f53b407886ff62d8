"""Bug references in commit messages: the standard footers, their misspellings, and older phrases.

These forms make a link. A *footer* is a word joined to "Bug" by a hyphen, in any spelling. A *phrase* is a sentence
that starts with a verb and a bug ("Fixes LP bug #1", "This partially fixes bug 2"). A *bare* line is a bug alone in its
paragraph, an *address* is its web page alone in a line, and a *test* is a line that adds a test for a bug. In the
subject all but a footer are called *subject*, and there any mention of a bug is one. A number in the middle of a
sentence is not a link: `not_understood` lists those lines.
"""

from dataclasses import dataclass

import pandas as pd

from analysis.judge.links import hook_footers, lines
from analysis.judge.links.lines import START
from analysis.tables import records

ADDRESS = r"https?://(?:bugs\.)?launchpad\.net/\S*?bugs?/"
# Characters between the word and the number.
NAMES = rf"(?:{ADDRESS}|bugs?\b|lp\b|launchpad\b|[\s:#=/_-])*"
# A hyphen, typed or from a word processor; and the word before the verb: Partially-Closes-Bug.
HYPHEN = r"\s?[-\x{2010}-\x{2014}]+\s?"
HALF = rf"(?P<half>part[a-z]*{HYPHEN})?"
# outside a footer a short number is a count, not a bug
BUG = r"(?P<bug>[0-9]{4,8})(?P<after>[^0-9].*)?$"
ALONE = r"(?P<bug>[0-9]{4,8})(?P<after>[.)]*)$"
SELF = r"(?:it|this|this (?:change|commit|patch))"
LEAD = rf"(?:(?:(?:also|and|which|{SELF})(?:\s+also)?)\s+)?(?P<half>part\w+\s+)?"
VERB = r"(?P<word>clos\w+|fix|fixes|fixed|resolv\w+|implements?|address\w*|relat\w+|refs?|references?|see(?:\s+also)?)"
# What the word of a footer or phrase says, by its first letters, so that misspellings count: CLoses, Patial. Any other
# word only relates: Relatd, Impacts.
CLOSING_WORDS = r"^(?:cl|fix|resol|impl|solv)"
PARTIAL_WORDS = r"^(?:pa|addr)"
TO = r"\s*[:-]?\s*(?:(?:to|for|the)\s+)*"
ADDS = r"(?:this\s+)?(?:change\s+|patch\s+)?(?:adds?|fix)\s.*\btests?\b"
TEST = rf"(?:{ADDS}|reproduc\w*|recreat\w*|(?:functional|regression)\s.*\btests?\b)"
OURS = rf"(?:\b{SELF}(?:\s+also|\s+only)?\s+(?P<half>part\w+\s+)?|(?:\.|^and)\s+)"
CLAIM = rf"{OURS}(?P<word>closes|fixes|resolves)\s+(?:the\s+)?"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name a bug in a line, and its strength as evidence.

    `evidence` is its name, one of `schema.judgement.EVIDENCES`. `relation` is for a form without a word for it.
    `needs_start` is for a form that counts only at the start of a sentence: in a wrapped line it means something else.
    """

    evidence: str
    pattern: str
    strength: float
    relation: str | None = None
    needs_start: bool = False
    subject_only: bool = False


FORMS = (
    Form(
        "footer",
        rf"{START}{HALF}(?P<word>[a-z]+){HYPHEN}bugs?{NAMES}[\[(]?#?(?P<bug>[0-9]{{1,8}})(?P<after>[^0-9].*)?$",
        0.98,
    ),
    Form("test", rf"{START}{TEST}.*\bbugs?{NAMES}{BUG}", 0.9, "related"),
    Form("phrase", rf"{START}{LEAD}{VERB}{TO}(?:bugs?\b|lp\b|{ADDRESS}){NAMES}{BUG}", 0.85, needs_start=True),
    Form("sentence", rf"(?i){CLAIM}(?:bugs?\b|lp\b|{ADDRESS}){NAMES}{BUG}", 0.7),
    Form("bare", rf"{START}(?:and\s+)?(?:bugs?|lp)\b{NAMES}{ALONE}", 0.6, "closes", needs_start=True),
    Form("address", rf"{START}{ADDRESS}(?P<bug>[0-9]{{1,8}})(?P<after>[^\s0-9]\S*)?$", 0.5, "related"),
    Form(
        "subject",
        rf"(?i)^(?:revert .*?|.*?(?P<word>\bfix(?:es|ed)?)\s+(?:for\s+)?|.*?)(?:\bbugs?|\blp|{ADDRESS}){NAMES}{BUG}",
        0.5,
        subject_only=True,
    ),
)
# "Fixes: bug 1, bug 2 and 3", "Closes-Bug: #1 #2"; bare numbers must end the line, because a word after them may be
# what they count.
MORE = (
    r"(?i)^(?P<more>(?:(?:\s*[,;&]\s*|\s+and\s+)(?:bugs?|lp)?[\s:#]*[0-9]{4,8}\b|\s+#\s?[0-9]{4,8}\b)+"
    r"|(?:\s+[0-9]{6,8})+\s*$)"
)
# A line is listed as not understood if it has a number as long as a bug's beside a word for a bug, or alone after the
# verb of a footer; or the word of a footer.
LOOKS_LIKE_ONE = (
    r"(?i)\b(?:bugs?|lp)\b.*\b[0-9]{5,8}\b|\b[0-9]{5,8}\b.*\bbugs?\b|^\s*[a-z]+\s?-+\s?bugs?\s*:"
    r"|^\s*(?:clos|fix|resolv)[a-z]*\s*:?\s*#?[0-9]{6,8}\s*$"
)
# In a message with footers of its own, indented lines are a quotation: OpenStack's hook reads footers there, we do not.
INDENTED = r"^(?:\t| {4,}|\s*>)\s*[^\s*-]"
OWN_FOOTER = r"(?m)^(?:Change-Id|Signed-off-by|[A-Za-z]+-Bug)\s*:"
QUOTED_STRENGTH = 0.4
COLUMNS = ["kind", "ref", "line_number", "line", "bug_id", "evidence", "relation", "strength", "hook_sees_it"]


def parse(changes_and_commits: pd.DataFrame, bug_lines: pd.DataFrame) -> pd.DataFrame:
    """One row per line and bug, in the order of the lines.

    Parameters
    ----------
    changes_and_commits : DataFrame
        kind, ref, message.
    bug_lines : DataFrame, see lines.candidate_lines

    Returns
    -------
    DataFrame
        kind, ref, line_number, line, bug_id, evidence (the form), relation, strength, and hook_sees_it: OpenStack's
        infra hook would read the message the same way for this bug.
    """
    footer_links = claims(changes_and_commits, bug_lines)
    seen = hook_footers.relations(
        changes_and_commits[
            changes_and_commits["ref"].isin(footer_links["ref"]) & changes_and_commits["message"].notna()
        ]
    )
    footer_links = footer_links.merge(seen, on=["kind", "ref", "bug_id"], how="left", validate="many_to_one")
    sees = footer_links["hook_relation"].eq(footer_links["relation"]).fillna(False).astype("boolean")
    return footer_links.assign(hook_sees_it=sees)[COLUMNS]


def claims(changes_and_commits: pd.DataFrame, bug_lines: pd.DataFrame) -> pd.DataFrame:
    """The rows of `parse` without hook_sees_it, which takes longer to find out than all the rest."""
    return _weaken_quotes(_read(bug_lines[bug_lines["line"].str.contains("[0-9]")]), changes_and_commits)


def not_understood(changes_and_commits: pd.DataFrame) -> pd.DataFrame:
    """The lines that name a bug, or look like a footer, and made no link: kind, ref, line_number, line."""
    bug_lines = lines.candidate_lines(changes_and_commits)
    return left_over(bug_lines, _read(bug_lines))


def left_over(bug_lines: pd.DataFrame, footer_links: pd.DataFrame) -> pd.DataFrame:
    """The lines of lines.candidate_lines that look like a footer but from which `parse` made no row.

    Returns
    -------
    DataFrame
        kind, ref, line_number, line, in the order of the lines.
    """
    key = ["kind", "ref", "line_number"]
    understood = footer_links[key].drop_duplicates().assign(is_read=True)
    left = bug_lines.merge(understood, on=key, how="left", validate="one_to_one")
    left = left[left["is_read"].isna() & left["line"].str.contains(LOOKS_LIKE_ONE)]
    return pd.DataFrame(left[[*key, "line"]]).reset_index(drop=True)


def _weaken_quotes(rows: pd.DataFrame, changes_and_commits: pd.DataFrame) -> pd.DataFrame:
    """The rows; those from a quotation are only related and weak, because the message has footers of its own."""
    indented = rows["line_number"].gt(0) & rows["line"].str.contains(INDENTED)
    with_footer = changes_and_commits.loc[records.holds(changes_and_commits["message"], OWN_FOOTER), ["kind", "ref"]]
    is_quoted = indented & pd.MultiIndex.from_frame(rows[["kind", "ref"]]).isin(pd.MultiIndex.from_frame(with_footer))
    return rows.assign(
        relation=rows["relation"].mask(is_quoted, "related"), strength=rows["strength"].mask(is_quoted, QUOTED_STRENGTH)
    )


def _read(candidates: pd.DataFrame) -> pd.DataFrame:
    left = candidates
    read: list[pd.DataFrame] = []
    for form in FORMS:
        possible = left[left["line_number"] == 0] if form.subject_only else left
        parts = records.groups(possible["line"], form.pattern)
        if form.needs_start and len(parts):
            parts = parts[_starts(left.loc[parts.index])]
        # Most forms are in no line of a few messages, and to make no row takes as long as to make some.
        if len(parts) or not read:
            read.append(_matched(left.loc[parts.index], parts, form))
            left = left.drop(parts.index)
    rows = pd.concat(read)
    rows = pd.concat([rows, _more(rows)]).sort_index(kind="stable")
    rows = rows.assign(bug_id=rows["bug"].astype("Int64"))
    return pd.DataFrame(rows[rows["bug_id"] > 0]).reset_index(drop=True)


def _matched(rows: pd.DataFrame, parts: pd.DataFrame, form: Form) -> pd.DataFrame:
    """The rows in which a form was found, with the bug, the relation and the strength that it gives them."""
    relation = _relation(parts) if form.relation is None else form.relation
    rows = rows.assign(
        bug=parts["bug"], after=parts["after"], evidence=form.evidence, relation=relation, strength=form.strength
    )
    in_subject = rows["line_number"].eq(0) & rows["evidence"].ne("footer")
    return rows.assign(evidence=rows["evidence"].astype("str").mask(in_subject, "subject")).astype({"relation": "str"})


def _starts(candidates: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a sentence begins at the start of the line."""
    before, line = candidates["before"], candidates["line"]
    capital = line.str.contains(r"^\W*[A-Z]") & ~line.str.contains(r"(?i)^\W*(?:lp|bug)")
    # after a blank line, the end of a sentence, another bug, or another footer such as Change-Id
    ended = before.eq("") | before.str.contains(r"(?i)[.:!?)]$|bug[\s:#]*[0-9]+\W*$|^[a-z]+-[a-z-]+:\s*\S+$")
    return pd.Series(capital | ended)


def _relation(parts: pd.DataFrame) -> "pd.Series[str]":
    """The relation that each word says."""
    word = parts["word"].str.lower()
    relation = pd.Series("related", index=parts.index, dtype="str")
    relation = relation.mask(word.str.contains(CLOSING_WORDS), "closes")
    half = word.str.contains(PARTIAL_WORDS)
    if "half" in parts:
        half |= parts["half"].ne("") & relation.eq("closes")
    return relation.mask(half, "partial")


def _more(rows: pd.DataFrame) -> pd.DataFrame:
    """The further bugs of a line that names several."""
    several = records.groups(rows["after"].fillna(""), MORE)["more"]
    bugs = several.str.extractall(r"([0-9]{4,8})")[0].droplevel(1)
    return rows.loc[bugs.index].assign(bug=bugs.array)
