"""The infra bot's comments on a bug, and the authors who are believed."""

import pytest
from served_records import change, linked, rows, sha

from analysis.judge.links.comments import events, merges, parse, proposals
from analysis.tables import schema


def comments(*served):
    return schema.BUG_MESSAGES.frame(
        {
            "bug_id": [1500000] * len(served),
            "message_number": range(len(served)),
            "person": [person for person, _, _ in served],
            "subject": [subject for _, subject, _ in served],
            "content": [content for _, _, content in served],
        }
    )


def link_rows(*served, **more):
    return sorted(set(rows(parse(comments(*served), **more), "kind", "ref", "evidence", "relation")))


@pytest.mark.parametrize(
    "address",
    [
        "https://review.openstack.org/12345",
        "https://review.openstack.org/#/c/12345/",
        "https://review.openstack.org/#/c/12345",
        "https://review.openstack.org/#/c/12345/3",
        "https://review.openstack.org/#change,12345",
        "https://review.opendev.org/12345",
        "https://review.opendev.org/c/openstack/nova/+/12345",
        "https://review.opendev.org/c/openstack/nova/+/12345/2",
        "http://127.0.0.1:8080/gerrit/c/openstack/nova/+/12345",
        "https://gerrit.example.org/r/12345",
    ],
)
def test_every_address_that_gerrit_has_had_names_its_change(address):
    comment = (
        "hudson-openstack",
        "Fix proposed to nova (master)",
        f"Fix proposed to branch: master\nReview: {address}",
    )

    assert link_rows(comment) == [("change", "12345", "infra_comment", "closes")]


@pytest.mark.parametrize(
    ("footer", "relation"), [("Partial-Bug: #1500000", "partial"), ("Closes-Bug: #1500000", "closes"), ("", "closes")]
)
def test_the_message_that_a_merged_fix_quotes_decides_the_relation(footer, relation):
    content = (
        "Reviewed:  https://review.openstack.org/12345\n"
        f"Committed: https://git.openstack.org/cgit/openstack/nova/commit/?id={sha(2)}\n\n"
        f"    Fix it\n    \n    {footer}\n"
    )

    relations = {row[3] for row in link_rows(("hudson-openstack", "Fix merged to nova (master)", content))}

    assert relations == {relation}


def links_with(message):
    review = "Fix proposed to branch: master\nReview: https://review.openstack.org/7"
    result = comments(("hudson-openstack", "Fix proposed to nova (master)", review))
    table = schema.validate(linked(bug_messages=result, served=[change(7, message=message)])["links"], schema.LINKS)
    return rows(table, "bug_id", "evidence", "relation", "counts_as_fix", "conflicts_with")


def test_a_fix_is_partial_when_its_message_says_so():
    assert links_with("Fix it\n\nPartial-Bug: #1500000\n") == [
        (1500000, "footer", "partial", True, None),
        (1500000, "infra_comment", "partial", True, None),
    ]


def test_a_comment_that_the_message_does_not_confirm_is_only_related():
    assert links_with("Fix it\n\nCloses-Bug: #1400000\n") == [
        (1400000, "footer", "closes", True, None),
        (1500000, "infra_comment", "related", False, "footer"),
    ]


def test_a_fix_whose_message_says_related_conflicts_with_the_bots_comment():
    assert links_with("Fix it\n\nRelated-Bug: #1500000\n") == [
        (1500000, "footer", "related", False, "infra_comment"),
        (1500000, "infra_comment", "closes", False, "footer"),
    ]


def test_a_merged_fix_names_its_commit_too():
    content = (
        "Reviewed:  https://review.openstack.org/12345\n"
        f"Committed: https://git.openstack.org/cgit/openstack/nova/commit/?id={sha(2)}\n"
        "Submitter: Jenkins\nBranch:    master\n\ncommit " + sha(2) + "\n    Fix it\n    Closes-Bug: #1400000\n"
    )

    assert link_rows(("hudson-openstack", "Fix merged to nova (master)", content)) == [
        ("change", "12345", "infra_comment", "closes"),
        ("commit", sha(2), "infra_comment", "closes"),
    ]


def test_a_commit_may_be_on_opendev():
    content = (
        "Reviewed:  https://review.opendev.org/c/openstack/nova/+/12345\n"
        f"Committed: https://opendev.org/openstack/nova/commit/{sha(2)}\nSubmitter: Zuul\n"
    )

    assert ("commit", sha(2), "infra_comment", "closes") in link_rows(
        ("hudson-openstack", "Fix merged to nova (master)", content)
    )


