"""Who reviews a change next, told from the past alone: `python -m benchmarks.reviewers [FILE ...]`.

Changes are asked in order of time, in blocks: what was learned from the changes before a block ranks everybody for each
change in it, by what they had done when it was created. TOP10 is the share of changes of which one who did review is
among the first ten, MRR the mean of one over the place of the first of them. Beside it the order by number of reviews
so far. Then what it costs to spread the load: somebody else is named where that loses less than the price of their
load, for several prices. Nobody is named before their first review. Gini is that of who is named among the first two,
among all who had reviewed by then, and beside it stands that of who reviewed; `second` is the share of changes that the
second person did review. The price is the least that lowers the Gini by 30 % on the earlier half. It comes from that
half alone; the form of the price was chosen with both halves in view. The later half tells what it costs.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.judge import review_plan
from analysis.judge.forecast.event_index import Floats
from analysis.judge.review_plan.plan import best_reviewer, chances
from benchmarks.rows import Row, leave, line
from benchmarks.turns import REAL, served

LOG = "gerrit-nova-closed-2012-04.json.gz"
BLOCK = 250
DRAWS = 300
PRICES = tuple(thousandths / 1_000 for thousandths in range(6, 31, 2))
GAIN = 0.3  # by which the Gini is to fall
WEEK, MONTH = 7.0, 30.0  # days; after a month what somebody was named for is half as much load


def measured(path: Path) -> Iterator[Row]:
    """A row for what was learned, one with the load spread, and one for the most active."""
    begun = time.process_time()
    t = served(path)
    reviews = review_plan.reviews_of(t["votes"], t["changes"], t["accounts"], review_label="Code-Review")
    fit = review_plan.ReviewerFit(t["changes"], t["change_files"], reviews)
    owner = t["changes"].set_index("change_number")["owner"].to_dict()
    rows = [row for row in fit.described() if row[3].any()]
    name = path.name.split("-")[1]
    if len(rows) < 2 * BLOCK:
        yield {"what": f"{name}: learned", "missing": f"{len(rows)} reviewed changes, fewer than {2 * BLOCK}"}
        return
    place = {account: at for at, account in enumerate(fit.people)}
    learned, active = list[Floats](), list[Floats]()
    for start in range(BLOCK, len(rows), BLOCK):
        first = rows[start][1]
        past = [(facts, who) for _, at, facts, who in rows[:start] if (first - at).days >= WEEK]
        fit.learn(past)
        for _, _, facts, _ in rows[start : start + BLOCK]:
            is_known = facts[:, -1] > 0
            learned.append(np.where(is_known, fit.weigh(facts), -np.inf))
            active.append(np.where(is_known, facts[:, -1], -np.inf))
    asked = rows[BLOCK:]
    own = [place.get(owner[number], -1) for number, *_ in asked]
    days = [at.timestamp() / 86_400 for _, at, _, _ in asked]
    truth = [who for *_, who in asked]
    seconds = time.process_time() - begun
    halves = {
        "": slice(None),
        ", earlier": slice(0, len(asked) // 2),
        ", later": slice(len(asked) // 2, None),
    }
    qualities: dict[tuple[str, str], Quality] = {}
    priced = [(f"load at {price:g}", learned, price) for price in PRICES]
    for what, scores, price in (("learned", learned, 0.0), *priced, ("peer: most reviews", active, 0.0)):
        named = _named(scores, own, days, price)
        for half, part in halves.items():
            quality = Quality(scores[part], truth[part], named[part])
            qualities[what, half] = quality
            words = quality.words(qualities["learned", half])
            yield {"what": f"{name}: {what}{half}", "n": len(asked), "seconds": seconds, "beside": words}
    for half, part in halves.items():
        reviewed = np.sum(truth[part], axis=0).astype("float64")[np.isfinite(learned[part][-1])]
        words = f"Gini {_gini(reviewed):.3f}"
        yield {"what": f"{name}: who reviewed{half}", "n": len(asked), "seconds": seconds, "beside": words}
    falls = {
        price: qualities[f"load at {price:g}", ", earlier"].fall(qualities["learned", ", earlier"]) for price in PRICES
    }
    enough = [price for price, fall in falls.items() if fall >= GAIN]
    words = f"the least price with {GAIN:.0%} less Gini on the earlier half is {min(enough, default=np.nan):g}"
    yield {"what": f"{name}: chosen", "n": len(asked), "seconds": seconds, "beside": words}


def _named(scores: list[Floats], own: list[int], days: list[float], price: float) -> list[list[int]]:
    """For each change the two people who are named, in order of time; the load is that of all changes until then."""
    load, before, named = np.zeros(len(scores[0])), days[0], []
    for score, mine, day in zip(scores, own, days, strict=True):
        load *= 0.5 ** ((day - before) / MONTH)
        before = day
        left = score.copy()
        if mine >= 0:
            left[mine] = -np.inf
        first = best_reviewer(left, load, price=price)
        missed = 1 - float(chances(left[first]))
        left[first] = -np.inf
        named.append([first, best_reviewer(left, load, place=2, missed=missed, price=price)])
        load[named[-1]] += 1
    return named


class Quality:
    """How good the named people and the order after them are on a part of the changes."""

    def __init__(self, scores: list[Floats], truth: list[npt.NDArray[np.bool_]], named: list[list[int]]) -> None:
        places, seconds = [], []
        for score, who, first in zip(scores, truth, named, strict=True):
            order = [*first, *(person for person in np.argsort(-score, kind="stable") if person not in first)]
            places.append(int(np.flatnonzero(who[order])[0]) + 1)
            seconds.append(who[first[1]])
        self.places, self.second, self.named = np.array(places), np.array(seconds, float), np.array(named)
        self.people = np.flatnonzero(np.isfinite(scores[-1]))  # who had reviewed by then
        self.gini = self._gini_of(np.arange(len(places)))

    def _gini_of(self, changes: npt.NDArray[np.int64]) -> float:
        counts = np.bincount(self.named[changes].ravel(), minlength=self.people.max() + 1)
        return _gini(counts[self.people].astype("float64"))

    def fall(self, other: "Quality") -> float:
        """By which share the Gini is lower than that of the other."""
        return 1 - self.gini / other.gini

    def words(self, plain: "Quality") -> str:
        """The figures with what holds 95 of 100 draws of the changes, beside those without a price."""
        draws = np.random.default_rng(0).choice(len(self.places), (DRAWS, len(self.places)))
        lost = 1 / plain.places - 1 / self.places
        figures = {"top-10": self.places <= 10, "MRR": 1 / self.places, "lost": lost, "second": self.second}
        parts = []
        for name, values in figures.items():
            low, high = np.quantile(values[draws].mean(axis=1), (0.025, 0.975))
            parts.append(f"{name} {values.mean():.3f} ({low:.3f} to {high:.3f})")
        falls = np.array([1 - self._gini_of(draw) / plain._gini_of(draw) for draw in draws])
        # a draw has some changes twice and so a higher Gini: its spread is that of the figure, its mean is not
        low, high = np.quantile(falls - falls.mean() + self.fall(plain), (0.025, 0.975))
        return f"{', '.join(parts)}, Gini {self.gini:.3f}, lower by {self.fall(plain):.1%} ({low:.1%} to {high:.1%})"


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
