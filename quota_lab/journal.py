"""The journals of a race's processes: one JSON object on each line."""

import json
import os
from pathlib import Path
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]  # an entry of a journal, the settings of a run, an order to an engine


class Journal:
    """Lines written straight to a file, so that they survive a SIGKILL of the writer."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, entry: JsonObject) -> None:
        """Append one entry in a single write."""
        os.write(self.file, json.dumps(entry).encode() + b"\n")
