"""The location of a data directory: a local folder, or one on a file system of fsspec, such as s3://bucket/data.

Both are paths with the same methods (`/`, `name`, `exists`, `open`, ...); universal-pathlib provides the second.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlsplit

from analysis.errors import UsageError

if TYPE_CHECKING:
    from upath import UPath


def as_path(where: Path | str) -> Path:
    """The path of a data directory. Raises UsageError for a file system that is unknown or not installed."""
    if not isinstance(where, str):
        return where
    if "://" not in where:
        return Path(where)
    if urlsplit(where).password:
        raise UsageError(
            expected="a --data-dir without a password in it",
            found="one with a password",
            do="give it to the file system in the environment or in ~/.config/fsspec, where no log repeats it",
        )
    try:
        from upath import UPath

        # Other processes also write there, so an old listing must not be reused.
        path = UPath(where, use_listings_cache=False)
        _ = path.fs
    except (ImportError, ValueError) as cause:
        raise UsageError(
            expected="a --data-dir that is a folder, or the address of one such as s3://bucket/data",
            found=f"{where}: {cause}",
            do="correct the address, or install what reaches it: pip install -e '.[s3]' brings S3",
        ) from cause
    return cast(Path, path)


def is_local(path: Path) -> bool:
    """Whether it is on this disk."""
    return isinstance(path, Path)


def as_fsspec(path: Path) -> "UPath":
    """The path as a UPath, which also has `fs` and `path`."""
    return cast("UPath", path)


def scratch(folder: Path) -> Path:
    """The local folder for files that need a disk (SQLite, a lock): the path itself, or a cache for a remote one."""
    if is_local(folder):
        return folder
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "bugfix-analysis" / "data" / quote(str(folder), safe="")
