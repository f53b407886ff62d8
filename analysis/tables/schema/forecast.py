"""The tables of forecasts: the chance of each open change, of how many merge, what came of them, and of past queues."""

from analysis.tables.schema.table import Column, Table

OWNER_GROUPS = ("all", "newcomers", "insiders")
NO_SINGLE_ACT = "no single act"
# The acts after which changes merge, of which a forecast names one.
FORECAST_ACTS = ("new patch set", "positive vote", "core vote", "negative votes settled", NO_SINGLE_ACT)
_CHANCE = "chance to be merged within so many weeks; NA where too little is known"
_TOTALS = {
    "owners": Column(
        "str", "whose changes: all, newcomers (no merged change of theirs is known) or insiders", OWNER_GROUPS
    ),
    "weeks": Column("int", "from then on"),
    "n_open": Column("int", "changes that were open and have a forecast"),
    "expected_merges": Column("float", "sum of their chances to be merged; NA without a forecast"),
    "n_low": Column("int", "lower end of the 90 % interval; NA without a forecast"),
    "n_high": Column("int", "upper end of the 90 % interval; NA without a forecast"),
}

FORECASTS = Table(
    "forecasts",
    "an open change with its chance to be merged",
    ("change_number",),
    {
        "change_number": Column("int", "changes.change_number"),
        "chance_2_weeks": Column("float", _CHANCE),
        "chance_4_weeks": Column("float", _CHANCE),
        "chance_12_weeks": Column("float", _CHANCE),
        "is_newcomer": Column("bool", "no merged change of its owner is known; NA where too few merges are"),
        "waits_for": Column("str", "the act after which such changes merged most often, if it adds .02", FORECAST_ACTS),
    },
)

FORECAST_TOTALS = Table(
    "forecast_totals",
    "how many open changes are expected to be merged",
    ("owners", "weeks"),
    dict(_TOTALS),
)

FORECAST_CHECKS = Table(
    "forecast_checks",
    "an earlier forecast beside what came of it",
    ("instant_at", "owners", "weeks"),
    {
        "instant_at": Column("time", "the instant of the forecast; nothing later was read for it"),
        **_TOTALS,
        "n_merged": Column("int", "how many of them were merged in that time"),
        "auc": Column("float", "chance that a change that was merged had the higher forecast than one that was not"),
        "auc_recent": Column("float", "the same of the order by newest patch set; NA where none or all were merged"),
    },
)

_PLACE = "its place by {}, from 1 among the fixes of that instant"
REPLAYED_QUEUE = Table(
    "replayed_queue",
    "a fix that waited for a reviewer at a past instant, its place in each order, and what came of it",
    ("instant_at", "change_number"),
    {
        "instant_at": Column("time", "the past instant; nothing later decided a place"),
        "change_number": Column("int", "changes.change_number"),
        "size_lines": Column("int", "insertions + deletions, lines"),
        "importance": Column("str", "importance of its most important bug; NA where unknown"),
        "place_priority": Column("int", _PLACE.format("the score of the project file")),
        "place_age": Column("int", _PLACE.format("age, the oldest first")),
        "place_importance": Column("int", _PLACE.format("importance, then the longest wait")),
        "place_recent": Column("int", _PLACE.format("its last patch set, the newest first")),
        "place_small": Column("int", _PLACE.format("lines, the smallest first")),
        "is_merged": Column("bool", "merged within twelve weeks"),
        "is_merged_as_it_stood": Column(
            "bool", "merged within twelve weeks without new code, by reviews alone; NA where uploads are not dated"
        ),
    },
)
