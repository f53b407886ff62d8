"""The world as Gerrit serves it: REST answers of versions 2.8 to 3.10, with the fields that each option adds."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from twin.change import LABELS, Change, Comment, Message, PatchSet, Vote
from twin.people import BY_ACCOUNT, INFRA, JENKINS, Person

if TYPE_CHECKING:
    from twin.world import World

Row = dict[str, object]
GUARD = ")]}'\n"
Version = tuple[int, int]
NEWEST: Version = (3, 10)
# The options of o=, with the first version that supports each.
OPTIONS: dict[str, Version] = {
    "LABELS": (2, 5), "DETAILED_LABELS": (2, 5), "DETAILED_ACCOUNTS": (2, 5), "CURRENT_REVISION": (2, 5),
    "ALL_REVISIONS": (2, 5), "CURRENT_COMMIT": (2, 5), "ALL_COMMITS": (2, 5), "CURRENT_FILES": (2, 5),
    "ALL_FILES": (2, 5), "MESSAGES": (2, 7), "CURRENT_ACTIONS": (2, 8), "REVIEWED": (2, 8), "DRAFT_COMMENTS": (2, 8),
    "DOWNLOAD_COMMANDS": (2, 8), "WEB_LINKS": (2, 9), "CHECK": (2, 10), "CHANGE_ACTIONS": (2, 12),
    "COMMIT_FOOTERS": (2, 12), "PUSH_CERTIFICATES": (2, 13), "REVIEWER_UPDATES": (2, 14), "SUBMITTABLE": (2, 14),
    "TRACKING_IDS": (2, 15), "SKIP_MERGEABLE": (2, 16), "SKIP_DIFFSTAT": (3, 2), "SUBMIT_REQUIREMENTS": (3, 5),
    "CUSTOM_KEYED_VALUES": (3, 9), "STAR": (3, 9), "PARENTS": (3, 10),
}  # fmt: skip
ALL_OPTIONS = ("DETAILED_LABELS", "DETAILED_ACCOUNTS", "MESSAGES", "ALL_REVISIONS", "CURRENT_COMMIT", "CURRENT_FILES")
COMMON = ("Code-Review", "Verified", "Workflow")  # labels of every change; other labels appear after a vote
VALUES = {
    "Code-Review": {"-2": "Do not merge", "-1": "This patch needs further work before it can be merged",
                    " 0": "No score", "+1": "Looks good to me, but someone else must approve",
                    "+2": "Looks good to me (core reviewer)"},
    "Verified": {"-2": "Fails", "-1": "Doesn't seem to work", " 0": "No score", "+1": "Works for me", "+2": "Verified"},
    "Workflow": {"-1": "Work in progress", " 0": "Ready for reviews", "+1": "Approved"},
    "Review-Priority": {" 0": "Default Priority", "+1": "Contributor Review Promise", "+2": "Core Review Promise"},
}  # fmt: skip


def stamp(when: datetime) -> str:
    """An instant in Gerrit's form: UTC without a zone, with nine decimals, which are zero on newer servers."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") + "000"


def rows(world: "World", *, options: frozenset[str], version: Version = NEWEST, sees_all: bool = False) -> list[Row]:
    """Every visible change as in the list, newest first."""
    return [row(c, options=options, version=version) for c in newest_first(world) if sees_all or not c.is_private]


def newest_first(*worlds: "World") -> list[Change]:
    """The changes of these worlds, newest first, the only order of Gerrit's list."""
    changes = [change for world in worlds for change in world.changes.values()]
    return sorted(changes, key=lambda c: (c.updated, c.number), reverse=True)


def row(change: Change, *, options: frozenset[str], version: Version = NEWEST) -> Row:
    """One ChangeInfo. A key is absent if it is false, unset, not requested, or newer than `version`."""
    wide = "DETAILED_ACCOUNTS" in options
    info: Row = {
        "id": _id(change, version),
        "project": change.project,
        "branch": change.branch,
        "change_id": change.change_id,
        "subject": change.subject,
        "status": change.status,
        "created": stamp(change.created),
        "updated": stamp(change.updated),
        "insertions": sum(added for added, _ in change.current.files.values()),
        "deletions": sum(removed for _, removed in change.current.files.values()),
        "_number": change.number,
        "owner": account(change.owner, wide=wide),
    }
    if "SKIP_DIFFSTAT" in options:
        del info["insertions"], info["deletions"]
    if version < (2, 14):
        info["_sortkey"] = f"{int(change.updated.timestamp()):08x}{change.number:08x}"
    info |= _facts(change, version, wide)
    info |= _optional_fields(change, options, version, wide)
    return info


def account(person: Person, *, wide: bool) -> Row:
    """An AccountInfo; without DETAILED_ACCOUNTS, and for a deleted account, it has only the id."""
    if not wide or person.is_bare:
        return {"_account_id": person.account}
    info: Row = {"_account_id": person.account, "name": person.display_name, "email": person.email}
    info["username"] = person.name
    if person.kind == "ci" or person is INFRA:
        info["tags"] = ["SERVICE_USER"]
    return info


