"""Gerrit's JSON entities, by the names of its REST documentation: of each only what is read here.

A field that a server may leave out, or send as null, is None. A field is UNSET by default if leaving it out means
something else than null: Gerrit leaves out a flag that is false, and a field that it is too old to know.
"""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from analysis.tables.accounts import AccountInfo

# gc=False: no entity holds itself, and there are millions for the garbage collector to look through.


class ApprovalInfo(AccountInfo, gc=False):
    """A vote, or a reviewer who has none: then `value` is 0 or missing."""

    value: int | None = None
    date: str | None = None
    tag: str | None = None


class LabelInfo(Struct, gc=False):
    """A label; without DETAILED_LABELS neither `all` nor `values` is served."""

    all: list[ApprovalInfo] | UnsetType | None = UNSET
    values: object = UNSET

    @property
    def is_detailed(self) -> bool:
        """Whether the votes are known: otherwise it names one approver, and no values."""
        return self.all is not UNSET or self.values is not UNSET

    @property
    def votes(self) -> list[ApprovalInfo]:
        """The votes: a reviewer who has not voted is listed too, with 0 or without a value."""
        return [each for each in self.all or () if each.value]


class ChangeMessageInfo(Struct, gc=False):
    """A message on a change; Gerrit's own have no author."""

    id: str | None = None
    date: str | None = None
    author: AccountInfo | None = None
    revision_number: int | None = field(name="_revision_number", default=None)
    tag: str | None = None
    message: str | None = None


class CommentInfo(Struct, gc=False):
    """A comment on a line of a file."""

    id: str | None = None
    updated: str | None = None
    author: AccountInfo | None = None
    patch_set: int | None = None
    in_reply_to: str | None = None
    unresolved: bool | None = None


class ParentInfo(Struct, gc=False):
    """A commit that another follows."""

    commit: str | None = None


class CommitInfo(Struct, gc=False):
    """A commit; of the parents the first counts."""

    message: str | None = None
    parents: list[ParentInfo] | None = None


class FileInfo(Struct, gc=False):
    """A file that a patch set touches."""

    binary: bool | None = None
    lines_inserted: int = 0
    lines_deleted: int = 0


class RevisionInfo(Struct, gc=False):
    """A patch set; an edit that its owner has not published has the number "edit"."""

    number: int | Literal["edit"] | None = field(name="_number", default=None)
    created: str | None = None
    uploader: AccountInfo | None = None
    kind: str | None = None
    commit: CommitInfo | None = None
    files: dict[str, FileInfo] | None = None


class ChangeInfo(Struct, gc=False):
    """A change with everything that belongs to it; `comments` come from a separate request."""

    number: int = field(name="_number")
    change_id: str | None = None
    project: str | None = None
    branch: str | None = None
    topic: str | None = None
    hashtags: list[str] | None = None
    subject: str | None = None
    owner: AccountInfo | None = None
    status: str | None = None
    created: str | None = None
    updated: str | None = None
    submitted: str | None = None
    insertions: int | None = None
    deletions: int | None = None
    is_private: bool = False
    mergeable: bool | None = None
    submittable: bool | None = None
    revert_of: int | None = None
    cherry_pick_of_change: int | None = None
    current_revision: str | None = None
    current_revision_number: int | None = None
    revisions: dict[str, RevisionInfo] | None = None
    labels: dict[str, LabelInfo | None] | None = None
    messages: list[ChangeMessageInfo] | None = None
    comments: dict[str, list[CommentInfo]] | None = field(name="_comments", default=None)
    unresolved_comment_count: int | UnsetType | None = UNSET
    work_in_progress: bool | UnsetType | None = UNSET
    has_review_started: object = UNSET
    total_comment_count: object = UNSET
    attention_set: object = UNSET
    submit_requirements: object = UNSET
    meta_rev_id: object = UNSET

    @property
    def knows_wip(self) -> bool:
        """Whether the server is new enough (2.15) to know work in progress: one of these fields shows it."""
        flags = (
            self.work_in_progress, self.has_review_started, self.unresolved_comment_count, self.total_comment_count,
            self.attention_set, self.submit_requirements, self.meta_rev_id,
        )  # fmt: skip
        return any(each is not UNSET for each in flags)

    @property
    def has_labels(self) -> bool:
        """Whether the votes on the change are known."""
        return self.labels is not None and all(label and label.is_detailed for label in self.labels.values())

    @property
    def patch_sets(self) -> dict[str, RevisionInfo]:
        """The patch sets that were served, by their commit: an edit that is not published is none yet."""
        return {sha: each for sha, each in (self.revisions or {}).items() if each.number != "edit"}

    @property
    def current_sha(self) -> str | None:
        """The commit of the current patch set; if the server does not name it, of the newest that it served."""
        patch_sets = self.patch_sets
        named = self.current_revision
        if named and (named in patch_sets or named not in (self.revisions or {})):
            return named
        return max(patch_sets, key=lambda sha: int(patch_sets[sha].number or 0), default=None)
