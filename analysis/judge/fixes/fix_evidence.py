"""Texts about what became of a fix, the evidence of a bug's fate. Each text has the index of the rows."""

from collections.abc import Callable

import pandas as pd

MAX_REASON = 160  # characters that are quoted from a person's reason
FATE_COLUMNS = ["bug_id", "fate", "evidence", "since_at", "change_number"]
Describe = Callable[[pd.DataFrame], "pd.Series[str]"]


def fate_rows(fate: str, rows: pd.DataFrame, describe: Describe) -> pd.DataFrame:
    """The last row of each bug as a row of fates, with its evidence in words."""
    if rows.empty:  # with few bugs most fates have no row, and to describe none takes as long as to describe some
        none = rows[["bug_id", "created_at", "change_number"]].rename(columns={"created_at": "since_at"})
        return none.assign(fate=fate, evidence=pd.Series(index=rows.index, dtype="str"))[FATE_COLUMNS]
    last = last_of_each_bug(rows)
    since = last["at"].fillna(last["created_at"])
    return pd.DataFrame(
        {
            "bug_id": last["bug_id"], "fate": fate, "evidence": describe(last), "since_at": since,
            "change_number": last["change_number"],
        }
    )  # fmt: skip


def merged_text(rows: pd.DataFrame) -> "pd.Series[str]":
    """The text that the fix merged, and when."""
    # git has the day on which a commit was written, not the day of its merge
    by_git = ref_text(rows) + " of " + day_text(rows["at"]) + " is merged"
    return (ref_text(rows) + " merged" + date_text(rows)).mask(rows["source"].eq("git"), by_git)


def open_text(rows: pd.DataFrame) -> "pd.Series[str]":
    """The text that the fix is open; if only a comment reports it, when it was proposed."""
    text: pd.Series[str] = ref_text(rows) + " is open"
    proposed = ref_text(rows) + " was proposed on " + day_text(rows["created_at"]) + "; no comment says that it ended"
    return text.mask(rows["source"].eq("comment"), proposed)


def abandoned_text(rows: pd.DataFrame) -> "pd.Series[str]":
    """The text that the fix was abandoned, by whom and why; or that a comment says that it is no longer open."""
    who = (" by " + rows["ended_by"]).fillna("")
    why = _shortened(rows["why_ended"])
    text: pd.Series[str] = ref_text(rows) + " was abandoned" + who + date_text(rows) + (": " + why).fillna("")
    noted = ref_text(rows) + " is no longer open, as a comment of " + day_text(rows["at"]) + " says"
    return text.mask(rows["is_noted"], noted)


def _shortened(reasons: pd.Series) -> pd.Series:
    """The reasons of at most MAX_REASON letters; a longer one ends after a whole word, and says that it goes on."""
    beginning = reasons.str.slice(0, MAX_REASON).str.replace(r"\s+\S*$", "", regex=True) + "…"
    shortened: pd.Series = reasons.where(reasons.str.len().le(MAX_REASON).fillna(True), beginning)
    return shortened


def ref_text(rows: pd.DataFrame) -> "pd.Series[str]":
    """The change or commit: "change 7", "commit 0123456789"."""
    short = rows["ref"].mask(rows["kind"].eq("commit"), rows["ref"].str.slice(0, 10))
    name: pd.Series[str] = rows["kind"] + " " + short
    return name


def date_text(rows: pd.DataFrame) -> "pd.Series[str]":
    """The day of `at`, as " on 2015-08-03"; empty if unknown."""
    text: pd.Series[str] = (" on " + rows["at"].dt.strftime("%Y-%m-%d").astype("str")).where(rows["at"].notna(), "")
    return text


def last_of_each_bug(rows: pd.DataFrame) -> pd.DataFrame:
    """The last row of each bug; rows must be ordered by time."""
    return rows.drop_duplicates("bug_id", keep="last")


def day_text(when: pd.Series) -> "pd.Series[str]":
    """Each instant's day, as 2015-08-03."""
    day: pd.Series[str] = when.dt.strftime("%Y-%m-%d").astype("str").fillna("an unknown day")
    return day
