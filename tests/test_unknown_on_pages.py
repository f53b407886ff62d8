"""No page states a number or an absence of data that were not served: each sentence is bound to its sources.

A small invented world is built with one source missing at a time, every page is made from each, and its sentences are
compared with the table BOUND. The check is independent of the code that chooses the sentences.
"""

import re
from types import SimpleNamespace

import pytest
from page_sentences import sentences
from twin_fetches import small, true_bugs, true_changes

import analysis
from analysis import shipped, themes
from analysis.build.judgement import Judgement
from analysis.build.projects import projects
from analysis.build.run import build
from analysis.cli import main
from analysis.dataset.origin import _project_files
from analysis.judge import areas
from analysis.report.page_registry import PAGES, QUOTA_ENGINES, QUOTA_RACES, QUOTA_RECORD, THEME
from analysis.store import Scope, Store
from twin import build_world

pytestmark = pytest.mark.line

LAUNCHPAD, GERRIT = Scope("api.launchpad.net", "nova"), Scope("review.opendev.org", "openstack/nova")
SHOWN = [page for page in PAGES if page not in (QUOTA_RACES, QUOTA_ENGINES, QUOTA_RECORD)]  # those have other sources
# A cell or a fact of 0, and every sentence that denies something, or says it of all; "no fix is known" denies nothing.
ZERO = re.compile(r": [-\u2212]?0(\.0)?( ?[%d])?$|\b0 bugs\b")
ABSENCE = re.compile(r"(?i)\b(no|none|nobody|nothing|never|neither|nowhere)\b|(^|: )(every|all)\b")
UNKNOWN = re.compile(r"(?i)\bunknown\b|\b(is|are) known\b|\bfirst report\b")

# Worlds in which something was not served.
WORLDS = {
    "whole": set(),
    "no Launchpad": {"bugs", "tasks", "history", "comments"},
    "saved bugs": {"tasks", "history"},
    "no comments": {"comments"},
    "no Gerrit": {"changes", "closed", "votes"},
    "open changes alone": {"closed", "merged", "commits", "comments"},
    "no votes": {"votes"},
    "no clone": {"commits"},
    "no proposals": {"changes", "closed", "votes", "merged", "commits", "comments", "proposals"},
    "no areas": {"areas"},
}


