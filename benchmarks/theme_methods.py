"""The ways to make themes that the benchmark compares: ours and its peers, all from documents to labels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

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
    model = themes.ThemeModel(n_themes=n_themes, unassigned=0, random_state=seed).fit(documents)
    return Themes(model.labels_, model.clusters_.certainty_, model.terms_)


def streaming(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """`analysis.themes.StreamingThemes`, fed in batches of 1,000."""
    model = themes.StreamingThemes(n_themes=n_themes or 40, random_state=seed)
    batches = [documents.iloc[start : start + 1000] for start in range(0, len(documents), 1000)]
    model.fit_batches(lambda: iter(batches))
    labels = np.concatenate([model.predict(batch) for batch in batches])
    return Themes(labels, np.full(len(labels), np.nan), model.terms_)


def tfidf_kmeans(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """Plain TF-IDF with English stop words, and KMeans: what everybody tries first."""
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(stop_words="english", min_df=3)
    rows = vectorizer.fit_transform(_whole(documents))
    model = KMeans(n_themes or 25, n_init=3, random_state=seed).fit(rows)
    words = vectorizer.get_feature_names_out()
    terms = [list(words[np.argsort(-centre)[:10]]) for centre in model.cluster_centers_]
    return Themes(model.labels_, np.full(len(documents), np.nan), terms)


def bertopic(documents: pd.DataFrame, n_themes: int | None, seed: int) -> Themes:
    """BERTopic with UMAP and HDBSCAN on MiniLM sentence embeddings; raises ImportError where it is not installed."""
    from bertopic import BERTopic
    from umap import UMAP

    layout = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    model = BERTopic(umap_model=layout, nr_topics=n_themes, calculate_probabilities=False)
    labels, _ = model.fit_transform(_whole(documents))
    terms = [[word for word, _ in model.get_topic(topic)] for topic in range(max(labels) + 1)]
    return Themes(np.array(labels), np.full(len(documents), np.nan), terms)


METHODS: dict[str, Method] = {
    "ours": ours,
    "ours, streaming": streaming,
    "TF-IDF + KMeans": tfidf_kmeans,
    "BERTopic": bertopic,
}


def _whole(documents: pd.DataFrame) -> list[str]:
    return (documents["title"] + "\n" + documents["description"].fillna("")).tolist()
