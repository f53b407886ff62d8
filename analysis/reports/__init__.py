"""Reports: notebooks run by papermill side by side, exported as pages without code, published in one switch."""

from analysis.reports.edition import Report, run
from analysis.reports.plan import read_whole

__all__ = ["Report", "read_whole", "run"]
