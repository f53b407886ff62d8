"""The stages about the texts of bugs: themes, bugs that resemble each other, commits that may have fixed one."""

from analysis import themes
from analysis.build.stage import Context, Stage, Tables
from analysis.tables import accounts


def _texts(context: Context, tables: Tables) -> Tables:
    """Clean the texts once, because that takes longer than comparing them; texts for themes may include comments.

    The comments are the largest table of a project, and no later stage reads them.
    """
    texts = theme_texts = themes.public_texts(tables["bugs"])
    if n_comments := context.section(themes.Rules).messages:
        people_only = context.section(accounts.Rules).launchpad_machines
        comments = themes.comments_of(tables["bug_messages"], most=n_comments, bots=people_only)
        theme_texts = themes.public_texts(tables["bugs"], comments)
    return {"texts": texts, "theme_texts": theme_texts}


TEXTS = Stage(
    "texts", _texts, is_saved=False,
    reads=("bugs", "bug_messages"),
    writes=("texts", "theme_texts"),
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
        modes=context.judgement.failure_modes,
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
        "theme_texts", "bugs", "bug_tasks", "unfixed_bugs", "linked_changes", "review_states", "area_members",
    ),
    writes=("themes", "bug_themes", "bug_failure_modes", "theme_cells", "theme_changes"),
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
    )
    return {"possible_fixes": fixes}


POSSIBLE_FIXES = Stage(
    "possible_fixes", _possible_fixes,
    reads=("bugs", "unfixed_bugs", "commits", "commit_files", "links", "texts"),
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
