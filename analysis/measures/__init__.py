"""The numbers in the reports: tables in, tables out. Every page that shows a number asks the same function for it."""

from analysis.measures.areas import area, area_facts, at_a_glance, in_area, with_area_titles
from analysis.measures.backlog import backlog, trends
from analysis.measures.backports import backports, by_branch, why_no_backports
from analysis.measures.bugs import bugs_without_fix, open_bugs, why_no_bugs, with_bug_areas, without_fix_by_area
from analysis.measures.bugs_since import bugs_since, why_no_bug_news
from analysis.measures.contradictions import by_rule, contradictions, why_no_contradictions
from analysis.measures.cycle import cycle, fixed_in_cycle, pace, why_none_fixed
from analysis.measures.exploring import choices, chosen, with_names
from analysis.measures.fixes import each_once, for_others, for_review, open_fixes, unreviewed, why_none_unreviewed
from analysis.measures.glance import do_next, with_news, with_trend
from analysis.measures.limits import Limits, breaches, why_no_breach
from analysis.measures.overview import instant, joined, newest, totals
from analysis.measures.quality import freshness, link_evidence, sources, suggestions, unread
from analysis.measures.release import by_milestone, release_facts, standing_bugs, why_none_stands
from analysis.measures.review_times import review_times, still_waiting
from analysis.measures.reviewers import area_reviews, review_coverage, reviewers, why_no_reviewers
from analysis.measures.reviews import on_stable_branches, open_reviews
from analysis.measures.series import competing, rescues, stacks
from analysis.measures.since import each_event_once, news_by_area, since, why_no_news, with_time
from analysis.measures.still_open import every_open_bug, open_bug_facts, why_no_open_bug
from analysis.measures.tasks import shared_tasks, why_no_shared_tasks
from analysis.measures.theme_page import in_theme, theme_facts, theme_modes, theme_words, with_theme_pages, worth_a_page
from analysis.measures.themes import (
    heat,
    look_alikes,
    movers,
    nearest_fixed,
    parts_of_theme,
    standing_out,
    theme_cells,
    theme_in_depth,
    theme_label,
    theme_news,
    theme_overview,
    theme_to_show,
    why_no_themes,
)
from analysis.measures.triage import (
    by_tag,
    closed,
    flow,
    opened,
    recent_bugs,
    triage_facts,
    triage_in_words,
    untriaged,
    why_none_since,
    why_none_untriaged,
    window,
)
from analysis.measures.waiting import turn_medians, turns, turns_lasting, waiting_times
from analysis.measures.web import bug_url, change_url, dashboards, with_addresses
from analysis.visible import visible_bugs, visible_changes

__all__ = [
    "Limits", "area", "area_facts", "area_reviews", "at_a_glance", "backlog", "backports", "breaches", "bug_url",
    "bugs_since", "bugs_without_fix", "by_branch", "by_milestone", "by_rule", "by_tag", "change_url", "choices",
    "chosen", "closed", "competing", "contradictions", "cycle", "dashboards", "do_next", "each_event_once",
    "each_once", "every_open_bug", "fixed_in_cycle", "flow", "for_others", "for_review", "freshness", "heat",
    "in_area", "in_theme", "instant", "joined", "link_evidence", "look_alikes", "movers", "nearest_fixed", "newest",
    "news_by_area", "on_stable_branches", "open_bug_facts", "open_bugs", "open_fixes", "open_reviews", "opened",
    "pace", "parts_of_theme", "recent_bugs", "release_facts", "rescues", "review_coverage", "review_times",
    "reviewers", "shared_tasks", "since", "sources", "stacks", "standing_bugs", "standing_out", "still_waiting",
    "suggestions", "theme_cells", "theme_facts", "theme_in_depth", "theme_label", "theme_modes", "theme_news",
    "theme_overview", "theme_to_show", "theme_words", "totals", "trends", "triage_facts", "triage_in_words",
    "turn_medians", "turns", "turns_lasting", "unread", "unreviewed", "untriaged", "visible_bugs",
    "visible_changes", "waiting_times", "why_no_backports", "why_no_breach", "why_no_bug_news", "why_no_bugs",
    "why_no_contradictions", "why_no_news", "why_no_open_bug", "why_no_reviewers", "why_no_shared_tasks",
    "why_no_themes", "why_none_fixed", "why_none_since", "why_none_stands", "why_none_unreviewed",
    "why_none_untriaged", "window", "with_addresses", "with_area_titles", "with_bug_areas", "with_names",
    "with_news", "with_theme_pages", "with_time", "with_trend", "without_fix_by_area", "worth_a_page",
]  # fmt: skip
