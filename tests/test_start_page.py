"""The start page: some figures for each role with earlier values, and a menu in the order of the roles."""

import re

import invented_tables
import nbformat
import pandas as pd
import pytest

from analysis.report import figures, measures, page_registry
from analysis.report.pages import export, site
from analysis.report.run_record import PageRecord, ReportSet

AS_OF = pd.Timestamp(invented_tables.AS_OF)
DAY = pd.Timedelta(days=1)
REPORT = ReportSet("nova", "nova", "liberty", invented_tables.AS_OF)


@pytest.fixture
def tables():
    return invented_tables.tables()


SPANS = ("week_ago", "month_ago", "quarter_ago", "year_ago")


def facts(n, *, then, better="lower"):
    frame = measures.facts_frame([measures.Fact("open fixes", "a note", n=n)])
    return frame.assign(**{name: pd.array([was], "Float64") for name, was in zip(SPANS, then, strict=True)},
                        better=better)  # fmt: skip


def test_a_figure_says_how_it_changed_and_marks_what_is_not_worse():
    html = figures.fact_list(facts(10, then=[12, 8, None, 10])).html()

    assert "week \u22122<span" in html and 'title="not worse than then">✓' in html
    assert "4 weeks +2</span>" in html and "year ±0<span" in html
    assert '<span class="unknown">13 weeks: unknown</span>' in html


def test_more_is_worse_only_where_lower_is_better():
    assert figures.fact_list(facts(10, then=[8] * 4, better="higher")).html().count('"not worse than then"') == 4
    assert '"not worse' not in figures.fact_list(facts(10, then=[8] * 4, better="")).html()


def test_a_figure_of_which_nothing_is_known_from_before_says_so_once():
    two = pd.concat([facts(10, then=[None] * 4), facts(3, then=[1] * 4)], ignore_index=True)

    html = figures.fact_list(two).html()

    assert html.count("unknown") == 2 and '<span class="unknown">before: unknown</span>' in html


def test_where_nothing_is_known_of_any_figure_from_before_the_list_says_it_once():
    nothing = pd.concat([facts(10, then=[None] * 4)] * 3, ignore_index=True)

    html = figures.fact_list(nothing, has_key=False).html()

    assert html.endswith('<p class="key">What these figures were before is unknown.</p>') and html.count("unknown") == 1


def test_what_a_change_below_a_figure_means_is_said_once_unless_the_page_says_it():
    rows = facts(10, then=[8] * 4)

    assert figures.fact_list(pd.concat([rows, rows])).html().count("52 weeks before") == 1
    assert "52 weeks before" not in figures.fact_list(rows, has_key=False).html()


def test_a_fact_whose_past_nothing_tells_says_nothing_of_it():
    past = measures.with_past(
        measures.facts_frame([measures.Fact("open fixes", "n", n=3), measures.Fact("owner", "n", text="Casey")]),
        {"open fixes": lambda at: {7: 1, 28: 2, 91: 3, 364: 4}[(AS_OF - at).days]},
        as_of=AS_OF,
    )

    html = figures.fact_list(past).html()

    assert past.loc[0, list(SPANS)].tolist() == [1, 2, 3, 4] and past.loc[1, list(SPANS)].isna().all()
    assert html.count('class="past"') == 1


def test_a_figure_without_a_past_says_nothing_of_it():
    assert "before" not in figures.fact_list(measures.facts_frame([measures.Fact("races", "n", n=3)])).html()


def test_open_bugs_of_an_earlier_day_are_those_reported_by_then_and_not_closed(tables):
    bugs, tasks = tables["bugs"], tables["bug_tasks"].copy()
    tasks["closed_at"] = pd.Series(pd.NaT, tasks.index, dtype="datetime64[us, UTC]")
    tasks.loc[tasks["bug_id"].eq(8), "closed_at"] = AS_OF - 2 * DAY  # reported 5 days before

    counts = [measures.open_bugs_at(bugs, tasks, AS_OF - n * DAY, launchpad_project="nova") for n in (0, 3, 10, 50)]

    assert counts == [5, 6, 5, 4]  # without bug 4, which is private, and bug 6, a duplicate


def test_open_bugs_before_the_first_one_are_unknown_and_not_none(tables):
    before = AS_OF - 1000 * DAY

    assert pd.isna(measures.open_bugs_at(tables["bugs"], tables["bug_tasks"], before, launchpad_project="nova"))


