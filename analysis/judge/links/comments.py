"""The infra bot's comments on a bug: which change was proposed, merged or abandoned for it.

Only comments by the bot's accounts count. Anybody can write "Fix proposed" in a comment, and elastic-recheck and people
name bugs in review comments that are not about a fix: these are never read here.
"""

from collections.abc import Collection
from functools import cache

import pandas as pd

from analysis.judge.links import footers, lines
from analysis.tables import records, schema
from analysis.tables.accounts import LAUNCHPAD_BOTS

# What happened: in the subject, or in the first line of the body if the subject was lost: "Related fix proposed to nova
# (master)".
EVENT = (
    r"(?i)^\s*(?:(?P<related>related )?(?:fix|change) (?P<event>proposed|merged|abandoned) (?:to|on|by)\b"
    r"|(?P<reviewed>Reviewed):\s)"
)
# All forms of Gerrit's addresses: /N, /#/c/N/, /c/project/+/N, #change,N; on any host, because hosts change.
ADDRESS = r"https?://\S*?(?:/\+/|/c/|#change,|/)(?P<number>[0-9]{1,9})(?:/[0-9]{1,4})?/?"
REVIEW = rf"(?im)^Review(?:ed)?:\s*{ADDRESS}[\s.]*$"
COMMITTED = r"(?im)^Committed:\s*https?://\S*?(?:/commit/(?:\?id=)?|[?&;](?:id|h)=|/)(?P<sha>[0-9a-f]{40})\b"
# The repository of a commit's or a change's address, with its namespace: openstack/nova.
REPOSITORY = (
    r"(?im)^Committed:\s*https?://(?:\S*?/cgit/|\S*?[?;]p=|[^/\s]+/)"
    r"(?P<project>[^/\s?;=]+/[^/\s?;=]+?)(?:\.git)?[/;]"
)
IN_ADDRESS = r"(?im)^Review(?:ed)?:\s*https?://\S*?/c/(?P<project>[^\s+]+?)/\+/"
IN_SUBJECT = r"(?i)^\s*(?:related )?(?:fix|change) (?:proposed|merged|abandoned) (?:to|on) (?P<project>[^\s(]+) \("
BRANCH = r"(?im)(?:^Branch:\s*|\bbranch:\s*)(?P<branch>\S+)"
IN_SUBJECT_BRANCH = r"(?i)^\s*(?:related )?(?:fix|change) \w+ (?:to|on) \S+ \((?P<branch>[^)\s]+)\)"
ABANDONED_BY = r"(?i)^\s*Change abandoned by (?P<person>.{1,80}?)\s*(?:\([^)]*\))?\s+on branch:"
WHY = r"(?ims)^Reason:\s*(?P<why>\S.{0,399})"
# The quoted commit message of a revert; some versions of the bot indent it and some do not.
REVERT = r'(?im)^\s*(?:Revert "(?:[^R]|R[^e])|This reverts commit\b)'
RELAND = r'(?im)^\s*Revert "Revert\b'
# What the release jobs write: "This issue was fixed in the openstack/oslo.db 4.14.0 release."
RELEASED = r"(?i)^\s*This issue was fixed in (?:the )?(?P<project>[\w.-]+/[\w.-]+) (?P<version>\d[\w.]*)"
# The quoted message of a merged change ends with it; a revert quotes another one above, so the last one counts.
CHANGE_ID = r"(?ims)\A.*^\s*Change-Id:\s*(?P<change_id>I[0-9a-f]{40})\b"
COLUMNS = ["kind", "ref", "line", "bug_id", "evidence", "relation", "strength", "is_logged"]
EVENTS = [
    "bug_id", "sent_at", "event", "change_number", "sha", "project", "branch", "relation", "is_logged", "is_revert",
    "person", "why", "change_id",
]  # fmt: skip
# An account that is not named as a bot is one if it has written this much, and nothing else.
MIN_COMMENTS, MIN_BUGS, MIN_SHARE = 20, 10, 0.99


def bot_names(bug_messages: pd.DataFrame, configured: Collection[str] = LAUNCHPAD_BOTS) -> frozenset[str]:
    """The accounts whose comments report events in Gerrit: those of the project file, and accounts that only do that.

    The hook has used several names, and other installations have their own. An account with at least MIN_COMMENTS
    comments on MIN_BUGS bugs, all in the bot's form and with a review's address, is such an account.
    """
    contents = bug_messages["content"]  # the longest column of a project: it is searched where it is, and not copied
    is_written = bug_messages["person"].notna() & contents.notna()
    is_report = (records.holds(contents, EVENT) & records.holds(contents, REVIEW))[is_written]
    written = bug_messages.loc[is_written, ["person", "bug_id"]]
    # most people never write in this form; only those who did are counted
    candidates = written[written["person"].isin(written.loc[is_report, "person"])]
    by_person = candidates.assign(is_report=is_report.reindex(candidates.index)).groupby("person")
    share, n, n_bugs = by_person["is_report"].mean(), by_person.size(), by_person["bug_id"].nunique()
    people = share.index[share.ge(MIN_SHARE) & n.ge(MIN_COMMENTS) & n_bugs.ge(MIN_BUGS)]
    return frozenset(configured) | frozenset(map(str, people))


