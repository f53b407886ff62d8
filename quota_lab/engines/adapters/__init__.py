"""Adapters: how each engine creates its schema, sets a limit, creates and deletes, and where it keeps its rows.

An adapter decides nothing itself: it calls the engine's public functions in the order in which the engine's own service
calls them. The laboratory runs the SQL of an adapter over a connection of its own, so it counts rows and does not rely
on the engine's own answers.
"""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeAlias

Foreign: TypeAlias = Any  # an object of an engine's library, whose types only the engine's interpreter has
Moving = Callable[[], AbstractContextManager[None]]  # around the call that inserts or deletes rows


class Adapter(ABC):
    """One engine in its own interpreter, on the databases of `urls` (name to SQLAlchemy address)."""

    resource: ClassVar[str]
    catalogs: ClassVar[tuple[str, ...]] = ("main",)
    tables: ClassVar[tuple[str, ...]]  # of the first database, emptied before every race
    # Rows of (what, project, a, b, n), as in quota_lab.sampler.COUNTER_QUERY: rows, usages and open.
    counter_query: ClassVar[str]
    instance_query: ClassVar[str]  # (identity of the instance, amount)
    usage_query: ClassVar[str] = ""  # (in use, reserved) of every row of the tally; empty where it has no such rows
    has_tally: ClassVar[bool] = True
    can_expire: ClassVar[bool] = False
    uses_sqlalchemy: ClassVar[bool] = True  # if so, its statements can be observed

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        self.urls = urls
        self.options = options

    @abstractmethod
    def make_schema(self) -> None:
        """Create the engine's tables in the empty databases."""

    @abstractmethod
    def configure(self, options: Mapping[str, object]) -> None:
        """Set the options of a variant, in a process that is about to race."""

    @abstractmethod
    def set_limit(self, project: int, limit: int) -> None:
        """Give a project its limit."""

    @abstractmethod
    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Ask for one instance and return whether it was admitted; any other answer raises."""

    @abstractmethod
    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """Give one instance back."""

    def resize(self, project: int, instance: str, delta: int, moving: Moving) -> bool:
        """Request that an instance grows by `delta`, or shrinks if it is negative; return whether it was admitted."""
        raise NotImplementedError

    def expire(self) -> None:
        """Expire old reservations, if the engine can."""
        raise NotImplementedError

    def expire_at_once(self) -> None:
        """Let new reservations expire at once, for experiments of expiry against commit."""
        raise NotImplementedError


def module(name: str) -> Foreign:
    """A module of an engine, which only the engine's own interpreter can import."""
    return importlib.import_module(name)


def usage_counter_query(rows: str, usages: str, reservations: str) -> str:
    """The value of Adapter.counter_query for an engine with usage rows and reservations, from three SELECTs."""
    return f"{rows} UNION ALL {usages} UNION ALL {reservations}"
