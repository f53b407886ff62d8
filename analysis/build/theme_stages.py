"""The stages about the texts of bugs: themes, bugs that resemble each other, commits that may have fixed one."""

from analysis import themes
from analysis.build.stage import Context, Stage, Tables
from analysis.tables import accounts


def _first_comments(context: Context, tables: Tables) -> Tables:
    """The comments that texts for themes include. The others, the largest table of a project, no later stage reads."""
    most = context.section(themes.Rules).messages
    bug_messages = tables["bug_messages"] if most else tables["bug_messages"].iloc[:0]
    people_only = context.section(accounts.Rules).launchpad_machines
    return {"first_comments": themes.comments_of(bug_messages, most=most, bots=people_only).to_frame()}


FIRST_COMMENTS = Stage(
    "first_comments", _first_comments, is_saved=False,
    reads=("bug_messages",),
    writes=("first_comments",),
)  # fmt: skip


def _texts(context: Context, tables: Tables) -> Tables:
    """Split and clean the texts once, because that takes longer than comparing them."""
    bugs = themes.public(tables["bugs"])
    parts = themes.report_parts(bugs)
    texts = theme_texts = themes.texts(bugs, parts=parts)
    if context.section(themes.Rules).messages:
        theme_texts = themes.texts(bugs, tables["first_comments"]["content"])
    return {"texts": texts, "theme_texts": theme_texts, "report_parts": parts.drop(columns="pasted")}


TEXTS = Stage(
    "texts", _texts, is_saved=False,
    reads=("bugs", "first_comments"),
    writes=("texts", "theme_texts", "report_parts"),
)  # fmt: skip


def _failure_modes(context: Context, tables: Tables) -> Tables:
    bugs, modes = themes.public(tables["bugs"]), context.judgement.failure_modes
    return {"bug_failure_modes": themes.build_failure_modes(bugs, modes, parts=tables["report_parts"])}


FAILURE_MODES = Stage(
    "failure_modes", _failure_modes,
    reads=("bugs", "report_parts"),
    writes=("bug_failure_modes",),
)  # fmt: skip


def _themes(context: Context, tables: Tables) -> Tables:
    """A theme of the previous build keeps its id and label while its bugs stay."""
    model_path = context.judgement.sentence_model
    return themes.build(
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        unfixed_bugs=tables["unfixed_bugs"],
        linked_changes=tables["linked_changes"],
        review_states=tables["review_states"],
        area_members=tables["area_members"],
        bug_modes=tables["bug_failure_modes"],
        names=context.judgement.theme_names,
        as_of=context.as_of,
        target=context.target,
        previous=context.previous,
        model=themes.ThemeModel(encoder=themes.local_encoder(model_path)) if model_path else None,
        texts=tables["theme_texts"],
    )


THEMES = Stage(
    "themes", _themes,
    reads=(
        "theme_texts", "bugs", "bug_tasks", "bug_failure_modes", "unfixed_bugs", "linked_changes", "review_states",
        "area_members",
    ),
    writes=("themes", "bug_themes", "theme_cells", "theme_changes"),
)  # fmt: skip


def _similar_bugs(context: Context, tables: Tables) -> Tables:
    similar = themes.similar(
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        linked_changes=tables["linked_changes"],
        links=tables["links"],
        changes=tables["changes"],
        target=context.target,
        texts=tables["texts"],
    )
    return {"similar_bugs": similar}


SIMILAR_BUGS = Stage(
    "similar_bugs", _similar_bugs,
    reads=("bugs", "bug_tasks", "linked_changes", "links", "changes", "texts"),
    writes=("similar_bugs",),
)  # fmt: skip


def _possible_fixes(_: Context, tables: Tables) -> Tables:
    fixes = themes.find_possible_fixes(
        bugs=tables["bugs"],
        unfixed_bugs=tables["unfixed_bugs"],
        commits=tables["commits"],
        commit_files=tables["commit_files"],
        links=tables["links"],
        texts=tables["texts"],
        linked_changes=tables["linked_changes"],
        doubts=tables["doubts"],
    )
    return {"possible_fixes": fixes}


POSSIBLE_FIXES = Stage(
    "possible_fixes", _possible_fixes,
    reads=("bugs", "unfixed_bugs", "commits", "commit_files", "links", "texts", "linked_changes", "doubts"),
    writes=("possible_fixes",),
)  # fmt: skip


def _triage_proposals(context: Context, tables: Tables) -> Tables:
    return themes.triage_proposals(
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        milestones=tables["milestones"],
        texts=tables["texts"],
        target=context.target,
    )


TRIAGE_PROPOSALS = Stage(
    "triage_proposals", _triage_proposals,
    reads=("bugs", "bug_tasks", "milestones", "texts"),
    writes=("triage_proposals", "tag_checks"),
)  # fmt: skip
