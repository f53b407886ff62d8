"""After a fetch with private records, no judged table shows anything that the public may not see.

The twin is fetched over HTTP by our own commands and built once; a few rows test the rule itself.
"""

import re

import pandas as pd
import pytest
from invented_reviews import at, made
from launchpadlib.credentials import AccessToken, Credentials
from lazr.restfulclient.authorize.oauth import SystemWideConsumer

import twin
from analysis import cli, store
from analysis.errors import StoreError
from analysis.judge import fixes, privacy
from analysis.store import merge
from analysis.tables import schema
from twin.gerrit_site import MEMBER, PASSWORD

pytestmark = pytest.mark.line

JUDGED = (
    "area_candidates", "area_coverage", "area_members", "areas", "backports", "bug_failure_modes", "bug_themes",
    "competing_fixes", "fix_fates", "hygiene", "queue", "rescues", "review_states", "similar_bugs",
    "stacks", "themes", "turns", "unfixed_bugs", "waiting_curves", "waiting_medians",
)  # fmt: skip


@pytest.fixture(scope="module")
def world():
    """The scenarios without the crowd; the public fix of a private bug also fixes a public one."""
    world = twin.build_world(n_bugs=1)
    _, number = telling(world)[0]
    public = next(n for n, bug in world.bugs.items() if not bug.is_private and "nova" in bug.tasks)
    world.changes[number].current.message += f"\nCloses-Bug: #{public}\n"
    return world


def telling(world):
    """The public changes that are linked to a private bug, as pairs (bug, change)."""
    pairs = [(row["bug_id"], row["change_number"]) for row in world.truth["links"]]
    return [(b, c) for b, c in pairs if world.bugs[b].is_private and not world.changes[c].is_private]


