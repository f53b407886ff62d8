"""The reviewers of each area's fixes for master: the people who vote there, and which of them are cores."""

import pandas as pd

from analysis.judge.privacy import visible_changes
from analysis.report.measures.areas import areas_of_release, areas_summary, in_area
from analysis.report.measures.backlog import human_votes, lives
from analysis.tables import schema
from analysis.tables.counts import counted

DAYS = 90  # the greatest age of a vote that counts for an area
CORE_VOTE = 2  # of either sign: Gerrit accepts it from cores only
_CORES: dict[object, str] = {0: "no core", 1: "1 core"}


def area_reviews(
    *,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    votes: pd.DataFrame,
    change_messages: pd.DataFrame,
    accounts: pd.DataFrame,
    areas: pd.DataFrame,
    area_members: pd.DataFrame,
    release: str,
    review_label: str,
    as_of: pd.Timestamp,
    days: float = DAYS,
) -> pd.DataFrame:
    """The fixes for master of each area that were open in the last days, with each person who voted on them then.

    A vote is one with `review_label` by a person who is not the owner of the change. One who ever gave a core's vote on
    a change for master in this project is a core; stable branches have cores of their own, so neither backports nor the
    votes on them count here. A vote without a date may be older: its fix is one whose votes are unknown.

    Returns
    -------
    DataFrame in the order of `declared`, then of change_number and account
        area_id, change_number, is_known: its votes are; account, reviewer: a name; is_core, voted_at: the last time.
        A fix that nobody voted on in that time has one row, and so has one whose votes are unknown: account is NA.
    """
    start = as_of - pd.Timedelta(days=days)
    for_master = changes[changes["branch"].isin(schema.MAIN_BRANCHES)]
    lifetimes = lives(visible_changes(for_master, links=links, bugs=bugs), links, change_messages)
    open_then = lifetimes[(lifetimes["created_at"] <= as_of) & ~lifetimes["closed_at"].lt(start).fillna(False)]
    cast = human_votes(votes, open_then, accounts, labels=(review_label,))
    is_undated = open_then["change_number"].isin(cast.loc[cast["cast_at"].isna(), "change_number"])
    fixes = open_then[["change_number"]].assign(is_known=open_then["has_votes"] & ~is_undated)
    recent_votes = cast[cast["cast_at"].between(start, as_of).fillna(False)]
    recent_votes = recent_votes[recent_votes["change_number"].isin(fixes.loc[fixes["is_known"], "change_number"])]
    of_each = recent_votes.groupby(["change_number", "account"], as_index=False).agg(voted_at=("cast_at", "max"))
    of_each = of_each.assign(
        reviewer=_names(of_each["account"], accounts),
        is_core=of_each["account"].isin(_cores(votes, for_master, review_label)).astype("boolean"),
    )
    reviews = fixes.merge(of_each, "left", "change_number", validate="1:m").sort_values(["change_number", "account"])
    ids = areas_of_release(areas, release)["area_id"]
    parts = [
        in_area(reviews, area_members, release=release, area_id=area_id).assign(area_id=area_id) for area_id in ids
    ]
    columns = ["area_id", "change_number", "is_known", "account", "reviewer", "is_core", "voted_at"]
    return pd.concat(parts, ignore_index=True)[columns]


def area_reviewers(reviews: pd.DataFrame, *, area_id: str) -> pd.DataFrame:
    """The people who reviewed fixes of one area: cores first, then by number of fixes, then by last vote.

    Parameters
    ----------
    reviews : DataFrame of `area_reviews`

    Returns
    -------
    DataFrame
        reviewer, is_core, n_reviewed: fixes of the area; voted_at: the last time.
    """
    people = _people(reviews[reviews["area_id"] == area_id])
    return people[["reviewer", "is_core", "n_reviewed", "voted_at"]].reset_index(drop=True)


