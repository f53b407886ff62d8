"""The table similar_bugs: for each open bug at most five others that may be the same."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.judge.fixes import not_abandoned
from analysis.judge.privacy import visible_changes
from analysis.tables import schema
from analysis.themes import counts, text, vectors
from analysis.themes.bug_index import Neighbors, SimilarBugs
from analysis.themes.duplicate_score import MIN_PAIRS, DuplicateScore

CANDIDATES = 20
ROWS_KEPT = 5  # of each bug
# What is less similar is not listed. Of Hadoop's marked duplicates the five nearest hold three in four, nearly all of
# them nearer than this; a floor of 0.2 would lose one in fifteen.
NEAR = 0.15
# Of the bugs without a marked duplicate so many are compared to learn how often the near are not one.
UNMARKED_COMPARED = 1_000
FIXED_STATUSES = ("Fix Committed", "Fix Released")
# A pair is called very similar from SURE on. Not if the titles differ in one place alone where each has words of its
# own: who files one report for each driver, migration or call writes the same title each time but for that place. Not
# if the titles share fewer words than SHARED: two reports about one function name it, whatever is wrong with it.
# Reports of one day must have the same title: who files one twice writes it twice. SHARED was chosen on 60 pairs of
# Nova's closed bugs, of which 49 were worth a look: it leaves 53 with all 49, so that figure is not held back. Of 30
# other pairs it removes two, both wrong; of 13 of these whose titles are not the same words 7 to 9 are worth a look.
# Between 0.66 and SURE 9 of 30 are one fault, and perhaps 5 more.
SURE = 0.75
SHARED = 2
SIMILAR = 0.35
# this many reports of one day with similar titles were written from a template
BATCH = 3
BATCH_DAYS = 1.0


def similar(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    linked_changes: pd.DataFrame,
    links: pd.DataFrame,
    changes: pd.DataFrame,
    target: str,
    texts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """For each open public bug at most five others that may be the same, including a fixed one if one is near.

    A bug without near ones has no row. schema.SIMILAR_BUGS.

    Parameters
    ----------
    bugs, bug_tasks, links, changes : DataFrames of those schemas
    linked_changes : DataFrame, schema.LINKED_CHANGES
    target : the project on Launchpad, whose tasks say whether a bug is open or fixed
    texts : `public_texts` of these bugs, where they are at hand
    """
    visible = counts.public(bugs)
    texts = vectors.public_texts(bugs) if texts is None else texts
    if len(visible) < 2 or not any(map(vectors.has_token, texts["title"] + texts["description"])):
        return schema.SIMILAR_BUGS.empty()
    index = SimilarBugs().fit(texts)
    groups = duplicate_groups(visible)
    score = _calibrated(index, visible, groups)
    asking = np.flatnonzero(counts.is_open(visible, schema.open_tasks(bug_tasks, target)))
    is_fixed = visible["bug_id"].isin(_fixed_bugs(bug_tasks, target))
    rows = _candidates(index, asking, visible, groups)
    if is_fixed.any():  # where many open bugs are near, the nearest fixed one is not among the nearest
        far = _candidates(index, asking, visible, groups, among=np.flatnonzero(is_fixed))
        rows = pd.concat([rows, far.assign(rank=far["rank"] + CANDIDATES)])
        rows = rows.drop_duplicates(["bug_id", "other_bug_id"], ignore_index=True)
    rows["score"] = pd.array(score.predict(rows["similarity"].to_numpy(), rows["days"].to_numpy()), "Float64")
    public = visible_changes(changes, links=links, bugs=bugs)["change_number"]
    fixes = _fixes(
        visible, linked_changes[linked_changes["change_number"].isin(public) | linked_changes["kind"].eq("commit")]
    )
    others = pd.DataFrame({"other_bug_id": visible["bug_id"], "is_fixed": is_fixed, "fixes": fixes})
    rows = rows.merge(others, "left", "other_bug_id", validate="m:1")
    titles = pd.Series(texts["title"].to_numpy(), index=visible["bug_id"].to_numpy())
    return schema.SIMILAR_BUGS.ordered(schema.SIMILAR_BUGS.frame(_select(rows, titles)))


def duplicate_groups(bugs: pd.DataFrame) -> np.ndarray:
    """A number per bug, equal for marked duplicates, in the order of `bugs` (schema.BUGS).

    Launchpad lets no duplicate have duplicates, so the master's number names the group.
    """
    return bugs["duplicate_of"].fillna(bugs["bug_id"]).to_numpy(dtype=np.int64)


def _calibrated(index: SimilarBugs, bugs: pd.DataFrame, groups: np.ndarray) -> DuplicateScore:
    values, sizes = np.unique(groups, return_counts=True)
    is_marked = np.isin(groups, values[sizes > 1])
    marked, unmarked = np.flatnonzero(is_marked), np.flatnonzero(~is_marked)
    if len(marked) < MIN_PAIRS:
        nothing = np.empty(0)
        return DuplicateScore().fit(nothing, nothing, np.empty(0, bool), weights=nothing, groups=nothing)
    drawn = np.random.default_rng(0).permutation(unmarked)[:UNMARKED_COMPARED]
    rows = _candidates(index, np.concatenate([marked, np.sort(drawn)]), bugs, groups)
    rows = rows[rows["similarity"].ge(NEAR) & rows["rank"].le(ROWS_KEPT)]
    group = rows["bug_id"].map(dict(zip(bugs["bug_id"], groups, strict=True))).to_numpy()
    is_drawn = rows["bug_id"].isin(bugs["bug_id"].iloc[drawn])
    return DuplicateScore().fit(
        rows["similarity"].to_numpy(),
        rows["days"].to_numpy(),
        rows["is_known_duplicate"].to_numpy(dtype=bool),
        weights=np.where(is_drawn, len(unmarked) / max(len(drawn), 1), 1.0),
        groups=group,
    )


def _candidates(
    index: SimilarBugs, queries: np.ndarray, bugs: pd.DataFrame, groups: np.ndarray, *, among: np.ndarray | None = None
) -> pd.DataFrame:
    """The nearest bugs of each query: bug_id, other_bug_id, similarity, rank, days, is_known_duplicate."""
    asked = [view[queries] for view in index.views_]
    neighbours: Neighbors = (
        index.kneighbors(asked, CANDIDATES, excluded=queries)
        if among is None
        else index.kneighbors(asked, 2, among=among)  # one of them may be the bug itself
    )
    width = neighbours.positions.shape[1]
    query, other = np.repeat(queries, width), neighbours.positions.ravel()
    bug_id = bugs["bug_id"].to_numpy(dtype=np.int64)
    created = bugs["created_at"].dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    days = (created[query] - created[other]) / np.timedelta64(1, "D")
    rows = pd.DataFrame(
        {
            "bug_id": bug_id[query],
            "other_bug_id": bug_id[other],
            "similarity": np.clip(neighbours.similarities.ravel().astype(float), 0, 1),
            "rank": np.tile(np.arange(1, width + 1), len(queries)),
            "days": days,
            "is_known_duplicate": groups[query] == groups[other],
        }
    )
    return rows[rows["bug_id"] != rows["other_bug_id"]].reset_index(drop=True)


def _fixes(bugs: pd.DataFrame, linked_changes: pd.DataFrame) -> pd.Series:
    """The open and merged fixes of each bug in words (for a duplicate those of its master); NA if it has none."""
    alive = not_abandoned(linked_changes)
    words = alive.assign(words=alive["kind"].astype(str) + " " + alive["ref"].astype(str).str.slice(0, 12))
    listed = words.sort_values(["bug_id", "kind", "ref"], kind="stable").groupby("bug_id")["words"].agg(list)
    listed = pd.Series(listed.tolist(), listed.index, schema.SIMILAR_BUGS.dtypes["fixes"])
    return schema.looked_up(bugs["duplicate_of"].fillna(bugs["bug_id"]), listed)


def _fixed_bugs(bug_tasks: pd.DataFrame, target: str) -> pd.Series:
    """The bugs whose task in the project is fixed."""
    return bug_tasks.loc[(bug_tasks["target"] == target) & bug_tasks["status"].isin(FIXED_STATUSES), "bug_id"]


def _select(rows: pd.DataFrame, titles: pd.Series) -> pd.DataFrame:
    """The nearest five of each bug, or the nearest four and the nearest fixed one; with new ranks and likeness."""
    near = rows[rows["similarity"].ge(NEAR) | rows["is_known_duplicate"]]
    near = near[~_is_from_template(near, titles)].sort_values(["bug_id", "rank"], kind="stable")
    fixed = near[near["is_fixed"]].drop_duplicates("bug_id")
    is_first_fixed = near.index.isin(fixed.index)
    place = near.groupby("bug_id").cumcount()
    has_fixed = (near["is_fixed"] & place.lt(ROWS_KEPT)).groupby(near["bug_id"]).transform("any")
    kept = near[
        place.lt(ROWS_KEPT - 1)
        | (place.lt(ROWS_KEPT) & has_fixed)
        | (is_first_fixed & ~has_fixed)
        | (place.lt(ROWS_KEPT) & ~near["bug_id"].isin(fixed["bug_id"]))
    ]
    kept = kept.assign(rank=kept.groupby("bug_id").cumcount() + 1, likeness=_likeness(kept, titles))
    return kept.drop(columns="days").reset_index(drop=True)


def _likeness(rows: pd.DataFrame, titles: pd.Series) -> np.ndarray:
    """How much each pair resembles each other, in the words of schema.LIKENESS."""
    words = {bug_id: _title_words(titles[bug_id]) for name in ("bug_id", "other_bug_id") for bug_id in rows[name]}
    pairs = [(words[one], words[other]) for one, other in zip(rows["bug_id"], rows["other_bug_id"], strict=True)]
    is_same = np.array([one == other for one, other in pairs], dtype=bool)
    names = {bug_id: _title_names(titles[bug_id]) for bug_id in words}
    n_shared = [len(names[one] & names[other]) for one, other in zip(rows["bug_id"], rows["other_bug_id"], strict=True)]
    is_sibling = np.array([differ_in_one_place(one, other) for one, other in pairs], dtype=bool)
    is_other_day = ~rows["days"].abs().lt(BATCH_DAYS).to_numpy()
    is_alike = is_same | (is_other_day & ~is_sibling & (np.array(n_shared) >= SHARED))
    is_sure = rows["similarity"].ge(SURE).to_numpy() & is_alike
    return np.select([is_sure, rows["similarity"].ge(SIMILAR)], schema.LIKENESS[:2], schema.LIKENESS[2])


def _title_names(title: str) -> set[str]:
    """The words of a title that tell something; an identifier, or words joined by "-", is one."""
    return {text.singular(name.strip("_-").lower()) for name in re.findall(r"[\w-]+", title) if text.tokens(name)}


def _title_words(title: str) -> list[str]:
    return [text.singular(word) for word in re.findall(r"[^\W_]+", title.lower())]


def differ_in_one_place(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two titles share half of the shorter one, before and after one place where each has words of its own.

    >>> differ_in_one_place("no sample of flavors".split(), "no sample of hosts".split())
    True
    >>> differ_in_one_place("no sample".split(), "no sample of hosts".split())
    False
    """
    shorter = min(len(one), len(other))
    before = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    after = next((n for n in range(shorter - before) if one[-1 - n] != other[-1 - n]), shorter - before)
    return before + after < shorter and 2 * (before + after) >= shorter


def _is_from_template(rows: pd.DataFrame, titles: pd.Series) -> "pd.Series[bool]":
    """The pairs from one day that are alike only in the text that several reports of that day share.

    A person who files a report for each of ten drivers writes one title ten times and changes the driver.
    """
    words = {bug_id: frozenset(text.tokens(title)) for bug_id, title in titles.items()}
    days = rows["days"].abs().le(BATCH_DAYS) & ~rows["is_known_duplicate"]
    is_template = pd.Series(False, rows.index)
    for bug_id, batch in rows[days].groupby("bug_id"):
        own = words[bug_id]
        alike = batch[[2 * len(own & words[other]) >= len(own) for other in batch["other_bug_id"]]]
        if len(alike) + 1 < BATCH:
            continue
        shared = Counter(word for other in alike["other_bug_id"] for word in own & words[other])
        template = {word for word, n in shared.items() if 2 * n > len(alike)}
        rest = own - template
        differs = [bool(rest) and bool(words[o] - template) and not rest & words[o] for o in alike["other_bug_id"]]
        is_template[alike.index[differs]] = True
    return is_template