def events(bug_messages: pd.DataFrame, bots: Collection[str] = LAUNCHPAD_BOTS) -> pd.DataFrame:
    """One row per comment of the bot that names a change, in the order of `bug_messages`.

    The bot writes "Fix" for both Closes-Bug and Partial-Bug, so `closes` here means "not only related". The comment on
    a merged fix quotes the commit message, which is exact (`is_logged`). A comment about an abandoned change does not
    say how it relates to the bug: then the relation is NA.

    Returns
    -------
    DataFrame, with the index of `bug_messages`
        bug_id, sent_at, event (proposed, merged or abandoned), change_number, sha (of a merged one), project and branch
        (NA where the comment names none; without a namespace where only the subject names it), relation, is_logged,
        is_revert (a merged change that undoes another), person and why (who abandoned the change, and the reason),
        change_id (of a merged one). The relation in a quoted message is used for every comment on that change.
    """
    is_by_bot = _is_by_bot(bug_messages, bots)
    return _events(bug_messages[is_by_bot]) if is_by_bot.any() else _no_events().copy()


def proposals(bug_messages: pd.DataFrame, bots: Collection[str] = LAUNCHPAD_BOTS) -> pd.DataFrame:
    """The rows of `bug_messages` that have an event "proposed" in `events`, in a fraction of the time."""
    return _of_kind(bug_messages[_is_by_bot(bug_messages, bots)], "proposed")


