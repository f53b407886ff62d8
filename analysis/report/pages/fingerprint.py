"""A checksum of everything that a page depends on: notebook, parameters, the code it reaches, the tables it reads."""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

from analysis import import_closure
from analysis.report.pages import glossary
from analysis.report.pages.plan import Job

ROOT = import_closure.ROOT
PAGES = "from analysis.report.pages import report_run, site"  # the code that makes pages from executed notebooks
RACES = ("settings.json", "verdict.parquet", "explorer/*.json")


def of_job(job: Job, processed: Path) -> str:
    """The checksum of all inputs of the job's executed notebook; if it is equal, the notebook need not run."""
    parameters = json.dumps(dict(job.parameters), sort_keys=True)
    parts = [of_files([job.source.path]), parameters, job.subject, of_code(job.source.code), _versions()]
    project = str(job.parameters.get("project", ""))
    tables = [
        of_table(processed, table, "" if table in job.source.of_every_project else project)
        for table in job.source.tables
    ]
    return of_texts([*parts, *tables, *_of_origin(job, processed), *_of_races(job, processed)])


def _of_origin(job: Job, processed: Path) -> list[str]:
    """The inputs of a dataset besides its tables: its origin, and the stored sources if the page shows them."""
    if "analysis.open" not in job.source.code:
        return []
    notes = processed / ".notes"
    origins = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(notes.glob("origin*.json"))]
    facts = [{k: v for k, v in note.items() if k != "sources" or "sources" in job.source.code} for note in origins]
    return [json.dumps(facts, sort_keys=True)]


def _of_races(job: Job, processed: Path) -> list[str]:
    """The files of the quota laboratory for a notebook that shows them: runs and findings, which are not tables."""
    if "quota_lab" not in job.source.path.read_text(encoding="utf-8"):
        return []
    runs = processed / "quota_runs"
    return [of_files(sorted(runs.rglob(name))) for name in RACES]


def of_table(processed: Path, table: str, project: str = "") -> str:
    """The checksum of a table's files, or of one project's; for an absent table that of nothing.

    It is made of the bytes: a build that comes to the same tables makes no page stale.
    """
    files = parts(processed, table, project)
    return _of_same_files(*((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files))


def parts(processed: Path, table: str, project: str = "") -> list[Path]:
    """The files of a table, or those of one project; none of an absent table."""
    folder = processed / f"{table}.parquet"
    return sorted(folder.glob(f"{quote(project, safe='') if project else '*'}.parquet"))


@cache
def _of_same_files(*files: tuple[Path, int, int]) -> str:
    """The checksum of a file that many pages read, cached in this process by its time and size."""
    return of_files([path for path, _, _ in files])


@cache
def of_code(source: str, root: Path = ROOT) -> str:
    """The checksum of all files of the project that this Python source reaches, wherever they lie below the root."""
    files = import_closure.files(source, root=root)
    return of_texts([*(path.relative_to(root).as_posix() for path in files), of_files(files)])


def of_edition(of_pages: Iterable[str], skipped: Mapping[str, str]) -> str:
    """The inputs of an edition: its pages, their instant, the code and the glossary around them, the pages left out."""
    around = [of_code(PAGES), of_files([glossary.source()])]
    return of_texts([*of_pages, *around, *skipped, *skipped.values()])


def of_files(paths: Iterable[Path]) -> str:
    """The checksum of files, names and bytes, in the order given."""
    whole = hashlib.blake2b(digest_size=16)
    for path in paths:
        with path.open("rb") as file:
            whole.update(path.name.encode() + b"\0" + hashlib.file_digest(file, "blake2b").digest())
    return whole.hexdigest()


def of_texts(texts: Iterable[str]) -> str:
    """The checksum of texts in the order given."""
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()


@cache
def _versions() -> str:
    """The installed packages by their folders, whose names have the versions; reading 200 files would take a second."""
    return of_texts(sorted(path.name for place in sys.path for path in Path(place).glob("*.dist-info")))
