"""Evidence from all sources laid together: what is handed down, what contradicts, what counts as a fix."""

import pandas as pd

from analysis import schema

PAIR = ["bug_id", "kind", "ref"]
ROW = [*PAIR, "evidence", "relation", "strength", "source_text", "hook_sees_it", "is_fix"]
RANK = {"closes": 0, "partial": 1, "related": 2}
# These do not tell a partial fix from a whole one.
VAGUE = ("topic", "infra_comment")
# Evidence at second hand is a little weaker than what it rests on.
SECOND_HAND = 0.98
SOURCE_LENGTH = 200


def handed_down(rows: pd.DataFrame, heirs: pd.DataFrame, evidence: str) -> pd.DataFrame:
    """The rows again for those who inherit them.

    `heirs` has kind, ref (the heir's) and from_kind, origin (whose rows it inherits).
    """
    mine = rows.rename(columns={"kind": "from_kind", "ref": "origin"})
    merged = mine.merge(heirs, on=["from_kind", "origin"], validate="many_to_many")
    return merged.assign(evidence=evidence, strength=merged["strength"] * SECOND_HAND)[ROW]


def without(rows: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The rows whose bug and ref are not joined by `known` already."""
    pairs = known[PAIR].drop_duplicates().assign(is_known=True)
    merged = rows.merge(pairs, on=PAIR, how="left", validate="many_to_one")
    return merged.loc[merged["is_known"].isna(), ROW]


def strongest(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per bug, ref and evidence: closes before partial before related, then the surest, then the first."""
    ranked = rows.assign(rank=rows["relation"].map(RANK), doubt=-rows["strength"])
    ranked = ranked.sort_values([*PAIR, "evidence", "rank", "doubt"], kind="stable")
    return ranked.drop_duplicates([*PAIR, "evidence"])[ROW].reset_index(drop=True)


def judged(rows: pd.DataFrame, undone: pd.DataFrame) -> pd.DataFrame:
    """The table links: each row with what contradicts it, and whether the pair counts as a fix.

    The surest evidence of a pair decides for the pair: a topic bug/N does not make a fix out of a Related-Bug.
    """
    rows = strongest(rows)
    best = rows.sort_values([*PAIR, "strength"], ascending=[True, True, True, False], kind="stable")
    best = best.drop_duplicates(PAIR)[[*PAIR, "evidence", "relation", "is_fix"]]
    rows = rows.merge(best, on=PAIR, suffixes=("", "_best"), validate="many_to_one")
    rows = rows.merge(undone.assign(is_undone=True), on=["kind", "ref"], how="left", validate="many_to_one")
    counts = rows["relation_best"].ne("related") & rows["is_fix_best"] & rows["is_undone"].isna()
    rows = rows.assign(counts_as_fix=counts, conflicts_with=_conflicts(rows))
    rows = rows.assign(source_text=rows["source_text"].str[:SOURCE_LENGTH])
    return schema.LINKS.ordered(schema.LINKS.frame(rows[list(schema.LINKS.columns)]))


def _conflicts(rows: pd.DataFrame) -> "pd.Series[str]":
    """For each row the evidence of its pair that says otherwise; of several, the surest."""
    others = rows[[*PAIR, "evidence", "relation", "strength"]]
    pairs = rows.reset_index()[["index", *PAIR, "evidence", "relation"]].merge(
        others, on=PAIR, suffixes=("", "_other"), validate="many_to_many"
    )
    differ = pairs["relation"].ne(pairs["relation_other"]) & ~_compatible(pairs)
    pairs = pairs[differ].sort_values(["index", "strength"], ascending=[True, False], kind="stable")
    found = pairs.drop_duplicates("index").set_index("index")["evidence_other"]
    return found.reindex(rows.index)


def _compatible(pairs: pd.DataFrame) -> "pd.Series[bool]":
    vague = pairs["evidence"].isin(VAGUE) | pairs["evidence_other"].isin(VAGUE)
    return vague & pairs["relation"].ne("related") & pairs["relation_other"].ne("related")
