"""Reports: notebooks run by papermill side by side, exported as pages without code, published in one switch."""

from analysis.reports.edition import Report, run
from analysis.reports.entry import ReportSet
from analysis.reports.plan import Values, read_whole

__all__ = ["Report", "ReportSet", "Values", "read_whole", "run"]
