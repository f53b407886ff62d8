"""The queue: every open fix in each of its areas, with the parts of its score, and ranked."""

import re
from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

from analysis.judge import fixes
from analysis.judge.queue.score import Score
from analysis.tables import schema

FACTS = ["change_number", "insertions", "deletions", "branch", "subject", "topic", "has_conflict", "updated_at"]
# Words by which owners mark a change as not ready, in 2011 as today.
WIP_SUBJECT = (
    r"(?i)^\W*(?:wip|work.in.progress|dnm|do.not.(?:merge|review)|draft|poc|rfc)\b|\[(?:wip|dnm|poc|rfc|draft)\]"
)
WIP_TOPIC = r"(?i)(?:^|[^a-z])wip(?:$|[^a-z])"
UNRANKED = "not ranked: no votes"


def build(
    *,
    linked_changes: pd.DataFrame,
    review_states: pd.DataFrame,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    area_members: pd.DataFrame,
    superseded_fixes: pd.DataFrame,
    backports: pd.DataFrame,
    as_of: pd.Timestamp,
    score: Score,
) -> pd.DataFrame:
    """Open fixes, ranked per area; a fix in several areas has a row in each, a fix in no area is in `none`.

    A change without a link that counts as a fix is left out, and so is one of `superseded_fixes`, whose bug is closed.
    A change that waits on its owner, a machine or its parent is included with its turn, below those that a reviewer can
    act on. `is_unreviewed` is NA if votes are unknown. Then a merge conflict, a work in progress according to its
    subject or topic, silence and earlier attempts decide instead. A backport whose newer branch lacks the fix has a
    `hold`.

    Parameters
    ----------
    linked_changes : DataFrame, schema.LINKED_CHANGES
    review_states, changes, links, bugs, bug_tasks, area_members, superseded_fixes, backports : DataFrame
        Schema tables of these names.
        Waiting is counted to the instant of `review_states`.
    as_of : Timestamp
        Instant to which silence is counted.
    score : Score
        Section [score] of the project file.

    Returns
    -------
    DataFrame, schema.QUEUE
    """
    fix_rows = fixes.open_fixes(
        linked_changes=linked_changes, changes=changes, links=links, bugs=bugs, bug_tasks=bug_tasks
    )
    fix_rows = fix_rows[~fix_rows["change_number"].isin(superseded_fixes["change_number"])].reset_index(drop=True)
    fix_rows = fix_rows.merge(review_states, on="change_number", how="left", validate="one_to_one")
    fix_rows = fix_rows.merge(changes[FACTS], on="change_number", validate="one_to_one")
    fix_rows["needs_first"] = _needs_first(fix_rows, backports)
    fix_rows["n_attempts"] = _attempts(fix_rows, linked_changes)
    fix_rows["silent_days"] = schema.days(as_of - fix_rows["updated_at"])
    fix_rows["is_marked"] = _is_marked(fix_rows)
    fix_rows["hold"] = _hold(fix_rows)
    facts = bugs[["bug_id", "heat", "n_users_affected", "n_duplicates", "tags"]]
    fix_rows = fix_rows.merge(facts, on="bug_id", how="left", validate="many_to_one")
    parts = _parts(fix_rows, score)
    total = parts.groupby("change_number")["points"].sum()
    fix_rows["score"] = schema.looked_up(fix_rows["change_number"], total).fillna(0.0)
    fix_rows["reasons"] = _reasons(_add_unranked(parts, fix_rows), fix_rows["change_number"])
    area_rows = fix_rows.merge(_areas(fix_rows, area_members), on="change_number", validate="one_to_many")
    return _add_ranks(area_rows)


def points(fix_rows: pd.DataFrame, score: Score) -> "pd.Series[float]":
    """The sum of the parts of each row's score; 0 for a row without parts.

    Parameters
    ----------
    fix_rows : DataFrame
        change_number, each once; importance, state, waiting_on, tags, has_human_vote_ever, has_human_vote_on_current,
        waiting_days, silent_days, heat, n_users_affected, n_duplicates, insertions, deletions, hold, n_attempts.
    """
    total = _parts(fix_rows, score).groupby("change_number")["points"].sum()
    return schema.looked_up(fix_rows["change_number"], total).fillna(0.0).astype("float64")


