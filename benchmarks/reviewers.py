"""Who reviews a change next, told from the past alone: `python -m benchmarks.reviewers [FILE ...]`.

Changes are asked in order of time, in blocks: what was learned from the changes before a block ranks everybody for each
change in it, by what they had done when it was created. TOP10 is the share of changes of which one who did review is
among the first ten, MRR the mean of one over the place of the first of them. Beside it the order by number of reviews
so far. Then what it costs to spread the load: the second place goes to whom the load leaves time, more and more. Gini
is that of who is named among the first two, and beside it stands that of who reviewed. The halves are shown apart: the
spread was chosen after figures of both were seen, so neither is a test of it.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.judge import review_plan
from analysis.judge.forecast.event_index import Floats
from analysis.judge.review_plan.plan import SPREADS, best_reviewer
from benchmarks.rows import Row, leave, line
from benchmarks.turns import REAL, served

LOG = "gerrit-nova-closed-2012-04.json.gz"
BLOCK = 250
NO_SPREAD = (0.0, 0.0)
CURVE = (0.0, 0.5, 1.0, SPREADS[1], 4.0)
WEEK = 7.0


def measured(path: Path) -> Iterator[Row]:
    """A row for what was learned, one with the load spread, and one for the most active."""
    begun = time.process_time()
    t = served(path)
    reviews = review_plan.reviews_of(t["votes"], t["changes"], t["accounts"], review_label="Code-Review")
    fit = review_plan.ReviewerFit(t["changes"], t["change_files"], reviews)
    owner = t["changes"].set_index("change_number")["owner"].to_dict()
    rows = [row for row in fit.described() if row[3].any()]
    place = {account: at for at, account in enumerate(fit.people)}
    learned, active = list[Floats](), list[Floats]()
    for start in range(BLOCK, len(rows), BLOCK):
        first = rows[start][1]
        past = [(facts, who) for _, at, facts, who in rows[:start] if (first - at).days >= WEEK]
        fit.learn(past)
        for _, _, facts, _ in rows[start : start + BLOCK]:
            learned.append(fit.weigh(facts))
            active.append(facts[:, -1])
    asked = rows[BLOCK:]
    own = [place.get(owner[number], -1) for number, *_ in asked]
    days = [at.timestamp() / 86_400 for _, at, _, _ in asked]
    truth = [who for *_, who in asked]
    seconds = time.process_time() - begun
    name = path.name.split("-")[1]
    halves = {
        "": slice(None),
        ", earlier": slice(0, len(asked) // 2),
        ", later": slice(len(asked) // 2, None),
    }
    curve = [(f"second spread by {spread:g}", learned, (SPREADS[0], spread)) for spread in CURVE]
    for what, scores, spreads in (("learned", learned, NO_SPREAD), *curve, ("peer: most reviews", active, NO_SPREAD)):
        for half, part in halves.items():
            words = _quality(scores, truth, own, days, spreads, part)
            yield {"what": f"{name}: {what}{half}", "n": len(asked), "seconds": seconds, "beside": words}
    reviewed = np.sum(truth, axis=0).astype("float64")
    yield {
        "what": f"{name}: who reviewed",
        "n": len(asked),
        "seconds": seconds,
        "beside": f"Gini {_gini(reviewed):.3f}",
    }


def _quality(
    scores: list[Floats], truth: list[npt.NDArray[np.bool_]], own: list[int], days: list[float],
    spreads: tuple[float, ...], part: slice,
) -> str:  # fmt: skip
    """How good the order is on a part of the changes; the load is that of all until then."""
    load, counts = np.zeros(len(scores[0])), np.zeros(len(scores[0]))
    tops, places, before = [], [], days[0]
    counted = set(range(len(scores))[part])
    for at, (score, who, mine, day) in enumerate(zip(scores, truth, own, days, strict=True)):
        load *= 0.5 ** ((day - before) / WEEK)
        before = day
        left = score.copy()
        if mine >= 0:
            left[mine] = -np.inf
        order = np.argsort(-left, kind="stable")
        first = []
        for spread in spreads:
            first.append(best_reviewer(left, load, spread))
            left[first[-1]] = -np.inf
        order = np.array([*first, *(place for place in order if place not in first)])
        load[first] += 1
        if at in counted:
            place = int(np.flatnonzero(who[order])[0])
            tops.append(place < 10)
            places.append(1 / (place + 1))
            counts[first] += 1
    rng = np.random.default_rng(0)
    draws = rng.choice(len(places), (300, len(places)))
    parts = []
    for name, values in (("top-10", np.array(tops, float)), ("MRR", np.array(places))):
        low, high = np.quantile(values[draws].mean(axis=1), (0.025, 0.975))
        parts.append(f"{name} {values.mean():.3f} ({low:.3f} to {high:.3f})")
    return f"{', '.join(parts)}, Gini {_gini(counts):.3f}"


def _gini(values: Floats) -> float:
    ordered, n = np.sort(values), len(values)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))


def main() -> None:
    """Measure each log, print a row each, and leave them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="*", type=Path, metavar="FILE", help="saved answers of Gerrit with messages")
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--small", action="store_true", help="no difference here")
    arguments = parser.parse_args()
    logs = arguments.logs or [REAL / LOG]
    if not all(path.exists() for path in logs):
        print(f"left out: no real data in {REAL}")
        return
    rows = [row for path in logs for row in measured(path)]
    print("\n".join(line("reviewers", row) for row in rows))
    leave(arguments.json, rows)


if __name__ == "__main__":
    main()
