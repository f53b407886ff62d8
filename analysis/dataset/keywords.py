"""Checks of the arguments of questions: for a wrong keyword the error names the nearest one."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Signature, signature
from typing import ParamSpec, TypeVar

from analysis.dataset.name_lookup import nearest
from analysis.errors import UsageError

P = ParamSpec("P")
R = TypeVar("R")


class WrongKeywordError(UsageError, TypeError):
    """A question got an argument that it does not have: Python's TypeError, in three lines."""


def checked(question: Callable[P, R]) -> Callable[P, R]:
    """The question, which raises WrongKeywordError instead of a bare TypeError for wrong arguments."""

    @wraps(question)
    def ask(*values: P.args, **keywords: P.kwargs) -> R:
        parameters = signature(question)
        try:
            parameters.bind(*values, **keywords)
        except TypeError as cause:
            raise _error(question.__name__, parameters, str(cause), keywords) from None
        return question(*values, **keywords)

    return ask


def _error(name: str, taken: Signature, cause: str, keywords: Mapping[str, object]) -> WrongKeywordError:
    names = [each for each in taken.parameters if each != "self"]
    unknown = [each for each in keywords if each not in names]
    near = nearest(unknown[0], {each: each for each in names}) if unknown else []
    return WrongKeywordError(
        expected=f"nova.{name}({', '.join(names)})" if names else f"nova.{name}() with nothing in the brackets",
        found=f"{unknown[0]}={keywords[unknown[0]]!r}"[:100] if unknown else cause,
        do=f"try {', '.join(near)}" if near else f"nova.help({name!r}) says what it takes",
    )
