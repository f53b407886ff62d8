"""Lines of `gerrit query --format JSON`, converted to ChangeInfo of the REST API.

A query over SSH has no account numbers: an account gets a negative number here, computed from its username, so that the
same person has the same number in every file.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from analysis.ingest import json_body
from analysis.ingest.record_check import RecordError
from analysis.ingest.saved.reading import Item, Record

_PATCH_SET = re.compile(r"(?:Patch Set|Uploaded patch set) (\d{1,9})\b")
_LABELS = {"CRVW": "Code-Review", "VRIF": "Verified", "APRV": "Workflow"}  # the names before Gerrit 2.6
_SUBMITTED = "SUBM"  # the submitter, listed among the votes


class Approval(msgspec.Struct, rename="camel"):
    """A vote; `type` is its label, or the mark of the submitter."""

    type: object = None
    description: object = None
    value: object = None
    granted_on: object = None
    by: object = None


class PatchSet(msgspec.Struct, rename="camel"):
    """One upload. None: the query did not ask for it."""

    number: object = None
    revision: str | None = None
    parents: list[object] | None = None
    ref: object = None
    uploader: object = None
    created_on: object = None
    kind: object = None
    approvals: list[Approval] | None = None
    files: list[dict[str, object]] | None = None
    size_insertions: object = None
    size_deletions: object = None


class Comment(msgspec.Struct):
    """A message on the change."""

    timestamp: object = None
    reviewer: object = None
    message: str | None = None


class SshChange(msgspec.Struct, rename="camel"):
    """The fields of one line; numbers and times are numbers or texts, depending on the server's version."""

    number: object
    project: object
    last_updated: object
    branch: object = None
    id: object = None
    topic: object = None
    hashtags: object = None
    subject: object = None
    status: object = None
    wip: object = None
    private: object = None
    created_on: object = None
    owner: object = None
    commit_message: object = None
    patch_sets: list[PatchSet] | None = None
    current_patch_set: PatchSet | None = None
    comments: list[Comment] | None = None


def is_ssh(item: Item) -> bool:
    """Whether it is such a line, with a change in it."""
    return "number" in item and "project" in item and "lastUpdated" in item and "type" not in item


def read_ssh(item: Item) -> Record:
    """The change of one line, without missing fields. Raises RecordError."""
    number = _integer(item["number"], "the number of a change")
    name = f"change {number}"
    try:
        change = msgspec.convert(item, SshChange)
    except msgspec.ValidationError as cause:
        raise RecordError(name, str(cause)[:150]) from cause
    patch_set_list = change.patch_sets or ([change.current_patch_set] if change.current_patch_set else [])
    patch_sets = {_integer(each.number, f"{name}: the number of a patch set"): each for each in patch_set_list}
    current = max(patch_sets, default=None)
    newest = patch_sets[current] if current is not None else PatchSet()
    return _without_none({
        "_number": number,
        "project": change.project,
        "branch": change.branch,
        "change_id": change.id,
        "topic": change.topic,
        "hashtags": change.hashtags,
        "subject": change.subject,
        # OpenStack's Gerrit 2.4 had its own status for it; newer servers have a flag.
        "status": "NEW" if change.status == "WORKINPROGRESS" else change.status,
        "work_in_progress": True if change.wip or change.status == "WORKINPROGRESS" else None,
        "is_private": True if change.private else None,
        "created": _time(change.created_on, name),
        "updated": _time(change.last_updated, name),
        "submitted": _submission_time(patch_sets.values(), name),
        "owner": account(change.owner),
        "insertions": newest.size_insertions,
        "deletions": _size(newest.size_deletions),
        "current_revision": newest.revision,
        "revisions": {
            patch_set.revision: _revision(place, patch_set, change.commit_message if place == current else None, name)
            for place, patch_set in patch_sets.items()
            if patch_set.revision
        },
        "labels": _labels(patch_sets.values(), newest, name),
        "messages": _messages(change.comments, name),
    })  # fmt: skip


