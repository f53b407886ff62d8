"""Resolves a name that a person types to the name in the data, or raises an error with the nearest ones."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from analysis.errors import UsageError

MOST_NEAR = 5


def resolve_name(typed: object, names: Sequence[str] | Mapping[str, str], *, what: str) -> str:
    """The name in the data for a typed one, in any letter case; in a mapping (name -> id) the id, which may be typed.

    Raises UsageError with the nearest names.

    >>> resolve_name("cells v2", {"Cells V2": "cells", "Simplify Quotas": "quotas"}, what="an area")
    'cells'
    >>> resolve_name("quotes", {"Cells V2": "cells", "Simplify Quotas": "quotas"}, what="an area")
    Traceback (most recent call last):
        ...
    analysis.errors.UsageError: expected an area among Cells V2, Simplify Quotas
       found 'quotes'
          do try Simplify Quotas
    """
    ids = dict(names) if isinstance(names, Mapping) else {name: name for name in names}
    by_text = {name.lower(): name_id for name, name_id in ids.items()}
    by_text |= {name_id.lower(): name_id for name_id in ids.values()}
    text = str(typed).strip().lower()
    if text in by_text:
        return by_text[text]
    near = nearest(str(typed), ids)
    names_text = ", ".join(list(ids)[:12]) + (f" and {len(ids) - 12} more" if len(ids) > 12 else "")
    raise UsageError(
        expected=f"{what} among {names_text}" if ids else f"{what}, but the data hold none",
        found=repr(typed)[:100],
        do=f"try {', '.join(near)}" if near else "name one of these",
    )


def nearest(typed: str, names: Mapping[str, str]) -> list[str]:
    """The names that resemble the typed text, by their letters or ids, or because they contain it."""
    by_text = {name.lower(): name for name in names} | {name_id.lower(): name for name, name_id in names.items()}
    text = typed.strip().lower()
    alike = get_close_matches(text, list(by_text), n=MOST_NEAR, cutoff=0.5)
    holding = [key for key in by_text if text and text in key]
    return list(dict.fromkeys(by_text[key] for key in [*holding, *alike]))[:MOST_NEAR]
