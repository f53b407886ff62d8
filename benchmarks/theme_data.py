"""Bug-fix documents for the theme benchmark: real ones with the part of the code that the fix touched, and many."""

import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

DOCUMENTS = Path(__file__).parents[2] / "shared" / "real" / "nova-bugfix-docs.jsonl.gz"
MIN_LABEL = 40
# Labels that gather what belongs to no part.
GRAB_BAGS = frozenset(("root", "tools", "core-utils", "openstack-common", "common"))


def read(path: Path) -> pd.DataFrame:
    """All documents: title, description, label (None for none), quota_path; one JSON object a line, gzipped."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return pd.DataFrame(
        {
            "title": pd.array([row["subject"] for row in rows], "string"),
            "description": pd.array([row["text"] for row in rows], "string"),
            "label": pd.Series([row["label"] for row in rows], dtype=object),
            "quota_path": [bool(row["quota_path"]) for row in rows],
        }
    )


def evaluated(documents: pd.DataFrame) -> pd.DataFrame:
    """The documents with a label that at least 40 share, grab-bags left out."""
    sizes = Counter(documents["label"].dropna())
    labels = {label for label, size in sizes.items() if size >= MIN_LABEL} - GRAB_BAGS
    return documents[documents["label"].isin(labels)].reset_index(drop=True)


def many(documents: pd.DataFrame, n: int) -> pd.DataFrame:
    """n documents, each the title of one real document and the description of another, drawn with seed 0.

    They have real lengths and words; their themes mean nothing, so they are for time and memory alone.
    """
    rng = np.random.default_rng(0)
    titles, bodies = rng.integers(len(documents), size=(2, n))
    return pd.DataFrame(
        {
            "title": documents["title"].take(titles).array,
            "description": documents["description"].take(bodies).array,
        }
    )
