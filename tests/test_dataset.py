"""The Dataset: its answers on a small invented project, and its errors for wrong questions."""

import subprocess
import sys

import invented_tables
import pandas as pd
import pytest

import analysis
from analysis.dataset import Origin, display, help_text, origin
from analysis.dataset.cards import person_card
from analysis.dataset.dataset import groups
from analysis.dataset.start_tasks import NO_PROPOSAL
from analysis.errors import StoreError, UsageError
from analysis.judge import inconsistencies
from analysis.report import measures, question_tables
from analysis.store import Store
from analysis.tables import schema


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    frames = invented_tables.with_people_and_themes(invented_tables.tables())
    return invented_tables.write(tmp_path_factory.mktemp("data"), frames)


@pytest.fixture(scope="module")
def nova(data_dir):
    return analysis.open(data_dir)


def test_there_is_one_row_per_open_fix_though_a_fix_is_in_two_areas(data_dir, tmp_path):
    frames = invented_tables.tables()
    twice = frames["queue"].query("change_number == 101").assign(area_id="scheduler", rank=3)
    queue = schema.QUEUE.ordered(pd.concat([frames["queue"], twice], ignore_index=True))
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"queue": queue}))

    assert nova.fixes()["change_number"].tolist() == [101, 103, 102, 107, 106]
    assert nova.fixes_by_area["change_number"].tolist().count(101) == 2


def test_a_fix_that_only_an_area_of_all_fixes_holds_is_in_no_area(tmp_path):
    frames = invented_tables.tables()
    outside = frames["queue"].query("change_number == 102").assign(area_id="none")
    queue = schema.QUEUE.ordered(pd.concat([frames["queue"], outside], ignore_index=True))
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"queue": queue}))

    assert nova.fixes(area="In no area")["change_number"].tolist() == [102]
    assert 102 in nova.fixes(area="quotas")["change_number"].tolist()


@pytest.mark.parametrize(
    ("choice", "numbers"),
    [
        ({"area": "Simplify quotas"}, [101, 103, 102]),
        ({"area": "quotas", "unreviewed": True}, [101, 103]),
        ({"area": "In no area"}, []),
        ({"waiting_on": ["owner", "second_core"]}, [102, 106]),
        ({"unreviewed": False}, [102, 106]),  # nobody knows of 107
        ({"importance": "high"}, [101, 102]),
        ({"theme": "quota"}, [101, 103, 102]),
        ({"owner": "Owen Example"}, [101, 103, 102, 107, 106]),
        ({"touches": "nova/virt"}, []),
    ],
    ids=str,
)
def test_fixes_are_chosen_by_what_a_person_would_say(nova, choice, numbers):
    assert nova.fixes(**choice)["change_number"].tolist() == numbers


