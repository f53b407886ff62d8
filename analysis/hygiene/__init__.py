"""Bug states that contradict Gerrit or themselves, as proposals with their proof; nothing is ever written back."""

from analysis.hygiene.check import build
from analysis.hygiene.rules import RULES, meanings
from analysis.hygiene.thresholds import Thresholds

__all__ = ["RULES", "Thresholds", "build", "meanings"]
