"""The queue: every open fix in every area that it is in, scored in parts and ranked."""

import re
from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

from analysis import fixes, schema
from analysis.queue.score import Score


def build(
    *,
    answered: pd.DataFrame,
    review_states: pd.DataFrame,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    area_members: pd.DataFrame,
    score: Score,
) -> pd.DataFrame:
    """Open fixes ranked per area; a fix in several areas has a row in each, and one in none is in `none`.

    A change without a link that counts as a fix is not here. One that waits on its owner, a machine or its parent is
    here with its turn, below those that a reviewer can act on. `is_unreviewed` stays NA where votes are not known.

    Parameters
    ----------
    answered : DataFrame, schema.ANSWERS
    review_states, changes, links, bugs, bug_tasks, area_members : DataFrame, schema tables of these names
        Waiting is counted to the instant that `review_states` was made for.
    score : Score
        Section [score] of the project file.

    Returns
    -------
    DataFrame, schema.QUEUE
    """
    found = fixes.open_fixes(answered=answered, changes=changes, links=links, bugs=bugs, bug_tasks=bug_tasks)
    found = found.merge(review_states, on="change_number", how="left", validate="one_to_one")
    found = found.merge(
        changes[["change_number", "insertions", "deletions"]], on="change_number", validate="one_to_one"
    )
    facts = bugs[["bug_id", "heat", "n_users_affected", "n_duplicates", "tags"]]
    found = found.merge(facts, on="bug_id", how="left", validate="many_to_one")
    parts = _parts(found, score)
    found["score"] = schema.looked_up(found["change_number"], parts.groupby("change_number")["points"].sum()).fillna(
        0.0
    )
    found["reasons"] = _reasons(parts, found["change_number"])
    placed = found.merge(_areas(found, area_members), on="change_number", validate="one_to_many")
    return _ranked(placed)


def _parts(found: pd.DataFrame, score: Score) -> pd.DataFrame:
    """One row per change and part that gives points: change_number, points, text."""
    number = found["change_number"]
    waits = found["waiting_days"].where(found["waiting_on"].isin(schema.WAITING_FOR_REVIEW))
    lines = found["insertions"] + found["deletions"]
    unreviewed = found["has_human_vote_on_current"].eq(False)
    never = unreviewed & found["has_human_vote_ever"].eq(False)
    older = unreviewed & found["has_human_vote_ever"].eq(True)
    parts = [
        _mapped(number, found["importance"], score.importance, "importance "),
        _mapped(number, found["state"], score.state, "state "),
        _mapped(number, found["waiting_on"], score.turn, "waits on "),
        _tagged(found, score),
        _flagged(number, never, score.never_reviewed, "no person has reviewed it"),
        _flagged(number, older, score.reviewed_on_older, "reviewed on an older patch set only"),
        _counted(number, waits.round(0), score.per_waiting_day, score.most_waiting_days, "days waiting"),
        _counted(number, found["heat"], score.per_heat, score.most_heat, "bug heat"),
        _counted(number, found["n_users_affected"], score.per_affected, score.most_affected, "users affected"),
        _counted(number, found["n_duplicates"], score.per_duplicate, score.most_duplicates, "duplicates"),
        _flagged(number, lines.le(score.small_lines), score.small, f"at most {score.small_lines} lines"),
    ]
    return pd.concat(parts, ignore_index=True).query("points != 0")


def _mapped(number: pd.Series, value: pd.Series, points: Mapping[str, float], said: str) -> pd.DataFrame:
    return _part(number, value.map(dict(points)), said + value.astype("str").str.replace("_", " "))


def _flagged(number: pd.Series, holds: pd.Series, points: float, said: str) -> pd.DataFrame:
    worth = pd.Series(points, index=number.index).where(holds.fillna(False).astype(bool))
    return _part(number, worth, pd.Series(said, index=number.index, dtype="str"))


def _counted(number: pd.Series, count: pd.Series, per: float, most: float, said: str) -> pd.DataFrame:
    return _part(number, count.clip(upper=most) * per, said + ": " + count.astype("Int64").astype("str"))


def _part(number: pd.Series, points: pd.Series, text: pd.Series) -> pd.DataFrame:
    part = pd.DataFrame({"change_number": number, "points": points.astype("Float64"), "text": text.astype("str")})
    return part[part["points"].notna()]


def _tagged(found: pd.DataFrame, score: Score) -> pd.DataFrame:
    each = found[["change_number", "tags"]].explode("tags").dropna().astype({"tags": "str"})
    parts = [
        _part(hit["change_number"], pd.Series(points, index=hit.index), "tag " + hit["tags"])
        for pattern, points in score.tags.items()
        for hit in [each[each["tags"].str.fullmatch(".*".join(map(re.escape, pattern.split("*"))))]]
    ]
    return pd.concat(
        [_part(each["change_number"].iloc[:0], each["change_number"].iloc[:0], each["tags"].iloc[:0]), *parts]
    )


def _reasons(parts: pd.DataFrame, order: pd.Series) -> pd.Series:
    """Per change, the texts of its parts as one list, the largest first."""
    sized = parts.assign(size=parts["points"].abs())
    sized = sized.sort_values(["change_number", "size", "text"], ascending=[True, False, True], kind="stable")
    points = sized["points"].round(1).astype("float64").astype("str")
    text = points.mask(sized["points"].gt(0), "+" + points) + " " + sized["text"]
    n = schema.looked_up(order, sized.groupby("change_number").size()).fillna(0).astype("int64")
    offsets = pa.array([0, *n.cumsum()], type=pa.int32())
    lists = pa.ListArray.from_arrays(offsets, pa.array(text.to_numpy(dtype=object), type=pa.string()))
    return pd.Series(pd.arrays.ArrowExtensionArray(lists), index=order.index)


def _areas(found: pd.DataFrame, area_members: pd.DataFrame) -> pd.DataFrame:
    each = schema.declared_members(area_members, "change")[["change_number", "area_id"]].drop_duplicates()
    each = found[["change_number"]].merge(each, on="change_number", how="left", validate="one_to_many")
    return each.fillna({"area_id": schema.NO_AREA})


def _ranked(placed: pd.DataFrame) -> pd.DataFrame:
    ordered = placed.sort_values(
        ["area_id", "score", "waiting_days", "change_number"], ascending=[True, False, False, True], kind="stable"
    )
    ordered["rank"] = ordered.groupby("area_id").cumcount() + 1
    ordered["is_unreviewed"] = ~ordered["has_human_vote_on_current"]
    queue = schema.QUEUE.frame({name: ordered[name] for name in schema.QUEUE.columns})
    return schema.validate(schema.QUEUE.ordered(queue), schema.QUEUE)
