"""The features of each open change at an instant: age, uploads, size, votes, turn, owner, topic and rivals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.judge.forecast.event_index import DAY, EventIndex, Floats, seconds
from analysis.judge.forecast.fates import GIVEN_UP, MERGED
from analysis.tables import schema

RECENT_DAYS = 60
NEWCOMER_MERGES = 1  # an owner with fewer known merges is a newcomer
_NOT_READY = r"(?i)^\W*(?:wip|dnm|do.not.(?:merge|review)|draft|poc|rfc)\b|\[(?:wip|dnm|poc|rfc|draft)\]"
_TURNS = {"reviewers": 0.0, "owner": 1.0, "ci": 2.0, "nobody": 3.0}


@dataclass(frozen=True, slots=True)
class History:
    """The tables with the past of changes; the contract of each table explains its columns.

    `links` are those of `links.build_while_open`: what only a merge shows would tell that a change will be merged.
    """

    changes: pd.DataFrame
    patch_sets: pd.DataFrame
    votes: pd.DataFrame
    turns: pd.DataFrame
    change_files: pd.DataFrame
    change_commits: pd.DataFrame
    commits: pd.DataFrame
    links: pd.DataFrame
    bug_tasks: pd.DataFrame
    accounts: pd.DataFrame


def opened_at(instants: list[pd.Timestamp], change_fates: pd.DataFrame) -> pd.DataFrame:
    """The changes that were open at each instant: change_number, at, owner, created_at, closed_at, fate.

    Parameters
    ----------
    change_fates : DataFrame of `fates`
    """
    parts = []
    for instant in instants:
        is_open = (change_fates["created_at"] <= instant) & ~(change_fates["closed_at"] <= instant).fillna(False)
        parts.append(change_fates[is_open.fillna(False)].assign(at=instant))
    return pd.concat(parts, ignore_index=True)


def features(rows: pd.DataFrame, change_fates: pd.DataFrame, history: History) -> pd.DataFrame:
    """One row of numbers per row of `rows`, from events up to its instant `at`; NaN is unknown.

    Size, files, subject, topic and bug are the current ones: no server has their dates.

    Parameters
    ----------
    rows : DataFrame of `opened_at`
    change_fates : DataFrame of `fates`
    """
    number, owner, at = rows["change_number"], rows["owner"], seconds(rows["at"])
    changes = history.changes.set_index("change_number")
    topic = schema.looked_up(number, changes["topic"])
    uploads = history.patch_sets.merge(
        history.changes[["change_number", "owner", "topic"]], "inner", "change_number", validate="m:1"
    )
    by_change = EventIndex(uploads["change_number"], uploads["created_at"])
    created = seconds(rows["created_at"])
    last_upload = np.fmax(by_change.last(number, at), created)
    columns: dict[str, Floats] = {
        "age": np.log1p((at - created) / DAY),
        "since_upload": np.log1p((at - last_upload) / DAY),
        "patch_sets": np.log1p(by_change.count(number, at)),
        "uploads_30": by_change.count(number, at, days=30),
        "uploads_90": by_change.count(number, at, days=90),
        **_code(number, changes, history.change_files),
        **_people(owner, at, change_fates, uploads, history),
        **_topics(topic, at, change_fates, uploads, changes),
        **_votes(number, at, last_upload, history),
        **_turn(number, at, history.turns),
        **_bug(rows, at, change_fates, history),
        "is_stable": _numbers(~schema.looked_up(number, changes["branch"]).isin(schema.MAIN_BRANCHES)),
    }
    return pd.DataFrame(columns, index=rows.index)


def newcomers(rows: pd.DataFrame, change_fates: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the owner of each row had no known merged change yet."""
    merged = change_fates[change_fates["fate"].eq(MERGED)]
    index = EventIndex(merged["owner"], merged["closed_at"])
    return pd.Series(index.count(rows["owner"], seconds(rows["at"])) < NEWCOMER_MERGES, index=rows.index)


