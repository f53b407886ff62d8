"""The world as Gerrit serves it: REST answers of version 2.8 to 3.10, with the fields that each option asks for."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analysis.twin.change import LABELS, Change, Comment, Message, PatchSet, Vote
from analysis.twin.people import BY_ACCOUNT, INFRA, JENKINS, Person

if TYPE_CHECKING:
    from analysis.twin.world import World

Row = dict[str, Any]
GUARD = ")]}'\n"
Version = tuple[int, int]
NEWEST: Version = (3, 10)
# The options of o=, with the first version that knows each.
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
COMMON = ("Code-Review", "Verified", "Workflow")  # labels that every change shows; others where somebody voted
VALUES = {
    "Code-Review": {"-2": "Do not merge", "-1": "This patch needs further work before it can be merged",
                    " 0": "No score", "+1": "Looks good to me, but someone else must approve",
                    "+2": "Looks good to me (core reviewer)"},
    "Verified": {"-2": "Fails", "-1": "Doesn't seem to work", " 0": "No score", "+1": "Works for me", "+2": "Verified"},
    "Workflow": {"-1": "Work in progress", " 0": "Ready for reviews", "+1": "Approved"},
    "Review-Priority": {" 0": "Default Priority", "+1": "Contributor Review Promise", "+2": "Core Review Promise"},
}  # fmt: skip


def stamp(when: datetime) -> str:
    """An instant as Gerrit writes it: UTC without a zone, nine digits of which newer servers fill none."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") + "000"


def rows(world: "World", *, options: frozenset[str], version: Version = NEWEST, sees_all: bool = False) -> list[Row]:
    """Every visible change as the list serves it, newest first."""
    return [row(c, options=options, version=version) for c in newest_first(world) if sees_all or not c.is_private]


def newest_first(*worlds: "World") -> list[Change]:
    """The changes of these worlds in the only order that Gerrit's list has."""
    held = [change for world in worlds for change in world.changes.values()]
    return sorted(held, key=lambda c: (c.updated, c.number), reverse=True)


