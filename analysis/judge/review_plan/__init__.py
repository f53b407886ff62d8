"""Suggested reviewers for each fix: suitable by files and past reviews, one of them a core, within their time."""

from analysis.judge.review_plan.capacity import Capacity
from analysis.judge.review_plan.fit import ReviewerFit, reviews_of
from analysis.judge.review_plan.plan import plan

__all__ = ["Capacity", "ReviewerFit", "plan", "reviews_of"]
