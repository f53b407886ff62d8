"""News, limits, earlier figures, and missing backports."""

import math
import xml.etree.ElementTree as ET

import invented_tables
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import ProjectFileError
from analysis.report import figures, measures
from analysis.tables import schema

AS_OF = pd.Timestamp(invented_tables.AS_OF)


@pytest.fixture
def tables():
    return invented_tables.tables()


def some(tables, *names):
    return {name: tables[name] for name in names}


def open_fixes(tables):
    inputs = some(tables, "queue", "changes", "review_states", "links", "bugs", "bug_tasks")
    return measures.open_fixes(**inputs, launchpad_project="nova", as_of=AS_OF)


def news(tables, previous):
    table = measures.since(open_fixes(tables), previous, **some(tables, "changes", "links", "bugs"))
    return dict(zip(table["change_number"], table["event"], strict=True))


def test_a_report_compared_with_itself_has_no_news(tables):
    assert news(tables, tables["queue"]) == {}


def test_a_new_open_fix_is_news(tables):
    before = tables["queue"].query("change_number != 101")

    assert news(tables, before) == {101: "entered"}


@pytest.mark.parametrize(
    ("change", "event"), [(109, "left: abandoned"), (110, "left: merged"), (108, "left: no open fix any more")]
)
def test_a_fix_that_left_the_list_has_the_reason(tables, change, event):
    gone = tables["queue"].iloc[[0]].assign(change_number=change)
    before = pd.concat([tables["queue"], gone], ignore_index=True)

    assert news(tables, before) == {change: event}


def told_with_time(tables, previous, *, previous_as_of, limits=None, review_label="Code-Review"):
    return measures.with_time(
        measures.since(open_fixes(tables), previous, **some(tables, "changes", "links", "bugs")),
        open_fixes(tables),
        **some(tables, "votes", "accounts", "changes"),
        limits=measures.Limits(limits or {}),
        review_label=review_label,
        previous_as_of=previous_as_of,
        as_of=AS_OF,
    )


def test_a_fix_that_went_over_its_limit_between_two_reports_is_news(tables):
    week_ago = (AS_OF - pd.Timedelta(days=7)).isoformat()  # 101 waits for 41 days, 102 for 9.5

    table = told_with_time(tables, tables["queue"], previous_as_of=week_ago, limits={"High": 7})

    over = table[table["event"] == "over its limit now"]
    assert over["change_number"].tolist() == [102]
    assert over["detail"].tolist() == ["importance High: 7 days"]


def test_a_new_vote_is_news_with_its_value(tables):
    week_ago = (AS_OF - pd.Timedelta(days=7)).isoformat()  # 102 got −1 nine days ago and +1 two days ago

    result = told_with_time(history(tables), tables["queue"], previous_as_of=week_ago)

    assert result[["change_number", "event", "detail"]].values.tolist() == [[102, "voted on", "+1"]]


def test_without_an_earlier_report_nothing_is_news(tables):
    assert told_with_time(tables, tables["queue"], previous_as_of="", limits={"High": 0}).empty


def test_an_area_in_which_fixes_only_aged_says_so(tables):
    week_ago = (AS_OF - pd.Timedelta(days=7)).isoformat()
    aged = told_with_time(tables, tables["queue"], previous_as_of=week_ago, limits={"High": 7})
    glance = measures.areas_summary(open_fixes(tables), tables["areas"], release="liberty")

    table = measures.with_news(glance, aged, previous_as_of=week_ago).set_index("area_id")["since_last"]

    assert table["quotas"] == "1 over limit" and table["cells"] == "no change"


def test_news_of_a_fix_in_two_areas_is_listed_once_with_both(tables):
    queue = tables["queue"]
    also = queue[queue["change_number"] == 101].assign(area_id="cells")
    both = tables | {"queue": schema.QUEUE.ordered(pd.concat([queue, also], ignore_index=True))}
    result = measures.since(open_fixes(both), queue.head(0), **some(tables, "changes", "links", "bugs"))

    once = measures.each_event_once(result, tables["areas"], release="liberty")

    assert len(result) == len(once) + 1
    assert once["change_number"].tolist() == sorted(once["change_number"])
    table = once.set_index("change_number").loc[101]
    assert table["areas"] == ["Cells V2", "Simplify quotas"]
    assert table["areas_page"] == ["02_area-cells.html", "02_area-quotas.html"]
    text = compared(with_addresses(once), tables, tables["bug_tasks"])
    assert text.startswith(f"# Open fixes of nova from 2015-06-01 to 2015-06-30: {len(once)} events\n\n- entered")
    assert text.count("[101]") == 1 and "Count quota usage once (Cells V2, Simplify quotas)\n" in text