def _of_kind(bot_comments: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows of the bot's comments that are events of one kind and name a change or commit."""
    kinds = _kinds(_headlines(bot_comments))
    of_kind = bot_comments.loc[kinds.index[kinds.eq(kind)]]
    return of_kind[records.holds(of_kind["content"], REVIEW) | records.holds(of_kind["content"], COMMITTED)]


def _is_by_bot(bug_messages: pd.DataFrame, bots: Collection[str]) -> "pd.Series[bool]":
    is_by_bot: pd.Series[bool] = bug_messages["person"].isin(list(bots)) & bug_messages["content"].notna()
    return is_by_bot


def _headlines(bot_comments: pd.DataFrame) -> pd.DataFrame:
    """The groups of EVENT in each comment that has it, in the order of the comments."""
    parts = records.groups(bot_comments["subject"].fillna(""), EVENT)
    rest = bot_comments["content"].drop(parts.index)
    return pd.concat([parts, records.groups(rest, EVENT)]).sort_index()


def _kinds(headlines: pd.DataFrame) -> "pd.Series[str]":
    """The event that each of the `_headlines` reports."""
    kinds: pd.Series[str] = headlines["event"].str.lower().mask(headlines["reviewed"].ne(""), "merged")
    return kinds


@cache
def _no_events() -> pd.DataFrame:
    """The table without rows, made once: to read no comments takes as long as to read a few."""
    return _events(schema.BUG_MESSAGES.empty())


def _events(bot_comments: pd.DataFrame) -> pd.DataFrame:
    """`events` of comments that are all the bot's."""
    parts = _headlines(bot_comments)
    bot_comments = bot_comments.loc[parts.index]
    number = _part(bot_comments["content"], REVIEW)
    event = _kinds(parts)
    relation = pd.Series("closes", index=bot_comments.index, dtype="str").mask(parts["related"].ne(""), "related")
    logged = _relation_on_change(_logged(bot_comments), bot_comments["bug_id"], number)
    rows = bot_comments.assign(
        event=event,
        change_number=pd.to_numeric(number).astype("Int64"),
        sha=_part(bot_comments["content"], COMMITTED),
        project=_project(bot_comments),
        branch=_branch(bot_comments),
        relation=logged.reindex(bot_comments.index).fillna(relation.mask(event.eq("abandoned"))),
        is_logged=bot_comments.index.isin(logged.index),
        is_revert=event.eq("merged")
        & records.holds(bot_comments["content"], REVERT)
        & ~records.holds(bot_comments["content"], RELAND),
        person=_part(bot_comments["content"], ABANDONED_BY),
        why=_reason(bot_comments.loc[event.eq("abandoned"), "content"]).reindex(bot_comments.index),
    )
    rows["change_id"] = _part(bot_comments["content"].where(event.eq("merged")).dropna(), CHANGE_ID).reindex(
        bot_comments.index
    )
    return pd.DataFrame(rows.loc[rows["change_number"].notna() | rows["sha"].notna(), EVENTS])


def merges(bug_messages: pd.DataFrame, bots: Collection[str] = LAUNCHPAD_BOTS) -> pd.DataFrame:
    """The rows of `events` about a merged change whose Change-Id is quoted, in a fraction of the time.

    Of the columns those that tell what was merged when: sent_at, change_number, change_id, branch.
    """
    is_quoted = _is_by_bot(bug_messages, bots) & records.holds(bug_messages["content"], "(?i)change-id:")
    merged = _of_kind(bug_messages[is_quoted], "merged")
    rows = merged[["sent_at"]].assign(
        change_number=pd.to_numeric(_part(merged["content"], REVIEW)).astype("Int64"),
        change_id=_part(merged["content"], CHANGE_ID),
        branch=_branch(merged),
    )
    return rows[rows["change_id"].notna()]


def _project(bot_comments: pd.DataFrame) -> "pd.Series[str]":
    in_text = _part(bot_comments["content"], REPOSITORY).fillna(_part(bot_comments["content"], IN_ADDRESS))
    return in_text.fillna(_part(bot_comments["subject"].fillna(""), IN_SUBJECT))


def _branch(bot_comments: pd.DataFrame) -> "pd.Series[str]":
    in_subject = _part(bot_comments["subject"].fillna(""), IN_SUBJECT_BRANCH)
    return _part(bot_comments["content"], BRANCH).fillna(in_subject)


def releases(bug_messages: pd.DataFrame, bots: Collection[str] = LAUNCHPAD_BOTS) -> pd.DataFrame:
    """The releases with a fix, from the bot's comments: bug_id, sent_at, project (with namespace), version."""
    by_bot = bug_messages[_is_by_bot(bug_messages, bots)]
    release = records.groups(by_bot["content"], RELEASED)
    facts = by_bot.loc[release.index, ["bug_id", "sent_at"]].assign(
        project=release["project"], version=release["version"]
    )
    return facts.reset_index(drop=True)


def parse(bug_messages: pd.DataFrame, bots: Collection[str] = LAUNCHPAD_BOTS) -> pd.DataFrame:
    """One row per comment and change or commit: kind, ref, line, bug_id, evidence, relation, strength, is_logged.

    A comment about an abandoned change only makes a weaker, related link.
    """
    bot_events = events(bug_messages, bots)
    is_abandoned = bot_events["event"].eq("abandoned")
    bot_events = bot_events.assign(
        line=bug_messages.loc[bot_events.index, "subject"].fillna(""),
        evidence="infra_comment",
        relation=bot_events["relation"].fillna("related"),
        strength=pd.Series(0.95, index=bot_events.index).mask(is_abandoned, 0.6),
    )
    number = bot_events["change_number"].astype(schema.LINKS.dtypes["ref"])
    rows = pd.concat(
        [bot_events.assign(kind="change", ref=number), bot_events.assign(kind="commit", ref=bot_events["sha"])]
    )
    rows = rows[rows["ref"].notna()]
    return rows.assign(line=rows["line"] + ": " + rows["ref"])[COLUMNS].reset_index(drop=True)


def _relation_on_change(
    logged: "pd.Series[str]", bug_id: "pd.Series[int]", number: "pd.Series[str]"
) -> "pd.Series[str]":
    """The relation in the last quoted message of a change, for each comment on that bug that names the change."""
    key = pd.MultiIndex.from_arrays([bug_id, number.fillna("")])
    by_key = pd.Series(logged.array, index=key[bug_id.index.get_indexer(logged.index)])
    by_key = by_key[by_key.index.get_level_values(1) != ""]
    by_key = by_key[~by_key.index.duplicated(keep="last")]
    relations = pd.Series(by_key.reindex(key).array, index=bug_id.index).fillna(logged.reindex(bug_id.index))
    return relations.dropna()


def _part(texts: "pd.Series[str]", pattern: str) -> "pd.Series[str]":
    """The named group of the pattern in each text; NA if it does not match or is empty."""
    parts = records.groups(texts, pattern)
    only = parts[parts.columns[0]]
    part: pd.Series[str] = only.mask(only.eq("")).reindex(texts.index)
    return part


def _reason(texts: "pd.Series[str]") -> "pd.Series[str]":
    """The reason of each abandonment: the first paragraph after "Reason:" in one line; NA if there is none."""
    first = _part(texts, WHY).str.split("\n\n").str[0]
    return first.str.replace(r"\s+", " ", regex=True).str.strip()


def _logged(bot_comments: pd.DataFrame) -> "pd.Series[str]":
    """The relation to the comment's bug in the quoted commit message, under the comment's index; closes wins."""
    quoted = bot_comments[bot_comments["content"].str.contains("Committed:", regex=False)]
    if quoted.empty:
        return pd.Series(index=bot_comments.index[:0], dtype="str")
    quoted_messages = pd.DataFrame({"kind": "comment", "ref": quoted.index.astype("str"), "message": quoted["content"]})
    footer_links = footers.claims(quoted_messages, lines.candidate_lines(quoted_messages))
    footer_links = footer_links.assign(comment=footer_links["ref"].astype("int64")).sort_values(
        "relation", kind="stable"
    )
    commented_bugs = bot_comments.reset_index(names="comment")[["comment", "bug_id"]]
    footer_links = footer_links.merge(commented_bugs, on=["comment", "bug_id"], validate="many_to_one")
    return footer_links.drop_duplicates("comment").set_index("comment")["relation"]