def row(change: Change, *, options: frozenset[str], version: Version = NEWEST) -> Row:
    """One ChangeInfo. A key is absent when it is false, unset, not asked for, or younger than `version`."""
    wide = "DETAILED_ACCOUNTS" in options
    found: Row = {
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
        del found["insertions"], found["deletions"]
    if version < (2, 14):
        found["_sortkey"] = f"{int(change.updated.timestamp()):08x}{change.number:08x}"
    found |= _facts(change, version, wide)
    found |= _asked(change, options, version, wide)
    return found


def account(person: Person, *, wide: bool) -> Row:
    """An AccountInfo; without DETAILED_ACCOUNTS, and for a deleted account, the id alone."""
    if not wide or person.is_bare:
        return {"_account_id": person.account}
    shown: Row = {"_account_id": person.account, "name": person.display_name, "email": person.email}
    shown["username"] = person.name
    if person.kind == "ci" or person is INFRA:
        shown["tags"] = ["SERVICE_USER"]
    return shown


def comments(change: Change, version: Version = NEWEST) -> dict[str, list[Row]]:
    """The answer of /changes/N/comments: path to its CommentInfos."""
    found: dict[str, list[Row]] = {}
    for comment in change.comments:
        found.setdefault(comment.path, []).append(_comment(change, comment, version))
    return dict(sorted(found.items()))


def _facts(change: Change, version: Version, wide: bool) -> Row:
    """What a change has of its own accord, where it has it."""
    found: Row = {}
    if change.topic is not None:
        found["topic"] = change.topic
    if version >= (2, 11):
        found["hashtags"] = change.hashtags
    if change.status == "NEW" and version >= (2, 8):
        found["mergeable"] = change.is_mergeable
    if change.submitted is not None and version >= (2, 10):
        found["submitted"] = stamp(change.submitted)
        found["submitter"] = account(change.submitter or JENKINS, wide=wide)
    if version >= (2, 15):
        found |= {"work_in_progress": True} if change.is_wip else {}
        found |= {"is_private": True} if change.is_private else {}
        found |= {"has_review_started": True}
        found["unresolved_comment_count"] = change.n_unresolved
    if version >= (3, 0):
        found["total_comment_count"] = len(change.comments)
    if version >= (3, 1) and change.revert_of is not None:
        found["revert_of"] = change.revert_of
    if version >= (3, 2) and change.cherry_pick_of is not None:
        found |= {"cherry_pick_of_change": change.cherry_pick_of, "cherry_pick_of_patch_set": 1}
    if version >= (3, 4):
        found["meta_rev_id"] = change.meta_sha
    if version >= (3, 9):
        found["triplet_id"] = _triplet(change)
    return found


def _asked(change: Change, options: frozenset[str], version: Version, wide: bool) -> Row:
    """What only an option brings."""
    found: Row = {}
    if options & {"LABELS", "DETAILED_LABELS"}:
        found["labels"] = _labels(change, options, version, wide)
    if "DETAILED_LABELS" in options:
        people = [account(p, wide=wide) for p in change.reviewers]
        found |= {"removable_reviewers": []} if version >= (2, 5) else {}
        found |= {"pending_reviewers": {}} if version >= (2, 15) else {}
        found |= {"reviewers": {"REVIEWER": people} if people else {}} if version >= (2, 12) else {}
    if "MESSAGES" in options:
        found["messages"] = [_message(message, version, wide) for message in change.messages]
    if options & {"CURRENT_REVISION", "CURRENT_COMMIT", "CURRENT_FILES", "ALL_REVISIONS", "ALL_COMMITS", "ALL_FILES"}:
        found |= _revisions(change, options, version, wide)
    if "SUBMITTABLE" in options and change.status == "NEW":
        found["submittable"] = all(status == "SATISFIED" for status in _requirements(change).values())
    if "SUBMIT_REQUIREMENTS" in options:
        asked = _requirements(change).items() if change.status != "ABANDONED" else ()
        found["submit_requirements"] = [{"name": n, "status": status, "is_legacy": False} for n, status in asked]
    return found


def _labels(change: Change, options: frozenset[str], version: Version, wide: bool) -> Row:
    held = [label for label in LABELS if label in COMMON or any(key[0] == label for key in change.votes)]
    return {label: _label(change, label, options, version, wide) for label in held}


def _label(change: Change, label: str, options: frozenset[str], version: Version, wide: bool) -> Row:
    votes = {person: vote for (name, person), vote in change.votes.items() if name == label}
    found: Row = _summary(label, votes, wide) if "LABELS" in options or change.status == "NEW" else {}
    if "DETAILED_LABELS" in options:
        people = list(dict.fromkeys([*change.reviewers, *votes]))  # those without a vote too, with a 0
        found |= {"all": [_approval(p, votes.get(p), version, wide) for p in people]} if people else {}
        found |= {"values": VALUES[label], "default_value": 0}
    return found


def _summary(label: str, votes: dict[Person, Vote], wide: bool) -> Row:
    """One account for each kind of vote, however many there are: all that LABELS alone tells."""
    top, bottom = (2, -2) if label in ("Code-Review", "Verified") else (1, -1)
    found: Row = {}
    for word, value in (("approved", top), ("rejected", bottom), ("recommended", 1), ("disliked", -1)):
        held = [person for person, vote in votes.items() if vote.value == value]
        if held and not (word in ("recommended", "disliked") and value in (top, bottom)):
            found[word] = account(held[0], wide=wide)
            found |= {"value": value} if word in ("recommended", "disliked") else {}
    return found


def _approval(person: Person, vote: Vote | None, version: Version, wide: bool) -> Row:
    found: Row = {"value": 0 if vote is None else vote.value} | account(person, wide=wide)
    if vote is not None:
        found["date"] = stamp(vote.when)
        found |= {"tag": vote.tag} if vote.tag and version >= (2, 15) else {}
    return found


def _message(message: Message, version: Version, wide: bool) -> Row:
    found: Row = {"id": message.number, "date": stamp(message.sent), "message": _worded(message.text, version)}
    found["_revision_number"] = message.patch_set
    if version >= (3, 5):
        found["accounts_in_message"] = [account(person, wide=wide) for person in _named(message.text)]
    if message.author is not None:
        found["author"] = account(message.author, wide=wide)
    if message.tag is not None and version >= (2, 15):
        found["tag"] = message.tag
    return found


def _named(text: str) -> list[Person]:
    return [BY_ACCOUNT[int(number)] for number in re.findall(r"<GERRIT_ACCOUNT_(\d+)>", text)]


def _worded(text: str, version: Version) -> str:
    """A message as an older release words it: votes are not listed, and accounts are spelled out."""
    if version >= (3, 5):
        return text
    text = re.sub(r"(?s)\n\n(?:Copied|Outdated) Votes:\n.*", "", text)
    shown = {f"<GERRIT_ACCOUNT_{who.account}>": f"{who.display_name} <{who.email}>" for who in _named(text)}
    for mark, name in shown.items():
        text = text.replace(mark, name)
    return text


def _revisions(change: Change, options: frozenset[str], version: Version, wide: bool) -> Row:
    every = bool(options & {"ALL_REVISIONS", "ALL_COMMITS", "ALL_FILES"})
    held = change.patch_sets if every else [change.current]
    shown = {patch_set.sha: _revision(change, patch_set, options, version, wide) for patch_set in held}
    return {"current_revision": change.current.sha, "revisions": shown} | (
        {"current_revision_number": change.current.number} if version >= (3, 10) else {}
    )


def _revision(change: Change, patch_set: PatchSet, options: frozenset[str], version: Version, wide: bool) -> Row:
    reference = f"refs/changes/{change.number % 100:02d}/{change.number}/{patch_set.number}"
    found: Row = {"kind": patch_set.kind} if version >= (2, 11) else {}
    found |= {"_number": patch_set.number, "created": stamp(patch_set.created), "ref": reference, "fetch": {}}
    found["uploader"] = account(patch_set.uploader, wide=wide)
    found |= {"branch": f"refs/heads/{change.branch}"} if version >= (3, 8) else {}
    is_current = patch_set is change.current
    if "ALL_COMMITS" in options or ("CURRENT_COMMIT" in options and is_current):
        found["commit"] = _commit(change, patch_set)
    if "ALL_FILES" in options or ("CURRENT_FILES" in options and is_current):
        found["files"] = {path: _file(lines) for path, lines in patch_set.files.items()}
    return found


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
    """A FileInfo: Gerrit leaves a count of zero out."""
    counts = {name: n for name, n in zip(("lines_inserted", "lines_deleted"), lines, strict=True) if n}
    return counts | {"size_delta": 40 * (lines[0] - lines[1]), "size": 40 * lines[0]}


def _comment(change: Change, comment: Comment, version: Version) -> Row:
    found: Row = {"id": comment.number, "line": comment.line, "updated": stamp(comment.sent), "message": comment.text}
    found |= {"patch_set": comment.patch_set, "author": account(comment.author, wide=True)}
    if comment.in_reply_to is not None:
        found["in_reply_to"] = comment.in_reply_to
    if version >= (2, 14):
        found["unresolved"] = comment.is_unresolved
    if version >= (2, 16):
        found["commit_id"] = change.patch_sets[comment.patch_set - 1].sha
    return found


def _requirements(change: Change) -> dict[str, str]:
    """Nova's submit rule as requirements: a +2, a gate +2 and an approval, none vetoed."""
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
