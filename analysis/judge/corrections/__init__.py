"""Corrections of single rows by people who know better than the rules.

The file (`file`) says what is wrong, who says so, from which day on, and why. `table` finds the rows that each
correction names, and says whether it applied (`matching`, `outcomes`). The other functions return tables as corrected
(`corrected_tables`).
"""

from analysis.judge.corrections.corrected_tables import corrected_links, corrected_states, no_cores
from analysis.judge.corrections.file import Corrections
from analysis.judge.corrections.outcomes import in_force, sentences, table

__all__ = ["Corrections", "corrected_links", "corrected_states", "in_force", "no_cores", "sentences", "table"]
