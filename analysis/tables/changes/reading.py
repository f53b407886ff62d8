"""One pass over ChangeInfo records, collecting the rows of every table as plain tuples.

Building one frame per table at the end, rather than a frame per record, is what makes this linear and quick.
"""

from collections.abc import Iterable, Mapping

from msgspec import UNSET

from analysis.tables.accounts import AccountInfo
from analysis.tables.changes.entities import (
    ChangeInfo,
    ChangeMessageInfo,
    CommentInfo,
    FileInfo,
    LabelInfo,
    RevisionInfo,
)
from analysis.tables.records import Rows

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

# Files that exist only in Gerrit, for comments on the commit message and on a merge.
MAGIC_PATHS = frozenset(("/COMMIT_MSG", "/MERGE_LIST", "/PATCHSET_LEVEL"))
EMPTY = RevisionInfo()


class Reading:
    """The rows read so far, and every account seen."""

    def __init__(self, served: Iterable[ChangeInfo]) -> None:
        self.changes: Rows = []
        self.patch_sets: Rows = []
        self.labels: Rows = []
        self.messages: Rows = []
        self.comments: Rows = []
        self.files: Rows = []
        self.accounts: dict[int, AccountInfo] = {}
        for each in served:
            self._read(each)

    def _read(self, change: ChangeInfo) -> None:
        number, sha, patch_sets = change.number, change.current_sha, change.patch_sets
        current = patch_sets.get(sha, EMPTY) if sha else EMPTY
        self.changes.append((*self._facts(change, current), *_standing(change, current, sha), *_flags(change)))
        self._read_patch_sets(number, patch_sets)
        self.files.extend(_files(number, current.files or {}))
        self._read_labels(number, change.labels or {})
        self._read_messages(number, change.messages or ())
        self._read_comments(number, change.comments or {})

    def _facts(self, change: ChangeInfo, current: RevisionInfo) -> tuple[object, ...]:
        return (
            change.number, change.change_id, change.project, change.branch, change.topic, change.hashtags,
            change.subject, current.commit.message if current.commit else None, self._account(change.owner),
            change.status, change.created, change.updated, change.submitted,
        )  # fmt: skip

    def _read_patch_sets(self, number: int, patch_sets: Mapping[str, RevisionInfo]) -> None:
        self.patch_sets.extend([
            (number, each.number, each.created, self._account(each.uploader), each.kind, sha)
            for sha, each in patch_sets.items()
        ])  # fmt: skip

    def _read_labels(self, number: int, labels: Mapping[str, LabelInfo | None]) -> None:
        for name, label in labels.items():
            standing = {}  # by account: of one that is listed twice the last vote counts, as among messages
            for vote in sorted(label.votes if label else (), key=lambda each: each.date or ""):
                # A vote of a deleted account does not count, here as in messages: it is unknown whose it is.
                if (account := self._account(vote)) is not None:
                    standing[account] = (vote.value, vote.date, vote.tag)
            self.labels.extend([(number, name, account, *vote) for account, vote in standing.items()])

    def _read_messages(self, number: int, messages: Iterable[ChangeMessageInfo]) -> None:
        self.messages.extend([
            (
                number, each.id, each.date, position, self._account(each.author), each.revision_number, each.tag,
                each.message,
            )
            for position, each in enumerate(messages)
        ])  # fmt: skip

    def _read_comments(self, number: int, by_path: Mapping[str, Iterable[CommentInfo]]) -> None:
        self.comments.extend([
            (
                number, each.id, each.updated, self._account(each.author), each.patch_set, path, each.in_reply_to,
                each.unresolved,
            )
            for path, comments in by_path.items()
            for each in comments
        ])  # fmt: skip

    def _account(self, info: AccountInfo | None) -> int | None:
        if info is None or info.account_id is None:
            return None
        # The same account may come with its names in one place, and with its number alone in another.
        before = self.accounts.get(info.account_id)
        if before is None or (before.name is None and info.name is not None):
            self.accounts[info.account_id] = info
        return info.account_id


def _standing(change: ChangeInfo, current: RevisionInfo, sha: str | None) -> tuple[object, ...]:
    parents = current.commit.parents if current.commit else None
    number = change.current_revision_number if current.number is None else current.number
    return number, current.created, sha, parents[0].commit if parents else None, change.insertions, change.deletions


def _flags(change: ChangeInfo) -> tuple[object, ...]:
    mergeable, is_wip, unresolved = change.mergeable, change.work_in_progress, change.unresolved_comment_count
    if is_wip is UNSET:
        is_wip = False if change.knows_wip else None
    return (
        is_wip, change.is_private, None if mergeable is None else not mergeable, change.submittable,
        change.has_labels, change.messages is not None, None if unresolved is UNSET else unresolved,
        change.revert_of, change.cherry_pick_of_change,
    )  # fmt: skip


def _files(number: int, files: Mapping[str, FileInfo]) -> Rows:
    return [
        (number, path, None, None) if info.binary else (number, path, info.lines_inserted, info.lines_deleted)
        for path, info in files.items()
        if path not in MAGIC_PATHS
    ]
