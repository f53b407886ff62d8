"""Invented reviews for tests: a few events in, the Gerrit tables out."""

import pandas as pd

from analysis import fixes, review_state, schema, waiting

OWNER, CASEY, ROBIN, GATE, THIRD, BOT = 1, 2, 3, 900, 901, 902
NAMES = {
    OWNER: "owner-example",
    CASEY: "casey-example",
    ROBIN: "robin-example",
    GATE: "zuul",
    THIRD: "acme-ci",
    BOT: "bot",
}
KINDS = {GATE: "ci", THIRD: "ci", BOT: "bot"}


def at(text):
    """'2 10:00' is the second of May 2015, ten o'clock UTC."""
    return pd.Timestamp(f"2015-05-{int(text.split()[0]):02} {text.split()[1]}", tz="UTC").as_unit("us")


def reviews(*events, changes=None, number=7, **facts):
    """Gerrit's tables after some events on one change of casey's project.

    An event is ("upload", "1 10:00"[, kind]), ("vote", "1 11:00", account, label, value[, patch_set]), by default on
    the patch set of the moment, or ("say", "1 12:00", account, text). `facts` overrides columns of the change.
    """
    uploads = [event for event in events if event[0] == "upload"]
    change = {
        "change_number": number, "project": "openstack/nova", "branch": "master", "status": "NEW", "owner": OWNER,
        "created_at": at(uploads[0][1]), "updated_at": at(events[-1][1]), "patch_set_number": len(uploads),
        "current_patch_set_at": at(uploads[-1][1]), "current_sha": f"{number:040x}", "is_private": False,
        "is_wip": False, "has_labels": True, "has_messages": True,
    } | facts  # fmt: skip
    patch_set, patch_sets, votes, messages = 0, [], {}, []
    for event in events:
        what, when, *rest = event
        if what == "upload":
            patch_set += 1
            patch_sets.append((number, patch_set, at(when), OWNER, rest[0] if rest else "REWORK", None))
        elif what == "vote":
            account, label, value, on = (*rest, patch_set)[:4]
            votes[number, on, label, account] = (value, at(when))
            text = f"Patch Set {on}: {label}{value:+d}"
            messages.append((number, f"m{len(messages)}", at(when), account, on, account in (GATE, THIRD), None, text))
        else:
            account, text = rest
            messages.append((number, f"m{len(messages)}", at(when), account, patch_set, account == GATE, None, text))
    rows = [
        (*key, value, when, key[3] in (GATE, THIRD), value != 0 and key[1] == patch_set, False, "both")
        for key, (value, when) in votes.items()
    ]
    return {
        "changes": made(schema.CHANGES, pd.DataFrame([change])),
        "patch_sets": made(schema.PATCH_SETS, patch_sets),
        "votes": made(schema.VOTES, rows),
        "change_messages": made(schema.CHANGE_MESSAGES, messages),
        "change_comments": schema.CHANGE_COMMENTS.empty(),
        "accounts": made(
            schema.ACCOUNTS, [(one, name, name, KINDS.get(one, "person"), "") for one, name in NAMES.items()]
        ),
    }


def together(*several):
    """The tables of several changes as one set."""
    joined = {
        name: pd.concat([one[name] for one in several]).drop_duplicates(subset=list(schema.TABLES[name].key))
        for name in several[0]
    }
    return {name: schema.TABLES[name].ordered(frame) for name, frame in joined.items()}


def made(table, rows):
    """Rows (tuples in the table's order, or a DataFrame) as the table."""
    frame = (
        rows
        if isinstance(rows, pd.DataFrame)
        else pd.DataFrame(rows, columns=list(table.columns)[: len(rows[0])] if rows else None)
    )
    return table.ordered(table.frame(frame))


def turns_of(tables, as_of):
    """The turns of all changes, the gate being what it usually is."""
    served = {name: tables[name] for name in ("changes", "patch_sets", "change_messages", "accounts")}
    gate = review_state.gate(tables["changes"], tables["votes"], tables["accounts"], review_state.Rules())
    return waiting.build(**served, gate=gate.accounts, gated=gate.projects, as_of=as_of)


def answered(*, bugs, changes, links, commits=None):
    """What answers which bug, as the judgements of fixes want to be given it."""
    return fixes.answers(
        bugs=bugs, changes=changes, links=links, commits=schema.COMMITS.empty() if commits is None else commits
    )
