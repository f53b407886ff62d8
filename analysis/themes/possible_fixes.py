"""Commits that may have fixed an open bug without naming it, by the likeness of fixes that did name their bug."""

import re
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from analysis.judge.fixes.linked_changes import last_proposals
from analysis.judge.privacy import visible_bugs
from analysis.tables import schema
from analysis.themes import text
from analysis.themes.fix_finder import DAYS, WORDS, Candidates, FixFinder, commit_texts
from analysis.themes.fix_likelihood import Example, FixLikelihood

# With fewer fixes that name their bug there is too little to learn from; more than this many of the newest add nothing.
FEWEST_EXAMPLES, MOST_EXAMPLES = 60, 600
ROWS_KEPT = 3  # of each bug
# A row is worth a look while no more than this share of reports with no fix to find has a commit as likely. Nova's rows
# were read for bugs open in October 2017, and for bugs open in June 2015 or June 2016 that were closed later. The order
# was chosen on the latter; both limits, and to leave out commits before a proposed fix, after reading all: up to LIKELY
# 11 of 13 are fixes or parts of one, up to FALSE_ALARMS 4 of 14 more, and up to 0.03 only 8 of 62 more.
FALSE_ALARMS, LIKELY, SAME_TEXT = 0.01, 0.003, 0.8  # SAME_TEXT: nearly equal texts are listed in any case
WORDS_KEPT = 5
_BUG_NAMED = re.compile(r"\b(?:bugs?|lp|closes|fixes|resolves)\b[^\n\d]{0,20}(\d{5,8})\b", re.IGNORECASE)


