"""Reports: planned, run, rendered, published. Small notebooks in real kernels."""

import csv
import json
import re

import nbformat
import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis import shipped
from analysis.errors import LockedError, NotebookError, ParameterError, UsageError
from analysis.report import pages, run_archive
from analysis.report.pages import assets, downloads, execution, fingerprint, glossary, plan, search_index, single_file
from analysis.report.run_archive import RunArchive, to_prune

pytestmark = pytest.mark.kernel

AS_OF = "2015-06-30T12:00:00+00:00"
HOSTILE = "</script><script>window.broken=1</script>\"'=1+1 {release} \\"


def cell(kind, source, *tags):
    result = getattr(nbformat.v4, f"new_{kind}_cell")(source)
    result.metadata["tags"] = list(tags)
    return result


def write_notebook(folder, name, *code, parameters="release = 'none'", title="A page"):
    cells = [cell("markdown", f"# {title}\n\nWhat is asked?\n\nMore words."), cell("code", parameters, "parameters")]
    python = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
              "language_info": {"name": "python"}}  # fmt: skip
    result = nbformat.v4.new_notebook(cells=cells + [cell("code", source) for source in code], metadata=python)
    folder.mkdir(exist_ok=True)
    nbformat.write(result, folder / f"{name}.ipynb")
    return folder


def run(tmp_path, notebooks, *, project="nova", as_of=AS_OF, doubt="", given=None, each=None, **chosen):
    of = pages.ReportSet(project=project, title=project, release="liberty", as_of=as_of, doubt=doubt)
    values = pages.Values(overrides=given or {}, each=each or {})
    return pages.run(
        of, notebooks=sorted(notebooks.glob("*.ipynb")), data_dir=tmp_path / "data", values=values, **chosen
    )


def site(tmp_path):
    return tmp_path / "data" / "processed" / "reports" / "liberty"


def executed(tmp_path, page):
    return nbformat.read(site(tmp_path) / "notebooks" / f"{page}.ipynb", as_version=4)


def printed(tmp_path, page):
    return "".join(out.get("text", "") for c in executed(tmp_path, page).cells for out in c.get("outputs", ()))


@pytest.fixture
def notebooks(tmp_path):
    return tmp_path / "notebooks"


@pytest.mark.usefixtures("own_kernels")
def test_a_run_leaves_pages_without_code_executed_notebooks_and_an_index(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "hidden_name = 6 * 7\nprint('found', hidden_name)", title="The first")

    table = run(tmp_path, notebooks)

    page = (site(tmp_path) / "01_first.html").read_text()
    assert "found 42" in page and "hidden_name" not in page
    assert "found 42" in printed(tmp_path, "01_first")
    assert 'href="01_first.html"' in table.index.read_text()
    assert table.pages_made == ("01_first",)


@pytest.mark.usefixtures("own_kernels")
def test_a_page_alone_starts_its_own_kernel_and_several_have_theirs_forked():
    with execution.kernel_server(1) as of_one:
        assert of_one is None

    assert isinstance(execution.kernel_server(2), execution.KernelServer)


def test_a_notebook_that_declares_an_area_runs_once_for_each(tmp_path, notebooks):
    write_notebook(notebooks, "02_area", "print('about', area_id)", parameters="area_id = 'none'")

    result = run(tmp_path, notebooks, each={"area_id": {"cells": "Cells V2", "quotas": "Simplify <b>quotas</b>"}})

    assert result.pages_made == ("02_area-cells", "02_area-quotas")
    assert "about quotas" in printed(tmp_path, "02_area-quotas")
    assert "<h1>Simplify &lt;b&gt;quotas&lt;/b&gt;</h1>" in (site(tmp_path) / "02_area-quotas.html").read_text()


def test_an_undeclared_parameter_is_refused_before_anything_runs(tmp_path, notebooks):
    write_notebook(notebooks, "01_first")

    with pytest.raises(ParameterError) as raised:
        run(tmp_path, notebooks, given={"releese": "liberty"})

    assert raised.value.found == "['releese']"
    assert "'release'" in raised.value.expected
    assert not site(tmp_path).exists()


