"""Reports: notebooks run by papermill side by side, exported as pages without code, published in one switch."""

from analysis.report.pages.plan import Values, read_whole
from analysis.report.pages.report_run import Report, run
from analysis.report.run_record import ReportSet

__all__ = ["Report", "ReportSet", "Values", "read_whole", "run"]
