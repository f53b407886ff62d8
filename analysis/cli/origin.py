"""What commands must know of a project's servers: where links lead, and which votes there are reviews."""

from analysis import config, review_state
from analysis.pipeline.fetch import root
from analysis.pipeline.projects import Project


def origin(about: Project, chosen: config.Settings) -> dict[str, str]:
    """Where links lead: the servers that the data came from, not those that a project file names today."""
    gerrit = root(about.gerrit) if about.gerrit else chosen.servers.gerrit_root
    launchpad = root(about.launchpad) if about.launchpad else chosen.servers.launchpad_root
    return {
        "gerrit_root": gerrit,
        "launchpad_root": launchpad.replace("://api.launchpad.net/", "://bugs.launchpad.net/"),
        "launchpad_project": about.launchpad_project,
    }


def review_rules(about: Project) -> review_state.Rules:
    """The rules of review of the project: which labels are reviews, and what its file says beyond."""
    return review_state.Rules.from_mapping(about.sections.get("review", {}))