@pytest.mark.parametrize(
    ("subject", "first", "relation"),
    [
        ("Related fix proposed to nova (master)", "Related fix proposed to branch: master", "related"),
        ("Change abandoned on nova (master)", "Change abandoned by Casey Example on branch: master", "related"),
        ("Re: Quota drifts", "Fix proposed to branch: stable/kilo", "closes"),
        (None, "Related fix proposed to branch: master", "related"),
    ],
)
def test_the_bots_comment_gives_the_relation_of_the_change(subject, first, relation):
    comment = ("hudson-openstack", subject, f"{first}\nReview: https://review.openstack.org/12345")

    assert link_rows(comment) == [("change", "12345", "infra_comment", relation)]


def test_a_proposed_fix_that_was_abandoned_later_keeps_its_relation():
    review = "Review: https://review.openstack.org/12345"
    result = comments(
        ("hudson-openstack", "Fix proposed to nova (master)", f"Fix proposed to branch: master\n{review}"),
        ("hudson-openstack", "Change abandoned on nova (master)", f"Change abandoned by Casey on branch: x\n{review}"),
    )

    table = schema.validate(linked(bug_messages=result)["links"], schema.LINKS)

    assert rows(table, "bug_id", "kind", "ref", "evidence", "relation") == [
        (1500000, "change", "12345", "infra_comment", "closes")
    ]


@pytest.mark.parametrize(
    "comment",
    [
        ("casey-example", "Fix proposed to nova (master)", "Review: https://review.openstack.org/12345"),
        (None, "Fix proposed to nova (master)", "Review: https://review.openstack.org/12345"),
        ("hudson-openstack", "Re: Quota drifts", "See https://review.openstack.org/12345"),
        ("hudson-openstack", "Fix proposed to nova (master)", "Review: none"),
        ("hudson-openstack", "Fix proposed to nova (master)", None),
    ],
)
def test_comments_by_people_or_without_a_review_make_no_link(comment):
    assert link_rows(comment) == []


def test_a_project_may_have_another_bot():
    comment = ("robot-example", "Fix proposed to nova (master)", "Review: https://review.openstack.org/12345")

    assert link_rows(comment, bots=["robot-example"]) == [("change", "12345", "infra_comment", "closes")]


def test_merges_are_the_events_that_quote_a_change_id():
    address = "https://review.openstack.org/"
    quoted = f"Change-Id: I{'a' * 40}"
    served = [
        ("hudson-openstack", "Fix proposed to nova (master)", f"Fix proposed to branch: master\nReview: {address}1"),
        ("hudson-openstack", "Fix merged to nova (master)", f"Reviewed:  {address}2\nBranch: master\n    {quoted}"),
        (
            "hudson-openstack",
            "Fix merged to nova (master)",
            f"Reviewed:  {address}3\nBranch: master\n    Change-Id: I12",
        ),
        ("hudson-openstack", "Change abandoned on nova (master)", f"Review: {address}4\nReason: see {quoted}"),
        ("somebody", "Fix merged to nova (master)", f"Reviewed:  {address}5\n    {quoted}"),
    ]

    assert rows(merges(comments(*served)), "change_number", "change_id", "branch") == [(2, f"I{'a' * 40}", "master")]


def test_proposals_are_the_comments_that_are_events_of_that_kind():
    address = "Review: https://review.openstack.org/12345"
    by_bot = [
        ("Fix proposed to nova (master)", address),
        ("", f"Related fix proposed to branch: master\n{address}"),
        ("Fix proposed to nova (master)", f"Committed: https://git.example.org/commit/{sha(3)}"),
        ("Fix proposed to nova (master)", "no address"),
        ("Change abandoned on nova (master)", address),
        ("Fix merged to nova (master)", f"Reviewed:  https://review.openstack.org/12345\n{address}"),
        ("Re: fix proposed to nova (master)", address),
    ]
    messages = comments(*[("hudson-openstack", *each) for each in by_bot], ("somebody", *by_bot[0]))

    places = proposals(messages).index.tolist()

    is_proposed = events(messages)["event"].eq("proposed")
    assert places == is_proposed.index[is_proposed].tolist() == [0, 1, 2]