def test_two_reports_between_which_nothing_happened_say_so(tables):
    nothing = measures.since(open_fixes(tables), tables["queue"], **some(tables, "changes", "links", "bugs"))

    once = with_addresses(measures.each_event_once(nothing, tables["areas"], release="liberty"))

    assert compared(once, tables, tables["bug_tasks"]) == (
        "# Open fixes of nova from 2015-06-01 to 2015-06-30: 0 events\n\nNothing happened to any.\n\n"
        "# Bugs of nova from 2015-06-01 to 2015-06-30\n\n"
        "No bug came, was closed, or has another status or importance since the report of 2015-06-01.\n"
    )


def bugs_since(tables, previous, *, previous_as_of="2015-06-01T00:00:00Z"):
    inputs = some(tables, "bug_tasks", "bugs", "area_members", "areas")
    return measures.bugs_since(
        previous=previous, **inputs, launchpad_project="nova", release="liberty", previous_as_of=previous_as_of
    )


def compared(once, tables, previous):
    then = "2015-06-01T00:00:00Z"
    of_bugs = with_addresses(bugs_since(tables, previous))
    why = measures.why_no_bug_news(tables["bug_tasks"], previous, previous_as_of=then)
    return figures.comparison(once, of_bugs, project="nova", then=then, now="2015-06-30", no_bug_news=why).text


def earlier(tables, **changed):
    """Earlier tasks: `status={7: "New"}`; tasks in targets other than nova do not change."""
    tasks = tables["bug_tasks"].copy()
    for column, values in changed.items():
        for bug_id, value in values.items():
            tasks.loc[(tasks["bug_id"] == bug_id) & (tasks["target"] == "nova"), column] = value
    return tasks.assign(is_open=tasks["status"].isin(schema.OPEN_STATUSES))


def test_a_changed_status_or_importance_is_news_with_both_values(tables):
    then = earlier(tables, status={2: "New", 8: "In Progress", 5: "Invalid"}, importance={2: "Undecided"})

    table = bugs_since(tables, then)

    assert table[["event", "bug_id", "detail"]].to_numpy().tolist() == [
        ["closed", 8, "In Progress → Fix Released"],
        ["open again", 5, "Invalid → Triaged"],
        ["another importance", 2, "Undecided → Medium"],
        ["another status", 2, "New → Confirmed"],
    ]
    assert table["areas"].tolist() == [[], ["Cells V2"], ["Scheduler"], ["Scheduler"]]


def test_a_task_in_another_series_or_project_changes_nothing(tables):
    then = tables["bug_tasks"].copy()
    then.loc[then["target"] == "nova/kilo", ["status", "importance"]] = ["New", "Low"]

    assert bugs_since(tables, then).empty


def test_a_new_bug_is_distinguished_from_one_that_was_moved(tables):
    then = tables["bug_tasks"].query("bug_id not in (5, 7)")  # 5 is 400 days old, 7 was reported 15 days ago
    now = tables | {"bug_tasks": tables["bug_tasks"].query("bug_id != 2")}

    result = bugs_since(now, then)

    assert result[["event", "bug_id", "status"]].to_numpy().tolist() == [
        ["reported", 7, "New"],
        ["came into the project", 5, "Triaged"],
        ["left the project", 2, "Confirmed"],
    ]


def test_private_bugs_and_duplicates_are_never_news(tables):
    then = earlier(tables, status={4: "New", 6: "Invalid"}, importance={4: "Low", 6: "High"})

    assert bugs_since(tables, then).empty
    assert bugs_since(tables, then.query("bug_id not in (4, 6)")).empty
    assert bugs_since(tables | {"bug_tasks": then.query("bug_id not in (4, 6)")}, then).empty


def test_news_of_bugs_is_unknown_if_one_of_two_reports_had_no_bugs(tables):
    nothing = schema.BUG_TASKS.empty()

    assert bugs_since(tables, nothing).empty and bugs_since(tables | {"bug_tasks": nothing}, tables["bug_tasks"]).empty
    assert bugs_since(tables, earlier(tables, status={2: "New"}), previous_as_of="").empty
    for now, then, sentence in [
        (tables["bug_tasks"], nothing, "The report of 2015-06-01 kept no bug, so it is unknown"),
        (nothing, tables["bug_tasks"], "No bug was fetched from Launchpad, so it is unknown"),
    ]:
        assert measures.why_no_bug_news(now, then, previous_as_of="2015-06-01T00:00:00Z").startswith(sentence)


