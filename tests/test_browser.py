"""The pages in a real browser: every page of a report on an invented project with hostile titles."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import invented_tables
import pytest
from conftest import missing

from analysis.dataset import Origin, origin
from analysis.report import pages
from analysis.report.page_registry import ANALYSTS, PAGES, QUOTAS
from analysis.store import Store

pytestmark = pytest.mark.browser
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
AREAS = {"cells": "Cells V2", "scheduler": "Scheduler", "quotas": "Simplify quotas", "none": "In no area"}
# Without these, Debian's Chromium calls home at every start, or finds no sandbox for root.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
WIDTHS = {"desk": 1280, "tablet": 820, "phone": 390}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A report of `report`, from the notebooks for which the invented tables suffice."""
    data_dir = invented_tables.write(tmp_path_factory.mktemp("data"), invented_tables.tables())
    origin.write_origin(
        Store(data_dir),
        Origin("nova", "nova", "liberty", "2015-06-30T12:00:00Z", "https://gerrit.test/", "https://bugs.test/",
               limits={"stable_days": 14, "importance_days": {"High": 7}}),
    )  # fmt: skip
    result = pages.run(
        pages.ReportSet(project="nova", title="nova", release="liberty", as_of=invented_tables.AS_OF),
        notebooks=sorted(NOTEBOOKS.glob("*.ipynb")),
        data_dir=data_dir,
        values=pages.Values(each={"area_id": AREAS}),
        names=[page.notebook for page in PAGES if page.audience not in (ANALYSTS, QUOTAS)],
    )  # fmt: skip
    result.raise_failures()
    return result.index.parent


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("Chromium (Debian's package chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


class Visit:
    """A page open in a browser, with its console errors and network requests."""

    def __init__(self, browser, width=1280, **context):
        self.page = browser.new_context(viewport={"width": width, "height": 900}, **context).new_page()
        self.complaints = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._requested)

    def _requested(self, request):
        if not request.url.startswith(("file:", "data:")):
            self.complaints.append(f"request to {request.url}")

    def open(self, site, name):
        self.page.goto((site / name).resolve().as_uri())
        return self.page


def names(site):
    result = sorted(path.name for path in site.glob("*.html"))
    assert "index.html" in result and "02_area-quotas.html" in result
    return result


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_every_page_opens_quietly_and_fits_the_window(site, browser, width):
    visit = Visit(browser, width)

    for name in names(site):
        page = visit.open(site, name)

        assert visit.complaints == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate("window.broken") is None, f"a title ran as a script in {name}"


def test_every_table_fits_a_desk_without_scrolling(site, browser):
    visit = Visit(browser, WIDTHS["desk"])
    wide = (
        "[...document.querySelectorAll('.table')].filter(t => t.querySelector('table').scrollWidth > t.clientWidth + 1)"
        ".map(t => t.id)"
    )

    assert {name: tables for name in names(site) if (tables := visit.open(site, name).evaluate(wide))} == {}


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_word_that_does_not_break_widens_its_table_and_not_the_page(site, browser, width):
    page = Visit(browser, width).open(site, "02_area-quotas.html")

    page.eval_on_selector_all(
        "#queue td.word", "cells => cells.forEach(c => c.textContent = 'stable/' + 'x'.repeat(300))"
    )

    assert page.locator("#queue td.word").count()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_title_of_a_bug_is_not_squeezed_by_the_columns_that_explain_it(site, browser):
    page = Visit(browser, WIDTHS["desk"]).open(site, "04_bugs_without_fix.html")

    title = page.locator("#without_fix tbody td.title").first.bounding_box()
    why = page.locator("#without_fix tbody td.sentence").first.bounding_box()

    assert title["width"] >= 250 and why["width"] >= 140


def test_the_longest_title_of_an_area_takes_no_more_lines_than_its_row_can_spare(site, browser):
    page = Visit(browser, WIDTHS["desk"]).open(site, "04_bugs_without_fix.html")
    areas = page.locator("#without_fix td.list:has(a)").first
    long = {"td.list a": "A plan for the future of flavors, image properties and host aggregates",
            "td.title": "a title of many words " * 5, "td.sentence": "a reason of many words " * 5}  # fmt: skip

    for cells, text in long.items():
        page.eval_on_selector_all(f"#without_fix {cells}", f"all => all.forEach(one => one.textContent = '{text}')")

    assert areas.locator("a").first.bounding_box()["height"] <= 4 * 20  # lines; a cell is as high as its row
    assert page.locator("#without_fix tbody td.title").first.bounding_box()["width"] >= 250
    assert page.evaluate(
        "document.querySelector('#without_fix').scrollWidth <= document.querySelector('main').clientWidth"
    )


