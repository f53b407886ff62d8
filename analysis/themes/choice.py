"""The number of themes, chosen from the data without looking at any label."""

import math

import numpy as np
from sklearn.preprocessing import normalize

from analysis.themes import consensus

# Multiples of the rule of thumb that are tried. None above it: more themes split what readers hold together already.
TRIED = (0.6, 0.8, 1.0)
# More themes than this are no overview: a theme can be divided on demand.
MOST = 60
N_RUNS = 5
SAMPLE = 4_000


def rule_of_thumb(n: int) -> int:
    """sqrt(n) / 2: themes grow with the project, and so does what one theme holds.

    On three projects the agreement with the parts of the code that fixes touch is flat from half of it to twice it.
    """
    return min(max(2, round(math.sqrt(n) / 2)), MOST)


def largest(n: int) -> int:
    """The most themes tried among n bugs."""
    return max(2, round(rule_of_thumb(n) * TRIED[-1]))


def number_of_themes(latent: np.ndarray, *, random_state: int) -> int:
    """The number of clusters on which subsamples of the data agree best.

    The rule of thumb stands unless another number is better by more than the standard errors of both: a number that
    jumped with every few new bugs would rename every theme.
    """
    usual = min(rule_of_thumb(len(latent)), int(latent.shape[1]))
    sample = latent[:: max(1, len(latent) // SAMPLE)]
    tried = sorted({min(max(2, round(usual * factor)), latent.shape[1]) for factor in TRIED})
    found = {k: _agreement(sample, k, random_state) for k in tried if k < len(sample)}
    if usual not in found:
        return int(usual)
    best = max(found, key=lambda k: found[k][0])
    lead = found[best][0] - found[usual][0]
    return int(best if lead > found[best][1] + found[usual][1] else usual)


def _agreement(latent: np.ndarray, k: int, random_state: int) -> tuple[float, float]:
    directions = normalize(latent[:, :k])
    return consensus.agreement(directions, k, n_runs=N_RUNS, random_state=random_state)
