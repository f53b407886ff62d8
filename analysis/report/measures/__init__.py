"""The numbers of the reports, from tables to tables. Every page gets the same number from the same function.

Each module is one noun; the functions for callers are imported here, and listed nowhere else.
"""

from analysis.report.measures.addresses import (
    bug_url,
    change_url,
    dashboards,
    lists_on_servers,
    person_page,
    with_addresses,
)
from analysis.report.measures.areas import (
    area,
    area_facts,
    areas_summary,
    in_area,
    title_of_rest,
    turns_in_words,
    with_area_titles,
    with_bugs_without_fix,
)
from analysis.report.measures.backlog import backlog, trends, with_merges_of_a_clone, with_trend
from analysis.report.measures.bug_history import best_documented_bug, bug_history
from analysis.report.measures.bugs import (
    IMPORTANT,
    bugs_without_fix,
    every_open_bug,
    of_project,
    open_bug_facts,
    open_bugs,
    why_no_bugs,
    why_no_open_bug,
    with_bug_areas,
    with_own_task,
    without_fix_by_area,
)
from analysis.report.measures.change_facts import change_facts, with_change_facts
from analysis.report.measures.changes import (
    competing_fixes,
    open_reviews,
    rescues,
    stacks,
    superseded_fixes,
    why_no_rescues,
    why_no_stacks,
)
from analysis.report.measures.corrections import corrected_because, correction_rates, corrections_in_words
from analysis.report.measures.dates import calendar_dates, due_dates
from analysis.report.measures.facts import Fact, facts_frame
from analysis.report.measures.fates import by_act, fates
from analysis.report.measures.figure_history import (
    at_instants,
    instants,
    open_bugs_at,
    tasks_at,
    untriaged_at,
    with_past,
    within,
)
from analysis.report.measures.fixes import (
    Limits,
    breaches,
    choices,
    do_next,
    each_once,
    fixes_by_area,
    for_others,
    for_review,
    matching_fixes,
    needs,
    not_asked_in_words,
    open_fixes,
    unreviewed_fixes,
    why_no_breach,
    why_none_unreviewed,
    with_names,
)
from analysis.report.measures.inconsistent_bugs import by_rule, inconsistent_bugs, why_no_inconsistent_bugs
from analysis.report.measures.merged_fixes import merged_fixes, why_none_merged
from analysis.report.measures.missing_sources import missing_in_words
from analysis.report.measures.newcomers import best_first_bugs, first_bugs
from analysis.report.measures.news import (
    bugs_since,
    each_event_once,
    since,
    why_no_bug_news,
    why_no_news,
    with_news,
    with_time,
)
from analysis.report.measures.nudges import KINDS as NUDGES
from analysis.report.measures.nudges import nudges, with_reviewers
from analysis.report.measures.overview import (
    freshness,
    instant,
    join_coverage,
    known_coverage,
    link_evidence,
    newest,
    sources,
    totals,
    unrecognised_lines,
)
from analysis.report.measures.people import launchpad_key, people
from analysis.report.measures.queue_flow import (
    finished_and_all,
    flow_rates,
    growth_in_words,
    sizes_held,
    waiting_by_turn,
    weekly_flows,
)
from analysis.report.measures.release import (
    blocking_bugs,
    by_milestone,
    n_release_blockers,
    release_facts,
    standing_bugs,
    why_none_stands,
)
from analysis.report.measures.release_cycle import cycle, fix_rate, fixed_in_cycle, why_none_fixed
from analysis.report.measures.replayed_queue import (
    better_orders,
    checks_held,
    forecast_rows,
    order_test,
    why_no_order_test,
)
from analysis.report.measures.review_hour import fitting, review_hour, review_minutes, why_none_fits
from analysis.report.measures.reviewers import (
    area_reviewers,
    area_reviews,
    review_coverage,
    stable_cores,
    why_no_reviewers,
    why_reviewers_unknown,
)
from analysis.report.measures.search import search_rows
from analysis.report.measures.similar_bugs import look_alikes, nearest_fixed, possibly_fixed, why_none_possibly_fixed
from analysis.report.measures.stable_branches import (
    backports,
    branch_columns,
    on_stable_branches,
    owed_by_branch,
    shared_tasks,
    why_no_backports,
    why_no_shared_tasks,
    why_none_on_stable,
)
from analysis.report.measures.stable_lacks import (
    branch_states,
    by_branch,
    counts_in_words,
    lacking,
    next_backports,
    requests_in_words,
)
from analysis.report.measures.start_tasks import Answer, StartTask, answers_of_counts, area_answers, area_steps
from analysis.report.measures.theme_history import (
    about_in_words,
    growth_test,
    growth_test_in_words,
    opened_by_half_year,
    theme_in_words,
    with_history,
)
from analysis.report.measures.themes import (
    in_theme,
    over_represented_modes,
    parts_of_theme,
    small_theme_pages,
    theme_facts,
    theme_growth,
    theme_in_depth,
    theme_label,
    theme_mode_matrix,
    theme_modes,
    theme_news,
    theme_overview,
    theme_pages,
    theme_words,
    why_no_themes,
    with_theme_pages,
    worth_a_page,
)
from analysis.report.measures.triage import (
    FIXED,
    by_tag,
    closed_bugs,
    open_close_counts,
    opened_bugs,
    period_start,
    recent_bugs,
    status_unknown,
    triage_facts,
    triage_in_words,
    untriaged_bugs,
    why_none_since,
    why_none_unknown,
    why_none_untriaged,
)
from analysis.report.measures.triage_proposals import (
    checked_tags,
    tag_checks_in_words,
    triage_proposals,
    why_no_checks,
    why_no_proposals,
)
from analysis.report.measures.waiting import (
    review_times,
    still_waiting,
    turn_medians,
    turns,
    turns_lasting,
    waiting_times,
)
