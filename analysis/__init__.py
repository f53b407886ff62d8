"""Which bug fixes wait for review, per priority area. Importing this does nothing; begin with `analysis.open`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.dataset import Dataset

__version__ = "1.0.0"


def open(
    data_dir: "Path | str" = "", *, project: str = "", release: str = "", as_of: str = "", since: str = ""
) -> "Dataset":
    """The tables of one project, and the questions to ask of them; nothing is read before it is asked for.

    ``nova = analysis.open("data/demo")``, then ``nova.fixes(area="Cells V2", waiting_on="owner")``, or ``nova.help()``.

    Parameters
    ----------
    data_dir
        A folder or an address such as s3://bucket/data; empty: the folder `data` of the place that this runs in.
    project
        Gerrit or Launchpad project; empty: Nova, or the only one that is there.
    release
        Whose areas the tables hold; empty: whatever they were built for.
    as_of
        An instant, such as 2015-07-01: the tables as of then, see `Dataset.at`; empty: those that are there.
    since
        The kept report that news are counted from, by its id, folder or day; empty: the newest on older data.

    Raises
    ------
    StoreError, UsageError
        There are no such tables; the error says where it looked, and the nearest names.
    """
    from analysis.dataset import open_dataset  # pandas takes half a second, and `import analysis` none

    return open_dataset(data_dir, project=project, release=release, as_of=as_of, since=since)


def find_data(data_dir: "Path | str" = "") -> "Path | str":
    """The data directory that is named; of an empty name, that of the place that this runs in.

    Looked for are the variable ANALYSIS_DATA, then `data` here and in every folder above, then that of the repository.
    Raises StoreError, which says where it looked.
    """
    from analysis.dataset.origin import find_data

    return find_data(data_dir)


__all__ = ["find_data", "open"]
