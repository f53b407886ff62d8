"""Themes on invented bugs: they are found, keep their names, and count open, fixed and unreviewed bugs."""

import sys
from pathlib import Path
from types import SimpleNamespace

import invented_reviews
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from analysis import themes
from analysis.build import theme_stages
from analysis.errors import ConfigError, ProjectFileError
from analysis.judge import fixes
from analysis.tables import accounts, schema
from analysis.themes import clusters, history, neighbours, theme_tables, vectors
from analysis.themes.clusters import ThemeClusters, number_of_themes, smallest_theme
from analysis.themes.directions import smoothed_directions
from analysis.themes.names import distinct, distinct_terms, theme_id, theme_names
from twin import build_world

AS_OF = pd.Timestamp("2015-08-03 12:00", tz="UTC")
WORD_LIST = (Path(__file__).parents[1] / "data" / "failure_modes.toml").read_text(encoding="utf-8")
MODES = themes.parse_failure_modes(WORD_LIST)
GIVEN = {"as_of": AS_OF, "target": "nova"}


def plain(value):
    return value.encode("utf-8", "replace").decode()


@pytest.fixture(scope="module")
def world():
    return build_world()


@pytest.fixture(scope="module")
def bugs(world):
    result = world.bugs.values()
    return schema.BUGS.ordered(
        schema.BUGS.frame(
            {
                "bug_id": [bug.number for bug in result],
                "title": [plain(bug.title) for bug in result],
                "description": [plain(bug.description) for bug in result],
                "is_private": [bool(bug.is_private) for bug in result],
                "duplicate_of": pd.array([bug.duplicate_of for bug in result], "Int64"),
                "created_at": [pd.Timestamp(bug.created) for bug in result],
            }
        )
    )


def tasks(bugs, *, is_open=True):
    n = len(bugs)
    return schema.BUG_TASKS.frame(
        {"bug_id": bugs["bug_id"], "target": ["nova"] * n, "status": ["New"] * n, "is_open": [is_open] * n}
    )


def tables(bugs, *, bug_tasks=None, links=None, changes=None, review_states=None):
    bug_tasks = tasks(bugs) if bug_tasks is None else bug_tasks
    links = schema.LINKS.empty() if links is None else links
    changes = schema.CHANGES.empty() if changes is None else changes
    linked_changes = fixes.linked_changes(links=links, bugs=bugs, changes=changes, commits=schema.COMMITS.empty())
    return {
        "bugs": bugs,
        "bug_tasks": bug_tasks,
        "linked_changes": linked_changes,
        "unfixed_bugs": invented_reviews.unfixed_bugs(
            linked_changes=linked_changes, bugs=bugs, bug_tasks=bug_tasks, as_of=AS_OF
        ),
        "review_states": schema.REVIEW_STATES.empty() if review_states is None else review_states,
        "bug_modes": themes.build_failure_modes(themes.public(bugs), MODES),
    }


def build(bugs, **more):
    result = themes.build(**tables(bugs), **GIVEN, **more)
    for name, table in result.items():
        schema.validate(table, schema.TABLES[name])
    return result


@pytest.fixture(scope="module")
def built(bugs):
    return build(bugs)


def of_truth(world, theme):
    return {row["bug_id"] for row in world.truth.rows("themes", theme=theme)}


def test_the_quota_race_is_one_theme_named_for_quota(built, world):
    quota = built["bug_themes"][built["bug_themes"]["bug_id"].isin(of_truth(world, "quota-race"))]
    theme_id = quota["theme_id"].mode()[0]
    theme = built["themes"].set_index("theme_id").loc[theme_id]

    assert (quota["theme_id"] == theme_id).mean() >= 0.9
    assert "quota" in theme["terms"]
    assert "quota" in theme["label"]


def test_quota_and_race_is_a_cell_far_above_chance(built):
    races = built["theme_cells"][built["theme_cells"]["failure_mode"] == "race"]
    strongest = races.loc[races["score"].idxmax()]

    assert "quota" in strongest["theme_id"]
    assert strongest["lift"] > 3


def test_the_race_words_know_nothing_of_quota():
    race = next(mode for mode in MODES if mode.id == "race")

    assert not [word for word in race.words if "quota" in word or "reserv" in word or "usage" in word]


@pytest.mark.long
def test_the_same_bugs_in_another_order_give_the_same_tables(bugs, built):
    again = build(bugs.sample(frac=1, random_state=1))

    for name, table in built.items():
        pd.testing.assert_frame_equal(again[name], table)


