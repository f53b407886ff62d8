"""The pictures of the notebooks on quotas: curves over workers, schedules as lanes, bugs per cycle."""

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.report.figures import Picture, Table, table
from analysis.report.figures.picture import FULL, INK, LINE, QUIET, RULE, STYLE, TURN_COLOURS, canvas
from analysis.report.output_data import NOT_RUN
from quota_lab.journal import JsonObject
from quota_lab.measures.record import CLASSES

COLOURS = {"postgresql": LINE, "mariadb": TURN_COLOURS["reviewers"], "sqlite": TURN_COLOURS["owner"]}
CLASS_COLOURS = {"race": TURN_COLOURS["reviewers"], "leak": TURN_COLOURS["second_core"], "check": LINE}
PANELS = (  # design, column, least, most, what the axis says
    ("CountOnly", "over_share", "over_low", "over_high", "admissions over the limit"),
    ("CountAndRecheck", "false_share", "false_low", "false_high", "refusals certainly false"),
    ("Generation", "lost_per_request", None, None, "lost attempts per request"),
)


CYCLES = "Quota bugs fixed per cycle: races, accounting leaks, wrong checks"
UNREAD = "No candidate that was read is in the data, so how many were races, leaks or wrong checks is unknown."
NOTHING = f"{NOT_RUN}; python -m analysis quota-lab run --matrix full makes those that do."


def curves(counted: pd.DataFrame, *, name: str = "by_workers") -> Picture | Table:
    """The effect of contention, from 1 to 16 workers: the table of races.by_workers, drawn for three designs."""
    if counted.empty:
        return table(counted, name=name, caption="What contention does", empty=NOTHING)
    with matplotlib.rc_context(STYLE):
        figure = canvas(FULL, 2.9)
        for axes, (design, column, low, high, label) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
            _panel(axes, counted[counted["design"] == design], column, low, high)
            axes.set_title(f"{design}:\n{label}", fontsize=9, loc="left", color=INK)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    caption = "What happens as more workers ask at once for one project (bars: 95 % intervals)"
    columns = ["design", "database", "n_workers", "over_share", "false_share", "lost_per_request", "p50_ms"]
    numbers = table(counted[columns], name=name, caption=caption)
    alt = "Three line charts over 1 to 16 workers, one line a database. " + _ends(counted)
    return Picture(name, caption, alt, figure, numbers)


def _panel(axes: Axes, rows: pd.DataFrame, column: str, low: str | None, high: str | None) -> None:
    for database, on_database in rows.groupby("database"):
        x, y = on_database["n_workers"].astype(int), on_database[column].astype(float).fillna(0.0)
        colour = COLOURS[str(database)]
        axes.plot(x, y, marker="o", markersize=4, color=colour, label=str(database))
        if low and high:
            axes.vlines(x, on_database[low].astype(float), on_database[high].astype(float), color=colour, linewidth=1)
    axes.set_xscale("log", base=2)
    axes.set_xticks([1, 2, 4, 8, 16], ["1", "2", "4", "8", "16"])
    axes.set_ylim(bottom=0)
    axes.yaxis.grid(visible=True)


def _ends(counted: pd.DataFrame) -> str:
    most = counted[counted["n_workers"] == counted["n_workers"].max()]
    parts = []
    for design, column, _, _, label in PANELS:
        for row in most[most["design"] == design].to_dict("records"):
            value = "unknown" if pd.isna(row[column]) else f"{row[column]:.2f}"
            parts.append(f"{design} on {row['database']}, {row['n_workers']} workers: {label} {value}")
    return "; ".join(parts) + "."


