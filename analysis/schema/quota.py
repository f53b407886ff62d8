"""The table that the quota laboratory writes."""

from analysis.schema.table import Column, Table

QUOTA_REQUESTS = Table(
    "quota_requests",
    "one request in one race, with its outcome",
    ("run_id", "request_id"),
    {
        "run_id": Column("str", "one race: design, database, isolation, settings, seed and repetition"),
        "request_id": Column("int", "from 0 in its run"),
        "design": Column("str", "name of the design"),
        "database": Column("str", "sqlite, postgresql or mariadb"),
        "isolation": Column("str", "isolation level as the server reports it"),
        "outcome": Column("str", "admitted, refused, error, crashed, ..."),
        "latency_ms": Column("float", "milliseconds from call to answer; NA for a crash"),
    },
)
