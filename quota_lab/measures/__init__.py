"""The numbers of the notebooks on quotas: the races, the explorer's findings, and the record of quota bugs."""

from quota_lab.measures import (
    claims,
    engines,
    killed_creates,
    liberty,
    pictures,
    races,
    record,
    removal,
    schedules,
    subjects,
    summary,
    traces,
)

__all__ = [
    "claims",
    "engines",
    "killed_creates",
    "liberty",
    "pictures",
    "races",
    "record",
    "removal",
    "schedules",
    "subjects",
    "summary",
    "traces",
]
