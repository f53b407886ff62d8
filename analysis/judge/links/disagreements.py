"""Disagreements between sources about a bug and a change, in words."""

import pandas as pd

from analysis.judge.links.combining import PAIR, UNCONFIRMED, VAGUE
from analysis.tables.schema.table import PANDAS

COLUMNS = [*PAIR, "evidence", "source_text", "meaning"]


def disagreements(links: pd.DataFrame) -> pd.DataFrame:
    """The links that a stronger source contradicts, and topics and comments that a known message does not confirm.

    Parameters
    ----------
    links : DataFrame, schema.LINKS

    Returns
    -------
    DataFrame
        bug_id, kind, ref, evidence, source_text (of the row that is contradicted), meaning (one sentence); in the order
        of `links`.
    """
    is_unconfirmed = links["evidence"].isin(VAGUE) & links["strength"].le(UNCONFIRMED)
    rows = links[links["conflicts_with"].notna() | is_unconfirmed].reset_index(drop=True)
    other = links[[*PAIR, "evidence", "relation", "strength"]].rename(
        columns={"evidence": "conflicts_with", "relation": "other", "strength": "other_strength"}
    )
    rows = rows.merge(other, on=[*PAIR, "conflicts_with"], how="left", validate="many_to_one")
    # Two links that contradict each other both name the other one; the weaker one is listed.
    rows = rows[~rows["strength"].gt(rows["other_strength"]).fillna(False).astype(bool)]
    surest = links.sort_values("strength", ascending=False, kind="stable")
    instead = surest.drop_duplicates(["kind", "ref", "evidence"])[["kind", "ref", "evidence", "bug_id"]]
    instead = instead.rename(columns={"evidence": "conflicts_with", "bug_id": "instead"})
    rows = rows.merge(instead, on=["kind", "ref", "conflicts_with"], how="left", validate="many_to_one")
    text = rows["evidence"] + " says " + rows["relation"] + ", " + rows["conflicts_with"] + " says " + rows["other"]
    does = pd.Series("it names", index=rows.index).mask(rows["conflicts_with"].eq("revert"), "it undoes the fix of")
    another = "the message does not name the bug; " + does + " bug " + rows["instead"].astype(PANDAS["str"])
    meaning = text.fillna(another).fillna("the message names no bug")
    return rows.assign(meaning=meaning)[COLUMNS].reset_index(drop=True)
