"""How many bugs of a subject are races: reports on quotas, ports, volumes and others, and the causes in their fixes."""

import pandas as pd
from scipy import stats

from analysis.tables import schema

# A report belongs to a subject if its title has one of these words.
SUBJECTS = {
    "quota": r"\bquotas?\b",
    "port": r"\bports?\b",
    "volume": r"\bvolumes?\b",
    "resize": r"\bresiz(?:e|es|ed|ing)\b",
    "info cache": r"\b(?:network[ _]?)?info[ _-]?caches?\b",
}
# A fix found a race if the reader of its message said so; if nobody read it, if its words say so.
RACE = r"(?i)\brac(?:e|es|ed|ing|y)\b|\bconcurren|\bsimultaneous"
# What users see of a race: a leak, or a wrong result whose title says that something is counted wrongly or never given
# back. Wrong results alone are mostly wrong messages, limits and arguments. Of Nova's 234 reports with quota in the
# title 32 have such a title or leak, and all but five of these are about a count. The words were chosen on these very
# titles; no others were read.
SEEN = ("leak", "wrong_result")
COUNTED = (
    r"(?i)\busages?\b|\b(?:mis|under-|over-)?count(?:s|ed|ing)?\b|\b(?:in|de)crement|\b(?:out of|not in) sync\b|\bleak"
    r"|\b(?:not|never|still|without)\b.{0,40}\b(?:reduc|releas|updat|reclaim|free|deduct|restor|roll(?:ed)? ?back)"
)
# The designs of the laboratory that Nova ran: reservations until Pike, counting since.
OF_NOVA = ("ReserveAndCommit", "ReserveWithRefresh", "CountAndRecheck", "CountOnly")


def joined(
    public: pd.DataFrame, bug_failure_modes: pd.DataFrame, fixed: pd.DataFrame, labels: pd.DataFrame
) -> pd.DataFrame:
    """Each report of a subject with its fix, sorted by subject; reports whose fix names a race come first.

    Parameters
    ----------
    public : bugs that may be shown, one row for each, with bug_id, title, duplicate_of (schema.BUGS) and status
    bug_failure_modes : DataFrame, schema.BUG_FAILURE_MODES
    fixed : the first fix of each bug, as `record.fixes` returns
    labels : the classes that readers gave fixes, as `record.labels` returns

    Returns
    -------
    DataFrame
        about (the subject), bug_id, bug_title, status, failure_modes (of the report), fix_says_race (by its reader,
        else by its words; NA if no message of a fix is available), fix_class (by the second reader; NA if nobody read
        it), subject and sha of the fix.
        A report of two subjects has two rows; a duplicate has none, nor has a report whose title is unknown.
    """
    reports = public[public["duplicate_of"].isna()][["bug_id", "title", "status"]]
    reports = reports.rename(columns={"title": "bug_title"})
    titles = reports["bug_title"].fillna("")
    by_subject = [
        reports[titles.str.contains(f"(?i){pattern}")].assign(about=subject) for subject, pattern in SUBJECTS.items()
    ]
    rows = pd.concat(by_subject)
    modes: dict[int, list[str]] = {}
    for bug_id, mode in zip(bug_failure_modes["bug_id"], bug_failure_modes["failure_mode"], strict=True):
        modes.setdefault(bug_id, []).append(mode)
    rows["failure_modes"] = pd.Series([modes.get(bug, []) for bug in rows["bug_id"]], rows.index, dtype=object)
    fixes = fixed.drop_duplicates("bug_id")[["bug_id", "subject", "sha", "message"]]
    rows = rows.merge(fixes, "left", "bug_id", validate="many_to_one")
    rows["fix_class"] = schema.looked_up(rows["bug_id"], labels.set_index("bug_id")["label_by_second_reader"])
    by_words = rows["message"].str.contains(RACE).astype("boolean")
    says_race = by_words.mask(rows["fix_class"].notna(), rows["fix_class"].eq("race").astype("boolean"))
    rows["fix_says_race"] = says_race.where(rows["message"].notna())
    place = rows["about"].map(list(SUBJECTS).index)
    rows = rows.assign(place=place).sort_values(
        ["place", "fix_says_race", "bug_id"], ascending=[True, False, True], na_position="last", ignore_index=True
    )
    columns = ["about", "bug_id", "bug_title", "status", "failure_modes", "fix_says_race", "fix_class", "subject"]
    return rows[[*columns, "sha"]]


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """How many bugs of each subject are races, one row for each, in the order of the subjects.

    Parameters
    ----------
    rows : DataFrame of `joined`

    Returns
    -------
    DataFrame
        about, n_reports; of these n_said_race and n_said_wrong (a leak or a wrong count; NA if that depends on
        an unknown title) by the report; n_with_fix, whose fix has an available message; of these n_fix_race, whose fix
        names a race, and n_unsaid, whose report did not; the share n_fix_race / n_with_fix with its exact 95 % interval
        share_low to share_high. The share is NA without any fix.
    """
    races = []
    for subject in SUBJECTS if len(rows) else ():
        reports = rows[rows["about"].eq(subject)]
        report_races = reports["failure_modes"].map(lambda modes: "race" in modes).astype(bool)
        leaks, wrong = (reports["failure_modes"].map(lambda modes, mode=mode: mode in modes) for mode in SEEN)
        wrong = leaks.astype("boolean") | (
            wrong.astype("boolean") & reports["bug_title"].str.contains(COUNTED).astype("boolean")
        )
        fix_races = reports["fix_says_race"].fillna(False).astype(bool)
        n_with_fix, n_race = int(reports["fix_says_race"].notna().sum()), int(fix_races.sum())
        low, high = stats.binomtest(n_race, n_with_fix).proportion_ci(method="exact") if n_with_fix else (None, None)
        n_unsaid = int((fix_races & ~report_races).sum())
        numbers = (len(reports), int(report_races.sum()), wrong.sum(skipna=False), n_with_fix, n_race, n_unsaid)
        races.append((subject, *numbers, n_race / n_with_fix if n_with_fix else None, low, high))
    names = ["about", "n_reports", "n_said_race", "n_said_wrong", "n_with_fix", "n_fix_race", "n_unsaid", "share",
             "share_low", "share_high"]  # fmt: skip
    table = pd.DataFrame(races, columns=names)
    if not table["n_with_fix"].any():  # no commit was read: unknown, not 0
        table[names[4:7]] = None
    return table.astype(dict.fromkeys(names[1:7], "Int64") | dict.fromkeys(names[7:], "Float64"))


