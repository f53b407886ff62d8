"""The centre of each theme, and how far its bugs are from it."""

import numpy as np
import scipy.sparse as sp


def sums(rows: sp.csr_matrix, labels: np.ndarray, n_themes: int) -> sp.csr_matrix:
    """The sum of each theme's rows, shape (n_themes, n_terms); made to unit length, it is the theme's centre."""
    placed = np.flatnonzero(labels >= 0)
    members = sp.csr_matrix((np.ones(len(placed)), (labels[placed], placed)), (n_themes, len(labels)))
    return members @ rows


def distances(rows: sp.csr_matrix, labels: np.ndarray, centres: sp.csr_matrix) -> np.ndarray:
    """1 - cosine of each row to its own theme's centre, in 0..1; NaN for a row without a theme."""
    near = (rows @ centres.T).toarray()[np.arange(len(labels)), np.maximum(labels, 0)]
    return np.where(labels < 0, np.nan, np.clip(1 - near, 0, 1))
