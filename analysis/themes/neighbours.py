"""Nearest neighbours of sparse unit rows by cosine: exact, and in blocks, so that memory grows with the rows only."""

import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import normalize

BLOCK_CELLS = 2_000_000  # similarities in one dense block; sorting them takes 12 bytes each


def nearest(rows: sp.csr_matrix, among: sp.csr_matrix, n_neighbors: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions in `among` and similarities of the nearest rows, each of shape (n_rows, n_neighbors), nearest first.

    Ties go to the lower position, so that the same rows give the same neighbours. A row is its own neighbour where
    it is also in `among`. Fewer columns come back where `among` is small.
    """
    n_neighbors = min(n_neighbors, among.shape[0])
    columns = among.T.tocsr()
    block = max(1, BLOCK_CELLS // max(among.shape[0], 1))
    found = [_top(rows[start : start + block] @ columns, n_neighbors) for start in range(0, rows.shape[0], block)]
    if not found:
        return np.empty((0, n_neighbors), np.intp), np.empty((0, n_neighbors), np.float32)
    return np.vstack([positions for positions, _ in found]), np.vstack([scores for _, scores in found])


def _top(similarities: sp.csr_matrix, n: int) -> tuple[np.ndarray, np.ndarray]:
    dense = similarities.toarray()
    if n < dense.shape[1]:
        positions = np.sort(np.argpartition(-dense, n - 1, axis=1)[:, :n], axis=1)
    else:
        positions = np.tile(np.arange(dense.shape[1]), (len(dense), 1))
    scores = np.take_along_axis(dense, positions, axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.take_along_axis(positions, order, axis=1), np.take_along_axis(scores, order, axis=1)


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
    return normalize(graph, norm="l1", copy=False)
