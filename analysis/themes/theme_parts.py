"""The parts of one theme: its bugs grouped once more, and the names in them besides words."""

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from analysis.themes import counts, text, vectors
from analysis.themes.model import ThemeModel
from analysis.themes.theme_tables import fit

MENTIONED = ("exception", "path", "option")


def sub_themes(bugs: pd.DataFrame, bug_themes: pd.DataFrame, theme_id: str, *, n: int | None = None) -> pd.DataFrame:
    """The public bugs of one theme, grouped once more: bug_id, sub_theme (NA = none), label; in order of bug_id.

    Too few bugs are returned without a sub-theme.

    Parameters
    ----------
    bugs : DataFrame, schema.BUGS
    bug_themes : DataFrame, schema.BUG_THEMES
    n : how many sub-themes; chosen from the data when not given
    """
    inside = bug_themes.loc[bug_themes["theme_id"] == theme_id, "bug_id"]
    members = counts.public(bugs[bugs["bug_id"].isin(inside)])
    with threadpool_limits(1):  # so few rows are no work for several threads: they would mostly wait for each other
        fitted = fit(vectors.texts(members), ThemeModel(n_themes=n))
    numbers = fitted.model.labels_ if fitted.model else np.full(len(members), -1)
    ids, labels = (np.array([*values, None], dtype=object) for values in (fitted.theme_ids, fitted.labels))
    return pd.DataFrame(
        {
            "bug_id": members["bug_id"],
            "sub_theme": pd.array(ids[numbers], "string"),
            "label": pd.array(labels[numbers], "string"),
        }
    )


def mentioned(bugs: pd.DataFrame, *, at_least: int = 2, most: int = 30) -> pd.DataFrame:
    """The names in these public bugs besides words: kind (exception, path, option), name, n_bugs; most frequent first.

    Parameters
    ----------
    bugs : DataFrame, schema.BUGS
    at_least : a name in fewer bugs says nothing of them together
    """
    cleaned = vectors.texts(counts.public(bugs))
    mentions = [
        (kind, name)
        for title, body in zip(cleaned["title"], cleaned["description"], strict=True)
        for kind, names in zip(MENTIONED, text.mentions(f"{title}\n{body}")[:3], strict=True)
        for name in names
    ]
    counted = (
        pd.DataFrame(mentions, columns=["kind", "name"], dtype="string").value_counts().rename("n_bugs").reset_index()
    )
    counted = counted[counted["n_bugs"] >= at_least].astype({"n_bugs": "Int64"})
    order = counted.sort_values(["n_bugs", "kind", "name"], ascending=[False, True, True], kind="stable")
    return order.head(most).reset_index(drop=True)
