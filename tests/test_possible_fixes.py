"""Commits that may have fixed a bug without naming it, learned from fixes that name their bugs."""

import random

import numpy as np
import pandas as pd
import pytest

from analysis.judge.fixes.remarks import doubts
from analysis.tables import schema
from analysis.themes import public_texts
from analysis.themes.fix_finder import FixFinder, changes_code
from analysis.themes.possible_fixes import FEWEST_EXAMPLES, find_possible_fixes, known_fixes

N_FIXED = 80
UNNAMED = 1000  # an open bug whose fix names no bug
START = pd.Timestamp("2015-01-01", tz="UTC")


def phrase(generator, n):
    """Unique words of eight letters."""
    return ["".join(generator.choices("bcdfghklmnprstvzaeiou", k=8)) for _ in range(n)]


def framed(table, rows):
    return table.frame(pd.DataFrame(rows)) if rows else table.empty()


class World:
    """Bugs whose fixes have nearly the same words, and one open bug whose fix does not name it."""

    def __init__(self, n_fixed=N_FIXED):
        generator = random.Random(5)
        self.bugs, self.commits, self.files, self.links, self.changes, self.messages = [], [], [], [], [], []
        for number in [*range(1, n_fixed + 1), UNNAMED]:
            words = phrase(generator, 12)
            self.bug(number, words, day=number % 100)
            footer = f"\n\nCloses-Bug: #{number}" if number != UNNAMED else ""
            sha = self.commit(generator.sample(words, 8), day=number % 100 + 5, footer=footer)
            if number != UNNAMED:
                self.link(number, sha)
        for day in range(100):
            self.commit(phrase(generator, 8), day=day)

    def bug(self, number, words, *, day, is_private=False):
        self.bugs.append(
            {"bug_id": number, "title": " ".join(words[:5]), "description": " ".join(words), "is_private": is_private,
             "created_at": START + pd.Timedelta(days=day)}
        )  # fmt: skip

    def commit(self, words, *, day, footer=""):
        sha = f"{len(self.commits):040x}"
        subject = " ".join(words[:4])
        self.commits.append(
            {"sha": sha, "subject": subject, "message": f"{subject}\n\n{' '.join(words)}{footer}", "is_merge": False,
             "committed_at": START + pd.Timedelta(days=day)}
        )  # fmt: skip
        return sha

    def link(self, number, sha, *, counts=True):
        self.links.append({"bug_id": number, "kind": "commit", "ref": sha, "counts_as_fix": counts})

    def proposal(self, number, *, day, branch="master", counts=True):
        self.changes.append(
            {"bug_id": number, "kind": "change", "ref": str(len(self.changes)), "counts_as_fix": counts,
             "created_at": START + pd.Timedelta(days=day), "branch": branch, "is_elsewhere": False}
        )  # fmt: skip

    def comment(self, number, content, *, day, person="vireo"):
        self.messages.append(
            {"bug_id": number, "message_number": len(self.messages) + 1, "person": person, "content": content,
             "sent_at": START + pd.Timedelta(days=day)}
        )  # fmt: skip

    def tables(self):
        bugs = schema.BUGS.frame(pd.DataFrame(self.bugs))
        unfixed = bugs.loc[~bugs["bug_id"].isin([link["bug_id"] for link in self.links if link["counts_as_fix"]])]
        return {
            "bugs": bugs,
            "unfixed_bugs": schema.UNFIXED_BUGS.frame(unfixed[["bug_id"]]),
            "commits": schema.COMMITS.frame(pd.DataFrame(self.commits)),
            "commit_files": schema.COMMIT_FILES.frame(pd.DataFrame(self.files, columns=["sha", "path"])),
            "links": schema.LINKS.frame(pd.DataFrame(self.links)),
            "linked_changes": framed(schema.LINKED_CHANGES, self.changes),
            "doubts": doubts(framed(schema.BUG_MESSAGES, self.messages), ["wren"]),
        }

    def found(self):
        tables = self.tables()
        rows = find_possible_fixes(**tables, texts=public_texts(tables["bugs"]))
        return schema.validate(rows, schema.POSSIBLE_FIXES)


@pytest.fixture
def world():
    return World()


def test_the_commit_that_reads_like_its_fix_is_found(world):
    table = world.found()

    assert table["bug_id"].tolist() == [UNNAMED] and table["rank"].tolist() == [1]
    (row,) = table.to_dict("records")
    assert row["sha"] == world.commits[N_FIXED]["sha"] and row["report_age_days"] == 5
    assert len(row["common_words"]) == 5 and row["similarity"] > 0.3 and row["false_alarms"] <= 0.05
    assert row["how_sure"] == "likely"


def test_a_candidate_says_what_it_holds_of_the_title_and_whether_it_changes_code(world):
    world.bugs[N_FIXED]["title"] = world.commits[N_FIXED]["subject"]
    world.files = [(world.commits[N_FIXED]["sha"], "nova/tests/test_compute.py")]
    tables = world.tables()
    reports = public_texts(tables["bugs"]).iloc[[N_FIXED]]

    finder = FixFinder().fit(tables["commits"], tables["commit_files"])
    (candidates,) = finder.candidates(reports, tables["bugs"]["created_at"].iloc[[N_FIXED]])

    *_, share, changes_code = candidates.features.T
    assert share.tolist() == pytest.approx([1.0, *[0.0] * (len(share) - 1)])
    assert changes_code.tolist() == [0.0, *[1.0] * (len(share) - 1)]