def test_the_comparison_of_two_reports_lists_bugs_and_escapes_their_titles(tables):
    then = earlier(tables, status={3: "New", 2: "New"})
    once = with_addresses(bugs_since(tables, then)).head(0)

    text = compared(once, tables, then)

    assert "# Bugs of nova from 2015-06-01 to 2015-06-30: 2 events\n" in text
    assert "- another status (New → Confirmed): [2](https://bugs.test/bugs/2) Scheduler picks a full host" in text
    assert "importance Medium (Scheduler)\n" in text
    assert "<script>" not in text and "\\<script\\>" in text


def test_a_private_change_that_left_the_list_is_no_news(tables):
    before = tables["queue"]
    after = tables | {"queue": before[~before["change_number"].isin([104, 105])]}

    assert news(after, before) == {}


def test_a_first_review_and_a_return_to_the_reviewers_are_news(tables):
    before = tables["queue"].copy()
    before.loc[before["change_number"] == 102, "is_unreviewed"] = True
    before.loc[before["change_number"] == 101, "waiting_on"] = "owner"

    assert news(tables, before) == {102: "reviewed", 101: "waits for review again"}


def test_news_are_counted_by_area(tables):
    before = tables["queue"].query("change_number != 101")
    result = measures.since(open_fixes(tables), before, **some(tables, "changes", "links", "bugs"))
    glance = measures.areas_summary(open_fixes(tables), tables["areas"], release="liberty")

    table = measures.with_news(glance, result, previous_as_of="2015-06-23").set_index("area_id")["since_last"]

    assert table["quotas"] == "+1 \u22120" and table["cells"] == "no change"
    assert measures.with_news(glance, result, previous_as_of="")["since_last"].isna().all()


LIMITS = {"stable_days": 14, "importance_days": {"High": 7, "Low": 100}}


def test_the_shorter_limit_counts(tables):
    table = measures.breaches(open_fixes(tables), measures.Limits.from_mapping(LIMITS)).set_index("change_number")

    assert table["over_days"].to_dict() == {101: 34.0, 102: 2.5, 103: 2.0}
    assert table.loc[103, "limit"] == "branch stable/kilo"


def test_an_unknown_wait_or_an_owners_turn_is_no_breach(tables):
    strict = measures.Limits.from_mapping({"importance_days": dict.fromkeys(schema.IMPORTANCES, 0)})

    table = measures.breaches(open_fixes(tables), strict)

    assert not set(table["change_number"]) & {106, 107}


@pytest.mark.parametrize(
    "section",
    [
        {"stable": 3},
        {"importance_days": {"Urgent": 1}},
        {"stable_days": "14"},
        {"stable_days": True},
        {"stable_days": math.inf},
        {"stable_days": math.nan},
        {"importance_days": 5},
        {"importance_days": {"High": 10**400}},
    ],
)
def test_wrong_limits_are_refused(section):
    with pytest.raises(ProjectFileError):
        measures.Limits.from_mapping(section)


def history(tables):
    votes = schema.VOTES.frame(
        {"change_number": [102, 102], "patch_set_number": [1, 2], "label": ["Code-Review"] * 2, "account": [7, 7],
         "value": [-1, 1], "is_ci": [False] * 2,
         "cast_at": [invented_tables.days_before(9), invented_tables.days_before(2)]}
    )  # fmt: skip
    uploads = schema.PATCH_SETS.frame(
        {"change_number": [102, 102], "patch_set_number": [1, 2],
         "created_at": [invented_tables.days_before(10), invented_tables.days_before(8)]}
    )  # fmt: skip
    people = schema.ACCOUNTS.frame(
        {"account": [7, 42], "kind": ["person", "person"], "name": ["Avery Example", "Casey"]}
    )
    return tables | {"votes": votes, "patch_sets": uploads, "accounts": people}


def backlog(tables, review_label="Code-Review", approval_label="Workflow"):
    names = ("changes", "links", "bugs", "patch_sets", "votes", "change_messages", "accounts")
    labels = {"review_label": review_label, "approval_label": approval_label}
    result = measures.backlog(**some(tables, *names), **labels, as_of=AS_OF, weeks=1)
    return result[["n_open_fixes", "n_unreviewed"]].values.tolist()


