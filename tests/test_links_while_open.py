"""The links of a change while it was open: nothing of its merge."""

from datetime import date

import pandas as pd
import pytest
from served_records import PROJECT, change, commit, linked, rows, sha, tables

from analysis.build import review_stages
from analysis.judge import corrections, links
from analysis.judge.corrections.file import NotAFix
from analysis.judge.forecast.features import fixes_while_open
from analysis.tables import commits, schema

BUG = 1500000
NO_CORRECTIONS = corrections.Corrections()
ADDRESS = "https://review.openstack.org/7"
PROPOSED = ("Fix proposed to nova (master)", f"Fix proposed to branch: master\nReview: {ADDRESS}")
MERGED = (
    "Fix merged to nova (master)",
    f"Reviewed:  {ADDRESS}\nCommitted: https://git.openstack.org/cgit/openstack/nova/commit/?id={sha(2)}\n\n"
    f"    Fix it\n    \n    Related-Bug: #{BUG}\n",
)

ABANDONED = ("Change abandoned on nova (master)", f"Change abandoned by Ann on branch: master\nReview: {ADDRESS}")


def bot(*served):
    return schema.BUG_MESSAGES.frame(
        {
            "bug_id": [BUG] * len(served),
            "message_number": range(len(served)),
            "person": ["hudson-openstack"] * len(served),
            "subject": [subject for subject, _ in served],
            "content": [content for _, content in served],
        }
    )


def while_open(bug_messages, **of_change):
    changes = tables(change(7, **of_change))["changes"]
    table = links.build_while_open(bug_messages=bug_messages, changes=changes)
    return rows(schema.validate(table, schema.LINKS), "ref", "evidence", "relation", "counts_as_fix")


@pytest.mark.parametrize("subject", [MERGED[0], "Re: quota", ""])
def test_a_bug_that_only_the_comment_on_the_merge_names_was_no_link(subject):
    assert while_open(bot((subject, MERGED[1]))) == []


def test_a_comment_on_the_proposal_is_read_as_before_the_merge_told_its_relation():
    assert while_open(bot(PROPOSED, MERGED)) == [("7", "infra_comment", "closes", True)]
    assert rows(linked(served=[change(7)], bug_messages=bot(PROPOSED, MERGED))["links"], "relation")[0] == ("related",)


def test_a_topic_was_a_fix_until_the_merged_message_told_otherwise():
    topic, merged = f"bug/{BUG}", commit(2, f"Fix\n\nRelated-Bug: #{BUG}\n\nChange-Id: I{'a' * 40}\n")
    both = linked(served=[change(7, topic=topic)], history=[merged])["links"]

    assert while_open(bot(), topic=topic) == [("7", "topic", "closes", True)]
    assert not both.loc[both["kind"].eq("change"), "counts_as_fix"].any()


def test_the_message_that_gerrit_serves_of_the_change_itself_is_read():
    assert while_open(bot(), message=f"Fix\n\nPartial-Bug: #{BUG}\n") == [("7", "footer", "partial", True)]


def test_a_comment_on_the_abandoned_change_was_not_there_while_it_was_open():
    assert while_open(bot(ABANDONED)) == []
    assert while_open(bot(PROPOSED, ABANDONED)) == [("7", "infra_comment", "closes", True)]


def test_a_change_that_was_reverted_later_counted_as_a_fix_while_it_was_open():
    fix = change(7, message=f"Fix\n\nCloses-Bug: #{BUG}\n", status="MERGED")
    revert = change(8, message='Revert "Fix"\n', revert_of=7, status="MERGED", change_id="I" + "b" * 40)
    served = tables(fix, revert)["changes"]

    table = links.build_while_open(bug_messages=bot(), changes=served)
    later = linked(served=[fix, revert])["links"]

    assert rows(table, "ref", "counts_as_fix") == [("7", True), ("8", False)]
    assert rows(later, "ref", "counts_as_fix") == [("7", False), ("8", False)]


def past(served, own_corrections=NO_CORRECTIONS, history=()):
    """The links of the past that the forecast and the lists of the past read, as a build and a benchmark make them."""
    at_hand = {name: schema.TABLES[name].empty() for name in review_stages.OF_HISTORY} | tables(*served)
    at_hand["commits"] = commits.tables(history, project=PROJECT)["commits"] if history else at_hand["commits"]
    kept = {name: at_hand[name] for name in review_stages.OF_HISTORY}
    as_of = pd.Timestamp("2015-06-01", tz="UTC")
    return review_stages.history(own_corrections, bots=["hudson-openstack"], as_of=as_of, **kept).links


def test_a_bug_that_only_the_merged_commit_names_is_no_link_of_the_past():
    merged = [commit(2, f"Fix\n\nCloses-Bug: #{BUG}\n\nChange-Id: I{'a' * 40}\n")]
    served = [change(7, status="MERGED")]

    assert fixes_while_open(past(served, history=merged)).empty
    assert linked(served=served, history=merged)["links"]["counts_as_fix"].all()


def test_a_link_that_a_correction_calls_wrong_is_no_fix_of_the_past():
    fix = change(7, message=f"Fix\n\nCloses-Bug: #{BUG}\n")
    wrong = corrections.Corrections(
        not_a_fix=(NotAFix(bug=BUG, change=7, by="Casey Example", on=date(2015, 5, 20), because="another bug"),)
    )

    assert rows(fixes_while_open(past([fix])), "change_number", "bug_id") == [(7, BUG)]
    assert fixes_while_open(past([fix], wrong)).empty