NOTHING = set()  # what it says is true whatever was served: a definition, or what the data hold
# The beginning of a page's name, a pattern, and what the sentences that it finds follow from.
BOUND = [
    ("12_texts", r"^# HELP ", NOTHING),
    ("12_texts", r"^#info No open bug has the tag", {"bugs", "tasks"}),
    ("12_texts", r"^#info No open bug is New", {"bugs"}),
    ("12_texts", r"^#info over a limit: 0|^bugfix_area_unreviewed", {"changes", "votes"}),
    ("12_texts", r"^#info votes unknown: 0|^bugfix_area_open_fixes", {"changes"}),
    # Open changes: how many, and whose turn
    ("23_areas", r"^(12 weeks|Open fixes): ", {"changes"}),
    ("23_areas", r"^(Unreviewed|Others|Awaiting review|Oldest wait): ", {"changes", "votes"}),
    ("23_areas", r"^Area: In no area", {"areas"}),
    ("23_areas", r"^Owner: No owner", {"areas"}),
    ("23_areas", r"^(Without fix|Bugs|High|Medium|Low|Wishlist): 0$", {"bugs"}),
    ("19_awaiting_review", r"^(open fixes|votes unknown): ", {"changes"}),
    ("", r"^over a limit: ", {"changes", "votes"}),
    ("01_overview", r"^Unreviewed: ", {"changes", "votes"}),
    ("19_awaiting_review", r"^Area: In no area", {"areas"}),
    ("19_awaiting_review", r"^(Unreviewed|Others|Awaiting review|Oldest wait): ", {"changes", "votes"}),
    ("01_overview", r"^(Awaiting review|Oldest wait): ", {"changes", "votes"}),
    ("01_overview", r"^(Critical|High) without fix: 0$", {"bugs"}),
    ("01_overview", r"^(untriaged|reported|closed|open quota bugs|bugs without fix): 0$", {"bugs"}),
    ("01_overview", r"^The most important bugs without a fix", {"bugs"}),
    ("01_overview", r"^(potential blockers|need a fix): 0$|^blockers_first: No open bug", {"bugs", "tasks"}),
    ("01_overview", r"^Fix unreviewed: 0$", {"bugs", "changes"}),
    ("01_overview", r"^(High or Critical|Without fix): 0$", {"bugs"}),
    ("01_overview", r"^(Area: |What waits in my area\?: )In no area", {"areas"}),
    ("01_overview", r"^Which important bugs have no fix\?: ", {"bugs", "proposals"}),
    ("01_overview", r"^Which (new bugs wait for triage|bug could be my first)\?: no bugs|\?: no untriaged", {"bugs"}),
    ("01_overview", r"^What must I backport next\?: no backports of other", {"bugs", "merged"}),
    ("01_overview", r"^What blocks the release\?: no potential blockers", {"bugs", "tasks"}),
    ("", r"^(Reviewers|Owner|Unknown): 0$", {"changes"}),
    ("02_area", r"^(Open fixes|Unreviewed): 0", {"changes"}),
    ("02_area", r": In no area$", {"areas"}),
    ("02_area", r"^owner: No owner", {"areas"}),
    ("02_area", r"^Page in Gerrit: all that wait for review$", {"changes"}),
    ("", r"[Nn]ever reviewed|no person|no person but its owner ever voted", {"changes", "votes"}),
    ("03_review_state", r"^Unreviewed: no$", {"changes", "votes"}),
    ("03_review_state", r"^Meaning: neither its votes|^Meaning: somebody voted against it", NOTHING),
    ("10_review_times", r"^Still lasting: 0$", {"changes", "votes"}),
    ("12_texts", r"^nudges: No open fix waits for a word only", {"changes", "votes"}),
    ("10_review_times", r"^Area: All changes$", NOTHING),
    ("12_texts", r"^\| .* \|$", {"changes", "votes"}),
    ("12_texts", r"^Since .* bugs reported", {"bugs"}),
    ("13_series_and_rescues", r"^competing_fixes: No two open changes", {"changes"}),
    ("13_series_and_rescues", r"^stacks: No open change depends on another", {"changes"}),
    # People
    ("20_people", r"^(To do|For others): 0$", {"changes"}),  # of somebody who owns no open change
    ("20_people", r"^Voted on: 0$", {"changes", "votes"}),
    ("20_people", r"^(Assigned bugs|bugs assigned): 0$|^No open bug is assigned to them", {"bugs"}),
    ("20_people", r"^mine to do: 0$|^No open change of theirs waits for them", {"changes", "votes"}),
    ("20_people", r"^mine, waiting for others: 0$|^No open change of theirs waits for others", {"changes"}),
    ("20_people", r"^Change: none$", {"bugs"}),
    ("20_people", r"^Turn unknown: 0$", {"changes"}),
    ("22_newcomers", r"^(first_bugs|best_first): No free bug", {"bugs"}),
    ("20_people", r"^State: never reviewed$|^Why this rank: ", {"changes", "votes"}),
    # Bugs, their fixes, and what people say there
    ("", r"^Assignee: nobody$", {"bugs"}),
    ("", r"no comment says", {"comments"}),
    ("", r"^Proposal: ", NOTHING),
    ("08_inconsistent_bugs", r"^Meaning: ", {"bugs"}),
    ("04_bugs_without_fix", r"^Area: In no area$", {"areas"}),
    ("04_bugs_without_fix", r"^(Bugs|High|Medium|Low|Wishlist|Of these guessed): 0$", {"bugs"}),
    ("04_bugs_without_fix", r"^To do: ", {"bugs"}),
    ("04_bugs_without_fix", r"^possibly_fixed: No commit stands out", {"commits"}),
    ("17_open_bugs", r"^(Change: none|Critical or High: 0)$", {"bugs"}),
    ("17_open_bugs", r"^fix merged: 0$", {"bugs", "merged"}),
    ("09_backports", r"^(A newer branch first|Abandoned|Contained|In review|Not seen): 0$", {"merged"}),
    ("09_backports", r"^Asked for: no$", {"bugs", "tasks"}),
    ("09_backports", r"^Change: none$", {"changes", "merged"}),
    ("09_backports", r"^(stable_cores|waits): No change of a stable branch is open", {"changes"}),
    ("15_release", r"^(Reported|blockers by tag): 0$", {"bugs"}),
    ("15_release", r"^(potential blockers|need a fix): 0$|^standing: No open bug", {"bugs", "tasks"}),
    ("15_release", r"^Change: none$", {"bugs", "tasks", "changes", "merged"}),
    ("15_release", r"^Fixed: 0$", {"bugs", "merged"}),
    ("15_release", r"^still_open: No bug whose fix merged", {"bugs", "merged"}),
    ("16_triage", r"", {"bugs"}),
    # Themes
    ("05_themes", r"^Fix unreviewed: 0$", {"bugs", "changes"}),
    ("14_theme", r"^fix unreviewed: 0$", {"bugs", "changes"}),
    ("14_theme", r"^fixes: No open fix of a bug of this theme", {"bugs", "changes"}),
    ("05_themes", r"^look_alikes: No open bug is near", {"bugs"}),
    ("05_themes", r"^(Bugs|Failure modes|Fixed|High or Critical|State|Without fix|theme_news): ", {"bugs"}),
    ("05_themes", r"^The \d+ bugs? (is|are) about", {"bugs"}),
    ("05_themes", r"^(Closed|Open|Open, without a fix|Open, with a fix|Year before|Last year): ", {"bugs"}),
    ("14_theme", r"^(Closed|Open, without a fix|Open, with a fix): ", {"bugs"}),
    ("05_themes", r"^(Lift|Map, across|Map, up): ", NOTHING),
    ("14_theme", r"^(Failure modes|Open|State|Without fix): ", {"bugs"}),
    # The data themselves
    ("11_data_quality", r"^(Behind|Conflicts|Gone|Pending|Records|Unseen by the hook|Missing|Share): ", NOTHING),
    ("11_data_quality", r"^(Number|Corrected): 0$|^corrections: The file of corrections holds none", NOTHING),
    ("19_awaiting_review", r"^(Number|Share): 0", NOTHING),
    ("11_data_quality", r"^(Open: no|Change: none)$", {"commits"}),
    ("11_data_quality", r"^area_coverage: No area file declares areas", NOTHING),
    ("11_data_quality", r"^unread: Every line that names a bug was understood", NOTHING),
]  # fmt: skip
HOSTILE = re.compile(r"^(Bug title|Title of the other bug|Title|Change title|Line): ")  # texts of others


