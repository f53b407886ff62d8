"""A sentence for each nudge, to be pasted into a mail, a channel or the change: plain text on one line."""

from collections.abc import Hashable, Mapping

import pandas as pd

from analysis.report.figures.html import clean, is_unknown

MOST_LETTERS = 90  # of a subject
_SENTENCES = {
    "second_core": "would {you} look at {fix}? It has had one +2 since {day}, and needs a second core alone.",
    "not_merged": "{fix} was approved on {day} and has not merged. Would {you} recheck or rebase it?",
    "question": "{owner} asked something on {day} about {fix}, and nobody has answered. Would {you}?",
    "owner_left": "would {you} take over {fix}, or abandon it? Its owner, {owner}, was last seen here on {day}.",
}


def nudge_sentences(nudges: pd.DataFrame) -> pd.Series:
    """One sentence per row, addressed to the person who could act, or to anybody if nobody is known.

    Parameters
    ----------
    nudges : DataFrame
        kind, subject, owner_name, bug_id, since_at, account_name: NA where nobody is known; change_url.
    """
    texts = [_sentence(row) for row in nudges.to_dict("records")]
    return pd.Series(texts, index=nudges.index, dtype="string")


def _sentence(row: Mapping[Hashable, object]) -> str:
    fix = f'{clean(row["change_url"])} ("{clean(row["subject"], most=MOST_LETTERS)}", bug {row["bug_id"]})'
    nobody = is_unknown(row["account_name"])
    since_at = row["since_at"]
    day = f"{since_at:%Y-%m-%d}" if isinstance(since_at, pd.Timestamp) else "an unknown day"
    you = ("a core" if row["kind"] == "second_core" else "somebody") if nobody else "you"
    owner = clean(row["owner_name"], most=MOST_LETTERS)
    text = _SENTENCES[str(row["kind"])].format(you=you, fix=fix, owner=owner, day=day)
    if nobody:
        return "W" + text[1:] if text.startswith("would") else text  # an address keeps its small letter
    return f"{clean(row['account_name'], most=MOST_LETTERS)}: {text}"
