"""Commits of a real clone that the tests make with git: hostile messages and paths, merges, branches, rewrites."""

import subprocess

import pytest

from analysis.errors import CloneError
from analysis.ingest import git
from analysis.store import Scope, Store

AUTHOR = {"GIT_AUTHOR_NAME": "Casey Example", "GIT_AUTHOR_EMAIL": "casey@example.org",
          "GIT_COMMITTER_NAME": "Casey Example", "GIT_COMMITTER_EMAIL": "casey@example.org",
          "GIT_AUTHOR_DATE": "2015-05-01T10:00:00+0200", "GIT_COMMITTER_DATE": "2015-05-01T12:00:00+0200",
          "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}  # fmt: skip


class Clone:
    """An empty repository for commits."""

    def __init__(self, path):
        self.path = path
        self.run("init", "-q", "-b", "master", str(path), at=path.parent)

    def run(self, *arguments, at=None):
        command = ["git", "-C", str(at or self.path), *arguments]
        return subprocess.run(command, env=AUTHOR | {"PATH": "/usr/bin:/bin"}, capture_output=True, check=True)

    def commit(self, message, *paths):
        for path in paths:
            (self.path / path).parent.mkdir(exist_ok=True)
            (self.path / path).write_text(message)
        self.run("add", "-A")
        self.run("commit", "-q", "--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "-m", message)
        return self.run("rev-parse", "HEAD").stdout.decode().strip()


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path / "clone")


def subjects(commits):
    return [commit["message"].strip() for commit in commits]


def test_a_commit_is_read_with_all_its_fields(clone):
    first = clone.commit("Start", "nova/api.py")
    second = clone.commit("Fix it\n\nCloses-Bug: #1\n", "nova/api.py", "nova/db.py")

    newest, _ = git.log(clone.path)

    assert newest == {
        "sha": second,
        "parents": [first],
        "branch": "master",
        "author": "Casey Example",
        "authored_at": "2015-05-01T08:00:00+00:00",
        "committed_at": "2015-05-01T10:00:00+00:00",
        "message": "Fix it\n\nCloses-Bug: #1\n",
        "paths": ["nova/api.py", "nova/db.py"],
    }


def test_a_message_or_path_is_never_read_as_a_commit(clone):
    hostile = "\x02commit " + "a" * 40 + "\n\n\x1b[31m\ufeff\u202e"
    clone.commit(hostile, "\nnewline", "tab\t é", "\x02" + "b" * 40)
    clone.commit("")
    clone.commit("Last", "\n\n")

    result = list(git.log(clone.path))

    assert [(c["message"].strip("\n"), sorted(c["paths"])) for c in result] == [
        ("Last", ["\n\n"]),
        ("", []),
        (hostile, sorted(["\nnewline", "tab\t é", "\x02" + "b" * 40])),
    ]


def test_a_merge_has_its_parents_and_no_paths(clone):
    clone.commit("Start", "a")
    clone.run("checkout", "-q", "-b", "topic")
    topic = clone.commit("Topic", "b")
    clone.run("checkout", "-q", "master")
    main = clone.commit("Main", "c")
    clone.run("merge", "-q", "topic", "-m", "Merge topic")

    merge = next(git.log(clone.path, ["master"]))

    assert (merge["parents"], merge["paths"]) == ([main, topic], [])


def test_a_commit_belongs_to_the_first_branch_that_holds_it(clone):
    clone.commit("Shared", "a")
    clone.run("checkout", "-q", "-b", "stable/liberty")
    clone.commit("Backport", "b")
    clone.run("checkout", "-q", "master")
    clone.commit("New", "c")

    results = [(commit["message"].strip(), commit["branch"]) for commit in git.log(clone.path)]

    assert results == [("New", "master"), ("Shared", "master"), ("Backport", "stable/liberty")]


def test_the_branches_of_the_origin_of_a_working_clone_are_read(clone, tmp_path):
    clone.commit("Upstream", "a")
    clone.run("clone", "-q", str(clone.path), str(tmp_path / "mine"), at=tmp_path)
    mine = tmp_path / "mine"
    clone.run("commit", "-q", "--allow-empty", "-m", "Private work", at=mine)

    assert subjects(git.log(mine)) == ["Upstream"]
    assert subjects(git.log(mine, ["master"])) == ["Upstream"]


def test_only_commits_that_are_new_since_the_tips_are_listed(clone):
    clone.commit("Old", "a")
    tips = git.branch_tips(clone.path)
    clone.commit("New", "b")

    assert subjects(git.log(clone.path, since_tips=tips)) == ["New"]
    assert list(git.log(clone.path, since_tips=git.branch_tips(clone.path))) == []


@pytest.fixture
def fetch(clone, tmp_path):
    """Fetch from the clone into a store, and return the notes and the stored records."""
    store, scope = Store(tmp_path / "data"), Scope("review.example.org", "openstack/nova")

    def fetch():
        with store.fetch_session("git", scope) as run:
            summary = git.fetch(clone.path, run)
        return summary.listed, summary.notes, sorted(subjects(store.records("git", scope)))

    return fetch


def test_a_second_fetch_reads_only_what_is_new(clone, fetch):
    clone.commit("Old", "a")
    first = fetch()
    clone.commit("New", "b")

    assert (first, fetch(), fetch()) == ((1, [], ["Old"]), (1, [], ["New", "Old"]), (0, [], ["New", "Old"]))


def test_rewritten_history_replaces_what_was_stored_and_the_summary_says_so(clone, fetch):
    clone.commit("Kept", "a")
    clone.commit("Dropped", "b")
    fetch()
    clone.run("commit", "-q", "--amend", "-m", "Other")

    _, (note,), stored = fetch()

    assert stored == ["Kept", "Other"]
    assert "rewritten" in note


def test_a_rewritten_history_is_reported(clone):
    clone.commit("Old", "a")
    tips = git.branch_tips(clone.path)
    clone.run("commit", "-q", "--amend", "-m", "Other")

    with pytest.raises(CloneError, match="rewritten"):
        git.log(clone.path, since_tips=tips)


def test_a_renamed_branch_is_reported(clone):
    clone.commit("Old", "a")
    tips = git.branch_tips(clone.path)
    clone.run("branch", "-m", "master", "main")

    with pytest.raises(CloneError, match="renamed"):
        git.log(clone.path, since_tips=tips)


def test_a_shallow_clone_is_refused(clone, tmp_path):
    clone.commit("One", "a")
    clone.commit("Two", "b")
    clone.run("clone", "-q", "--depth=1", f"file://{clone.path}", str(tmp_path / "shallow"), at=tmp_path)

    with pytest.raises(CloneError, match="fetch --unshallow"):
        git.log(tmp_path / "shallow")


def test_a_missing_branch_is_named_with_the_existing_ones(clone):
    clone.commit("One", "a")

    with pytest.raises(CloneError) as error:
        git.log(clone.path, ["mastre"])

    assert (error.value.expected.split(" in ")[0], error.value.found) == ("a branch 'mastre'", "['master']")


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("x")])
def test_a_path_that_is_not_a_clone_is_a_clone_error(tmp_path, make):
    make(tmp_path / "no-clone")

    with pytest.raises(CloneError, match="to be a git clone"):
        git.log(tmp_path / "no-clone")


