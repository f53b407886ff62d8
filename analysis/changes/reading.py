"""One pass over ChangeInfo records, collecting the rows of every table as plain tuples.

Building one frame per table at the end, rather than a frame per record, is what makes this linear and quick.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from analysis.records import Rows

Record = Mapping[str, Any]

CHANGE_COLUMNS = (
    "change_number", "change_id", "project", "branch", "topic", "hashtags", "subject", "message", "owner", "status",
    "created_at", "updated_at", "submitted_at", "patch_set_number", "current_patch_set_at", "current_sha",
    "parent_sha", "insertions", "deletions", "is_wip", "is_private", "has_conflict", "is_submittable", "has_labels",
    "has_messages", "n_unresolved_comments", "revert_of", "cherry_pick_of",
)  # fmt: skip
PATCH_SET_COLUMNS = ("change_number", "patch_set_number", "created_at", "uploader", "kind", "sha")
LABEL_COLUMNS = ("change_number", "label", "account", "value", "cast_at", "tag")
MESSAGE_COLUMNS = ("change_number", "message_id", "sent_at", "position", "account", "patch_set_number", "tag", "text")
COMMENT_COLUMNS = (
    "change_number", "comment_id", "sent_at", "account", "patch_set_number", "path", "in_reply_to", "is_unresolved",
)  # fmt: skip
FILE_COLUMNS = ("change_number", "path", "insertions", "deletions")

# Gerrit leaves a flag out when it is false. One of these shows a server new enough (2.15) to know the flag at all.
KNOWS_WIP = (
    "work_in_progress", "has_review_started", "unresolved_comment_count", "total_comment_count", "attention_set",
    "submit_requirements", "meta_rev_id",
)  # fmt: skip
# Files that Gerrit invents, to comment on the commit message and on what a merge brings.
MAGIC_PATHS = frozenset(("/COMMIT_MSG", "/MERGE_LIST", "/PATCHSET_LEVEL"))


class Reading:
    """The rows read so far, and every account seen."""

    def __init__(self, served: Iterable[Record]) -> None:
        self.changes: Rows = []
        self.patch_sets: Rows = []
        self.labels: Rows = []
        self.messages: Rows = []
        self.comments: Rows = []
        self.files: Rows = []
        self.accounts: dict[int, Record] = {}
        for each in served:
            self._read(each)

    def _read(self, change: Record) -> None:
        number = change["_number"]
        revisions = change.get("revisions") or {}
        sha = _current_sha(change, revisions)
        current = revisions.get(sha) or {}
        self.changes.append((*self._facts(change), *_standing(change, current, sha), *_flags(change)))
        # An edit that its owner has not published is served under the number "edit": it is no patch set yet.
        self.patch_sets.extend(
            self._patch_set(number, sha, each) for sha, each in revisions.items() if each.get("_number") != "edit"
        )
        self.files.extend(_files(number, current.get("files") or {}))
        if change.get("labels"):
            self._read_labels(number, change["labels"])
        if change.get("messages"):
            self._read_messages(number, change["messages"])
        if change.get("_comments"):
            self._read_comments(number, change["_comments"])

    def _facts(self, change: Record) -> tuple[Any, ...]:
        commit = _commit(change)
        return (
            change["_number"], change.get("change_id"), change.get("project"), change.get("branch"),
            change.get("topic"), change.get("hashtags"), change.get("subject"), commit.get("message"),
            self._account(change.get("owner")), change.get("status"), change.get("created"), change.get("updated"),
            change.get("submitted"),
        )  # fmt: skip

    def _patch_set(self, number: int, sha: str, revision: Record) -> tuple[Any, ...]:
        uploader = self._account(revision.get("uploader"))
        return number, revision.get("_number"), revision.get("created"), uploader, revision.get("kind"), sha

    def _read_labels(self, number: int, labels: Record) -> None:
        for label, served in labels.items():
            for vote in served.get("all") or ():
                # A reviewer who has not voted is listed too, with 0 or without a value: that is no vote.
                if vote.get("value"):
                    account = self._account(vote)
                    self.labels.append((number, label, account, vote["value"], vote.get("date"), vote.get("tag")))

    def _read_messages(self, number: int, messages: Iterable[Record]) -> None:
        account = self._account
        self.messages.extend([
            (
                number, each.get("id"), each.get("date"), position, account(each.get("author")),
                each.get("_revision_number"), each.get("tag"), each.get("message"),
            )
            for position, each in enumerate(messages)
        ])  # fmt: skip

    def _read_comments(self, number: int, by_path: Record) -> None:
        self.comments.extend(
            (
                number, each.get("id"), each.get("updated"), self._account(each.get("author")),
                each.get("patch_set"), path, each.get("in_reply_to"), each.get("unresolved"),
            )
            for path, comments in by_path.items()
            for each in comments
        )  # fmt: skip

    def _account(self, info: Record | None) -> int | None:
        account: int | None = info.get("_account_id") if info else None
        if info is None or account is None:
            return None
        # The same account may come with its names here and bare there.
        known = self.accounts.get(account)
        if known is None or ("name" in info and "name" not in known):
            self.accounts[account] = info
        return account


def _current_sha(change: Record, revisions: Record) -> str | None:
    if sha := change.get("current_revision"):
        return str(sha)
    return max(revisions, key=lambda each: revisions[each].get("_number", 0), default=None)


def _commit(change: Record) -> Record:
    revisions = change.get("revisions") or {}
    current = revisions.get(_current_sha(change, revisions)) or {}
    return current.get("commit") or {}


def _standing(change: Record, current: Record, sha: str | None) -> tuple[Any, ...]:
    parents = (current.get("commit") or {}).get("parents") or ()
    return (
        current.get("_number", change.get("current_revision_number")), current.get("created"), sha,
        parents[0].get("commit") if parents else None, change.get("insertions"), change.get("deletions"),
    )  # fmt: skip


def _flags(change: Record) -> tuple[Any, ...]:
    mergeable = change.get("mergeable")
    knows_wip = any(key in change for key in KNOWS_WIP)
    return (
        change.get("work_in_progress", False if knows_wip else None), change.get("is_private", False),
        None if mergeable is None else not mergeable, change.get("submittable"), _has_labels(change),
        change.get("messages") is not None, change.get("unresolved_comment_count"), change.get("revert_of"),
        change.get("cherry_pick_of_change"),
    )  # fmt: skip


def _has_labels(change: Record) -> bool:
    # Without DETAILED_LABELS a label names one approver and no values: that is not knowing the votes.
    labels = change.get("labels")
    return labels is not None and all("all" in label or "values" in label for label in labels.values())


def _files(number: int, files: Record) -> Rows:
    return [
        (number, path, None, None)
        if info.get("binary")
        else (number, path, info.get("lines_inserted", 0), info.get("lines_deleted", 0))
        for path, info in files.items()
        if path not in MAGIC_PATHS
    ]
