"""The stage of the areas: the bugs and changes in each by a rule, and those in none."""

from analysis.build.stage import Context, Stage, Tables
from analysis.judge import areas
from analysis.tables import schema

TABLES = ("areas", "area_members", "area_coverage", "area_candidates")


def _areas(context: Context, tables: Tables) -> Tables:
    """The areas with their members by rule, and the bugs and changes in none."""
    area_file = context.judgement.area_file
    if area_file is None:
        return {name: schema.TABLES[name].empty() for name in TABLES}
    members = areas.build(
        area_file,
        bugs=tables["bugs"],
        changes=tables["changes"],
        change_files=tables["change_files"],
        commits=tables["commits"],
        commit_files=tables["commit_files"],
        links=tables["links"],
        blueprints=tables["blueprints"],
    )
    coverage = areas.coverage(
        members,
        release=area_file.release,
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        changes=tables["changes"],
        change_files=tables["change_files"],
        commits=tables["commits"],
        commit_files=tables["commit_files"],
        change_commits=tables["change_commits"],
        links=tables["links"],
        target=context.target,
    )
    candidates = areas.candidates(
        members,
        release=area_file.release,
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        changes=tables["changes"],
        change_files=tables["change_files"],
        links=tables["links"],
        target=context.target,
    )
    return {
        "areas": areas.table(area_file, members),
        "area_members": members,
        "area_coverage": coverage,
        "area_candidates": candidates,
    }


AREAS = Stage(
    "areas", _areas,
    reads=(
        "bugs", "changes", "change_files", "commits", "commit_files", "links", "blueprints", "bug_tasks",
        "change_commits",
    ),
    writes=TABLES,
)  # fmt: skip