def test_past_weeks_count_only_events_up_to_their_end(tables):
    frames = history(tables)
    frames["changes"] = frames["changes"].query("change_number == 102")

    # A week ago patch set 2 was there, and the vote on patch set 1 no longer counted; now patch set 2 has its own.
    assert backlog(frames) == [[1, 1], [1, 0]]


def test_only_the_last_week_is_known_if_only_open_changes_were_served(tables):
    names = ("changes", "links", "bugs", "patch_sets", "votes", "change_messages", "accounts")
    labels = {"review_label": "Code-Review", "approval_label": "Workflow"}
    of_areas = some(tables, "area_members", "changes", "links", "bugs", "change_messages")

    weekly = measures.backlog(**some(tables, *names), **labels, as_of=AS_OF, weeks=2, has_past=False)
    trends = measures.trends(tables["areas"], release="liberty", **of_areas, as_of=AS_OF, has_past=False)

    assert weekly["n_open_fixes"].tolist() == [pd.NA, pd.NA, 5]
    assert trends["trend"].isna().all()


def test_no_week_is_known_if_no_change_was_fetched(tables):
    without_changes = history(tables) | {"changes": schema.CHANGES.empty()}

    assert backlog(without_changes) == [[pd.NA, pd.NA], [pd.NA, pd.NA]]


def test_a_merged_fix_was_open_before_it_was_merged(tables):
    frames = history(tables)
    frames["changes"] = frames["changes"].query("change_number == 110")

    assert [row[0] for row in backlog(frames)] == [1, 0]


@pytest.mark.parametrize("text", ["Abandoned", "Patch Set 1: Abandoned\n\nno time"])
def test_a_fix_was_open_until_it_was_abandoned_whatever_came_later(tables, text):
    frames = history(tables)
    frames["changes"] = frames["changes"].query("change_number == 109").assign(updated_at=AS_OF)
    frames["change_messages"] = schema.CHANGE_MESSAGES.frame(
        {"change_number": [109], "message_id": ["m"], "sent_at": [invented_tables.days_before(8)], "text": [text]}
    )

    assert [row[0] for row in backlog(frames)] == [0, 0]


def test_the_trend_of_an_area_ends_with_the_fixes_that_are_open_now(tables):
    inputs = some(tables, "area_members", "changes", "links", "bugs", "change_messages")

    result = measures.trends(tables["areas"], release="liberty", **inputs, as_of=AS_OF, weeks=4)

    glance = measures.areas_summary(open_fixes(tables), tables["areas"], release="liberty")
    both = measures.with_trend(glance, result)
    assert [trend[-1] for trend in both["trend"]] == both["n_open_fixes"].tolist()
    assert {len(trend) for trend in both["trend"]} == {5}


def test_one_fix_with_unknown_votes_makes_the_number_of_unreviewed_unknown(tables):
    frames = history(tables)
    frames["changes"] = frames["changes"].query("change_number == 107")

    assert backlog(frames)[-1][1] is pd.NA


def test_a_vote_without_a_date_counts_at_the_end_and_leaves_earlier_weeks_unknown(tables):
    frames = history(tables)
    frames["changes"] = frames["changes"].query("change_number == 102")
    frames["votes"] = frames["votes"].assign(cast_at=schema.VOTES.frame({"cast_at": [None, None]})["cast_at"])

    assert backlog(frames) == [[1, pd.NA], [1, 0]]


def test_a_vote_without_a_date_makes_unknown_only_what_no_other_vote_shows(tables):
    frames = history(tables)
    frames["changes"] = frames["changes"].query("change_number == 102")
    dated = frames["votes"].assign(patch_set_number=2, cast_at=frames["votes"]["cast_at"].min())
    undated = frames["votes"].assign(cast_at=schema.VOTES.frame({"cast_at": [None, None]})["cast_at"])
    frames["votes"] = pd.concat([dated, undated], ignore_index=True)

    assert backlog(frames) == [[1, 0], [1, 0]]


def review_times(tables, review_label="Code-Review", approval_label="Workflow"):
    names = ("changes", "links", "bugs", "votes", "change_messages", "accounts")
    labels = {"review_label": review_label, "approval_label": approval_label}
    table = measures.review_times(**some(history(tables), *names), **labels, as_of=AS_OF)
    return table.set_index("change_number")


