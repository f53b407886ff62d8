"""When the bugs of each theme were reported, what became of them, and what the growth of themes foretold."""

import numpy as np
import pandas as pd

from analysis.tables import schema
from analysis.tables.counts import counted

MOST_SPANS = 20  # half years: ten years, as many bars as a small picture holds
YEAR = 2  # half years
LEAST = 5  # bugs in two years: fewer are too few to say how a theme grows
MOST_YEARS = 10
TELLING = 1.2  # times as often as by chance
STATES = ("closed", "fix_known", "without_fix")


def opened_by_half_year(
    bug_themes: pd.DataFrame,
    bugs: pd.DataFrame,
    *,
    open_bugs: pd.DataFrame,
    unfixed_bugs: pd.DataFrame,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """How many bugs of each theme were reported in each half year, and what became of them by now.

    A half year is a span of 182 days, as in the table themes; the last one ends at `as_of`. Bugs from before the last
    twenty spans are left out, and so are those whose day is unknown.

    Parameters
    ----------
    bug_themes, bugs, unfixed_bugs : DataFrame, schema tables of these names
    open_bugs : DataFrame of measures.open_bugs

    Returns
    -------
    DataFrame, a row for each theme and span from the oldest bug on, the oldest first in each theme
        theme_id, span_began_at (of the span), closed (or of unknown status), fix_known (open, with an open or merged
        fix), without_fix (open).
    """
    rows = bug_themes[["bug_id", "theme_id"]].dropna(subset="theme_id")
    rows = rows.merge(bugs[["bug_id", "created_at"]], "inner", "bug_id", validate="1:1").dropna(subset="created_at")
    span = (schema.days(as_of - rows["created_at"]) // schema.CYCLE_DAYS).astype("int64").clip(lower=0)
    is_open = rows["bug_id"].isin(open_bugs["bug_id"])
    lacks_fix = is_open & rows["bug_id"].isin(unfixed_bugs["bug_id"])
    state = pd.Series("closed", rows.index).mask(is_open, "fix_known").mask(lacks_fix, "without_fix")
    rows = rows.assign(span=span, state=state)[span < MOST_SPANS]
    n_spans = int(rows["span"].max()) + 1 if len(rows) else 0
    theme_ids = pd.Series(sorted(rows["theme_id"].unique()), dtype=schema.TEXT)
    grid = pd.MultiIndex.from_product([theme_ids, range(n_spans - 1, -1, -1)], names=["theme_id", "span"])
    counts = pd.crosstab([rows["theme_id"], rows["span"]], rows["state"]) if len(rows) else pd.DataFrame(index=grid)
    # No row of a theme and a span means that no bug was reported, because every bug has its day.
    counts = counts.reindex(index=grid, columns=list(STATES), fill_value=0).astype("Int64")
    counts = counts.rename_axis(columns=None).reset_index()
    span_began_at = as_of - pd.to_timedelta((counts.pop("span") + 1) * schema.CYCLE_DAYS, unit="D")
    counts.insert(1, "span_began_at", span_began_at)
    return counts.astype({"theme_id": schema.TEXT})


def with_history(themes: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """The table, which has theme_id, with `opened`: the bugs reported in each half year, the oldest first; NA of none.

    Parameters
    ----------
    history : DataFrame of `opened_by_half_year`
    """
    counts = history.assign(n=history[list(STATES)].sum(axis=1)).groupby("theme_id")["n"].agg(list).to_dict()
    lists = [counts.get(theme_id, pd.NA) for theme_id in themes["theme_id"]]
    return themes.assign(opened=pd.Series(lists, themes.index, dtype=object))


def growth_test(history: pd.DataFrame) -> pd.DataFrame:
    """What the growth of themes in one year said of the next, for each past year: a forecast compared with what came.

    Asked of each year: a theme grew in the year before it, did it grow again? And which guess of its bugs was nearer,
    as many as in the year before, or as many more again? Themes are today's, which were made of all bugs.

    Parameters
    ----------
    history : DataFrame of `opened_by_half_year`

    Returns
    -------
    DataFrame, the newest year first
        year_ended_at, n_themes (with five bugs or more in the two years before), n_grew (in the year before), n_again
        (of these, in the year itself, too), n_rest (the others), n_rest_grew, error_same and error_trend (bugs for each
        theme by which the two guesses were wrong on average).
    """
    opened = history.assign(n=history[list(STATES)].sum(axis=1)).pivot(
        index="theme_id", columns="span_began_at", values="n"
    )
    n_years = opened.shape[1] // YEAR
    kept = opened.iloc[:, opened.shape[1] - n_years * YEAR :]
    yearly = kept.to_numpy(dtype=float).reshape(len(kept), n_years, YEAR).sum(axis=2)
    span = pd.Timedelta(days=schema.CYCLE_DAYS)
    ends = history["span_began_at"].max() + span
    rows = [
        (ends - span * YEAR * (n_years - 1 - year), *_tested(*yearly[:, year - 2 : year + 1].T))
        for year in range(n_years - 1, 1, -1)
    ]
    names = ["n_themes", "n_grew", "n_again", "n_rest", "n_rest_grew", "error_same", "error_trend"]
    table = pd.DataFrame(rows, columns=["year_ended_at", *names]).head(MOST_YEARS)
    kinds = {name: "Float64" if name.startswith("error") else "Int64" for name in names}
    return table[table["n_themes"] > 0].reset_index(drop=True).astype(kinds)


def _tested(before: np.ndarray, last: np.ndarray, came: np.ndarray) -> tuple[object, ...]:
    """The numbers of one row of `growth_test`: bugs of each theme two years before, a year before, and in the year."""
    is_large = before + last >= LEAST
    before, last, came = before[is_large], last[is_large], came[is_large]
    grew, grows = last > before, came > last
    trend = np.clip(last + (last - before), 0, None)
    errors = [np.abs(came - guess).mean() if len(came) else pd.NA for guess in (last, trend)]
    return (len(came), grew.sum(), (grew & grows).sum(), (~grew).sum(), (~grew & grows).sum(), *errors)


def growth_test_in_words(test: pd.DataFrame) -> str:
    """What `growth_test` says, in sentences; empty if no year could be tested."""
    if test.empty:
        return ""
    row = test.iloc[0]
    before, year = (row["year_ended_at"] - pd.Timedelta(days=schema.CYCLE_DAYS * YEAR)).year, row["year_ended_at"].year
    n_better = int((test["error_trend"] < test["error_same"]).sum())
    is_of_use = 2 * n_better > len(test)
    verdict = (
        "Growth foretold more than size did." if is_of_use else "Expect of a theme what it had, not what it gained."
    )
    return (
        f"What {before} said of {year}: of {counted(row['n_grew'], 'theme')} that had grown {row['n_again']} grew "
        f"again, of {row['n_rest']} others {row['n_rest_grew']} grew. A guess of as many bugs as the year before was "
        f"off by {row['error_same']:.1f} bugs a theme, the trend continued by {row['error_trend']:.1f}; the trend was "
        f"the better guess in {n_better} of {counted(len(test), 'year')}. {verdict}"
    )


def about_in_words(
    overview: pd.DataFrame, *, n_bugs: int, n_in_no_theme: int, n_without_fix: int | None, most: int = 5
) -> str:
    """What the bugs are about, in sentences: the largest themes, and those with the most open bugs without a fix.

    Parameters
    ----------
    overview : DataFrame of measures.theme_overview
    n_bugs : all bugs that were grouped
    n_in_no_theme : of these, the bugs in no theme
    n_without_fix : the open bugs without a fix, in a theme or not; None: unknown
    """
    if overview.empty:
        return ""
    largest = overview.sort_values(["n_bugs", "theme_id"], ascending=[False, True], kind="stable").head(most)
    share = f"{largest['n_bugs'].sum() / n_bugs:.0%} of all"
    themes = f"{counted(len(overview), 'theme')}, above all {_listed(largest, 'n_bugs')}: {share}"
    sentence = f"The {counted(n_bugs, 'bug')} are about {themes}; unassigned, in no theme: {n_in_no_theme:,}."
    first = overview[overview["n_without_fix"].gt(0).fillna(False)].head(most)
    if first.empty or n_without_fix is None:
        return sentence
    in_first = f"{first['n_without_fix'].sum():,} are about {_listed(first, 'n_without_fix')}"
    return f"{sentence} Of {counted(n_without_fix, 'open bug')} without a fix {in_first}."


def theme_in_words(theme: pd.Series, modes: pd.DataFrame, *, most: int = 3) -> str:
    """What one theme is about, in sentences: a report that is typical of it, and how its bugs fail more than others.

    Parameters
    ----------
    theme : the row of the theme in measures.theme_overview
    modes : DataFrame of measures.theme_modes
    """
    title = theme["example_title"]
    words = [] if pd.isna(title) else [f"A typical report: “{str(title).rstrip('. ')}”."]
    telling = modes[modes["n_bugs"].ge(LEAST) & modes["lift"].gt(TELLING)].sort_values("lift", ascending=False)
    if len(telling):
        named = [
            f"{mode.replace('_', ' ')} ({n} bugs, {lift:.1f} times)"
            for mode, n, lift in telling[["failure_mode", "n_bugs", "lift"]].head(most).itertuples(index=False)
        ]
        words.append(f"Named more often than by chance: {', '.join(named)}.")
    return " ".join(words)


def _listed(rows: pd.DataFrame, column: str) -> str:
    """The themes with their numbers: “volume” (675), “quota” (305) and “cells” (98)."""
    words = [f"“{theme}” ({n:,})" for theme, n in zip(rows["theme"], rows[column], strict=True)]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
