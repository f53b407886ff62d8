"""Adapters: how each engine makes its schema, sets a limit, creates and deletes, and where its rows and tally are.

An adapter adds nothing to what the engine decides: it calls the engine's public functions in the order in which the
engine's own service calls them. The SQL of an adapter is asked by the laboratory over a connection of its own, so what
is counted is not what the engine says of itself.
"""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeAlias

Foreign: TypeAlias = Any  # what an engine's own library gives, whose types only its own interpreter has
Moving = Callable[[], AbstractContextManager[None]]  # around the call that makes or removes rows


class Adapter(ABC):
    """One engine in its own interpreter, on the databases of `urls` (name to SQLAlchemy address)."""

    resource: ClassVar[str]
    catalogs: ClassVar[tuple[str, ...]] = ("main",)
    tables: ClassVar[tuple[str, ...]]  # of the first catalogue, emptied before every race
    # Rows of (what, project, a, b, n), as quota_lab.sampler.LOOKS: rows, usages and open.
    looks: ClassVar[str]
    held: ClassVar[str]  # (identity of the instance, amount)
    has_tally: ClassVar[bool] = True
    can_expire: ClassVar[bool] = False
    uses_sqlalchemy: ClassVar[bool] = True  # so that its statements can be seen

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        self.urls = urls
        self.options = options

    @abstractmethod
    def make_schema(self) -> None:
        """Make the engine's tables in the empty catalogues."""

    @abstractmethod
    def configure(self, options: Mapping[str, object]) -> None:
        """Set what a variant says, in a process that is about to race."""

    @abstractmethod
    def set_limit(self, project: int, limit: int) -> None:
        """Give a project its limit."""

    @abstractmethod
    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Ask for one instance; whether it was admitted. What is neither raises."""

    @abstractmethod
    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """Give one instance back."""

    def expire(self) -> None:
        """Expire old reservations, where the engine can."""
        raise NotImplementedError

    def expire_at_once(self) -> None:
        """Make what is reserved from now on expire at once: for experiments of expiry against commit."""
        raise NotImplementedError


def module(name: str) -> Foreign:
    """A module of an engine, which only the engine's own interpreter has."""
    return importlib.import_module(name)


def usage_looks(rows: str, usages: str, reservations: str) -> str:
    """The looks of an engine with usage rows and reservations, from three SELECTs (see Adapter.looks)."""
    return f"{rows} UNION ALL {usages} UNION ALL {reservations}"
