"""`analysis.open("data")` gives a Dataset: the tables of a project, and the questions that can be asked of them.

A Dataset reads tables from the store and returns plain DataFrames (a notebook shows them with links and filters) and
cards of one bug, change, person, area or theme. Pages, commands and notebooks all ask it, so that a number has one
definition.
"""

from analysis.dataset.dataset import Dataset, open_dataset
from analysis.dataset.origin import Origin

__all__ = ["Dataset", "Origin", "open_dataset"]
