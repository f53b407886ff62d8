"""The fate of each open bug's fix, and what to do about it, from Gerrit, the clone, and comments."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.judge.fixes import claims, fixed_elsewhere
from analysis.judge.fixes.fix_evidence import (
    abandoned_text,
    date_text,
    day_text,
    fate_rows,
    last_of_each_bug,
    merged_text,
    open_text,
    ref_text,
)
from analysis.judge.fixes.linked_changes import masters
from analysis.judge.fixes.remarks import decisions, doubts, questions
from analysis.judge.links import comments, mentions
from analysis.judge.privacy import is_hidden
from analysis.tables import schema
from analysis.tables.accounts import LAUNCHPAD_BOTS, LAUNCHPAD_ITSELF

MACHINES = (*LAUNCHPAD_BOTS, *LAUNCHPAD_ITSELF)


@dataclass(frozen=True, slots=True)
class Fate:
    """One possible fate of a fix: what to do about it, and its title on a page."""

    act: str
    title: str
    guess: str = ""  # the title if only people's comments report it, if different


FATES: Mapping[str, Fate] = {
    "fix_merged": Fate("close", "A fix merged, and the bug is still open"),
    "fix_in_review": Fate("review", "A fix is proposed"),
    "fix_reverted": Fate("finish", "The fix was reverted"),
    "fix_doubted": Fate("finish", "A fix merged, and somebody says that it still fails"),
    "stable_only": Fate("finish", "Fixed on stable branches only"),
    "only_partial": Fate("finish", "Only a part of the fix merged"),
    "only_related": Fate("finish", "Only related work merged"),
    "merged_elsewhere": Fate("check", "A fix merged in another project", "Somebody says that a change fixed it"),
    "proposed_unknown": Fate("look", "A comment names a change as its fix"),
    "fix_abandoned": Fate("revive", "Every fix was abandoned"),
    "assigned_without_change": Fate("ask", "Assigned, and no fix is known"),
    "never_triaged": Fate("take", "Not triaged, and no fix is known"),
    "no_change": Fate("take", "No fix is known"),
}
HALF = ("only_partial", "only_related")
# A fate after which anybody may take the bug may need something else first.
WITHOUT_CHANGE = ("assigned_without_change", "never_triaged", "no_change")


def fix_fates(
    *,
    linked_changes: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    bug_messages: pd.DataFrame,
    target: str,
    changes: pd.DataFrame | None = None,
    machines: Collection[str] = MACHINES,
) -> pd.DataFrame:
    """Every open bug of `target` with the furthest fate of its fixes, and the evidence.

    A duplicate has no row (its master has), nor does a private bug. A bug is open if its task in `target` (such as
    nova) is open, whatever its other tasks. A change that merged only on stable branches, or was reverted, is not a
    complete fix; one that merged in another project's repository may be one, which somebody has to check. If neither
    Gerrit, nor git, nor the infra bot knows of a change, the fate from people's comments is a guess (`basis`).

    Parameters
    ----------
    linked_changes, bugs, bug_tasks, bug_messages : DataFrame, schema tables of these names
    target : name of the project on Launchpad
    changes : DataFrame, schema.CHANGES
        For the status of changes that people name as a fix but that are not linked to the bug.
    machines : names on Launchpad whose comments are no person's

    Returns
    -------
    DataFrame, schema.FIX_FATES
    """
    tasks = schema.open_tasks(bug_tasks, target)
    public = bugs[~is_hidden(bugs) & bugs["duplicate_of"].isna()]
    open_bugs = public.merge(tasks.drop(columns="created_at"), on="bug_id", validate="one_to_one")
    if open_bugs.empty:
        return schema.FIX_FATES.empty()
    words = _comments_by_master(bug_messages, bugs, open_bugs)
    named = mentions.mentions(words, machines)
    linked = linked_changes[linked_changes["bug_id"].isin(open_bugs["bug_id"])]
    none_open = mentions.none_open(words, machines)
    linked = _closed_by_words(linked, none_open)
    proven, abandoned = _proven_fates(linked)
    proven += fixed_elsewhere.merged_or_released(linked, comments.releases(words, machines), bug_tasks, target)
    ends = claims.known_ends(linked_changes, changes)
    proposed, fixed, over = claims.claimed(named, linked, ends, none_open, abandoned)
    steps = [
        _found_open(proposed, named, proven),
        *proven,
        proposed,
        fixed,
        abandoned,
        over,
        *_fates_without_change(open_bugs),
    ]
    best = pd.concat(steps, ignore_index=True).drop_duplicates("bug_id")  # the first one that applies
    fates = open_bugs[["bug_id"]].merge(best, on="bug_id", how="left", validate="one_to_one")
    fates["act"] = fates["fate"].map({name: fate.act for name, fate in FATES.items()})
    fates = fixed_elsewhere.with_tries_here(fates, abandoned)
    fates = _add_mentions(fates, named)
    fates = _add_requests(fates, open_bugs, words, machines)
    fates = _add_doubts(fates, words, machines)
    own = linked[~linked["is_elsewhere"] & linked["relation"].ne("related") & linked["kind"].eq("change")]
    fates["n_proposed"] = schema.looked_up(fates["bug_id"], own.groupby("bug_id").size()).fillna(0)
    table = schema.FIX_FATES.frame({name: fates[name] for name in schema.FIX_FATES.columns})
    return schema.validate(schema.FIX_FATES.ordered(table), schema.FIX_FATES)


def unfixed_bugs(
    *, fix_fates: pd.DataFrame, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, as_of: pd.Timestamp, target: str
) -> pd.DataFrame:
    """The open bugs without an open fix and without a closing merge on the main branch, each with what it lacks.

    Returns
    -------
    DataFrame, schema.UNFIXED_BUGS
    """
    lacking = fix_fates[fix_fates["fate"].isin(schema.UNFIXED_BUGS.columns["lack"].one_of)]
    tasks = schema.open_tasks(bug_tasks, target)[["bug_id", "importance", "status", "assignee"]]
    fates = lacking.merge(tasks, on="bug_id", validate="one_to_one")
    fates = fates.merge(bugs[["bug_id", "heat", "created_at"]], on="bug_id", validate="one_to_one")
    table = schema.UNFIXED_BUGS.frame(
        {
            **{name: fates[name] for name in ("bug_id", "importance", "status", "assignee", "heat")},
            "lack": fates["fate"],
            "reason": fates["evidence"],
            "age_days": schema.days(as_of - fates["created_at"]),
        }
    )
    return schema.validate(schema.UNFIXED_BUGS.ordered(table), schema.UNFIXED_BUGS)


def _comments_by_master(bug_messages: pd.DataFrame, bugs: pd.DataFrame, open_bugs: pd.DataFrame) -> pd.DataFrame:
    """The comments on the open bugs and their public duplicates, in order, under the number of the master."""
    public = bugs.loc[~is_hidden(bugs), "bug_id"]
    rows = bug_messages[bug_messages["bug_id"].isin(public)]
    rows = rows.assign(bug_id=schema.looked_up(rows["bug_id"], masters(bugs)).fillna(rows["bug_id"]))
    rows = rows[rows["bug_id"].isin(open_bugs["bug_id"])]
    return rows.sort_values(["bug_id", "sent_at", "message_number"], kind="stable", ignore_index=True)


def _closed_by_words(changes: pd.DataFrame, none_open: pd.DataFrame) -> pd.DataFrame:
    """The fates; a change that only a comment proposes is given up if a later comment says that none is open."""
    last = none_open.groupby("bug_id").agg(sent_at=("sent_at", "max"))["sent_at"]
    noted_at = schema.looked_up(changes["bug_id"], last)
    is_over = changes["source"].eq("comment") & changes["status"].eq("NEW") & noted_at.gt(changes["created_at"])
    is_over = is_over.fillna(False).astype(bool)
    return changes.assign(
        status=changes["status"].mask(is_over, "ABANDONED"),
        at=changes["at"].mask(is_over, noted_at),
        is_noted=is_over,
    )


def _proven_fates(changes: pd.DataFrame) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """The fates that Gerrit, git or the infra bot proves, furthest first; and bugs whose every fix was abandoned."""
    changes = changes.sort_values(["bug_id", "at", "ref"], kind="stable", na_position="first")
    is_main = changes["branch"].isin(schema.MAIN_BRANCHES) | changes["branch"].isna()
    own = changes[~changes["is_elsewhere"]]
    main, stable = own[is_main.loc[own.index]], own[~is_main.loc[own.index]]
    is_merged, is_open = main["status"].eq("MERGED"), main["status"].isin(schema.OPEN_CHANGE_STATUSES)
    fixing = main[main["counts_as_fix"]]
    part = fixing[fixing["status"].eq("MERGED")]
    merged = part[part["relation"].eq("closes")]
    reverted = last_of_each_bug(main[main["is_revert"] & is_merged])
    # A merge after the revert, such as a part of the fix that was merged again, is the current state.
    last_part_at = last_of_each_bug(part).set_index("bug_id")["at"]
    reverted = reverted[~reverted["at"].lt(schema.looked_up(reverted["bug_id"], last_part_at))]
    related = main[is_merged & ~main["is_revert"]]
    closed_on_stable = stable[stable["counts_as_fix"] & stable["relation"].eq("closes") & stable["status"].eq("MERGED")]
    is_proposal = is_open & (main["counts_as_fix"] | ~main["bug_id"].isin(last_of_each_bug(related)["bug_id"]))
    abandoned = main[main["status"].eq("ABANDONED")]
    # On a stable branch only a change that Gerrit shows as open is work on the bug; a comment may be years old.
    is_shown = stable["status"].isin(schema.OPEN_CHANGE_STATUSES) & stable["source"].eq("gerrit")
    open_on_stable = stable[stable["counts_as_fix"] & is_shown]
    steps = [
        fate_rows("fix_merged", merged, merged_text),
        fate_rows("fix_in_review", main[is_proposal & main["relation"].ne("related")], open_text),
        fate_rows("fix_reverted", reverted, lambda rows: "its fix was reverted by " + ref_text(rows) + date_text(rows)),
        fate_rows(
            "stable_only", closed_on_stable, lambda rows: "closed on " + rows["branch"] + " alone, by " + ref_text(rows)
        ),
        fate_rows(
            "only_partial", part, lambda rows: "only a part of its fix merged: " + ref_text(rows) + date_text(rows)
        ),
        fate_rows(
            "only_related", related, lambda rows: "only related work merged: " + ref_text(rows) + date_text(rows)
        ),
        fate_rows("fix_in_review", main[is_proposal], lambda rows: "related, and " + open_text(rows)),
        fate_rows("fix_in_review", open_on_stable, lambda rows: open_text(rows) + " on " + rows["branch"]),
    ]
    over = fate_rows("fix_abandoned", abandoned, abandoned_text)
    return [step.assign(basis="rule") for step in steps], over.assign(basis="rule")


def _fates_without_change(open_bugs: pd.DataFrame) -> list[pd.DataFrame]:
    """The fates of bugs without any known change: assigned, new, or neither."""
    since = (" since " + open_bugs["assigned_at"].dt.strftime("%Y-%m-%d").astype("str")).fillna("")
    assignment = "assigned to " + open_bugs["assignee"].astype("str") + since
    status = open_bugs["status"].astype("str")
    tail = ", and no fix is known"
    parts = (
        ("assigned_without_change", open_bugs["assignee"].notna(), assignment + tail, open_bugs["assigned_at"]),
        (
            "never_triaged",
            status.eq("New"),
            "New since " + day_text(open_bugs["created_at"]) + tail,
            open_bugs["created_at"],
        ),
        ("no_change", status.notna(), status + tail, open_bugs["created_at"].mask(status.notna())),
    )
    return [
        pd.DataFrame(
            {
                "bug_id": open_bugs["bug_id"], "fate": fate, "evidence": text, "basis": "rule", "since_at": since,
                "change_number": pd.Series(pd.NA, index=open_bugs.index, dtype="Int64"),
            }
        )[holds.fillna(False).astype(bool)]
        for fate, holds, text, since in parts
    ]  # fmt: skip


def _found_open(proposed: pd.DataFrame, named: pd.DataFrame, proven: list[pd.DataFrame]) -> pd.DataFrame:
    """Proposals that a script listed as open after the last proven fate, if that was at most a partial fix."""
    best = pd.concat(proven, ignore_index=True).drop_duplicates("bug_id")
    half_at = best[best["fate"].isin(HALF)].set_index("bug_id")["since_at"]
    key = ["bug_id", "change_number"]
    is_found = pd.MultiIndex.from_frame(proposed[key]).isin(
        pd.MultiIndex.from_frame(named.loc[named["says"].eq("open"), key])
    )
    is_later = proposed["since_at"].gt(schema.looked_up(proposed["bug_id"], half_at)).fillna(False).astype(bool)
    return proposed[is_found & is_later]


def _add_doubts(fates: pd.DataFrame, words: pd.DataFrame, machines: Collection[str]) -> pd.DataFrame:
    """The fates; a bug with a merged fix has none again if somebody said later that it is not fixed.

    A merge in another project still has to be checked, with these comments beside it.
    """
    last_doubt = doubts(words, machines).drop_duplicates("bug_id", keep="last").set_index("bug_id")
    is_later = schema.looked_up(fates["bug_id"], last_doubt["sent_at"]).gt(fates["since_at"]).fillna(False)
    hit, has_words = fates["act"].eq("close") & is_later, fates["act"].isin(("close", "check")) & is_later
    text = schema.looked_up(fates["bug_id"], last_doubt["evidence"])
    return fates.assign(
        fate=fates["fate"].mask(hit, "fix_doubted"),
        act=fates["act"].mask(hit, FATES["fix_doubted"].act),
        evidence=fates["evidence"].mask(has_words, fates["evidence"] + "; " + text),
        basis=fates["basis"].mask(hit, "guess"),
    )


def _add_mentions(fates: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """The fates; a bug without any change gets the last review that a comment names, for whatever reason."""
    last = last_of_each_bug(named.sort_values(["bug_id", "sent_at"], kind="stable")).set_index("bug_id")
    text = "; a comment of " + day_text(last["sent_at"]) + " names change " + last["change_number"].astype("str")
    tail = schema.looked_up(fates["bug_id"], text).where(fates["fate"].isin(WITHOUT_CHANGE)).fillna("")
    return fates.assign(evidence=fates["evidence"] + tail)


def _add_requests(
    fates: pd.DataFrame, open_bugs: pd.DataFrame, words: pd.DataFrame, machines: Collection[str]
) -> pd.DataFrame:
    """The fates; a bug without any change gets the decision or the answer that it waits for."""
    is_bare = fates["fate"].isin(WITHOUT_CHANGE)
    asked_for = {"ask": questions(open_bugs, words, machines), "decide": decisions(open_bugs, words, machines)}
    for act, asked in asked_for.items():
        asked = asked[asked["bug_id"].isin(fates.loc[is_bare, "bug_id"])].set_index("bug_id")
        hit = fates["bug_id"].isin(asked.index)
        text = schema.looked_up(fates["bug_id"], asked["evidence"])
        fates = fates.assign(
            act=fates["act"].mask(hit, act),
            evidence=fates["evidence"].mask(hit, fates["evidence"] + "; " + text),
            basis=fates["basis"].mask(hit, schema.looked_up(fates["bug_id"], asked["basis"])),
        )
    return fates
