"""Which votes Gerrit carries over to a new patch set: a label's copy rule, per server.

REST does not say that a vote was copied. Newer servers say it in the upload's message; else the rule decides, by the
kind of the new patch set and the vote's value. A rule that is wrong shows: replayed to the end, the votes then
disagree with the labels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis import schema
from analysis.errors import ProjectFileError

ALL = "*"
KINDS = (*schema.SAME_CODE_KINDS, "REWORK")


def _usual_kinds() -> dict[str, frozenset[str]]:
    return {
        "NO_CHANGE": frozenset({ALL}),
        "NO_CODE_CHANGE": frozenset({"Verified"}),
        "TRIVIAL_REBASE": frozenset({"Code-Review"}),
        "TRIVIAL_REBASE_WITH_MESSAGE_UPDATE": frozenset({"Code-Review"}),
    }


def _usual_values() -> dict[str, frozenset[int]]:
    return {"Code-Review": frozenset({-2}), "Review-Priority": frozenset({1, 2})}


@dataclass(frozen=True, slots=True)
class CopyRules:
    """What is carried over: labels by the kind of the new patch set, and values of a label whatever the kind.

    The default is what Gerrit ships and OpenStack keeps: every vote where nothing changed, Verified over a new message,
    Code-Review over a trivial rebase, a -2 and a review promise over anything.
    """

    kinds: Mapping[str, frozenset[str]] = field(default_factory=_usual_kinds)
    values: Mapping[str, frozenset[int]] = field(default_factory=_usual_values)

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> "CopyRules":
        """The rules that a project file's section [votes] states: `copied_kinds` and `copied_values`.

        Raises ProjectFileError for another key, an unknown kind of patch set, or what is not a list of labels or of
        whole numbers.
        """
        unknown = sorted(set(section) - {"copied_kinds", "copied_values"})
        for key in section if not unknown else ():
            _check_table(key, section[key])
        unknown += sorted(set(section.get("copied_kinds", {})) - set(KINDS))
        if unknown:
            raise ProjectFileError(
                expected=f"keys of [votes] among copied_kinds (by {', '.join(KINDS)}) and copied_values",
                found=repr(unknown[0]),
                do="correct the spelling, or leave it out",
            )
        default = cls()
        kinds = {
            kind: _listed(f"copied_kinds.{kind}", labels, str, "labels", 'REWORK = ["Verified"]')
            for kind, labels in section.get("copied_kinds", {}).items()
        }
        values = {
            label: _listed(f"copied_values.{label}", values, int, "whole numbers", '"Code-Review" = [-2]')
            for label, values in section.get("copied_values", {}).items()
        }
        return cls({**default.kinds, **kinds}, {**default.values, **values})


def carried(candidates: pd.DataFrame, patch_sets: pd.DataFrame, told: pd.DataFrame, rules: CopyRules) -> pd.DataFrame:
    """The candidates that every upload since their patch set carried over.

    Parameters
    ----------
    candidates : DataFrame
        change_number, patch_set_number (where it was cast), label, account, value, current (the patch set to reach).
    patch_sets : DataFrame, schema.PATCH_SETS
    told : DataFrame
        What uploads' messages say, see events.told_at_upload; it overrules the rule.
    """
    uploads = patch_sets[["change_number", "patch_set_number", "kind"]]
    uploads = uploads.rename(columns={"patch_set_number": "upload"})
    numbered = candidates.reset_index(names="candidate")
    steps = numbered.merge(uploads, on="change_number", validate="many_to_many")
    steps = steps[(steps["upload"] > steps["patch_set_number"]) & (steps["upload"] <= steps["current"])]
    said = told.rename(columns={"patch_set_number": "upload"})
    said = said.drop_duplicates(["change_number", "upload", "label", "value"], keep="last")
    steps = steps.merge(said, on=["change_number", "upload", "label", "value"], how="left", validate="many_to_one")
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
    for label, values in rules.values.items():
        copied |= (steps["label"] == label) & steps["value"].isin(values)
    return copied


def _check_table(key: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise ProjectFileError(
            expected=f"[votes.{key}] as a table", found=repr(value)[:100], do="write name = [...] in it"
        )


def _listed(where: str, values: Any, kind: type, what: str, example: str) -> frozenset[Any]:
    """The values of one key; `type(value) is kind`, because True is an int to isinstance."""
    if not isinstance(values, list) or not all(type(value) is kind for value in values):
        raise ProjectFileError(
            expected=f"votes.{where} as a list of {what}",
            found=repr(values)[:100],
            do=f"write, for instance, {example}",
        )
    return frozenset(values)
