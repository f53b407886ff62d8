"""The stages of a build in the order of the line: each reads tables as served, or written by a stage above it.

A stage is declared beside the function that makes its tables. It gets only the tables that it declares, so that the
declaration is true. `python -m analysis stages` prints them.
"""

from analysis.build import area_stages, fix_stages, link_stages, review_stages, theme_stages

STAGES = (
    link_stages.LINKS,
    link_stages.LINKED_CHANGES,
    area_stages.AREAS,
    review_stages.REVIEW_STATES,
    fix_stages.BACKPORTS,
    fix_stages.SUPERSEDED_FIXES,
    review_stages.QUEUE,
    fix_stages.FIX_FATES,
    fix_stages.UNFIXED_BUGS,
    fix_stages.DOUBTS,
    fix_stages.STACKS,
    fix_stages.COMPETING_FIXES,
    fix_stages.RESCUES,
    fix_stages.INCONSISTENCIES,
    review_stages.TURNS,
    review_stages.WAITING,
    review_stages.FORECASTS,
    theme_stages.FIRST_COMMENTS,
    theme_stages.TEXTS,
    theme_stages.FAILURE_MODES,
    theme_stages.THEMES,
    theme_stages.SIMILAR_BUGS,
    theme_stages.POSSIBLE_FIXES,
    theme_stages.TRIAGE_PROPOSALS,
    review_stages.OPEN_FIXES,
)
