"""The one entry point: arguments in, one call, an exit code out."""

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from analysis.cli.output import say
from analysis.cli.parser import parser
from analysis.errors import AnalysisError, StoreError

INTERRUPTED = 130
UNREAD = 141
# The errors of a full disk, of missing permissions, and of a file where a folder should be: none is a bug of ours.
OF_THE_DISK = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM,
    errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP,
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    An expected error prints its three lines and gives its class's code, and so does a disk that cannot be written or
    read; anything else keeps its traceback, because it is our bug.
    """
    try:
        parsed = parser().parse_args(arguments)
        code: int = _function(parsed.run)(parsed)
    except AnalysisError as error:
        say(error, is_error=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output, such as `head`, has closed the pipe. Python would complain again when it closes its
        # end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except OSError as error:
        if error.errno not in OF_THE_DISK:
            raise
        refusal = _disk(error)
        say(refusal, is_error=True)
        return refusal.exit_code
    except KeyboardInterrupt:
        say("interrupted; what was stored is kept, and the same command goes on from there", is_error=True)
        return INTERRUPTED
    return code


def _disk(error: OSError) -> StoreError:
    return StoreError(
        expected=f"to use {error.filename or 'the disk'}",
        found=error.strerror or str(error),
        do="make room, or make it readable and writable, or choose another place; then run the same command again",
    )


def _function(name: str) -> Callable[[argparse.Namespace], int]:
    """The function of a command, such as `build.build`. Its module is imported only now, so that `--help` is fast."""
    module, _, function = name.partition(".")
    command: Callable[[argparse.Namespace], int] = getattr(import_module(f"analysis.cli.{module}"), function)
    return command
