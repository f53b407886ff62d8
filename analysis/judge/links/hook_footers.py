"""The footers of a commit message as OpenStack's infra hook reads them, to compare our reading with the hook's.

The hook runs one pattern over the indented `git log` text. The *first* match of each bug decides, by the word before
its first hyphen. A bug after "Fix", "Closed" or any other word gets a comment and keeps its status, which is why a
merged fix may leave its bug open.
"""

import re

import pandas as pd

# From the hook's documentation; it changes only if the hook changes. As there, \s may match the end of a line.
PATTERN = re.compile(
    r"^[\t ]*(?P<prefix>[-\w]+)?[\s:]*(?:\b(?:bug|lp)\b[\s#:]*)+(?P<bug>\d+)\s*?$", re.IGNORECASE | re.MULTILINE
)
# In a gap the pattern may begin at every line and run to the gap's end: a megabyte of blank lines would take hours. A
# long gap matches as a short one does, so it is shortened.
GAP = re.compile(r"[\s:#]{100,}+")
# The same holds for a row of its words: a long row matches as one of a hundred words does.
ROW = re.compile(r"((?:\b(?:bug|lp)\b[\s#:]*+){100})(?:\b(?:bug|lp)\b([\s#:]*+))++", re.IGNORECASE)
RELATIONS = {
    "": "closes", "closes": "closes", "fixes": "closes", "resolves": "closes", "partial": "partial",
    "related": "related", "impacts": "related", "affects": "related",
}  # fmt: skip
COMMENT_ONLY = "comment"


def relations(changes_and_commits: pd.DataFrame) -> pd.DataFrame:
    """The hook's action for each bug: kind, ref, bug_id, hook_relation (closes, partial, related or comment)."""
    rows = [
        (kind, ref, int(bug), relation)
        for kind, ref, message in zip(
            changes_and_commits["kind"], changes_and_commits["ref"], changes_and_commits["message"], strict=True
        )
        for bug, relation in read(message).items()
    ]
    frame = pd.DataFrame(rows, columns=["kind", "ref", "bug_id", "hook_relation"])
    return frame.astype({"kind": "str", "ref": "str", "bug_id": "Int64", "hook_relation": "str"})


def read(message: str) -> dict[str, str]:
    """The hook's action for each bug number, for one message.

    >>> read("Fix bug 2114951\\n\\nCloses-Bug: #2114951")
    {'2114951': 'comment'}
    """
    first: dict[str, str] = {}
    for match in PATTERN.finditer(ROW.sub(r"\1\2", GAP.sub(_shortened, message))):
        word = (match["prefix"] or "").partition("-")[0].lower()
        first.setdefault(match["bug"], RELATIONS.get(word, COMMENT_ONLY))
    return first


def _shortened(gap: re.Match[str]) -> str:
    return "\n" if "\n" in gap[0] else gap[0][:1]
