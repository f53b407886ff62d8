"""Whether open changes merge: the chance of each within some weeks, how many merge, and how earlier forecasts did."""

from analysis.judge.forecast.features import History
from analysis.judge.forecast.forecasts import ACTS, area, build
from analysis.judge.forecast.hazard import WEEKS

__all__ = ["ACTS", "WEEKS", "History", "area", "build"]
