"""What the notebooks on quotas show: the races, what the explorer found, and the record of quota bugs."""

from analysis.quota_lab.measures import claims, pictures, races, record, schedules

__all__ = ["claims", "pictures", "races", "record", "schedules"]