def test_only_votes_on_the_label_of_the_project_are_reviews(tables):
    frames = history(tables)
    frames["changes"] = frames["changes"].query("change_number == 102")
    week_ago = (AS_OF - pd.Timedelta(days=7)).isoformat()

    voted = told_with_time(history(tables), tables["queue"], previous_as_of=week_ago, review_label="Other-Review")

    assert voted.empty
    assert backlog(frames, "Other-Review") == [[1, 1], [1, 1]]
    assert not review_times(tables, "Other-Review").loc[102, "is_reviewed"]


def test_a_vote_on_the_approval_label_is_a_review_as_in_review_states(tables):
    frames = history(tables)
    frames["changes"] = frames["changes"].query("change_number == 102")

    assert backlog(frames, "Other-Review", "Code-Review") == [[1, 1], [1, 0]]
    assert review_times(tables, "Other-Review", "Code-Review").loc[102, "is_reviewed"]


def test_a_change_that_still_waits_counts_with_its_wait_so_far(tables):
    times = review_times(tables)

    assert times.loc[102, ["first_vote_days", "is_reviewed"]].tolist() == [1.5, True]
    assert times.loc[101, ["first_vote_days", "is_reviewed"]].tolist() == [42.0, False]
    assert times.loc[107, "first_vote_days"] is pd.NA


def with_messages(tables, *texts, account=7, change=102):
    """The history with messages on a change, each (days before, text)."""
    rows = [(change, f"m{n}", invented_tables.days_before(days), account, text, False, n)
            for n, (days, text) in enumerate(texts)]  # fmt: skip
    columns = ["change_number", "message_id", "sent_at", "account", "text", "is_ci", "position"]
    result = schema.CHANGE_MESSAGES.frame(pd.DataFrame(rows, columns=columns))
    return tables | {"change_messages": result}


@pytest.mark.parametrize("second", ["Patch Set 1: Code-Review-1", "Patch Set 1: -Code-Review"])
def test_the_first_vote_counts_even_if_it_was_replaced_or_removed(tables, second):
    result = with_messages(tables, (10, "Patch Set 1: Code-Review+1"), (9, second))

    assert review_times(result).loc[102, ["first_vote_days", "is_reviewed"]].tolist() == [0.5, True]


def test_a_removal_and_the_owners_own_vote_are_no_first_review(tables):
    back = with_messages(tables, (9, "Patch Set 1: -Code-Review"), change=101)
    own = with_messages(tables, (9, "Patch Set 1: Code-Review+1"), change=101, account=42)

    assert not review_times(back).loc[101, "is_reviewed"]
    assert not review_times(own).loc[101, "is_reviewed"]


def test_an_abandoned_change_waited_until_then_or_until_its_last_event(tables):
    late = tables | {"changes": tables["changes"].assign(updated_at=AS_OF)}
    result = with_messages(late, (8, "Patch Set 1: Abandoned"), (1, "Patch Set 1:\n\nWhy?"), change=109)

    until_end, until_last = (review_times(each).loc[109, "merge_days"] for each in (result, late))

    assert until_last - until_end == pytest.approx(8.0)


def test_the_share_that_still_waits_is_unknown_beyond_the_longest_observation():
    times = pd.DataFrame(
        {"is_fix": pd.array([True, True], "boolean"), "days": pd.array([2.0, 10.0], "Float64"),
         "happened": pd.array([True, False], "boolean")}
    )  # fmt: skip

    table = measures.still_waiting(times, days="days", happened="happened").set_index("after_days")

    assert table["fixes"].loc[[1, 3, 7]].tolist() == [1.0, 0.5, 0.5]
    assert table.loc[14, "fixes"] is pd.NA and table["others"].isna().all()


def test_only_a_change_whose_commit_is_in_the_clone_is_merged_by_it(tables):
    held = schema.CHANGE_COMMITS.frame({"change_number": [101], "sha": ["a" * 40], "evidence": ["sha"]})
    commits = pd.DataFrame({"sha": ["a" * 40], "committed_at": [AS_OF - pd.Timedelta(days=3)]})

    before = tables["changes"].set_index("change_number")
    after = measures.with_merges_of_a_clone(tables["changes"], held, commits).set_index("change_number")

    assert before.loc[101, "status"] == "NEW" and after.loc[101, "status"] == "MERGED"
    assert after.loc[101, "submitted_at"] == AS_OF - pd.Timedelta(days=3)
    assert after.drop(index=101)["status"].equals(before.drop(index=101)["status"])