def review_coverage(
    reviews: pd.DataFrame,
    fixes: pd.DataFrame,
    areas: pd.DataFrame,
    *,
    release: str,
    days: float = DAYS,
    has_changes: bool = True,
) -> pd.DataFrame:
    """The reviewers of fixes for master in each area, and the fixes that wait there; fewest cores first.

    Without two cores the queue of an area does not move, however many others review there.

    `n_reviewers` and `n_cores` are NA of an area in which no fix was open, or of which no vote is known, and where they
    may be more than the 0 that are known. Such areas come last, those without a fix at the very end. All is NA unless
    `has_changes`: then some change was fetched.

    Parameters
    ----------
    reviews : DataFrame of `area_reviews`
    fixes : DataFrame of measures.open_fixes
    areas : DataFrame, schema.AREAS

    Returns
    -------
    DataFrame, one row per area: the fewest cores first, then most waiting
        area_id, title, coverage: who reviews there, in words; cores, other_reviewers: names, each with its number of
        fixes, NA where their number is;
        n_cores, n_reviewers, n_fixes: fixes that were open in that time; n_unknown: those of them whose votes are
        unknown; n_waiting, oldest_days: see `areas_summary`.
    """
    for_master = fixes[fixes["branch"].isin(schema.MAIN_BRANCHES)]
    summary = areas_summary(for_master, areas, release=release, has_changes=has_changes)
    summary = summary[["area_id", "title", "n_waiting", "oldest_days"]]
    coverage = summary.assign(position=range(len(summary)))
    parts = (reviews[reviews["area_id"] == area_id] for area_id in coverage["area_id"])
    counts = pd.DataFrame([_counts(part, days) for part in parts], index=coverage.index)
    numbers = ["n_cores", "n_reviewers", "n_fixes", "n_unknown"]
    coverage = coverage.assign(
        coverage=counts["coverage"].astype(schema.TEXT),
        **{name: counts[name].astype("Int64") for name in numbers},
        **{
            name: pd.Series(counts[name].tolist(), counts.index, dtype=schema.TEXTS)
            for name in ("cores", "other_reviewers")
        },
    )
    if not has_changes:
        coverage = coverage.assign(coverage=None, n_fixes=None, n_unknown=None).astype(coverage.dtypes)
    coverage = coverage.assign(is_empty=coverage["n_fixes"].eq(0))
    order = ["is_empty", "n_cores", "n_waiting", "position"]
    coverage = coverage.sort_values(order, ascending=[True, True, False, True], ignore_index=True)
    columns = ["coverage", "cores", "other_reviewers"]
    return coverage[["area_id", "title", *columns, "n_waiting", "oldest_days", *numbers]]


def why_no_reviewers(reviews: pd.DataFrame, *, area_id: str, days: float = DAYS) -> str:
    """The sentence for an empty list of an area's reviewers."""
    rows = reviews[reviews["area_id"] == area_id]
    if rows.empty:
        return f"No fix of this area for master was open in the last {days:g} days."
    if not rows["is_known"].any():
        return "Who reviewed here is unknown: the votes of no fix of this area were fetched."
    if not rows["is_known"].all():
        return "Nobody is known to have reviewed here, but the votes of some fixes are unknown."
    return f"Nobody reviewed a fix of this area for master in the last {days:g} days."


def stable_cores(
    reviews: pd.DataFrame, *, changes: pd.DataFrame, votes: pd.DataFrame, accounts: pd.DataFrame, review_label: str
) -> pd.DataFrame:
    """Per stable branch with open changes, how many are open and who has given a core's vote on the branch.

    Parameters
    ----------
    reviews : DataFrame of measures.on_stable_branches
    changes, votes, accounts : DataFrame, schema tables of these names
    review_label : label whose vote of CORE_VOTE a core alone may give

    Returns
    -------
    DataFrame, newest branch first
        branch, n_changes, cores: names in alphabetical order, NA where no vote on a change of that branch is known.
    """
    counts = reviews.groupby("branch").size()
    branches = sorted(map(str, counts.index), key=schema.branch_place, reverse=True)
    rows = []
    for branch in branches:
        of_branch = changes[changes["branch"].eq(branch)]
        has_votes = votes["change_number"].isin(of_branch["change_number"]).any()
        people = pd.Series(
            sorted(_cores(votes, of_branch, review_label).unique()), dtype=schema.ACCOUNTS.dtypes["account"]
        )
        rows.append((branch, int(counts[branch]), sorted(_names(people, accounts).dropna()) if has_votes else None))
    by_branch = pd.DataFrame(rows, columns=["branch", "n_changes", "cores"])
    return by_branch.astype({"branch": schema.TEXT, "n_changes": "Int64"}).assign(
        cores=pd.Series([row[2] for row in rows], index=by_branch.index, dtype=schema.TEXTS)
    )


