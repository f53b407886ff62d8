"""A local copy of the tables of a remote data directory, for reports, where each page is a process of its own."""

from collections.abc import Collection
from pathlib import Path

from analysis.store import files, markers, remote, tables
from analysis.store.location import is_local, scratch

MARKER = "brought"


def local_copy(data_dir: Path, processed: Path, project: str, whole: Collection[str]) -> Path:
    """A local folder with the tables of one project, and with all parts of the tables in `whole`.

    A local data directory is returned as it is. In a copy, changed parts are downloaded again and gone parts are
    removed.
    """
    if is_local(data_dir):
        return data_dir
    local_dir = scratch(data_dir)
    local_processed = local_dir / processed.name
    versions_before: dict[str, str] = markers.read(local_processed, MARKER, dict[str, str]) or {}
    versions = {}
    for file in files.names(processed):
        name = file.removesuffix(tables.SUFFIX)
        for part in tables.projects(processed, name) if name != file else ():
            if part == project or name in whole:
                source, copy = tables.path(processed, name, part), tables.path(local_processed, name, part)
                versions[f"{name} {part}"] = version = remote.version(source)
                if versions_before.get(f"{name} {part}") != version or not files.exists(copy):
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    remote.download(source, copy)
    for key in versions_before.keys() - versions.keys():
        name, _, part = key.partition(" ")
        files.remove(tables.path(local_processed, name, part))
    markers.write(local_processed, MARKER, versions)
    return local_dir
