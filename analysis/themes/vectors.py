"""Bug texts as vectors: TF-IDF over tokens, with more weight for the title; and sentence vectors."""

import importlib
from collections.abc import Callable, Collection, Sequence
from typing import Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize

from analysis.errors import ConfigError
from analysis.themes import text
from analysis.themes.counts import public

# Titles name the part that is broken; descriptions are long. Counted once, a title drowns: AMI with the part of the
# code that the fix touched rises from once to five times on each of three projects, and is flat from five to eight.
TITLE_WEIGHT = 5
# A word that a person wrote counts as two that were pasted (three after the logarithm of TF-IDF), and of those each
# counts once: many reports hold the same log without being about the same. Themes of Nova's reports then agree better
# with the subsystem tags that people gave (AMI 0.482, mean of six seeds, instead of 0.470), and samples as well;
# without any pasted word worse (0.454).
PROSE_WEIGHT = 2


def documents(cleaned: pd.DataFrame, *, title_weight: int = TITLE_WEIGHT) -> list[list[str]]:
    """The tokens of each of the `texts`, each as often as it counts; PROSE_WEIGHT is one.

    A description that repeats its title is cut.
    """
    return [
        (text.tokens(title) * title_weight + text.tokens(body[:end].removeprefix(title))) * PROSE_WEIGHT
        + list(dict.fromkeys(text.tokens(body[end:])))
        for title, body, end in zip(cleaned["title"], cleaned["description"], cleaned["prose_length"], strict=True)
    ]


def texts(bugs: pd.DataFrame, comments: pd.Series | None = None, *, parts: pd.DataFrame | None = None) -> pd.DataFrame:
    """The clean title and description of each bug, in the order of `bugs`; "" where there is none (schema.BUGS).

    A description begins with what people wrote, of prose_length characters; what they pasted follows; has_log is
    whether a log, a traceback or an exception is among it. `comments`, by bug_id (`comments_of`), are read as if the
    description went on with them. `parts` are the `text.report_parts` of these bugs without comments, where they are at
    hand.
    """
    if parts is None or comments is not None:
        parts = text.report_parts(bugs if comments is None else _with_comments(bugs, comments))
    titles = [text.clean(value) for value in bugs["title"].fillna("")]
    prose = [text.clean(value) for value in parts["prose"]]
    pasted = map(text.clean, parts["pasted"])
    bodies = [f"{own}\n{rest}" if rest else own for own, rest in zip(prose, pasted, strict=True)]
    cleaned = pd.DataFrame({"title": titles, "description": bodies}, index=bugs.index, dtype=object)
    cleaned["prose_length"] = np.fromiter(map(len, prose), int, len(prose))
    cleaned["has_log"] = (parts[list(text.PARTS_OF_LOG)] != "").any(axis=1)
    return cleaned


def _with_comments(bugs: pd.DataFrame, comments: pd.Series) -> pd.DataFrame:
    bodies = bugs["description"].fillna("")
    of_bugs = bugs["bug_id"].map(comments).fillna("").astype(bodies.dtype)
    return bugs[["title"]].assign(description=bodies + "\n" + of_bugs)


def comments_of(bug_messages: pd.DataFrame, *, most: int, bots: Collection[str] = ()) -> pd.Series:
    """The first `most` comments of each bug by people, as one text by bug_id; the description itself is not among them.

    Parameters
    ----------
    bug_messages : DataFrame, schema.BUG_MESSAGES
    bots : Launchpad names whose comments are no person's
    """
    is_said = (bug_messages["message_number"] > 0) & bug_messages["content"].notna()
    comments = bug_messages[is_said & ~bug_messages["person"].isin(list(bots))]
    first = comments.sort_values(["bug_id", "message_number"], kind="stable").groupby("bug_id").head(most)
    return first.groupby("bug_id")["content"].agg("\n".join)


def public_texts(bugs: pd.DataFrame, comments: pd.Series | None = None) -> pd.DataFrame:
    """The clean texts of the bugs that the public may see, in order of bug_id (schema.BUGS); see `texts`."""
    return texts(public(bugs), comments)


class NoSharedWords(ValueError):
    """No two of the bugs share a word, so no theme can be made of them."""


class BugVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Token lists (`documents`) to unit rows of sublinear TF-IDF, a token that comes PROSE_WEIGHT times counted as one.

    A token in fewer than `min_df` bugs cannot join bugs; one in more than the share `max_df` parts none. Both bounds
    give way where a project has only a few bugs: then two bugs that share a word are a hint already.

    Attributes
    ----------
    terms_ : ndarray of str, shape (n_terms,)
    counts_ : CSR of shape (n_bugs, n_terms), the counts seen by fit
    """

    def __init__(self, *, min_df: int = 3, max_df: float = 0.2) -> None:
        self.min_df = min_df
        self.max_df = max_df

    def fit(self, documents: Sequence[Sequence[str]], y: object = None) -> Self:
        """Learn the terms and their weights; raises NoSharedWords where no term is left."""
        n = len(documents)
        self._counter = CountVectorizer(
            analyzer=_same,
            min_df=self.min_df if n >= 60 * self.min_df else min(2, self.min_df),
            max_df=max(int(self.max_df * n), 10),
            dtype=np.float32,
        )
        try:
            self.counts_ = self._counter.fit_transform(documents)
        except ValueError as cause:  # scikit-learn's for an empty vocabulary, the only one that token lists can meet
            raise NoSharedWords(str(cause)) from cause
        self.counts_.data /= PROSE_WEIGHT
        self._weights = TfidfTransformer(sublinear_tf=True).fit(self.counts_)
        self.terms_ = self._counter.get_feature_names_out()
        return self

    def transform(self, documents: Sequence[Sequence[str]]) -> sp.csr_matrix:
        """Rows of unit length; a bug without a known token is a row of zeros."""
        counts = self._counter.transform(documents)
        counts.data /= PROSE_WEIGHT
        rows: sp.csr_matrix = self._weights.transform(counts, copy=False)
        return rows

    def fit_transform(self, documents: Sequence[Sequence[str]], y: object = None) -> sp.csr_matrix:
        """The rows of the bugs fitted, without counting their tokens twice."""
        rows: sp.csr_matrix = self.fit(documents)._weights.transform(self.counts_)
        return rows


def _same(document: Sequence[str]) -> Sequence[str]:
    return document


def has_token(clean_text: str) -> bool:
    """Whether a clean text holds any token at all."""
    return bool(text.tokens(clean_text))


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
