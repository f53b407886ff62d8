"""Whose turn it was, held against who acted next, on real logs: `python -m benchmarks.turns [FILE ...]`.

At each act of a person (any message that is no machine's), just before it: who was said to be next, owner or reviewers,
and who it was. Acts within five minutes of the one before are one act. Balanced accuracy is the mean of the shares
that were right of the owners' acts and of the reviewers'; a coin has .50. Where the turn was a machine's or nobody's,
nobody was named, and the act counts only into `named`, the share of acts for which somebody was.

Beside it, as a peer, on the same acts: the four-line rule of older tools (after somebody who did not vote for the
change the other party, after a failure of the tests the owner, else the reviewers). The rules of ours have nothing that
is fitted to a file; `per tenth` is the spread over ten parts of the changes.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.ingest import saved
from analysis.judge import review_state, waiting
from analysis.store.record import decode, encode
from analysis.tables import accounts, changes
from analysis.tables.votes_in_messages import parse_votes
from benchmarks.rows import Row, last_with_slope, leave, line

REAL = Path(__file__).parents[2] / "shared" / "real"
LOGS = (
    "gerrit-nova-closed-2012-04.json.gz",
    "lftools-reviews-2018-09.json.gz",
    "gerrit-cinder-merged-2015-02.json.gz",
    "gerrit-swift-merged-2015-02.json.gz",
)
ONE_ACT = pd.Timedelta(minutes=5)
PARTIES = ("owner", "reviewers")
PARTS = 10
Tables = dict[str, pd.DataFrame]


def served(path: Path) -> Tables:
    """The tables of a saved log."""
    with ExitStack() as stack:
        answer = saved.read_changes([path], project=None, stack=stack)
        records = (
            decode(encode(each), changes.ChangeInfo, key=str(each["_number"]))
            for project in answer.projects
            for each in answer.records(project)
        )
        return changes.tables(records, accounts=accounts.Rules())


def acts(tables: Tables) -> pd.DataFrame:
    """People's acts after the first on each change: change_number, at, by, and before, the position of the last act."""
    messages = tables["change_messages"]
    people = messages[~messages["is_ci"].fillna(False).astype(bool) & messages["account"].notna()]
    people = people.merge(tables["changes"][["change_number", "owner"]], on="change_number", validate="many_to_one")
    people = people.sort_values(["change_number", "sent_at"], kind="stable")
    people["by"] = np.where(people["account"].eq(people["owner"]).fillna(False), *PARTIES)
    before = people.groupby("change_number")[["sent_at", "by", "account", "patch_set_number"]].shift()
    acts = people.join(before.add_prefix("last_"))
    return acts[(acts["sent_at"] - acts["last_sent_at"]).gt(ONE_ACT)].rename(columns={"sent_at": "at"})


def named_by_turns(tables: Tables, acts: pd.DataFrame) -> pd.Series:
    """Who had the turn just before each act; NA where it was nobody's or a machine's."""
    rules = review_state.Rules()
    gate = review_state.gate(tables["changes"], tables["votes"], tables["accounts"], rules)
    as_of = max(tables["changes"]["updated_at"].max(), tables["change_messages"]["sent_at"].max())
    turns = waiting.build(
        changes=tables["changes"],
        patch_sets=tables["patch_sets"],
        change_messages=tables["change_messages"],
        accounts=tables["accounts"],
        gate=gate.accounts,
        gated=gate.early,
        as_of=as_of,
    )
    asked = acts[["change_number", "at"]].reset_index().sort_values("at")
    asked["at"] -= pd.Timedelta(seconds=1)
    turn_rows = pd.merge_asof(
        asked, turns.sort_values("began_at"), left_on="at", right_on="began_at", by="change_number"
    ).set_index("index")
    lasted = turn_rows["ended_at"].isna() | turn_rows["ended_at"].ge(turn_rows["at"])
    return turn_rows["waiting_on"].where(lasted & turn_rows["waiting_on"].isin(PARTIES)).reindex(acts.index)


def named_by_rule(tables: Tables, acts: pd.DataFrame) -> pd.Series:
    """The peer: the other party of who spoke last without voting for the change; after failed tests the owner."""
    votes = parse_votes(tables["change_messages"], tables["accounts"])
    reviews = votes[votes["label"].eq("Code-Review")].rename(columns={"cast_at": "last_sent_at"})
    reviews = reviews.rename(columns={"account": "last_account"})
    key = ["change_number", "last_account", "last_sent_at"]
    value = acts[key].merge(reviews[[*key, "value"]].drop_duplicates(key), "left", key, validate="many_to_one")["value"]
    liked = value.gt(0).fillna(False).set_axis(acts.index)
    tests = votes[votes["is_ci"].fillna(False) & votes["label"].eq("Verified")].sort_values("cast_at")
    uploads = tables["patch_sets"][["change_number", "created_at"]].rename(columns={"created_at": "cast_at"})
    news = pd.concat([tests[["change_number", "cast_at", "value"]], uploads.dropna().assign(value=0)])
    asked = acts[["change_number", "at"]].reset_index().sort_values("at")
    asked["at"] -= pd.Timedelta(seconds=1)
    news = news.astype({"value": "Int64"}).sort_values("cast_at")
    last = pd.merge_asof(asked, news, left_on="at", right_on="cast_at", by="change_number").set_index("index")
    failed = last["value"].lt(0).fillna(False).reindex(acts.index)
    return pd.Series("reviewers", index=acts.index).mask((acts["last_by"].eq("reviewers") & ~liked) | failed, "owner")


def balanced(named: pd.Series, by: pd.Series) -> float:
    """The mean of both parties' shares of acts, among those that were named, that were named rightly."""
    has_name = named.notna()
    right = named[has_name].eq(by[has_name]).groupby(by[has_name]).mean()
    return float(right.reindex(PARTIES).mean())


def measured(path: Path) -> Iterator[Row]:
    """A row for ours and one for the peer."""
    begun = time.process_time()
    tables = served(path)
    act_rows = acts(tables)
    part = act_rows["change_number"] % PARTS
    for name, method in (("turns", named_by_turns), ("four lines", named_by_rule)):
        named = method(tables, act_rows)
        parts = [balanced(named[part.eq(one)], act_rows.loc[part.eq(one), "by"]) for one in range(PARTS)]
        text = (
            f"balanced {balanced(named, act_rows['by']):.3f}, per tenth {np.nanmin(parts):.2f}-{np.nanmax(parts):.2f}"
        )
        yield {
            "what": f"{path.name.split('-reviews')[0].removesuffix('.json.gz')}: {name}"[:40],
            "n": len(act_rows),
            "seconds": time.process_time() - begun,
            "beside": f"{text}, named {named.notna().mean():.2f}",
        }


def main() -> None:
    """Measure each log, print a row each, and leave them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="*", type=Path, metavar="FILE", help="saved answers of Gerrit with messages")
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--small", action="store_true", help="the shortest log alone")
    arguments = parser.parse_args()
    logs = arguments.logs or [REAL / name for name in (LOGS[1:2] if arguments.small else LOGS)]
    if not all(path.exists() for path in logs):
        print(f"left out: no real data in {REAL}")
        return
    rows = [row for path in logs for row in measured(path)]
    print("\n".join(line("turns", row) for row in last_with_slope(rows)))
    leave(arguments.json, rows)


if __name__ == "__main__":
    main()