THEMED = ("whole", "no Gerrit", "no votes")  # in the others there are too few bugs for themes, which cost time
FEW = 28


@pytest.fixture(scope="module")
def served():
    world = small(build_world(n_bugs=60), bugs=34, changes=30)
    root = SimpleNamespace(launchpad_root="https://api.launchpad.example/")
    return world, list(true_bugs(world, root).values()), list(true_changes(world).values())


@pytest.fixture(scope="module")
def folders(served, tmp_path_factory):
    """A data directory for each of the worlds."""
    world, bugs, changes = served
    few = bugs[:FEW]
    return {
        name: stored(world, bugs if name in THEMED else few, changes, lacks, tmp_path_factory.mktemp("world"))
        for name, lacks in WORLDS.items()
    }


def stored(world, bugs, changes, lacks, folder):
    store, as_of = Store(folder / "data"), "2015-10-01T00:00:00+00:00"
    if "bugs" not in lacks:
        store.write_snapshot(
            "launchpad", LAUNCHPAD, [bug_without(lacks, bug) for bug in bugs], kind="dump", as_of=as_of
        )
    if "changes" not in lacks:
        seen = [
            change_without(lacks, change) for change in changes if "closed" not in lacks or change["status"] == "NEW"
        ]
        store.write_snapshot("gerrit", GERRIT, seen, kind="dump", as_of=as_of)
    if "commits" not in lacks:
        world.write_git(folder / "clone")
        assert main(["--data-dir", str(store.data_dir), "fetch", "git", "--repo", str(folder / "clone")]) == 0
    (project,) = projects(store, _project_files())
    build(store, project, judgement(project.as_of(store), release="" if "areas" in lacks else "liberty"))
    return store.data_dir


