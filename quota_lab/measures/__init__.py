"""What the notebooks on quotas show: the races, what the explorer found, and the record of quota bugs."""

from quota_lab.measures import claims, engines, liberty, pictures, races, record, schedules, subjects, summary, traces

__all__ = ["claims", "engines", "liberty", "pictures", "races", "record", "schedules", "subjects", "summary", "traces"]
