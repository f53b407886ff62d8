"""The links of a change while it was open: nothing of its merge."""

import pytest
from served_records import change, commit, linked, rows, sha, tables

from analysis.judge import links
from analysis.tables import schema

BUG = 1500000
ADDRESS = "https://review.openstack.org/7"
PROPOSED = ("Fix proposed to nova (master)", f"Fix proposed to branch: master\nReview: {ADDRESS}")
MERGED = (
    "Fix merged to nova (master)",
    f"Reviewed:  {ADDRESS}\nCommitted: https://git.openstack.org/cgit/openstack/nova/commit/?id={sha(2)}\n\n"
    f"    Fix it\n    \n    Related-Bug: #{BUG}\n",
)


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
