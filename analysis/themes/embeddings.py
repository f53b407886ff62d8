"""Sentence embeddings beside the words, where the user has a model; without one nothing is missing."""

import importlib
from collections.abc import Callable

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

from analysis.errors import ConfigError

Encoder = Callable[[list[str]], np.ndarray]


def local_encoder(model_path: str) -> Encoder:
    """The sentence-transformers model in a local folder, as a function from texts to vectors.

    Nothing is downloaded. Raises ConfigError where the package is not installed or the folder holds no model.
    """
    try:
        package = importlib.import_module("sentence_transformers")
    except ImportError as cause:
        raise ConfigError(
            expected="the package sentence-transformers, for themes with embeddings",
            found=str(cause),
            do="install the extra (pip install '.[embeddings]'), or make themes without a sentence model",
        ) from cause
    try:
        model = package.SentenceTransformer(model_path, local_files_only=True)
    except (OSError, ValueError) as cause:
        raise ConfigError(
            expected=f"a sentence-transformers model in {model_path}",
            found=str(cause)[:200],
            do="give the folder of a model that this machine holds",
        ) from cause
    return lambda documents: np.asarray(model.encode(documents, batch_size=16, show_progress_bar=False))


def joined(latent: np.ndarray, embeddings: np.ndarray, *, random_state: int) -> np.ndarray:
    """Word directions and embedding directions side by side, each row's two halves of the same length.

    As many directions of the embeddings as of the words.
    """
    n = min(latent.shape[1], min(embeddings.shape) - 1)
    svd = TruncatedSVD(n, random_state=random_state)
    meaning = normalize(svd.fit_transform(normalize(embeddings - embeddings.mean(axis=0))))
    return np.hstack([normalize(latent), meaning])
