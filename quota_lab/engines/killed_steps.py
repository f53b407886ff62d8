"""One create of an engine, killed before each of its statements in turn, and the rows that are left at rest."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import count

from analysis.errors import QuotaLabError
from quota_lab.engines import engine_race
from quota_lab.engines.engine_config import EngineConfig
from quota_lab.engines.forced_clients import KILL
from quota_lab.journal import JsonObject

LEFT = ("counted", "tallied", "reserved", "open_reservations")  # after the first, those that the engine has
SHOWN = 60  # characters of a statement that are kept


def every(host: engine_race.Host) -> Iterator[JsonObject]:
    """Each step at which the default variant's create can be killed, in a project whose usage rows exist.

    engine (its title), database, step (from 1), statement (the beginning of the one that was not sent any more, COMMIT
    included), left (LEFT). An engine whose statements cannot be observed has no steps.

    Raises QuotaLabError if a create ends otherwise than admitted or killed.
    """
    for step in count(1):
        row = _killed(host, step)
        if row is None:
            return
        yield row


def _killed(host: engine_race.Host, step: int) -> JsonObject | None:
    """The create killed before its statement of that number; None if it has fewer statements and was admitted."""
    config = EngineConfig(
        host.engine.titles[0], host.database.name, "killed", workers=1, limit=2, resources=(host.adapter.resource,),
        sizes=(1,),
    )  # fmt: skip
    host.clear()
    host.ask("prepare", settings=asdict(config))
    # Every statement contains the empty text.
    moves = [[0, "", step], [0, KILL, 1]]
    answer = host.ask("schedule", settings=asdict(config), requests=[["create", 1, 1]], moves=moves)
    (outcome,), (_, _, reached) = answer["outcomes"], answer["moves"][0]
    if outcome == "admitted":
        return None
    if outcome != "killed" or reached in ("waits", "gone"):
        raise QuotaLabError(
            expected=f"a create of {config.design} on {config.database} to reach statement {step} or to be admitted",
            found=f"{outcome}: {reached}",
            do="read the engine's log, and repeat it when the machine is less busy",
        )
    session = host.main.session()
    (rest,) = engine_race.at_rest(session, config, host.adapter)
    if "reservations" in host.adapter.tables and not host.adapter.has_tally:
        ((rest["open_reservations"],),) = session.run("SELECT COUNT(*) FROM reservations")
    session.close()
    return {
        "engine": config.design, "database": config.database, "step": step, "statement": reached[:SHOWN].rstrip(),
        "left": {name: rest[name] for name in LEFT if name in rest},
    }  # fmt: skip
