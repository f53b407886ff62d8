"""Areas: the number of fixes that wait in each, of unreviewed ones, and the oldest."""

import pandas as pd

from analysis.report import page_registry
from analysis.report.measures.facts import WITHOUT_FIX, Fact, facts_frame
from analysis.tables import schema

NO_OWNER = "No owner"


def title_of_rest(areas: pd.DataFrame) -> str:
    """The title for work in no area; unknown if no area is declared."""
    return "In no area" if len(areas) else "Areas unknown"


def areas_of_release(areas: pd.DataFrame, release: str) -> pd.DataFrame:
    """The areas of a release in the order of its file, and last the row for fixes in no area."""
    of_release = areas[areas["release"] == release].sort_values("position", kind="stable")
    rest = schema.AREAS.frame(
        {"release": [release], "area_id": [schema.NO_AREA], "title": [title_of_rest(of_release)], "owners": [[]]}
    )
    return pd.concat([of_release, rest], ignore_index=True)


def area(areas: pd.DataFrame, *, release: str, area_id: str) -> pd.Series:
    """One area's row. Raises IndexError if the release declares no area of that id."""
    rows = areas_of_release(areas, release)
    return rows[rows["area_id"] == area_id].iloc[0]


def in_area(
    frame: pd.DataFrame, area_members: pd.DataFrame, *, release: str, area_id: str, kind: str = "change"
) -> pd.DataFrame:
    """The rows that the current area file puts into the area; for 'none', those in no area.

    Rows that only a catch-all area holds are in no area, too.

    Parameters
    ----------
    frame : DataFrame with change_number, or with bug_id where `kind` is "bug"
    area_members : DataFrame, schema.AREA_MEMBERS
    """
    number = schema.NUMBERS[kind]
    members = area_members[area_members["release"] == release]
    if area_id == schema.NO_AREA:
        members = schema.declared_members(members[members["rule"].ne(schema.CATCH_ALL)], kind)
        return frame[~frame[number].isin(members[number])]
    members = schema.declared_members(members[members["area_id"] == area_id], kind)
    return frame[frame[number].isin(members[number])]


def with_area_names(
    frame: pd.DataFrame, members: pd.DataFrame, areas: pd.DataFrame, *, release: str, key: str, label: str
) -> pd.DataFrame:
    """The frame with the areas of each row, in the order of their ids; an empty list for a row in none.

    If the release declares no area, the areas of each row are NA.

    An area that holds everything is named only for rows in no other area.

    Parameters
    ----------
    frame, members : DataFrame
        Both with `key`, such as change_number; `members` with area_id too, any number of rows for each.
    areas : DataFrame, schema.AREAS
    label : the column of `areas` that names an area for the reader

    Returns
    -------
    DataFrame
        the columns of `frame`, then areas and areas_page: a list of names, and a list of where each is shown.
    """
    of_release = areas.loc[areas["release"] == release, ["area_id", "title", "is_catch_all"]]
    if of_release.empty:
        unknown = pd.Series(pd.NA, frame.index, dtype=schema.TEXTS)
        return frame.assign(areas=unknown, areas_page=unknown)
    of_rows = members.loc[members[key].isin(frame[key]), [key, "area_id"]].drop_duplicates()
    memberships = of_rows.merge(of_release, "inner", "area_id", validate="m:1")
    is_catch_all = memberships["is_catch_all"].fillna(False)
    is_elsewhere = memberships[key].isin(memberships.loc[~is_catch_all, key])
    informative = memberships[~(is_catch_all & is_elsewhere)].sort_values([key, "area_id"])
    lists = informative.assign(areas=informative[label], areas_page=informative["area_id"].map(area_page)).groupby(key)
    area_lists = {column: lists[column].agg(list).to_dict() for column in ("areas", "areas_page")}
    return frame.assign(
        **{
            column: pd.Series([lists_by_ref.get(ref, []) for ref in frame[key]], index=frame.index, dtype=schema.TEXTS)
            for column, lists_by_ref in area_lists.items()
        }
    )


