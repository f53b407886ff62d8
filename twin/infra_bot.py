"""The infra bot: what OpenStack's hook does to a bug when a change for it is proposed, merged or abandoned."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from twin.bug import STEPS, Bug
from twin.change import Change
from twin.people import INFRA

# The pattern must match a whole line, the number must end it, and the first match per bug wins, so the real hook misses
# some footers.
FOOTER = re.compile(
    r"^[\t ]*(?P<prefix>[-\w]+)?[\s:]*(?:\b(?:bug|lp)\b[\s#:]*)+(?P<number>\d+)\s*?$", re.IGNORECASE | re.MULTILINE
)
CLOSING = frozenset({"closes", "fixes", "resolves", ""})
SIDE_NOTES = frozenset({"related", "impacts", "affects"})
URL_FORMS = (
    "https://review.openstack.org/{number}",
    "https://review.openstack.org/#/c/{number}/",
    "https://review.opendev.org/{number}",
    "https://review.opendev.org/#/c/{number}/",
    "https://review.opendev.org/c/{project}/+/{number}",
)
COMMIT_URL = "https://git.openstack.org/cgit/{project}/commit/?id={sha}"
DELAY = timedelta(seconds=7)


def footers(message: str) -> dict[int, str]:
    """Bug number to the relation that the hook reads: closes, partial, related, or comment (it only comments)."""
    meanings: dict[int, str] = {}
    for match in FOOTER.finditer(message):
        word = (match["prefix"] or "").split("-")[0].lower()
        meanings.setdefault(int(match["number"]), _meaning(word))
    return meanings


def proposed(bugs: Mapping[int, Bug], change: Change, target: str) -> list[int]:
    """Comment on the bugs of a new change, and set them In Progress for its uploader; return their numbers."""
    when, touched = change.current.created + DELAY, _touched(bugs, change, target)
    for bug, meaning in touched:
        if len(change.patch_sets) == 1:
            fix = _called(meaning)
            text = f"{fix} proposed to branch: {change.branch}\nReview: {_url(change)}"
            bug.comment(when, INFRA, text, f"{fix} proposed to {_short(change)} ({change.branch})")
        task = bug.tasks[target]
        if change.branch == "master" and meaning in ("closes", "partial") and STEPS[task.status] < 25:
            bug.set_status(when, INFRA, target, "In Progress")
            bug.assign(when, INFRA, target, change.current.uploader)
    return [bug.number for bug, _ in touched] if len(change.patch_sets) == 1 else []


def merged(bugs: Mapping[int, Bug], change: Change, target: str) -> list[int]:
    """Comment on the bugs of a merged change, and set those that it closes to Fix Released."""
    when, touched = (change.submitted or change.updated) + DELAY, _touched(bugs, change, target)
    for bug, meaning in touched:
        log = "\n".join(f"    {line}".rstrip() for line in change.current.message.split("\n"))
        commit = COMMIT_URL.format(project=change.project, sha=change.current.sha)
        text = (
            f"Reviewed:  {_url(change)}\nCommitted: {commit}\nSubmitter: Jenkins\nBranch:    {change.branch}\n\n{log}"
        )
        bug.comment(when, INFRA, text, f"{_called(meaning)} merged to {_short(change)} ({change.branch})")
        if meaning == "closes":
            _release(bug, change, target, when)
    return [bug.number for bug, _ in touched]


def abandoned(bugs: Mapping[int, Bug], change: Change, target: str) -> list[int]:
    """Comment on the bugs of an abandoned change; they stay In Progress, which is how stale bugs arise."""
    touched = _touched(bugs, change, target)
    for bug, _ in touched:
        by = change.owner.display_name
        text = f"Change abandoned by {by} on branch: {change.branch}\nReview: {_url(change)}"
        bug.comment(change.updated + DELAY, INFRA, text, f"Change abandoned on {_short(change)} ({change.branch})")
    return [bug.number for bug, _ in touched]


def _release(bug: Bug, change: Change, target: str, when: datetime) -> None:
    series = f"{target}/{change.branch.rpartition('/')[2]}"
    if change.branch == "master":
        bug.set_status(when, INFRA, target, "Fix Released")
    elif series in bug.tasks:
        bug.set_status(when, INFRA, series, "Fix Committed")
    else:
        bug.set_tags(when, INFRA, sorted({*bug.tags, f"in-{change.branch.replace('/', '-')}"}))


def _touched(bugs: Mapping[int, Bug], change: Change, target: str) -> list[tuple[Bug, str]]:
    meanings = footers(change.current.message)
    return [(bugs[n], meaning) for n, meaning in meanings.items() if n in bugs and target in bugs[n].tasks]


def _called(meaning: str) -> str:
    """The bot's word for the change, which does not distinguish a partial fix from a full one."""
    return "Related fix" if meaning == "related" else "Fix"


def _meaning(word: str) -> str:
    if word in CLOSING:
        return "closes"
    if word == "partial":
        return "partial"
    return "related" if word in SIDE_NOTES else "comment"


def _url(change: Change) -> str:
    return URL_FORMS[change.number % len(URL_FORMS)].format(number=change.number, project=change.project)


def _short(change: Change) -> str:
    return change.project.rpartition("/")[2]
