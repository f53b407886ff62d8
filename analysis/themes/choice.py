"""The number of themes, chosen from the data without looking at any label."""

import math

import numpy as np
from sklearn.preprocessing import normalize

from analysis.themes import consensus

# Parts of the rule of thumb that are tried. None above it: more themes split what readers hold together already.
TRIED = (1.0, 0.7, 0.5, 0.35, 0.25)
# So much better must subsamples agree on another number. On bug texts agreement is as good as flat (0.87 to 0.97 from a
# quarter of the rule of thumb up) and which number leads is chance; where the bugs do fall into a few heaps, one leads
# by more than this.
LEAD = 0.12
EQUAL = 0.02  # of numbers that are as good, the largest says most
# More themes than this are no overview: a theme can be divided on demand.
MOST = 60
N_RUNS = 4
N_INIT = 3
SAMPLE = 3_000


def rule_of_thumb(n: int) -> int:
    """sqrt(n) / 2: themes grow with the project, and so does what one theme holds.

    On three projects the agreement with the parts of the code that fixes touch is flat from half of it to twice it.
    """
    return min(max(2, round(math.sqrt(n) / 2)), MOST)


def number_of_themes(latent: np.ndarray, *, random_state: int) -> int:
    """The rule of thumb, or the smaller number of clusters on which subsamples of the data agree far better.

    Far better, because a number that jumped with every few new bugs, or with the seed, would rename every theme.
    """
    usual = min(rule_of_thumb(len(latent)), int(latent.shape[1]))
    sample = latent[:: max(1, len(latent) // SAMPLE)]
    tried = sorted({max(2, round(usual * part)) for part in TRIED if usual < len(sample)})
    if usual not in tried:
        return int(usual)
    agreed = {usual: _agreement(sample, usual, random_state)}
    if 1 - agreed[usual] <= LEAD:  # nothing agrees better than wholly, so that the others need not be tried
        return int(usual)
    agreed |= {k: _agreement(sample, k, random_state) for k in tried if k != usual}
    best = max(agreed.values())
    if best - agreed[usual] <= LEAD:
        return int(usual)
    return int(max(k for k in tried if agreed[k] > best - EQUAL))


def _agreement(latent: np.ndarray, k: int, random_state: int) -> float:
    return consensus.agreement(normalize(latent[:, :k]), k, n_runs=N_RUNS, n_init=N_INIT, random_state=random_state)
