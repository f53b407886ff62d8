"""The infra bot's comments on a bug, and the authors who are believed."""

import pytest
from served_records import change, linked, rows, sha

from analysis.judge.links.comments import merges, parse
from analysis.tables import schema


def comments(*said):
    return schema.BUG_MESSAGES.frame(
        {
            "bug_id": [1500000] * len(said),
            "message_number": range(len(said)),
            "person": [person for person, _, _ in said],
            "subject": [subject for _, subject, _ in said],
            "content": [content for _, _, content in said],
        }
    )


def found(*said, **more):
    read = rows(parse(comments(*said), **more), "kind", "ref", "evidence", "relation")
    return sorted(set(read))


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
    said = ("hudson-openstack", "Fix proposed to nova (master)", f"Fix proposed to branch: master\nReview: {address}")

    assert found(said) == [("change", "12345", "infra_comment", "closes")]


@pytest.mark.parametrize(
    ("footer", "relation"), [("Partial-Bug: #1500000", "partial"), ("Closes-Bug: #1500000", "closes"), ("", "closes")]
)
def test_a_merged_fix_quotes_the_message_that_says_what_it_was(footer, relation):
    content = (
        "Reviewed:  https://review.openstack.org/12345\n"
        f"Committed: https://git.openstack.org/cgit/openstack/nova/commit/?id={sha(2)}\n\n"
        f"    Fix it\n    \n    {footer}\n"
    )

    found_relations = {row[3] for row in found(("hudson-openstack", "Fix merged to nova (master)", content))}

    assert found_relations == {relation}


def built(message):
    review = "Fix proposed to branch: master\nReview: https://review.openstack.org/7"
    result = comments(("hudson-openstack", "Fix proposed to nova (master)", review))
    table = schema.validate(linked(said=result, served=[change(7, message=message)])["links"], schema.LINKS)
    return rows(table, "bug_id", "evidence", "relation", "counts_as_fix", "conflicts_with")


def test_a_fix_is_partial_when_its_message_says_so():
    assert built("Fix it\n\nPartial-Bug: #1500000\n") == [
        (1500000, "footer", "partial", True, None),
        (1500000, "infra_comment", "partial", True, None),
    ]


def test_a_comment_that_the_message_no_longer_confirms_is_contradicted():
    assert built("Fix it\n\nCloses-Bug: #1400000\n") == [
        (1400000, "footer", "closes", True, None),
        (1500000, "infra_comment", "related", False, "footer"),
    ]


def test_a_fix_that_is_only_related_by_its_message_is_shown_as_a_contradiction():
    assert built("Fix it\n\nRelated-Bug: #1500000\n") == [
        (1500000, "footer", "related", False, "infra_comment"),
        (1500000, "infra_comment", "closes", False, "footer"),
    ]


def test_a_merged_fix_names_its_commit_too():
    content = (
        "Reviewed:  https://review.openstack.org/12345\n"
        f"Committed: https://git.openstack.org/cgit/openstack/nova/commit/?id={sha(2)}\n"
        "Submitter: Jenkins\nBranch:    master\n\ncommit " + sha(2) + "\n    Fix it\n    Closes-Bug: #1400000\n"
    )

    assert found(("hudson-openstack", "Fix merged to nova (master)", content)) == [
        ("change", "12345", "infra_comment", "closes"),
        ("commit", sha(2), "infra_comment", "closes"),
    ]


def test_a_commit_may_be_on_opendev():
    content = (
        "Reviewed:  https://review.opendev.org/c/openstack/nova/+/12345\n"
        f"Committed: https://opendev.org/openstack/nova/commit/{sha(2)}\nSubmitter: Zuul\n"
    )

    assert ("commit", sha(2), "infra_comment", "closes") in found(
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
def test_the_comment_says_what_the_change_is_to_the_bug(subject, first, relation):
    said = ("hudson-openstack", subject, f"{first}\nReview: https://review.openstack.org/12345")

    assert found(said) == [("change", "12345", "infra_comment", relation)]


def test_a_proposal_that_was_abandoned_later_was_a_fix():
    review = "Review: https://review.openstack.org/12345"
    result = comments(
        ("hudson-openstack", "Fix proposed to nova (master)", f"Fix proposed to branch: master\n{review}"),
        ("hudson-openstack", "Change abandoned on nova (master)", f"Change abandoned by Casey on branch: x\n{review}"),
    )

    table = schema.validate(linked(said=result)["links"], schema.LINKS)

    assert rows(table, "bug_id", "kind", "ref", "evidence", "relation") == [
        (1500000, "change", "12345", "infra_comment", "closes")
    ]


@pytest.mark.parametrize(
    "said",
    [
        ("casey-example", "Fix proposed to nova (master)", "Review: https://review.openstack.org/12345"),
        (None, "Fix proposed to nova (master)", "Review: https://review.openstack.org/12345"),
        ("hudson-openstack", "Re: Quota drifts", "See https://review.openstack.org/12345"),
        ("hudson-openstack", "Fix proposed to nova (master)", "Review: none"),
        ("hudson-openstack", "Fix proposed to nova (master)", None),
    ],
)
def test_other_comments_are_no_evidence(said):
    assert found(said) == []


def test_a_project_may_have_another_bot():
    said = ("robot-example", "Fix proposed to nova (master)", "Review: https://review.openstack.org/12345")

    assert found(said, bots=["robot-example"]) == [("change", "12345", "infra_comment", "closes")]


def test_the_merges_are_the_events_that_quote_a_change_id():
    address = "https://review.openstack.org/"
    quoted = f"Change-Id: I{'a' * 40}"
    said = [
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

    assert rows(merges(comments(*said)), "change_number", "change_id", "branch") == [(2, f"I{'a' * 40}", "master")]