def the_backports(tables, rows):
    frame = schema.BACKPORTS.frame(
        {
            "bug_id": [row[0] for row in rows],
            "branch": [row[1] for row in rows],
            "state": [row[2] for row in rows],
            "change_number": [row[3] for row in rows],
            "fixed_on_master_at": [invented_tables.days_before(9) for _ in rows],
            "is_wanted": [row[4] if len(row) > 4 else row[0] == 2 for row in rows],
        }
    )
    inputs = some(tables, "changes", "links", "bugs", "bug_tasks")
    return measures.backports(frame, **inputs, launchpad_project="nova")


def test_backports_are_shown_as_a_matrix_of_bugs_and_branches(tables):
    rows = [
        (2, "stable/2015.1", "waiting", 106),
        (2, "stable/kilo", "missing", None),
        (1, "stable/kilo", "merged", 101),
    ]

    table = the_backports(tables, rows)

    assert table.columns[-2:].tolist() == ["stable/kilo", "stable/2015.1"]
    assert table["bug_id"].tolist() == [2, 1] and table["is_wanted"].tolist() == [True, False]
    assert table["stable/kilo"].tolist() == ["missing", "merged 101"]
    assert table["stable/2015.1"].tolist() == ["waiting 106", pd.NA]


def test_requested_backports_that_a_branch_lacks_come_first(tables):
    owed = [(1, "stable/kilo", "missing", None), (2, "stable/kilo", "missing", None)]  # 1 is High, 2 Medium
    done = [(1, "stable/kilo", "missing", None), (2, "stable/kilo", "merged", 106)]

    older = [done[0], (2, "stable/juno", "merged", 106), (2, "stable/kilo", "missing", None, False)]  # kilo comes first

    assert the_backports(tables, owed)["bug_id"].tolist() == [2, 1]
    assert the_backports(tables, older)["bug_id"].tolist() == [2, 1]
    assert the_backports(tables, done)["bug_id"].tolist() == [1, 2]


def test_backports_name_no_private_bug_and_no_private_change(tables):
    result = the_backports(tables, [(4, "stable/kilo", "waiting", 104), (2, "stable/kilo", "waiting", 105)])

    assert result[["bug_id", "stable/kilo"]].to_numpy().tolist() == [[2, "waiting"]]


def test_requested_backports_of_a_bug_that_was_not_fetched_are_unknown(tables):
    unfetched = tables | {"bugs": schema.BUGS.empty(), "bug_tasks": schema.BUG_TASKS.empty()}

    table = the_backports(unfetched, [(1, "stable/kilo", "missing", None), (2, "stable/kilo", "missing", None)])

    assert table["bug_id"].tolist() == [2, 1]  # the build found a tag that asks for 2
    assert table["is_wanted"].isna().tolist() == [False, True]
    assert "no bug was fetched" in measures.why_no_backports(unfetched["bugs"])
    assert "nobody asked" in measures.why_no_backports(tables["bugs"])


def test_requested_backports_of_a_bug_without_its_series_tasks_are_unknown(tables):
    saved = tables | {"bugs": tables["bugs"].assign(has_all_tasks=False)}

    table = the_backports(saved, [(1, "stable/kilo", "missing", None), (2, "stable/kilo", "missing", None)])

    assert table["is_wanted"].tolist() == [True, pd.NA]


def test_data_without_a_stable_branch_has_no_backports_to_count(tables):
    matrix = the_backports(tables, [])

    assert measures.by_branch(measures.branch_states(matrix, tables["bugs"]), measures.branch_columns(matrix)).empty


def test_the_counts_of_a_branch_leave_out_bugs_of_tests_and_lead_to_the_others(tables):
    bugs = tables["bugs"].copy()
    bugs.loc[bugs["bug_id"].eq(8), "title"] = "test_resize fails at random"
    rows = [(2, "stable/kilo", "missing", None), (8, "stable/kilo", "missing", None), (1, "stable/kilo", "merged", 101)]
    matrix = the_backports(tables | {"bugs": bugs}, rows)

    states = measures.branch_states(matrix, bugs)
    counts = measures.by_branch(states, measures.branch_columns(matrix))

    assert states.set_index("bug_id")["concerns"].to_dict() == {1: "product", 2: "product", 8: "tests or gate"}
    assert counts.loc[0, ["branch", "merged", "missing"]].tolist() == ["stable/kilo", 1, 1]
    assert counts.loc[0, "missing_page"] == (
        "09_backports.html?branch=stable%2Fkilo&on_branch=not%20seen&concerns=product#lacking"
    )