def test_open_bugs_of_an_earlier_day_are_unknown_where_an_end_has_no_date(tables):
    tasks = tables["bug_tasks"].assign(
        closed_at=pd.Series(pd.NaT, tables["bug_tasks"].index, dtype="datetime64[us, UTC]")
    )

    assert pd.isna(measures.open_bugs_at(tables["bugs"], tasks, AS_OF - DAY, launchpad_project="nova"))


def test_untriaged_bugs_of_an_earlier_day_are_unknown_where_a_status_has_no_date(tables):
    recent = pd.DataFrame(
        {
            "bug_id": [1, 2],
            "created_at": [AS_OF - 20 * DAY, AS_OF - 20 * DAY],
            "closed_at": pd.Series(pd.NaT, range(2), dtype="datetime64[us, UTC]"),
            "status": ["New", "Confirmed"],
        }
    )
    tasks = tables["bug_tasks"].copy()
    undated = measures.untriaged_at(recent, tasks, AS_OF - 7 * DAY, launchpad_project="nova")
    tasks.loc[tasks["bug_id"].eq(2), "confirmed_at"] = AS_OF - DAY

    assert pd.isna(undated)
    assert measures.untriaged_at(recent, tasks, AS_OF - 7 * DAY, launchpad_project="nova") == 2


def entry(page, audience, kind=""):
    return PageRecord(page, page.title(), "", kind=kind, audience=audience)


def test_the_menu_has_the_roles_in_their_order_and_marks_the_role_and_the_page():
    entries = [
        entry("index", page_registry.EVERYBODY),
        entry("16_triage", page_registry.TRIAGERS),
        entry("03_review_state", page_registry.REVIEWERS),
        entry("21_list_quality", page_registry.REVIEWERS),
        entry("02_area-x", page_registry.REVIEWERS, kind="Area"),
    ]

    html = export.shell(site.Markup("body"), entries[3], report_set=REPORT, entries=entries)
    menu = html[html.index('<nav class="roles"') :].partition("</nav>")[0]

    assert menu.index(">Start<") < menu.index('"03_review_state.html"') < menu.index('"16_triage.html"')
    assert 'href="03_review_state.html" aria-current="true"' in menu and "Release" not in menu
    siblings = html[html.index('class="roles siblings"') :].partition("</nav>")[0]
    assert 'href="21_list_quality.html" aria-current="page"' in siblings and "02_area-x" not in siblings


def menu_of(page, entries):
    html = export.shell(site.Markup("body"), page, report_set=REPORT, entries=entries)
    return html[html.index('<nav class="roles"') :].partition("</nav>")[0]


def test_each_entry_of_the_menu_opens_a_page_and_none_a_part_of_another():
    entries = [entry(page.name(), page.audience, kind=page.subject) for page in page_registry.PAGES]

    addresses = re.findall(r'href="([^"]*)"', menu_of(entries[0], entries))

    assert len(addresses) == 1 + len(page_registry.ROLES)
    assert set(addresses) <= {f"{one.page}.html" for one in entries if not one.is_part}


@pytest.mark.parametrize(("page", "marked"), [(page_registry.NEWCOMERS, "Newcomers"), (page_registry.AREA, "Areas")])
def test_the_menu_marks_the_entry_whose_page_is_open(page, marked):
    entries = [entry(one.name(), one.audience, kind=one.subject) for one in page_registry.PAGES]

    menu = menu_of(next(one for one in entries if one.page == page.name()), entries)

    assert re.findall(r'aria-current="[a-z]+">([^<]+)<', menu) == [marked]


def test_the_start_page_shows_its_figures_then_every_page_and_first_what_failed(tmp_path):
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", {"text/html": "<p>figures</p>"})])
    (tmp_path / "notebooks").mkdir()
    for page in ("index", "16_triage"):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A\n\nB"), cell])
        nbformat.write(notebook, tmp_path / "notebooks" / f"{page}.ipynb")
    broken = PageRecord("16_triage", "Triage", "", failure="it broke", audience=page_registry.TRIAGERS)

    site.write(tmp_path, [entry("index", ""), broken], {}, report_set=REPORT, last_good={})
    html = (tmp_path / "index.html").read_text()

    assert html.index("1 of 2 pages could not be made") < html.index("figures</p>") < html.index("All pages</h2>")
    assert html.count('<a href="16_triage.html">Triage</a>') >= 2


def test_a_report_without_the_start_page_has_a_plain_index(tmp_path):
    site.write(tmp_path, [], {"Start": "it reads queue"}, report_set=REPORT, last_good={})

    assert "Start: it reads queue" in (tmp_path / "index.html").read_text()