def fixes_while_open(links: pd.DataFrame) -> pd.DataFrame:
    """The pairs of change_number and bug_id of fixes, of the links of `History`."""
    return schema.fix_links(links, "change")[["change_number", "bug_id"]].drop_duplicates(ignore_index=True)


def _numbers(values: pd.Series) -> Floats:
    return np.asarray(values.astype("Float64"), dtype="float64") if len(values) else np.zeros(0)


def _code(number: pd.Series, changes: pd.DataFrame, change_files: pd.DataFrame) -> dict[str, Floats]:
    lines = schema.looked_up(number, changes["insertions"] + changes["deletions"])
    files = change_files.groupby("change_number")["path"]
    subject = schema.looked_up(number, changes["subject"])
    is_test = change_files["path"].str.contains("test", regex=False).astype("float64")
    return {
        "lines": np.log1p(_numbers(lines)),
        "files": np.log1p(_numbers(schema.looked_up(number, files.size()))),
        "tests": _numbers(schema.looked_up(number, is_test.groupby(change_files["change_number"]).mean())),
        "not_ready": _numbers(subject.str.contains(_NOT_READY)),
    }


def _people(
    owner: pd.Series, at: Floats, change_fates: pd.DataFrame, uploads: pd.DataFrame, history: History
) -> dict[str, Floats]:
    merged, given_up = (change_fates[change_fates["fate"].eq(fate)] for fate in (MERGED, GIVEN_UP))
    merges = EventIndex(merged["owner"], merged["closed_at"])
    n_merged = merges.count(owner, at)
    n_given_up = EventIndex(given_up["owner"], given_up["closed_at"]).count(owner, at)
    opened = EventIndex(change_fates["owner"], change_fates["created_at"]).count(owner, at)
    acts = EventIndex(uploads["owner"], uploads["created_at"])
    author, known_since = _authors(history, merged)
    name = schema.looked_up(owner, author)
    is_known = seconds(schema.looked_up(owner, known_since)) <= at
    written = EventIndex(history.commits["author"], _merged_at(history))
    commits = {f"commits_{days}": written.count(name, at, days=days) for days in (90, 365, 3650)}
    return {
        "owner_merged": np.log1p(n_merged),
        "owner_given_up": np.log1p(n_given_up),
        "owner_share": (n_merged + 1) / (n_merged + n_given_up + 2),
        "owner_recent": np.log1p(merges.count(owner, at, days=RECENT_DAYS)),
        "owner_open": np.log1p(opened - n_merged - n_given_up),
        "owner_silent": np.log1p((at - acts.last(owner, at)) / DAY),
        **{each: np.where(is_known, np.log1p(n), np.nan) for each, n in commits.items()},
    }