def test_a_page_is_never_about_another_area_than_the_one_it_is_named_after(tmp_path, notebooks):
    write_notebook(notebooks, "02_area", parameters="area_id = 'none'")
    areas = {"area_id": {"cells": "Cells V2", "quotas": "Simplify quotas"}}

    with pytest.raises(ParameterError) as raised:
        run(tmp_path, notebooks, given={"area_id": "cells"}, each=areas)

    assert raised.value.do == "name the page instead, one of 02_area-cells, 02_area-quotas"
    assert not site(tmp_path).exists()


@pytest.mark.parametrize("value", [["x"], 3, None, {"a": object()}])
def test_a_parameter_of_another_type_is_refused(tmp_path, notebooks, value):
    write_notebook(notebooks, "01_first")

    with pytest.raises(ParameterError):
        run(tmp_path, notebooks, given={"release": value})


def test_a_parameter_is_data_and_never_code(tmp_path, notebooks):
    hostile = 'x\'"\n__import__(\'os\').abort() #\\\u2028{release}\r"""; 1/0'
    write_notebook(notebooks, "01_first", "print(ascii(word))", parameters="word = ''")

    result = run(tmp_path, notebooks, given={"word": hostile})

    assert result.failures == ()
    assert ascii(hostile) in printed(tmp_path, "01_first")


def test_an_id_that_is_no_file_name_is_refused(tmp_path, notebooks):
    write_notebook(notebooks, "02_area", parameters="area_id = ''")

    with pytest.raises(ParameterError):
        run(tmp_path, notebooks, each={"area_id": {"../../etc": "Escape"}})


def test_an_unknown_name_is_refused_with_those_that_there_are(tmp_path, notebooks):
    write_notebook(notebooks, "01_first")

    with pytest.raises(UsageError) as raised:
        run(tmp_path, notebooks, names=["01_frist"])

    assert "01_first" in raised.value.expected


def test_parameters_that_are_computed_are_refused(notebooks):
    write_notebook(notebooks, "01_first", parameters="release = str(1)")

    with pytest.raises(ParameterError):
        plan.read(notebooks / "01_first.ipynb")


def test_the_plan_knows_which_tables_a_notebook_reads(notebooks):
    write_notebook(notebooks, "01_first", "a = store.read_table(data_dir, 'queue')\nb = store.read_table(d, 'bugs')")

    result = plan.read(notebooks / "01_first.ipynb")

    assert result.tables == ("bugs", "queue")
    assert (result.page.title, result.page.question) == ("A page", "What is asked?")


def test_a_notebook_whose_tables_were_not_built_is_left_out_and_the_index_says_why(tmp_path, notebooks):
    write_notebook(notebooks, "01_first")
    write_notebook(notebooks, "06_races", "store.read_table(data_dir, 'quota_requests')", title="Races")

    table = run(tmp_path, notebooks)

    assert table.pages_made == ("01_first",)
    assert "quota_requests" in table.pages_skipped["Races"]
    assert "quota_requests" in table.index.read_text()


