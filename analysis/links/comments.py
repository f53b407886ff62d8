"""What the infra bot's comments on a bug say: which change was proposed, merged or abandoned for it.

Only comments by the bot's own accounts count. Anybody may write "Fix proposed" in a comment, and elastic-recheck and
people name bugs in review comments that have nothing to do with a fix: those are never read.
"""

from collections.abc import Collection

import pandas as pd

from analysis import records
from analysis.accounts import LAUNCHPAD_BOTS
from analysis.links import footers, lines

# Subject, or first line of the body where the subject was lost: "Related fix proposed to nova (master)".
DID = r"(?i)^\s*(?P<related>related )?(?:fix|change) (?P<did>proposed|merged|abandoned) (?:to|on|by)\b"
# The addresses Gerrit has had: /N, /#/c/N/, /c/project/+/N, #change,N; on any host, because hosts move.
REVIEW = r"(?im)^Review(?:ed)?:\s*https?://\S*?(?:/\+/|/c/|#change,|/)(?P<number>[0-9]{1,9})(?:/[0-9]{1,4})?/?[\s.]*$"
COMMITTED = r"(?im)^Committed:\s*https?://\S*?(?:/commit/(?:\?id=)?|[?&;]id=|/)(?P<sha>[0-9a-f]{40})\b"
COLUMNS = ["kind", "ref", "line", "bug_id", "evidence", "relation", "strength", "is_logged"]


def parse(bug_messages: pd.DataFrame, bots: Collection[str] = LAUNCHPAD_BOTS) -> pd.DataFrame:
    """One row per comment and change or commit: kind, ref, line, bug_id, evidence, relation, strength.

    The bot writes "Fix" for Closes-Bug and Partial-Bug alike, so `closes` here means: not merely related. A merged
    fix's comment quotes the commit message, which says it (`is_logged`). A comment that only tells of an abandoned
    change does not say what the change was for.
    """
    said = bug_messages[bug_messages["person"].isin(list(bots)) & bug_messages["content"].notna()]
    said = said[["bug_id", "subject", "content"]].reset_index(drop=True)
    did = records.groups(said["subject"].fillna(""), DID)
    rest = said.drop(did.index)
    did = pd.concat([did, records.groups(rest["content"], DID)]).sort_index()
    review = records.groups(said.loc[did.index, "content"], REVIEW)["number"].rename("ref").to_frame()
    committed = records.groups(said.loc[did.index, "content"], COMMITTED)["sha"].rename("ref").to_frame()
    rows = pd.concat([review.assign(kind="change"), committed.assign(kind="commit")])
    rows = rows.join(did).join(said)
    relation = pd.Series("closes", index=rows.index).mask(rows["related"].ne("") | _abandoned(rows), "related")
    strength = pd.Series(0.95, index=rows.index).mask(_abandoned(rows), 0.6)
    logged = _logged(said.loc[did.index])
    rows = rows.assign(
        line=rows["subject"].fillna("") + ": " + rows["ref"],
        evidence="infra_comment",
        relation=logged.reindex(rows.index).fillna(relation),
        strength=strength,
        is_logged=rows.index.isin(logged.index),
    )
    return rows[COLUMNS].reset_index(drop=True)


def _logged(said: pd.DataFrame) -> "pd.Series[str]":
    """What the quoted commit message says of the comment's bug, under the comment's index; closes wins."""
    quoted = said[said["content"].str.contains("Committed:", regex=False)]
    deeds = pd.DataFrame({"kind": "comment", "ref": quoted.index.astype("str"), "message": quoted["content"]})
    found = footers.parse(deeds, lines.about(deeds))
    found = found.assign(comment=found["ref"].astype("int64")).sort_values("relation", kind="stable")
    theirs = said.reset_index(names="comment")[["comment", "bug_id"]]
    found = found.merge(theirs, on=["comment", "bug_id"], validate="many_to_one")
    return found.drop_duplicates("comment").set_index("comment")["relation"]


def _abandoned(rows: pd.DataFrame) -> "pd.Series[bool]":
    return rows["did"].str.lower().eq("abandoned")
