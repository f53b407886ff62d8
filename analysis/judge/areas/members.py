"""Membership: which bug, change or commit is in which area, one row per rule that puts it there.

A rule looks at one kind of text, such as tags. Links then extend membership: the fix of a bug in an area is in it by
`linked:bug/N`, and a bug is in the areas of its fixes by `linked:change/N` or `linked:commit/SHA`. Only links that
count as a fix extend it, and only by one step, so that an area cannot grow through a chain of related bugs.

`expect_at_least` is checked only if the data covers the release, which means at least COVERED bugs, changes and commits
between the area file's `starts` and `ends`. A small invented project, or a dump of another year, is not checked.
"""

import pandas as pd

from analysis.errors import AreaFileError
from analysis.judge.areas import rules
from analysis.judge.areas.file import Area, AreaFile
from analysis.judge.privacy import is_hidden
from analysis.tables import schema

COVERED = 1000

_FOUND = ("area_id", "kind", "ref", "rule")


def build(
    area_file: AreaFile,
    *,
    bugs: pd.DataFrame,
    changes: pd.DataFrame,
    change_files: pd.DataFrame,
    commits: pd.DataFrame,
    commit_files: pd.DataFrame,
    links: pd.DataFrame,
    blueprints: pd.DataFrame,
    check: bool = True,
) -> pd.DataFrame:
    """Every membership of the release's areas, one row per rule that makes it.

    Private bugs and changes have no rows, so that they cannot reach an area's report.

    Parameters
    ----------
    bugs, changes, change_files, commits, commit_files, links, blueprints : DataFrame, schema tables of these names
    check : bool
        Raise if an area has fewer members than expected, on data that covers the release (see the module).

    Returns
    -------
    DataFrame, schema.AREA_MEMBERS

    Raises
    ------
    AreaFileError
        An area is smaller than its expect_at_least.
    """
    bugs = bugs[~is_hidden(bugs)]
    changes = changes[~is_hidden(changes)]
    sources = {
        "tags": _tag_texts(bugs),
        "paths": _path_texts(change_files[change_files["change_number"].isin(changes["change_number"])], commit_files),
        "topics": _texts("change", changes["change_number"], changes["topic"]),
        "blueprints": _blueprints(blueprints, changes),
        "words": _title_texts(bugs, changes, commits),
    }
    fixes = _fixes(links, bugs, changes)
    direct = _concat(_direct(area_file.areas, sources), _everything(area_file.areas, bugs, fixes))
    members = _table(area_file.release, _members_by_link(direct, fixes))
    if check:
        _check(area_file, members, _n_in_cycle(area_file, bugs, changes, commits))
    return members


def table(area_file: AreaFile, members: pd.DataFrame) -> pd.DataFrame:
    """The areas themselves with their sizes; `position` keeps the order of the file; schema.AREAS."""
    declared = schema.declared_members(members)
    sizes = declared.drop_duplicates(["area_id", "kind", "ref"]).groupby(["area_id", "kind"]).size()
    areas = area_file.areas
    frame = schema.AREAS.frame(
        {
            "release": [area_file.release] * len(areas),
            "area_id": [area.area_id for area in areas],
            "position": list(range(1, len(areas) + 1)),
            "title": [area.title for area in areas],
            "owners": [[owner.name for owner in area.owners] for area in areas],
            "owner_accounts": [[owner.launchpad or "" for owner in area.owners] for area in areas],
            "has_plan": [area.has_plan for area in areas],
            "is_catch_all": [area.all_fixes for area in areas],
            **{f"n_{kind}s": [int(sizes.get((area.area_id, kind), 0)) for area in areas] for kind in _KINDS},
            "expect_at_least": [area.expect_at_least for area in areas],
            "source": [area_file.source] * len(areas),
        }
    )
    return schema.validate(schema.AREAS.ordered(frame), schema.AREAS)


_KINDS = ("bug", "change", "commit")


def _tag_texts(bugs: pd.DataFrame) -> pd.DataFrame:
    exploded = bugs[["bug_id", "tags"]].explode("tags")
    return _texts("bug", exploded["bug_id"], exploded["tags"])


def _path_texts(change_files: pd.DataFrame, commit_files: pd.DataFrame) -> pd.DataFrame:
    return _concat(
        _texts("change", change_files["change_number"], change_files["path"]),
        _texts("commit", commit_files["sha"], commit_files["path"]),
    )


