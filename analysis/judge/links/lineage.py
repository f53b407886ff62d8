"""How changes and commits descend from one another: by merge, cherry-pick or revert.

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


def cherry_picks(changes_and_commits: pd.DataFrame) -> pd.DataFrame:
    """The cherry-picks: kind, ref, from_kind, origin (the ref of the source).

    The source is a commit if the message has a line "(cherry picked from commit ...)", and a change if Gerrit names it.
    """
    picks = changes_and_commits[["kind", "ref"]].assign(named_sha=changes_and_commits["cherry_picked_from"])
    by_line = _match_shas(
        picks[picks["named_sha"].notna()], changes_and_commits[changes_and_commits["kind"].eq("commit")]
    ).assign(from_kind="commit")
    served = changes_and_commits.loc[changes_and_commits["cherry_pick_of"].notna(), ["kind", "ref", "cherry_pick_of"]]
    served = served.rename(columns={"cherry_pick_of": "origin"}).assign(from_kind="change")
    return pd.concat([by_line, served], ignore_index=True)[["kind", "ref", "from_kind", "origin"]]


def reverts_with_origin(changes_and_commits: pd.DataFrame, pairs: pd.DataFrame, picks: pd.DataFrame) -> pd.DataFrame:
    """The reverts: kind, ref, origin (the ref of what was reverted, of the same kind), is_merged, is_elsewhere.

    Gerrit's `revert_of` is the strongest evidence; then the sha in "This reverts commit"; then the quoted subject,
    which means the latest earlier change or commit with it on the same branch. Messages are reworded, and in a
    rewritten history the shas differ from those in its messages. `pairs` is the table change_commits, `picks` is what
    `cherry_picks` returns.

    A revert that was picked to another branch still has the sha of the first branch. It undoes the change or commit on
    its own branch with the same Change-Id, pick line or subject. If there is none, the branch had the fix when it was
    cut: then the origin is the named one, which `is_elsewhere` and is not undone there.
    """
    quoted = records.groups(changes_and_commits["subject"].dropna(), QUOTED, holding="Revert ")["quoted"]
    if quoted.empty and changes_and_commits[["reverts", "revert_of"]].isna().all(axis=None):
        none = changes_and_commits.loc[changes_and_commits.index[:0], ["kind", "ref", "is_merged"]]
        return none.assign(origin=none["ref"], is_elsewhere=False)[REVERTS]
    reverts = changes_and_commits.assign(quoted=quoted, named_sha=changes_and_commits["reverts"])
    with_sha = reverts[reverts["named_sha"].notna()]
    parts = [
        _match_shas(with_sha[with_sha["kind"].eq(kind)], changes_and_commits[changes_and_commits["kind"].eq(kind)])
        for kind in ("change", "commit")
    ]
    named = _add_origins(
        pd.concat([_served_reverts(changes_and_commits, pairs), *parts], ignore_index=True), changes_and_commits
    )
    named = named.drop_duplicates(["kind", "ref"], ignore_index=True)
    is_local = ~named["is_elsewhere"]
    by_subject = _latest(reverts.assign(subject=reverts["quoted"]), changes_and_commits, "subject")
    on_branch = pd.concat(
        [named[is_local], _on_own_branch(named[~is_local], changes_and_commits, picks), by_subject]
    ).assign(is_elsewhere=False)
    origins = pd.concat([on_branch, named[~is_local]], ignore_index=True).drop_duplicates(
        ["kind", "ref"], ignore_index=True
    )
    return origins[REVERTS]


def reverted(reverts: pd.DataFrame) -> pd.DataFrame:
    """The changes and commits that a merged revert on their branch undid: kind, ref.

    A revert that was itself reverted undoes nothing.
    """
    effective = reverts[reverts["is_merged"] & ~reverts["is_elsewhere"]]
    chains = _chains(reverts)
    undone: set[tuple[str, str]] = set()
    # The longest chain first: the revert of a revert is handled before the revert that it undoes. Reverts are few.
    edges = zip(effective["kind"], effective["ref"], effective["origin"], strict=True)
    for kind, ref, origin in sorted(edges, key=lambda edge: (-chains[edge[:2]][1], edge)):
        if (kind, ref) not in undone:
            undone.add((kind, origin))
    return pd.DataFrame(sorted(undone), columns=["kind", "ref"]).astype({"kind": "str", "ref": "str"})


def roots(reverts: pd.DataFrame) -> pd.DataFrame:
    """For each revert the origin of its chain: kind, ref, origin, again (the revert restores the origin).

    A revert undoes its origin, a revert of a revert restores it, and so on.
    """
    rows = [(*change_or_commit, root, length % 2 == 0) for change_or_commit, (root, length) in _chains(reverts).items()]
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


def siblings(changes_and_commits: pd.DataFrame) -> pd.DataFrame:
    """Changes without a message, each with the changes and commits with its Change-Id on another branch.

    They are the only sign of a backport of which neither the message nor the commit is known.

    Returns
    -------
    DataFrame
        kind, ref, from_kind, origin (the ref on the other branch).
    """
    without_message = changes_and_commits.loc[
        changes_and_commits["message"].isna() & changes_and_commits["change_id"].notna(), ["kind", "ref", *TRIPLE]
    ]
    with_message = changes_and_commits.loc[changes_and_commits["message"].notna(), ["kind", "ref", *TRIPLE]]
    with_message = with_message.rename(columns={"kind": "from_kind", "ref": "origin", "branch": "other"})
    pairs = without_message.merge(with_message, on=["change_id", "project"], validate="many_to_many")
    return pairs.loc[pairs["branch"].ne(pairs["other"]), ["kind", "ref", "from_kind", "origin"]]


def _match_shas(rows: pd.DataFrame, origins: pd.DataFrame) -> pd.DataFrame:
    """The rows whose `named_sha` (a sha or its beginning) is that of an origin, with its ref as `origin`."""
    shas = origins.loc[origins["sha"].notna(), ["ref", "sha"]].rename(columns={"ref": "origin"})
    shas = shas.assign(short=shas["sha"].str[:SHORT])
    reverts = rows.drop(columns="sha", errors="ignore").assign(short=rows["named_sha"].str[:SHORT])
    pairs = reverts.merge(shas, on="short", validate="many_to_many")
    begins = [whole.startswith(start) for whole, start in zip(pairs["sha"], pairs["named_sha"], strict=True)]
    pairs = pairs[pd.Series(begins, index=pairs.index, dtype=bool) & pairs["ref"].ne(pairs["origin"])]
    return pairs.drop_duplicates(["kind", "ref"])


def _served_reverts(changes_and_commits: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The reverts that Gerrit knows as such, and their commits, each with its origin."""
    changes = changes_and_commits[changes_and_commits["revert_of"].notna()].rename(columns={"revert_of": "origin"})
    became = pairs.assign(change=pairs["change_number"].astype("str")).set_index("change")["sha"]
    commits = pd.DataFrame({name: schema.looked_up(changes[name], became) for name in ("ref", "origin")})
    facts = changes_and_commits[changes_and_commits["ref"].isin(commits["ref"])].drop(columns="revert_of")
    return pd.concat([changes, commits.dropna().merge(facts, on="ref", validate="one_to_one")], ignore_index=True)


