"""The stages that join bugs, changes and commits."""

from analysis.build.stage import Context, Stage, Tables
from analysis.judge import fixes, links


def _links(context: Context, tables: Tables) -> Tables:
    return links.build(
        bug_messages=tables["bug_messages"], changes=tables["changes"], commits=tables["commits"], bots=context.bots
    )


LINKS = Stage(
    "links", _links, reads_hidden=True,
    reads=("bug_messages", "changes", "commits"),
    writes=("links", "unread_lines", "change_commits", "blueprints"),
)  # fmt: skip


def _linked_changes(context: Context, tables: Tables) -> Tables:
    linked_changes = fixes.linked_changes(
        links=tables["links"],
        bugs=tables["bugs"],
        changes=tables["changes"],
        commits=tables["commits"],
        bug_messages=tables["bug_messages"],
        bots=context.bots,
        target=context.target,
    )
    return {"linked_changes": linked_changes}


LINKED_CHANGES = Stage(
    "linked_changes", _linked_changes, is_saved=False,
    reads=("links", "bugs", "changes", "commits", "bug_messages"),
    writes=("linked_changes",),
)  # fmt: skip
