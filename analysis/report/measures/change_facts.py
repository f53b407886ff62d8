"""The facts in every table of open changes: owner, size, CI result, and last event."""

from collections.abc import Mapping

import pandas as pd

from analysis.judge.queue import ci_state
from analysis.tables import schema


def change_facts(
    *,
    changes: pd.DataFrame,
    patch_sets: pd.DataFrame,
    votes: pd.DataFrame,
    change_messages: pd.DataFrame,
    names: Mapping[int, str],
) -> pd.DataFrame:
    """One row per change of `changes`, indexed by change_number.

    Parameters
    ----------
    changes, patch_sets, votes : DataFrame, schema tables of these names
    change_messages : DataFrame, of schema.CHANGE_MESSAGES change_number, sent_at, account and is_ci
    names : what each account is called, by its number

    Returns
    -------
    DataFrame
        owner, owner_name, size_lines, ci (passed, failed or none; NA where votes were not served), last_event: its day
        and what it was, such as "2015-07-30 vote +1".
    """
    owner = changes["owner"]
    facts = pd.DataFrame(
        {
            "owner": owner,
            "owner_name": owner.map(dict(names)).astype(schema.TEXT).fillna(owner.astype(schema.TEXT)),
            "size_lines": changes["insertions"] + changes["deletions"],
            "ci": ci_state(changes["change_number"], changes, votes),
            "last_event": _last_events(changes, patch_sets, votes, change_messages),
        }
    )
    return facts.set_index(changes["change_number"])


def _last_events(
    changes: pd.DataFrame, patch_sets: pd.DataFrame, votes: pd.DataFrame, change_messages: pd.DataFrame
) -> pd.Series:
    """The newest event of each change; among simultaneous ones a vote is preferred to its message."""
    numbers = changes["change_number"]
    cast = votes[votes["change_number"].isin(numbers) & votes["value"].ne(0) & ~votes["is_copied"].fillna(False)]
    label = cast["label"].where(~cast["label"].isin(("Code-Review", "Verified", "Workflow")), "")
    words = ("CI " + _signed(cast["value"])).where(cast["is_ci"].fillna(False), "vote " + _signed(cast["value"]))
    sent = change_messages[change_messages["change_number"].isin(numbers) & change_messages["account"].notna()]
    uploads = patch_sets[patch_sets["change_number"].isin(numbers)]
    comments = pd.Series("comment", sent.index, dtype=schema.TEXT).mask(sent["is_ci"].fillna(False), "CI comment")
    parts = [
        pd.DataFrame({"at": changes["updated_at"], "what": "update", "weight": 0}).assign(key=changes["change_number"]),
        pd.DataFrame({"at": sent["sent_at"], "what": comments, "weight": 1}).assign(key=sent["change_number"]),
        pd.DataFrame({"at": uploads["created_at"], "what": "patch set", "weight": 2}).assign(
            key=uploads["change_number"]
        ),
        pd.DataFrame({"at": cast["cast_at"], "what": (words + " " + label).str.strip(), "weight": 3}).assign(
            key=cast["change_number"]
        ),
    ]
    events = pd.concat([part.dropna(subset="at") for part in parts], ignore_index=True)
    # `updated_at` may be a second or two after its event.
    has_weight = events["weight"].gt(0)
    newest = events.loc[has_weight].groupby("key")["at"].max()
    late = events["at"] - schema.looked_up(events["key"], newest) <= pd.Timedelta(minutes=1)
    events = events[has_weight | ~late.fillna(False)]
    last = events.sort_values(["at", "weight"], kind="stable").drop_duplicates("key", keep="last").set_index("key")
    words = last["at"].dt.strftime("%Y-%m-%d").astype(schema.TEXT) + " " + last["what"].astype(schema.TEXT)
    last_words: pd.Series = schema.looked_up(changes["change_number"], words).astype(schema.TEXT)
    return last_words


def _signed(values: pd.Series) -> "pd.Series[str]":
    words = [f"{value:+d}".replace("-", "\u2212") for value in values.tolist()]
    return pd.Series(words, values.index, dtype=schema.TEXT)


def with_change_facts(frame: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """The frame with the missing columns of `change_facts`, by its change_number."""
    missing = [name for name in facts.columns if name not in frame]
    return frame.assign(**{name: schema.looked_up(frame["change_number"], facts[name]) for name in missing})