@pytest.mark.parametrize(
    ("ask", "do"),
    [
        (lambda nova: nova.fixes(area="Quotas and more"), "try Simplify quotas"),
        (lambda nova: nova.fixes(waiting_on="reviewer"), "try reviewers"),
        (lambda nova: nova.bugs(importance="Hihg"), "try High"),
        (lambda nova: nova.tables["bugz"], "try bugs"),
        (lambda nova: nova.person("Casey"), "try Casey Example, casey-example"),
        (lambda nova: nova.theme("quote, usage"), "try quota, usage"),
        (lambda nova: nova.help("fixs"), "try fixes"),
        (lambda nova: nova.opened(every="weak"), "try week"),
        (lambda nova: nova.bugs(statuss="New"), "try status"),
        (lambda nova: nova.bugs(status="Nwe"), "try New"),
        (lambda nova: nova.bugs(tag="quotsa"), "try quotas"),
        (lambda nova: nova.backports(branch="stable/kilo"), "nova.help('backports') says"),
        (lambda nova: nova.cycle("pike"), "nova.help('cycle') says"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(nova, ask, do):
    with pytest.raises(UsageError) as raised:
        ask(nova)

    assert raised.value.do.startswith(do)


def test_open_bugs_are_chosen_by_status_and_by_a_word_of_their_text(nova):
    every = nova.bugs()

    for status in every["status"].unique():
        assert nova.bugs(status=status)["bug_id"].tolist() == every.loc[every["status"].eq(status), "bug_id"].tolist()
    assert nova.bugs(text="USAGE DRIFTS")["bug_id"].tolist() == [1]
    assert every["updated_at"].notna().any()


def test_a_name_that_is_no_table_is_no_attribute_either(nova):
    assert not hasattr(nova.tables, "shape")


def test_private_bugs_and_changes_are_in_no_table_and_in_no_answer(nova):
    private = {"bug_id": 4, "change_number": {104, 105}}
    for name in nova.tables.names:
        table = nova.tables[name]
        assert "bug_id" not in table or private["bug_id"] not in table["bug_id"].tolist(), name
        assert "change_number" not in table or not private["change_number"] & set(table["change_number"]), name

    assert nova.sql("select count(*) as n from bugs where title like '%embargoed%'")["n"].tolist() == [0]
    with pytest.raises(UsageError):
        nova.bug(4)


def test_sql_reads_the_tables_and_nothing_else(nova, tmp_path):
    (tmp_path / "other.csv").write_text("a\n1\n")

    with pytest.raises(StoreError):
        nova.sql(f"select * from read_csv('{tmp_path / 'other.csv'}')")


def test_bugs_in_sql_have_the_status_and_importance_that_the_list_of_bugs_shows(nova):
    result = nova.bugs().set_index("bug_id")[["importance", "status", "assignee"]].sort_index()

    rows = nova.sql("select bug_id, importance, status, assignee from bugs where is_open and duplicate_of is null")

    pd.testing.assert_frame_equal(rows.set_index("bug_id").sort_index(), result, check_dtype=False)
    assert nova.sql("select count(*) as n from bugs")["n"].tolist() == [len(nova.tables.bugs)]


def test_a_bug_without_a_task_in_the_project_stays_in_sql_with_unknown_status(tmp_path):
    frames = invented_tables.tables()
    tasks = frames["bug_tasks"].query("bug_id != 7")
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"bug_tasks": tasks}))

    assert nova.sql("select bug_id from bugs where status is null and is_open is null")["bug_id"].tolist() == [7]


def test_a_wrong_column_in_sql_is_answered_with_the_nearest_of_the_tables_asked(nova):
    with pytest.raises(StoreError) as raised:
        nova.sql("select importanse from bug_tasks")

    assert raised.value.do == "try importance; nova.help('bug_tasks') lists the columns"


def test_what_a_person_changes_in_an_answer_stays_there(nova):
    table = nova.tables.bugs
    table["title"] = "mine"

    assert "mine" not in nova.tables.bugs["title"].tolist()


def test_a_number_has_one_definition_whoever_asks(nova):
    t = nova.tables
    pages = measures.areas_summary(nova.fixes_by_area, t.areas, release="liberty").set_index("area_id")
    total = nova.totals().set_index("fact")["n"]

    for area_id in t.areas["area_id"]:
        assert pages.loc[area_id, "n_open_fixes"] == len(nova.fixes(area=area_id)) == len(nova.area(area_id).fixes)
    assert total["open fixes"] == len(nova.fixes()) == nova.sql("select count(*) as n from fixes")["n"].iloc[0]
    assert total["unreviewed"] == len(nova.fixes(unreviewed=True)) == len(nova.unreviewed())
    assert total["bugs without fix"] == len(nova.bugs(without_fix=True))
    assert total["open bugs"] == len(nova.bugs())


def test_the_area_that_opens_by_itself_is_a_declared_one_with_fixes_to_review(nova):
    area = nova.area()

    assert area.area_id in nova.tables.areas["area_id"].tolist() and len(area.queue)


def test_weeks_in_which_no_bug_came_in_count_up_to_the_instant_of_the_data(nova):
    weeks = nova.opened(every="week")["bugs"]

    assert weeks.index[-1] > nova.as_of.tz_localize(None) - pd.Timedelta(days=7)
    assert (weeks == 0).any() and weeks.sum() == len(nova.recent)


