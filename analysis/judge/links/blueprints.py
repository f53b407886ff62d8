"""Blueprints in commit messages and topics: they show the priority of a change without a bug."""

import pandas as pd

from analysis.judge.links.lines import START
from analysis.tables import records, schema

# Only these words may come before it: in "the blueprint was approved" it is a word of a sentence.
WORDS = (
    r"(?P<words>(?:(?:par?t?ial\w*|prtial\w*|partly|impl\w*|part|phase|of|this|is|a|the|first|second|third|and|final|"
    r"related?|relates|to|progress\w*|on|for|towards?|compl\w*|concludes|addresses|fixes|closes|cleanup|needed|"
    r"required|by|before|support|depends)[\s:-]*)*)"
)
SPEC = r"https?://blueprints\.launchpad\.net/(?:[^/\s]+/)?\+spec/"
NAME = r"[\"'`]?(?P<name>[A-Za-z0-9][A-Za-z0-9.+_-]+[A-Za-z0-9])[\"'`]?"
FOOTER = rf"{START}{WORDS}(?:(?:(?:blueprints?|bp)\b[\s:/#-]*)+(?:{SPEC})?|{SPEC}){NAME}(?P<after>.*)$"
# A blueprint under a bug's footer: "Related-Bug: iothreads-for-instances".
MISPLACED = rf"{START}(?P<words>[a-z]+)-+bugs?\s*:\s*(?P<name>[a-z]+(?:-[a-z0-9]+)+)(?P<after>[\s.]*)$"
TOPIC = r"^(?i:bp|blueprint)/(?P<name>[A-Za-z0-9][A-Za-z0-9.+_-]{2,})"
KEY = list(schema.BLUEPRINTS.key)


def build(changes_and_commits: pd.DataFrame, bug_lines: pd.DataFrame) -> pd.DataFrame:
    """The table blueprints.

    Parameters
    ----------
    changes_and_commits : DataFrame
        kind, ref, topic.
    bug_lines : DataFrame, see lines.candidate_lines
    """
    rows = pd.concat([_footers(bug_lines), _topics(changes_and_commits)], ignore_index=True)
    rows = rows.assign(
        blueprint=rows["blueprint"].str.lower(),
        source_text=rows["source_text"].str[:200],
        order=rows["relation"].map({"implements": 0, "partial": 1, "related": 2}),
    )
    rows = rows.sort_values([*KEY, "order"], kind="stable").drop_duplicates(KEY).drop(columns="order")
    return schema.BLUEPRINTS.ordered(schema.BLUEPRINTS.frame(rows))


def _footers(candidates: pd.DataFrame) -> pd.DataFrame:
    parts = records.groups(candidates["line"], FOOTER)
    misplaced = records.groups(candidates["line"].drop(parts.index), MISPLACED)
    # A name without a hyphen is a word of a sentence, unless the line ends with it: "blueprint for that".
    named = parts["name"].str.contains(r"[-_0-9]") | parts["after"].str.contains(r"^[\s.)\"']*$")
    parts = pd.concat([parts[named], misplaced]).sort_index()
    return candidates.loc[parts.index, ["kind", "ref"]].assign(
        blueprint=parts["name"],
        evidence="footer",
        relation=_relation(parts["words"].str.lower()),
        source_text=candidates.loc[parts.index, "line"],
    )


def _relation(words: "pd.Series[str]") -> "pd.Series[str]":
    relation = pd.Series("implements", index=words.index, dtype="str")
    relation = relation.mask(words.str.contains(r"part|p\w*tial|progress|toward|phase|\bon\b"), "partial")
    return relation.mask(words.str.contains(r"relat|need|requir|cleanup|before|depend"), "related")


def _topics(changes_and_commits: pd.DataFrame) -> pd.DataFrame:
    topic = changes_and_commits["topic"].dropna()
    name = records.groups(topic, TOPIC)["name"]
    return changes_and_commits.loc[name.index, ["kind", "ref"]].assign(
        blueprint=name, evidence="topic", relation="implements", source_text=topic.loc[name.index]
    )