def test_the_list_of_a_branchs_missing_fixes_begins_with_requested_ones(tables):
    rows = [
        (7, "stable/kilo", "missing", None),  # Undecided
        (1, "stable/kilo", "blocked", None),  # High
        (1, "stable/2015.1", "missing", None),
        (2, "stable/kilo", "waiting", 106),  # asked for
        (5, "stable/kilo", "merged", 109),
    ]

    lacks = measures.lacking(measures.branch_states(the_backports(tables, rows), tables["bugs"]))

    assert lacks[["bug_id", "branch"]].values.tolist() == [
        [2, "stable/kilo"], [1, "stable/2015.1"], [1, "stable/kilo"], [7, "stable/kilo"]
    ]  # fmt: skip


def test_private_changes_are_in_no_stack_competing_fix_or_rescue(tables):
    public = some(tables, "changes", "links", "bugs")
    numbers = pd.array([101, 102, 104, 105], "Int64")
    stacks = schema.STACKS.frame({"change_number": numbers, "stack_id": [101] * 4, "position": [1, 2, 3, 4],
                                  "n_changes": [4] * 4, "is_outdated": [False] * 4})  # fmt: skip
    competing = schema.COMPETING_FIXES.frame({"bug_id": [1, 2], "branch": ["master"] * 2,
                                              "change_numbers": [[101, 102], [105, 106]],
                                              "n_owners": [1, 2]})  # fmt: skip
    rescues = schema.RESCUES.frame({"change_number": numbers, "bug_id": [1, 1, 4, 2], "why": ["silent"] * 4,
                                    "since_at": [AS_OF] * 4, "n_liked": [1, 2, 3, 4],
                                    "reason": ["quiet"] * 4})  # fmt: skip

    assert measures.stacks(stacks, **public)["change_number"].tolist() == [101, 102]
    assert measures.competing_fixes(competing, **public)["change_number"].tolist() == [101, 102, 106]
    assert measures.rescues(rescues, **public)["change_number"].tolist() == [102, 101]


def test_shares_of_long_turns_are_read_from_the_curve_and_unknown_beyond_it():
    curve = schema.WAITING_CURVES.frame(
        {"area_id": ["all"] * 3, "waiting_on": ["owner"] * 3, "days": [0.0, 2.0, 10.0], "share": [1.0, 0.5, 0.25],
         "share_low": [1.0, 0.2, 0.1], "share_high": [1.0, 0.8, 0.6]}
    )  # fmt: skip

    table = measures.turns_lasting(curve)

    assert table["after_days"].tolist()[:4] == [1, 3, 7, 14]
    assert table["share_owner"].tolist()[:4] == [1.0, 0.5, 0.5, pd.NA]
    assert "Owner: 100% after 1 days" in figures.survival_chart(table, name="turns", caption="Turns").alt


def test_medians_of_all_changes_come_before_those_of_areas_in_file_order(tables):
    medians = schema.WAITING_MEDIANS.frame(
        {"area_id": ["cells", "quotas", "all", "all"], "waiting_on": ["owner", "owner", "owner", "reviewers"],
         "median_days": [0.5, 1.0, 2.0, 3.0], "median_low": [1.0] * 4, "median_high": [4.0, 4.0, 4.0, None],
         "n_turns": [9] * 4, "n_lasting": [0, 0, 1, 2]}
    )  # fmt: skip
    order = tables["areas"].assign(position=tables["areas"]["area_id"].map({"quotas": 0, "cells": 1}).fillna(9))

    table = measures.turn_medians(medians, order, release="liberty")

    assert table["title"].tolist() == ["All changes", "All changes", "Simplify quotas", "Cells V2"]
    assert table["median_days"].tolist() == [3.0, 2.0, 1.0, 0.5]
    assert table["area_page"].tolist()[1:3] == [pd.NA, "02_area-quotas.html"]


