"""The tables made from a git clone."""

from analysis.tables.schema.table import Column, Table

COMMITS = Table(
    "commits",
    "a commit on a branch of a clone",
    ("sha",),
    {
        "sha": Column("str", "40 hex digits"),
        "project": Column("str", "Gerrit project the clone stands for"),
        "branch": Column("str", "the first of the fetched branches that holds it"),
        "change_id": Column("str", "last Change-Id footer"),
        "authored_at": Column("time", "author date: when the code was written"),
        "committed_at": Column("time", "committer date"),
        "author": Column("str", "author name"),
        "subject": Column("str", "first line of the message: hostile text"),
        "message": Column("str", "whole message: hostile text"),
        "is_merge": Column("bool", "more than one parent"),
        "cherry_picked_from": Column("str", "sha of the last '(cherry picked from commit ...)' line"),
        "reverts": Column("str", "sha of 'This reverts commit ...'"),
    },
)

COMMIT_FILES = Table(
    "commit_files",
    "one path of a commit",
    ("sha", "path"),
    {
        "sha": Column("str", "commits.sha"),
        "path": Column("str", "path in the repository: hostile text"),
    },
)