def _without_none(fields: Record) -> Record:
    return {name: value for name, value in fields.items() if value is not None}


def _integer(value: object, what: str) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 19):
        raise RecordError("", f"{what} is no number: {json_body.excerpt(text)}")
    return int(text)


def _size(value: object) -> int | None:
    return abs(value) if isinstance(value, int) else None  # over SSH, deletions are below zero


def _time(value: object, name: str) -> str | None:
    """Seconds since 1970, in the form of times in Gerrit's REST API."""
    if value is None:
        return None
    try:
        seconds = int(value) if isinstance(value, (int, float)) else int(str(value))
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.000000000"
    except (ValueError, OverflowError, OSError) as cause:
        raise RecordError(name, f"no time: {json_body.excerpt(str(value))}") from cause


def account(person: object) -> Record | None:
    """An account in the form of REST; its number is computed from the username, else the address, else the name."""
    if not isinstance(person, Mapping):
        return None
    identity = next((person[field] for field in ("username", "email", "name") if person.get(field)), None)
    if identity is None:
        return None
    digest = hashlib.sha256(str(identity).encode("utf-8", "surrogatepass")).digest()
    number = -1 - int.from_bytes(digest[:6], "big")
    return {"_account_id": number} | {field: person[field] for field in ("name", "username") if person.get(field)}


def _revision(place: int, patch_set: PatchSet, message: object, name: str) -> Record:
    parents = [{"commit": sha} for sha in patch_set.parents or () if isinstance(sha, str)]
    commit = _without_none({"message": message, "parents": parents or None})
    files = patch_set.files
    return _without_none({
        "_number": place,
        "created": _time(patch_set.created_on, name),
        "uploader": account(patch_set.uploader),
        "kind": patch_set.kind,
        "ref": patch_set.ref,
        "commit": commit or None,
        "files": None if files is None else {str(file["file"]): _file(file) for file in files if "file" in file},
    })  # fmt: skip


def _file(file: Mapping[str, object]) -> Record:
    return _without_none({"lines_inserted": file.get("insertions"), "lines_deleted": _size(file.get("deletions"))})


def _labels(patch_sets: Iterable[PatchSet], newest: PatchSet, name: str) -> Record | None:
    """The votes on the current patch set. If no patch set has any, the query may not have asked for them: unknown."""
    if all(patch_set.approvals is None for patch_set in patch_sets):
        return None
    votes: dict[str, list[Record]] = {}
    for vote in newest.approvals or ():
        if vote.type == _SUBMITTED:
            continue
        label = _LABELS.get(str(vote.type)) or str(vote.description or vote.type).replace(" ", "-")
        entry = _without_none({"value": _value(vote.value, name), "date": _time(vote.granted_on, name)})
        votes.setdefault(label, []).append((account(vote.by) or {}) | entry)
    return {label: {"all": all_votes} for label, all_votes in votes.items()}


def _value(value: object, name: str) -> int:
    try:
        return int(value) if isinstance(value, (int, float)) else int(str(value))
    except (ValueError, OverflowError) as cause:
        raise RecordError(name, f"the value of a vote is no number: {json_body.excerpt(str(value))}") from cause


def _submission_time(patch_sets: Iterable[PatchSet], name: str) -> str | None:
    votes = (vote for patch_set in patch_sets for vote in patch_set.approvals or ())
    return next((_time(vote.granted_on, name) for vote in votes if vote.type == _SUBMITTED), None)


def _messages(comments: list[Comment] | None, name: str) -> list[Record] | None:
    if comments is None:
        return None
    return [
        _without_none({
            "id": f"{position:06d}",  # there is no id; the place in the list never changes
            "date": _time(comment.timestamp, name),
            "author": account(comment.reviewer),
            "message": comment.message,
            "_revision_number": int(match[1]) if (match := _PATCH_SET.match(comment.message or "")) else None,
        })
        for position, comment in enumerate(comments)
    ]  # fmt: skip
