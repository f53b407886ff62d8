"""The release that a priorities document is about, by its title, its first line, a label or the path of a spec."""

import re

from docutils import nodes

from analysis.judge.areas.priorities.markup import text_of

_TITLE = re.compile(r"\b(?:priorities|themes|work items|goals|specs|specifications)$", re.IGNORECASE)
# The words of a title besides the release: "Newton Project Priorities", "Train Cycle Themes", "Priorities for 2026.1".
_AROUND = re.compile(
    r"(?i)\b(?:project|team|cycle|release|review|development|priorit(?:y|ies)|themes?|work|items?|goals?|specs?|"
    r"specifications?|approved|for|the|of|in|openstack|ptg|notes|list)\b"
)
_ANCHOR = re.compile(r"(?m)^\.\. _([a-z]+|20\d\d-\d)-(?:priorities|themes|work-items|goals):")
_VERSION = re.compile(r"20\d\d\.\d")
_RELEASE = re.compile(r"[a-z]+|20\d\d\.\d", re.IGNORECASE)
_SPEC_FOLDER = re.compile(r"specs/([a-z]+|20\d\d\.\d)/(?:approved|implemented)/")


def is_document_title(title: str) -> bool:
    """Whether a title is that of a priorities document, such as "Newton Project Priorities"."""
    return bool(_TITLE.search(title))


def release_of(document: nodes.document, rst: str) -> str:
    """The release, in lower case, by the title, else by the first line, else by a label or the path of a spec.

    "" if none of them names one.
    """
    first = next((line.strip(" #=*") for line in rst.strip().splitlines()[:1] if "/" not in line), "")
    title = next((text_of(one) for one in document.findall(nodes.title)), first)
    if is_document_title(title) or is_document_title(_VERSION.sub("", title).strip()) or _AROUND.match(title):
        words = _RELEASE.findall(_AROUND.sub(" ", title))
        versions = [word for word in words if _VERSION.fullmatch(word)]
        if versions or words:
            return str((versions or words)[-1]).lower()
    if label := _ANCHOR.search(rst):
        return label[1].replace("-", ".")
    folder = _SPEC_FOLDER.search(rst)
    return folder[1] if folder else ""
