"""Proposals for triage: the subsystem tag that an untagged bug most likely bears, and what its report lacks."""

import re
from itertools import pairwise

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.isotonic import IsotonicRegression

from analysis.judge.inconsistencies.cases import version_pattern
from analysis.tables import records, schema
from analysis.themes import counts, text
from analysis.themes.bug_index import SimilarBugs
from analysis.themes.tag_model import MOST_EXAMPLES, TagModel
from analysis.themes.title_pieces import TitlePieces

# Tags of how a bug is worked on, of who met it and when, not of what it is about.
NO_SUBSYSTEM = re.compile(
    r"(?i)(?:in-.*|.*-potential|.*-rc\d*|.*backport.*|low-hanging-fruit|needs?[.-].*|verification-.*|forward-port-.*"
    r"|openstack-version\..*|opsys-type\..*|ops|regression.*|security|openstack|rfe|bugsmash|gate-failure|patch"
    r"|apport-.*|.*\d{4}.*)"
)
# A tag of fewer bugs is not learnt, and nothing is where fewer bugs bear a tag that is.
FEWEST_BUGS, FEWEST_EXAMPLES = 30, 200
# The newest part of the bugs with a tag is held back in so many steps. Each is asked after learning from those before
# it, as a build learns from all bugs before the new ones; words are weighed by the bugs before the first step. Which
# tags are learnt, and how each is spelt, is told by all bugs.
HELD_BACK, STEPS = 0.3, 8
# A tag is proposed where proposals as likely or likelier were right so often for bugs reported later.
WANTED = 0.8
WORDS_KEPT = 3
# Of the similarity of two reports: pieces of words that both titles hold, both titles name the same tag, and one person
# wrote both. Their words weigh 3.
SAME_PIECES, SAME_NAME, SAME_REPORTER = 0.5, 0.3, 0.2


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
    own = _own_tags(visible, target)
    is_open = counts.is_open(visible, schema.open_tasks(bug_tasks, target))
    asking = visible.index[
        is_open.to_numpy(dtype=bool) & np.array([not tags for tags in own], dtype=bool) & visible["tags"].notna()
    ]
    proposals = pd.DataFrame(
        {"bug_id": visible.loc[asking, "bug_id"], "lacks": _lacking(visible.loc[asking], texts["has_log"], milestones)},
        index=asking,
    )
    learnable = learnt_tags(own)
    created = _created(visible)
    examples = _examples(visible, learnable, created)
    checks = schema.TAG_CHECKS.empty()
    if len(examples) >= FEWEST_EXAMPLES and len({tag for tags in learnable for tag in tags}) > 1:
        chosen, checks = _proposed(texts, visible["reporter"], examples, asking, learnable, created)
        proposals = proposals.join(chosen)
    return {
        "triage_proposals": schema.TRIAGE_PROPOSALS.ordered(schema.TRIAGE_PROPOSALS.frame(proposals)),
        "tag_checks": checks,
    }


def learnt_tags(tags: list[list[str]]) -> list[list[str]]:
    """Of the tags of each bug those that enough bugs bear, in the spelling of the most: "docs" where most write so."""
    bearers: dict[str, dict[str, int]] = {}
    for own in tags:
        for tag in set(own):
            forms = bearers.setdefault(_letters(tag), {})
            forms[tag] = forms.get(tag, 0) + 1
    spelling = {
        letters: min(forms, key=lambda form: (-forms[form], form))
        for letters, forms in bearers.items()
        if sum(forms.values()) >= FEWEST_BUGS
    }
    return [sorted({spelling[letters] for tag in own if (letters := _letters(tag)) in spelling}) for own in tags]


def tag_lists(tags: "pd.Series[list[str]]") -> list[list[str]]:
    """The tags of each bug as lists; of one whose tags are unknown none."""
    return [list(each) if isinstance(each, list | np.ndarray) else [] for each in tags.astype(object)]


def _letters(tag: str) -> str:
    return text.singular("".join(filter(str.isalnum, tag.lower())))


def _is_subsystem(tag: str, target: str) -> bool:
    return tag.lower() != target.lower() and not NO_SUBSYSTEM.fullmatch(tag)


