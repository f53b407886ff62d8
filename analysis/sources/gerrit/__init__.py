"""Changes as Gerrit serves them: from its REST API, or from a saved answer."""

from analysis.sources.gerrit.dump import read_dump

__all__ = ["read_dump"]
