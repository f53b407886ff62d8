"""What commands must know of a project's servers: where links lead, and which votes there are reviews."""

from analysis import config
from analysis.build.fetch import root
from analysis.build.projects import Project
from analysis.judge import review_state


def origin(project: Project, settings: config.Settings) -> dict[str, str]:
    """Where links lead: the servers that the data came from, not those that a project file names today."""
    gerrit = root(project.gerrit) if project.gerrit else settings.servers.gerrit_root
    launchpad = root(project.launchpad) if project.launchpad else settings.servers.launchpad_root
    return {
        "gerrit_root": gerrit,
        "launchpad_root": launchpad.replace("://api.launchpad.net/", "://bugs.launchpad.net/"),
        "launchpad_project": project.launchpad_project,
    }


def review_rules(project: Project) -> review_state.Rules:
    """The rules of review of the project: which labels are reviews, and what its file says beyond."""
    return project.sections.read(review_state.Rules)
