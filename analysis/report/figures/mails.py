"""Plain texts to send: the week's mail, at most 40 lines of 78 columns, and the agenda of a meeting."""

from collections.abc import Hashable, Iterator, Mapping
from types import MappingProxyType
from unicodedata import east_asian_width

import pandas as pd

from analysis.report.figures.documents import Document, subject_of
from analysis.report.figures.fact_lists import PAST, changes_in_words
from analysis.report.figures.html import clean, is_unknown
from analysis.tables import schema

COLUMNS, LINES = 78, 40  # of a mail: what every list shows without breaking a line
MOST_EACH = 8  # fixes that one group of people is asked for; the pages have all
MOST_TOPIC = 8  # links below one topic of an agenda
# Whose turn it is -> what they are asked for. In the order of the mail; the rest are nobody's to answer. Of a backport
# other people decide: what its group is asked for comes last.
ASKED = {
    "approver": "Cores, please approve what has its votes",
    "second_core": "Cores, please give the second vote",
    "reviewers": "Reviewers, please look at",
    "": "Votes unknown: these may wait for a review",
    "owner": "Owners, please answer your reviewers or the CI",
}
BACKPORTS = "Stable cores, please look at these backports"
SHORT = ("-1w", "-4w", "-13w", "-52w")  # since when a number changed, by PAST; short, for the lines of a telephone
Row = Mapping[Hashable, object]


def mail(
    fixes: pd.DataFrame,
    facts: pd.DataFrame,
    *,
    title: str,
    as_of: pd.Timestamp,
    no_fix: str,
    of_bugs: str = "",
    instants: str = "",
    missing: str = "",
    to_make: str = "",
    links: Mapping[str, str] = MappingProxyType({}),
) -> Document:
    """The week's mail: the numbers, then each group of people with the first fixes that wait for it.

    Parameters
    ----------
    fixes : DataFrame of measures.each_once, in the order of the queue, with change_url
    facts : DataFrame of measures.totals, with the past of `measures.with_past` or without
    title : of the project and release
    no_fix : what it means that there is no fix to ask for, in a sentence
    of_bugs : what came of the bugs, in a sentence; left out where it is empty
    instants : of when the bugs and the changes are, where that differs
    missing : what the data lack, in a sentence
    to_make : how many fixes and backports are to be made, and which open fixes nobody is asked for, in sentences
    links : addresses where the reader sees what is open now, by what they list
    """
    awaiting = "that may await" if len(fixes) and fixes["waiting_on"].isna().all() else "awaiting"
    lines = [fitted(f"Subject: [{title}] Bug fixes {awaiting} review, {as_of:%Y-%m-%d}"), ""]
    lines += wrapped(
        f"Hello, this is the week of {title}: {instants or f'data as of {as_of:%Y-%m-%d %H:%M} UTC'}. {missing}"
    )
    lines += [*_figures(facts), *wrapped(to_make), ""]
    is_backport = _is_backport(fixes)
    asked = {words: _rows_of_turn(fixes[~is_backport], turn) for turn, words in ASKED.items()}
    asked[ASKED["owner"]] = _rows_of_turn(fixes, "owner")
    asked[BACKPORTS] = fixes[is_backport & fixes["waiting_on"].ne("owner").fillna(True)]
    asked = {words: rows for words, rows in asked.items() if len(rows)}
    ends = wrapped(of_bugs) if of_bugs else []
    of_lists = [f"{what}: {address}" for what, address in links.items()]
    ends += [line for line in of_lists if fitted(line) == line]  # an address that is cut leads nowhere
    # A heading and a blank line for each group, two lines for each fix.
    counts = _shares((LINES - len(lines) - len(ends)) // 2 - len(asked), [len(rows) for rows in asked.values()])
    for count, (words, rows) in zip(counts, asked.items(), strict=True):
        first = rows.head(count).to_dict("records")
        lines += [fitted(f"{words} ({len(first)} of {len(rows)}):"), *(line for row in first for line in _two(row)), ""]
    lines += [] if asked else [*wrapped(no_fix), ""]
    text = "\n".join([*lines, *ends]).rstrip()
    return Document("mail.txt", "A mail for the list, in plain text", text + "\n")


def _shares(room: int, wanted: list[int]) -> list[int]:
    """The number of fixes for each group: the groups get one more in turn, while there is room and a fix to show.

    >>> _shares(7, [1, 20, 20])
    [1, 3, 3]
    """
    shares = [0] * len(wanted)
    most = [min(n, MOST_EACH) for n in wanted]
    while room > 0 and shares != most:
        for place in range(len(shares)):
            if room > 0 and shares[place] < most[place]:
                shares[place], room = shares[place] + 1, room - 1
    return shares


def _figures(facts: pd.DataFrame) -> list[str]:
    """The numbers in a sentence, or as a table with their changes if earlier values are known."""
    if not set(PAST) <= set(facts) or not facts[list(PAST)].notna().any(axis=None):
        return wrapped("; ".join(_fact(row) for row in facts.to_dict("records")) + ".")
    numbers = [[*_fact(row).rsplit(": ", 1), *changes_in_words(row, mark="*")] for row in facts.to_dict("records")]
    rows = [["", "now", *SHORT], *numbers]
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(len(rows[0]))]
    lines = ["".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])[:COLUMNS] for row in rows]
    return [*lines, "-1w etc.: how each number changed since then; *: not worse; ?: unknown."]


