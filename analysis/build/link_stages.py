"""The stages that join bugs, changes and commits."""

from analysis.build.stage import Context, Stage, Tables
from analysis.judge import corrections, fixes, links, review_state


def _links(context: Context, tables: Tables) -> Tables:
    """The links from texts; those that people corrected as wrong no longer count as fixes."""
    from_texts = links.build(
        bug_messages=tables["bug_messages"], changes=tables["changes"], commits=tables["commits"], bots=context.bots
    )
    served = {"bugs": tables["bugs"], "changes": tables["changes"], "commits": tables["commits"]}
    outcomes = corrections.table(
        context.judgement.corrections,
        links=from_texts["links"],
        accounts=tables["accounts"],
        votes=tables["votes"],
        review_label=context.section(review_state.Rules).review_label,
        as_of=context.as_of,
        **served,
    )
    corrected = corrections.corrected_links(
        from_texts["links"], context.judgement.corrections, as_of=context.as_of, **served
    )
    return {**from_texts, "links": corrected, "corrections": outcomes}


LINKS = Stage(
    "links", _links, reads_hidden=True,
    reads=("bug_messages", "bugs", "changes", "commits", "accounts", "votes"),
    writes=("links", "unread_lines", "change_commits", "blueprints", "corrections"),
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