@pytest.mark.long
def test_no_argument_is_changed(bugs):
    inputs = tables(bugs)
    before = {name: table.copy() for name, table in inputs.items()}

    themes.build(**inputs, **GIVEN)

    for name, table in inputs.items():
        pd.testing.assert_frame_equal(table, before[name])


@pytest.mark.long
def test_a_private_bug_is_in_no_table(bugs):
    hidden = bugs.assign(is_private=bugs["is_private"].where(bugs.index > 0, True))
    secret = hidden.loc[hidden["is_private"].fillna(True), "bug_id"]

    frames = build(hidden)

    assert not frames["bug_themes"]["bug_id"].isin(secret).any()
    assert not set(frames["themes"]["example_bug_ids"].explode()) & set(secret)


@pytest.mark.long
@pytest.mark.parametrize("n", [0, 1, 5, 40])
def test_few_bugs_are_no_reason_to_fail(bugs, n):
    frames = build(bugs.head(n))

    assert len(frames["bug_themes"]) == (~bugs["is_private"].head(n)).sum()
    assert (len(frames["themes"]) > 0) == (n >= 30)


def test_bugs_without_a_word_have_no_theme(bugs):
    silent = bugs.head(60).assign(title="!", description=pd.NA)

    frames = build(silent.astype(bugs.dtypes))

    assert frames["bug_themes"]["theme_id"].isna().all()
    assert frames["themes"].empty


OTHER_LETTERS = (
    "灯泡在夜里熄灭了没有人知道原因", "开关装反了灯不亮", "ランプが夜に消える", "スイッチが逆さまに付いている",
    "Лампа гаснет ночью без всякой причины", "Выключатель установлен наоборот и не работает",
)  # fmt: skip
SAYING_NOTHING = ("", "???", "12345 67890", "the of and to", "\U0001f642", "a", "___")


def test_titles_in_other_letters_name_themes_and_titles_that_say_nothing_do_not(bugs):
    titles = [*OTHER_LETTERS * 12, *SAYING_NOTHING * 3]
    table = bugs.head(len(titles)).assign(title=titles, description="", is_private=False, duplicate_of=pd.NA)
    table = table.astype(bugs.dtypes)
    silent = table.loc[table["title"].isin(SAYING_NOTHING), "bug_id"]

    frames = build(table)

    labels = frames["themes"]["label"]
    assert all(any(letter.isalpha() for letter in label) for label in labels)
    parts = labels.str.split(", ").explode()
    assert not parts.str.lower().isin([title.lower() for title in OTHER_LETTERS]).any()
    assert parts.str.len().max() < 40
    themes_of_silent = frames["bug_themes"].loc[frames["bug_themes"]["bug_id"].isin(silent), "theme_id"]
    assert themes_of_silent.isna().all()