def find_possible_fixes(
    *, bugs: pd.DataFrame, unfixed_bugs: pd.DataFrame, commits: pd.DataFrame, commit_files: pd.DataFrame,
    links: pd.DataFrame, texts: pd.DataFrame, linked_changes: pd.DataFrame, doubts: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """For each open bug without a fix at most three commits that may have fixed it unnamed. schema.POSSIBLE_FIXES.

    The result is empty if the project has too few fixes that name their bug to learn from. A commit that names a bug
    outside the public ones is skipped, because that bug may be under embargo. So is a commit that is already linked to
    this bug, or has its number: whoever wrote it knew the bug, and did not mean to fix it. So is one after which
    somebody proposed a fix of the bug: it was not enough.

    Parameters
    ----------
    bugs, unfixed_bugs, commits, commit_files, links, linked_changes : DataFrames of those schemas
    texts : `vectors.public_texts` of these bugs
    doubts : comments of people that say that a bug is not fixed, see `remarks.doubts`
    """
    public = visible_bugs(bugs).sort_values("bug_id", ignore_index=True)
    texts = texts.set_axis(public.index)
    commits = commits[~commits["is_merge"].fillna(False)]
    commits = commits[_names_public_bugs_only(commits["message"], public["bug_id"])].reset_index(drop=True)
    fixes_of = known_fixes(public, commits, links)
    asking = public.index[public["bug_id"].isin(unfixed_bugs["bug_id"]) & public["created_at"].notna()]
    if len(fixes_of) < FEWEST_EXAMPLES or asking.empty:
        return schema.POSSIBLE_FIXES.empty()
    finder = FixFinder().fit(commits, commit_files)
    created = public["created_at"]
    examples = public.index[public["bug_id"].isin(list(fixes_of))]
    nearest = finder.candidates(texts.loc[examples], created[examples])
    fixes: list[Collection[int]] = [fixes_of[bug] for bug in public.loc[examples, "bug_id"]]
    finder.learn(nearest, fixes)
    linked_to = linked_commits(commits, links)
    try:
        likelihood = FixLikelihood().fit(
            known_examples(finder, nearest, fixes, public.loc[examples], commits, linked_to)
        )
    except ValueError:  # no fix is the nearest commit of its report
        return schema.POSSIBLE_FIXES.empty()
    messages = commits["message"].fillna("").tolist()
    rows = []
    for bug, candidates in zip(
        public.loc[asking, "bug_id"], finder.candidates(texts.loc[asking], created[asking]), strict=True
    ):
        is_new = ~np.isin(candidates.positions, list(linked_to.get(bug, ())))
        is_new &= np.array([not _has_number(messages[at], bug) for at in candidates.positions], dtype=bool)
        rows += [
            (bug, *row) for row in _rows(finder, likelihood, Candidates(*(values[is_new] for values in candidates)))
        ]
    if not rows:
        return schema.POSSIBLE_FIXES.empty()
    likeliest = pd.DataFrame(rows, columns=["bug_id", "position", "rank", "similarity", "false_alarms"])
    likeliest = _add_commits(likeliest, commits)
    proposed_at = schema.looked_up(likeliest["bug_id"], last_proposals(linked_changes))
    was_enough = ~proposed_at.gt(likeliest["committed_at"]).fillna(False).astype(bool)
    likeliest = likeliest[was_enough].reset_index(drop=True)
    if likeliest.empty:
        return schema.POSSIBLE_FIXES.empty()
    likeliest["rank"] = likeliest.groupby("bug_id").cumcount() + 1
    table = _add_details(likeliest, public, texts, commits, links, doubts)
    return schema.POSSIBLE_FIXES.ordered(schema.POSSIBLE_FIXES.frame(table))


def known_fixes(bugs: pd.DataFrame, commits: pd.DataFrame, links: pd.DataFrame) -> dict[int, list[int]]:
    """The positions of the commits that fix each bug and were made after its report, by bug_id.

    Of the bugs that were fixed last, at most MOST_EXAMPLES.

    Parameters
    ----------
    bugs, commits, links : DataFrames of those schemas, `commits` numbered from 0
    """
    positions = pd.Series(commits.index, index=commits["sha"])
    fixes = schema.fix_links(links, "commit")
    fixes = fixes[fixes["ref"].isin(positions.index)]
    fixes = fixes.merge(bugs[["bug_id", "created_at"]], "inner", "bug_id", validate="m:1")
    fixes = fixes.assign(position=fixes["ref"].map(positions)).drop_duplicates(["bug_id", "position"])
    fixes["committed_at"] = commits["committed_at"].to_numpy()[fixes["position"].to_numpy(dtype=np.intp)]
    fixes = fixes[fixes["committed_at"].gt(fixes["created_at"]).fillna(False)]
    newest = fixes.groupby("bug_id")["committed_at"].max().sort_values(kind="stable").tail(MOST_EXAMPLES).index
    fixes = fixes[fixes["bug_id"].isin(newest)]
    positions_of: dict[int, list[int]] = {}
    for bug, position in sorted(zip(fixes["bug_id"], fixes["position"], strict=True)):
        positions_of.setdefault(int(bug), []).append(int(position))
    return positions_of


def _names_public_bugs_only(messages: "pd.Series[str]", public: "pd.Series[int]") -> np.ndarray:
    numbers = set(public)
    named = [_BUG_NAMED.findall(message) for message in messages.fillna("")]
    return np.fromiter((numbers.issuperset(map(int, each)) for each in named), dtype=np.bool_, count=len(named))


def _has_number(message: str, number: int) -> bool:
    return str(number) in message and re.search(rf"(?<!\d){number}(?!\d)", message) is not None


def linked_commits(commits: pd.DataFrame, links: pd.DataFrame) -> dict[int, set[int]]:
    """The positions of the commits that are linked to each bug in any way, by bug_id."""
    position = dict(zip(commits["sha"], range(len(commits)), strict=True))
    linked: dict[int, set[int]] = {}
    of_commits = links[links["kind"].eq("commit")]
    for bug, sha in zip(of_commits["bug_id"], of_commits["ref"], strict=True):
        if sha in position:
            linked.setdefault(int(bug), set()).add(position[sha])
    return linked


def known_examples(
    finder: FixFinder, nearest: list[Candidates], fixes: Sequence[Collection[int]], reports: pd.DataFrame,
    commits: pd.DataFrame, linked: dict[int, set[int]],
) -> list[Example]:  # fmt: skip
    """Reports whose fixes are known, as input for `FixLikelihood.fit`.

    Parameters
    ----------
    finder : one that has learnt
    nearest, fixes : the candidates and the positions of the fixes of each report
    reports : DataFrame, schema.BUGS, in the same order
    commits : DataFrame, schema.COMMITS, numbered from 0
    linked : `linked_commits`, with each of these reports
    """
    of_reports = [linked[bug] for bug in reports["bug_id"]]
    committed_at = commits["committed_at"].to_numpy(dtype="datetime64[us]")
    firsts = pd.DatetimeIndex([committed_at[sorted(positions)].min() for positions in of_reports], tz="UTC")
    waits = pd.Series(firsts, index=reports.index).sub(reports["created_at"]).dt.total_seconds() / 86_400
    return [
        Example(
            finder.log_odds(each), _similarities(each), np.expm1(each.features[:, DAYS]),
            np.isin(each.positions, list(of)), np.isin(each.positions, list(named)), float(wait),
        )
        for each, of, named, wait in zip(nearest, fixes, of_reports, waits, strict=True)
    ]  # fmt: skip


def _similarities(candidates: Candidates) -> np.ndarray:
    return np.asarray(candidates.features[:, :3].mean(axis=1))


def _rows(finder: FixFinder, likelihood: FixLikelihood, candidates: Candidates) -> list[tuple[int, int, float, float]]:
    """The likeliest commits of one bug that are worth a look: position, rank, similarity, false_alarms."""
    log_odds, similarities = finder.log_odds(candidates), _similarities(candidates)
    alarms = likelihood.false_alarms(log_odds, similarities)
    is_worth_a_look = (alarms <= FALSE_ALARMS) | (similarities >= SAME_TEXT)
    is_worth_a_look &= candidates.features[:, WORDS] > 0  # pieces of words alone resemble by chance
    best = [place for place in np.argsort(-log_odds, kind="stable")[:ROWS_KEPT] if is_worth_a_look[place]]
    return [
        (int(candidates.positions[place]), rank, float(similarities[place]), float(alarms[place]))
        for rank, place in enumerate(best, start=1)
    ]


def _add_commits(likeliest: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    of_commits = commits.loc[likeliest["position"], ["sha", "subject", "committed_at"]].reset_index(drop=True)
    return pd.concat([likeliest.reset_index(drop=True), of_commits], axis=1)


def _add_details(
    rows: pd.DataFrame, bugs: pd.DataFrame, texts: pd.DataFrame, commits: pd.DataFrame, links: pd.DataFrame,
    doubts: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """The rows with what a reader needs: when, common words, the bugs that the commit names, what was said since."""
    of_bug = bugs.set_index("bug_id")
    days = (rows["committed_at"] - rows["bug_id"].map(of_bug["created_at"])).dt.total_seconds() / 86_400
    named: dict[str, set[int]] = {}
    for sha, bug in zip(links["ref"], links["bug_id"], strict=True):
        named.setdefault(sha, set()).add(bug)
    place = pd.Series(bugs.index, index=bugs["bug_id"])
    chosen = commit_texts(commits.loc[rows["position"]])
    common = [_common_words(texts.loc[place[bug]], chosen.iloc[row]) for row, bug in enumerate(rows["bug_id"])]
    last = doubts.sort_values("sent_at", kind="stable").drop_duplicates("bug_id", keep="last").set_index("bug_id")
    is_since = schema.looked_up(rows["bug_id"], last["sent_at"]).gt(rows["committed_at"]).fillna(False).astype(bool)
    return rows.assign(
        how_sure=rows["false_alarms"].le(LIKELY).map({True: "likely", False: "possible"}),
        doubt=schema.looked_up(rows["bug_id"], last["evidence"]).where(is_since),
        report_age_days=days, common_words=pd.Series(common, dtype=object, index=rows.index),
        named_bug_ids=pd.Series([sorted(named.get(sha, ())) for sha in rows["sha"]], dtype=object, index=rows.index),
    ).drop(columns="position")  # fmt: skip


def _common_words(report: pd.Series, commit: pd.Series) -> list[str]:
    """The words that both hold, those of the report's title first, then as they come."""
    of_commit = set(text.tokens(f"{commit['title']}\n{commit['description']}"))
    words = dict.fromkeys(text.tokens(f"{report['title']}\n{report['description']}"))
    return [word for word in words if word in of_commit][:WORDS_KEPT]