def _add_origins(named: pd.DataFrame, changes_and_commits: pd.DataFrame) -> pd.DataFrame:
    """The reverts with origin_sha and origin_change_id of their origin; is_elsewhere: it is on another branch."""
    facts = changes_and_commits[["kind", "ref", "sha", "change_id", "branch"]]
    facts = facts.set_axis(["kind", "origin", "origin_sha", "origin_change_id", "origin_branch"], axis="columns")
    pairs = named.merge(facts, on=["kind", "origin"], validate="many_to_one")
    return pairs.assign(is_elsewhere=pairs["branch"].ne(pairs["origin_branch"]).fillna(False).astype(bool))


def _on_own_branch(named: pd.DataFrame, changes_and_commits: pd.DataFrame, picks: pd.DataFrame) -> pd.DataFrame:
    """The reverts whose origin has a counterpart on their branch, with that as origin: by Change-Id, then by pick."""
    by_line = picks.loc[picks["from_kind"].eq("commit"), ["kind", "ref", "origin"]]
    by_line = by_line.rename(columns={"origin": "picked_from"})
    picked = changes_and_commits[changes_and_commits["ref"].isin(by_line["ref"])].merge(
        by_line, on=["kind", "ref"], validate="one_to_one"
    )
    by_id = _latest(named.assign(change_id=named["origin_change_id"]), changes_and_commits, "change_id")
    by_pick = _latest(named.assign(picked_from=named["origin_sha"]), picked, "picked_from")
    return pd.concat([by_id, by_pick])


def _latest(reverts: pd.DataFrame, changes_and_commits: pd.DataFrame, column: str) -> pd.DataFrame:
    """The reverts with their origin: the latest earlier change or commit of their branch that is equal in `column`.

    A merged one is preferred: nothing else can be reverted.
    """
    on = ["kind", "project", "branch", column]
    reverts = reverts[reverts[column].notna()].drop(columns="origin", errors="ignore")
    candidates = changes_and_commits.loc[
        changes_and_commits[column].isin(reverts[column]), [*on, "ref", "at", "is_merged"]
    ]
    candidates = candidates.rename(columns={"ref": "origin", "at": "then", "is_merged": "has_merged"})
    pairs = reverts.merge(candidates, on=on, validate="many_to_many")
    pairs = pairs[pairs["then"] < pairs["at"]]
    pairs = pairs.sort_values(["kind", "ref", "has_merged", "then", "origin"], kind="stable")
    return pairs.drop_duplicates(["kind", "ref"], keep="last")