def test_the_card_of_an_open_change_begins_with_whose_turn_it_is_and_for_how_long(site, browser):
    page = Visit(browser, WIDTHS["phone"]).open(site, "03_review_state.html")

    labels = [cell.get_attribute("data-label") for cell in page.locator("#reviews tbody tr").first.locator("td").all()]

    assert labels[:5] == ["Change", "Subject", "Waiting on", "Waiting", "State"]


@pytest.mark.parametrize(("width", "n_rows"), [("phone", 10), ("desk", 25)])
def test_a_telephone_gets_fewer_cards_at_once_than_a_desk_gets_rows(browser, tmp_path, width, n_rows):
    import pandas as pd

    from analysis.report import figures

    rows = pd.DataFrame({"subject": pd.array([f"subject {n:03}" for n in range(40)], "str")})
    made_page(tmp_path, figures.table(rows, name="long", caption="Long"))

    page = Visit(browser, WIDTHS[width]).open(tmp_path, "made.html")

    assert page.locator("tbody tr").count() == n_rows


def test_the_number_of_bugs_without_a_fix_leads_to_the_list_on_the_page_of_the_area(site, browser):
    page = Visit(browser).open(site, "04_bugs_without_fix.html")

    page.locator("#by_area a", has_text="Cells V2").click()
    page.locator(".facts", has_text="bugs without fix").get_by_role("link", name="1").click()

    assert page.url.endswith("02_area-cells.html#without_fix")
    assert page.locator("#without_fix tbody td.title").all_inner_texts() == ["Cells lose a build request"]


def test_a_figure_of_the_start_page_leads_to_exactly_the_bugs_that_it_counts(site, browser):
    from playwright.sync_api import expect

    page = Visit(browser).open(site, "index.html")
    figure = page.locator(".facts > div").filter(has_text="High without fix")
    count = int(figure.locator("dd.number").inner_text())

    figure.locator("dd.number a").click()

    expect(page).to_have_url(re.compile(r"04_bugs_without_fix\.html\?importance=High#without_fix$"))
    importances = page.locator("#without_fix tbody td[data-label=Importance]").all_inner_texts()
    assert importances == ["High"] * count and count > 0
    everything = len(json.loads((site / "tables" / "04_bugs_without_fix-without_fix.json").read_text())["rows"])
    assert everything > count


def test_each_task_of_the_start_page_is_in_sight_on_a_desk_and_leads_to_its_rows(site, browser):
    links = Visit(browser).open(site, "index.html").locator(".tasks a")
    places = links.evaluate_all("all => all.map(a => [a.getAttribute('href'), a.getBoundingClientRect().bottom])")

    targets = [href.partition("#") for href, _ in places]
    pages = {
        page: (site / page).read_text() for page in {to.partition("?")[0] for to, _, _ in targets} & set(names(site))
    }
    assert len(places) > 15 and len(pages) > 5  # this report has not every page
    assert max(bottom for _, bottom in places) <= 800
    lost = [
        (to, part)
        for to, _, part in targets
        if part and f'id="{part}"' not in pages.get(to.partition("?")[0], f'id="{part}"')
    ]
    assert lost == []


def test_counts_by_area_are_two_lines_an_area_on_a_telephone_and_a_table_at_a_desk(site, browser):
    phone = Visit(browser, WIDTHS["phone"]).open(site, "04_bugs_without_fix.html")
    rows = phone.locator("#by_area tbody tr")

    assert rows.count() == len(AREAS)
    assert max(row.bounding_box()["height"] for row in rows.all()) <= 80
    labels = [cell.get_attribute("data-label") for cell in rows.first.locator("td").all() if cell.is_visible()]
    assert labels == ["Area", "Bugs", "High"]  # and not the importances of which there are none

    desk = Visit(browser, WIDTHS["desk"]).open(site, "04_bugs_without_fix.html")
    cells = desk.locator("#by_area tbody tr").first.locator("td")
    assert all(cell.is_visible() for cell in cells.all()) and cells.count() > 3