def test_if_git_is_missing_the_error_is_not_about_the_clone(clone, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CloneError) as refused:
        git.log(clone.path)

    assert refused.value.do == "install git"


def test_a_clone_without_commits_is_a_clone_error(clone):
    with pytest.raises(CloneError, match="branches in"):
        git.log(clone.path)


def test_a_date_outside_the_calendar_is_unknown(clone):
    tree = clone.run("write-tree").stdout.decode().strip()
    raw = f"tree {tree}\nauthor A <a@example.org> 99999999999999 +0000\ncommitter A <a@example.org> 5 +0000\n\nOdd\n"
    result = subprocess.run(
        ["git", "-C", str(clone.path), "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        input=raw.encode(), capture_output=True, check=True,
    )  # fmt: skip
    clone.run("update-ref", "refs/heads/master", result.stdout.decode().strip())

    (commit,) = git.log(clone.path)

    assert (commit["authored_at"], commit["committed_at"]) == (None, "1970-01-01T00:00:05+00:00")


@pytest.mark.real_data
def test_the_history_of_nova_has_its_15433_commits(real_data, tmp_path):
    subprocess.run(
        ["git", "clone", "-q", "--bare", str(real_data / "nova-history.bundle"), str(tmp_path / "nova.git")], check=True
    )

    results = [commit["sha"] for commit in git.log(tmp_path / "nova.git")]

    assert (len(results), len(set(results))) == (15433, 15433)
