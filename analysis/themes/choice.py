"""The number of themes, chosen from the data without looking at any label."""

import math

import numpy as np
import scipy.sparse as sp


def largest(n: int) -> int:
    """The most themes looked for among n bugs."""
    return max(2, round(math.sqrt(n) / 2))


def number_of_themes(latent: np.ndarray, words: sp.csr_matrix, *, random_state: int) -> int:
    """The number of themes that these rows hold."""
    return int(min(largest(len(latent)), latent.shape[1]))
