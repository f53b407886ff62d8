"""The commands about areas: a skeleton from a priorities document, and how much the areas cover."""

import argparse
import sys

from analysis import areas
from analysis.errors import AreaFileError


def areas_import(given: argparse.Namespace) -> int:
    """Print a skeleton area file, and on the error stream what of the document could not be read."""
    try:
        text = given.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise AreaFileError(
            expected=f"a priorities document in {given.file}", found=str(cause), do="give the path of an .rst file"
        ) from cause
    skeleton = areas.import_priorities(text)
    print(skeleton.toml, end="")
    for line in skeleton.unread:
        print(f"not read: {line}", file=sys.stderr)
    return 0