def trace(example: JsonObject | None, *, name: str) -> Picture | Table:
    """A counter-example of schedules.example, drawn with a lane for each client and time downwards."""
    if example is None:
        return table(pd.DataFrame(), name=name, caption="A schedule", empty=NOTHING)
    moves = example["moves"]
    clients = sorted({move["client"] for move in moves})  # a client without a move needs no lane
    rows = pd.DataFrame(
        {
            "step": range(1, len(moves) + 1),
            "client": [move["client"] + 1 for move in moves],
            "statements": [_words(move) for move in moves],
        }
    )
    caption = example["story"].splitlines()[0]
    with matplotlib.rc_context(STYLE):
        figure = canvas(2.9 * len(clients), 0.6 + 0.36 * len(moves))
        _lanes(figure.subplots(), moves, clients)
    steps = table(rows, name=name, caption=caption)
    alt = "A schedule, step by step. " + " ".join(
        f"{row['step']}: client {row['client']} {row['statements']}." for row in rows.to_dict("records")
    )
    return Picture(name, caption, alt, figure, steps)


def _lanes(axes: Axes, moves: list[JsonObject], clients: list[int]) -> None:
    for lane, client in enumerate(clients):
        axes.axvline(lane, color=RULE, linewidth=1, zorder=0)
        axes.text(lane, -0.9, f"client {client + 1}", ha="center", va="bottom", color=INK, fontsize=9)
    for place, move in enumerate(moves):
        ended = move["ended"]
        colour = TURN_COLOURS["reviewers"] if move["is_crash"] or ended == "refused" else LINE if ended else QUIET
        lane = clients.index(move["client"])
        axes.plot(lane, place, marker="o", markersize=5, color=colour)
        axes.text(lane + 0.06, place, _words(move), va="center", fontsize=7.5, color=INK)
    axes.set_xlim(-0.2, len(clients))
    axes.set_ylim(len(moves) - 0.4, -1.4)
    axes.axis("off")


def _words(move: JsonObject) -> str:
    if move["is_crash"]:
        return "CRASHES"
    pairs = zip(move["steps"], move["answers"], strict=True)
    silent = ("Begin", "Think", "Backoff")
    parts = [_step_text(step, answer) for step, answer in pairs if step not in silent]
    if move.get("is_waiting"):
        parts.append("waits, its snapshot taken")
    return ", ".join(parts or [move["steps"][-1]]) + (f" ⇒ {move['ended']}" if move["ended"] else "")


def _step_text(step: str, answer: str) -> str:
    value = answer.replace("(", "").replace(")", "").rstrip(",")
    return step if value in ("None", "1", "") and not step.startswith(("Count", "Read")) else f"{step} → {value}"


def cycles(counted: pd.DataFrame, *, name: str = "quota_bugs_per_cycle") -> Picture | Table:
    """Quota bugs of three classes per cycle, raw counts, with the cut between reservations and counting.

    If no candidate was read, there is nothing to draw, and a sentence says so, because unread is not none.
    """
    if not int(counted[list(CLASSES)].sum().sum()):
        return table(counted.head(0), name=name, caption=CYCLES, empty=UNREAD)
    with matplotlib.rc_context(STYLE):
        figure = canvas(FULL, 3.2)
        axes = figure.subplots()
        bottom = [0] * len(counted)
        for kind, colour in CLASS_COLOURS.items():
            axes.bar(counted["cycle"], counted[kind].astype(int), bottom=bottom, color=colour, label=kind, width=0.7)
            bottom = [a + b for a, b in zip(bottom, counted[kind].astype(int), strict=True)]
        after = [place for place, cycle in enumerate(counted["cycle"]) if cycle == "Queens"]
        for place in after:
            axes.axvline(place - 0.5, color=INK, linewidth=1, linestyle=(0, (4, 3)))
            axes.text(place - 0.45, max(bottom), "reservations gone", va="top", fontsize=8, color=QUIET)
        axes.set_ylim(
            bottom=0, top=None if any(bottom) else 1
        )  # without bars matplotlib would label numbers below zero
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xticks(range(len(counted)), counted["cycle"], rotation=60, ha="right", rotation_mode="anchor")
        figure.legend(loc="outside upper left", ncols=3, frameon=False, labelcolor=INK)
    numbers = ", ".join(f"{c}: {n}" for c, n in zip(counted["cycle"], bottom, strict=True))
    return Picture(name, CYCLES, f"Stacked bar chart. {numbers}.", figure, table(counted, name=name, caption=CYCLES))
