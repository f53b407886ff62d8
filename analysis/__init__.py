"""Which bug fixes wait for review, per priority area. Importing this does nothing; begin with `analysis.open`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.dataset import Dataset

__version__ = "1.0.0"


def open(
    data_dir: "Path | str" = "", *, project: str = "", release: str = "", as_of: str = "", since: str = ""
) -> "Dataset":
    """The tables of one project, and the questions that can be asked of them; a table is read when a question needs it.

    ``nova = analysis.open("data/demo")``, then ``nova.fixes(area="Cells V2", waiting_on="owner")``, or ``nova.help()``.

    Parameters
    ----------
    data_dir
        A folder or an address such as s3://bucket/data; empty: see `find_data`.
    project
        Gerrit or Launchpad project; empty: Nova, or the only project in the data directory.
    release
        The release whose areas the tables hold; empty: the one that they were built for.
    as_of
        An instant such as 2015-07-01, to get the tables as of then, see `Dataset.at`; empty: the tables as built.
    since
        The kept report to compare with, by its id, folder or day; empty: the newest report on older data.

    Raises
    ------
    StoreError, UsageError
        There are no such tables; the error names the places that were searched, and the nearest names.
    """
    from analysis.dataset import open_dataset  # pandas takes half a second, and `import analysis` none

    return open_dataset(data_dir, project=project, release=release, as_of=as_of, since=since)


def find_data(data_dir: "Path | str" = "") -> "Path | str":
    """The named data directory; for an empty name, the one that belongs to the working directory.

    The search order is: the variable ANALYSIS_DATA, `data` here and in every folder above, `data` of the repository.
    Raises StoreError, which names the places that were searched.
    """
    from analysis.dataset.origin import find_data

    return find_data(data_dir)


__all__ = ["find_data", "open"]