def test_what_a_bug_has_no_value_of_is_called_so_and_not_none(nova):
    assert "in no area" in nova.opened(by="area") and "untagged" in nova.opened(by="tag")


def test_merged_fixes_are_those_of_public_bugs_since_a_day(nova):
    merged = nova.merged_fixes(since="2015-06-01")

    assert merged[["change_number", "bug_id"]].values.tolist() == [[110, 8]]
    assert nova.merged_fixes(since="2015-06-29")["change_number"].tolist() == []


def with_commits(frames):
    """The tables with two commits: that of change 110, and a fix whose change was not served."""
    shas = ["1" * 40, "2" * 40]
    commits = schema.COMMITS.frame(
        {
            "sha": shas, "project": "nova", "branch": "master", "change_id": ["I" + "110".zfill(40), "I" + "9" * 40],
            "authored_at": pd.Timestamp("2015-06-02", tz="UTC"), "committed_at": pd.Timestamp("2015-06-03", tz="UTC"),
            "author": pd.Series(["Ada Example", pd.NA], dtype="str"), "subject": ["One", "Two"], "message": "",
            "is_merge": False,
        }
    )  # fmt: skip
    like = frames["links"].query("bug_id == 8 and ref == '110'").iloc[[0, 0]]
    added = like.assign(kind="commit", ref=shas, bug_id=[8, 5], relation="closes")
    links = schema.LINKS.ordered(pd.concat([frames["links"], added], ignore_index=True))
    became = schema.CHANGE_COMMITS.frame({"change_number": [110], "sha": shas[:1], "evidence": "sha"})
    return frames | {"commits": commits, "links": links, "change_commits": became}


def test_a_merged_fix_counts_once_and_also_where_only_a_clone_holds_it(tmp_path):
    nova = analysis.open(invented_tables.write(tmp_path, with_commits(invented_tables.tables())))

    merged = nova.merged_fixes(since="2015-06-01").set_index("bug_id")

    assert merged["sha"].to_dict() == {8: "1" * 40, 5: "2" * 40}
    assert merged.loc[8, "change_number"] == 110 and merged.loc[8, "author"] == "Ada Example"
    unserved = merged.loc[5]
    assert unserved[["change_number", "submitted_at", "owner_name", "author"]].isna().all()
    assert unserved["subject"] == "Two" and unserved["committed_at"] == pd.Timestamp("2015-06-03", tz="UTC")


def test_the_history_of_a_bug_has_each_merge_once_also_that_of_a_commit_alone(tmp_path):
    nova = analysis.open(invented_tables.write(tmp_path, with_commits(invented_tables.tables())))

    served, unserved = (nova.bug(number).history for number in (8, 5))

    events = served[served["what"].str.startswith(("reported", "change", "commit"))]
    assert events["what"].tolist() == ["change 110 proposed", "reported", "change 110 merged"]
    assert "commit 222222222 on master" in unserved["what"].tolist()
    assert unserved["at"].is_monotonic_increasing


def test_the_history_of_a_bug_has_its_comments_and_without_a_log_its_dates(tmp_path):
    frames = invented_tables.tables()
    then = pd.Timestamp("2015-06-28", tz="UTC")
    messages = schema.BUG_MESSAGES.frame(
        {"bug_id": [8, 8], "message_number": [0, 1], "sent_at": then, "person": "ada-example", "subject": "",
         "content": ["the description", "Seen\n  again " + "x" * 300]}
    )  # fmt: skip
    is_closed = frames["bug_tasks"]["bug_id"].eq(8)
    tasks = frames["bug_tasks"].assign(closed_at=frames["bug_tasks"]["closed_at"].mask(is_closed, then))
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"bug_messages": messages, "bug_tasks": tasks}))

    history = nova.bug(8).history.set_index("what")

    assert history.loc["comment 1", "detail"].startswith("Seen again xx") and "comment 0" not in history.index
    assert len(history.loc["comment 1", "detail"]) <= 160
    assert history.loc["nova: closed", "detail"] == "Fix Released"


