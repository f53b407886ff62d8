"""Tables of a far data directory on this disk: what a report is made from, where each page is a process of its own."""

from collections.abc import Collection
from pathlib import Path

from analysis.store import files, notes, remote, tables
from analysis.store.place import is_here, scratch

NOTE = "brought"


def brought(data_dir: Path, processed: Path, project: str, whole: Collection[str]) -> Path:
    """A folder of this disk with the tables of one project, and with all parts of those in `whole`.

    What is on this disk already stays where it is. Of a copy, a part that changed is brought again and one that is gone
    goes.
    """
    if is_here(data_dir):
        return data_dir
    here = scratch(data_dir)
    own = here / processed.name
    known: dict[str, str] = notes.read(own, NOTE) or {}
    found = {}
    for file in files.names(processed):
        name = file.removesuffix(tables.SUFFIX)
        for part in tables.projects(processed, name) if name != file else ():
            if part == project or name in whole:
                there, copy = tables.path(processed, name, part), tables.path(own, name, part)
                found[f"{name} {part}"] = version = remote.version(there)
                if known.get(f"{name} {part}") != version or not files.exists(copy):
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    remote.fetched(there, copy)
    for gone in known.keys() - found.keys():
        name, _, part = gone.partition(" ")
        files.remove(tables.path(own, name, part))
    notes.write(own, NOTE, found)
    return here