def test_near_themes_on_the_map_are_near_in_words_more_often_than_by_chance():
    pairs = sparse.csr_matrix(np.repeat(np.eye(6), 2, axis=0))  # themes 0 and 1 share words, 2 and 3, ...
    own = sparse.csr_matrix(np.eye(12))
    centres = vectors.normalize(sparse.hstack([2 * pairs, own]).tocsr())

    places = theme_tables._map(SimpleNamespace(centres_=centres))

    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(12)
    assert np.mean(apart.argmin(axis=1) // 2 == np.arange(12) // 2) >= 0.8


@pytest.mark.long
def test_a_refresh_keeps_the_id_and_the_label_of_every_theme_that_is_mostly_the_same(bugs, built):
    named = built["themes"].assign(label=built["themes"]["label"] + " (ours)")

    later = build(bugs, previous=built | {"themes": named})

    assert later["bug_themes"]["theme_id"].equals(built["bug_themes"]["theme_id"])
    assert later["themes"]["label"].tolist() == named["label"].tolist()
    assert set(later["theme_changes"]["kind"]) == {"kept"}


@pytest.mark.long
def test_a_name_given_by_people_survives_a_refit(bugs, built):
    names = themes.Names.from_toml('[[name]]\nlabel = "Quota accounting"\nterms = ["quota", "reservation"]\n')

    frames = build(bugs, previous=built, names=names)

    quota = frames["themes"][frames["themes"]["terms"].map(lambda terms: {"quota", "reservation"} <= set(terms))]
    assert quota["label"].tolist() == ["Quota accounting"]


@pytest.mark.long
def test_a_name_that_people_take_back_is_gone_at_the_next_refresh(bugs, built):
    names = themes.Names.from_toml('[[name]]\nlabel = "Quota accounting"\nterms = ["quota", "reservation"]\n')
    named = build(bugs, previous=built, names=names)

    frames = build(bugs, previous=named)

    assert named["themes"]["is_named"].sum() == 1
    assert not frames["themes"]["is_named"].any()
    assert frames["themes"]["label"].tolist() == built["themes"]["label"].tolist()


def test_a_name_goes_to_the_one_theme_where_its_words_stand_strongest():
    names = themes.Names((("Quota", ("quota",)), ("Usage", ("quota", "usage"))))

    assert names.assign([["port", "quota"], ["quota", "limit"], ["usage", "quota"]]) == [None, "Quota", "Usage"]


def test_no_two_themes_share_a_label():
    assert distinct(["a, b", "a, b", "a, b"], [["a", "b"], ["a", "b", "c"], ["a", "b", "c"]]) == [
        "a, b", "a, b, c", "a, b (2)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        "[[name]]\nlabel = 'x'\n",
        "names = 1",
        "[[name",
        "name = 5",
        "name = ['x']",
        "[[name]]\nlabel = 'x'\nterms = 'quota'",
        "[[name]]\nlabel = 5\nterms = ['quota']",
        "[[name]]\nlabel = 'x'\nterms = [['quota']]",
        "[[name]]\nlabel = ''\nterms = ['quota']",
    ],
)
def test_a_wrong_list_of_names_is_refused(content):
    with pytest.raises(ConfigError):
        themes.Names.from_toml(content)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[[failure_mode",
        "failure_mode = 5",
        "[failure_modes]",
        *(
            f"[[failure_mode]]\nid={name}\ntitle={title}\nwords={words}"
            for name, title, words in [
                ("'a'", "'A'", "[]"), ("'a'", "'A'", "'race'"), ("'a'", "'A'", "[5]"), ("'a'", "'A'", "['']"),
                ("5", "'A'", "['race']"), ("'a'", "[1]", "['race']"),
            ]
        ),
    ],
)  # fmt: skip
def test_a_wrong_word_list_is_refused(content):
    with pytest.raises(ConfigError):
        themes.parse_failure_modes(content)


def heaps(*sizes, own_words=30):
    """Rows in clusters of the given sizes, half of whose words belong to the cluster, and the cluster of each."""
    rng = np.random.default_rng(0)
    heap = np.repeat(np.arange(len(sizes)), sizes)
    documents = [
        [f"heap{rng.integers(own_words)}of{own}" for _ in range(8)]
        + [f"any{word}" for word in rng.integers(400, size=8)]
        for own in heap
    ]
    written = [words * vectors.PROSE_WEIGHT for words in documents]
    return vectors.BugVectorizer().fit_transform(written), heap


@pytest.mark.parametrize("n_bugs", range(250, 30_000, 97))
def test_three_bugs_in_a_hundred_less_move_the_number_of_themes_by_at_most_a_tenth(n_bugs):
    number = number_of_themes(n_bugs)

    assert abs(number - number_of_themes(n_bugs * 97 // 100)) <= number / 10


@pytest.mark.parametrize("setting", ["NEIGHBORS", "STAYING", "FEWEST_CLUSTERS", "MOST_DIRECTIONS", "FEWEST_DIRECTIONS"])
def test_one_bug_more_moves_no_setting_by_a_hundredth_of_its_way(setting):
    of_many_and_few = getattr(clusters, setting)
    values = np.array([clusters.between(of_many_and_few, n) for n in range(2, 15_000)])

    assert values[0] == of_many_and_few[1] and values[-1] == of_many_and_few[0]
    assert np.abs(np.diff(values)).max() < abs(np.subtract(*of_many_and_few)) / 100


def test_runs_on_few_bugs_differ_in_their_numbers_and_runs_on_many_do_not():
    of_few, of_many = (clusters._numbers_of_runs(n, 40) for n in (1_000, 20_000))

    assert {number for number, _ in of_few} == set(range(16, 41))
    assert {number for _, number in of_few} == set(range(28, 61))
    assert set(of_many) == {(40, 40)}


def test_of_few_bugs_one_leaves_the_theme_of_the_runs_only_where_its_words_are_clear():
    rows, heap = heaps(*[60] * 5)
    rng = np.random.default_rng(1)
    unclear = sparse.csr_matrix((rows.data, rng.permutation(rows.indices), rows.indptr), rows.shape)
    model = ThemeClusters(n_themes=5, evidence=0).fit(rows)
    elsewhere = (model.labels_ + 1) % 5

    moved, _ = clusters._moved(model.classifier_, sparse.vstack([rows, unclear]).tocsr(), np.tile(elsewhere, 2))

    assert (moved[: len(heap)] == model.labels_).mean() > 0.9
    assert (moved[len(heap) :] == elsewhere).mean() > 0.3


def test_heaps_are_found_whole():
    rows, heap = heaps(*[120] * 12)

    labels = ThemeClusters(n_themes=12).fit(rows).labels_

    assert [len(set(labels[(heap == own) & (labels >= 0)])) for own in range(12)] == [1] * 12


def test_directions_follow_from_the_bugs_and_not_from_the_seed():
    rows, _ = heaps(*[40] * 30, own_words=60)
    near = neighbours.weights(rows, n_neighbors=30)

    one, other = (np.linalg.qr(smoothed_directions(rows, near, 20, random_state=seed))[0] for seed in (0, 1))

    shared = np.linalg.svd(one.T @ other, compute_uv=False)
    assert shared.min() > 0.999


def test_a_theme_of_too_few_bugs_is_given_up_and_its_bugs_go_elsewhere_or_nowhere():
    rows, heap = heaps(*[150] * 9, 6)

    labels = ThemeClusters(n_themes=10).fit(rows).labels_

    assert np.bincount(labels[labels >= 0]).min() >= smallest_theme(len(heap)) == 30


def test_bugs_have_no_theme_where_their_words_speak_for_none():
    rows, _ = heaps(*[120] * 12)
    rng = np.random.default_rng(1)
    scattered = sparse.csr_matrix((rows.data, rng.permutation(rows.indices), rows.indptr), rows.shape)
    model = ThemeClusters(n_themes=12).fit(rows)

    assert (model.labels_ >= 0).mean() > 0.99
    assert 0.05 < (model.predict(scattered) < 0).mean() < 0.2


NEIGHBOURS = sparse.csr_matrix(np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]))


