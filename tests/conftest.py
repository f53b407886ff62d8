"""Fixtures for every test."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import settings

from analysis import twin
from analysis.quota_lab import databases

# A slow machine is no bug: no test is judged by the clock.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

REAL = Path(__file__).parents[2] / "shared" / "real"


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """No test reaches the real Launchpad or Gerrit: a forgotten address fails here."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"expected a loopback address, found {address}: start the twin instead")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def real_data():
    """The folder of real data beside the project; a test that needs it is skipped by name where it is absent."""
    if not REAL.is_dir():
        missing("the real data (folder shared/real beside the project)")
    return REAL


@pytest.fixture(scope="module")
def served(world):
    """The world of the module that asks, over HTTP."""
    with twin.Server(world) as server:
        yield server


def running(name):
    """For a fixture: the database server of that name, and its end."""
    lack = databases.missing().get(name)
    if lack:
        missing(lack)
    with databases.named(name)() as database:
        yield database


def missing(what):
    """Skip for a part that this machine lacks; where ANALYSIS_REQUIRE is set (CI sets it), fail instead."""
    if os.environ.get("ANALYSIS_REQUIRE"):
        pytest.fail(f"{what} is missing, and ANALYSIS_REQUIRE says that it must be here")
    pytest.skip(f"{what} is missing")
