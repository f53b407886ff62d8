"""Proposals for triage: the subsystem tag that an untagged bug most likely bears, and what its report lacks."""

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from analysis.judge.inconsistencies.cases import version_pattern
from analysis.tables import records, schema
from analysis.themes import counts, tag_checks
from analysis.themes.tag_examples import TagExamples, subsystem_tags
from analysis.themes.tag_model import TagModel
from analysis.themes.tag_rows import TagRows

WORDS_KEPT = 3


def triage_proposals(
    *, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, milestones: pd.DataFrame, texts: pd.DataFrame, target: str
) -> dict[str, pd.DataFrame]:
    """The tables triage_proposals, of the open bugs without a subsystem tag, and tag_checks, of how often it was right.

    The tag is learnt from the bugs that bear one, and proposed only where proposals as sure as it were right for bugs
    reported later; else it is NA. What becomes of the bugs reported last is never learnt from before it is asked.

    Parameters
    ----------
    bugs, bug_tasks, milestones : DataFrames of those schemas
    texts : `vectors.public_texts` of these bugs
    target : the project on Launchpad, whose tasks say whether a bug is open
    """
    visible = counts.public(bugs)
    texts = texts.set_axis(visible.index)
    is_open = counts.is_open(visible, schema.open_tasks(bug_tasks, target)).to_numpy(dtype=bool)
    has_none = np.array([not tags for tags in subsystem_tags(visible, target)], dtype=bool) & visible["tags"].notna()
    asking = visible[is_open & has_none]
    lacks = _lacking(asking, texts["has_log"], milestones)
    proposals = pd.DataFrame({"bug_id": asking["bug_id"], "lacks": lacks}, index=asking.index)
    examples = TagExamples.among(visible, texts, target)
    checks = schema.TAG_CHECKS.empty()
    if examples.are_enough:
        chosen, checks = _proposed(examples, texts.loc[asking.index], asking["reporter"])
        proposals = proposals.join(chosen)
    return {
        "triage_proposals": schema.TRIAGE_PROPOSALS.ordered(schema.TRIAGE_PROPOSALS.frame(proposals)),
        "tag_checks": checks,
    }


def check_older(examples: TagExamples, rows: TagRows) -> tag_checks.Checked:
    """The proposals for the newest examples, each learnt from older ones and with words weighed by older ones."""
    older = rows.weighed(tag_checks.n_older(len(examples.tags)))
    return tag_checks.checked(older, examples.tags, examples.days)


def _proposed(examples: TagExamples, asking: pd.DataFrame, reporters: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The proposals for the asking bugs (`vectors.texts`), by their index, and the checks of each tag."""
    rows = TagRows(examples.texts, examples.reporters, examples.tags)
    checked = check_older(examples, rows)
    least = tag_checks.least_chance(checked.chances, checked.is_right)
    checks = tag_checks.table(checked, examples.tags, least)
    columns = ["proposed_tag", "chance", "words"]
    if asking.empty or not np.isfinite(least):
        return pd.DataFrame(columns=columns, index=asking.index[:0]), checks
    model = TagModel().fit(rows.weighed(), examples.tags, examples.days)
    asked = rows.transform(asking, reporters)
    best, expected = model.best(asked)
    # The model's own chances are of its own time; how often they came true later is known too.
    rises = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(checked.chances, checked.is_right)
    sure = np.flatnonzero(expected >= least)
    words = [rows.words(asked[int(row)], model.weights(int(best[row])), WORDS_KEPT) for row in sure]
    chosen = {"proposed_tag": model.tags_[best[sure]], "chance": rises.predict(expected)[sure]}
    table = pd.DataFrame(chosen, index=asking.index[sure])
    return table.assign(words=pd.Series(words, table.index, dtype=object)), checks


def _lacking(bugs: pd.DataFrame, has_log: "pd.Series[bool]", milestones: pd.DataFrame) -> "pd.Series[list[str]]":
    """What each report lacks: "version", "log" (or a traceback); NA where the description is unknown."""
    both = bugs["title"].fillna("") + "\n" + bugs["description"].fillna("")
    has_version = records.holds(both, version_pattern(milestones))
    facts = zip(has_version, has_log[bugs.index], bugs["description"].notna(), strict=True)
    lacks = [
        [name for name, has in (("version", version), ("log", log)) if not has] if is_described else None
        for version, log, is_described in facts
    ]
    return pd.Series(lacks, bugs.index, dtype=object)
