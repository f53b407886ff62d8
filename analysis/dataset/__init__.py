"""The one noun that people hold: `analysis.open("data")` gives a Dataset, a project's tables and what one asks.

In come the tables of the store; out go plain DataFrames, linked and filterable where a notebook shows them, and cards
of one bug, change, person, area or theme. Pages, commands and notebooks ask here, so that a number has one definition.
"""

from analysis.dataset.dataset import Dataset, open_dataset
from analysis.dataset.origin import Origin

__all__ = ["Dataset", "Origin", "open_dataset"]
