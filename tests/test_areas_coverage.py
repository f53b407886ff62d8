"""The share of the work in the areas, and the work outside."""

import pandas as pd
from invented_reviews import made

from analysis.judge import areas
from analysis.tables import schema


def test_coverage_gives_the_share_in_areas_and_what_the_rest_has_in_common():
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
        [("bug", "1", "tag:quotas"), ("change", "7", "path:nova/quota.py"),
         ("bug", "2", "all_fixes")],
        columns=["kind", "ref", "rule"],
    ).assign(release="liberty", area_id="quotas")  # fmt: skip

    table = areas.coverage(
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

    assert table[["n", "n_in_area"]].to_dict("index") == {
        "open_bugs": {"n": 4, "n_in_area": 1},
        "open_fixes": {"n": 2, "n_in_area": 1},
        "merged_fixes": {"n": 0, "n_in_area": 0},
    }
    assert list(table.loc["open_bugs", "outside"]) == ["libvirt (2)", "no tag (1)"]
    assert list(table.loc["open_fixes", "outside"]) == ["nova/virt/libvirt/ (1)"]
    assert pd.isna(table.loc["merged_fixes", "share"])


def test_a_commit_whose_change_was_not_fetched_counts_as_a_merged_fix():
    alone, became, other = "a" * 40, "b" * 40, "c" * 40
    links = pd.DataFrame({"bug_id": [1, 2, 2], "kind": ["commit", "commit", "change"], "ref": [alone, became, "7"]})

    table = areas.coverage(
        made(
            schema.AREA_MEMBERS,
            pd.DataFrame({"kind": ["change"], "ref": ["7"], "rule": ["tag:x"]}).assign(
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

    assert table.loc["merged_fixes", ["n", "n_in_area", "share"]].tolist() == [2, 1, 0.5]
    assert list(table.loc["merged_fixes", "outside"]) == ["nova/ (1)"]
