"""Parts without data: an empty page is left out and named, and so are empty parts of a page."""

import nbformat
import pandas as pd

from analysis.report import figures, measures, page_registry
from analysis.report.output_data import NOT_RUN
from analysis.report.pages import missing_data, site
from analysis.report.run_record import PageRecord, ReportSet

REPORT = ReportSet("nova", "nova", "liberty", "2015-06-30T12:00:00+00:00")
RACES, RECORD = page_registry.QUOTA_RACES.name(), page_registry.QUOTA_RECORD.name()


def cell(name, rows, empty=f"{NOT_RUN}; race some."):
    table = figures.table(pd.DataFrame(rows, columns=["design", "n"]), name=name, caption=f"About {name}", empty=empty)
    return nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", table._repr_mimebundle_())])


def heading(text):
    return nbformat.v4.new_markdown_cell(text)


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=[heading("# Title\n\nA question?"), *cells])


def test_a_page_needs_a_word_or_a_number_in_one_of_its_tables():
    assert missing_data.lacks_data(RECORD, notebook(cell("before_after_all", [("race", 0), ("leak", None)])))
    assert missing_data.lacks_data(RACES, notebook(cell("held", []), cell("designs", [("CountOnly", 3)])))
    assert not missing_data.lacks_data(RECORD, notebook(cell("before_after_all", [("race", 0), ("leak", 2)])))
    assert not missing_data.lacks_data("03_review_state", notebook(cell("reviews", [])))


def test_a_part_that_no_run_shows_goes_with_its_words_and_is_named():
    whole = notebook(
        heading("## With races"), cell("held", [("CountOnly", 1)]), cell("recheck", []),
        heading("## With crashes\n\nWorkers were killed."), cell("crashes", []),
        heading("## Limitations\n\nOne server."),
    )  # fmt: skip

    result = missing_data.without_missing_parts(RACES, whole)
    text = "\n".join(str(one.source) for one in result.cells)

    assert "Workers were killed" not in text and "## With races" in text
    assert text.index("of: About recheck; With crashes.") < text.index("## Limitations")
    assert sum(len(one.get("outputs", ())) for one in result.cells) == 1
    assert sum(len(one.get("outputs", ())) for one in whole.cells) == 3  # its argument is as it was


def test_an_empty_answer_of_another_page_stays_because_it_says_something():
    whole = notebook(heading("## Blockers"), cell("standing", [], empty="No open bug stands against it."))

    assert missing_data.without_missing_parts("15_release", whole) is whole


def test_a_link_to_a_page_that_is_not_there_is_words_alone_in_scripts_too(tmp_path):
    (tmp_path / "notebooks").mkdir()
    rows = pd.DataFrame({"owner_name": ["Ada", "Ben"] * 30, "owner_page": ["index.html", "person-7.html"] * 30})
    table = figures.table(rows, name="rescues", caption="Long")
    output = nbformat.v4.new_output("display_data", table._repr_mimebundle_())
    made = notebook(nbformat.v4.new_code_cell(outputs=[output]))
    nbformat.write(made, tmp_path / "notebooks" / "index.ipynb")

    site.write(tmp_path, [PageRecord("index", "Start", "")], {}, report_set=REPORT, last_good={})

    for path in (tmp_path / "index.html", tmp_path / "rows" / "index.js"):
        text = path.read_text()
        assert "person-7" not in text and "Ben" in text and "index.html" in text


def test_a_task_whose_page_is_not_there_is_left_out_of_the_start_page(tmp_path):
    (tmp_path / "notebooks").mkdir()
    tasks = [
        measures.StartTask("Which bugs?", "index.html", (measures.Answer("<7>", "index.html"),)),
        measures.StartTask("Does it grow?", "10_gone.html", (measures.Answer("yes", "index.html"),)),
        measures.StartTask("What first?", "", (measures.Answer("a review", "10_gone.html"),)),
    ]
    output = nbformat.v4.new_output("display_data", figures.task_list(tasks)._repr_mimebundle_())
    nbformat.write(notebook(nbformat.v4.new_code_cell(outputs=[output])), tmp_path / "notebooks" / "index.ipynb")

    site.write(tmp_path, [PageRecord("index", "Start", "")], {}, report_set=REPORT, last_good={})

    text = (tmp_path / "index.html").read_text()
    assert "Which bugs?" in text and "&lt;7&gt;" in text and "Does it grow?" not in text
    assert "What first?" in text and "a review" in text, "it leads nowhere, so no page of it can be lacking"


def test_a_page_without_data_is_left_out_and_named_where_people_look_for_it(tmp_path):
    (tmp_path / "notebooks").mkdir()
    pages = {
        "index": notebook(
            heading(f"## More\n\nSee [the record]({RECORD}.html#more) and [the data](11_data_quality.html).")
        ),
        RECORD: notebook(cell("before_after_all", [("race", 0)])),
        "11_data_quality": notebook(),
    }
    for name, made in pages.items():
        nbformat.write(made, tmp_path / "notebooks" / f"{name}.ipynb")
    entries = [PageRecord(name, name.title(), "", audience="Quotas") for name in pages]

    site.write(tmp_path, entries, {}, report_set=REPORT, last_good={})
    start, quality = ((tmp_path / f"{name}.html").read_text() for name in ("index", "11_data_quality"))

    assert not (tmp_path / f"{RECORD}.html").exists() and f"{RECORD}.html" not in start
    assert "See the record and <a href" in start
    assert "07_Quota_Record: these data have nothing that it could show" in start
    assert "07_Quota_Record (these data have nothing that it could show)." in quality