def test_the_bug_that_opens_by_itself_is_a_fixed_one_of_which_most_records_tell(tmp_path):
    nova = analysis.open(invented_tables.write(tmp_path, with_commits(invented_tables.tables())))

    assert nova.bug().bug_id == 8  # of a change and a commit, and fixed


def test_a_card_names_only_some_of_the_many_changes_that_comments_tell_of(tmp_path):
    frames = invented_tables.tables()
    result = frames["links"].query("bug_id == 1 and kind == 'change'").head(1)
    result = result.assign(evidence="infra_comment", relation="closes", counts_as_fix=True)
    many = [result.assign(ref=str(number)) for number in range(900, 925)]
    links = schema.LINKS.ordered(pd.concat([frames["links"], *many], ignore_index=True))
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"links": links}))

    assert "comments name others: 900, 901" in repr(nova.bug(1)) and "and 15 more" in repr(nova.bug(1))


def test_without_a_clone_the_commits_of_a_bug_are_unknown_and_not_none(nova):
    assert "commits that fix it  unknown" in repr(nova.bug(8))
    assert "unknown" in nova.bug(8).commits.attrs["note"]


def test_nothing_merged_in_the_data_is_said_to_be_unknown(tmp_path):
    frames = invented_tables.tables()
    unserved = frames["changes"][frames["changes"]["status"].ne("MERGED")]
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"changes": unserved}))

    assert "unknown which fixes were merged" in nova.merged_fixes().attrs["caption"]["empty"]


def test_what_was_not_served_is_named_and_is_not_taken_for_none(tmp_path):
    frames = invented_tables.tables()
    unserved = frames["changes"].assign(has_labels=False, has_messages=False)
    unserved = unserved[unserved["status"].ne("MERGED")]
    fixes = frames["open_fixes"].assign(is_unreviewed=pd.array([pd.NA] * len(frames["open_fixes"]), dtype="boolean"))
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"changes": unserved, "open_fixes": fixes}))

    missing = nova.summary().set_index("fact")["value"]["missing"]

    assert all(what in missing for what in ("votes (of", "merged changes", "milestones"))
    assert "votes" in nova.rescues().attrs["note"] and "unknown" in nova.unreviewed().attrs["note"]
    assert "unknown which fixes were merged" in nova.merged_fixes().attrs["note"]


def test_an_areas_queue_names_the_branch_where_there_is_a_backport(tmp_path):
    frames = invented_tables.tables()
    fixes = frames["open_fixes"].copy()
    fixes.loc[fixes["change_number"] == 101, "branch"] = "stable/kilo"
    with_backport = analysis.open(invented_tables.write(tmp_path / "a", frames | {"open_fixes": fixes}))
    of_master = analysis.open(
        invented_tables.write(tmp_path / "b", frames | {"open_fixes": fixes.assign(branch="master")})
    )

    queue = with_backport.area("quotas").queue.set_index("change_number")

    assert queue.loc[101, "branch"] == "stable/kilo" and "stable" not in queue.loc[101, "need"]
    assert "branch" in queue.attrs["caption"]["columns"] and "branch" not in queue.attrs["caption"]["beside"]
    assert "branch" in of_master.area("quotas").queue.attrs["caption"]["beside"]


def test_figures_have_a_past_where_history_tells_it_and_none_where_nothing_can(nova):
    area = nova.area("quotas").figures.set_index("fact")
    week = nova.triage_week().set_index("fact")
    bugs = nova.open_bug_figures().set_index("fact")

    assert area.loc["open fixes", "better"] == "lower" and area.loc["open fixes", "week_ago"] >= 0
    assert pd.isna(area.loc["waiting on", "better"]) and pd.isna(area.loc["waiting on", "year_ago"])
    assert week.loc["closed", "better"] == "higher" and week.loc["reported", "better"] == ""
    assert pd.isna(bugs.loc["fix merged", "better"]) and bugs.loc["open bugs", "better"] == "lower"


