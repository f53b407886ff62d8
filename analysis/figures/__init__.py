"""The drawings and tables in the reports: each one shows itself in a notebook and carries its numbers along."""

from analysis.figures.documents import Document, comparison, digest, etherpad, feed
from analysis.figures.explorer import explorer
from analysis.figures.facts import Facts, facts
from analysis.figures.picture import Picture
from analysis.figures.table import Table, table
from analysis.figures.themes import filterable, theme_heat, theme_map, theme_movers
from analysis.figures.trend import still_waiting, trend
from analysis.figures.waiting import waiting_times

__all__ = [
    "Document", "Facts", "Picture", "Table", "comparison", "digest", "etherpad", "explorer", "facts", "feed",
    "filterable", "still_waiting", "table", "theme_heat", "theme_map", "theme_movers", "trend", "waiting_times",
]  # fmt: skip
