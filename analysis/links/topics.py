"""Bugs and blueprints named by a change's topic."""

import pandas as pd

from analysis.links import lines

# git-review makes the topic bug/N from the commit message. People also type bug-N, Bug_N and bugN: those need five
# digits, for BUG/3427 is somebody's own tracker. A bare number, or "debug/1", is no bug.
CANONICAL = r"^bug/(?P<bug>[0-9]{1,8})(?:[^0-9].*)?$"
TYPED = r"(?i)^(?:bugs?|lp)(?:[/_-]|[/_-]?(?:bug|lp)?[/_#-])?(?P<bug>[0-9]{5,8})(?:[^0-9].*)?$"
COLUMNS = ["kind", "ref", "line", "bug_id", "evidence", "relation", "strength"]


def parse(deeds: pd.DataFrame) -> pd.DataFrame:
    """One row per change whose topic names a bug: kind, ref, line (the topic), bug_id, evidence, relation, strength.

    A topic does not say whether the change closes the bug; it is read as a fix, and a footer that says otherwise wins.
    """
    topic = deeds["topic"].dropna()
    canonical = lines.groups(topic, CANONICAL)
    typed = lines.groups(topic.drop(canonical.index), TYPED)
    bug = pd.concat([canonical["bug"], typed["bug"]]).sort_index().astype("Int64")
    rows = deeds.loc[bug.index, ["kind", "ref"]].assign(line=topic, bug_id=bug, evidence="topic", relation="closes")
    rows = rows.assign(strength=pd.Series(0.7, index=rows.index).mask(rows.index.isin(canonical.index), 0.8))
    return pd.DataFrame(rows.loc[rows["bug_id"] > 0, COLUMNS]).reset_index(drop=True)
