"""The whole line: fetch into snapshots, build the tables, judge them."""

from analysis.pipeline.build import Built, build
from analysis.pipeline.fetch import clone as fetch_clone
from analysis.pipeline.fetch import dump as fetch_dump
from analysis.pipeline.fetch import root
from analysis.pipeline.judgement import Judgement
from analysis.pipeline.projects import Project, Sections, projects

__all__ = ["Built", "Judgement", "Project", "Sections", "build", "fetch_clone", "fetch_dump", "projects", "root"]
