"""Facts about a project's servers that commands need: the addresses for links, and the votes that are reviews."""

from analysis import config
from analysis.build.fetch import root
from analysis.build.projects import Project
from analysis.judge import review_state


def origin(project: Project, settings: config.Settings) -> dict[str, str]:
    """The addresses for links: the servers that the data came from, not those that a project file names today."""
    gerrit = root(project.gerrit) if project.gerrit else settings.servers.gerrit_root
    launchpad = root(project.launchpad) if project.launchpad else settings.servers.launchpad_root
    return {
        "gerrit_root": gerrit,
        "launchpad_root": launchpad.replace("://api.launchpad.net/", "://bugs.launchpad.net/"),
        "launchpad_project": project.launchpad_project,
    }


def review_rules(project: Project) -> review_state.Rules:
    """The review rules of the project: the labels that are reviews, and the settings of its file."""
    return project.sections.read(review_state.Rules)
