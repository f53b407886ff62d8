"""A world of any size: hundreds of invented projects, streamed record by record with the truth of each."""

from twin.scale.bugs import bugs
from twin.scale.changes import Truth, changes
from twin.scale.project import AS_OF, BUGS_PER_CHANGE, GERRIT, LAUNCHPAD, Project, projects

__all__ = ["AS_OF", "BUGS_PER_CHANGE", "GERRIT", "LAUNCHPAD", "Project", "Truth", "bugs", "changes", "projects"]
