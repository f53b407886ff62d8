"""The whole line: fetch into snapshots, build the tables, judge them."""

from analysis.pipeline.build import Judgement, build
from analysis.pipeline.fetch import clone as fetch_clone
from analysis.pipeline.fetch import dump as fetch_dump
from analysis.pipeline.projects import Project, projects

__all__ = ["Judgement", "Project", "build", "fetch_clone", "fetch_dump", "projects"]
