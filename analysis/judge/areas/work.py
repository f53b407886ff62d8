"""The work that areas divide: open bugs, open fixes and merged fixes, and their traits, which are tags or folders."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.judge.privacy import is_hidden
from analysis.tables import schema


def open_bugs(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, target: str) -> pd.DataFrame:
    """The rows of `bugs` that are public, are not duplicates, and are open by their task in `target`."""
    tasks = schema.open_tasks(bug_tasks, target)
    public_bugs = bugs[~is_hidden(bugs) & bugs["duplicate_of"].isna()]
    return public_bugs[public_bugs["bug_id"].isin(tasks["bug_id"])]


def fixing_changes(links: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `changes` that are public and count as a fix."""
    public_changes = changes[~is_hidden(changes)]
    return public_changes[public_changes["change_number"].isin(schema.fix_links(links, "change")["change_number"])]


def fixing_commits(links: pd.DataFrame, commits: pd.DataFrame, change_commits: pd.DataFrame) -> pd.Series:
    """The shas of the commits that count as a fix and do not belong to a fetched change."""
    alone = commits.loc[~commits["sha"].isin(change_commits["sha"]), "sha"]
    return alone[alone.isin(schema.fix_links(links, "commit")["ref"])]


def refs(kind: str, numbers: pd.Series) -> pd.DataFrame:
    """The numbers or shas as area_members names them: kind, ref."""
    text = schema.AREA_MEMBERS.dtypes["ref"]
    frame = pd.DataFrame({"ref": numbers.astype(text).array})
    return frame.assign(kind=pd.Series(kind, index=frame.index, dtype=text))


def is_among(rows: pd.DataFrame, others: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which of the rows, of kind and ref, are among the others."""
    on = ["kind", "ref"]
    among: npt.NDArray[np.bool_] = pd.MultiIndex.from_frame(rows[on]).isin(pd.MultiIndex.from_frame(others[on]))
    return among


def tags_of(bugs: pd.DataFrame) -> pd.DataFrame:
    """Each bug with each of its tags: kind, ref, trait; "no tag" of a bug without."""
    exploded = bugs[["bug_id", "tags"]].explode("tags")
    traits = refs("bug", exploded["bug_id"]).assign(trait=exploded["tags"].astype("str").array)
    return traits.fillna({"trait": "no tag"})


def folders_of(kind: str, files: pd.DataFrame, key: str) -> pd.DataFrame:
    """Each change or commit with the first three folders of each of its files, without tests: kind, ref, trait.

    A rule by path could start with such a folder.
    """
    path = files["path"]
    folder = path.str.extract(r"^((?:[^/]+/){1,3})", expand=False).fillna("top of the tree")
    traits = refs(kind, files[key]).assign(trait=folder.astype("str").array)
    return traits[~path.str.contains("/tests/", regex=False).fillna(False).to_numpy(bool)]