def racing(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `joined` whose report or fix names a race, with failure modes as words."""
    by_report = rows["failure_modes"].map(lambda modes: "race" in modes).astype(bool)
    races = rows[by_report | rows["fix_says_race"].fillna(False).astype(bool)].reset_index(drop=True)
    words = [[mode.replace("_", " ") for mode in modes] for modes in races["failure_modes"]]
    return races.assign(failure_modes=pd.Series(words, races.index, dtype=object))


def in_words(table: pd.DataFrame, subject: str = "quota") -> str:
    """A sentence: how many bugs of a subject are races, or that this is unknown.

    >>> in_words(pd.DataFrame({"about": ["quota"], "n_with_fix": [40], "n_fix_race": [4], "n_unsaid": [3],
    ...     "share": [0.1], "share_low": [0.028], "share_high": [0.237]}))
    'Of 40 fixed reports with quota in the title the fix of 4 names a race (10 %, 95 % interval 3 to 24 %); 3 of these \
reports did not say so'
    """
    rows = table[table["about"].eq(subject) & table["n_with_fix"].gt(0).fillna(False)]
    if rows.empty:
        return f"How far {subject} bugs race is unknown: no fix of a report with {subject} in its title is at hand"
    row = rows.iloc[0]
    share, low, high = (round(100 * float(row[name])) for name in ("share", "share_low", "share_high"))
    return (
        f"Of {row['n_with_fix']} fixed reports with {subject} in the title the fix of {row['n_fix_race']} names a race "
        f"({share} %, 95 % interval {low} to {high} %){_of_reports(int(row['n_fix_race']), int(row['n_unsaid']))}"
    )


def _of_reports(n_races: int, n_unsaid: int) -> str:
    """What the reports say whose fix names a race; nothing if there are none."""
    if not n_races:
        return ""
    return f"; {n_unsaid} of these reports did not say so" if n_unsaid else "; so did each of these reports"


def of_nova(held: pd.DataFrame) -> pd.DataFrame:
    """The rows of `races.held`, the results of every design, for the designs that Nova ran."""
    return held[held["design"].isin(OF_NOVA)].reset_index(drop=True) if len(held) else held
