"""The number of themes, chosen from the data without looking at any label."""

import numpy as np
import scipy.sparse as sp


def largest(n: int) -> int:
    return max(2, round(np.sqrt(n) / 2))


def number_of_themes(latent: np.ndarray, words: sp.csr_matrix, *, random_state: int) -> int:
    return min(largest(len(latent)), latent.shape[1])
