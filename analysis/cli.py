"""The one entry point: arguments in, one call, an exit code out."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    return 0