def agenda(
    fixes: pd.DataFrame,
    blockers: pd.DataFrame,
    untriaged: pd.DataFrame,
    breaches: pd.DataFrame,
    facts: pd.DataFrame,
    *,
    title: str,
    as_of: pd.Timestamp,
    empty: Mapping[str, str],
) -> Document:
    """The agenda of a meeting, in the commands of OpenStack's meeting bot: topics, facts, links.

    Parameters
    ----------
    fixes, breaches : DataFrame of measures.each_once and measures.breaches, with change_url
    blockers, untriaged : DataFrame of bugs with bug_id, bug_title or title, importance, bug_url
    facts : DataFrame of measures.totals
    empty : what an empty list of `fixes`, `blockers`, `untriaged` and `breaches` means, in a sentence each
    """
    lines = [f"#startmeeting {clean(title)}", f"#info Data as of {as_of:%Y-%m-%d %H:%M} UTC"]
    lines += [f"#info {_fact(row)}{_since(row)}" for row in facts.to_dict("records")]
    topics = {
        "blockers": ("Release blockers", blockers, _bug_link),
        "untriaged": ("Untriaged bugs", untriaged, _bug_link),
        "breaches": ("Fixes over the limit", breaches, _fix_link),
        "fixes": ("Fixes awaiting review", fixes[~_is_backport(fixes)], _fix_link),
    }
    backports = fixes[_is_backport(fixes)]
    topics |= {"backports": ("Backports awaiting review", backports, _fix_link)} if len(backports) else {}
    for name, (topic, rows, link) in topics.items():
        lines += ["", f"#topic {topic}" + (f" ({len(rows)})" if len(rows) else "")]
        lines += [link(row) for row in rows.head(MOST_TOPIC).to_dict("records")] or [f"#info {empty[name]}"]
        lines += [f"#info and {len(rows) - MOST_TOPIC} more"] if len(rows) > MOST_TOPIC else []
    lines += ["", "#topic Open discussion", "#endmeeting"]
    return Document("agenda.txt", "An agenda for the meeting", "\n".join(lines) + "\n")


def fitted(text: object, columns: int = COLUMNS) -> str:
    """The text on one line, cleaned and cut to a number of terminal columns, of which a Chinese letter takes two.

    >>> fitted("a b c d", 5), fitted("量量量", 4)
    ('a b…', '量…')
    """
    letters = clean(text, most=2 * COLUMNS)
    if _width(letters) <= columns:
        return letters
    while _width(letters) >= columns:
        letters = letters[:-1]
    return letters.rstrip() + "…"


def wrapped(text: str) -> list[str]:
    """The text in lines of at most COLUMNS columns, broken between words."""
    lines = [""]
    for word in clean(text, most=1000).split():
        joined = f"{lines[-1]} {word}".strip()
        if _width(joined) <= COLUMNS:
            lines[-1] = joined
        else:
            lines.append(fitted(word))
    return [line for line in lines if line]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _is_backport(fixes: pd.DataFrame) -> "pd.Series[bool]":
    is_stable: pd.Series[bool] = fixes["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False).astype(bool)
    return is_stable


def _owner(row: Row) -> str:
    """The owner of the change, by name or else by account number."""
    name = row["owner_name"]
    words = "unknown" if is_unknown(name) else clean(name, most=24)
    return f"account {words}" if words.isdecimal() else words


def _where(row: Row) -> str:
    """The stable branch of a backport; empty for the main branch."""
    branch = str(row["branch"])
    return f", {clean(branch, most=24)}" if branch.startswith(schema.STABLE_BRANCHES) else ""


def _rows_of_turn(fixes: pd.DataFrame, turn: str) -> pd.DataFrame:
    is_theirs = fixes["waiting_on"].eq(turn).fillna(False) if turn else fixes["waiting_on"].isna()
    return fixes[is_theirs]


def _two(row: Row) -> Iterator[str]:
    """Two lines for a fix: its subject, and below it the address, importance, owner and waiting time."""
    yield f"- {fitted(subject_of(row), COLUMNS - 2)}"
    days = row["waiting_days"]
    wait = f", waits {days:.0f} d" if isinstance(days, int | float) and not is_unknown(days) else ""
    facts = f"{_text_of(row['importance'])}{_where(row)}, by {_owner(row)}{wait}"
    yield "  " + fitted(f"{row['change_url']} {facts}", COLUMNS - 2)


def _fact(row: Row) -> str:
    """One number in words; `unknown` if it is unknown."""
    n = row["n"]
    value = f"{n:,.0f}" if isinstance(n, int | float) and not is_unknown(n) else row["text"]
    return f"{clean(row['fact'])}: {'unknown' if is_unknown(value) else clean(value)}"


def _since(row: Row) -> str:
    """The known changes of the number."""
    changes = zip(PAST.values(), changes_in_words(row, mark=""), strict=True) if set(PAST) <= set(row) else ()
    spans = [f"{span} {words}" for span, words in changes if words != "?"]
    return f" ({', '.join(spans)})" if spans else ""


def _bug_link(row: Row) -> str:
    title = row.get("bug_title", row.get("title"))
    return f"#link {row['bug_url']} {clean(title, most=COLUMNS)} ({_text_of(row['importance'])})"


def _fix_link(row: Row) -> str:
    facts = f"{_text_of(row['importance'])}{_where(row)}, by {_owner(row)}"
    return f"#link {row['change_url']} {clean(subject_of(row), most=COLUMNS)} ({facts})"


def _text_of(importance: object) -> str:
    return "importance unknown" if is_unknown(importance) else clean(importance)
