"""Changes as Gerrit serves them: from its REST API, or from a saved answer."""

from analysis.sources.gerrit.change import Wanted
from analysis.sources.gerrit.dump import read_dump
from analysis.sources.gerrit.fetch import OVERLAP, POLICY, Options, fetch

__all__ = ["OVERLAP", "POLICY", "Options", "Wanted", "fetch", "read_dump"]
