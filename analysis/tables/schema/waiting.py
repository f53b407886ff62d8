"""The tables of turns: whose turn it was, for how long, and how long such turns last."""

from analysis.tables.schema.states import WAITING_ON
from analysis.tables.schema.table import Column, Table

TURNS = Table(
    "turns",
    "one stretch of time in which one party had to act on a change",
    ("change_number", "turn_number"),
    {
        "change_number": Column("int", "changes.change_number"),
        "turn_number": Column("int", "from 1, in order of time"),
        "waiting_on": Column("str", "who had to act", WAITING_ON),
        "began_at": Column("time", "the event that gave the turn"),
        "ended_at": Column("time", "the event that took it; NA while it lasts"),
        "days": Column("float", "its length; of one that lasts, until as_of"),
        "is_over": Column("bool", "false: it still lasts, so its length is only a lower bound (censored)"),
    },
)

WAITING_CURVES = Table(
    "waiting_curves",
    "the share of turns that last longer than so many days (Kaplan-Meier)",
    ("area_id", "waiting_on", "days"),
    {
        "area_id": Column("str", "area; 'all' holds every change"),
        "waiting_on": Column("str", "whose turns", WAITING_ON),
        "days": Column("float", "length of the turn"),
        "share": Column("float", "estimated share of turns that last longer"),
        "share_low": Column("float", "lower end of its 95 % interval"),
        "share_high": Column("float", "upper end of its 95 % interval"),
    },
)

WAITING_MEDIANS = Table(
    "waiting_medians",
    "how long half of the turns last",
    ("area_id", "waiting_on"),
    {
        "area_id": Column("str", "area; 'all' holds every change"),
        "waiting_on": Column("str", "whose turns", WAITING_ON),
        "median_days": Column("float", "Kaplan-Meier median; NA when more than half still last"),
        "median_low": Column("float", "lower end of its 95 % interval; NA when the data do not bound it"),
        "median_high": Column("float", "upper end of its 95 % interval; NA when the data do not bound it"),
        "n_turns": Column("int", "turns"),
        "n_lasting": Column("int", "of these still lasting, counted as censored"),
    },
)
