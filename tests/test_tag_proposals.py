"""Subsystem tags proposed for untagged bugs: learned from the past only, and without a proposal if unsure."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from analysis import themes
from analysis.report import measures
from analysis.tables import schema
from analysis.themes import tag_checks, tag_examples, tag_rows, vectors
from analysis.themes.tag_examples import TagExamples
from analysis.themes.tag_model import TagModel
from analysis.themes.tag_rows import TagRows
from analysis.themes.title_pieces import TitlePieces
from benchmarks import tag_proposals as benchmark

SUBJECTS = {"volumes": "detach cinder volume", "api": "api http microversion", "scheduler": "scheduler filter weigher"}
FIRST = pd.Timestamp("2016-01-01T00:00:00Z")


def world(asked=(), *, n=300, tags=None):
    """Bugs a day apart: `n` with a tag that follows from their words, then the untagged (title, tags, description)."""
    subjects = list(SUBJECTS)
    titles = [f"{SUBJECTS[subjects[number % 3]]} fails in step {chr(97 + number % 26) * 4}" for number in range(n)]
    own = [[subjects[number % 3]] for number in range(n)] if tags is None else tags
    rows = [*zip(titles, own, [""] * n, strict=True), *asked]
    bugs = schema.BUGS.frame(
        {
            "bug_id": range(1, len(rows) + 1),
            "title": [row[0] for row in rows],
            "tags": [row[1] for row in rows],
            "description": [row[2] for row in rows],
            "is_private": [False] * len(rows),
            "created_at": [FIRST + pd.Timedelta(days=day) for day in range(len(rows))],
        }
    )
    is_asked = [number >= n for number in range(len(rows))]
    tasks = schema.BUG_TASKS.frame(
        {
            "bug_id": range(1, len(rows) + 1),
            "target": ["nova"] * len(rows),
            "status": ["New" if asks else "Fix Released" for asks in is_asked],
            "is_open": is_asked,
        }
    )
    return {"bugs": bugs, "bug_tasks": tasks, "milestones": schema.MILESTONES.empty()}


def proposed(**tables):
    result = themes.triage_proposals(**tables, texts=vectors.public_texts(tables["bugs"]), target="nova")
    for name, table in result.items():
        schema.validate(table, schema.TABLES[name])
    return result


@pytest.fixture(scope="module")
def made():
    return proposed(
        **world(
            [
                ("Cannot detach a cinder volume", [], "On 12.0.1:\nTraceback (most recent call last):\n"),
                ("Cannot detach a cinder volume", ["odd"], ""),
                ("Quota of keypairs", ["in-stable-kilo", "low-hanging-fruit"], "since yesterday"),
                ("Cannot detach a cinder volume", None, ""),
            ]
        )
    )


def test_an_untagged_bug_is_proposed_the_tag_that_its_words_tell(made):
    row = made["triage_proposals"].set_index("bug_id").loc[301]

    assert row["proposed_tag"] == "volumes"
    assert row["chance"] > 0.9
    assert set(row["words"]) <= {"volume", "cinder", "detach"}


def test_a_bug_with_a_tag_or_with_unknown_tags_is_not_asked_about(made):
    assert made["triage_proposals"]["bug_id"].tolist() == [301, 303]


def test_a_bug_whose_words_tell_no_tag_is_proposed_none(made):
    row = made["triage_proposals"].set_index("bug_id").loc[303]

    assert pd.isna(row["proposed_tag"])
    assert pd.isna(row["chance"])


def test_a_report_says_what_it_lacks(made):
    assert made["triage_proposals"]["lacks"].map(list).tolist() == [[], ["version", "log"]]


def test_the_checks_count_the_bugs_that_were_held_back(made):
    checks = made["tag_checks"].set_index("tag")

    assert checks["n_examples"].to_dict() == {"api": 100, "scheduler": 100, "volumes": 100}
    assert checks["n_later"].sum() == 90
    assert checks["n_proposals"].sum() == checks["n_right"].sum() == 90
    assert measures.tag_checks_in_words(made["tag_checks"]).endswith("90 of 90 bugs reported later bear the tag")


def test_what_is_reported_later_is_not_learnt_before_it_is_asked_about():
    # Each bug has words of its own: only who has read the last ones too knows which word means which tag.
    drawn = np.random.default_rng(5).integers(0, 2, 90)
    tables = world([], tags=[["volumes"], ["api"]] * 105 + [[["volumes", "api"][number]] for number in drawn])
    titles = [f"word{number:03d}x word{number:03d}y" for number in range(300)]
    tables["bugs"] = tables["bugs"].assign(title=pd.array(titles, tables["bugs"]["title"].dtype))

    checks = proposed(**tables)["tag_checks"]

    assert checks["n_later"].sum() == 90
    assert checks["n_right"].sum() < 60


def test_where_tags_follow_no_word_none_is_proposed():
    drawn = np.random.default_rng(3).integers(0, 3, 300)
    tables = world([("Cannot detach a cinder volume", [], "")], tags=[[list(SUBJECTS)[number]] for number in drawn])

    table = proposed(**tables)

    assert table["triage_proposals"]["proposed_tag"].isna().all()
    assert table["tag_checks"]["n_proposals"].sum() < 30


def test_of_few_tagged_bugs_nothing_is_learnt():
    table = proposed(**world([("Cannot detach a cinder volume", [], "")], n=60))

    assert table["triage_proposals"]["proposed_tag"].isna().tolist() == [True]
    assert table["tag_checks"].empty
    assert "0" not in measures.tag_checks_in_words(table["tag_checks"])


def test_two_spellings_are_one_tag_and_a_rare_one_is_none():
    tags = [["docs"]] * 25 + [["doc"]] * 10 + [["hyper-v"]] * 40 + [["hyperv", "odd"]]

    rows = tag_examples.learnt_tags(tags)

    assert rows == [["docs"]] * 35 + [["hyper-v"]] * 41


@pytest.mark.parametrize("tag", ["in-stable-kilo", "juno-backport-potential", "needs.logs", "nova", "Regression"])
def test_a_tag_of_work_is_no_subsystem(tag):
    tables = world([("Cannot detach a cinder volume", [tag], "")], n=60)

    assert proposed(**tables)["triage_proposals"]["bug_id"].tolist() == [61]


def test_the_least_chance_keeps_equal_chances_together():
    chances, is_right = np.array([0.9, 0.5, 0.5, 0.5]), np.array([True, True, False, False])

    assert tag_checks.least_chance(chances, is_right) == 0.9
    assert tag_checks.least_chance(chances, np.zeros(4, bool)) == np.inf


def test_the_page_lists_the_surest_first_with_the_nearest_fixed_bug():
    tables = world([("x", [], ""), ("y", [], ""), ("z", [], "")])
    proposals = schema.TRIAGE_PROPOSALS.frame(
        {"bug_id": [301, 302, 303], "proposed_tag": ["api", None, "volumes"], "chance": [0.6, None, 0.9]}
    )
    similar = schema.SIMILAR_BUGS.frame(
        {"bug_id": [303, 303], "other_bug_id": [5, 302], "similarity": [0.4, 0.9], "rank": [2, 1],
         "is_known_duplicate": [False, False], "is_fixed": [True, False]}
    )  # fmt: skip

    rows = measures.triage_proposals(proposals, similar, tables["bugs"], tables["bug_tasks"], launchpad_project="nova")

    assert rows["bug_id"].tolist() == [303, 301, 302]
    assert rows.loc[0, ["status", "other_bug_id", "n_alike"]].tolist() == ["New", 5, 1]
    assert rows["n_alike"].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("tag", "title", "is_named"),
    [
        ("live-migration", "Live migrations hang", True),
        ("volumes", "cannot attach a volume", True),
        ("hyper-v", "hyperv: no vhd", True),
        ("db", "dbus is not there", False),
        ("api", "rapid boots fail", False),
        ("c++", "no c++ here", True),
    ],
)
def test_a_title_names_a_tag_in_any_spelling_but_not_inside_a_word(tag, title, is_named):
    assert bool(re.search(tag_rows.named(tag), title.lower())) == is_named


def test_one_reporter_or_a_tag_in_both_titles_makes_two_reports_alike():
    titles = ["api fails", "no db", "the API", "nothing", "nothing"]
    texts = pd.DataFrame({"title": titles, "description": [""] * 5})
    people = pd.Series(["a", "b", "b", None, "new"])
    rows = TagRows(texts[:3], people[:3], [["api"], ["db"], ["api"]])

    own = rows.weighed()[:, -4:]  # two tags and two people
    alike = (rows.transform(texts, people)[:, -4:] @ own.T).toarray()

    one_name, one_person = tag_rows.SAME_NAME, tag_rows.SAME_REPORTER
    assert alike[0].tolist() == pytest.approx([one_name + one_person, 0, one_name])
    assert alike[1].tolist() == pytest.approx([0, one_name + one_person, one_person])
    assert not alike[3:].any()


def test_titles_that_spell_a_word_otherwise_have_pieces_in_common():
    pieces = TitlePieces()
    titles = ["livemigration", "live-migrate", "quota"]

    rows = pieces.fit_transform(titles * 3)

    alike = (pieces.transform(titles) @ rows[:3].T).toarray()
    assert alike.diagonal().tolist() == pytest.approx([1, 1, 1])
    assert alike[0, 1] > 0.2 and alike[0, 2] == alike[1, 2] == 0


def test_tags_are_learnt_where_no_title_is_known():
    tables = world([("", [], "Cannot detach a cinder volume")])
    bugs = tables["bugs"]
    bodies = bugs["title"].where(bugs["description"].eq(""), bugs["description"])
    tables["bugs"] = bugs.assign(description=bodies, title=pd.array([None] * len(bugs), "string"))

    assert proposed(**tables)["triage_proposals"]["proposed_tag"].tolist() == ["volumes"]


def test_what_is_held_back_is_what_the_checks_count(made):
    bugs = world()["bugs"]
    texts = vectors.texts(bugs)

    rows = benchmark.held_back(bugs, texts, "nova")
    older = benchmark.held_back(bugs, texts, "nova", without_newest=100)

    assert len(rows) == made["tag_checks"]["n_later"].sum() and rows["is_right"].all()
    assert len(older) == 60
    assert benchmark.held_back(bugs, texts, "nova", without_newest=400).empty


def test_words_are_weighed_without_the_bugs_that_are_held_back():
    bugs = world()["bugs"]
    examples = TagExamples.among(bugs, vectors.texts(bugs), "nova")
    rows = TagRows(examples.texts, examples.reporters, examples.tags)
    n = tag_checks.n_older(len(examples.tags))

    of_all = rows.weighed(n)

    alone = TagRows(examples.texts[:n], examples.reporters[:n], examples.tags[:n])
    assert n == 210
    assert (of_all[:n] != alone.weighed()).nnz == 0
    assert (of_all[n:] != alone.transform(examples.texts[n:], examples.reporters[n:])).nnz == 0


def test_a_report_that_says_nothing_has_the_lowest_chance():
    rows = sparse.csr_matrix(np.eye(2, dtype=np.float32)[np.arange(80) % 2])
    model = TagModel().fit(rows, [[["api", "db"][number % 2]] for number in range(80)], np.arange(80.0))

    confident, silent = (model.best(sparse.csr_matrix(row)) for row in (np.eye(2, dtype=np.float32), np.zeros((1, 2))))

    assert model.tags_[confident.tags].tolist() == ["api", "db"]
    assert silent.chances[0] < confident.chances.min()