def named(*titles_of_themes):
    titles = [title for titles in titles_of_themes for title in titles]
    labels = np.repeat(np.arange(len(titles_of_themes)), [len(titles) for titles in titles_of_themes])
    return theme_names(titles, labels, NEIGHBOURS[: len(titles_of_themes), : len(titles_of_themes)])


OTHERS = ["Ports are lost", "No address is given", "Flavors are slow", "Tokens expire"]


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        (["Wrong IP after live migration", "Live-migration hangs", "No live_migration of volumes"], "live migration"),
        (["Slow 3PAR attach", "Timeouts on 3PAR", "LUN of a 3PAR is lost"], "3PAR"),
        (["Hosts of Hyper-V hang", "Slow hyperv console", "A hyper-v host reboots"], "Hyper-V"),
        (["No SR-IOV after reboot", "The sriov agent dies", "The SR-IOV VFs leak"], "SR-IOV"),
        (["QPID hangs", "Slow QPID", "No qpid here", "Why qpid leaks", "A qpid port", "Old qpid"], "qpid"),
        (["Old qemu-img hangs", "Slow qemu-img convert", "Memory of qemu-img"], "qemu-img"),
        (["Ask Neutron v2 for ports", "Old Neutron v2 client", "Slow neutron v2 lists"], "Neutron v2"),
        (["Broken l2pop rules", "Agents lose l2pop", "Flood with l2pop"], "l2pop"),
        (["Leaks of floating IPs", "A floating IP is lost", "No floating ip on boot"], "floating IP"),
    ],
)
def test_a_theme_is_named_in_the_words_of_its_titles(titles, name):
    assert named(titles, OTHERS)[0][0] == name


def test_a_name_goes_on_while_many_titles_are_not_named_and_says_no_word_twice():
    quota = ["Quota leaks", "Wrong quota", "Negative quota", "Usage is stale", "Stale usage", "Usages of a tenant"]

    assert named([*quota, "Quotas and usage"] * 2, OTHERS)[0] == ["quota", "usage"]
    assert named(["A quota class", "Quota drivers", "Slow quota limits", "No quota"], OTHERS)[0] == ["quota"]


def test_a_phrase_written_as_one_word_is_the_longer_form_of_its_words():
    tasks = ["periodic_task hangs", "Periodic task leaks", "A periodic task", "The periodic task fails"]

    assert named([*tasks, "Periodic sync"], OTHERS)[0] == ["periodic task"]


def test_the_name_of_the_project_as_a_word_of_its_own_names_no_theme():
    titles = ["nova API rejects", "nova API hangs", "No nova API", "nova-network dies", "nova-network leaks"]
    labels = np.array([0, 0, 0, 1, 1] * 2 + [2] * len(OTHERS))

    names = theme_names([*titles * 2, *OTHERS], labels, NEIGHBOURS[:3, :3], ignored=["nova"])

    assert names[:2] == [["API"], ["nova-network"]]