def test_one_failing_notebook_does_not_stop_the_others(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print('before')", "1/0 # <script>")
    write_notebook(notebooks, "02_second", "print('fine')")

    table = run(tmp_path, notebooks)

    assert table.pages_made == ("02_second",)
    (failed,) = table.failures
    assert "01_first" in failed.failure and "ZeroDivisionError" in failed.failure
    assert "In [4]" in failed.failure
    page = (site(tmp_path) / "01_first.html").read_text()
    assert "ZeroDivisionError" in page and "before" in page and "# <script>" not in page
    assert "could not be made" in table.index.read_text()
    with pytest.raises(NotebookError):
        table.raise_failures()


def test_the_last_good_page_stays_readable_when_a_notebook_begins_to_fail(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print('good answer')")
    run(tmp_path, notebooks)
    write_notebook(notebooks, "01_first", "raise ValueError('bad')")
    run(tmp_path, notebooks)

    run(tmp_path, notebooks)  # and it still does when it fails again

    assert 'href="01_first.last-good.html"' in (site(tmp_path) / "01_first.html").read_text()
    assert "good answer" in (site(tmp_path) / "01_first.last-good.html").read_text()


def test_a_page_that_fails_for_the_second_time_is_not_its_own_last_good_page(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "raise ValueError('bad')")
    run(tmp_path, notebooks)

    run(tmp_path, notebooks)

    assert not (site(tmp_path) / "01_first.last-good.html").exists()


def test_once_something_is_hidden_no_page_from_before_is_shown_again(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print('told of bug 9')")
    write_notebook(notebooks, "02_second", "print('told of bug 9')")
    run(tmp_path, notebooks, hidden=["bug 8"])
    write_notebook(notebooks, "01_first", "raise ValueError('bad')")
    write_notebook(notebooks, "02_second", "print('tells of nothing')")

    run(tmp_path, notebooks, names=["01_first"], hidden=["bug 8", "bug 9"], as_of="2015-07-01T12:00:00+00:00")

    kept = tmp_path / "data" / "processed" / "reports"
    assert "tells of nothing" in (site(tmp_path) / "02_second.html").read_text()
    assert not [path for path in kept.rglob("*") if path.is_file() and "told of bug 9" in path.read_text()]
    assert len(RunArchive(kept, "liberty").runs()) == 2


def test_nothing_changed_means_nothing_runs(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print('once')")
    first = run(tmp_path, notebooks)

    again = run(tmp_path, notebooks)

    assert again.pages_made == () and again.pages_kept == ("01_first",)
    assert again.run == first.run


def test_only_the_touched_notebook_runs_again(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print('old')")
    write_notebook(notebooks, "02_second", "print('same')")
    run(tmp_path, notebooks)
    write_notebook(notebooks, "01_first", "print('new')")

    result = run(tmp_path, notebooks)

    assert result.pages_made == ("01_first",) and result.pages_kept == ("02_second",)
    assert "new" in (site(tmp_path) / "01_first.html").read_text()
    assert "same" in (site(tmp_path) / "02_second.html").read_text()


def test_a_table_with_other_bytes_makes_only_its_readers_stale(tmp_path, notebooks):
    folder = tmp_path / "data" / "processed" / "queue.parquet"
    folder.mkdir(parents=True)
    (folder / "nova.parquet").write_bytes(b"one")
    write_notebook(notebooks, "01_first", "if 0: store.read_table(data_dir, 'queue')")
    write_notebook(notebooks, "02_second")
    run(tmp_path, notebooks)
    (folder / "nova.parquet").write_bytes(b"two")

    result = run(tmp_path, notebooks)

    assert result.pages_made == ("01_first",)


def test_a_page_that_reads_every_project_is_stale_when_any_of_them_changes(tmp_path, notebooks):
    folder = tmp_path / "data" / "processed" / "links.parquet"
    folder.mkdir(parents=True)
    (folder / "cinder.parquet").write_bytes(b"one")
    inputs = "data_dir = ''\nproject = ''"
    write_notebook(notebooks, "01_own", "if 0: store.read_table(data_dir, 'links', project=project)", parameters=inputs)
    write_notebook(notebooks, "02_all", "if 0: store.read_table(data_dir, 'links')", parameters=inputs)
    run(tmp_path, notebooks)
    (folder / "cinder.parquet").write_bytes(b"two")

    result = run(tmp_path, notebooks)

    assert result.pages_made == ("02_all",)


def test_an_edition_keeps_the_tables_of_its_own_project_alone(tmp_path, notebooks):
    folder = tmp_path / "data" / "processed" / "queue.parquet"
    folder.mkdir(parents=True)
    for name in ("cinder", "nova"):
        (folder / f"{name}.parquet").write_bytes(b"rows")
    write_notebook(notebooks, "01_first", parameters="data_dir = ''\nproject = ''")

    run(tmp_path, notebooks)

    kept = (tmp_path / "data" / "processed" / "reports").rglob("queue.parquet/*")
    assert {path.name for path in kept} == {"nova.parquet"}


def test_another_glossary_makes_another_edition(tmp_path, monkeypatch):
    (tmp_path / "GLOSSARY.md").write_text("| a | one |")
    monkeypatch.setattr(shipped, "HOME", tmp_path)
    before = fingerprint.of_edition(["page"], {})

    (tmp_path / "GLOSSARY.md").write_text("| a | two |")

    assert fingerprint.of_edition(["page"], {}) != before


def test_a_finding_of_the_explorer_makes_a_page_of_the_quota_laboratory_stale(tmp_path, notebooks):
    folder = tmp_path / "data" / "processed" / "quota_runs" / "explorer"
    folder.mkdir(parents=True)
    (folder / "sqlite.json").write_text("[]")
    write_notebook(notebooks, "01_races", "# shows quota_lab")
    write_notebook(notebooks, "02_other")
    run(tmp_path, notebooks)
    (folder / "sqlite.json").write_text("[1]")

    assert run(tmp_path, notebooks).pages_made == ("01_races",)


def test_no_published_file_tells_where_on_the_machine_it_was_made(tmp_path, notebooks):
    inputs = "data_dir = '../data'\nsince = ''\nrelease = 'none'"
    write_notebook(notebooks, "01_first", "print(len(data_dir) > 7)", parameters=inputs)
    write_notebook(notebooks, "02_fails", "raise ValueError(data_dir)", parameters=inputs)
    run(tmp_path, notebooks, as_of="2015-06-29T12:00:00+00:00")
    write_notebook(notebooks, "01_first", "print(len(since) > 7)", parameters=inputs)

    run(tmp_path, notebooks)

    files = [path for path in site(tmp_path).rglob("*") if path.is_file()]
    assert [path.name for path in files if str(tmp_path).encode() in path.read_bytes()] == []
    assert printed(tmp_path, "01_first") == "True\n"
    assert "papermill" not in executed(tmp_path, "01_first").metadata
    (injected,) = [
        c for c in executed(tmp_path, "01_first").cells if "injected-parameters" in c.metadata.get("tags", ())
    ]
    assert 'data_dir = "../data"' in injected.source and 'release = "liberty"' in injected.source


def test_naming_one_notebook_keeps_the_other_pages(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print('first')")
    write_notebook(notebooks, "02_second", "print('second')")
    run(tmp_path, notebooks)
    write_notebook(notebooks, "01_first", "print('changed')")
    write_notebook(notebooks, "02_second", "print('changed')")

    result = run(tmp_path, notebooks, names=["02_second"])

    assert result.pages_made == ("02_second",)
    assert "first" in (site(tmp_path) / "01_first.html").read_text()


def test_a_page_that_was_not_brought_up_to_date_says_how_old_it_is(tmp_path, notebooks):
    write_notebook(notebooks, "01_first")
    write_notebook(notebooks, "02_second")
    run(tmp_path, notebooks)

    run(tmp_path, notebooks, as_of="2015-07-30T12:00:00+00:00", names=["01_first"])

    assert 'data as of <time datetime="2015-07-30' in (site(tmp_path) / "01_first.html").read_text()
    assert 'data as of <time datetime="2015-06-30' in (site(tmp_path) / "02_second.html").read_text()


def test_the_index_and_each_page_say_that_the_data_are_of_another_time(tmp_path, notebooks):
    write_notebook(notebooks, "01_first")
    write_notebook(notebooks, "02_second", parameters="data_dir = ''")  # which speaks of no release
    run(tmp_path, notebooks)

    run(tmp_path, notebooks, doubt="the data are <later> than liberty")

    mentions = {
        page.stem: page.read_text().count("Note: the data are &lt;later&gt; than")
        for page in site(tmp_path).glob("*.html")
    }
    assert mentions == {"index": 1, "01_first": 1, "02_second": 0, "glossary": 0}


def test_a_page_that_was_not_brought_up_to_date_keeps_what_it_said_of_its_time(tmp_path, notebooks):
    write_notebook(notebooks, "01_first")
    write_notebook(notebooks, "02_second")
    run(tmp_path, notebooks, doubt="the data are too old")

    run(tmp_path, notebooks, as_of="2015-07-30T12:00:00+00:00", names=["01_first"])

    mentions = {page.stem: "the data are too old" in page.read_text() for page in site(tmp_path).glob("*.html")}
    assert mentions == {"index": False, "01_first": False, "02_second": True, "glossary": False}


def test_a_report_is_compared_with_the_kept_run_that_was_named(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print(since.rpartition('/')[2][:8])", parameters="since = ''")
    for day in ("2015-06-01", "2015-06-15"):
        run(tmp_path, notebooks, as_of=f"{day}T12:00:00Z")

    run(tmp_path, notebooks)
    assert printed(tmp_path, "01_first") == "20150615\n"
    run(tmp_path, notebooks, since="2015-06-03")

    assert printed(tmp_path, "01_first") == "20150601\n"


def test_two_reports_of_one_release_do_not_run_at_once(tmp_path, notebooks):
    write_notebook(notebooks, "01_first")
    archive = RunArchive(tmp_path / "data" / "processed" / "reports", "liberty")

    with archive.locked(), pytest.raises(LockedError):
        run(tmp_path, notebooks)


def test_two_projects_of_one_release_share_no_page_and_no_news(tmp_path, notebooks):
    declared = "project = ''\nsince = ''"
    for name in ("01_first", "02_second"):
        write_notebook(notebooks, name, "print('of', project, 'since', since or 'never')", parameters=declared)
    first = run(tmp_path, notebooks, project="openstack/nova")

    other = run(tmp_path, notebooks, project="openstack/cinder", names=["01_first"], as_of="2015-07-30T12:00:00+00:00")

    beside = site(tmp_path).with_name("liberty-openstack-cinder")
    assert (first.index.parent, other.index.parent) == (site(tmp_path), beside)
    assert [page.name for page in sorted(beside.glob("0*.html"))] == ["01_first.html"]
    assert "of openstack/cinder since never" in (beside / "01_first.html").read_text()
    assert run(tmp_path, notebooks, project="openstack/nova") == first.__class__(
        first.index, first.run, pages_kept=("01_first", "02_second")
    )


def test_a_project_known_from_launchpad_alone_keeps_its_address_when_gerrit_names_it(tmp_path, notebooks):
    declared = "project = ''\nsince = ''"
    write_notebook(notebooks, "01_first", "print('since', since or 'never')", parameters=declared)
    run(tmp_path, notebooks, project="nova")

    named = run(tmp_path, notebooks, project="openstack/nova", as_of="2015-07-30T12:00:00+00:00")

    assert named.index.parent == site(tmp_path)
    assert "since never" in printed(tmp_path, "01_first")  # the tables of then bear the other name


def test_a_project_whose_name_reads_the_same_in_a_folder_is_refused(tmp_path, notebooks):
    write_notebook(notebooks, "01_first")
    for project in ("openstack/nova", "a/b"):
        run(tmp_path, notebooks, project=project)

    with pytest.raises(LockedError, match="runs of a/b"):
        run(tmp_path, notebooks, project="a-b")


def test_readers_see_the_old_site_or_the_new_one_and_never_neither(tmp_path):
    archive = RunArchive(tmp_path, "liberty")
    seen = []
    for text in ("old", "new"):
        with archive.locked(), archive.draft() as draft:
            (draft / "site").mkdir()
            (draft / "site" / "index.html").write_text(text)
            (draft / "run.json").write_text("{}")
            seen.append((archive.link / "index.html").read_text() if archive.link.exists() else None)
            archive.publish(draft, "20150630T120000Z-1")
            seen.append((archive.link / "index.html").read_text())

    assert seen == [None, "old", "old", "new"]
    assert archive.runs() == ["20150630T120000Z-1", "20150630T120000Z-1-2"]


def test_a_draft_that_was_not_published_leaves_nothing(tmp_path):
    archive = RunArchive(tmp_path, "liberty")

    with pytest.raises(RuntimeError), archive.locked(), archive.draft() as draft:
        (draft / "half").write_text("written")
        raise RuntimeError

    assert not archive.link.exists() and archive.runs() == []
    assert [path.name for path in archive.runs_dir.iterdir()] == [".lock"]


def test_the_next_run_removes_what_a_killed_one_left_in_the_temporary_place(tmp_path):
    archive = RunArchive(tmp_path, "liberty")
    left = archive.runs_dir / ".draft-killed"
    left.mkdir(parents=True)
    run_archive.sockets(left).mkdir(exist_ok=True)

    with archive.locked(), archive.draft() as draft:
        assert not run_archive.sockets(left).exists() and run_archive.sockets(draft).is_dir()

    assert not run_archive.sockets(draft).exists()


def test_pruning_keeps_the_newest_runs_and_the_last_of_each_week():
    daily = [f"201501{day:02}T120000Z-x" for day in range(1, 32)]

    gone = to_prune(daily)

    assert not set(gone) & set(daily[-run_archive.KEPT :])
    assert {"20150104T120000Z-x", "20150111T120000Z-x", "20150118T120000Z-x"}.isdisjoint(gone)  # Sundays
    assert "20150102T120000Z-x" in gone


TABLE = {
    "name": "queue",
    "caption": "Queue",
    "columns": [
        {"name": "subject", "label": "Subject"},
        {"name": "tags", "label": "Tags"},
        {"name": "n", "label": "N"},
    ],
    "rows": [["=cmd|'/C calc'!A0", ["+a", "b"], -3], [" \t@x", None, None], ['plain, text\n"q"', [], 1.5]],
}


def test_csv_cells_that_a_spreadsheet_would_run_are_text():
    rows = list(csv.reader(downloads.as_csv(TABLE).splitlines(keepends=True)))

    assert rows[0] == ["subject", "tags", "n"]
    assert rows[1] == ["'=cmd|'/C calc'!A0", "'+a; b", "-3"]
    assert rows[2] == ["' \t'@x", "", ""]
    assert rows[3] == ['plain, text\n"q"', "", "1.5"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("text", ["a;=1+1", "a; +a", 'x;"=1"', "line\n=1", "tab\t@x", "a,=1", "=1", "; -2"])
def test_no_cell_begins_a_formula_whatever_separator_a_spreadsheet_takes(text, separator):
    result = {"columns": [{"name": "first"}, {"name": "second"}], "rows": [[text, "plain"], [["b", text], "plain"]]}

    rows = csv.reader(downloads.as_csv(result).splitlines(keepends=True), delimiter=separator)

    assert [cell for row in rows for cell in row if cell.strip(' "').startswith(downloads.FORMULA[:4])] == []


def test_the_files_beside_a_table_hold_the_same_rows(tmp_path, notebooks):
    cell = "from IPython.display import display\ndisplay({'text/html': '<p>shown</p>', %r: %r}, raw=True)"
    write_notebook(notebooks, "01_first", cell % (downloads.DATA, TABLE))

    run(tmp_path, notebooks)

    files = site(tmp_path) / "tables"
    assert json.loads((files / "01_first-queue.json").read_text())["rows"][0]["tags"] == ["+a", "b"]
    assert pq.read_table(files / "01_first-queue.parquet")["subject"].to_pylist()[0] == "=cmd|'/C calc'!A0"
    assert (files / "01_first-queue.csv").read_text().startswith("subject,tags,n")
    assert 'href="tables/01_first-queue.csv"' in (site(tmp_path) / "01_first.html").read_text()


def test_a_page_may_run_the_scripts_that_bear_its_word_and_fetch_nothing(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print('fine')")
    write_notebook(notebooks, "02_second", "print('other')")

    run(tmp_path, notebooks)

    words = []
    for page in ("01_first", "02_second"):
        html = (site(tmp_path) / f"{page}.html").read_text()
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
        words += re.findall(r"script-src &#39;nonce-([0-9a-f]+)&#39;;", policy)
        assert policy.startswith("default-src &#39;none&#39;;")
        assert "unsafe-inline" not in policy.partition("style-src")[0]
        assert re.findall(r'<script defer nonce="([^"]*)"', html) == [words[-1]] and html.count("<script") == 1
    assert len(set(words)) == 2
    assert "</script" not in assets.script() and "<!--" not in assets.script()


def test_what_pages_share_is_beside_them_once_and_long_tables_leave_rows_out(tmp_path, notebooks):
    frame = "pd.DataFrame({'subject': [f'<b>{n}' for n in range(250)]})"
    write_notebook(
        notebooks, "01_first", "import pandas as pd\nfrom analysis.report import figures",
        f"figures.table({frame}, name='long', caption='Long')",
    )  # fmt: skip

    run(tmp_path, notebooks)

    html = (site(tmp_path) / "01_first.html").read_text()
    rest = (site(tmp_path) / "rows" / "01_first.js").read_text()
    assert len(html) < 20_000 and (site(tmp_path) / "assets" / "page.js").stat().st_size > 500_000
    assert "&lt;b&gt;49<" in html and "&lt;b&gt;50<" not in html and "The first 50 of 250 rows" in html
    assert "\\u003ctd" in rest and "&lt;b&gt;249" in rest and "&lt;b&gt;49\\" not in rest and "<" not in rest


def test_a_brace_in_a_folder_name_is_meant_as_itself(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print('fine')")

    result = run(tmp_path / "{release}", notebooks)

    assert result.pages_made == ("01_first",)


def test_a_page_of_one_file_needs_no_other_and_leads_to_none(tmp_path, notebooks):
    frame = "pd.DataFrame({'subject': [f'<b>{n}' for n in range(60)]})"
    write_notebook(
        notebooks, "01_first", "import pandas as pd\nfrom analysis.report import figures",
        f"figures.table({frame}, name='long', caption='Long')",
    )  # fmt: skip
    run(tmp_path, notebooks)

    html = single_file.single_file(site(tmp_path), "01_first")

    outside = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert "<link" not in outside and " src=" not in outside and not re.search(r'href="(?!#)', outside)
    assert "The first 50 of 60 rows" in outside and "&lt;b&gt;59" in html and "DataTable" in html
    with pytest.raises(UsageError, match="01_frist"):
        single_file.single_file(site(tmp_path), "01_frist")


def test_the_index_of_the_search_holds_hostile_titles_as_text(tmp_path):
    rows = pd.DataFrame(
        {
            "kind": ["area", "area", "person", "bug"],
            "key": ["cells", "gone", "7", "12"],
            "text": ["Cells", "Gone", "Ann \u202egnol", HOSTILE],
            "note": ["area", "area", "person", "New, High"],
            "address": ["02_area-cells.html", "02_area-gone.html", None, "https://bugs.test/bugs/12"],
        },
        dtype="string",
    )
    (tmp_path / "assets").mkdir()
    for page in ("02_area-cells", "person-7"):
        (tmp_path / f"{page}.html").touch()

    search_index.write(tmp_path, rows, roots={"bug": "https://bugs.test/bugs/"})

    script = (tmp_path / "assets" / "search.js").read_text()
    index = json.loads(script.removeprefix("window.searchIndex = ").removesuffix(";\n"))
    assert "<" not in script and "\u202e" not in script
    assert index["rows"] == [
        [0, "cells", "Cells", 0, "02_area-cells.html"],
        [0, "gone", "Gone", 0],
        [1, "7", "Ann gnol", 1, "person-7.html"],
        [2, "12", HOSTILE, 2],
    ]


def test_the_index_of_the_search_names_a_row_of_a_page_only_if_the_page_is_there(tmp_path):
    own = ["17_open_bugs.html?filter=12#open_bugs", "17_open_bugs.html?filter=13#open_bugs", "gone.html?filter=9#x"]
    rows = pd.DataFrame(
        {"kind": "bug", "key": ["12", "13", "9"], "text": "a", "note": "n", "page": own}, dtype="string"
    )
    (tmp_path / "17_open_bugs.html").touch()

    index = search_index.index(tmp_path, rows, {"bug": "https://bugs.test/bugs/"})

    assert index["places"] == ["17_open_bugs.html?filter={}#open_bugs"]
    assert [row[4:] for row in index["rows"]] == [[0], [0], []]


def test_each_word_of_the_glossary_has_its_place_on_the_page_that_explains_it(tmp_path, notebooks):
    write_notebook(notebooks, "01_first", "print('fine')")

    run(tmp_path, notebooks)

    html = (site(tmp_path) / "glossary.html").read_text()
    places = re.findall(r'<dt id="([^"]*)">', html)
    assert len(places) == len(set(places)) >= 40
    assert {glossary.place(first) for first in glossary.first_words().values()} == set(places)
    assert "fate" in glossary.words() and not glossary.EVERYDAY & set(glossary.words())
    assert set(glossary.first_words()) >= glossary.EVERYDAY
    assert 'href="glossary.html"' in (site(tmp_path) / "01_first.html").read_text()
