"""What the messages on a change tell: its course, the votes on it, and that somebody asked something."""

from analysis.events.casting import cast, told_at_upload
from analysis.events.course import asks, last_at, of

__all__ = ["asks", "cast", "last_at", "of", "told_at_upload"]