def comments(change: Change, version: Version = NEWEST) -> dict[str, list[Row]]:
    """The answer of /changes/N/comments: path to CommentInfos."""
    by_path: dict[str, list[Row]] = {}
    for comment in change.comments:
        by_path.setdefault(comment.path, []).append(_comment(change, comment, version))
    return dict(sorted(by_path.items()))


def _facts(change: Change, version: Version, wide: bool) -> Row:
    """The fields of a change that need no option, if it has them."""
    fields: Row = {}
    if change.topic is not None:
        fields["topic"] = change.topic
    if version >= (2, 11):
        fields["hashtags"] = change.hashtags
    if change.status == "NEW" and version >= (2, 8):
        fields["mergeable"] = change.is_mergeable
    if change.submitted is not None and version >= (2, 10):
        fields["submitted"] = stamp(change.submitted)
        fields["submitter"] = account(change.submitter or JENKINS, wide=wide)
    if version >= (2, 15):
        fields |= {"work_in_progress": True} if change.is_wip else {}
        fields |= {"is_private": True} if change.is_private else {}
        fields |= {"has_review_started": True}
        fields["unresolved_comment_count"] = change.n_unresolved
    if version >= (3, 0):
        fields["total_comment_count"] = len(change.comments)
    if version >= (3, 1) and change.revert_of is not None:
        fields["revert_of"] = change.revert_of
    if version >= (3, 2) and change.cherry_pick_of is not None:
        fields |= {"cherry_pick_of_change": change.cherry_pick_of, "cherry_pick_of_patch_set": 1}
    if version >= (3, 4):
        fields["meta_rev_id"] = change.meta_sha
    if version >= (3, 9):
        fields["triplet_id"] = _triplet(change)
    return fields


def _optional_fields(change: Change, options: frozenset[str], version: Version, wide: bool) -> Row:
    """The fields that need an option."""
    fields: Row = {}
    if options & {"LABELS", "DETAILED_LABELS"}:
        fields["labels"] = _labels(change, options, version, wide)
    if "DETAILED_LABELS" in options:
        people = [account(p, wide=wide) for p in change.reviewers]
        fields |= {"removable_reviewers": []} if version >= (2, 5) else {}
        fields |= {"pending_reviewers": {}} if version >= (2, 15) else {}
        fields |= {"reviewers": {"REVIEWER": people} if people else {}} if version >= (2, 12) else {}
    if "MESSAGES" in options:
        fields["messages"] = [_message(message, version, wide) for message in change.messages]
    if options & {"CURRENT_REVISION", "CURRENT_COMMIT", "CURRENT_FILES", "ALL_REVISIONS", "ALL_COMMITS", "ALL_FILES"}:
        fields |= _revisions(change, options, version, wide)
    if "SUBMITTABLE" in options and change.status == "NEW":
        fields["submittable"] = all(status == "SATISFIED" for status in _requirements(change).values())
    if "SUBMIT_REQUIREMENTS" in options:
        requirements = _requirements(change).items() if change.status != "ABANDONED" else ()
        fields["submit_requirements"] = [
            {"name": n, "status": status, "is_legacy": False} for n, status in requirements
        ]
    return fields


def _labels(change: Change, options: frozenset[str], version: Version, wide: bool) -> Row:
    labels = [label for label in LABELS if label in COMMON or any(key[0] == label for key in change.votes)]
    return {label: _label(change, label, options, version, wide) for label in labels}


def _label(change: Change, label: str, options: frozenset[str], version: Version, wide: bool) -> Row:
    votes = {person: vote for (name, person), vote in change.votes.items() if name == label}
    info: Row = _summary(label, votes, wide) if "LABELS" in options or change.status == "NEW" else {}
    if "DETAILED_LABELS" in options:
        people = list(dict.fromkeys([*change.reviewers, *votes]))  # reviewers without a vote have a 0
        info |= {"all": [_approval(p, votes.get(p), version, wide) for p in people]} if people else {}
        info |= {"values": VALUES[label], "default_value": 0}
    return info


def _summary(label: str, votes: dict[Person, Vote], wide: bool) -> Row:
    """One account for each kind of vote, however many have voted: LABELS alone shows no more."""
    top, bottom = (2, -2) if label in ("Code-Review", "Verified") else (1, -1)
    fields: Row = {}
    for word, value in (("approved", top), ("rejected", bottom), ("recommended", 1), ("disliked", -1)):
        voters = [person for person, vote in votes.items() if vote.value == value]
        if voters and not (word in ("recommended", "disliked") and value in (top, bottom)):
            fields[word] = account(voters[0], wide=wide)
            fields |= {"value": value} if word in ("recommended", "disliked") else {}
    return fields


def _approval(person: Person, vote: Vote | None, version: Version, wide: bool) -> Row:
    info: Row = {"value": 0 if vote is None else vote.value} | account(person, wide=wide)
    if vote is not None:
        info["date"] = stamp(vote.when)
        info |= {"tag": vote.tag} if vote.tag and version >= (2, 15) else {}
    return info


