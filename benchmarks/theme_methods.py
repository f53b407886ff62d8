"""The ways to make themes that the benchmark compares: ours and its peers, all from documents to labels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.preprocessing import normalize

from analysis import themes


@dataclass(frozen=True)
class Themes:
    """Labels (-1 = none), how sure each is (NaN where the method does not say), and each theme's strongest words."""

    labels: np.ndarray
    certainty: np.ndarray
    terms: list[list[str]]


Method = Callable[[pd.DataFrame, int | None, int], Themes]


def ours(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """`analysis.themes.ThemeModel`, every document assigned that has a word."""
    model = themes.ThemeModel(n_themes=n_themes, evidence=0, random_state=seed).fit(documents)
    return Themes(model.labels_, model.clusters_.certainty_, model.terms_)


def streaming(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """`analysis.themes.StreamingThemes`, fed in batches of 1,000, whose exact themes are those of a third of them."""
    model = themes.StreamingThemes(n_themes=n_themes, sample_size=len(documents) // 3, random_state=seed)
    batches = _batches(documents)
    model.fit_batches(lambda: iter(batches))
    labels = np.concatenate([model.predict(batch) for batch in batches])
    return Themes(labels, np.full(len(labels), np.nan), model.terms_)


def incremental_svd(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """The other way to stream: hashed TF-IDF, an SVD that takes in batch after batch, mini-batch KMeans, two passes.

    The rows are those of `streaming`, so that the difference is what is done with them.
    """
    from sklearn.cluster import MiniBatchKMeans

    n_themes = n_themes or 40
    rows = themes.StreamingThemes(n_themes=n_themes, sample_size=1_000, random_state=seed)
    batches = _batches(documents)
    rows.fit_batches(lambda: iter(batches))  # for the weights of its words
    axes = np.zeros((0, rows.transform(batches[0]).shape[1]))
    for batch in batches:
        axes = _taken_in(axes, rows.transform(batch), n_themes)
    directions = axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
    model = MiniBatchKMeans(n_themes, n_init=10, random_state=seed)
    for batch in batches:
        model.partial_fit(normalize(rows.transform(batch) @ directions.T))
    labels = np.concatenate([model.predict(normalize(rows.transform(batch) @ directions.T)) for batch in batches])
    return Themes(labels, np.full(len(labels), np.nan), _no_terms(labels))


def _taken_in(axes: np.ndarray, batch: sp.csr_matrix, n: int) -> np.ndarray:
    """The first n right singular vectors, times their values, of `axes` above the batch (Ross and others 2008)."""
    cross = batch @ axes.T
    gram = np.block([[axes @ axes.T, cross.T], [cross, (batch @ batch.T).toarray()]])
    vectors = np.linalg.eigh(gram)[1][:, -n:]
    return np.asarray(vectors[: len(axes)].T @ axes + (batch.T @ vectors[len(axes) :]).T)


def _batches(documents: pd.DataFrame) -> list[pd.DataFrame]:
    return [documents.iloc[start : start + 1000] for start in range(0, len(documents), 1000)]


def _no_terms(labels: np.ndarray) -> list[list[str]]:
    return [[] for _ in range(int(labels.max()) + 1)]


def tfidf_kmeans(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """Plain TF-IDF with English stop words, and KMeans: what everybody tries first."""
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(stop_words="english", min_df=3)
    rows = vectorizer.fit_transform(whole(documents))
    model = KMeans(n_themes or 25, n_init=3, random_state=seed).fit(rows)
    words = vectorizer.get_feature_names_out()
    terms = [list(words[np.argsort(-centre)[:10]]) for centre in model.cluster_centers_]
    return Themes(model.labels_, np.full(len(documents), np.nan), terms)


def nmf(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """Plain TF-IDF and non-negative matrix factorisation: each document goes to its strongest component."""
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(stop_words="english", min_df=3, sublinear_tf=True)
    model = NMF(n_themes or 25, init="nndsvd", random_state=seed)
    strengths = model.fit_transform(vectorizer.fit_transform(whole(documents)))
    words = vectorizer.get_feature_names_out()
    terms = [list(words[np.argsort(-component)[:10]]) for component in model.components_]
    return Themes(strengths.argmax(axis=1), np.full(len(documents), np.nan), terms)


def bertopic(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """BERTopic with UMAP and HDBSCAN on `embeddings_of`; raises ImportError where it is not installed."""
    from bertopic import BERTopic
    from umap import UMAP

    layout = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    model = BERTopic(umap_model=layout, nr_topics=n_themes and n_themes + 1, calculate_probabilities=False)
    labels, _ = model.fit_transform(whole(documents), embeddings_of(documents))
    return _topics(model, np.array(labels))


def bertopic_kmeans(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """BERTopic with KMeans in place of HDBSCAN, as its documentation offers: no document is left out."""
    from bertopic import BERTopic
    from sklearn.cluster import KMeans
    from umap import UMAP

    layout = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    clusters = KMeans(n_themes or 25, n_init=10, random_state=seed)
    model = BERTopic(umap_model=layout, hdbscan_model=clusters, calculate_probabilities=False)
    labels, _ = model.fit_transform(whole(documents), embeddings_of(documents))
    return _topics(model, np.array(labels))


class _TopicModel(Protocol):
    """What is asked of a fitted BERTopic: the words of a topic with their weights."""

    def get_topic(self, topic: int) -> list[tuple[str, float]]: ...


def _topics(model: _TopicModel, labels: np.ndarray) -> Themes:
    terms = [[word for word, _ in model.get_topic(topic)] for topic in range(int(labels.max()) + 1)]
    return Themes(labels, np.full(len(labels), np.nan), terms)


def embeddings_of(documents: pd.DataFrame) -> np.ndarray:
    """The column `embedding` where a sentence model made it; else 100 directions of TF-IDF, which needs no model."""
    if "embedding" in documents:
        return np.stack(documents["embedding"].tolist())
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = TfidfVectorizer(stop_words="english", min_df=3, sublinear_tf=True).fit_transform(whole(documents))
    return np.asarray(TruncatedSVD(100, random_state=0).fit_transform(rows))


METHODS: dict[str, Method] = {
    "ours": ours,
    "ours, streaming": streaming,
    "incremental SVD": incremental_svd,
    "TF-IDF + KMeans": tfidf_kmeans,
    "TF-IDF + NMF": nmf,
    "BERTopic": bertopic,
    "BERTopic, KMeans": bertopic_kmeans,
}


def whole(documents: pd.DataFrame) -> list[str]:
    """Title and description of each document as one text."""
    return (documents["title"] + "\n" + documents["description"].fillna("")).tolist()
