"""The numbers in the reports: tables in, tables out. Every page that shows a number asks the same function for it."""

from analysis.measures.areas import area, area_facts, at_a_glance
from analysis.measures.bugs import bugs_without_fix, open_bugs, why_no_bugs, without_fix_by_area
from analysis.measures.fixes import each_once, for_others, for_review, open_fixes
from analysis.measures.overview import coverage, instant, newest, totals
from analysis.measures.reviews import open_reviews
from analysis.measures.visible import visible_bugs, visible_changes
from analysis.measures.waiting import turns, waiting_times
from analysis.measures.web import bug_url, change_url, with_addresses

__all__ = [
    "area", "area_facts", "at_a_glance", "bug_url", "bugs_without_fix", "change_url", "coverage", "each_once",
    "for_others", "for_review", "instant", "newest", "open_bugs", "open_fixes", "open_reviews", "totals",
    "turns", "visible_bugs", "visible_changes", "waiting_times", "why_no_bugs", "with_addresses",
    "without_fix_by_area",
]  # fmt: skip