def with_area_titles(frame: pd.DataFrame, areas: pd.DataFrame, *, release: str) -> pd.DataFrame:
    """The frame with the areas that it counts by their titles: "Simplify Quotas 28" for "quotas 28".

    An area that holds everything says nothing beside another. An area that the release does not declare keeps its id.

    Parameters
    ----------
    frame : DataFrame with `areas`, as schema.THEMES has them
    areas : DataFrame, schema.AREAS
    """
    declared_areas = areas[areas["release"] == release].set_index("area_id")
    catch_all = set(declared_areas.index[declared_areas["is_catch_all"].fillna(False)])

    def titled(counted: list[str] | None) -> list[str] | None:
        if not isinstance(counted, list):
            return counted
        pairs = [one.rsplit(" ", 1) for one in counted]
        counts = [pair for pair in pairs if pair[0] not in catch_all] or pairs
        return [f"{declared_areas['title'].get(area_id, area_id)} {n}" for area_id, n in counts]

    return frame.assign(areas=pd.Series([titled(one) for one in frame["areas"]], frame.index, dtype=object))


def owners(areas: pd.DataFrame) -> pd.Series:
    """The owners of each area as one text."""
    owner_names = areas["owners"].map(lambda names: ", ".join(names) if len(names) else NO_OWNER, na_action="ignore")
    return owner_names.astype(schema.TEXT).fillna(NO_OWNER)


def areas_summary(fixes: pd.DataFrame, areas: pd.DataFrame, *, release: str, has_changes: bool = True) -> pd.DataFrame:
    """One row per area of the release: the fixes that wait there, and on whom.

    `n_unreviewed` counts the fixes that are known to be unreviewed; it is NA if no votes of the area's open fixes are
    known. `n_unknown` is the number of fixes with unknown votes. `oldest_days` is the longest wait for a review; NA if
    none waits, or if no waiting time is known.

    Parameters
    ----------
    fixes : DataFrame of measures.open_fixes
    areas : DataFrame, schema.AREAS
    has_changes : whether any change was fetched; where none was, every number is NA

    Returns
    -------
    DataFrame in the order of the area file, 'none' last
        area_id, title, has_plan, owners, n_open_fixes, n_unknown, n_waiting, oldest_days, oldest_fix_days,
        n_unreviewed, whose_turn; n_waiting is NA when it may be more than the 0 that are known.
    """
    rows = areas_of_release(areas, release)
    is_declared = areas["release"].eq(release).any()
    owner_names = owners(rows) if is_declared else pd.Series(pd.NA, rows.index, dtype=schema.TEXT)
    summary = rows[["area_id", "title", "has_plan"]].assign(owners=owner_names)
    with_counts = summary.merge(_counts(fixes), "left", "area_id", validate="1:1")
    counts = ["n_open_fixes", "n_unreviewed", "n_unknown", "n_waiting"]
    is_empty = with_counts["n_open_fixes"].isna()
    if has_changes:
        with_counts[counts] = with_counts[counts].mask(is_empty, 0)
        with_counts["whose_turn"] = with_counts["whose_turn"].fillna("no open fixes")
    return with_counts


def with_bugs_without_fix(
    rows: pd.DataFrame, without_fix: pd.DataFrame, *, area_members: pd.DataFrame, release: str, has_bugs: bool
) -> pd.DataFrame:
    """The rows of areas with `n_without_fix`, NA unless `has_bugs`, and `without_page`: where these bugs are listed.

    Parameters
    ----------
    rows : DataFrame with area_id
    without_fix : DataFrame of measures.bugs_without_fix
    area_members : DataFrame, schema.AREA_MEMBERS
    """
    counts = [
        len(in_area(without_fix, area_members, release=release, area_id=area_id, kind="bug")) if has_bugs else pd.NA
        for area_id in rows["area_id"]
    ]
    lists = [area_page(area_id, part="without_fix") for area_id in rows["area_id"]]
    return rows.assign(
        n_without_fix=pd.Series(counts, rows.index, dtype="Int64"),
        without_page=pd.Series(lists, rows.index, dtype=schema.TEXT),
    )