def bug_without(lacks, record):
    unsaved = {"history": "activity", "comments": "messages"}
    kept = {name: part for name, part in record.items() if name not in {unsaved.get(lack) for lack in lacks}}
    if "tasks" in lacks:
        kept |= {"tasks": [task for task in record["tasks"] if task["bug_target_name"] == "nova"], "tasks_of": ["nova"]}
    return kept


def change_without(lacks, record):
    unserved = ("labels", "messages") if "votes" in lacks else ()
    return {name: part for name, part in record.items() if name not in unserved}


def judgement(as_of, *, release):
    lists, path = shipped.folder("data"), shipped.folder("data/areas").file("liberty.toml")
    return Judgement(
        area_file=areas.parse(path.read_text(encoding="utf-8"), path=str(path)) if release else None,
        failure_modes=themes.parse_failure_modes(lists.file("failure_modes.toml").read_text(encoding="utf-8")),
        theme_names=themes.Names.from_toml(lists.file("theme_names.toml").read_text(encoding="utf-8")),
        as_of=as_of,
    )


@pytest.fixture(scope="module")
def claims(folders):
    """By missing source and page, the sentences that state a number 0 or an absence."""
    datasets = {lack: analysis.open(folder) for lack, folder in folders.items()}
    return {
        (lack, page.notebook): [one for one in sentences(page.notebook, nova) if is_claim(one)]
        for lack, nova in datasets.items()
        for page in SHOWN
        if page is not THEME or len(nova.tables.themes)  # a page for each theme
    }


def is_claim(sentence):
    if HOSTILE.search(sentence):
        return False
    return bool(ZERO.search(sentence) or (ABSENCE.search(sentence) and not UNKNOWN.search(sentence)))


@pytest.mark.parametrize("name", [name for name, lacks in WORLDS.items() if lacks])
def test_no_page_states_what_follows_from_a_source_that_was_not_served(claims, name):
    stated = [
        (page, one, bound(page, one))
        for (world, page), sentences in claims.items()
        if world == name
        for one in sentences
    ]

    assert stated and not [(page, one, lack) for page, one, lack in stated if lack & WORLDS[name]]


def test_every_sentence_of_an_absence_is_bound_to_its_sources(claims):
    unbound = {(page, one) for (_, page), sentences in claims.items() for one in sentences if not rows_of(page, one)}

    assert not unbound, "add a row to BOUND, in this file: the page, a pattern, and the sources that it follows from"


def test_every_row_of_the_table_binds_a_sentence(claims):
    every = [(page, one) for (_, page), sentences in claims.items() for one in sentences]

    assert [row for row in BOUND if not any(row in rows_of(page, one) for page, one in every)] == []


def rows_of(page, sentence):
    return [row for row in BOUND if page.startswith(row[0]) and re.search(row[1], sentence)]


def bound(page, sentence):
    """The sources of the sentence, by the first row that binds it."""
    return next((sources for _, _, sources in rows_of(page, sentence)), set())
