"""Forecasts of merges: the chance of each open change, the number of merges, and the quality of past forecasts."""

from analysis.judge.forecast.features import History
from analysis.judge.forecast.forecasts import ACTS, area, build
from analysis.judge.forecast.hazard import WEEKS

__all__ = ["ACTS", "WEEKS", "History", "area", "build"]
