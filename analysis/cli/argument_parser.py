"""An argparse parser whose errors have three parts; for a typo they name the nearest command, option or choice."""

import argparse
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from analysis.errors import UsageError

UNRECOGNIZED = "unrecognized arguments: "


def program() -> str:
    """The command as it was typed: without a checkout, `python -m analysis` may not exist for the user."""
    installed = "bugfix-analysis"
    return installed if Path(sys.argv[0]).stem == installed else "python -m analysis"


class ArgumentParser(argparse.ArgumentParser):
    """A parser of the command line or of one command. Raises UsageError where argparse would print usage and exit."""

    def _check_value(self, action: argparse.Action, value: object) -> None:
        # argparse's own check reports a choice in one sentence, which we would have to take apart again.
        if action.choices is not None and value not in action.choices:
            kind = action.option_strings[0] if action.option_strings else "command"
            option = action.option_strings[0] if action.option_strings else self.prog
            raise UsageError.unknown_name(str(value), map(str, action.choices), kind=kind, option=option)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's message, and with the nearest option if there is one."""
        typed = [word.partition("=")[0] for word in message.removeprefix(UNRECOGNIZED).split() if word.startswith("--")]
        is_typo = message.startswith(UNRECOGNIZED) and typed
        near = get_close_matches(typed[0], sorted(set(_options(self))), n=1) if is_typo else []
        raise UsageError(
            expected=self.format_usage().strip().replace("usage: ", "a command line such as ").split("\n")[0],
            found=message,
            do=f"write {near[0]}" if near else f"see `{self.prog} --help`",
        )


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Every option of a parser and of the commands below it."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _options(below)