def _blueprints(named: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """The blueprints in commit messages and topics; a mention in a sentence does not count, see links.blueprints."""
    text = schema.AREA_MEMBERS.dtypes["ref"]
    is_visible = _is_commit_or_among(named, changes)
    rows = named.loc[is_visible, ["kind", "ref", "blueprint"]].drop_duplicates(ignore_index=True)
    return rows.rename(columns={"blueprint": "text"}).astype(dict.fromkeys(("kind", "ref", "text"), text))


def _title_texts(bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    return _concat(
        _texts("bug", bugs["bug_id"], bugs["title"]),
        _texts("change", changes["change_number"], changes["subject"]),
        _texts("commit", commits["sha"], commits["subject"]),
    )


def _texts(kind: str, refs: pd.Series, texts: pd.Series) -> pd.DataFrame:
    text = schema.AREA_MEMBERS.dtypes["rule"]
    frame = pd.DataFrame({"ref": refs.astype(text).array, "text": texts.astype(text).array})
    return frame.assign(kind=pd.Series(kind, index=frame.index, dtype=text))


def _concat(*frames: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True)


def _fixes(links: pd.DataFrame, bugs: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """The pairs (bug, change or commit) that count as a fix; the bug may be absent from `bugs`."""
    counted = schema.fix_links(links)
    pairs = counted.loc[_is_commit_or_among(counted, changes), ["bug_id", "kind", "ref"]].reset_index(drop=True)
    return pairs.assign(
        bug_ref=pairs["bug_id"].astype(pairs["ref"].dtype), is_known=pairs["bug_id"].isin(bugs["bug_id"])
    )


def _is_commit_or_among(named: pd.DataFrame, changes: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each row is a commit, or a change in `changes`; compares numbers, many times faster than texts."""
    number = pd.to_numeric(named["ref"].where(named["kind"].eq("change"))).astype("Int64")
    is_visible: pd.Series[bool] = number.isna() | number.isin(changes["change_number"])
    return is_visible


_PATTERNS = {
    "tags": ("tag", rules.wildcard),
    "paths": ("path", rules.glob),
    "topics": ("topic", rules.wildcard),
    "blueprints": ("blueprint", rules.wildcard),
    "words": ("word", rules.word),
}


def _direct(declared: tuple[Area, ...], sources: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The memberships that rules make directly, each once; all rules of a kind are matched together."""
    hits = [pd.DataFrame(columns=list(_FOUND), dtype=schema.AREA_MEMBERS.dtypes["ref"])]
    for key, (name, pattern) in _PATTERNS.items():
        stated = [(area.area_id, value) for area in declared for value in getattr(area, key)]
        source = sources[key]
        position, row = rules.matches(source["text"], [pattern(value) for _, value in stated])
        texts = pd.DataFrame(
            {"area_id": [area for area, _ in stated], "rule": [f"{name}:{value}" for _, value in stated]}
        ).astype(schema.AREA_MEMBERS.dtypes["rule"])
        hit = source[["kind", "ref"]].take(row).reset_index(drop=True)
        hits.append(pd.concat([texts.take(position).reset_index(drop=True), hit], axis=1))
    return _concat(*hits)[list(_FOUND)].drop_duplicates(ignore_index=True)


def _everything(declared: tuple[Area, ...], bugs: pd.DataFrame, fixes: pd.DataFrame) -> pd.DataFrame:
    """Every bug and every fix, in the areas that hold all of them."""
    every_bug = _texts("bug", bugs["bug_id"], bugs["title"])[["kind", "ref"]]
    each = _concat(every_bug, fixes[["kind", "ref"]].drop_duplicates())
    areas = pd.DataFrame({"area_id": [area.area_id for area in declared if area.all_fixes]}, dtype=each["ref"].dtype)
    return areas.merge(each, how="cross").assign(rule=schema.CATCH_ALL)[list(_FOUND)]


def _members_by_link(direct: pd.DataFrame, fixes: pd.DataFrame) -> pd.DataFrame:
    refs = direct[["area_id", "kind", "ref"]].drop_duplicates()
    refs = refs[~refs["area_id"].isin(direct.loc[direct["rule"].eq(schema.CATCH_ALL), "area_id"].unique())]
    bugs = refs[refs["kind"].eq("bug")][["area_id", "ref"]].rename(columns={"ref": "bug_ref"})
    to_fixes = bugs.merge(fixes, on="bug_ref", validate="many_to_many")
    to_bugs = refs.merge(fixes[fixes["is_known"]], on=["kind", "ref"], validate="many_to_many")
    return _concat(
        direct,
        to_fixes.assign(rule="linked:bug/" + to_fixes["bug_ref"])[list(_FOUND)],
        to_bugs.assign(rule="linked:" + to_bugs["kind"] + "/" + to_bugs["ref"], kind="bug", ref=to_bugs["bug_ref"])[
            list(_FOUND)
        ],
    )


def _table(release: str, rows: pd.DataFrame) -> pd.DataFrame:
    members = schema.AREA_MEMBERS.frame(
        {
            "release": pd.Series(release, index=rows.index),
            **{name: rows[name] for name in _FOUND},
        }
    )
    return schema.validate(schema.AREA_MEMBERS.ordered(members), schema.AREA_MEMBERS)


def _n_in_cycle(area_file: AreaFile, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame) -> int:
    starts, ends = (pd.Timestamp(day, tz="UTC") for day in (area_file.starts, area_file.ends))
    creation_times = pd.concat([bugs["created_at"], changes["created_at"], commits["committed_at"]])
    return int(creation_times.between(starts, ends).sum())


def _check(area_file: AreaFile, members: pd.DataFrame, n_in_cycle: int) -> None:
    if n_in_cycle < COVERED:
        return
    sizes = members.drop_duplicates(["area_id", "kind", "ref"])["area_id"].value_counts()
    for area in area_file.areas:
        size = int(sizes.get(area.area_id, 0))
        if size < area.expect_at_least:
            silent = _silent(area, members)
            raise AreaFileError(
                expected=f"area {area.area_id!r} of {area_file.release} to hold at least {area.expect_at_least}",
                found=f"{size}" + (f" (these rules match nothing: {', '.join(silent)})" if silent else ""),
                do="write the new name of the tag, file or topic into the rule, or lower expect_at_least",
            )


def _silent(area: Area, members: pd.DataFrame) -> list[str]:
    matched = set(members.loc[members["area_id"].eq(area.area_id), "rule"])
    declared = [f"{name}:{value}" for key, (name, _) in _PATTERNS.items() for value in getattr(area, key)]
    return [rule for rule in declared if rule not in matched]