def test_what_a_reason_names_is_read_in_one_piece_on_a_telephone(browser, tmp_path):
    import pandas as pd

    from analysis.report import figures, measures

    reasons = pd.DataFrame({"reason": pd.array(["by change 7, bug 8"], "str")})
    led = measures.with_addresses(reasons, gerrit_root="https://gerrit.test/", launchpad_root="https://bugs.test/")
    made_page(tmp_path, figures.table(led, name="why", caption="Why"))

    page = Visit(browser, WIDTHS["phone"]).open(tmp_path, "made.html")

    assert page.locator("td a").all_inner_texts() == ["change 7", "bug 8"]
    assert len({link.bounding_box()["y"] for link in page.locator("td a").all()}) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault_of_access(site, browser, scheme):
    from axe_playwright_python.sync_playwright import Axe

    visit = Visit(browser, color_scheme=scheme, bypass_csp=True)  # axe is a script of ours that the policy refuses
    for name in names(site):
        violations = Axe().run(visit.open(site, name)).response["violations"]

        serious = [(fault["id"], node["html"][:200], node["failureSummary"]) for fault in violations
                   if fault["impact"] in ("serious", "critical") for node in fault["nodes"]]  # fmt: skip
        assert not serious, f"{name}: {serious[:3]}"


def test_a_column_sorts_by_its_numbers(site, browser):
    from playwright.sync_api import expect

    page = Visit(browser).open(site, "02_area-quotas.html")
    waits = "#queue tbody td.days[data-label=Waiting]"

    page.locator("#queue th", has_text="Waiting").click()
    expect(page.locator(waits)).to_have_text(["9.5 d", "16 d", "41 d"])  # waits: the rows are drawn after the click
    page.locator("#queue th", has_text="Waiting").click()

    expect(page.locator(waits)).to_have_text(["41 d", "16 d", "9.5 d"])


def test_a_column_sorts_from_the_keyboard(site, browser):
    from playwright.sync_api import expect

    page = Visit(browser).open(site, "02_area-quotas.html")
    heading = page.locator("#queue th", has_text="Change")

    heading.get_by_role("button").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#queue tbody td[data-label=Change]")).to_have_text(["101", "102", "103"])


def made_page(folder, table):
    """A page made.html with one table."""
    from markupsafe import Markup

    from analysis.report.pages import assets, export
    from analysis.report.run_record import PageRecord, ReportSet

    entry = PageRecord("made", "Made", "")
    of = ReportSet(project="nova", title="nova", release="liberty", as_of=invented_tables.AS_OF)
    assets.write(folder)
    (folder / "made.html").write_text(export.shell(Markup(table.html()), entry, report_set=of, entries=[entry]))


def test_a_long_table_filters(browser, tmp_path):
    import pandas as pd

    from analysis.report import figures

    rows = pd.DataFrame({"subject": pd.array([f"subject {n:03}" for n in range(40)], "str")})
    made_page(tmp_path, figures.table(rows, name="long", caption="Long"))
    page = Visit(browser).open(tmp_path, "made.html")

    page.get_by_label("Filter").fill("37")

    assert page.locator("tbody td").all_inner_texts() == ["subject 037"]


def test_an_address_names_the_rows_of_a_long_table_and_the_filter_shows_it(browser, tmp_path):
    import pandas as pd

    from analysis.report import figures

    rules = pd.array([f"G{1 + n % 12}" for n in range(60)], "str")
    made_page(tmp_path, figures.table(pd.DataFrame({"rule": rules}), name="long", caption="Long"))

    page = Visit(browser).open(tmp_path, "made.html")
    page.goto((tmp_path / "made.html").resolve().as_uri() + "?filter=G1#long")

    assert page.locator("tbody td").all_inner_texts() == ["G1"] * 5  # and neither G10 nor G11
    assert page.get_by_label("Filter").input_value() == "G1"
    page.get_by_label("Filter").fill("")
    assert page.locator("tbody td").count() == 50  # all that this page holds: an address gets up to a hundred


def test_an_address_names_what_was_chosen_of_a_long_table(browser, tmp_path):
    import pandas as pd

    from analysis.report import figures

    frame = pd.DataFrame({"bug_id": range(45), "importance": ["High", "Low", "Low"] * 15})
    made_page(tmp_path, figures.table(frame, name="long", caption="Long"))
    visit = Visit(browser)
    page = visit.open(tmp_path, "made.html")

    page.locator("select[name=importance]").select_option("High")
    chosen = page.url
    page.goto("about:blank")
    page.goto(chosen)

    assert chosen.endswith("?importance=High#long")
    assert page.locator(".dt-info").inner_text() == "1 to 15 of 15 (of 45)"
    assert visit.complaints == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("High", ["High"] * 4), ("Critical%7CHigh", ["Critical", *["High"] * 4]), ("Low", [])],
)
def test_an_address_chooses_rows_of_a_short_table_too_and_by_several_values(browser, tmp_path, asked, expected):
    import pandas as pd

    from analysis.report import figures

    frame = pd.DataFrame({"bug_id": range(6), "importance": ["Critical", *["High"] * 4, "Medium"]})
    made_page(tmp_path, figures.table(frame, name="short", caption="Short"))
    page = Visit(browser).open(tmp_path, "made.html")

    page.goto((tmp_path / "made.html").resolve().as_uri() + f"?importance={asked}#short")

    found = page.locator("tbody td[data-label=Importance]").all_inner_texts()
    assert found == expected
    assert page.locator("select[name=importance]").input_value() == asked.replace("%7C", "|")