def test_a_name_has_no_second_phrase_that_is_short_for_the_first():
    database = ["Database hangs", "Odd database", "The database"] * 3 + ["DB dies", "A DB lock", "No DB"]

    assert "DB" not in named(database, OTHERS)[0]


def test_a_longer_phrase_that_few_of_the_titles_write_is_not_the_name():
    lamps = ["Lamps hang", "No lamp", "Old lamps", "Lost lamp", "Slow lamp", "Odd lamp", "Lamp leaks"]

    assert named([*lamps, *["The lamp manager"] * 3], OTHERS * 9)[0] == ["lamp"]
    assert named([*lamps, *["The lamp manager"] * 19], OTHERS * 9)[0] == ["lamp manager"]


def test_an_exception_is_named_whole_and_a_misspelling_names_nothing():
    attributes = ["AttributeError: it has no attribute {}", "AttributeError: an attribute", "Attribute is lost"] * 3

    assert named(attributes, OTHERS * 9)[0] == ["AttributeError"]
    assert named([*["Config is lost"] * 6, *["Misspelled help"] * 6], OTHERS * 9)[0] == ["config", "help"]


def test_a_name_does_not_say_the_one_and_the_many():
    addresses = ["A floating IP is lost", "Leaks of a floating IP", "No floating IP", "Old ips", "Slow ips", "Odd ips"]

    assert named(addresses * 2, OTHERS)[0] == ["floating IP"]


def test_a_word_of_all_themes_continues_no_name():
    quota = ["Quota leaks", "Wrong quota", "Negative quota", "Odd server", "Slow server", "Dead server"]

    assert named(quota * 2, [*OTHERS, "A server hangs"] * 9)[0] == ["quota"]
    assert named(quota * 2, OTHERS * 9)[0] == ["quota", "server"]


def test_a_word_of_other_themes_begins_a_name_only_where_no_other_is_left():
    others = [*OTHERS, "A server leaks", "Some server leaks", "That server leaks"] * 9
    servers = [f"The server got number {n}" for n in range(20)]

    assert named([*servers, *["The keypair"] * 4], others)[0][0] == "keypair"
    assert named(servers, others)[0] == ["server"]


def test_a_phrase_that_the_nearest_theme_says_as_often_names_neither():
    lists = ["Volume list is slow", "Volume list fails in v2", "The list of volume types"]
    attached = ["Volume attach hangs", "Detached volume attach", "Volume attach twice"]

    result = named(lists, attached, OTHERS)

    assert result[1][0] == "volume attach"
    assert result[0][0] != "volume"


def test_no_two_themes_begin_with_the_same_phrase():
    result = named(["Slow quota", "Odd quota", "A quota"], ["Bad quota", "No quota", "Quota lost"], OTHERS)

    assert result[0][:1] != result[1][:1]


def test_a_fragment_of_an_identifier_is_no_term_of_a_theme():
    documents = [["par", "3par", "volume"], ["par", "3par", "attach"], ["live", "quota"], ["port"], ["port"]]
    words = vectors.BugVectorizer(min_df=1).fit(documents)

    result = distinct_terms(words.counts_, np.array([0, 0, 0, 1, 1]), words.terms_, n=12)

    assert "3par" in result[0]
    assert "par" not in result[0]
    assert "live" in result[0]


def test_the_bug_that_stands_for_a_theme_has_its_name_in_its_title(built):
    themes_with_name = built["themes"][~built["themes"]["is_named"]]
    first = themes_with_name["label"].str.split(", ").str[0].str.lower()
    held = [name in title.lower() for name, title in zip(first, themes_with_name["example_title"], strict=True)]

    assert np.mean(held) >= 0.9


def test_the_id_of_a_theme_is_made_from_its_name():
    assert theme_id(["Hyper-V", "VHD"], ["hyper", "wmi"]) == "hyper-v"
    assert theme_id([], ["quota", "usage", "limit"]) == "quota-usage"


def placed(*pairs):
    return schema.BUG_THEMES.frame({"bug_id": [bug for bug, _ in pairs], "theme_id": [theme for _, theme in pairs]})


