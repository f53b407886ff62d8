"""The votes that Gerrit copies to a new patch set: the copy rules of labels, per server.

REST does not say whether a vote was copied. Newer servers say so in the message of the upload; otherwise the rule
decides, by the kind of the new patch set and the value of the vote. A wrong rule shows itself: after a replay to the
end, the votes differ from the labels.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import pandas as pd
from msgspec import Meta, field

from analysis.tables import schema
from analysis.tables.configuration import Section

ALL = "*"
KINDS = (*schema.SAME_CODE_KINDS, "REWORK")
PatchSetKind = Annotated[str, Meta(extra={"among": KINDS})]
Labels = Annotated[frozenset[str], Meta(description="a list of labels", examples=['["Verified"]'])]
Values = Annotated[frozenset[int], Meta(description="a list of whole numbers", examples=["[-2]"])]


def _usual_kinds() -> dict[str, frozenset[str]]:
    return {
        "NO_CHANGE": frozenset({ALL}),
        "NO_CODE_CHANGE": frozenset({"Verified"}),
        "TRIVIAL_REBASE": frozenset({"Code-Review"}),
        "TRIVIAL_REBASE_WITH_MESSAGE_UPDATE": frozenset({"Code-Review"}),
    }


def _usual_values() -> dict[str, frozenset[int]]:
    return {"Code-Review": frozenset({-2}), "Review-Priority": frozenset({1, 2})}


class CopyRules(Section, frozen=True):
    """The copied votes: labels by the kind of the new patch set, and values of a label for any kind.

    The default is what Gerrit ships and OpenStack keeps: every vote where nothing changed, Verified over a new message,
    Code-Review over a trivial rebase, a -2 and a review promise over anything. A Gerrit that still wrote votes in words
    (before 2.7) carried over nothing by kind. A project file's `copied_kinds` and
    `copied_values` replace it for the kinds and the labels that they name.
    """

    SECTION: ClassVar[str] = "votes"

    copied_kinds: Mapping[PatchSetKind, Labels] = field(default_factory=dict)
    copied_values: Mapping[str, Values] = field(default_factory=dict)

    @property
    def kinds(self) -> dict[str, frozenset[str]]:
        """The labels that are carried over, by the kind of the new patch set."""
        return _usual_kinds() | dict(self.copied_kinds)

    @property
    def values(self) -> dict[str, frozenset[int]]:
        """The values that are carried over whatever the kind, by label."""
        return _usual_values() | dict(self.copied_values)


def carried(
    candidates: pd.DataFrame, patch_sets: pd.DataFrame, from_messages: pd.DataFrame, rules: CopyRules
) -> pd.DataFrame:
    """The candidates that every upload since their patch set carried over.

    Parameters
    ----------
    candidates : DataFrame
        change_number, patch_set_number (where it was cast), label, account, value, is_in_words, current (the patch set
        to reach).
    patch_sets : DataFrame, schema.PATCH_SETS
    from_messages : DataFrame
        What uploads' messages say, see votes_in_messages.copied_at_upload; it overrules the rule.
    """
    uploads = patch_sets[["change_number", "patch_set_number", "kind"]]
    uploads = uploads.rename(columns={"patch_set_number": "upload"})
    numbered = candidates.reset_index(names="candidate")
    steps = numbered.merge(uploads, on="change_number", validate="many_to_many")
    steps = steps[(steps["upload"] > steps["patch_set_number"]) & (steps["upload"] <= steps["current"])]
    told_at_upload = from_messages.rename(columns={"patch_set_number": "upload"})
    told_at_upload = told_at_upload.drop_duplicates(["change_number", "upload", "label", "value"], keep="last")
    steps = steps.merge(
        told_at_upload, on=["change_number", "upload", "label", "value"], how="left", validate="many_to_one"
    )
    copied = steps["is_copied"].astype("boolean").fillna(_by_rule(steps, rules))
    lost = steps.loc[~copied, "candidate"]
    # An upload that was not served may have lost the vote: then it is not known to stand.
    n_steps = steps.groupby("candidate").size().reindex(candidates.index, fill_value=0)
    whole = n_steps == (candidates["current"] - candidates["patch_set_number"])
    return candidates[whole & ~candidates.index.isin(lost)]


def _by_rule(steps: pd.DataFrame, rules: CopyRules) -> "pd.Series[bool]":
    copied = pd.Series(False, index=steps.index, dtype="boolean")
    for kind, labels in rules.kinds.items():
        copied |= (steps["kind"] == kind).fillna(False) & (steps["label"].isin(labels) | (ALL in labels))
    copied &= ~steps["is_in_words"]
    for label, values in rules.values.items():
        copied |= (steps["label"] == label) & steps["value"].isin(values)
    return copied
