"""The meaning of each server's isolation levels in the model."""

from dataclasses import dataclass

from analysis.errors import QuotaLabError


@dataclass(frozen=True, slots=True)
class Rules:
    """The behaviour of a server at an isolation level."""

    database: str
    isolation: str
    has_snapshot: bool = False  # plain reads see the state at the transaction's first read
    fails_when_stale: bool = False  # changing a row that has changed since the snapshot is an error
    locks_gaps: bool = False  # a locking read that finds nothing keeps others from inserting it
    meets_inserts: bool = False  # a locking read waits for rows that others have inserted and not committed
    locks_reads: bool = False  # reads lock the rows that they look for, even absent ones
    has_one_writer: bool = False  # a first write locks everything
    # The snapshot is taken when the first statement starts, so a locking read that waits has an old one afterwards.
    snapshot_before_waiting: bool = False


_RULES = (
    Rules("postgresql", "READ COMMITTED"),
    Rules("postgresql", "REPEATABLE READ", has_snapshot=True, fails_when_stale=True, snapshot_before_waiting=True),
    # PostgreSQL detects dangerous structures instead of locking reads; both admit only serializable outcomes.
    Rules("postgresql", "SERIALIZABLE", locks_reads=True),
    Rules("mariadb", "REPEATABLE READ", has_snapshot=True, locks_gaps=True, meets_inserts=True),
    Rules("mariadb", "READ COMMITTED", meets_inserts=True),
    Rules("mariadb", "SERIALIZABLE", locks_gaps=True, meets_inserts=True, locks_reads=True),
    Rules("sqlite", "SERIALIZABLE", has_snapshot=True, fails_when_stale=True, has_one_writer=True),
)
RULES = {(rules.database, rules.isolation): rules for rules in _RULES}


def rules(database: str, isolation: str) -> Rules:
    """The rules of a level; SQLite has only one."""
    level_rules = RULES.get((database, "SERIALIZABLE" if database == "sqlite" else isolation))
    if level_rules is None:
        raise QuotaLabError(expected=f"a level among {list(RULES)}", found=f"{(database, isolation)}", do="correct it")
    return level_rules