def test_splits_merges_births_and_deaths_are_told():
    before = placed(
        *((n, "a") for n in range(10)), *((n, "b") for n in range(10, 20)), *((n, "c") for n in range(20, 24))
    )
    now = placed(
        *((n, "b1") for n in range(10, 15)), *((n, "b2") for n in range(15, 20)),
        *((n, "a") for n in range(10)), *((n, "a") for n in range(20, 24)), *((n, "new") for n in range(30, 35)),
    )  # fmt: skip

    result = history.changes(history.overlaps(before, now), ["a", "b", "c"], ["a", "b1", "b2", "new"])

    news = {(row.theme_id, row.kind): (list(row.other_theme_ids), row.n_shared) for row in result.itertuples()}
    assert news == {
        ("a", "kept"): (["a"], 10),
        ("a", "merged"): (["a", "c"], 14),
        ("b", "split"): (["b1", "b2"], 10),
        ("b", "died"): ([], 0),
        ("new", "born"): ([], 0),
    }


def linked(bug_id, change_number):
    return schema.LINKS.frame(
        {
            "bug_id": [bug_id], "kind": ["change"], "ref": [str(change_number)], "evidence": ["footer"],
            "relation": ["closes"], "counts_as_fix": [True],
        }
    )  # fmt: skip


def fixing(bug_id, *, status="NEW"):
    """One change that fixes the bug, as tables."""
    changes = schema.CHANGES.frame({"change_number": [7], "status": [status], "is_private": [False]})
    return {"links": linked(bug_id, 7), "changes": changes}


def reviewed(change_number, *, on_current, ever=None):
    votes = {"has_human_vote_on_current": on_current, "has_human_vote_ever": on_current if ever is None else ever}
    columns = {name: pd.array([vote], "boolean") for name, vote in votes.items()}
    return schema.REVIEW_STATES.frame({"change_number": [change_number], **columns})


@pytest.mark.long
@pytest.mark.parametrize(
    ("status", "voted", "without_fix", "unreviewed"),
    [
        ("NEW", False, 0, 1),
        ("NEW", True, 0, 0),
        ("NEW", None, 0, pd.NA),
        ("MERGED", None, 0, 0),
        ("ABANDONED", None, 1, 0),
    ],
)
def test_a_theme_counts_its_fixes(bugs, built, status, voted, without_fix, unreviewed):
    theme = built["themes"].iloc[0]
    bug_id = theme["example_bug_ids"][0]
    inputs = tables(bugs, **fixing(bug_id, status=status), review_states=reviewed(7, on_current=voted))

    row = themes.build(**inputs, **GIVEN)["themes"].iloc[0]

    assert row["n_without_fix"] == row["n_open"] - 1 + without_fix
    assert row["n_unreviewed_fix"] is unreviewed or row["n_unreviewed_fix"] == unreviewed


def test_a_fix_that_was_reviewed_on_an_older_patch_set_alone_is_unreviewed_here_too(bugs, built):
    bug_id = built["themes"].iloc[0]["example_bug_ids"][0]
    inputs = tables(bugs, **fixing(bug_id), review_states=reviewed(7, on_current=False, ever=True))

    row = themes.build(**inputs, **GIVEN)["themes"].iloc[0]

    assert row["n_unreviewed_fix"] == 1


@pytest.mark.long
def test_a_bug_that_is_open_in_another_project_alone_is_not_open_here(bugs, built):
    theme = built["themes"].iloc[0]
    one = tasks(bugs)["bug_id"] == theme["example_bug_ids"][0]
    here = tasks(bugs).assign(is_open=~one, importance="Low")
    there = tasks(bugs)[one].assign(target="cinder", importance="Critical")
    both = schema.BUG_TASKS.frame(pd.concat([here, there], ignore_index=True))

    row = themes.build(**tables(bugs, bug_tasks=both), **GIVEN)["themes"].iloc[0]

    assert row["n_open"] == theme["n_open"] - 1
    assert row["n_important"] == 0


@pytest.mark.long
def test_a_fix_of_a_duplicate_belongs_to_its_master(bugs, built):
    theme = built["themes"].iloc[0]
    master, duplicate = theme["example_bug_ids"][:2]
    marked = bugs.assign(duplicate_of=bugs["duplicate_of"].mask(bugs["bug_id"] == duplicate, master))
    bare, fixed = (
        themes.build(**tables(marked, **given), **GIVEN)["themes"].iloc[0] for given in ({}, fixing(duplicate))
    )

    assert fixed["n_without_fix"] == bare["n_without_fix"] - 1


def test_a_duplicate_is_in_the_theme_but_not_open(bugs, built):
    duplicates = bugs.loc[bugs["duplicate_of"].notna() & ~bugs["is_private"], "bug_id"]
    counted = built["bug_themes"][built["bug_themes"]["theme_id"].notna()]

    assert len(duplicates)
    assert built["themes"]["n_bugs"].sum() == len(counted)
    assert built["themes"]["n_open"].sum() == len(counted) - counted["bug_id"].isin(duplicates).sum()