def test_how_long_all_have_waited_is_a_sentence_where_it_is_known_of_none(tmp_path):
    frames = invented_tables.tables()
    fixes = frames["open_fixes"]
    unknown = fixes.assign(waiting_days=pd.array([pd.NA] * len(fixes), "Float64"))
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"open_fixes": unknown}))

    assert nova.waiting_times().attrs["note"] == f"How long any of the {len(fixes)} has waited is unknown."


def test_an_address_is_no_stable_branch(tmp_path):
    frames = invented_tables.tables()
    fixed = {"bug_id": [8], "branch": ["stable/kilo"], "state": ["merged"], "change_number": [110],
             "is_wanted": [True], "fixed_on_master_at": [pd.Timestamp("2015-06-01", tz="UTC")]}  # fmt: skip
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"backports": schema.BACKPORTS.frame(fixed)}))

    assert "stable/kilo_url" in nova.backports()
    assert nova.backport_branches()["branch"].tolist() == ["stable/kilo"]


def test_help_of_a_word_names_what_mentions_it_and_of_a_card_its_tables(nova):
    assert "backport_branches" in repr(nova.help("stable branch"))
    assert "bugs.information_type" in repr(nova.help("security"))
    assert all(name in repr(nova.help("person")) for name in ("todo", "reviewed", "fixes"))


@pytest.mark.parametrize(
    ("word", "question"),
    [("stale", "rescues"), ("search", "sql"), ("time to fix", "until_merge"), ("duplicates", "likely_duplicates")],
)
def test_help_knows_the_words_that_people_use(nova, word, question):
    assert repr(nova.help(word)).startswith(f"Questions that answer {word!r}")
    assert f"  {question} " in repr(nova.help(word))


def test_every_synonym_names_questions_and_the_rules_are_searched_too(nova):
    asked = [name for names in help_text.SYNONYMS.values() for name in names]

    assert set(asked) <= set(QUESTIONS) and not set(help_text.SYNONYMS) & set(QUESTIONS)
    rule, meaning = next(iter(inconsistencies.meanings().items()))
    assert "Rules of inconsistent bugs" in repr(nova.help(meaning[:12])) and rule in repr(nova.help(meaning[:12]))


def test_the_data_dictionary_explains_every_column_that_there_is(nova):
    words = nova.data_dictionary()
    explained = set(zip(words["table"], words["column"], strict=True))

    assert {(name, column) for name in nova.tables.names for column in nova.tables[name]} <= explained
    assert words["meaning"].str.len().min() > 3


def test_a_card_says_what_is_unknown(nova):
    card = nova.bug(1)

    assert card.fixes["change_number"].tolist() == [101, 102]
    assert card.theme == "quota, usage"
    assert "its activity log: none was fetched" in card.unknown
    assert "Quota usage drifts under load" in repr(card)


def test_a_card_names_the_fixes_that_only_comments_tell_of(tmp_path):
    frames = invented_tables.tables()
    result = frames["links"].query("bug_id == 1 and kind == 'change'").head(1)
    result = result.assign(ref="999", evidence="infra_comment", relation="closes", counts_as_fix=True)
    links = schema.LINKS.ordered(pd.concat([frames["links"], result], ignore_index=True))
    nova = analysis.open(invented_tables.write(tmp_path, frames | {"links": links}))

    assert "2 were fetched; comments name others: 999" in repr(nova.bug(1))


def test_a_list_for_an_hour_takes_no_longer(nova):
    table = nova.person("casey-example").todo(minutes=10)

    assert table["change_number"].tolist() == [101]  # 15 lines: 5 minutes to begin and 3 to read


@pytest.mark.parametrize(
    ("size", "sentence", "answer"),
    [
        (None, "so it is unknown how long each review takes.", "unknown how long each review takes"),
        (3000, "No fix fits into 60 minutes.", "no fix fits into 60 minutes"),
    ],
)
def test_an_hour_that_no_fix_fits_into_does_not_say_that_none_waits(tmp_path, size, sentence, answer):
    frames = invented_tables.tables()
    changes = frames["changes"]
    frames["changes"] = changes.assign(insertions=pd.Series(size, changes.index, dtype=changes["insertions"].dtype))
    nova = analysis.open(invented_tables.write(tmp_path, frames))

    assert nova.review_hour().empty and nova.review_hour().attrs["note"].endswith(sentence)
    assert [one.text for one in nova._of_review().answers] == [answer, "the whole list"]