def area_facts(
    fixes: pd.DataFrame,
    areas: pd.DataFrame,
    *,
    release: str,
    area_id: str,
    without_fix: pd.DataFrame,
    bugs: pd.DataFrame,
    has_changes: bool = True,
) -> pd.DataFrame:
    """One area's row of areas_summary as facts: `fact`, `n`, `text`, `unit`, `note`, `fact_page`.

    `without_fix` are the bugs of the area that have no fix; their number is unknown where `bugs` is empty, because then
    none was fetched. So are the numbers of fixes unless `has_changes`.
    """
    summary = areas_summary(fixes, areas, release=release, has_changes=has_changes)
    row = summary[summary["area_id"] == area_id].iloc[0]
    n_without_fix = len(without_fix) if len(bugs) else pd.NA
    none_open = "none" if pd.notna(row["n_open_fixes"]) and row["n_open_fixes"] == 0 else pd.NA
    none_waits = "none" if pd.notna(row["n_waiting"]) and row["n_waiting"] == 0 else pd.NA
    facts = [
        Fact("owner", "by the area file", text=row["owners"]),
        Fact("open fixes", "open changes that count as a fix", n=row["n_open_fixes"]),
        Fact("unreviewed", _votes_note(row["n_unreviewed"], row["n_unknown"]), n=row["n_unreviewed"]),
        Fact("oldest fix", "since created", n=row["oldest_fix_days"], unit="days", text=none_open),
        Fact("oldest wait", "of the fixes that wait for a review", n=row["oldest_days"], unit="days", text=none_waits),
        Fact("waiting on", "who must act next, by number of fixes", text=row["whose_turn"]),
        Fact("bugs without fix", f"open: {WITHOUT_FIX}", n=n_without_fix),
    ]
    return facts_frame(facts, pages={"bugs without fix": area_page(area_id, part="without_fix")})


def area_page(area_id: str, *, part: str = "") -> str:
    """The address of an area's page, or of a table on it."""
    return page_registry.AREA.address(area_id, part=part)


def turns_in_words(waiting_on: pd.Series) -> str:
    """The turns as a text, most frequent first: 'reviewers 4, merging 2, unknown 1'."""
    counts = waiting_on.fillna("unknown").value_counts()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return ", ".join(f"{schema.TURN_LABELS.get(str(turn), str(turn))} {n}" for turn, n in ordered)


def _votes_note(n_unreviewed: float | None, n_unknown: float | None) -> str:
    """What the number of unreviewed fixes counts, and of how many nobody knows whether they are."""
    note = "nobody but the owner voted on the current patch set"
    if pd.isna(n_unknown) or not n_unknown:
        return note
    if pd.isna(n_unreviewed):
        return f"the votes of all {n_unknown} open fixes are unknown"
    return f"{note}; of {n_unknown} other fixes the votes are unknown"


def _counts(fixes: pd.DataFrame) -> pd.DataFrame:
    waits = fixes["waiting_on"].isin(schema.WAITING_FOR_REVIEW)
    marked = fixes.assign(
        n_unreviewed=fixes["is_unreviewed"].astype("Int64"),
        n_unknown=fixes["is_unreviewed"].isna().astype("Int64"),
        n_waiting=waits.astype("Int64"),
        n_turn_unknown=fixes["waiting_on"].isna().astype("Int64"),
        oldest_days=fixes["waiting_days"].where(waits),
    )
    by_area = marked.groupby("area_id", sort=True)
    counts = by_area.agg(
        n_open_fixes=("change_number", "size"),
        n_unknown=("n_unknown", "sum"),
        n_waiting=("n_waiting", "sum"),
        n_turn_unknown=("n_turn_unknown", "sum"),
        oldest_days=("oldest_days", "max"),
        oldest_fix_days=("age_days", "max"),
    ).astype({"n_open_fixes": "Int64"})
    counts["n_waiting"] = counts["n_waiting"].mask(counts["n_waiting"].eq(0) & counts["n_turn_unknown"].gt(0))
    counts["n_unreviewed"] = by_area["n_unreviewed"].sum(min_count=1)
    counts["whose_turn"] = by_area["waiting_on"].agg(turns_in_words)
    return counts.astype({"whose_turn": schema.TEXT}).reset_index().drop(columns="n_turn_unknown")
