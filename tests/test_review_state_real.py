"""The review states of a real server's dump, compared with a person's reading of its messages."""

import gzip
import json

import pandas as pd
import pytest
from invented_reviews import turns_of
from served_records import read

from analysis.judge import review_state
from analysis.tables import accounts, changes, schema

# Read by hand, message by message, in releng/lftools as of 2018-09-14 15:20:01.
TRUE = {
    # The owner's own -2 of the first day ("not ready at all") was carried to all sixteen patch sets.
    5296: ("blocked", "owner", "2017-06-23 21:26:32", True, False),
    # lf-jenkins failed patch set 6, nobody has voted; a person's question was about patch set 4.
    9442: ("ci_failing", "owner", "2018-04-03 19:09:39", False, False),
    # A reviewer's -1 on patch set 10; the owner set -1 a minute later, which does not restart the turn.
    12510: ("owner_turn", "owner", "2018-09-14 15:19:01", True, True),
    # It has its +2, and stands on patch set 10 of 12510. The gate passed at last after two rechecks.
    12511: ("waits_on_parent", "parent", "2018-09-13 21:56:37", True, True),
    # A person asked about patch set 2, without a vote; lf-jenkins failed patch set 4.
    12581: ("ci_failing", "owner", "2018-09-14 00:18:04", False, False),
}


@pytest.fixture(scope="module")
def lftools(real_data):
    with gzip.open(real_data / "lftools-reviews-2018-09.json.gz") as file:
        result = changes.tables(read(json.load(file)), accounts=accounts.Rules.from_mapping({}))
    return {name: schema.TABLES[name].ordered(table) for name, table in result.items()}


AS_OF = pd.Timestamp("2018-09-14 15:20:01", tz="UTC")


@pytest.fixture(scope="module")
def states(lftools):
    names = ("changes", "patch_sets", "votes", "change_messages", "change_comments", "accounts")
    tables = {name: lftools[name] for name in names}
    return review_state.build(**tables, as_of=AS_OF, rules=review_state.Rules()).set_index("change_number")


def test_every_open_change_has_the_state_that_a_person_judged(states):
    by_name = {
        number: (
            row["state"],
            row["waiting_on"],
            str(row["since_at"])[:19],
            row["has_human_vote_ever"],
            row["has_human_vote_on_current"],
        )
        for number, row in states.iterrows()
    }

    assert by_name == TRUE


def test_the_last_turn_of_the_history_is_the_turn_of_the_state(lftools, states):
    turns = turns_of(lftools, AS_OF)

    lasting = turns[~turns["is_over"]].set_index("change_number")
    # A parent is no event of the history: there the change had its one +2 and waited on reviewers.
    table = states["waiting_on"].replace({"parent": "reviewers"})
    assert lasting["waiting_on"].to_dict() == table.to_dict()
    assert set(turns.loc[turns["is_over"], "change_number"]) >= set(lftools["changes"]["change_number"]) - set(
        table.index
    )
