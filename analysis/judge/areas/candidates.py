"""Candidates for new areas: tags and folders that many open bugs and fixes outside all areas have in common."""

import pandas as pd

from analysis.judge.areas import work
from analysis.tables import schema

FEWEST = 5  # open bugs and open fixes that a candidate needs
MOST = 20
# Tags about the handling of a bug, not its subject, and folders that hold something of everything.
NO_SUBJECT = (
    r"(?i)^(?:in-.*|.*-potential|.*-rc\d*|low-hanging-fruit|needs[.-].*|openstack-version\..*|opsys-type\..*|ops|"
    r"regression|security|testing|openstack|notes|documentation|docs?|doc|rfe|bugsmash|.*backport.*|no tag|.*\d{4}.*|"
    r"gate-failure|newton|mitaka|liberty|kilo|juno|icehouse|havana|grizzly|ocata|pike|queens|rocky|stein|train)$"
)
_LIST = schema.AREAS.dtypes["owners"]


def candidates(
    members: pd.DataFrame,
    *,
    release: str,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    changes: pd.DataFrame,
    change_files: pd.DataFrame,
    links: pd.DataFrame,
    target: str,
) -> pd.DataFrame:
    """Candidates for areas (a tag, a folder, or both if they have one name), with what each would hold.

    The count includes open bugs with the tag, and open fixes that touch the folder or whose bug has the tag, if no rule
    puts them into an area (an area that holds everything does not count). At most MOST candidates, the largest first.

    Returns
    -------
    DataFrame, schema.AREA_CANDIDATES
    """
    declared = schema.declared_members(members[members["rule"].ne(schema.CATCH_ALL)])
    outside = work.open_bugs(bugs, bug_tasks, target)
    outside = outside[~work.is_among(work.refs("bug", outside["bug_id"]), declared)]
    tags = outside[["bug_id", "tags"]].explode("tags").dropna().astype({"tags": "str"})
    tags = tags.rename(columns={"tags": "name"})
    fixes = work.fixing_changes(links, changes)
    fixes = fixes[fixes["status"].isin(schema.OPEN_CHANGE_STATUSES)]
    fixes = fixes[~work.is_among(work.refs("change", fixes["change_number"]), declared)]
    folders = _folders(change_files[change_files["change_number"].isin(fixes["change_number"])])
    by_bug = schema.fix_links(links, "change")[["bug_id", "change_number"]].merge(tags, on="bug_id")
    by_bug = by_bug[by_bug["change_number"].isin(fixes["change_number"])]
    of_fixes = pd.concat([folders[["change_number", "name"]], by_bug[["change_number", "name"]]]).drop_duplicates()
    names = pd.concat([tags["name"], folders["name"]]).drop_duplicates()
    names = names[~names.str.match(NO_SUBJECT) & names.ne(target)]
    groups = pd.DataFrame({"name": names.array}).assign(
        n_open_bugs=_counts(names, tags), n_open_fixes=_counts(names, of_fixes)
    )
    size = groups["n_open_bugs"] + groups["n_open_fixes"]
    groups = groups.assign(size=size)[size.ge(FEWEST)]
    groups = groups.sort_values(["size", "name"], ascending=[False, True], ignore_index=True).head(MOST)
    paths = folders.groupby("name")["path"].agg(lambda some: sorted(set(some)))
    return _table(groups, release, set(tags["name"]), paths)


def _folders(change_files: pd.DataFrame) -> pd.DataFrame:
    """Each change with the folders of its files, at most three deep, without tests: change_number, name, path.

    A folder's name is its last part, spelled as a tag: live_migration/ becomes live-migration.
    """
    parts = work.folders_of("change", change_files, "change_number").drop_duplicates()
    parts = parts[parts["trait"].str.count("/").ge(2)]
    name = parts["trait"].str.rstrip("/").str.rsplit("/", n=1).str[-1].str.replace("_", "-")
    numbers = pd.to_numeric(parts["ref"]).astype("Int64")
    return pd.DataFrame({"change_number": numbers, "name": name, "path": parts["trait"] + "**"})


def _counts(names: pd.Series, rows: pd.DataFrame) -> list[int]:
    counts = rows["name"].value_counts()
    return [int(counts.get(name, 0)) for name in names]


def _table(groups: pd.DataFrame, release: str, tags: set[str], paths: "pd.Series[list[str]]") -> pd.DataFrame:
    table = schema.AREA_CANDIDATES.frame(
        {
            "release": pd.Series(release, index=groups.index),
            "candidate": groups["name"],
            "tags": pd.Series([[name] if name in tags else [] for name in groups["name"]], groups.index, dtype=_LIST),
            "paths": pd.Series([paths.get(name, []) for name in groups["name"]], groups.index, dtype=_LIST),
            "n_open_bugs": groups["n_open_bugs"],
            "n_open_fixes": groups["n_open_fixes"],
        }
    )
    return schema.validate(schema.AREA_CANDIDATES.ordered(table), schema.AREA_CANDIDATES)
