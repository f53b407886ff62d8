"""Run files: one folder for each run, with its settings, requests, samples and verdict."""

import json
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import QuotaLabError
from analysis.tables import schema
from quota_lab import judge
from quota_lab.journal import JsonObject
from quota_lab.race import Race
from quota_lab.race_config import RaceConfig

SETTINGS = "settings.json"
FILES = {"requests.parquet": schema.QUOTA_REQUESTS, "samples.parquet": schema.QUOTA_SAMPLES,
         "verdict.parquet": schema.QUOTA_RUNS}  # fmt: skip


def limits(settings: JsonObject) -> dict[tuple[int, str], int]:
    """(project, resource) to hard limit, parents included, from the settings of a run."""
    if "limits" in settings:
        return {(project, resource): limit for project, resource, limit in settings["limits"]}
    names: JsonObject = {name: tuple(v) if isinstance(v, list) else v for name, v in settings.items()}
    config = RaceConfig(**{name: names[name] for name in RaceConfig.__dataclass_fields__})
    return {(p, resource): limit for p, pool in config.all_pools().items() for resource, limit in pool.limits}


def write(directory: Path, race: Race, *, matrix: str) -> pd.DataFrame:
    """Judge a race, write it under `directory`, wholly or not at all, and return the verdict (schema.QUOTA_RUNS).

    A run of the same name, which had the same settings, is replaced.
    """
    settings = race.settings | {"matrix": matrix}
    verdict = judge.verdict(race.requests, race.samples, limits(settings), settings)
    directory.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=directory))
    new.chmod(0o755)
    try:
        (new / SETTINGS).write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        for (name, table), frame in zip(FILES.items(), (race.requests, race.samples, verdict), strict=True):
            _write(new / name, frame, table)
        place = directory / settings["run_id"]
        shutil.rmtree(place, ignore_errors=True)
        new.replace(place)
    except BaseException:  # a full disk, or Ctrl-C
        shutil.rmtree(new, ignore_errors=True)
        raise
    return verdict


def names(directory: Path) -> list[str]:
    """The names of all runs, sorted."""
    return sorted(path.parent.name for path in directory.glob(f"*/{SETTINGS}"))


def settings(directory: Path, run_id: str) -> JsonObject:
    """The settings and the environment of one run."""
    path = directory / run_id / SETTINGS
    if not path.is_file():
        raise QuotaLabError(
            expected=f"a run among the {len(names(directory))} under {directory}",
            found=repr(run_id),
            do="list them with `python -m analysis quota-lab list`",
        )
    read: JsonObject = json.loads(path.read_text(encoding="utf-8"))
    return read


def requests(directory: Path, run_id: str) -> pd.DataFrame:
    """schema.QUOTA_REQUESTS of one run."""
    return _read(directory / run_id / "requests.parquet", schema.QUOTA_REQUESTS)


def samples(directory: Path, run_id: str) -> pd.DataFrame:
    """schema.QUOTA_SAMPLES of one run."""
    return _read(directory / run_id / "samples.parquet", schema.QUOTA_SAMPLES)


def verdicts(directory: Path) -> pd.DataFrame:
    """schema.QUOTA_RUNS: the verdict on every run, in the order of the names."""
    frames = [_read(directory / name / "verdict.parquet", schema.QUOTA_RUNS) for name in names(directory)]
    table = pd.concat(frames, ignore_index=True) if frames else schema.QUOTA_RUNS.empty()
    return schema.validate(schema.QUOTA_RUNS.ordered(table), schema.QUOTA_RUNS)


def _write(path: Path, frame: pd.DataFrame, table: schema.Table) -> None:
    rows = pa.Table.from_pandas(frame, schema=table.arrow, preserve_index=False)
    pq.write_table(rows.replace_schema_metadata(None), path)


def _read(path: Path, table: schema.Table) -> pd.DataFrame:
    # Not read as a dataset: a folder of that name must not add a partition column.
    frame = pq.ParquetFile(path).read().to_pandas(types_mapper=pd.ArrowDtype)
    return schema.validate(table.frame(frame), table)