def _authors(history: History, merged: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The name of each owner in git, from their merged changes, and the instant since which a merge shows it."""
    pairs = history.change_commits.merge(history.commits[["sha", "author"]], "inner", "sha", validate="m:1")
    proofs = merged.merge(pairs, "inner", "change_number", validate="1:m").sort_values(["closed_at", "sha"])
    first = proofs.groupby("owner").first()
    return first["author"], first["closed_at"]


def _merged_at(history: History) -> pd.Series:
    """When each commit came onto its branch; a commit itself has only the date of its last upload, which is earlier."""
    changes = history.changes.set_index("change_number")["submitted_at"]
    number = schema.looked_up(history.commits["sha"], history.change_commits.set_index("sha")["change_number"])
    return schema.looked_up(number, changes).fillna(history.commits["committed_at"])


def _topics(
    topic: pd.Series, at: Floats, change_fates: pd.DataFrame, uploads: pd.DataFrame, changes: pd.DataFrame
) -> dict[str, Floats]:
    mine = change_fates.assign(topic=schema.looked_up(change_fates["change_number"], changes["topic"]))
    merged = mine[mine["fate"].eq(MERGED)]
    closed = EventIndex(mine["topic"], mine["closed_at"]).count(topic, at)
    acts = EventIndex(uploads["topic"], uploads["created_at"])
    return {
        "topic_open": np.log1p(EventIndex(mine["topic"], mine["created_at"]).count(topic, at) - closed),
        "topic_merged": np.log1p(EventIndex(merged["topic"], merged["closed_at"]).count(topic, at, days=RECENT_DAYS)),
        "topic_silent": np.log1p((at - acts.last(topic, at)) / DAY),
    }


def _votes(number: pd.Series, at: Floats, last_upload: Floats, history: History) -> dict[str, Floats]:
    """The numbers of dated votes up to the instant; NaN for a change with unknown votes."""
    changes = history.changes.set_index("change_number")
    votes = history.votes
    people = history.accounts.loc[history.accounts["kind"].eq("person"), "account"]
    is_own = votes["account"].eq(schema.looked_up(votes["change_number"], changes["owner"])).fillna(False)
    human = votes[votes["account"].isin(people) & ~is_own]
    has_votes = schema.looked_up(number, changes["has_labels"] | changes["has_messages"]).fillna(False)
    is_known = has_votes.astype(bool).to_numpy()
    kinds = {
        "liked": human[human["value"].gt(0)],
        "agreed": human[human["value"].ge(2)],
        "disliked": human[human["value"].lt(0)],
        "ci_failed": votes[votes["is_ci"].fillna(False) & votes["value"].lt(0)],
    }
    columns = {}
    for name, rows in kinds.items():
        index = EventIndex(rows["change_number"], rows["cast_at"])
        columns[name] = np.where(is_known, index.count(number, at) - index.count(number, last_upload - 1), np.nan)
    ever = EventIndex(human["change_number"], human["cast_at"])
    columns["reviews"] = np.where(is_known, np.log1p(ever.count(number, at)), np.nan)
    columns["since_review"] = np.log1p((at - ever.last(number, at)) / DAY)
    return columns


def _turn(number: pd.Series, at: Floats, turns: pd.DataFrame) -> dict[str, Floats]:
    begun = EventIndex(turns["change_number"], turns["began_at"]).last(number, at)
    holders = pd.Series(
        turns["waiting_on"].map(_TURNS).to_numpy("float64"),
        index=pd.MultiIndex.from_arrays([turns["change_number"].astype("int64"), seconds(turns["began_at"]).round()]),
    )
    asked = pd.MultiIndex.from_arrays([number.astype("int64"), np.round(begun)])
    holder = holders[~holders.index.duplicated(keep="last")].reindex(asked).to_numpy("float64")
    return {"turn": holder, "turn_days": np.log1p((at - begun) / DAY)}


def _bug(rows: pd.DataFrame, at: Floats, change_fates: pd.DataFrame, history: History) -> dict[str, Floats]:
    """Whether it fixes a bug, and how many other changes of the bug were open or merged.

    The importance is left out. It has no date, people set it while a bug is being fixed, and in a replay a bug that was
    changed since has none: whether it is known would already show what became of the fix.
    """
    fixed = fixes_while_open(history.links)
    of_bug = change_fates.merge(fixed, "inner", "change_number", validate="1:m")
    opened = EventIndex(of_bug["bug_id"], of_bug["created_at"])
    closed = EventIndex(of_bug["bug_id"], of_bug["closed_at"])
    merged = of_bug[of_bug["fate"].eq(MERGED)]
    merges = EventIndex(merged["bug_id"], merged["closed_at"])
    bug = schema.looked_up(rows["change_number"], fixed.groupby("change_number")["bug_id"].max())
    is_fix = bug.notna().to_numpy(bool)
    return {
        "is_fix": is_fix.astype("float64"),
        "rivals": np.where(is_fix, opened.count(bug, at) - closed.count(bug, at) - 1, np.nan),
        "bug_merged": np.where(is_fix, merges.count(bug, at), np.nan),
    }
