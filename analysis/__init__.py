"""Which bug fixes wait for review, per priority area. Importing this does nothing."""

__version__ = "0.1.0"
