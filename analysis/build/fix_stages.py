"""The stages about fixes: backports, superseded and competing fixes, fates, rescues, stacks, inconsistent bugs."""

from analysis.build.stage import Context, Stage, Tables
from analysis.judge import fixes, inconsistencies, review_state


def _backports(context: Context, tables: Tables) -> Tables:
    backports = fixes.backports(
        linked_changes=tables["linked_changes"],
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        changes=tables["changes"],
        commits=tables["commits"],
        target=context.target,
    )
    return {"backports": backports}


BACKPORTS = Stage(
    "backports", _backports,
    reads=("linked_changes", "bugs", "bug_tasks", "changes", "commits"),
    writes=("backports",),
)  # fmt: skip


def _superseded_fixes(context: Context, tables: Tables) -> Tables:
    superseded = fixes.superseded_fixes(
        linked_changes=tables["linked_changes"],
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        target=context.target,
    )
    return {"superseded_fixes": superseded}


SUPERSEDED_FIXES = Stage(
    "superseded_fixes", _superseded_fixes,
    reads=("linked_changes", "bugs", "bug_tasks"),
    writes=("superseded_fixes",),
)  # fmt: skip


def _fix_fates(context: Context, tables: Tables) -> Tables:
    fates = fixes.fix_fates(
        linked_changes=tables["linked_changes"],
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        bug_messages=tables["bug_messages"],
        target=context.target,
        changes=tables["changes"],
        machines=context.machines,
    )
    return {"fix_fates": fates}


FIX_FATES = Stage(
    "fix_fates", _fix_fates,
    reads=("linked_changes", "bugs", "bug_tasks", "bug_messages", "changes"),
    writes=("fix_fates",),
)  # fmt: skip


def _unfixed_bugs(context: Context, tables: Tables) -> Tables:
    unfixed = fixes.unfixed_bugs(
        fix_fates=tables["fix_fates"],
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        as_of=context.as_of,
        target=context.target,
    )
    return {"unfixed_bugs": unfixed}


UNFIXED_BUGS = Stage(
    "unfixed_bugs", _unfixed_bugs,
    reads=("fix_fates", "bugs", "bug_tasks"),
    writes=("unfixed_bugs",),
)  # fmt: skip


def _doubts(context: Context, tables: Tables) -> Tables:
    """The comments on bugs without a fix that say so, read here because no later stage holds the comments."""
    bug_messages = tables["bug_messages"]
    of_unfixed = bug_messages[bug_messages["bug_id"].isin(tables["unfixed_bugs"]["bug_id"])]
    return {"doubts": fixes.doubts(of_unfixed, context.machines)}


DOUBTS = Stage(
    "doubts", _doubts, is_saved=False,
    reads=("unfixed_bugs", "bug_messages"),
    writes=("doubts",),
)  # fmt: skip


def _stacks(_: Context, tables: Tables) -> Tables:
    return {"stacks": fixes.stacks(changes=tables["changes"], patch_sets=tables["patch_sets"])}


STACKS = Stage(
    "stacks", _stacks,
    reads=("changes", "patch_sets"),
    writes=("stacks",),
)  # fmt: skip


def _competing_fixes(_: Context, tables: Tables) -> Tables:
    competing = fixes.competing(linked_changes=tables["linked_changes"], changes=tables["changes"])
    return {"competing_fixes": competing}


COMPETING_FIXES = Stage(
    "competing_fixes", _competing_fixes,
    reads=("linked_changes", "changes"),
    writes=("competing_fixes",),
)  # fmt: skip


def _rescues(context: Context, tables: Tables) -> Tables:
    rescues = fixes.rescues(
        linked_changes=tables["linked_changes"],
        changes=tables["changes"],
        votes=tables["votes"],
        change_messages=tables["change_messages"],
        accounts=tables["accounts"],
        bug_tasks=tables["bug_tasks"],
        as_of=context.as_of,
        target=context.target,
        review_label=context.section(review_state.Rules).review_label,
    )
    return {"rescues": rescues}


RESCUES = Stage(
    "rescues", _rescues,
    reads=("linked_changes", "changes", "votes", "change_messages", "accounts", "bug_tasks"),
    writes=("rescues",),
)  # fmt: skip


def _inconsistencies(context: Context, tables: Tables) -> Tables:
    fates = tables["fix_fates"]
    rows = inconsistencies.build(
        linked_changes=tables["linked_changes"],
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        bug_activity=tables["bug_activity"],
        bug_messages=tables["bug_messages"],
        change_messages=tables["change_messages"],
        milestones=tables["milestones"],
        as_of=context.as_of,
        target=context.target,
        thresholds=context.section(inconsistencies.Thresholds),
        bots=context.machines,
        doubted=fates.loc[fates["fate"].eq("fix_doubted"), "bug_id"].tolist(),
    )
    return {"hygiene": rows}


INCONSISTENCIES = Stage(
    "inconsistencies", _inconsistencies,
    reads=(
        "linked_changes", "bugs", "bug_tasks", "bug_activity", "bug_messages", "change_messages",
        "milestones", "fix_fates",
    ),
    writes=("hygiene",),
)  # fmt: skip
