"""Areas guessed for bugs that no rule reaches, and how much the areas cover."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviews import made

from analysis import areas, schema
from analysis.areas import suggestion

TALK = {
    "quotas": "instances quota exceeded although the project used nothing, the count of cores stays wrong",
    "api": "the server answers 500 to a POST with a bad body, the schema accepts a negative number",
    "outside": "migration to another hypervisor leaves the disk behind, libvirt says the domain is gone",
}


def known(n=60):
    """Fixed bugs of two areas and of none, `n` each, and three open ones: on quotas, on nothing, and a private one."""
    rng = np.random.default_rng(1)
    titles = [" ".join(rng.permutation(TALK[about].split())[:8]) for about in TALK for _ in range(n)]
    asked = [TALK["quotas"], "it does not work", TALK["quotas"]]
    bugs = pd.DataFrame({"bug_id": range(1, 3 * n + 4), "title": titles + asked, "is_private": False})
    bugs.loc[3 * n + 2, "is_private"] = True
    fixed = pd.DataFrame({"bug_id": range(1, 3 * n + 1), "kind": "commit", "evidence": "footer"})
    links = fixed.assign(ref=fixed["bug_id"].map("{:040x}".format), counts_as_fix=True)
    about = np.repeat(list(TALK), n)
    members = pd.DataFrame(
        {"ref": fixed["bug_id"].astype("str"), "area_id": about, "rule": "linked:commit/" + links["ref"]}
    )
    members = members[about != "outside"].assign(release="liberty", kind="bug", is_suggestion=False)
    return made(schema.AREA_MEMBERS, members), made(schema.BUGS, bugs), made(schema.LINKS, links)


def test_a_bug_that_reads_like_the_fixed_ones_of_an_area_is_suggested_and_others_are_not():
    members, bugs, links = known()

    found, quality = areas.suggest(members, bugs=bugs, links=links, release="liberty")

    assert list(zip(found["ref"], found["area_id"], found["rule"], found["is_suggestion"], strict=True)) == [
        ("181", "quotas", "suggested", True)
    ]
    assert found["confidence"].between(0, 1).all()
    assert quality["area_id"].tolist() == ["api", "quotas"]
    assert (quality["precision"] >= suggestion.MIN_PRECISION).all()


def test_the_same_tables_give_the_same_suggestions():
    members, bugs, links = known()

    once, again = (areas.suggest(members, bugs=bugs, links=links, release="liberty") for _ in range(2))

    pd.testing.assert_frame_equal(once.members, again.members)
    pd.testing.assert_frame_equal(once.quality, again.quality)


def test_an_area_with_too_few_fixed_bugs_is_never_suggested():
    members, bugs, links = known(n=suggestion.ENOUGH - 1)

    found, quality = areas.suggest(members, bugs=bugs, links=links, release="liberty")

    assert found.empty and quality.empty


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_above_the_threshold_precision_holds(rows):
    chances, is_in = (np.array(column) for column in zip(*rows, strict=True))

    threshold, precision, _ = suggestion.threshold_for(chances, is_in, 0.8)

    if np.isfinite(threshold):
        assert precision >= 0.8


def test_coverage_says_what_share_is_in_an_area_and_what_the_rest_has_in_common():
    bugs = pd.DataFrame(
        {"bug_id": [1, 2, 3, 4], "tags": [["quotas"], ["libvirt"], ["libvirt"], []], "is_private": False}
    )
    tasks = pd.DataFrame({"bug_id": [1, 2, 3, 4], "target": "nova", "is_open": True})
    changes = pd.DataFrame({"change_number": [7, 8], "status": ["NEW", "NEW"], "is_private": False})
    files = pd.DataFrame({"change_number": [7, 8], "path": ["nova/quota.py", "nova/virt/libvirt/driver.py"]})
    links = pd.DataFrame(
        {"bug_id": [1, 2], "kind": "change", "ref": ["7", "8"], "evidence": "x", "counts_as_fix": True}
    )
    members = pd.DataFrame(
        [("bug", "1", "tag:quotas", False), ("change", "7", "path:nova/quota.py", False),
         ("bug", "2", "all_fixes", False), ("bug", "3", "suggested", True)],
        columns=["kind", "ref", "rule", "is_suggestion"],
    ).assign(release="liberty", area_id="quotas")  # fmt: skip

    found = areas.coverage(
        made(schema.AREA_MEMBERS, members),
        release="liberty",
        bugs=made(schema.BUGS, bugs),
        bug_tasks=made(schema.BUG_TASKS, tasks),
        changes=made(schema.CHANGES, changes),
        change_files=made(schema.CHANGE_FILES, files),
        commits=schema.COMMITS.empty(),
        commit_files=schema.COMMIT_FILES.empty(),
        change_commits=schema.CHANGE_COMMITS.empty(),
        links=made(schema.LINKS, links),
        target="nova",
    ).set_index("what")

    assert found[["n", "n_in_area", "n_suggested"]].to_dict("index") == {
        "open_bugs": {"n": 4, "n_in_area": 1, "n_suggested": 1},
        "open_fixes": {"n": 2, "n_in_area": 1, "n_suggested": 0},
        "merged_fixes": {"n": 0, "n_in_area": 0, "n_suggested": 0},
    }
    assert list(found.loc["open_bugs", "outside"]) == ["libvirt (2)", "no tag (1)"]
    assert list(found.loc["open_fixes", "outside"]) == ["nova/virt/libvirt/ (1)"]
    assert pd.isna(found.loc["merged_fixes", "share"])


def test_a_commit_is_a_merged_fix_where_its_change_was_not_fetched():
    alone, became, other = "a" * 40, "b" * 40, "c" * 40
    links = pd.DataFrame({"bug_id": [1, 2, 2], "kind": ["commit", "commit", "change"], "ref": [alone, became, "7"]})

    found = areas.coverage(
        made(
            schema.AREA_MEMBERS,
            pd.DataFrame({"kind": ["change"], "ref": ["7"], "rule": ["tag:x"], "is_suggestion": [False]}).assign(
                release="liberty", area_id="quotas"
            ),
        ),
        release="liberty",
        bugs=schema.BUGS.empty(),
        bug_tasks=schema.BUG_TASKS.empty(),
        changes=made(schema.CHANGES, pd.DataFrame({"change_number": [7], "status": ["MERGED"], "is_private": [False]})),
        change_files=schema.CHANGE_FILES.empty(),
        commits=made(schema.COMMITS, pd.DataFrame({"sha": [alone, became, other]})),
        commit_files=made(
            schema.COMMIT_FILES, pd.DataFrame({"sha": [alone, other], "path": ["nova/x.py", "nova/y.py"]})
        ),
        change_commits=made(schema.CHANGE_COMMITS, pd.DataFrame({"change_number": [7], "sha": [became]})),
        links=made(schema.LINKS, links.assign(evidence="footer", counts_as_fix=True)),
        target="nova",
    ).set_index("what")

    assert found.loc["merged_fixes", ["n", "n_in_area", "share"]].tolist() == [2, 1, 0.5]
    assert list(found.loc["merged_fixes", "outside"]) == ["nova/ (1)"]


def test_suggestions_are_right_as_often_as_they_say_on_the_real_history(real_data):
    docs = pd.read_json(real_data / "nova-bugfix-docs.jsonl.gz", lines=True).query("project == 'nova'")
    docs = docs.drop_duplicates("bug").reset_index(drop=True)
    bugs = made(
        schema.BUGS,
        pd.DataFrame(
            {"bug_id": docs["bug"], "title": docs["subject"], "description": docs["text"], "is_private": False}
        ),
    )
    is_api = docs["files"].map(lambda files: any(path.startswith("nova/api/openstack/") for path in files))
    fix = pd.DataFrame({"bug_id": docs["bug"], "kind": "commit", "ref": docs["commit"], "evidence": "footer"})
    taught = docs.index % 5 != 0
    links = made(schema.LINKS, fix[taught].assign(counts_as_fix=True))
    members = pd.DataFrame({"ref": docs["bug"].astype("str"), "rule": "linked:commit/" + docs["commit"]})[
        taught & is_api
    ]
    members = made(
        schema.AREA_MEMBERS, members.assign(release="liberty", area_id="api", kind="bug", is_suggestion=False)
    )

    found, quality = areas.suggest(members, bugs=bugs, links=links, release="liberty")

    true = set(docs.loc[is_api, "bug"].astype("str"))
    right = found["ref"].isin(true).mean()
    assert len(found) > 50
    assert right == pytest.approx(quality["precision"].iloc[0], abs=0.1)
