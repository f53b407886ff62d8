"""The stages as a graph: faults in their order, and the graph as a text table or for Graphviz."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

from analysis.build.stage import Stage

WIDTHS = (18, 32, 32, 32)  # widths of the columns, in characters: together that of a terminal


def faults(stages: Sequence[Stage], served: Collection[str]) -> list[str]:
    """The faults of the line, one sentence each; empty for a line that can run.

    Parameters
    ----------
    stages : in the order in which they run
    served : the tables that are written before the first stage
    """
    n_writers = Counter(name for stage in stages for name in stage.writes)
    sentences = [f"{stage}: {n} stages have this name" for stage, n in Counter(s.name for s in stages).items() if n > 1]
    sentences += [f"{table}: {n} stages write it" for table, n in n_writers.items() if n > 1]
    sentences += [f"{table}: served, and written by a stage" for table in n_writers if table in served]
    at_hand = set(served)
    hidden_ended = False
    for stage in stages:
        for table in [*stage.reads, *stage.streams]:
            if table not in served and table not in n_writers:
                sentences.append(f"{stage.name} reads {table}, which nobody writes")
            elif table not in at_hand:
                sentences.append(f"{stage.name} reads {table}, which is written later")
        sentences += [
            f"{stage.name} reads in parts {table}, which is not served" for table in set(stage.streams) - set(served)
        ]
        if stage.reads_hidden and hidden_ended:
            sentences.append(
                f"{stage.name} reads hidden rows, which an earlier stage may not: it must come before that one"
            )
        hidden_ended = hidden_ended or not stage.reads_hidden
        at_hand.update(stage.writes)
    return sentences


def as_text(stages: Sequence[Stage], served: Collection[str]) -> str:
    """The stages as a text table: name, the stages that its tables come from, what it reads and writes."""
    writers = {table: stage.name for stage in stages for table in stage.writes}
    rows = [("stage", "after", "reads as served", "writes")]
    for stage in stages:
        reads = [*stage.reads, *(f"{table} (in parts)" for table in stage.streams)]
        after = dict.fromkeys(writers[table] for table in stage.reads if table in writers)
        rows.append(
            (
                stage.name + (" *" if stage.reads_hidden else ""),
                ", ".join(after),
                ", ".join(table for table in reads if table.removesuffix(" (in parts)") in served),
                ", ".join(stage.writes) + ("" if stage.is_saved else " (not saved)"),
            )
        )
    lines = [line for row in rows for line in _wrapped(row)]
    note = "* with the rows of private bugs and changes; all later stages are without them"
    return "\n".join([*lines, *([note] if any(stage.reads_hidden for stage in stages) else [])])


def _wrapped(row: Sequence[str]) -> Iterator[str]:
    """One row as lines of text; a cell that is too long for its column is wrapped."""
    cells = [wrap(text, width) for text, width in zip(row, WIDTHS, strict=True)]
    for parts in zip_longest(*cells, fillvalue=""):
        yield "  ".join(part.ljust(width) for part, width in zip(parts, WIDTHS, strict=True)).rstrip()


def as_dot(stages: Sequence[Stage], served: Collection[str]) -> str:
    """The stages as text for Graphviz: stages are boxes, served tables are ellipses, an edge names its table."""
    writers = {table: stage.name for stage in stages for table in stage.writes}
    lines = ["digraph stages {", "  rankdir=LR;", "  node [shape=box];"]
    read = dict.fromkeys(table for stage in stages for table in [*stage.reads, *stage.streams] if table in served)
    lines += [f'  "served {table}" [label="{table}", shape=ellipse];' for table in read]
    lines += [f'  "{stage.name}";' for stage in stages]
    for stage in stages:
        for table in [*stage.reads, *stage.streams]:
            if table in writers:
                lines.append(f'  "{writers[table]}" -> "{stage.name}" [label="{table}"];')
            else:
                lines.append(f'  "served {table}" -> "{stage.name}";')
    return "\n".join([*lines, "}"])
