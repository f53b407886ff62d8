"""Reports: notebooks run by papermill side by side, exported as pages without code, published in one switch."""

from analysis.reports.edition import Report, run

__all__ = ["Report", "run"]