def test_a_mail_is_shown_whole_and_a_button_copies_it(browser, tmp_path):
    from playwright.sync_api import expect

    from analysis.report.figures.documents import Document

    lines = [f"line {n}" for n in range(40)]
    made_page(tmp_path, Document("mail.txt", "A mail", "\n".join(lines) + "\n"))
    page = Visit(browser).open(tmp_path, "made.html")

    text = page.locator("pre")
    assert text.evaluate("box => box.scrollHeight <= box.clientHeight")
    page.get_by_role("button", name="Copy this text").click()

    expect(page.get_by_role("status").filter(has_text="copied")).to_be_visible()


def test_the_search_begins_with_a_slash_and_says_where_an_unknown_number_would_be(browser, tmp_path):
    import pandas as pd

    from analysis.report import figures
    from analysis.report.pages import search_index

    made_page(tmp_path, figures.table(pd.DataFrame({"n": [1]}), name="short", caption="Short"))
    roots = {"bug": "https://b.test/bugs/", "change": "https://r.test/"}
    rows = [("bug", "12", "<img src=x onerror=window.broken=1> quota", "New"), ("change", "120", "other", "open")]
    search_index.write(
        tmp_path, pd.DataFrame(rows, columns=["kind", "key", "text", "note"]).assign(address=pd.NA), roots=roots
    )
    visit = Visit(browser)
    page = visit.open(tmp_path, "made.html")
    links = page.locator(".found a")

    page.keyboard.press("/")
    page.keyboard.type("quo")
    links.first.wait_for()
    assert [link.get_attribute("href") for link in links.all()] == ["https://b.test/bugs/12"]
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").startswith("12 <img")

    page.keyboard.press("Escape")
    page.keyboard.type("bug 99")
    assert [link.get_attribute("href") for link in links.all()] == ["https://b.test/bugs/99", "https://r.test/99"]
    assert "No bug or change 99 is in this data" in page.locator(".found").inner_text()
    assert page.evaluate("window.broken") is None and visit.complaints == []


def test_a_bug_that_is_found_leads_to_its_own_row_and_beside_it_to_launchpad(site, browser, tmp_path):
    import pandas as pd

    from analysis.report.pages import search_index

    with_search = shutil.copytree(site, tmp_path / "site")
    visit = Visit(browser)
    bug = visit.open(with_search, "17_open_bugs.html").locator("#open_bugs tbody td.number a").first.inner_text()
    own = {"page": f"17_open_bugs.html?filter={bug}#open_bugs", "address": pd.NA}
    rows = pd.DataFrame({"kind": ["bug"], "key": [bug], "text": ["A title"], "note": ["New"], **own})
    search_index.write(with_search, rows, roots={"bug": "https://b.test/bugs/"})
    page = visit.open(with_search, "index.html")

    page.keyboard.press("/")
    page.keyboard.type(bug)
    first_hit = page.locator(".found li").first
    first_hit.get_by_role("link", name="on Launchpad").wait_for()
    assert first_hit.get_by_role("link", name="on Launchpad").get_attribute("href").endswith(f"/bugs/{bug}")
    first_hit.get_by_role("link").first.click()

    page.locator("#open_bugs tbody tr").first.wait_for()
    assert page.url.endswith(f"17_open_bugs.html?filter={bug}#open_bugs")
    assert [row.locator("a").first.inner_text() for row in page.locator("#open_bugs tbody tr").all()] == [bug]
    assert visit.complaints == []


def test_the_words_that_a_long_sentence_quotes_unfold_and_are_copied(browser, tmp_path):
    import pandas as pd

    from analysis.report import figures

    words = "This patch has been sitting unchanged for more than 12 weeks. I am therefore going to abandon it."
    rows = pd.DataFrame({"bug_id": [1, 2], "reason": [f"change 7 was abandoned by Ann on 2016-10-25: {words}", "New"]})
    rows["reason_urls"] = [["https://r.test/7"], []]
    made_page(tmp_path, figures.table(rows, name="why", caption="Why"))
    visit = Visit(browser)
    visit.page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.copied = text; }}})"
    )
    page = visit.open(tmp_path, "made.html")
    cell = page.locator("td.sentence").first

    assert cell.get_by_role("link").get_attribute("href") == "https://r.test/7"
    assert words not in cell.inner_text()
    page.locator(".copying").get_by_role("button", name="text").click()
    page.wait_for_function("window.copied")
    assert f"on 2016-10-25: {words}\n" in page.evaluate("window.copied")
    cell.locator("summary").click()
    assert words in cell.inner_text()


