"""Combines the evidence of all sources: inherited rows, contradictions, and what counts as a fix."""

import pandas as pd

from analysis.tables import schema

PAIR = ["bug_id", "kind", "ref"]
ROW = [*PAIR, "evidence", "relation", "strength", "source_text", "hook_sees_it"]
RANK = {"closes": 0, "partial": 1, "related": 2}
# These sources do not distinguish a partial fix from a whole one.
VAGUE = ("topic", "infra_comment")
# Inherited evidence is a little weaker than the original.
SECOND_HAND = 0.98
# The strength of a topic or comment about a bug that the known message does not name.
UNCONFIRMED = 0.4
SOURCE_LENGTH = 200


def inherited_rows(rows: pd.DataFrame, heirs: pd.DataFrame, evidence: str) -> pd.DataFrame:
    """Copies of the rows for their heirs: `heirs` has kind and ref of an heir, from_kind and origin of the source."""
    if rows.empty or heirs.empty:
        return rows.loc[rows.index[:0], ROW]
    mine = rows.rename(columns={"kind": "from_kind", "ref": "origin"})
    merged = mine.merge(heirs, on=["from_kind", "origin"], validate="many_to_many")
    return merged.assign(evidence=evidence, strength=merged["strength"] * SECOND_HAND)[ROW]


def rows_not_linked(rows: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """The rows whose bug and ref are not in `links` already."""
    return rows.loc[~_among(rows, links, PAIR), ROW]


def weigh(rows: pd.DataFrame, message_links: pd.DataFrame, with_message: pd.DataFrame) -> pd.DataFrame:
    """The rows of topics and of the bot's comments, with their relation corrected by the message.

    If the message names the bug, a topic gets the relation of the message, and a bot's "fix" is partial if the message
    says so. If the message is known and does not name the bug, the topic is that of a series and the comment is about
    an earlier patch set: then both are only related.

    Parameters
    ----------
    message_links : DataFrame
        The rows from messages, direct or inherited.
    with_message : DataFrame
        kind, ref: the changes and commits whose message is known.
    """
    surest = message_links.sort_values("strength", ascending=False, kind="stable").drop_duplicates(PAIR)
    relations = surest[[*PAIR, "relation"]].rename(columns={"relation": "message_relation"})
    merged = rows.merge(relations, on=PAIR, how="left", validate="many_to_one")
    by_message = merged["message_relation"]
    is_unconfirmed = by_message.isna() & _among(merged, with_message, ["kind", "ref"]) & ~merged["is_logged"]
    is_corrected = merged["evidence"].eq("topic") | (merged["relation"].eq("closes") & by_message.eq("partial"))
    relation = merged["relation"].mask(is_corrected & by_message.notna(), by_message)
    return merged.assign(
        relation=relation.mask(is_unconfirmed, "related"),
        strength=merged["strength"].mask(is_unconfirmed, UNCONFIRMED),
    )[ROW]


def rows_of_reverts(rows: pd.DataFrame, roots: pd.DataFrame) -> pd.DataFrame:
    """The rows that reverts get from the change or commit at the end of their chain.

    A revert relates to the bugs whose fix it undoes; a revert of a revert closes them again.
    """
    fixes = rows[rows["relation"].ne("related")]
    heirs = roots.assign(from_kind=roots["kind"])
    again = inherited_rows(fixes, heirs[heirs["again"]], "revert")
    undoing = inherited_rows(fixes, heirs[~heirs["again"]], "revert").assign(relation="related")
    rows = pd.concat([again, undoing], ignore_index=True)
    return rows.assign(hook_sees_it=pd.Series(pd.NA, index=rows.index, dtype="boolean"))


def strongest(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per bug, ref and evidence: closes before partial before related, then the surest, then the first."""
    ranked = rows.assign(rank=rows["relation"].map(RANK), weakness=-rows["strength"])
    ranked = ranked.sort_values([*PAIR, "evidence", "rank", "weakness"], kind="stable")
    return ranked.drop_duplicates([*PAIR, "evidence"])[ROW].reset_index(drop=True)


def links_table(rows: pd.DataFrame, *, reverted: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """The table links: each row with the evidence that contradicts it, and whether its pair counts as a fix.

    The strongest evidence of a pair decides: a topic bug/N does not turn a Related-Bug into a fix, and a copied
    Closes-Bug does not turn a revert into one. `reverted` and `tests` have kind and ref of changes and commits: those
    that a revert undid, and those that only add a test, which is a fix only if it says that it closes the bug.
    """
    rows = strongest(rows)
    best = rows.sort_values([*PAIR, "strength"], ascending=[True, True, True, False], kind="stable")
    best = best.drop_duplicates(PAIR)[[*PAIR, "relation"]]
    rows = rows.merge(best, on=PAIR, suffixes=("", "_best"), validate="many_to_one")
    reverts = rows[rows["evidence"].eq("revert") & rows["relation"].eq("related")]
    only_a_test = _among(rows, tests, ["kind", "ref"]) & rows["relation_best"].ne("closes")
    stands = ~(_among(rows, reverted, ["kind", "ref"]) | _among(rows, reverts, PAIR) | only_a_test)
    rows = rows.assign(
        counts_as_fix=rows["relation_best"].ne("related") & stands,
        conflicts_with=_conflicts(rows),
        source_text=rows["source_text"].str[:SOURCE_LENGTH],
    )
    return schema.LINKS.ordered(schema.LINKS.frame(rows[list(schema.LINKS.columns)]))


def _among(rows: pd.DataFrame, others: pd.DataFrame, on: list[str]) -> "pd.Series[bool]":
    if rows.empty or others.empty:
        return pd.Series(False, index=rows.index)
    keys = others[on].drop_duplicates().assign(is_known=True)
    merged = rows[on].merge(keys, on=on, how="left", validate="many_to_one")
    return pd.Series(merged["is_known"].notna().to_numpy(), index=rows.index)


def _conflicts(rows: pd.DataFrame) -> "pd.Series[str]":
    """For each row the contradicting evidence: the strongest of its pair, or a message that does not name the bug.

    A topic or comment about a bug contradicts a message that names only other bugs.
    """
    several = rows.duplicated(PAIR, keep=False)
    mine = rows.loc[several, [*PAIR, "evidence", "relation"]].reset_index(names="row")
    others = rows.loc[several, [*PAIR, "evidence", "relation", "strength"]]
    pairs = mine.merge(others, on=PAIR, suffixes=("", "_other"), validate="many_to_many")
    pairs = pairs[pairs["relation"].ne(pairs["relation_other"]) & ~_compatible(pairs)]
    pairs = pairs.sort_values(["row", "strength"], ascending=[True, False], kind="stable")
    evidence = pairs.drop_duplicates("row").set_index("row")["evidence_other"].reindex(rows.index)
    from_messages = rows[~rows["evidence"].isin(VAGUE)].sort_values("strength", ascending=False, kind="stable")
    is_unconfirmed = rows["evidence"].isin(VAGUE) & ~_among(rows, from_messages, PAIR)
    instead = from_messages.drop_duplicates(["kind", "ref"])[["kind", "ref", "evidence"]]
    instead_evidence = rows[["kind", "ref"]].merge(instead, on=["kind", "ref"], how="left", validate="many_to_one")[
        "evidence"
    ]
    return evidence.mask(is_unconfirmed & evidence.isna(), instead_evidence)


def _compatible(pairs: pd.DataFrame) -> "pd.Series[bool]":
    vague = pairs["evidence"].isin(VAGUE) | pairs["evidence_other"].isin(VAGUE)
    return vague & pairs["relation"].ne("related") & pairs["relation_other"].ne("related")