def _cores(votes: pd.DataFrame, changes: pd.DataFrame, review_label: str) -> pd.Series:
    is_theirs = votes["label"].eq(review_label) & votes["value"].abs().eq(CORE_VOTE)
    accounts: pd.Series = votes.loc[is_theirs & votes["change_number"].isin(changes["change_number"]), "account"]
    return accounts


def _names(account: pd.Series, accounts: pd.DataFrame) -> "pd.Series[str]":
    by_account = accounts.set_index("account")
    names: pd.Series[str] = schema.looked_up(account, by_account["name"].fillna(by_account["username"])).astype(
        schema.TEXT
    )
    return names.fillna("account " + account.astype(schema.TEXT))


def _people(reviews: pd.DataFrame) -> pd.DataFrame:
    """One row per person; by account, because two people may bear one name."""
    by_person = reviews.dropna(subset="account").groupby("account", as_index=False)
    people = by_person.agg(
        reviewer=("reviewer", "first"),
        is_core=("is_core", "first"),
        n_reviewed=("change_number", "nunique"),
        voted_at=("voted_at", "max"),
    ).astype({"n_reviewed": "Int64"})
    return people.sort_values(
        ["is_core", "n_reviewed", "voted_at", "account"], ascending=[False, False, False, True], ignore_index=True
    )


def _counts(reviews: pd.DataFrame, days: float) -> dict[str, object]:
    people = _people(reviews)
    fixes = reviews.drop_duplicates("change_number")
    n_unknown = int((~fixes["is_known"]).sum())
    is_core = people["is_core"].fillna(False).astype(bool)
    may_be_core = bool(people["is_core"].isna().any())
    in_words = people["reviewer"] + " (" + people["n_reviewed"].astype(schema.TEXT) + ")"
    n_cores, n_others, n_reviewers = (
        _known_count(n, len(fixes), n_unknown) for n in (int(is_core.sum()), int((~is_core).sum()), len(people))
    )
    if may_be_core and n_cores == 0:
        n_cores = pd.NA
    return {
        "coverage": _coverage_text(n_cores, n_reviewers, len(fixes), n_unknown, days),
        "cores": None if n_cores is pd.NA else in_words[is_core].tolist(),
        "other_reviewers": None if n_others is pd.NA else in_words[~is_core].tolist(),
        "n_cores": n_cores,
        "n_reviewers": n_reviewers,
        "n_fixes": len(fixes),
        "n_unknown": n_unknown,
    }


def _known_count(n: int, n_fixes: int, n_unknown: int) -> object:
    return pd.NA if n == 0 and (n_fixes == 0 or n_unknown) else n


def _coverage_text(n_cores: object, n_reviewers: object, n_fixes: int, n_unknown: int, days: float) -> object:
    if n_fixes == 0:
        return f"no fix was open in {counted(days, 'day')}"
    if n_reviewers is pd.NA:
        return pd.NA
    if n_reviewers == 0:
        return "nobody"
    people = counted(n_reviewers, "person", plural="people")
    cores = "cores unknown" if n_cores is pd.NA else _CORES.get(n_cores, counted(n_cores, "core"))
    return ("at least " if n_unknown else "") + f"{people}, {cores}"


def why_reviewers_unknown(coverage: pd.DataFrame) -> str:
    """The meaning of NA in `review_coverage` if it has nothing else; empty if it has a person."""
    if (
        coverage["cores"].isna().all()
        and coverage["other_reviewers"].isna().all()
        and coverage["n_unknown"].gt(0).any()
    ):
        return "The votes were not fetched, so it is unknown who reviewed."
    return ""
