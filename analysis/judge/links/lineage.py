"""The descent of changes and commits: merged as, picked from, reverted by.

A Change-Id is not unique: it repeats on every branch that a fix is picked to, and on one branch if a fix is proposed
again. So changes and commits are joined by Change-Id, project and branch together, and the nearest in time wins. A
renamed branch (stable/yoga to unmaintained/yoga) counts as the same branch.
"""

import pandas as pd

from analysis.tables import records, schema

TRIPLE = ["change_id", "project", "branch"]
QUOTED = r'^Revert "(?P<quoted>.*?)"?$'
# shas are shortened to this many digits, because a message may have only the beginning of one
SHORT = 7
REVERTS = ["kind", "ref", "origin", "is_merged", "is_elsewhere"]


def change_commits(changes: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """The table change_commits: at most one commit per change, and one change per commit.

    Where several share the triple, the same sha decides, then a merged change before an open one, then the nearest in
    time. A commit may be older than its change, which is created when it is pushed; and a change that the server calls
    open may have a commit, when the clone is newer than the changes.
    """
    served = _lines_of_branches(
        changes[[*TRIPLE, "change_number", "current_sha", "status", "submitted_at", "updated_at"]]
    )
    pairs = served.merge(
        _lines_of_branches(commits[[*TRIPLE, "sha", "committed_at"]]), on=TRIPLE, validate="many_to_many"
    )
    pairs = pairs.assign(
        is_other=~pairs["sha"].eq(pairs["current_sha"]).fillna(False).astype(bool),
        is_unmerged=pairs["status"].ne("MERGED").fillna(True).astype(bool),
        gap=(pairs["committed_at"] - pairs["submitted_at"].fillna(pairs["updated_at"])).abs(),
    )
    order = ["is_other", "is_unmerged", "gap", "change_number", "sha"]
    pairs = pairs.sort_values(order, kind="stable").drop_duplicates("sha").drop_duplicates("change_number")
    evidence = pd.Series("sha", index=pairs.index).mask(pairs["is_other"], "change_id")
    columns = {"change_number": pairs["change_number"], "sha": pairs["sha"], "evidence": evidence}
    return schema.CHANGE_COMMITS.ordered(schema.CHANGE_COMMITS.frame(columns))


def _lines_of_branches(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(branch=schema.line_of(table["branch"])).dropna(subset=TRIPLE)


def picked(deeds: pd.DataFrame) -> pd.DataFrame:
    """The cherry-picks: kind, ref, from_kind, origin (the ref of the source).

    From a commit by the "(cherry picked from commit ...)" line, from a change where Gerrit served it.
    """
    picks = deeds[["kind", "ref"]].assign(said=deeds["cherry_picked_from"])
    by_line = _match_shas(picks[picks["said"].notna()], deeds[deeds["kind"].eq("commit")]).assign(from_kind="commit")
    served = deeds.loc[deeds["cherry_pick_of"].notna(), ["kind", "ref", "cherry_pick_of"]]
    served = served.rename(columns={"cherry_pick_of": "origin"}).assign(from_kind="change")
    return pd.concat([by_line, served], ignore_index=True)[["kind", "ref", "from_kind", "origin"]]


def reverted(deeds: pd.DataFrame, pairs: pd.DataFrame, picks: pd.DataFrame) -> pd.DataFrame:
    """The reverts: kind, ref, origin (the ref of the reverted one, of the same kind), is_merged, is_elsewhere.

    Gerrit's `revert_of` is the strongest evidence; then the sha in "This reverts commit"; then the quoted subject,
    which means the latest earlier change or commit with it on the same branch. Messages are reworded, and in a
    rewritten history the shas differ from those in its messages. `pairs` is the table change_commits, `picks` is what
    `picked` returns.

    A revert that was picked to another branch still has the sha of the first branch. It undoes the change or commit on
    its own branch with the same Change-Id, pick line or subject. If there is none, the branch had the fix when it was
    cut: then the origin is the named one, which `is_elsewhere` and is not undone there.
    """
    quoted = records.groups(deeds["subject"].dropna(), QUOTED, holding="Revert ")["quoted"]
    if quoted.empty and deeds[["reverts", "revert_of"]].isna().all(axis=None):
        none = deeds.loc[deeds.index[:0], ["kind", "ref", "is_merged"]]
        return none.assign(origin=none["ref"], is_elsewhere=False)[REVERTS]
    reverts = deeds.assign(quoted=quoted, said=deeds["reverts"])
    with_sha = reverts[reverts["said"].notna()]
    parts = [
        _match_shas(with_sha[with_sha["kind"].eq(kind)], deeds[deeds["kind"].eq(kind)]) for kind in ("change", "commit")
    ]
    named = _add_origins(pd.concat([_served_reverts(deeds, pairs), *parts], ignore_index=True), deeds)
    named = named.drop_duplicates(["kind", "ref"], ignore_index=True)
    is_local = ~named["is_elsewhere"]
    by_subject = _latest(reverts.assign(subject=reverts["quoted"]), deeds, "subject")
    here = pd.concat([named[is_local], _moved(named[~is_local], deeds, picks), by_subject]).assign(is_elsewhere=False)
    origins = pd.concat([here, named[~is_local]], ignore_index=True).drop_duplicates(["kind", "ref"], ignore_index=True)
    return origins[REVERTS]


def undone(reverts: pd.DataFrame) -> pd.DataFrame:
    """The changes and commits that a merged and effective revert on their branch undid: kind, ref.

    A revert of a revert restores the first one.
    """
    acts = reverts[reverts["is_merged"] & ~reverts["is_elsewhere"]]
    chains = _chains(reverts)
    fallen: set[tuple[str, str]] = set()
    # Longest chain first, so that the revert of a revert is known before the revert itself is judged. Reverts are few.
    edges = zip(acts["kind"], acts["ref"], acts["origin"], strict=True)
    for kind, ref, origin in sorted(edges, key=lambda edge: (-chains[edge[:2]][1], edge)):
        if (kind, ref) not in fallen:
            fallen.add((kind, origin))
    return pd.DataFrame(sorted(fallen), columns=["kind", "ref"]).astype({"kind": "str", "ref": "str"})


def roots(reverts: pd.DataFrame) -> pd.DataFrame:
    """For each revert the origin of its chain, and whether the revert restores it: kind, ref, origin, again.

    A revert undoes its origin, a revert of a revert restores it, and so on.
    """
    rows = [(*deed, root, length % 2 == 0) for deed, (root, length) in _chains(reverts).items()]
    frame = pd.DataFrame(rows, columns=["kind", "ref", "origin", "again"])
    return frame.astype({"kind": "str", "ref": "str", "origin": "str", "again": "bool"})


def _chains(reverts: pd.DataFrame) -> dict[tuple[str, str], tuple[str, int]]:
    """For each revert, by kind and ref, the origin of its chain, and the number of reverts in between."""
    edges = zip(reverts["kind"], reverts["ref"], reverts["origin"], strict=True)
    of = {(kind, ref): origin for kind, ref, origin in edges}
    chains = {}
    for kind, ref in of:
        seen, origin = {ref}, of[kind, ref]
        while (kind, origin) in of and origin not in seen:
            seen.add(origin)
            origin = of[kind, origin]
        chains[kind, ref] = origin, len(seen)
    return chains


def siblings(deeds: pd.DataFrame) -> pd.DataFrame:
    """Changes without a message, and the origin with their Change-Id on another branch: kind, ref, from_kind, origin.

    This identifies a backport if neither its message nor its commit is known.
    """
    silent = deeds.loc[deeds["message"].isna() & deeds["change_id"].notna(), ["kind", "ref", *TRIPLE]]
    spoken = deeds.loc[deeds["message"].notna(), ["kind", "ref", *TRIPLE]]
    spoken = spoken.rename(columns={"kind": "from_kind", "ref": "origin", "branch": "other"})
    pairs = silent.merge(spoken, on=["change_id", "project"], validate="many_to_many")
    return pairs.loc[pairs["branch"].ne(pairs["other"]), ["kind", "ref", "from_kind", "origin"]]


def _match_shas(rows: pd.DataFrame, origins: pd.DataFrame) -> pd.DataFrame:
    """The rows whose `said` (a sha or its beginning) is that of an origin, with its ref as `origin`."""
    shas = origins.loc[origins["sha"].notna(), ["ref", "sha"]].rename(columns={"ref": "origin"})
    shas = shas.assign(short=shas["sha"].str[:SHORT])
    reverts = rows.drop(columns="sha", errors="ignore").assign(short=rows["said"].str[:SHORT])
    pairs = reverts.merge(shas, on="short", validate="many_to_many")
    begins = [whole.startswith(start) for whole, start in zip(pairs["sha"], pairs["said"], strict=True)]
    pairs = pairs[pd.Series(begins, index=pairs.index, dtype=bool) & pairs["ref"].ne(pairs["origin"])]
    return pairs.drop_duplicates(["kind", "ref"])


def _served_reverts(deeds: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The reverts that Gerrit names, and their commits, each with its origin."""
    changes = deeds[deeds["revert_of"].notna()].rename(columns={"revert_of": "origin"})
    became = pairs.assign(change=pairs["change_number"].astype("str")).set_index("change")["sha"]
    commits = pd.DataFrame({name: schema.looked_up(changes[name], became) for name in ("ref", "origin")})
    facts = deeds[deeds["ref"].isin(commits["ref"])].drop(columns="revert_of")
    return pd.concat([changes, commits.dropna().merge(facts, on="ref", validate="one_to_one")], ignore_index=True)


def _add_origins(named: pd.DataFrame, deeds: pd.DataFrame) -> pd.DataFrame:
    """The reverts with their origin's origin_sha and origin_change_id, and whether it `is_elsewhere`."""
    facts = deeds[["kind", "ref", "sha", "change_id", "branch"]]
    facts = facts.set_axis(["kind", "origin", "origin_sha", "origin_change_id", "origin_branch"], axis="columns")
    pairs = named.merge(facts, on=["kind", "origin"], validate="many_to_one")
    return pairs.assign(is_elsewhere=pairs["branch"].ne(pairs["origin_branch"]).fillna(False).astype(bool))


def _moved(named: pd.DataFrame, deeds: pd.DataFrame, picks: pd.DataFrame) -> pd.DataFrame:
    """The reverts whose origin has a counterpart on their branch, with that as origin, the stronger likeness first."""
    by_line = picks.loc[picks["from_kind"].eq("commit"), ["kind", "ref", "origin"]]
    by_line = by_line.rename(columns={"origin": "picked_from"})
    picked = deeds[deeds["ref"].isin(by_line["ref"])].merge(by_line, on=["kind", "ref"], validate="one_to_one")
    by_id = _latest(named.assign(change_id=named["origin_change_id"]), deeds, "change_id")
    by_pick = _latest(named.assign(picked_from=named["origin_sha"]), picked, "picked_from")
    return pd.concat([by_id, by_pick])


def _latest(reverts: pd.DataFrame, deeds: pd.DataFrame, like: str) -> pd.DataFrame:
    """The reverts with their origin: the latest earlier change or commit of their branch with the same `like` column.

    A merged one is preferred: nothing else can be reverted.
    """
    on = ["kind", "project", "branch", like]
    reverts = reverts[reverts[like].notna()].drop(columns="origin", errors="ignore")
    bearers = deeds.loc[deeds[like].isin(reverts[like]), [*on, "ref", "at", "is_merged"]]
    bearers = bearers.rename(columns={"ref": "origin", "at": "then", "is_merged": "has_merged"})
    pairs = reverts.merge(bearers, on=on, validate="many_to_many")
    pairs = pairs[pairs["then"] < pairs["at"]]
    pairs = pairs.sort_values(["kind", "ref", "has_merged", "then", "origin"], kind="stable")
    return pairs.drop_duplicates(["kind", "ref"], keep="last")