@pytest.fixture(scope="module")
def data(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("signed-in")
    world.write_git(folder / "clone")
    credentials = Credentials(None, access_token=AccessToken("token-example", "secret-example"))
    credentials.consumer = SystemWideConsumer("bugfix-analysis")
    credentials.save_to_path(str(folder / "credentials"))
    with twin.Server(world) as served, pytest.MonkeyPatch.context() as environment:
        environment.setenv("LP_CREDENTIALS_FILE", str(folder / "credentials"))
        environment.setenv("HOME", str(folder))
        environment.setenv("GERRIT_USERNAME", MEMBER)
        environment.setenv("GERRIT_HTTP_PASSWORD", PASSWORD)
        where = ["--launchpad-root", served.launchpad_root, "--gerrit-root", served.gerrit_root]
        common = ["--data-dir", str(folder / "data"), *where]
        for source in ("launchpad", "gerrit"):
            assert cli.main([*common, "fetch", source, "--private", "--sign-in"]) == 0
        assert cli.main([*common, "fetch", "git", "--repo", str(folder / "clone")]) == 0
        assert cli.main([*common, "build"]) == 0
    return folder / "data"


@pytest.fixture(scope="module")
def hidden(world):
    """The numbers of the private bugs and changes, and of the public changes that lead to a private bug."""
    bugs = {number for number, bug in world.bugs.items() if bug.is_private and "nova" in bug.tasks}
    changes = {number for number, change in world.changes.items() if change.is_private}
    return bugs, changes | {change for _, change in telling(world)}


def test_the_hidden_items_of_the_test_data_were_fetched(data, hidden):
    held = store.Store(data)
    fetched = {source: set(merge.keys(held.snapshots(source, scope))) for source, scope in held.scopes()}

    bugs, changes = hidden

    assert bugs and bugs <= fetched["launchpad"]
    assert changes and changes <= fetched["gerrit"]


def test_no_table_holds_a_hidden_item(data, hidden):
    bugs, changes = hidden
    names = [path.name.removesuffix(".parquet") for path in (data / "processed").glob("*.parquet")]
    tables = {name: store.read_table(data, name) for name in names}

    assert len(tables) > 30
    for name, table in tables.items():
        assert not set(table.get("bug_id", ())) & bugs, name
        assert not set(table.get("change_number", ())) & changes, name
        if name != "commits":  # a clone is public, whatever its messages name
            assert not re.findall("SECRET|EMBARGOED", table.to_csv()), name
    assert not [path for path in (data / "processed").rglob("*.json") if re.search("SECRET|EMBARG", path.read_text())]


def test_only_the_owner_can_read_private_records_and_their_list(data, hidden):
    raw = data / "raw"
    scopes = [raw / source / scope.folder for source, scope in store.Store(data).scopes() if source != "git"]
    private = [path for folder in [*scopes, raw / ".private"] for path in [folder, *folder.rglob("*")]]

    listed = store.Store(data).read_private("hidden", project="openstack/nova")

    assert len(private) > 8
    assert {path.stat().st_mode & 0o777 for path in private if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in private if path.is_file()} == {0o600}
    assert set(listed) == {f"bug {n}" for n in hidden[0]} | {f"change {n}" for n in hidden[1]}


@pytest.mark.parametrize("name", JUDGED)
def test_no_judged_table_mentions_a_hidden_item(data, hidden, name):
    table = store.read_table(data, name)

    text = table.to_csv()

    assert len(table), "nothing was looked at"
    assert not re.findall("SECRET|EMBARGOED", text)
    assert not {int(number) for number in re.findall(r"\d+", text)} & set.union(*hidden)


def tables():
    """Change 7 fixes public bug 1 and embargoed bug 9; change 8 fixes bug 2, in the end a duplicate of bug 9."""
    bugs = pd.DataFrame({"bug_id": [1, 2, 3, 4, 9], "is_private": [False, False, False, None, True]})
    bugs = bugs.assign(duplicate_of=[None, 3, 9, None, None], created_at=at("1 10:00"))
    changes = pd.DataFrame({"change_number": [6, 7, 8], "is_private": [False] * 3, "status": "NEW"})
    pairs = pd.DataFrame({"bug_id": [1, 1, 9, 2], "ref": ["6", "7", "7", "8"], "kind": "change"})
    pairs = pairs.assign(evidence="footer", relation="closes", counts_as_fix=True)
    votes = pd.DataFrame({"change_number": [6, 7], "label": "Code-Review", "account": [3, 3], "value": [1, 1]})
    return {
        "bugs": made(schema.BUGS, bugs),
        "changes": made(schema.CHANGES, changes),
        "links": made(schema.LINKS, pairs),
        "votes": made(schema.VOTES, votes),
        "milestones": schema.MILESTONES.empty(),
    }


def test_a_bug_that_is_private_or_may_be_is_not_judged():
    frames = privacy.visible_tables(tables())

    assert frames["bugs"]["bug_id"].tolist() == [1, 2, 3]


def test_a_change_that_may_be_private_is_not_judged():
    served = tables()
    served["changes"]["is_private"] = pd.array([False, False, None], "boolean")

    frames = privacy.visible_tables(served)

    assert frames["changes"]["change_number"].tolist() == [6]


def test_nothing_of_a_public_change_that_leads_to_a_private_bug_is_judged():
    frames = privacy.visible_tables(tables())

    assert frames["changes"]["change_number"].tolist() == [6, 8]
    assert frames["votes"]["change_number"].tolist() == [6]
    assert "milestones" in frames


def test_no_link_leads_to_a_private_bug_even_by_way_of_duplicates():
    frames = privacy.visible_tables(tables())

    assert list(zip(frames["links"]["bug_id"], frames["links"]["ref"], strict=True)) == [(1, "6")]


def test_an_unread_line_that_leads_to_a_private_item_is_left_out():
    lines = schema.UNREAD_LINES.frame(
        {
            "kind": ["change", "change", "commit", "commit"],
            "ref": ["6", "7", "ab12", "cd34"],
            "line_number": [3, 3, 3, 3],
            "line": ["Bug 1 maybe", "Bug 5 maybe", "this may be about bug 9", "bug 19 is another"],
        }
    )

    table = privacy.visible_tables(tables() | {"unread_lines": lines})

    assert table["unread_lines"]["ref"].tolist() == ["6", "cd34"]


def test_linked_changes_names_no_hidden_item():
    result = privacy.visible_tables(tables())

    inputs = {name: result[name] for name in ("links", "bugs", "changes")}

    table = fixes.linked_changes(**inputs, commits=schema.COMMITS.empty())

    assert table[["bug_id", "ref"]].to_numpy().tolist() == [[1, "6"]]


def test_tables_that_are_all_public_stay_as_they_are():
    public = tables() | {"bugs": tables()["bugs"].query("bug_id == 1").reset_index(drop=True)}

    result = privacy.visible_tables(public)

    for name, table in public.items():
        pd.testing.assert_frame_equal(result[name], table)


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """After an anonymous fetch, a bug with a fix in the queue becomes private, which Launchpad does not announce."""
    world, data = twin.build_world(n_bugs=1), tmp_path_factory.mktemp("turned") / "data"
    with twin.Server(world) as served:
        common = ["--data-dir", str(data), "--launchpad-root", served.launchpad_root]
        common += ["--gerrit-root", served.gerrit_root]
        for words in (["fetch", "launchpad"], ["fetch", "gerrit"], ["build"]):
            assert cli.main([*common, *words]) == 0
        themed = store.read_table(data, "bug_themes").dropna(subset="theme_id").set_index("bug_id")["theme_id"]
        queue = store.read_table(data, "queue")
        queue = queue[queue["bug_id"].isin(themed.index)]
        bug = int(queue["bug_id"].iloc[0])
        for name in ("themes", "bug_themes"):
            table = store.read_table(data, name)
            table["theme_id"] = table["theme_id"].mask(table["theme_id"] == themed[bug], "SECRET-word")
            table = schema.TABLES[name].ordered(table)
            assert store.Store(data).write_table(name, table, project="openstack/nova")
        changes = set(queue.loc[queue["bug_id"] == bug, "change_number"])
        world.hide_bug(bug)
        assert cli.main([*common, "fetch", "launchpad", "--verify"]) == 0
        assert cli.main([*common, "report"]) == StoreError.exit_code  # its tables still show the bug
        assert cli.main([*common, "build"]) == 0
    return data, bug, changes


@pytest.mark.parametrize("name", [*JUDGED, "theme_changes"])
def test_a_bug_that_became_private_hides_its_fix_too(turned, name):
    data, bug, changes = turned

    text = store.read_table(data, name).to_csv()

    assert changes
    assert "SECRET" not in text
    assert not {int(number) for number in re.findall(r"\d+", text)} & {bug, *changes}


def test_a_theme_is_kept_only_if_none_of_its_bugs_became_private():
    of_themes = schema.BUG_THEMES.frame({"bug_id": [1, 2, 3, 9], "theme_id": ["kept", "kept", None, "told"]})
    rows = schema.THEMES.frame({"theme_id": ["kept", "told"]})

    table = privacy.visible_themes({"themes": rows, "bug_themes": of_themes}, bugs=tables()["bugs"])

    assert table["themes"]["theme_id"].tolist() == ["kept"]
    assert table["bug_themes"]["bug_id"].tolist() == [1, 2, 3]


def test_only_the_owner_can_read_that_a_bug_became_private(turned):
    data, bug, changes = turned

    listed = store.Store(data).read_private("hidden", project="openstack/nova")

    assert bug not in set(store.read_table(data, "bugs")["bug_id"])
    assert {f"bug {bug}", *(f"change {number}" for number in changes)} <= set(listed)
