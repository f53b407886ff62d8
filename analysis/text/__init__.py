"""Bug text to tokens: boilerplate out, tracebacks reduced to their signature, identifiers whole and in parts."""

from analysis.text.clean import LIMIT, clean
from analysis.text.mentions import Mentions, mentions
from analysis.text.stop_words import STOP_WORDS
from analysis.text.tokens import tokens, words

__all__ = ["LIMIT", "STOP_WORDS", "Mentions", "clean", "mentions", "tokens", "words"]
