"""The corrections by people: each in words, and how many judgements of each kind are known to be wrong."""

import pandas as pd

from analysis.judge.corrections import sentences
from analysis.tables import schema

KINDS = {
    "not_a_fix": "changes and commits that count as a fix",
    "waits_for": "open changes with a turn",
    "not_a_core": "people who voted +2 or -2",
}


def corrections_in_words(corrections: pd.DataFrame) -> pd.DataFrame:
    """Each correction in words: fixes first, then turns, then cores, in the order of the file.

    Returns
    -------
    DataFrame
        statement, bug_id, change_number, sha, corrected_by, corrected_on, because, outcome, n_corrected.
    """
    text = schema.TEXT
    commit = "commit " + corrections["sha"].str[:10]
    what = ("change " + corrections["change_number"].astype(text)).fillna(commit)
    statement = what + " does not fix bug " + corrections["bug_id"].astype(text)
    turns = corrections["turn"].map(schema.TURN_LABELS).astype(text)
    statement = statement.fillna(what + " waits for: " + turns).fillna(corrections["person"] + " is no core")
    place = corrections["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    rows = corrections.assign(statement=statement, place=place).sort_values(["place", "position"], ignore_index=True)
    columns = ["statement", "bug_id", "change_number", "sha", "corrected_by", "corrected_on", "because", "outcome"]
    return rows[[*columns, "n_corrected"]]


def correction_rates(
    corrections: pd.DataFrame, *, links: pd.DataFrame, review_states: pd.DataFrame, votes: pd.DataFrame,
    review_label: str,
) -> pd.DataFrame:  # fmt: skip
    """The number of judgements of each kind, and the number of those that somebody corrected.

    Judgements that nobody checked may be wrong too: the share is a lower bound, not an estimate.

    Returns
    -------
    DataFrame of one row per kind
        judged: the kind in words; n, n_corrected; share: n_corrected / n, NA of none.
    """
    of_cores = votes["label"].eq(review_label) & votes["value"].abs().eq(2) & ~votes["is_ci"].fillna(False)
    applied = corrections[corrections["outcome"].eq("applied")]
    wrong = applied.groupby("kind")["n_corrected"].sum()
    n_wrong = {kind: int(wrong.get(kind, 0)) for kind in KINDS}
    numbers = {
        # A corrected fix no longer counts, but it was judged, too.
        "not_a_fix": len(schema.fix_links(links)) + n_wrong["not_a_fix"],
        "waits_for": int(review_states["waiting_on"].notna().sum()),
        "not_a_core": int(votes.loc[of_cores, "account"].nunique()),
    }
    rows = pd.DataFrame(
        {
            "judged": pd.Series(list(KINDS.values()), dtype=schema.TEXT),
            "n": pd.array([numbers[kind] for kind in KINDS], "Int64"),
            "n_corrected": pd.array([n_wrong[kind] for kind in KINDS], "Int64"),
        }
    )
    share = rows["n_corrected"].astype("Float64") / rows["n"].where(rows["n"].gt(0)).astype("Float64")
    return rows.assign(share=share)


def corrected_because(corrections: pd.DataFrame, **ids: int) -> list[str]:
    """The sentences of the corrections that were applied to one thing; `ids` is a column with its value.

    >>> corrected_because(schema.CORRECTIONS.empty(), bug_id=7)
    []
    """
    rows = corrections[corrections["outcome"].eq("applied")]
    for name, value in ids.items():
        rows = rows[rows[name].eq(value).fillna(False)]
    words = corrections_in_words(rows)["statement"]
    ordered = rows.assign(place=rows["kind"].map({kind: place for place, kind in enumerate(KINDS)}))
    ordered = ordered.sort_values(["place", "position"], ignore_index=True)
    return (words + ": " + sentences(ordered)).tolist()