def test_new_bugs_are_assigned_without_fitting(bugs, world):
    quota = of_truth(world, "quota-race")
    new = bugs["bug_id"].isin(sorted(quota)[:5])
    model = themes.ThemeModel().fit(bugs[~new])
    terms = model.terms_

    result = model.predict(bugs[new])

    assert all("quota" in terms[label] for label in result)
    assert model.terms_ is terms


def test_the_model_is_an_estimator_that_can_be_cloned():
    from sklearn.base import clone

    model = themes.ThemeModel(n_themes=7, random_state=3)

    assert clone(model).get_params() == model.get_params()


def test_a_sentence_model_may_be_plugged_in(bugs):
    def encoder(documents):
        return np.array([[len(document), document.count("quota"), 1.0] for document in documents])

    model = themes.ThemeModel(encoder=encoder, n_themes=8).fit(bugs)

    assert len(model.terms_) <= 8
    assert len(model.labels_) == len(bugs)


def test_the_stream_finds_the_same_theme(bugs, world):
    model = themes.StreamingThemes(n_themes=14, batch_size=50).fit(bugs)
    quota = bugs[bugs["bug_id"].isin(of_truth(world, "quota-race"))]

    result = model.predict(quota)

    assert (result == np.bincount(result[result >= 0]).argmax()).mean() >= 0.8


def test_the_stream_is_a_clusterer_like_the_exact_path(bugs):
    model = themes.StreamingThemes(n_themes=8, batch_size=50)

    labels = model.fit_predict(bugs)

    assert labels.tolist() == model.predict(bugs).tolist()


@pytest.mark.long
def test_very_many_bugs_are_grouped_by_the_stream_into_the_same_tables(monkeypatch, bugs, built, world):
    monkeypatch.setattr(sys.modules["analysis.themes.theme_tables"], "MOST_EXACT", 100)

    streamed = build(bugs)

    assert streamed["bug_themes"]["bug_id"].tolist() == built["bug_themes"]["bug_id"].tolist()
    assert streamed["bug_themes"]["distance"].dropna().between(0, 1).all()
    assert not streamed["bug_themes"]["distance"].equals(built["bug_themes"]["distance"])
    quota = streamed["bug_themes"].loc[streamed["bug_themes"]["bug_id"].isin(of_truth(world, "quota-race")), "theme_id"]
    assert quota.value_counts(normalize=True).iloc[0] >= 0.8
    assert "quota" in streamed["themes"].set_index("theme_id").loc[quota.mode()[0], "label"]


def test_a_stream_whose_sample_is_a_part_gives_every_bug_a_theme_of_the_sample(bugs, world):
    model = themes.StreamingThemes(n_themes=8, batch_size=50, sample_size=200)

    result = model.fit(bugs).labels_

    assert len(result) == len(bugs)
    assert set(result) <= {-1, *range(8)}


class Sentences:
    """The part of sentence_transformers that the product uses."""

    def __init__(self, path, *, local_files_only):
        if path != "there" or not local_files_only:
            raise OSError(f"{path} is no model")

    def encode(self, documents, **settings):
        return [[float(len(document)), 1.0] for document in documents]


def test_a_local_sentence_model_turns_texts_into_vectors(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Sentences))

    encode = themes.local_encoder("there")

    assert encode(["ab", "abc"]).tolist() == [[2.0, 1.0], [3.0, 1.0]]


def test_a_folder_without_a_model_is_said_to_be_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Sentences))

    with pytest.raises(ConfigError, match="elsewhere"):
        themes.local_encoder("elsewhere")


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(ConfigError, match=r"\[embeddings\]"):
        themes.local_encoder("there")


def test_a_theme_is_divided_on_demand(bugs, built):
    largest = built["themes"].sort_values("n_bugs")["theme_id"].iloc[-1]

    table = themes.sub_themes(bugs, built["bug_themes"], largest, n=2)

    members = built["bug_themes"]["theme_id"] == largest
    assert table["bug_id"].tolist() == built["bug_themes"].loc[members, "bug_id"].tolist()
    assert table["sub_theme"].nunique() == 2


def messages(*rows):
    return schema.BUG_MESSAGES.frame(
        {
            "bug_id": [row[0] for row in rows],
            "message_number": [row[1] for row in rows],
            "person": [row[2] for row in rows],
            "content": [row[3] for row in rows],
        }
    )