def _needs_first(fix_rows: pd.DataFrame, backports: pd.DataFrame) -> pd.Series:
    """For each fix the branch that must get it before its own."""
    key = ["bug_id", "line"]
    first = backports.assign(line=schema.line_of(backports["branch"]))[[*key, "needs_first"]]
    rows = fix_rows.assign(line=schema.line_of(fix_rows["branch"]))[key]
    merged = rows.merge(first, on=key, how="left", validate="many_to_one")
    return pd.Series(merged["needs_first"].array, index=fix_rows.index)


def _attempts(fix_rows: pd.DataFrame, linked_changes: pd.DataFrame) -> pd.Series:
    """The number of changes for each fix's bug that were abandoned before, on any branch."""
    is_attempt = linked_changes["kind"].eq("change") & linked_changes["status"].eq("ABANDONED")
    count = linked_changes[is_attempt & ~linked_changes["is_elsewhere"].fillna(False)].groupby("bug_id").size()
    return schema.looked_up(fix_rows["bug_id"], count).fillna(0).astype("Int64")


def _is_marked(fix_rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the owner's subject or topic says that it is not ready."""
    in_subject = fix_rows["subject"].str.contains(WIP_SUBJECT)
    is_marked = in_subject.fillna(False) | fix_rows["topic"].str.contains(WIP_TOPIC).fillna(False)
    marked: pd.Series[bool] = is_marked.astype(bool)
    return marked


def _hold(fix_rows: pd.DataFrame) -> "pd.Series[str]":
    """The reason not to begin with a fix: a newer branch lacks it, or, if it is unknown whose turn it is, its state."""
    text = schema.QUEUE.dtypes["hold"]
    is_unknown = fix_rows["waiting_on"].isna()
    hold = pd.Series(pd.NA, index=fix_rows.index, dtype=text)
    hold = hold.mask(is_unknown & fix_rows["is_marked"], "work in progress")
    hold = hold.mask(is_unknown & fix_rows["has_conflict"].fillna(False), "merge conflict")
    held: pd.Series[str] = hold.mask(
        fix_rows["needs_first"].notna(), "first on " + fix_rows["needs_first"].astype(text)
    )
    return held


def _parts(fix_rows: pd.DataFrame, score: Score) -> pd.DataFrame:
    """One row per change and part of its score: change_number, points, text."""
    number = fix_rows["change_number"]
    waits = fix_rows["waiting_days"].where(fix_rows["waiting_on"].isin(schema.WAITING_FOR_REVIEW))
    lines = fix_rows["insertions"] + fix_rows["deletions"]
    silent = fix_rows["silent_days"].where(fix_rows["waiting_on"].isna())
    unreviewed = fix_rows["has_human_vote_on_current"].eq(False)
    never = unreviewed & fix_rows["has_human_vote_ever"].eq(False)
    older = unreviewed & fix_rows["has_human_vote_ever"].eq(True)
    parts = [
        _map_points(number, fix_rows["importance"], score.importance, "importance "),
        _map_points(number, fix_rows["state"], score.state, "state "),
        _map_points(number, fix_rows["waiting_on"], score.turn, "waits on "),
        _tag_points(fix_rows, score),
        _flag_points(number, never, score.never_reviewed, "no person has reviewed it"),
        _flag_points(number, older, score.reviewed_on_older, "reviewed on an older patch set only"),
        _count_points(number, waits.round(0), score.per_waiting_day, score.most_waiting_days, "days waiting"),
        _count_points(number, fix_rows["heat"], score.per_heat, score.most_heat, "bug heat"),
        _count_points(number, fix_rows["n_users_affected"], score.per_affected, score.most_affected, "users affected"),
        _count_points(number, fix_rows["n_duplicates"], score.per_duplicate, score.most_duplicates, "duplicates"),
        _flag_points(number, lines.le(score.small_lines), score.small, f"at most {score.small_lines} lines"),
        _map_points(number, fix_rows["hold"], dict.fromkeys(fix_rows["hold"].dropna().unique(), score.hold), ""),
        _count_points(
            number, fix_rows["n_attempts"], score.per_attempt, score.most_attempts, "earlier attempts abandoned"
        ),
        _count_points(number, silent.round(0), score.per_silent_day, score.most_silent_days, "days silent"),
    ]
    return pd.concat(parts, ignore_index=True).query("points != 0")


def _map_points(number: pd.Series, value: pd.Series, points: Mapping[str, float], words: str) -> pd.DataFrame:
    return _part(number, value.map(dict(points)), words + value.astype("str").str.replace("_", " "))


def _flag_points(number: pd.Series, holds: pd.Series, points: float, words: str) -> pd.DataFrame:
    worth = pd.Series(points, index=number.index).where(holds.fillna(False).astype(bool))
    return _part(number, worth, pd.Series(words, index=number.index, dtype="str"))


def _count_points(number: pd.Series, count: pd.Series, per: float, most: float, words: str) -> pd.DataFrame:
    return _part(number, count.clip(upper=most) * per, words + ": " + count.astype("Int64").astype("str"))


def _part(number: pd.Series, points: pd.Series, text: pd.Series) -> pd.DataFrame:
    part = pd.DataFrame({"change_number": number, "points": points.astype("Float64"), "text": text.astype("str")})
    return part[part["points"].notna()]


def _tag_points(fix_rows: pd.DataFrame, score: Score) -> pd.DataFrame:
    each = fix_rows[["change_number", "tags"]].explode("tags").dropna().astype({"tags": "str"})
    parts = [
        _part(hit["change_number"], pd.Series(points, index=hit.index), "tag " + hit["tags"])
        for pattern, points in score.tags.items()
        for hit in [each[each["tags"].str.fullmatch(".*".join(map(re.escape, pattern.split("*"))))]]
    ]
    return pd.concat(
        [_part(each["change_number"].iloc[:0], each["change_number"].iloc[:0], each["tags"].iloc[:0]), *parts]
    )


def _add_unranked(parts: pd.DataFrame, fix_rows: pd.DataFrame) -> pd.DataFrame:
    """The parts; if votes are unknown and only the size gives points, also a part that says so."""
    speaks = parts.loc[~parts["text"].str.startswith("at most "), "change_number"]
    is_mute = fix_rows["waiting_on"].isna() & ~fix_rows["change_number"].isin(speaks)
    mute = fix_rows.loc[is_mute, ["change_number"]].assign(points=0.0, text=UNRANKED)
    return pd.concat([parts, mute.astype(parts.dtypes)], ignore_index=True)


def _reasons(parts: pd.DataFrame, order: pd.Series) -> pd.Series:
    """For each change the list of the texts of its parts, the largest first."""
    sized = parts.assign(size=parts["points"].abs())
    sized = sized.sort_values(["change_number", "size", "text"], ascending=[True, False, True], kind="stable")
    points = sized["points"].round(1).astype("float64").astype("str")
    text = points.mask(sized["points"].gt(0), "+" + points) + " " + sized["text"]
    text = text.mask(sized["points"].eq(0), sized["text"])
    n = schema.looked_up(order, sized.groupby("change_number").size()).fillna(0).astype("int64")
    offsets = pa.array([0, *n.cumsum()], type=pa.int32())
    lists = pa.ListArray.from_arrays(offsets, pa.array(text.to_numpy(dtype=object), type=pa.string()))
    return pd.Series(pd.arrays.ArrowExtensionArray(lists), index=order.index)


def _areas(fix_rows: pd.DataFrame, area_members: pd.DataFrame) -> pd.DataFrame:
    """The areas of each fix; a fix that only the rule of a catch-all area reaches is also in no area."""
    members = schema.declared_members(area_members, "change")
    each = members[["change_number", "area_id"]].drop_duplicates()
    area_rows = fix_rows[["change_number"]].merge(each, on="change_number", how="inner", validate="one_to_many")
    reached = members.loc[members["rule"].ne(schema.CATCH_ALL), "change_number"]
    outside = fix_rows.loc[~fix_rows["change_number"].isin(reached), ["change_number"]].assign(area_id=schema.NO_AREA)
    return pd.concat([area_rows, outside.astype({"area_id": area_rows["area_id"].dtype})], ignore_index=True)


def _add_ranks(area_rows: pd.DataFrame) -> pd.DataFrame:
    ordered = area_rows.sort_values(
        ["area_id", "score", "waiting_days", "change_number"], ascending=[True, False, False, True], kind="stable"
    )
    ordered["rank"] = ordered.groupby("area_id").cumcount() + 1
    ordered["is_unreviewed"] = ~ordered["has_human_vote_on_current"]
    queue = schema.QUEUE.frame({name: ordered[name] for name in schema.QUEUE.columns})
    return schema.validate(schema.QUEUE.ordered(queue), schema.QUEUE)