def test_without_changes_and_comments_no_bug_is_counted_as_one_without_a_fix(tmp_path):
    frames = invented_tables.tables()
    frames |= {"changes": frames["changes"].head(0), "bugs": frames["bugs"].assign(has_messages=False)}
    nova = analysis.open(invented_tables.write(tmp_path, frames))

    assert [one.text for one in nova._of_bugs_without_fix().answers] == [NO_PROPOSAL]
    assert "bugs to fix: unknown;" in nova._fixes_to_make()


def test_help_says_what_a_question_means_and_reads_and_what_a_column_is(nova):
    assert "Reads:" in repr(nova.help("waiting")) and "waiting_medians" in repr(nova.help("waiting"))
    assert schema.OPEN_FIXES.columns["is_unreviewed"].meaning in repr(nova.help("open_fixes"))
    assert all(name in repr(nova.help()) for name in ("fixes", "compare", "open_fixes"))


QUESTIONS = {name: one for group in groups().values() for name, one in group.items()}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_says_in_a_sentence_what_comes_back(name):
    assert (QUESTIONS[name].__doc__ or "").strip().partition("\n")[0].endswith((".", "NA"))


def test_the_tables_that_a_question_reads_are_found_in_its_code(nova, monkeypatch):
    read = []
    monkeypatch.setattr(type(nova.tables), "__getitem__", lambda self, name: read.append(name) or self.columns(name))
    fresh = analysis.open(nova.store.data_dir)

    fresh.areas()
    fresh.reviewers()

    assert read and set(read) <= set(question_tables.tables_read("areas", "reviewers"))


def test_the_data_are_found_from_below_them_and_else_it_says_where_it_looked(data_dir, monkeypatch):
    monkeypatch.delenv(origin.VARIABLE, raising=False)
    inside = data_dir / "processed" / "lab" / "copy"
    inside.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(inside)
    assert origin.find_data("") == data_dir.resolve()

    monkeypatch.setenv(origin.VARIABLE, str(data_dir / "nothing"))
    with pytest.raises(StoreError) as raised:
        origin.find_data("")
    assert str(data_dir / "nothing") in raised.value.found


def test_what_a_command_knew_of_the_tables_counts_before_the_project_files(tmp_path):
    invented_tables.write(tmp_path, invented_tables.tables())
    rows = Origin("nova", "nova", "liberty", "2015-06-30T12:00:00Z", gerrit_root="https://gerrit.test/")

    origin.write_origin(Store(tmp_path), rows)
    nova = analysis.open(tmp_path)

    assert nova.origin == rows
    assert nova.fixes()["change_url"].iloc[0] == "https://gerrit.test/101"


def test_a_page_shows_an_answer_with_its_caption_and_its_links(nova):
    bundle = display.bundle(nova.fixes(), nova.origin.roots)

    assert "Open fixes, highest score first" in bundle["text/html"]
    assert 'href="https://review.opendev.org/101"' in bundle["text/html"]
    assert display.bundle(pd.DataFrame({"a": [1]}), nova.origin.roots) is None  # pandas' own