def _proposed(
    texts: pd.DataFrame,
    reporters: pd.Series,
    examples: pd.Index,
    asking: pd.Index,
    learnable: list[list[str]],
    created: pd.Series,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The proposals for the asking bugs, by their index, and the checks of each tag; `examples` oldest first."""
    rows, tags, days = _learnt_from(texts, reporters, examples, learnable, created, only_older=True)[2:]
    tested, is_right, chances, names = _checked(rows, tags, days)
    del rows  # not beside those of all examples
    least = least_chance(chances, is_right)
    checks = _checks(tags, tags[len(tags) - tested :], names[chances >= least], is_right[chances >= least])
    columns = ["proposed_tag", "chance", "words"]
    if not len(asking) or not np.isfinite(least):
        return pd.DataFrame(columns=columns, index=asking[:0]), checks
    index, pieces, rows, *_ = _learnt_from(texts, reporters, examples, learnable, created)
    model = TagModel().fit(rows, tags, days)
    views = index.transform(texts.loc[asking])
    of_titles = pieces.transform(texts.loc[asking, "title"].tolist()) * np.float32(SAME_PIECES**0.5)
    hints = _hints(texts["title"], reporters, asking, examples, tags)
    best, expected = model.best(sp.hstack([*views, of_titles, *hints], format="csr"))
    # The model's own chances are of its own time; how often they came true later is with_reporter too.
    later = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(chances, is_right).predict(expected)
    sure = np.flatnonzero(expected >= least)
    words = [_words(views[0][int(row)], model.weights(int(best[row])), index.terms_) for row in sure]
    chosen = pd.DataFrame({"proposed_tag": model.tags_[best[sure]], "chance": later[sure]}, index=asking[sure])
    return chosen.assign(words=pd.Series(words, chosen.index, dtype=object)), checks


def held_back(*, bugs: pd.DataFrame, texts: pd.DataFrame, target: str, without_newest: int = 0) -> pd.DataFrame:
    """The newest bugs with a subsystem tag, each asked by what was learnt before it: tag, chance, is_right.

    Which tags are learnt is told by all bugs. Without rows where too few bugs bear a tag.

    Parameters
    ----------
    bugs : DataFrame, schema.BUGS
    texts : `vectors.public_texts` of these bugs
    target : the project on Launchpad
    without_newest : so many of the newest are left out, to choose settings without them
    """
    visible = counts.public(bugs)
    texts = texts.set_axis(visible.index)
    learnable = learnt_tags(_own_tags(visible, target))
    created = _created(visible)
    examples = _examples(visible, learnable, created)
    examples = examples[: max(len(examples) - without_newest, 0)]
    if len(examples) < FEWEST_EXAMPLES:
        return pd.DataFrame({"tag": [], "chance": [], "is_right": []})
    *_, rows, tags, days = _learnt_from(texts, visible["reporter"], examples, learnable, created, only_older=True)
    _, is_right, chances, names = _checked(rows, tags, days)
    return pd.DataFrame({"tag": names, "chance": chances, "is_right": is_right})


def _own_tags(bugs: pd.DataFrame, target: str) -> list[list[str]]:
    return [[tag for tag in tags if _is_subsystem(tag, target)] for tags in tag_lists(bugs["tags"])]


def _created(bugs: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """When each was reported; a bug whose day is unknown counts as the oldest."""
    return bugs["created_at"].fillna(pd.Timestamp(0, tz="UTC"))


def _examples(bugs: pd.DataFrame, learnable: list[list[str]], created: pd.Series) -> pd.Index:
    """The bugs that bear a tag to learn, oldest first."""
    examples = bugs.index[[bool(tags) for tags in learnable]]
    return examples[np.lexsort((bugs.loc[examples, "bug_id"], created[examples]))]


def _learnt_from(
    texts: pd.DataFrame, reporters: pd.Series, examples: pd.Index, learnable: list[list[str]], created: pd.Series,
    *, only_older: bool = False,
) -> tuple[SimilarBugs, TitlePieces, sp.csr_matrix, list[list[str]], np.ndarray]:  # fmt: skip
    """The index of the examples, the pieces of their titles, and of each example its row, tags and day.

    With `only_older` words and pieces are learnt from the examples that are not held back alone.
    """
    n = _n_older(len(examples)) if only_older else len(examples)
    index, pieces = SimilarBugs().fit(texts.loc[examples[:n]]), TitlePieces()
    of_titles = pieces.fit_transform(texts.loc[examples[:n], "title"].tolist())
    parts = [*index.views_, of_titles]
    if only_older:
        later = [*index.transform(texts.loc[examples[n:]]), pieces.transform(texts.loc[examples[n:], "title"].tolist())]
        parts = [sp.vstack(both, format="csr") for both in zip(parts, later, strict=True)]
    parts[-1] = parts[-1] * np.float32(SAME_PIECES**0.5)
    tags = [learnable[place] for place in texts.index.get_indexer(examples)]
    hints = _hints(texts["title"], reporters, examples, examples, tags)
    days = (created[examples] - created[examples].iloc[0]).dt.total_seconds().to_numpy() / 86_400
    index.views_ = []  # the rows hold a copy of what is needed, and nobody searches this index
    return index, pieces, sp.hstack([*parts, *hints], format="csr"), tags, days


def _n_older(n: int) -> int:
    """Of so many examples the number that is not held back."""
    return int((1 - HELD_BACK) * n)


def _hints(
    titles: pd.Series, reporters: pd.Series, bugs: pd.Index, examples: pd.Index, tags: list[list[str]]
) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Which tags the title of each of the bugs names, and which of the examples' reporters wrote it."""
    patterns = [re.compile(named(tag)) for tag in sorted({tag for own in tags for tag in own})]
    low = titles[bugs].str.lower().tolist()
    names = np.array([[pattern.search(title) is not None for pattern in patterns] for title in low], dtype=np.float32)
    people = pd.Index(reporters[examples].dropna().unique())
    places = people.get_indexer(reporters[bugs])
    with_reporter = np.flatnonzero(places >= 0)
    by = sp.csr_matrix(
        (np.ones(len(with_reporter), np.float32), (with_reporter, places[with_reporter])), (len(bugs), len(people))
    )
    of_names = sp.csr_matrix(names.reshape(len(bugs), len(patterns)))
    return of_names * np.float32(SAME_NAME**0.5), by * np.float32(SAME_REPORTER**0.5)


def named(tag: str) -> str:
    """A pattern of a tag's name in lower-case text, one or more of it, its words joined in any way.

    >>> bool(re.search(named("live-migration"), "live migrations fail")), bool(re.search(named("db"), "dbus"))
    (True, False)
    """
    words = [re.escape(text.singular(word)) for word in re.findall(r"[^\W_.]+(?:\.[^\W_]+)*", tag.lower())]
    return rf"(?<![^\W_]){'[-_ ]?'.join(words)}(?:e?s)?(?![^\W_])"


def _checked(
    rows: sp.csr_matrix, tags: list[list[str]], days: np.ndarray
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """How many of the newest bugs were held back; whether each one's proposal is right, its chance, and the tag."""
    n = len(tags)
    edges = np.linspace((1 - HELD_BACK) * n, n, STEPS + 1).astype(int)  # the first is `_n_older`
    right, chances, names = [], [], []
    for start, end in pairwise(edges):
        if len({tag for own in tags[:start][-MOST_EXAMPLES:] for tag in own}) < 2:
            continue
        model = TagModel().fit(rows[:start], tags[:start], days[:start])
        best = model.best(rows[start:end])
        proposed = model.tags_[best.tags]
        names.append(proposed)
        chances.append(best.chances)
        right.append(np.array([tag in own for tag, own in zip(proposed, tags[start:end], strict=True)], dtype=bool))
    if not chances:
        return 0, np.empty(0, bool), np.empty(0), np.empty(0, object)
    return n - int(edges[0]), np.concatenate(right), np.concatenate(chances), np.concatenate(names)


def least_chance(chances: np.ndarray, is_right: np.ndarray) -> float:
    """The least chance from which on WANTED of the proposals are right; infinity where there is none.

    >>> least_chance(np.array([0.1, 0.9, 0.5, 0.7]), np.array([False, True, True, True]))
    0.5
    """
    if not len(chances):
        return np.inf
    order = np.argsort(-chances, kind="stable")
    share = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    # Of equal chances all are proposed or none.
    is_last = np.append(np.diff(chances[order]) != 0, True)
    enough = np.flatnonzero((share >= WANTED) & is_last)
    return float(chances[order][enough[-1]]) if len(enough) else np.inf


def _checks(tags: list[list[str]], later: list[list[str]], proposed: np.ndarray, is_right: np.ndarray) -> pd.DataFrame:
    every = sorted({tag for own in tags for tag in own})
    of_all, of_later = (pd.Series([tag for own in some for tag in own], dtype=object) for some in (tags, later))
    counted = {
        "n_examples": of_all.value_counts(),
        "n_later": of_later.value_counts(),
        "n_proposals": pd.Series(proposed, dtype=object).value_counts(),
        "n_right": pd.Series(proposed[is_right], dtype=object).value_counts(),
    }
    table = pd.DataFrame({name: counts.reindex(every).fillna(0) for name, counts in counted.items()})
    return schema.TAG_CHECKS.ordered(schema.TAG_CHECKS.frame(table.rename_axis("tag").reset_index()))


def _words(row: sp.csr_matrix, weights: np.ndarray, terms: list[str]) -> list[str]:
    """The words of a report that speak most for the tag, the strongest first."""
    speaks = row.data * weights[row.indices]
    order = np.argsort(-speaks, kind="stable")[:WORDS_KEPT]
    return [terms[row.indices[place]] for place in order if speaks[place] > 0]


def _lacking(bugs: pd.DataFrame, has_log: "pd.Series[bool]", milestones: pd.DataFrame) -> "pd.Series[list[str]]":
    """What each report lacks: "version", "log" (or a traceback); NA where the description is unknown."""
    both = bugs["title"].fillna("") + "\n" + bugs["description"].fillna("")
    has_version = records.holds(both, version_pattern(milestones))
    lacks = [
        [name for name, has in (("version", version), ("log", log)) if not has] if is_described else None
        for version, log, is_described in zip(
            has_version, has_log[bugs.index], bugs["description"].notna(), strict=True
        )
    ]
    return pd.Series(lacks, bugs.index, dtype=object)