def test_the_fixes_to_review_first_have_the_highest_scores_on_the_main_branch(tables):
    fixes = open_fixes(tables)

    table = measures.do_next(fixes, tables["areas"], release="liberty", most=3)

    here = fixes[fixes["branch"] == "master"]
    best = measures.for_review(here).sort_values(["score", "change_number"], ascending=[False, True])
    assert table["change_number"].tolist() == best["change_number"].drop_duplicates().head(3).tolist()
    assert table["need"].str.contains("need").all()


def test_choices_hold_what_occurs_and_narrow_the_fixes(tables):
    inputs = some(history(tables), "areas", "themes", "bug_themes", "changes", "accounts")
    named = measures.with_names(open_fixes(tables), **inputs)

    assert measures.choices(named)["Area"] == ["all", "Scheduler", "Simplify quotas"]
    assert measures.matching_fixes(named, {"Area": "Scheduler"})["change_number"].tolist() == [107, 106]
    assert measures.matching_fixes(named, {"Owner": "Casey"})["change_number"].tolist() == [101, 103, 102, 107, 106]


def with_addresses(frame):
    return measures.with_addresses(frame, gerrit_root="https://gerrit.test", launchpad_root="https://bugs.test")


def test_a_gerrit_page_names_the_changes_of_each_state(tables):
    table = measures.dashboards(open_fixes(tables).iloc[:3], gerrit_root="https://gerrit.test", title="Quotas & <more>")

    assert table["section"].tolist() == ["all that wait for review", "needs second core", "never reviewed"]
    assert table["section_url"].iloc[2] == (
        "https://gerrit.test/dashboard/?title=Quotas%20%26%20%3Cmore%3E&never%20reviewed=change:101+OR+change:103"
    )


def test_the_feed_is_xml_with_an_entry_for_each_unreviewed_fix_newest_first(tables):
    unreviewed = with_addresses(measures.unreviewed_fixes(open_fixes(tables)))

    feed = figures.feed(unreviewed, project="nova", release="liberty", as_of=AS_OF)

    atom = "{http://www.w3.org/2005/Atom}"
    entries = ET.fromstring(feed.text).findall(f"{atom}entry")
    assert [entry.find(f"{atom}id").text for entry in entries] == ["https://gerrit.test/103", "https://gerrit.test/101"]


@pytest.fixture(scope="module")
def one_unreviewed():
    return with_addresses(measures.unreviewed_fixes(open_fixes(invented_tables.tables()))).iloc[:1]


@given(text=st.text())
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_subject_breaks_the_feed(one_unreviewed, text):
    fixes = one_unreviewed.assign(subject=pd.array([text.encode("utf-8", "replace").decode()], "str"))

    ET.fromstring(figures.feed(fixes, project="nova", release="liberty", as_of=AS_OF).text)


def test_the_digest_lists_waiting_fixes_and_escapes_markdown(tables):
    fixes = with_addresses(open_fixes(tables))
    glance = measures.areas_summary(fixes, tables["areas"], release="liberty")
    over = measures.breaches(fixes, measures.Limits.from_mapping(LIMITS))
    nothing = measures.since(open_fixes(tables), tables["queue"], **some(tables, "changes", "links", "bugs"))

    first = with_addresses(measures.do_next(fixes, tables["areas"], release="liberty"))
    by_name = {"project": "nova", "release": "liberty", "as_of": AS_OF, "no_first": "No.", "no_news": "Nothing.",
             "no_breach": "None."}  # fmt: skip
    news = with_addresses(measures.each_event_once(nothing, tables["areas"], release="liberty"))
    text = figures.digest(first, glance, news, over, **by_name).text

    assert "- [101](https://gerrit.test/101) Count quota usage once: needs a first review, importance High" in text
    assert text.endswith("## Since the last report\n\nNothing.\n")
    assert "| Simplify quotas | 3 | 2 | 41 days | reviewers 2, second core 1 |" in text
    assert (
        "- [101](https://gerrit.test/101) Count quota usage once: waits 41 days, 34 over the limit for importance High"
        in text
    )
    assert "<script>" not in text


def test_the_etherpad_text_has_title_tracker_gerrit_and_need(tables):
    fixes = with_addresses(measures.for_review(open_fixes(tables)))
    glance = measures.areas_summary(fixes, tables["areas"], release="liberty")

    text = figures.etherpad(fixes, glance, as_of=AS_OF).text

    assert (
        "- Lock the usage row\n  - https://bugs.test/bugs/1\n  - https://gerrit.test/102\n"
        "  - needs second +2, waits 10 days" in text
    )