def test_in_jupyter_every_text_is_escaped_and_only_our_links_are_html(nova, monkeypatch):
    monkeypatch.setenv(display.NOTEBOOK, "a notebook of a server")
    cells = display.as_table(nova.fixes()).cells_frame()

    assert "<script" not in "".join(map(str, cells.to_numpy().ravel()))
    assert cells["Change"].iloc[0] == '<a href="https://review.opendev.org/101">101</a>'


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, analysis; print(sorted({'pandas', 'scipy', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


def test_opening_needs_nothing_of_how_pages_are_made_nor_of_how_bugs_are_judged(data_dir):
    code = (
        f"import sys, analysis; analysis.open({str(data_dir)!r}); late = {{'analysis.report.pages', 'duckdb', "
        "'analysis.judge.inconsistencies', 'analysis.build.run'}; print(sorted(late & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


@pytest.mark.long
def test_opening_and_asking_needs_neither_scipy_nor_scikit_learn_nor_matplotlib(data_dir):
    code = (
        f"import sys, analysis; nova = analysis.open({str(data_dir)!r}); nova.fixes(); nova.bugs(); "
        "print(sorted({'scipy', 'sklearn', 'matplotlib', 'IPython'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


def test_the_page_of_an_account_without_a_name_has_a_title_and_unknown_bugs(tmp_path):
    tables = invented_tables.with_people_and_themes(invented_tables.tables())
    accounts, number = tables["accounts"], 42
    is_owner = accounts["account"].eq(number)
    tables["accounts"] = accounts.assign(
        name=accounts["name"].mask(is_owner), username=accounts["username"].mask(is_owner)
    )

    page = analysis.open(invented_tables.write(tmp_path, tables)).person(number).page()

    facts = page.parts[0].frame.set_index("fact")["n"]
    assert page.title == f"account {number}"
    assert pd.isna(facts["bugs assigned"]) and facts["mine to do"] >= 1
    assert any("username was not served" in note for note in page.notes)


def test_a_bug_that_is_open_after_its_fix_merged_is_not_among_the_fixed_ones(tmp_path):
    tables = invented_tables.tables()
    fixed = analysis.open(invented_tables.write(tmp_path / "closed", tables)).cycle().fixed["bug_id"].tolist()
    tasks = tables["bug_tasks"]
    reopened = tasks["bug_id"].isin(fixed) & tasks["target"].eq("nova")
    tables["bug_tasks"] = tasks.assign(
        is_open=tasks["is_open"].mask(reopened, True), status=tasks["status"].mask(reopened, "In Progress")
    )

    cycle = analysis.open(invented_tables.write(tmp_path / "open", tables)).cycle()

    assert fixed and cycle.still_open["bug_id"].tolist() == fixed and cycle.fixed.empty


def test_a_bug_that_may_be_open_after_its_fix_merged_is_not_said_to_be_closed(tmp_path):
    tables = invented_tables.tables()
    fixed = analysis.open(invented_tables.write(tmp_path / "closed", tables)).cycle().fixed["bug_id"].tolist()
    tasks = tables["bug_tasks"]
    is_one = tasks["bug_id"].isin(fixed) & tasks["target"].eq("nova")
    tables["bug_tasks"] = tasks.assign(is_open=tasks["is_open"].mask(is_one), status=tasks["status"].mask(is_one))

    cycle = analysis.open(invented_tables.write(tmp_path / "unknown", tables)).cycle()

    assert fixed and cycle.fixed.empty and cycle.still_open.empty
    assert f"Whether {len(fixed)} more bug" in cycle.fixed.attrs["note"]


def test_where_no_turn_is_known_one_sentence_says_so_instead_of_a_table(tmp_path):
    tables = invented_tables.tables()
    states = tables["review_states"]
    tables["review_states"] = states.assign(state="unknown", waiting_on=states["waiting_on"].mask(states.index >= 0))

    turns = analysis.open(invented_tables.write(tmp_path, tables)).turns()

    assert turns.empty and "it is unknown whose turn" in turns.attrs["note"]


def test_the_page_of_a_person_holds_each_of_their_many_changes():
    rows = pd.DataFrame({"change_number": range(65), "subject": ["words"] * 65})

    whole = person_card.table_of_page(display.with_caption(rows, "waits", "Waits", ["change_number", "subject"]))

    assert whole.html().count("<tr>") == 1 + 65 and "first" not in whole.html()


def test_what_nobody_knows_the_turn_of_waits_neither_for_its_owner_nor_for_others(nova):
    owner = nova.person("owner-example")

    lists = {name: getattr(owner, name)["change_number"].tolist() for name in ("to_do", "waits", "turn_unknown")}

    assert lists["turn_unknown"] == [107]
    assert not {107} & {*lists["to_do"], *lists["waits"]} and lists["to_do"] and lists["waits"]