def _message(message: Message, version: Version, wide: bool) -> Row:
    info: Row = {"id": message.number, "date": stamp(message.sent), "message": _older_message(message.text, version)}
    info["_revision_number"] = message.patch_set
    if version >= (3, 5):
        info["accounts_in_message"] = [account(person, wide=wide) for person in _people_in(message.text)]
    if message.author is not None:
        info["author"] = account(message.author, wide=wide)
    if message.tag is not None and version >= (2, 15):
        info["tag"] = message.tag
    return info


def _people_in(text: str) -> list[Person]:
    return [BY_ACCOUNT[int(number)] for number in re.findall(r"<GERRIT_ACCOUNT_(\d+)>", text)]


def _older_message(text: str, version: Version) -> str:
    """A message in the words of an older release: it does not list votes, and it has names of accounts."""
    if version >= (3, 5):
        return text
    text = re.sub(r"(?s)\n\n(?:Copied|Outdated) Votes:\n.*", "", text)
    names = {f"<GERRIT_ACCOUNT_{who.account}>": f"{who.display_name} <{who.email}>" for who in _people_in(text)}
    for mark, name in names.items():
        text = text.replace(mark, name)
    return text


def _revisions(change: Change, options: frozenset[str], version: Version, wide: bool) -> Row:
    every = bool(options & {"ALL_REVISIONS", "ALL_COMMITS", "ALL_FILES"})
    patch_sets = change.patch_sets if every else [change.current]
    revisions = {patch_set.sha: _revision(change, patch_set, options, version, wide) for patch_set in patch_sets}
    return {"current_revision": change.current.sha, "revisions": revisions} | (
        {"current_revision_number": change.current.number} if version >= (3, 10) else {}
    )


def _revision(change: Change, patch_set: PatchSet, options: frozenset[str], version: Version, wide: bool) -> Row:
    reference = f"refs/changes/{change.number % 100:02d}/{change.number}/{patch_set.number}"
    info: Row = {"kind": patch_set.kind} if version >= (2, 11) else {}
    info |= {"_number": patch_set.number, "created": stamp(patch_set.created), "ref": reference, "fetch": {}}
    info["uploader"] = account(patch_set.uploader, wide=wide)
    info |= {"branch": f"refs/heads/{change.branch}"} if version >= (3, 8) else {}
    is_current = patch_set is change.current
    if "ALL_COMMITS" in options or ("CURRENT_COMMIT" in options and is_current):
        info["commit"] = _commit(change, patch_set)
    if "ALL_FILES" in options or ("CURRENT_FILES" in options and is_current):
        info["files"] = {path: _file(lines) for path, lines in patch_set.files.items()}
    return info


def _commit(change: Change, patch_set: PatchSet) -> Row:
    subject = patch_set.message.split("\n", 1)[0]
    by = {"name": change.owner.display_name, "email": change.owner.email, "date": stamp(change.created), "tz": 0}
    with_ = {"name": patch_set.uploader.display_name, "email": patch_set.uploader.email, "tz": 0}
    return {
        "parents": [{"commit": patch_set.parent, "subject": "the commit below"}],
        "author": by,
        "committer": with_ | {"date": stamp(patch_set.created)},
        "subject": subject,
        "message": patch_set.message,
    }


def _file(lines: tuple[int, int]) -> Row:
    """A FileInfo; Gerrit leaves out a count of zero."""
    counts: Row = {name: n for name, n in zip(("lines_inserted", "lines_deleted"), lines, strict=True) if n}
    return counts | {"size_delta": 40 * (lines[0] - lines[1]), "size": 40 * lines[0]}


def _comment(change: Change, comment: Comment, version: Version) -> Row:
    info: Row = {"id": comment.number, "line": comment.line, "updated": stamp(comment.sent), "message": comment.text}
    info |= {"patch_set": comment.patch_set, "author": account(comment.author, wide=True)}
    if comment.in_reply_to is not None:
        info["in_reply_to"] = comment.in_reply_to
    if version >= (2, 14):
        info["unresolved"] = comment.is_unresolved
    if version >= (2, 16):
        info["commit_id"] = change.patch_sets[comment.patch_set - 1].sha
    return info


def _requirements(change: Change) -> dict[str, str]:
    """Nova's submit rule as requirements: a +2, a +2 of the gate and an approval, and no veto."""
    return {
        label: "SATISFIED" if _is_met(change, label, needed) else "UNSATISFIED"
        for label, needed in (("Code-Review", 2), ("Verified", 2), ("Workflow", 1))
    }


def _is_met(change: Change, label: str, needed: int) -> bool:
    values = [vote.value for (name, _), vote in change.votes.items() if name == label]
    return needed in values and -needed not in values


def _id(change: Change, version: Version) -> str:
    project = change.project.replace("/", "%2F")
    if version >= (3, 9):
        return f"{project}~{change.number}"
    return _triplet(change)


def _triplet(change: Change) -> str:
    return "~".join((change.project.replace("/", "%2F"), change.branch.replace("/", "%2F"), change.change_id))
