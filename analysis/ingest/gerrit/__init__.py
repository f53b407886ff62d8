"""Changes as Gerrit serves them: from its REST API, or from a saved answer."""

from analysis.ingest.gerrit.change import Selection
from analysis.ingest.gerrit.fetch import POLICY, Options, fetch
from analysis.ingest.gerrit.state import OVERLAP

__all__ = ["OVERLAP", "POLICY", "Options", "Selection", "fetch"]
