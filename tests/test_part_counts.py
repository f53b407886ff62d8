"""TF-IDF rows that are counted word by word equal those of scikit-learn, which counts every part."""

import gc
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from analysis.themes.part_counts import PartVectorizer

WORDS = ["quota", "quotas", "usage", "of", "limit", "x"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), min_size=1, max_size=8)


def pairs(word):
    return [word[start : start + 2] for start in range(len(word) - 1)]


@given(TEXTS, TEXTS, st.integers(1, 2), st.integers(2, 8))
def test_the_rows_are_those_of_an_analyzer_that_cuts_every_word(texts, others, min_df, max_df):
    def analyzer(text):
        return [pair for word in text.split() for pair in pairs(word)]

    ours = PartVectorizer(str.split, pairs, min_df=min_df, max_df=max_df)
    theirs = TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=min_df, max_df=max_df, dtype=np.float32)
    try:
        expected = theirs.fit_transform(texts)
    except ValueError:
        with pytest.raises(ValueError, match="no part is left"):
            ours.fit_transform((texts, 1))
        return

    assert np.allclose(ours.fit_transform((texts, 1)).toarray(), expected.toarray(), atol=1e-6)
    assert ours.parts_ == theirs.get_feature_names_out().tolist()
    assert np.allclose(ours.transform((others, 1)).toarray(), theirs.transform(others).toarray(), atol=1e-6)


def test_a_field_counts_as_often_as_its_weight_says():
    ours = PartVectorizer(str.split, pairs)

    weighed = ours.fit_transform((["quota", "limit"], 3), (["usage", ""], 1))

    assert np.allclose(
        weighed.toarray(), ours.fit_transform((["quota quota quota usage", "limit limit limit"], 1)).toarray()
    )


def test_the_words_that_were_counted_leave_memory_without_the_garbage_collector():
    counted = PartVectorizer(str.split, pairs).fit_transform((["wordofthistestalone"], 1))

    left = [each for each in gc.get_objects() if type(each) is defaultdict and "wordofthistestalone" in each]

    assert counted.nnz
    assert not left
