"""The only module that prints, so that no text from a server can control the terminal."""

import sys


def say(text: object, *, is_error: bool = False) -> None:
    """Print the text, on the error stream if it is one."""
    print(printable(str(text)), file=sys.stderr if is_error else sys.stdout, flush=True)


def printable(text: str) -> str:
    """The text without what could drive a terminal: a control character becomes its \\x escape; lines stay lines."""
    return "".join(c if c == "\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)