@pytest.mark.parametrize(
    ("paths", "is_code"),
    [
        (["nova/tests/unit/test_quota.py", "doc/source/quota.rst"], False),
        (["releasenotes/notes/quota-1.yaml", "nova/locale/de/nova.po", "README.md"], False),
        (["nova/tests/unit/test_quota.py", "nova/quota.py"], True),
        (["contest/latest.py"], True),
        ([], True),
    ],
)
def test_a_commit_changes_code_if_it_changes_more_than_tests_and_documents(paths, is_code):
    files = schema.COMMIT_FILES.frame(pd.DataFrame({"sha": ["a"] * len(paths), "path": paths}))

    assert changes_code(pd.Series(["a"]), files).tolist() == [is_code]


def test_a_commit_from_before_the_report_fixes_nothing(world):
    world.commits[N_FIXED]["committed_at"] = START - pd.Timedelta(days=1)

    assert world.found().empty


def test_a_commit_that_the_bug_is_linked_to_is_no_news(world):
    world.link(UNNAMED, world.commits[N_FIXED]["sha"], counts=False)

    assert world.found().empty


@pytest.mark.parametrize("form", ["Closes-Bug: #20000", "Related-Bug: 20000", "see bug 20000", "LP#20000"])
def test_a_commit_that_names_a_bug_under_embargo_is_passed_over(world, form):
    world.commits[N_FIXED]["message"] += f"\n\n{form}"
    assert world.found().empty

    world.bug(20000, ["pipit"] * 12, day=0, is_private=True)
    assert world.found().empty


@pytest.mark.parametrize("words", ["tracked under bug {}", "see LP#{} for what is left"])
def test_a_commit_that_has_the_number_of_the_bug_did_not_mean_to_fix_it(world, words):
    world.commits[N_FIXED]["message"] += "\n\n" + words.format(10000)
    world.bug(10000, phrase(random.Random(9), 12), day=0)
    assert world.found()["bug_id"].tolist() == [UNNAMED]

    world.commits[N_FIXED]["message"] += "\n\n" + words.format(UNNAMED)
    assert world.found().empty


@pytest.mark.parametrize(
    ("proposal", "is_listed"),
    [
        ({"day": 6}, False),
        ({"day": 6, "branch": None}, False),
        ({"day": 4}, True),
        ({"day": 6, "branch": "stable/kilo"}, True),
        ({"day": 6, "counts": False}, True),
    ],
)
def test_a_commit_after_which_a_fix_was_proposed_was_not_enough(world, proposal, is_listed):
    world.proposal(UNNAMED, **proposal)  # the commit is of day 5

    assert (not world.found().empty) == is_listed


@pytest.mark.parametrize(
    ("day", "person", "has_doubt"), [(6, "vireo", True), (4, "vireo", False), (6, "wren", False), (6, None, True)]
)
def test_a_row_says_if_somebody_wrote_since_that_it_is_not_fixed(world, day, person, has_doubt):
    world.comment(UNNAMED, "It still happens here.", day=day, person=person)

    (row,) = world.found().to_dict("records")

    expected = 'a comment of 2015-01-07 says "still happens"'
    assert row["doubt"] == expected if has_doubt else pd.isna(row["doubt"])


def test_a_commit_that_names_another_public_bug_is_shown_with_it(world):
    world.bug(20000, phrase(random.Random(9), 12), day=0)
    world.commits[N_FIXED]["message"] += "\n\nRelated-Bug: #20000"
    world.link(20000, world.commits[N_FIXED]["sha"], counts=False)

    table = world.found()

    assert table["bug_id"].tolist() == [UNNAMED] and list(table["named_bug_ids"].iloc[0]) == [20000]


def test_a_bug_that_turned_private_is_in_no_row(world):
    world.bugs[N_FIXED]["is_private"] = True

    assert world.found().empty


def test_of_few_fixes_nothing_is_learnt_and_nothing_is_said():
    assert World(FEWEST_EXAMPLES - 1).found().empty
    assert len(World(FEWEST_EXAMPLES).found()) == 1


def test_only_fixes_made_after_the_report_teach():
    world = World(3)
    world.commits[0]["committed_at"] = START - pd.Timedelta(days=1)
    world.link(2, world.commits[2]["sha"])
    tables = world.tables()

    rows = known_fixes(tables["bugs"], tables["commits"], tables["links"])

    assert rows == {2: [1, 2], 3: [2]}


def test_the_same_tables_in_another_order_give_the_same_rows(world):
    tables = world.tables()
    order = np.random.default_rng(3)
    mixed = {
        name: table.iloc[order.permutation(len(table))].reset_index(drop=True)
        for name, table in tables.items() if name != "bugs"
    }  # fmt: skip

    again = find_possible_fixes(**mixed, bugs=tables["bugs"], texts=public_texts(tables["bugs"]))

    pd.testing.assert_frame_equal(again, world.found())