def test_a_page_can_be_read_without_its_script(site, browser):
    page = Visit(browser, java_script_enabled=False).open(site, "02_area-quotas.html")

    assert page.locator("#queue tbody tr").count() == 3


def test_a_hostile_script_that_got_into_a_page_would_not_run(site, browser, tmp_path):
    html = (site / "index.html").read_text().replace("<main", "<script>window.broken = 1</script><main")
    (tmp_path / "broken.html").write_text(html)
    visit = Visit(browser)

    page = visit.open(tmp_path, "broken.html")

    assert page.evaluate("window.broken") is None
    assert any("Content Security Policy" in complaint for complaint in visit.complaints)


def test_paper_gets_every_row_and_no_controls(site, browser):
    page = Visit(browser).open(site, "02_area-quotas.html")

    page.emulate_media(media="print")

    assert not page.locator("nav details").is_visible()
    assert page.locator("#queue tbody tr").count() == 3


def test_paper_gets_twenty_rows_of_the_first_long_table_and_seven_of_others(browser, tmp_path):
    import pandas as pd
    from markupsafe import Markup

    from analysis.report import figures

    rows = pd.DataFrame({"subject": pd.array([f"subject {n:03}" for n in range(40)], "str")})
    first, second = (figures.table(rows, name=name, caption="Long") for name in ("first", "second"))
    made_page(tmp_path, SimpleNamespace(html=lambda: Markup(first.html() + second.html())))
    page = Visit(browser).open(tmp_path, "made.html")

    def counts():
        return [page.locator(f"#{name} tbody tr").count() for name in ("first", "second")]

    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = counts()
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert (printed, counts()) == ([20, 7], [25, 25])


def test_private_bugs_and_changes_are_in_no_file_of_the_report(site):
    leaks = [
        path.name
        for path in site.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in (b"embargoed hole", b"A private change"))
    ]

    assert leaks == []
    assert any(b"Count quota usage once" in path.read_bytes() for path in site.rglob("*.csv"))


def test_the_numbers_of_one_page_are_those_of_the_others(site):
    def rows(table):
        return json.loads((site / "tables" / f"{table}.json").read_text())["rows"]

    glance = {row["area_page"]: row for row in rows("23_areas-areas")}
    assert [row["area_page"] for row in rows("index-areas_first")] == list(glance)
    for area_id in AREAS:
        facts = {row["fact"]: row["n"] for row in rows(f"02_area-{area_id}-facts")}
        listed = len(rows(f"02_area-{area_id}-queue")) + len(rows(f"02_area-{area_id}-others"))
        assert facts["open fixes"] == glance[f"02_area-{area_id}.html"]["n_open_fixes"] == listed
        assert facts["bugs without fix"] == glance[f"02_area-{area_id}.html"]["n_without_fix"]
        assert facts["unreviewed"] == glance[f"02_area-{area_id}.html"]["n_unreviewed"]
    totals = {row["fact"]: row["n"] for row in rows("19_awaiting_review-facts")}
    assert totals["unreviewed"] == len(rows("19_awaiting_review-unreviewed"))
    assert totals["open fixes"] == sum(row["n_open_fixes"] for row in glance.values())
    assert totals["bugs without fix"] == len(rows("04_bugs_without_fix-without_fix"))
    steps = {row["act"]: row["n_bugs"] for row in rows("04_bugs_without_fix-acts")}
    has_fix = sum(n for act, n in steps.items() if act.startswith(("Close the bug", "Review the proposed")))
    assert totals["bugs without fix"] == sum(steps.values()) - has_fix
    assert totals["over a limit"] == len(rows("19_awaiting_review-breaches"))
    assert [row["trend"][-1] for row in glance.values()] == [row["n_open_fixes"] for row in glance.values()]
    first = {row["change_number"] for row in rows("index-hour")}
    assert first <= {row["change_number"] for area_id in AREAS for row in rows(f"02_area-{area_id}-queue")}
    trend = rows("19_awaiting_review-trend")[-1]
    assert trend["n_open_fixes"] == totals["open fixes"]
