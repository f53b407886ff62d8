"""What is new in each area since the last report, which way each goes, and what to look at first of all."""

import pandas as pd

from analysis import schema
from analysis.measures.areas import with_area_names
from analysis.measures.fixes import for_review
from analysis.measures.since import news_by_area

_TEXT = schema.AREAS.dtypes["title"]


def with_news(glance: pd.DataFrame, news: pd.DataFrame, *, previous_as_of: str) -> pd.DataFrame:
    """The glance with `since_last` in words: "+2 \u22121, 1 over limit" for entered, left, aged; NA without a report.

    Parameters
    ----------
    glance : DataFrame of at_a_glance
    news : DataFrame of measures.since or with_time
    """
    found = glance.merge(news_by_area(news), "left", "area_id", validate="1:1")
    counts = ["n_entered", "n_left", "n_reviewed", "n_over"]
    told = found[counts].fillna(0).astype("Int64")
    moved = "+" + told["n_entered"].astype(_TEXT) + " \u2212" + told["n_left"].astype(_TEXT)
    words = moved.where(told["n_entered"] + told["n_left"] > 0, "")
    for column, said in (("n_reviewed", "voted on"), ("n_over", "over limit")):
        words = words + (", " + told[column].astype(_TEXT) + f" {said}").where(told[column] > 0, "")
    words = words.str.removeprefix(", ")
    words = words.mask(told.sum(axis=1) == 0, "no change")
    since_last = words if previous_as_of else pd.Series(pd.NA, index=found.index)
    return glance.assign(since_last=since_last.astype(_TEXT))


def with_trend(glance: pd.DataFrame, trends: pd.DataFrame) -> pd.DataFrame:
    """The glance with `trend`: the open fixes at the end of each of the last weeks, oldest first."""
    return glance.merge(trends, "left", "area_id", validate="1:1")


def do_next(fixes: pd.DataFrame, areas: pd.DataFrame, *, release: str, most: int = 10) -> pd.DataFrame:
    """The fixes of all areas that are worth a review first, highest score first; one row per change.

    Parameters
    ----------
    fixes : DataFrame of measures.open_fixes
    areas : DataFrame, schema.AREAS

    Returns
    -------
    DataFrame of at most `most` rows
        change_number, subject, need, bug_id, importance, waiting_days, and areas (their titles) and areas_page of
        `with_area_names`.
    """
    waits = for_review(fixes)
    first = waits.sort_values(["score", "change_number"], ascending=[False, True]).drop_duplicates("change_number")
    first = first.head(most).reset_index(drop=True)
    found = with_area_names(first, waits, areas, release=release, key="change_number", label="title")
    told = ["change_number", "subject", "need", "bug_id", "importance", "waiting_days", "areas", "areas_page"]
    return found[told]
