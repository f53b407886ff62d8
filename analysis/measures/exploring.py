"""Open fixes with the names that people choose by, the choices there are, and the fixes of one choice."""

from collections.abc import Mapping

import pandas as pd

from analysis import schema

ALL = "all"
CHOICES = {"release": "Release", "area": "Area", "theme": "Theme", "owner_name": "Owner"}
_TEXT = schema.AREAS.dtypes["title"]


def with_names(
    fixes: pd.DataFrame,
    *,
    areas: pd.DataFrame,
    themes: pd.DataFrame,
    bug_themes: pd.DataFrame,
    changes: pd.DataFrame,
    accounts: pd.DataFrame,
) -> pd.DataFrame:
    """The fixes with `release`, `area` (its title), `theme` (its label) and `owner_name`; 'none' where there is none.

    A fix in two areas keeps its two rows.

    Parameters
    ----------
    fixes : DataFrame of measures.open_fixes
    areas, themes, bug_themes, changes, accounts : DataFrame, schema tables of these names
    """
    titles = areas.drop_duplicates("area_id").set_index("area_id")
    theme_of = schema.looked_up(fixes["bug_id"], bug_themes.set_index("bug_id")["theme_id"])
    owner = schema.looked_up(fixes["change_number"], changes.set_index("change_number")["owner"])
    people = accounts.set_index("account")
    names = people["name"].fillna(people["username"])
    return fixes.assign(
        release=schema.looked_up(fixes["area_id"], titles["release"]).fillna("none"),
        area=schema.looked_up(fixes["area_id"], titles["title"]).fillna("none"),
        theme=schema.looked_up(theme_of, themes.set_index("theme_id")["label"]).fillna("none"),
        owner_name=schema.looked_up(owner, names).fillna(owner.astype(_TEXT)).fillna("unknown"),
    )


def choices(named: pd.DataFrame) -> dict[str, list[str]]:
    """What can be chosen in each of CHOICES, by its label: 'all', then the values that occur, in their order."""
    return {label: [ALL, *sorted(named[column].unique())] for column, label in CHOICES.items()}


def chosen(named: pd.DataFrame, picked: Mapping[str, str]) -> pd.DataFrame:
    """The fixes that fit every choice (label -> value, 'all' fits any), one row per change, highest score first."""
    found = named
    for column, label in CHOICES.items():
        if picked.get(label, ALL) != ALL:
            found = found[found[column] == picked[label]]
    found = found.sort_values(["score", "change_number"], ascending=[False, True])
    return found.drop_duplicates("change_number").reset_index(drop=True)
