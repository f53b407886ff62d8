"""Nearest neighbours of sparse unit rows by cosine: exact, and in blocks, so that memory grows with the rows only."""

import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import normalize

BLOCK_CELLS = 1_000_000  # similarities in one dense block; sorting them takes 12 bytes each


def nearest(rows: sp.csr_matrix, among: sp.csr_matrix, n_neighbors: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions in `among` and similarities of the nearest rows, each of shape (n_rows, n_neighbors), nearest first.

    Ties go to the lower position, so that the same rows give the same neighbours. A row is its own neighbour where
    it is also in `among`. Fewer columns come back where `among` is small.
    """
    n_neighbors = min(n_neighbors, among.shape[0])
    columns = among.T.tocsr()
    block = max(1, BLOCK_CELLS // max(among.shape[0], 1))
    blocks = (rows[start : start + block] @ columns for start in range(0, rows.shape[0], block))
    parts = [highest(similarities.toarray(), n_neighbors) for similarities in blocks]
    if not parts:
        return np.empty((0, n_neighbors), np.intp), np.empty((0, n_neighbors), np.float32)
    return np.vstack([positions for positions, _ in parts]), np.vstack([scores for _, scores in parts])


def highest(scores: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The `n` highest scores of each row: their positions and themselves, highest first, ties at the lower position.

    Parameters
    ----------
    scores : ndarray of float, shape (n_rows, n_columns), without NaN
    n : int, > 0

    Returns
    -------
    two ndarrays of shape (n_rows, min(n, n_columns))
    """
    positions = (
        _highest_positions(scores, n) if n < scores.shape[1] else np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    )
    values = np.take_along_axis(scores, positions, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(positions, order, axis=1), np.take_along_axis(values, order, axis=1)


def _highest_positions(scores: np.ndarray, n: int) -> np.ndarray:
    """Positions of the `n` highest scores of each row, ascending; fewer than there are columns."""
    chosen = np.argpartition(-scores, n - 1, axis=1)[:, :n]
    least = np.take_along_axis(scores, chosen, axis=1).min(axis=1)
    # Where more have the last score than there is room for, argpartition takes any of them.
    for row in np.flatnonzero(np.count_nonzero(scores >= least[:, None], axis=1) > n):
        above = np.flatnonzero(scores[row] > least[row])
        tied = np.flatnonzero(scores[row] == least[row])
        chosen[row] = np.concatenate([above, tied[: n - len(above)]])
    chosen.sort(axis=1)
    return chosen


def weights(rows: sp.csr_matrix, *, n_neighbors: int, among: np.ndarray | None = None) -> sp.csr_matrix:
    """For each row the shares of its neighbours, by similarity: square, and each row sums to one.

    Neighbours are mutual: who has me among his nearest is a neighbour of mine. `among` are the positions that may be
    neighbours (default: all).
    """
    positions, scores = nearest(rows, rows if among is None else rows[among], n_neighbors + 1)
    if among is not None:
        positions = among[positions]
    scores = np.where(positions == np.arange(len(positions))[:, None], 0, scores)
    starts = np.arange(0, positions.size + 1, positions.shape[1])
    graph = sp.csr_matrix((scores.ravel(), positions.ravel(), starts), shape=(rows.shape[0], rows.shape[0]))
    graph.sum_duplicates()
    graph = graph.maximum(graph.T)
    graph.eliminate_zeros()
    shares: sp.csr_matrix = normalize(graph, norm="l1", copy=False)
    return shares
