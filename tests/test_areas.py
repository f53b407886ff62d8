"""Areas: which bug, change or commit is in which area of a release, and by which rule."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AreaFileError
from analysis.judge import areas, links
from analysis.judge.areas import file, rules
from analysis.judge.areas import members as membership
from analysis.tables import schema

HEAD = 'release = "liberty"\nsource = "https://example.org/liberty"\nstarts = 2015-04-30\nends = 2015-10-15\n'
QUOTAS = HEAD + '[areas.quotas]\ntitle = "Simplify Quotas"\n'


def area_file(body, head=QUOTAS):
    return areas.parse(head + body, path="liberty.toml")


def tables(*, bugs=(), changes=(), change_files=(), commits=(), commit_files=(), links=(), blueprints=()):
    """Rows as (bug_id, title, tags), (number, subject, topic, message), (number, path), (sha, message), (sha, path),
    (bug_id, kind, ref, counts_as_fix) and (kind, ref, blueprint)."""
    bug, change, commit, link = (list(zip(*rows, strict=True)) for rows in (bugs, changes, commits, links))
    return {
        "bugs": schema.BUGS.frame(
            {"bug_id": bug[0], "title": bug[1], "tags": bug[2], "is_private": [False] * len(bugs)} if bugs else {}
        ),
        "changes": schema.CHANGES.frame(
            dict(zip(("change_number", "subject", "topic", "message"), change, strict=True))
            | {"is_private": [False] * len(changes)}
            if changes
            else {}
        ),
        "change_files": schema.CHANGE_FILES.frame(pd.DataFrame(change_files, columns=["change_number", "path"])),
        "commits": schema.COMMITS.frame(
            {"sha": commit[0], "subject": commit[1], "message": commit[1]} if commits else {}
        ),
        "commit_files": schema.COMMIT_FILES.frame(pd.DataFrame(commit_files, columns=["sha", "path"])),
        "links": schema.LINKS.frame(
            {"bug_id": link[0], "kind": link[1], "ref": link[2], "counts_as_fix": link[3]} if links else {}
        ),
        "blueprints": schema.BLUEPRINTS.frame(pd.DataFrame(blueprints, columns=["kind", "ref", "blueprint"])),
    }


def memberships(body, **rows):
    members = areas.build(area_file(body), **tables(**rows))
    return sorted(zip(members["kind"], members["ref"], members["rule"], strict=True))


def test_a_tag_puts_a_bug_in_its_area():
    assert memberships(
        'tags = ["quotas"]', bugs=[(1, "x", ["api", "quotas"]), (2, "x", ["quota-sets"]), (3, "x", None)]
    ) == [("bug", "1", "tag:quotas")]


def test_a_star_in_a_path_stays_in_its_folder_and_two_stars_do_not():
    files = [(7, "nova/quota.py"), (8, "nova/api/quota.py"), (9, "nova/api/v2/quota.py")]
    changes = [(number, "s", None, None) for number in (7, 8, 9)]

    assert memberships('paths = ["nova/*.py", "nova/api/**"]', changes=changes, change_files=files) == [
        ("change", "7", "path:nova/*.py"),
        ("change", "8", "path:nova/api/**"),
        ("change", "9", "path:nova/api/**"),
    ]


def test_each_rule_that_matches_has_a_row_of_its_own():
    changes = [
        (7, "Fix quota usage", "bp/nested-quota-driver-api", "Fix quota usage\n\nblueprint nested-quota-driver-api")
    ]

    rows = memberships(
        'words = ["quota"]\ntopics = ["bp/*quota*"]\nblueprints = ["*quota*"]\npaths = ["nova/quota.py"]',
        changes=changes,
        change_files=[(7, "nova/quota.py"), (7, "nova/other.py")],
        blueprints=[("change", "7", "nested-quota-driver-api")],
    )

    assert [rule for _, _, rule in rows] == [
        "blueprint:*quota*",
        "path:nova/quota.py",
        "topic:bp/*quota*",
        "word:quota",
    ]


def test_words_match_whole_words_in_any_case_and_a_final_star_any_ending():
    bugs = [
        (1, "Quota exceeded", None),
        (2, "quotas wrong", None),
        (3, "over-quota error", None),
        (4, "aliquota", None),
    ]

    assert memberships('words = ["quota"]', bugs=bugs) == [("bug", "1", "word:quota"), ("bug", "3", "word:quota")]
    assert [ref for _, ref, _ in memberships('words = ["quota*"]', bugs=bugs)] == ["1", "2", "3"]


def test_a_blueprint_in_a_message_or_topic_puts_a_change_or_commit_in_its_area():
    sha = "a" * 40

    rows = memberships(
        'blueprints = ["quota-*"]',
        changes=[(7, "s", None, None), (8, "s", None, None)],
        commits=[(sha, "s")],
        blueprints=[("change", "7", "quota-x"), ("change", "8", "no-quota-x"), ("commit", sha, "quota-y")],
    )

    assert rows == [("change", "7", "blueprint:quota-*"), ("commit", sha, "blueprint:quota-*")]


def test_a_blueprint_mentioned_in_a_sentence_puts_nothing_in_its_area():
    message = "Tidy up\n\nThis will be needed once the blueprint quota-x is complete.\n"
    commit = schema.COMMITS.frame({"sha": ["a" * 40], "subject": ["Tidy up"], "message": [message]})
    none = {"bug_messages": schema.BUG_MESSAGES.empty(), "changes": schema.CHANGES.empty()}
    read = links.build(**none, commits=commit)

    table = areas.build(
        area_file('blueprints = ["quota-x"]'), **tables() | {"commits": commit, "blueprints": read["blueprints"]}
    )

    assert table.empty


def test_a_bug_and_its_fix_are_in_the_areas_of_each_other():
    rows = memberships(
        'tags = ["quotas"]\npaths = ["nova/quota.py"]',
        bugs=[(1, "x", ["quotas"]), (2, "y", [])],
        changes=[(7, "s", None, None)],
        commits=[("b" * 40, "s")],
        commit_files=[("b" * 40, "nova/quota.py")],
        links=[(1, "change", "7", True), (2, "commit", "b" * 40, True)],
    )

    assert ("change", "7", "linked:bug/1") in rows
    assert ("bug", "2", f"linked:commit/{'b' * 40}") in rows


def test_a_link_that_is_no_fix_puts_nothing_in_an_area():
    rows = memberships(
        'tags = ["quotas"]',
        bugs=[(1, "x", ["quotas"])],
        changes=[(7, "s", None, None)],
        links=[(1, "change", "7", False)],
    )

    assert rows == [("bug", "1", "tag:quotas")]


HIDDEN = pytest.mark.parametrize("is_private", [True, None], ids=["private", "maybe"])


@HIDDEN
def test_a_private_bug_is_in_no_area(is_private):
    given_tables = tables(bugs=[(1, "quota", ["quotas"])])
    given_tables["bugs"]["is_private"] = pd.array([is_private], dtype="boolean")

    assert areas.build(area_file('tags = ["quotas"]\nall_fixes = true'), **given_tables).empty


@HIDDEN
def test_a_private_change_is_in_no_area(is_private):
    given_tables = tables(
        changes=[(7, "quota", "quota", None)],
        change_files=[(7, "nova/quota.py")],
        links=[(1, "change", "7", True)],
        blueprints=[("change", "7", "quota-x")],
    )
    given_tables["changes"]["is_private"] = pd.array([is_private], dtype="boolean")
    rules_of_all_kinds = (
        'words = ["quota"]\ntopics = ["quota"]\nblueprints = ["quota-x"]\npaths = ["nova/*"]\nall_fixes = true'
    )

    assert areas.build(area_file(rules_of_all_kinds), **given_tables).empty


def test_the_input_tables_are_not_changed():
    given_tables = tables(bugs=[(1, "quota", ["quotas"])], changes=[(7, "quota", None, None)])
    before = {name: frame.copy(deep=True) for name, frame in given_tables.items()}

    areas.build(area_file('tags = ["quotas"]\nwords = ["quota"]'), **given_tables)

    for name, frame in given_tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def many_commits(n):
    table = tables(commits=[(f"{number:040x}", "Fix quota") for number in range(n)])
    table["commits"]["committed_at"] = pd.Series(pd.Timestamp("2015-06-01", tz="UTC"), index=range(n)).dt.as_unit("us")
    return table


def test_a_rule_that_matches_nothing_is_named_if_the_data_cover_the_release():
    dead = area_file('expect_at_least = 5\ntags = ["old-quotas"]\npaths = ["nova/old.py"]')

    with pytest.raises(AreaFileError) as raised:
        areas.build(dead, **many_commits(membership.COVERED))

    assert "'quotas' of liberty to hold at least 5" in raised.value.expected
    assert raised.value.found == "0 (these rules match nothing: tag:old-quotas, path:nova/old.py)"


@pytest.mark.parametrize("n, check", [(membership.COVERED - 1, True), (membership.COVERED, False)])
def test_the_expected_size_is_not_checked_on_little_data_or_without_check(n, check):
    assert areas.build(area_file('expect_at_least = 5\ntags = ["old"]'), **many_commits(n), check=check).empty


def test_a_misspelt_key_is_refused_with_the_nearest_one():
    with pytest.raises(AreaFileError) as raised:
        area_file('tag = ["quotas"]')

    assert raised.value.found == "'tag'"
    assert raised.value.do == "write 'tags'"
    assert "blueprints" in raised.value.expected


@pytest.mark.parametrize(
    "body, found_text",
    [
        ("tags = [", "Invalid value"),
        ("", "none"),
        ("tags = [1]", "1"),
        ('tags = "quotas"', "'quotas'"),
        ('tags = ["a", "a"]', "a"),
        ('tags = ["a"]\nexpect_at_least = true', "True"),
        (f'tags = ["a"]\nexpect_at_least = {10**30}', str(10**30)),
        ('tags = ["a"]\nexpect_at_least = -1', "-1"),
        (f'paths = ["{"?" * 100_000}"]', "'????"),
        ('tags = ["a"]\nowners = ["casey-example"]', "casey-example"),
        ('tags = ["a"]\nowners = [{ nmae = "Casey" }]', "nmae"),
    ],
)
def test_an_area_with_a_missing_or_wrong_value_is_refused(body, found_text):
    with pytest.raises(AreaFileError) as raised:
        area_file(body)

    assert found_text in raised.value.found


@pytest.mark.parametrize("name", ['"../../etc"', '""', '"<b>"', '"a b"', '"a\\nb"', f'"{"a" * 90}"'])
def test_the_name_of_an_area_must_be_a_valid_file_name(name):
    with pytest.raises(AreaFileError):
        areas.parse(f'{HEAD}[areas.{name}]\ntitle = "A"\ntags = ["a"]\n', path="liberty.toml")


@pytest.mark.parametrize("sign", ["\\u202e", "\\u2066", "\\u001b[31m", "\\u0000", "\\n"])
@pytest.mark.parametrize("body", ['title = "A{}"', 'title = "A"\nowners = [{{ name = "A{}" }}]'])
def test_a_title_or_owner_with_control_or_bidirectional_characters_is_refused(sign, body):
    with pytest.raises(AreaFileError) as raised:
        areas.parse(f'{HEAD}[areas.a]\n{body.format(sign)}\ntags = ["a"]\n', path="liberty.toml")

    assert raised.value.found.isascii()


@pytest.mark.parametrize(
    "starts", ["2015-04-30T00:00:00", "0001-01-01T00:00:00+14:00", "2015-04-30T00:00:00Z", "2016-04-30"]
)
def test_the_dates_of_a_cycle_are_days_in_order(starts):
    with pytest.raises(AreaFileError):
        areas.parse(HEAD.replace("2015-04-30", starts) + '[areas.a]\ntitle = "A"\ntags = ["a"]\n', path="liberty.toml")


@pytest.mark.parametrize("make", [rules.glob, rules.wildcard, rules.word])
@pytest.mark.parametrize("sign", "?*a-[")
def test_the_longest_allowed_rule_compiles(make, sign):
    column = pd.Series(["nova/quota.py"], dtype=schema.AREA_MEMBERS.dtypes["rule"])

    rules.matches(column, [make(sign * file.LONGEST), make("a*" * (file.LONGEST // 2))])


@pytest.mark.long
@given(st.text(max_size=200))
def test_any_text_gives_an_area_file_or_an_area_file_error(text):
    try:
        areas.parse(text, path="x.toml")
    except AreaFileError as error:
        assert str(error).startswith("expected ")


@pytest.mark.long
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=6), st.text(st.characters(codec="utf-8")))
def test_any_glob_or_word_compiles_and_a_plain_path_matches_itself(values, pattern):
    column = pd.Series([*values, pattern], dtype=schema.AREA_MEMBERS.dtypes["rule"])

    for make in (rules.glob, rules.wildcard, rules.word):
        rules.matches(column, [make(pattern)])
    if not set(pattern) & set("*?\n") and pattern:
        _, hit = rules.matches(column, [rules.glob(pattern)])
        assert len(values) in hit


def test_the_table_of_areas_keeps_the_order_of_the_file():
    file = area_file(
        'tags = ["quotas"]\n[areas.api]\ntitle = "API"\ntags = ["api"]\nowners = [{ name = "Casey Example" }]'
    )
    members = areas.build(file, **tables(bugs=[(1, "x", ["quotas", "api"]), (2, "x", ["api"])]))

    table = areas.table(file, members).sort_values("position")

    assert table["area_id"].tolist() == ["quotas", "api"]
    assert table["n_bugs"].tolist() == [1, 2]
    assert table["owners"].iloc[1] == ["Casey Example"]


def test_a_tag_and_a_folder_with_the_same_name_are_one_candidate():
    bugs = [(n, "x", ["libvirt", "in-stable-kilo"]) for n in range(1, 5)] + [(n, "x", ["quotas"]) for n in (5, 6, 7)]
    bugs += [(8, "x", ["libvirt"])]
    changes = [(11, "s", None, None), (12, "s", None, None), (13, "s", None, None)]
    files = [(11, "nova/virt/libvirt/driver.py"), (12, "nova/tests/unit/virt/libvirt/fakes.py"), (13, "nova/quota.py")]
    served = tables(
        bugs=bugs, changes=changes, change_files=files,
        links=[(8, "change", "12", True), (1, "change", "11", True), (5, "change", "13", True)],
    )  # fmt: skip
    served["changes"] = served["changes"].assign(status="NEW")
    tasks = {"bug_id": served["bugs"]["bug_id"], "target": "nova", "status": "New", "is_open": True}
    declared = areas.build(area_file('tags = ["quotas"]'), **served)
    asked = {name: served[name] for name in ("bugs", "changes", "change_files", "links")}

    table = areas.candidates(
        declared, release="liberty", bug_tasks=schema.BUG_TASKS.frame(tasks), target="nova", **asked
    )

    row = table.iloc[0]
    assert len(table) == 1
    assert (row["candidate"], list(row["tags"]), list(row["paths"])) == (
        "libvirt",
        ["libvirt"],
        ["nova/virt/libvirt/**"],
    )
    assert (row["n_open_bugs"], row["n_open_fixes"]) == (5, 2)