def test_the_first_comments_by_people_are_read_where_they_are_wanted():
    result = messages(
        (1, 0, "casey", "as written"), (1, 1, "bot", "Fix proposed"), (1, 2, "casey", "a quota leak"),
        (1, 3, "robin", None), (1, 4, "robin", "on resize"), (1, 5, "casey", "never read"),
    )  # fmt: skip
    bugs = schema.BUGS.frame({"bug_id": [1, 2], "title": ["t", "u"], "description": ["d", None]})

    table = vectors.texts(bugs, themes.comments_of(result, most=2, bots={"bot"}))

    assert table["description"].str.strip().tolist() == ["d\na quota leak\non resize", ""]


@pytest.mark.parametrize(("most", "body"), [(0, "d"), (1, "d\na quota leak")])
def test_a_build_reads_as_many_comments_into_the_texts_for_themes_as_the_rules_say(most, body):
    rules = {themes.Rules: themes.Rules(messages=most), accounts.Rules: accounts.Rules()}
    context = SimpleNamespace(section=rules.__getitem__)
    bugs = schema.BUGS.frame({"bug_id": [1], "title": ["t"], "description": ["d"], "is_private": [False]})
    comments = messages((1, 0, "casey", "d"), (1, 1, "casey", "a quota leak"), (1, 2, "casey", "never read"))

    first = theme_stages.FIRST_COMMENTS.function(context, {"bug_messages": comments})
    tables = theme_stages.TEXTS.function(context, {"bugs": bugs, **first})

    assert tables["theme_texts"]["description"].tolist() == [body]
    assert tables["texts"]["description"].tolist() == ["d"]


def test_a_pasted_word_counts_half_of_one_that_a_person_wrote_and_once():
    log = "2017-01-01 10:00:00 ERROR nova.compute.manager [-] rabbit rabbit rabbit"
    bugs = schema.BUGS.frame(
        {
            "bug_id": [1, 2, 3],
            "title": ["quota", "quota", "quota"],
            "description": [f"{log}\nports leak\n{log}", log, "quota\nports leak ports"],
        }
    )

    table = vectors.texts(bugs)
    counts = vectors.BugVectorizer(min_df=1).fit(vectors.documents(table))
    first, second, third = (dict(zip(counts.terms_, row, strict=True)) for row in counts.counts_.toarray())

    assert table["description"][0].startswith("ports leak\n")
    assert table["prose_length"].tolist()[:2] == [len("ports leak"), 0]
    assert (first["quota"], first["port"], first["leak"], first["rabbit"]) == (5, 1, 1, 0.5)
    assert (second["quota"], second["port"], second["rabbit"]) == (5, 0, 0.5)
    assert (third["quota"], third["port"], third["rabbit"]) == (5, 2, 0)


@pytest.mark.parametrize("section", [{"mesages": 1}, {"messages": -1}, {"messages": "3"}, {"messages": True}])
def test_a_wrong_rule_about_themes_is_refused(section):
    with pytest.raises(ProjectFileError):
        themes.Rules.from_mapping(section)


def test_what_several_bugs_name_is_told_by_kind_and_a_private_bug_names_nothing():
    descriptions = ["OverQuota in nova/quota.py", "OverQuota raised, see nova/quota.py", "ValueError", "OverQuota"]
    bugs = schema.BUGS.frame(
        {
            "bug_id": [1, 2, 3, 4],
            "title": ["t"] * 4,
            "description": descriptions,
            "is_private": [False, False, False, True],
        }
    )

    result = themes.mentioned(bugs)

    assert result.values.tolist() == [["exception", "OverQuota", 2], ["path", "nova/quota.py", 2]]


@pytest.mark.parametrize("n", [1, 3, 7, 8, 20])
def test_among_equally_near_neighbours_the_first_come_first(n):
    scores = np.random.default_rng(0).integers(0, 3, size=(200, 8)).astype(np.float32)

    positions, best = neighbours.highest(scores, n)

    expected = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    assert (positions == expected).all()
    assert (best == np.take_along_axis(scores, expected, axis=1)).all()


def test_blocks_find_the_same_neighbours_as_one_block(monkeypatch):
    from scipy.sparse import random_array

    rows = random_array((50, 20), density=0.3, rng=np.random.default_rng(0), format="csr")
    whole = neighbours.nearest(rows, rows, 5)

    monkeypatch.setattr(neighbours, "BLOCK_CELLS", 120)
    blocks = neighbours.nearest(rows, rows, 5)

    assert (blocks[0] == whole[0]).all()
