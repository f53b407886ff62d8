"""Bug text to tokens: boilerplate out, tracebacks reduced to their signature, identifiers whole and in parts."""

from analysis.themes.text.clean import LIMIT, clean
from analysis.themes.text.mentions import Mentions, mentions
from analysis.themes.text.parts import PARTS, PARTS_OF_LOG, report_parts
from analysis.themes.text.stop_words import ignored_words
from analysis.themes.text.tokens import MAX_TOKEN, is_hexadecimal, pieces, singular, tokens, tokens_of_piece

__all__ = [
    "LIMIT",
    "MAX_TOKEN",
    "PARTS",
    "PARTS_OF_LOG",
    "Mentions",
    "clean",
    "ignored_words",
    "is_hexadecimal",
    "mentions",
    "pieces",
    "report_parts",
    "singular",
    "tokens",
    "tokens_of_piece",
]
