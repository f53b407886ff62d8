"""Tables and pictures of the reports: their content, and their safety against hostile text."""

import ast
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.report import figures, measures
from analysis.report.figures.html import clean, link, links_to_pages, safe
from analysis.report.figures.html_table import DATA, MOST_INLINE, MOST_ROWS, ROWS
from analysis.report.output_data import DRAWING
from analysis.report.pages import assets
from analysis.tables import schema

TEXT = schema.BUGS.dtypes["title"]


class Seen(HTMLParser):
    """The elements and the text of a piece of HTML, as a browser parses them."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.attributes, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data):
        self.text += data


def one(value, *, column="subject", dtype=TEXT, **columns):
    frame = pd.DataFrame({column: pd.Series([value], dtype=dtype), **columns})
    return figures.table(frame, name="t", caption="A caption")


@given(st.text())
def test_no_text_becomes_an_element_or_an_attribute(text):
    seen = Seen(one(text).html())

    assert sorted(set(seen.elements)) == ["caption", "div", "table", "tbody", "td", "th", "thead", "tr"]
    assert {name for name, _ in seen.attributes} <= {
        "class",
        "id",
        "scope",
        "data-order",
        "data-rows",
        "data-column",
        "data-choose",
        "data-means",
    }
    assert clean(text) in " ".join(seen.text.split()) or not clean(text)


@given(st.text())
def test_cleaned_text_is_one_short_line_of_visible_letters(text):
    result = clean(text)

    assert len(result) <= 300
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", result)


def test_a_title_of_a_megabyte_is_cut():
    text = safe("<" * 1_000_000)

    assert len(text) == 299 * len("&lt;") + 1 and text.endswith("…")


def test_a_lone_surrogate_is_dropped():
    assert clean("a\ud800b") == "ab"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        'https://x/"onmouseover=1',
        "data:text/html,x",
        "//evil",
        "https://a b",
        "a.html?filter=<b>#c",
        pd.NA,
    ],
)
def test_only_web_addresses_become_links(address):
    assert link(address, "label") == "label"


def test_a_number_leads_to_its_address():
    result = one(101, column="change_number", dtype="Int64", change_url=["https://gerrit.test/101"]).html()

    assert '<a href="https://gerrit.test/101">101</a>' in result
    assert "change_url" not in result


def test_a_count_has_thousands_separators_and_the_number_of_a_bug_none():
    rows = pd.DataFrame({"n_bugs": [13251, 7], "bug_id": [1234567, 89]})

    result = figures.table(rows, name="t", caption="Two").html()

    assert '<td class="number" data-order="13251">13,251</td>' in result
    assert '<td class="number" data-order="7">7</td>' in result, "either all cells of a column have an order or none"
    assert '<td class="number">1234567</td>' in result


@pytest.mark.parametrize(
    ("column", "dtype"),
    [("n_unreviewed", "Int64"), ("waiting_days", "Float64"), ("subject", TEXT), ("is_unreviewed", "boolean")],
)
def test_unknown_is_shown_as_unknown_and_never_as_zero(column, dtype):
    result = Seen(one(None, column=column, dtype=dtype).html())

    assert result.text.endswith("unknown\n")


def test_where_there_is_nothing_to_be_known_a_cell_says_none():
    frame = pd.DataFrame({"oldest_days": pd.array([None, None], "Float64"), "n_waiting": pd.array([0, None], "Int64")})

    cells = figures.table(
        frame, name="t", caption="c", columns=["oldest_days"], none_where={"oldest_days": "n_waiting"}
    ).html()

    assert re.findall('<span class="(none|unknown)">', cells) == ["none", "unknown"]
    assert "Wait for review" not in cells


def test_a_stable_branch_leads_to_the_change_that_it_has_and_a_dash_to_none():
    frame = pd.DataFrame({"bug_id": [1, 2], "stable/kilo": pd.array(["waiting 106", None], TEXT)})
    text = figures.table(
        measures.with_addresses(frame, gerrit_root="https://r.example/", launchpad_root="https://l.example/"),
        name="t",
        caption="c",
    ).html()

    assert '<a href="https://r.example/106">in review 106</a>' in text
    assert text.count("unknown") == 0 and text.count('<span class="none">\u2013</span>') == 1
    assert "stable/kilo_url" not in text


def test_a_column_with_a_slash_that_is_no_stable_branch_is_a_column_like_any_other():
    frame = pd.DataFrame({"bugs/week": pd.array([1.25, None], "Float64")})

    result = figures.table(frame, name="t", caption="c").html()

    assert ">Bugs/week</th>" in result
    assert ">1.2</td>" in result and '<span class="unknown">unknown</span>' in result


def test_a_table_carries_its_values_for_whoever_computes():
    frame = pd.DataFrame(
        {
            "change_number": pd.array([7, None], "Int64"),
            "since_at": pd.to_datetime(["2015-06-30T12:00:00Z", None]).as_unit("us"),
            "tags": pd.Series([["a", "=b"], None], dtype=schema.BUGS.dtypes["tags"]),
        }
    )

    data = figures.table(frame, name="t", caption="c")._repr_mimebundle_()[DATA]

    assert [column["name"] for column in data["columns"]] == ["change_number", "since_at", "tags"]
    assert data["rows"] == [[7, "2015-06-30T12:00:00+00:00", ["a", "=b"]], [None, None, None]]


def test_a_long_table_is_cut_on_the_page_and_whole_in_its_values():
    frame = pd.DataFrame({"n": pd.array(range(MOST_ROWS + 1), "Int64")})

    bundle = figures.table(frame, name="t", caption="c")._repr_mimebundle_()

    assert Seen(bundle["text/html"]).elements.count("tr") == MOST_INLINE + 1  # and one for the headings
    assert bundle[ROWS]["html"].count("<tr>") == MOST_ROWS - MOST_INLINE
    assert "The first 50 of 1,001 rows" in bundle["text/html"]
    assert len(bundle[DATA]["rows"]) == MOST_ROWS + 1


def test_an_empty_table_says_what_that_means():
    result = figures.table(pd.DataFrame({"n": []}), name="t", caption="Caption", empty="Every fix was reviewed.").html()

    assert "Every fix was reviewed." in result and "<table" not in result


def counts(**turns):
    ages = pd.DataFrame({"age": ["under 3 days", "unknown"]})
    return ages.assign(**{turn: pd.array(values, "Int64") for turn, values in turns.items()})


def bars(frame):
    return figures.bar_chart(frame, name="waiting_times", caption="Waited", legend="Waiting on")


def test_a_picture_says_its_numbers_in_words_and_as_a_table():
    picture = bars(counts(reviewers=[2, 0], unknown=[0, 1]))

    bundle = picture._repr_mimebundle_()

    assert "under 3 days: 2, unknown: 1" in picture.alt
    assert f'aria-label="{picture.alt}"' in bundle["text/html"]
    assert bundle[DATA]["rows"] == [["under 3 days", 2, 0], ["unknown", 0, 1]]


def test_a_picture_follows_the_pages_colours_and_a_file_of_it_has_its_own():
    picture = bars(counts(reviewers=[2, 0]))

    assert "var(--turn-reviewers, #c2410c)" in picture.html()
    assert "var(" not in picture.svg() and "#c2410c" in picture.svg()


def test_the_same_numbers_give_the_same_bytes():
    assert bars(counts(owner=[1, 1])).svg() == bars(counts(owner=[1, 1])).svg()


def test_a_picture_of_nothing_can_be_drawn():
    assert "There are none" in bars(pd.DataFrame({"age": ["unknown"]})).html()


def test_shares_of_which_none_is_known_are_no_empty_grid():
    shares = pd.DataFrame({"after_days": pd.array([1, 3], "Int64"), "fixes": pd.array([None, None], "Float64")})
    rows = shares.assign(fixes=pd.array([1.0, 0.5], "Float64"))

    unknown = figures.survival_chart(shares, name="shares", caption="Shares")._repr_mimebundle_()
    drawn = figures.survival_chart(rows, name="shares", caption="Shares")

    assert "It is unknown" in unknown["text/html"] and "<svg" not in unknown["text/html"] and DRAWING not in unknown
    assert "<svg" in drawn.html() and drawn.figure.axes[0].lines[0].get_drawstyle() == "steps-post"


def test_a_share_of_nothing_is_a_dash_and_not_unknown():
    page = one(pd.NA, column="share", dtype="Float64").html()

    assert "\u2013" in page and "unknown" not in page


def test_facts_are_text_or_a_number_or_unknown():
    frame = pd.DataFrame(
        {
            "fact": ["owner", "open", "oldest", "unreviewed"],
            "n": pd.array([None, 3, 41.5, None], "Float64"),
            "text": pd.Series(["<b>", None, None, None], dtype=TEXT),
            "unit": pd.Series([None, None, "days", None], dtype=TEXT),
            "note": ["a", "b", "c", "d"],
        }
    )

    seen = Seen(figures.fact_list(frame).html())

    assert seen.text == "owner<b>aopen3boldest42 dayscunreviewedunknownd"


def test_a_fact_of_one_day_bears_its_unit_in_the_singular():
    frame = pd.DataFrame({"fact": ["oldest", "older"], "n": [1.0, 1.5], "unit": ["days"] * 2, "note": ["", ""]})

    assert Seen(figures.fact_list(frame).html()).text == "oldest1 dayolder1.5 days"


def test_a_long_name_breaks_between_its_words_and_no_entity_is_cut():
    frame = pd.DataFrame({"model": pd.array(["ReserveAndCommit", "a&=b_c <X>"], "str")})

    html = figures.table(frame, name="t", caption="T").html()

    assert ">Reserve<wbr>And<wbr>Commit<" in html
    assert ">a&amp;=<wbr>b_<wbr>c &lt;X&gt;<" in html


def test_a_trend_is_a_line_that_is_also_heard_and_its_change_sorts():
    result = figures.table(pd.DataFrame({"trend": [[3, 5, 1]]}), name="t", caption="T").html()

    assert 'aria-label="3, 5, 1"' in result
    assert 'data-order="-2"' in result and "\u22122</span>" in result


def test_a_list_is_read_with_its_commas_and_a_truth_stands_left():
    frame = pd.DataFrame({"terms": [["quota", "usage"]], "is_open": pd.array([True], "boolean")})

    result = figures.table(frame, name="t", caption="T").html()

    assert ">quota, usage<" in result
    assert 'class="text">yes' in result


def test_each_value_of_a_list_leads_to_its_own_address_and_hostile_ones_to_none():
    frame = pd.DataFrame(
        {
            "areas": [["Cells V2", "<b>Quotas</b>"], ["Bad"], []],
            "areas_page": [["02_area-cells.html", "02_area-quotas.html"], ["javascript:alert(1)"], []],
        }
    )

    text = figures.table(frame, name="t", caption="T").html()

    assert (
        '<a href="02_area-cells.html">Cells V2</a>, <a href="02_area-quotas.html">&lt;b&gt;Quotas&lt;/b&gt;</a>' in text
    )
    assert ">Bad</td>" in text and "javascript" not in text
    assert text.count('<span class="none">none</span>') == 1


def rendered_reason(reason, *, roots=("https://r.example/", "https://l.example/")):
    frame = pd.DataFrame({"reason": pd.Series([reason], dtype=TEXT)})
    frame = measures.with_addresses(frame, gerrit_root=roots[0], launchpad_root=roots[1])
    return figures.table(frame, name="t", caption="T").html()


def test_a_bug_and_a_change_that_a_reason_names_lead_to_where_they_are():
    result = rendered_reason("change 7 was abandoned; see bug 12, change 70")

    assert '<a href="https://r.example/7">change 7</a> was abandoned' in result
    assert '<a href="https://l.example/bugs/12">bug 12</a>, <a href="https://r.example/70">change 70</a>' in result
    assert "reason_urls" not in result and rendered_reason(None).count("<a ") == 0


@given(st.text() | st.text("change bug 0123456789<>&\"'#;\u200b"))
def test_no_reason_becomes_an_element_but_links_to_the_two_servers(text):
    seen = Seen(rendered_reason(text))

    assert set(seen.elements) <= {"a", "caption", "div", "span", "table", "tbody", "td", "th", "thead", "tr"}
    leads = [value for name, value in seen.attributes if name == "href"]
    assert all(re.fullmatch(r"https://(r\.example/|l\.example/bugs/)[0-9]+", to) for to in leads)
    assert clean(text) in " ".join(seen.text.split()) or not clean(text)


def test_an_address_that_is_none_makes_no_link_of_what_a_reason_names():
    assert "<a " not in rendered_reason("change 7", roots=("javascript:alert(1)//", "https://l.example/"))


def test_lists_of_fixes_lead_to_each_change_of_them():
    frame = pd.DataFrame({"fixed_by": [["change 7", "commit abc"], []]})
    frame = measures.with_addresses(frame, gerrit_root="https://r.example/", launchpad_root="https://l.example/")

    result = figures.table(frame, name="t", caption="T").html()

    assert '<a href="https://r.example/7">change 7</a>, commit abc' in result


def test_a_column_of_zeros_can_be_left_out_of_the_page_and_not_of_the_files():
    frame = pd.DataFrame({"n_unknown": pd.array([0, 0], "Int64"), "n_open_fixes": pd.array([1, 2], "Int64")})

    result = figures.table(frame, name="t", caption="T", unless_zero=["n_unknown"])

    assert "Unknown" not in result.html()
    assert [column["name"] for column in result.data()["columns"]] == ["n_unknown", "n_open_fixes"]


def test_a_column_beside_is_in_the_files_and_not_on_the_page():
    frame = pd.DataFrame({"bug_id": pd.array([1], "Int64"), "lack": ["no_change"]})

    result = figures.table(frame, name="t", caption="T", columns=["bug_id"], beside=["lack"])

    assert "no change" not in result.html()
    assert [column["name"] for column in result.data()["columns"]] == ["bug_id", "lack"]


def test_a_table_without_rows_can_be_led_to_like_one_with_rows():
    assert 'id="without_fix"' in figures.table(pd.DataFrame({"a": []}), name="without_fix", caption="T").html()


def test_what_xml_forbids_is_in_no_text():
    forbidden = [*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]

    assert {clean(f"a{chr(number)}b") for number in forbidden} == {"ab"}


def test_a_feed_is_linked_and_not_printed_on_the_page():
    result = figures.Document("unreviewed.atom.xml", "A feed", "<feed/>", is_for_people=False)

    assert "&lt;feed/&gt;" not in result.html() and "A feed" in result.html()


def test_a_ratio_and_a_p_value_keep_the_digits_that_decide():
    result = figures.table(
        pd.DataFrame({"ratio_high": [0.923], "p": [0.0196], "per_1000": [8.212]}), name="t", caption="T"
    )

    assert ">0.92</td>" in result.html()
    assert ">0.020</td>" in result.html()
    assert ">8.2</td>" in result.html()


# For each figure a process that has asked for none before; what they all need of other people is imported once.
ASKING = """
import os, sys
import jinja2, markupsafe, matplotlib.figure, pandas, pyarrow
for first in sys.argv[1:]:
    if not (child := os.fork()):
        from analysis.report import figures
        getattr(figures, first)
        print(first, *(callable(getattr(figures, name)) for name in figures.MODULE_OF), flush=True)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


@pytest.mark.long
def test_a_figure_is_a_function_whichever_is_asked_for_first():
    asked = ["fact_list", "table", "explorer", "line_chart", "bar_chart"]

    done = subprocess.run([sys.executable, "-c", ASKING, *asked], text=True, capture_output=True, check=True)

    lines = [line.split() for line in done.stdout.splitlines()]
    assert [first for first, *_ in lines] == asked
    assert [set(answers) for _, *answers in lines] == [{"True"}] * len(asked)


def test_what_is_imported_for_the_type_checker_is_what_there_is():
    (checked,) = (node for node in ast.parse(Path(figures.__file__).read_text()).body if isinstance(node, ast.If))
    homes = {alias.name: node.module.rpartition(".")[2] for node in checked.body for alias in node.names}

    assert homes == figures.MODULE_OF


def test_no_picture_is_called_as_a_measure_is():
    modules = {path.stem for path in Path(measures.__file__).parent.glob("*.py")}
    own = {path.stem for path in Path(figures.__file__).parent.glob("*.py")} - {"__init__"}

    assert not (own | set(figures.MODULE_OF)) & (modules | set(vars(measures))), "a picture is called after its form"


def test_a_bar_chart_draws_any_table_of_names_and_numbers():
    frame = pd.DataFrame({"branch": ["stable/kilo", "stable/<b>"], "n_changes": pd.array([3, None], "Int64")})

    picture = figures.bar_chart(frame, name="branches", caption="Open changes")

    assert "stable/kilo: 3" in picture.alt and picture.table.frame is not None
    assert "<b>" not in picture.html() and "legend" not in picture.svg()


def test_an_empty_bar_chart_and_its_table_give_the_same_reason():
    frame = pd.DataFrame({"weekday": [], "n_bugs": pd.array([], "Int64")})
    frame.attrs["note"] = "No bugs were fetched."

    picture = figures.bar_chart(frame, name="weekdays", caption="Bugs reported")

    assert picture.table.empty == "No bugs were fetched." and "No bugs were fetched." in picture.alt


def test_a_column_that_says_the_same_in_each_of_many_rows_is_said_once():
    frame = pd.DataFrame({"subject": [f"s{n}" for n in range(10)], "branch": ["<master>"] * 10})

    many = Seen(figures.table(frame, name="t", caption="Caption").html())
    few = Seen(figures.table(frame.head(9), name="t", caption="Caption").html())

    assert "In every row: Branch: <master>" in many.text and many.elements.count("th") == 1
    assert "In every row" not in few.text and few.elements.count("th") == 2


def test_a_column_that_is_unknown_in_every_row_is_said_once_in_a_short_table_too():
    unknown = pd.array([pd.NA] * 2, "string")
    frame = pd.DataFrame({"subject": ["a", "b"], "ci": unknown, "branch": ["master"] * 2})

    two = Seen(figures.table(frame, name="t", caption="Caption").html())
    one = Seen(figures.table(frame.head(1), name="t", caption="Caption").html())

    assert "In every row: CI: unknown" in two.text and two.elements.count("th") == 2
    assert "In every row" not in one.text and one.elements.count("th") == 3


def test_the_reasons_of_a_rank_unfold_and_the_first_is_in_sight():
    frame = pd.DataFrame({"rank": [1, 2], "reasons": [["+30 <b>High", "+8 small", "+1 old"], ["+5 alone"]]})

    html = figures.table(frame, name="t", caption="Caption").html()

    assert html.count("<details>") == 1 and "<span>+5 alone</span></td>" in html
    assert "<details><summary><span>+30 &lt;b&gt;High</span>" in html and "and 2 more" in html
    assert html.index("</summary>") < html.index("+8 small") < html.index("+1 old") < html.index("</details>")


def test_the_sum_of_the_points_stands_before_the_reasons_of_a_rank():
    frame = pd.DataFrame({"reasons": [["+30 High", "+8 small"], ["+5 alone"], ["+1 x"]], "score": [38.0, 5.0, None]})

    table = figures.table(frame, name="t", caption="Caption", beside=["score"])

    texts = [re.sub("<[^>]*>", "", cell).strip() for cell in re.findall("<td [^>]*>(.*?)</td>", table.html())]
    assert texts == ["38 points: +30 High and 1 more+8 small", "5 points: +5 alone", "+1 x"]


def test_a_bar_in_parts_names_each_part_that_it_has():
    counts = pd.DataFrame({"age": ["new", "old"], "reviewers": [3, 0], "ci": [1, 2]})

    figure = figures.bar_chart(counts, name="bars", caption="Bars", legend="Waiting on").figure

    assert [text.get_text() for text in figure.axes[0].texts] == ["4: reviewers 3, CI 1", "2: CI 2"]


def test_the_names_of_two_lines_that_end_alike_stand_apart():
    at = pd.to_datetime(["2015-06-01", "2015-06-08"], utc=True).as_unit("us")
    weeks = pd.DataFrame({"at": at, "a": pd.array([1, 3], "Int64"), "b": pd.array([2, 3], "Int64")})

    figure = figures.line_chart(weeks, name="t", caption="c", lines=(("a", "open"), ("b", "unreviewed"))).figure

    heights = {text.get_text(): text.xy[1] for text in figure.axes[0].texts}
    assert sorted(heights) == ["open 3", "unreviewed 3"]
    assert abs(heights["open 3"] - heights["unreviewed 3"]) >= 0.1 * figure.axes[0].get_ylim()[1]


def test_a_line_of_one_known_week_is_a_sentence():
    at = pd.to_datetime(["2015-06-01", "2015-06-08"], utc=True).as_unit("us")
    weeks = pd.DataFrame({"at": at, "n_open_fixes": pd.array([None, 26], "Int64"),
                          "n_unreviewed": pd.array([None, None], "Int64")})  # fmt: skip
    lines = (("n_open_fixes", "open"), ("n_unreviewed", "unreviewed"))

    one = figures.line_chart(weeks, name="trend", caption="Week by week", lines=lines)
    two = figures.line_chart(weeks.assign(n_open_fixes=[7, 26]), name="trend", caption="Week by week", lines=lines)

    assert "It is known of one week alone, that of 2015-06-08: open 26, unreviewed unknown." in one.html()
    assert "<svg" not in one.html() and "<svg" in two.html()


def test_every_picture_is_as_wide_as_the_page():
    counts = pd.DataFrame({"theme": ["a"], "n_bugs": [1]})

    assert 'style="max-width: 73rem"' in figures.bar_chart(counts, name="bars", caption="Bars").html()


def test_a_curve_is_drawn_in_steps_with_its_interval_and_its_name_at_its_end():
    curve = {"days": [0.0, 2.0], "share": [1.0, 0.5], "share_low": [1.0, 0.3], "share_high": [1.0, 0.7]}
    shares = pd.DataFrame({"after_days": pd.array([1, 3], "Int64"), "fixes": pd.array([1.0, 0.5], "Float64")})
    shares.attrs = {"curves": {"fixes": curve}}

    axes = figures.survival_chart(shares, name="shares", caption="Shares").figure.axes[0]

    assert axes.lines[0].get_xydata().tolist() == [[0, 100], [2, 50]] and len(axes.collections) == 1
    assert [text.get_text() for text in axes.texts] == ["■", "Fixes"]


def test_a_style_that_many_parts_of_a_drawing_have_is_written_once():
    counts = pd.DataFrame({"theme": list("abcdefgh"), "n_bugs": range(1, 9)})
    html = figures.bar_chart(counts, name="bars", caption="Bars").html()

    styles = Counter(re.findall(r'(?<= style=)"[^"]*"', html))
    assert max(styles.values()) < 3 and re.search(r"\.bars-\d+\{", html)
    assert set(re.findall(r'class="(bars-\d+)"', html)) == set(re.findall(r"\.(bars-\d+)\{", html))


@pytest.mark.parametrize("is_script", [False, True])
def test_a_link_to_a_page_that_is_not_there_goes_though_its_words_may_break(is_script):
    names = pd.DataFrame({"owner_name": ["John_Smith", "NovaCore a/b"], "owner_page": ["20_people-7.html"] * 2})
    html = figures.table(names, name="t", caption="c", columns=["owner_name"]).html()
    html = assets.as_script(html) if is_script else html

    assert html.count("20_people-7.html") == 2 and "wbr>" in html
    assert links_to_pages(html, {"20_people-7.html"}) == html
    assert "20_people-7.html" not in links_to_pages(html, ()) and "Smith" in links_to_pages(html, ())


def test_a_state_on_a_branch_has_the_same_words_with_and_without_a_change():
    frame = pd.DataFrame({"bug_id": [1, 2, 3], "stable/kilo": pd.array(["waiting 106", "waiting", "blocked"], TEXT)})
    html = figures.table(frame, name="t", caption="c").html()

    assert "in review 106" in html and ">in review<" in html and ">a newer branch first<" in html
    assert "waiting" not in html


def test_the_history_of_a_theme_is_a_column_for_each_half_year_and_numbers_in_words():
    history = pd.DataFrame({"theme_id": ["cells"] * 3, "closed": [4, 9, 1], "fix_known": [0, 0, 2],
                            "without_fix": [0, 1, 3],
                            "span_began_at": pd.date_range("2016-04-19", periods=3, freq="182D", tz="UTC")}
                           )  # fmt: skip

    picture = figures.history_chart(history)

    assert picture.alt.endswith(
        "In all 20: open, without a fix 4, open, with a fix 2, closed or unknown 14. Most in the half "
        "year from 2016-10-18: 10. In the last two: 10 and 6."
    )
    html = picture.html()
    assert html.count('style="fill: var(--turn-') == 2 + 2  # two states in the drawing and in its legend
    assert "wide" not in html and len(html) < 9_000
    assert figures.history_chart(history.head(0)).html().startswith('<p class="empty"')


def test_a_line_of_counts_in_a_cell_is_read_as_numbers_and_sorts_by_the_newest():
    rows = pd.DataFrame({"theme": ["cells", "quota"], "opened": [[1, 30, 2], [0, 0, 5]]})

    html = figures.table(rows, name="themes", caption="Themes").html()

    assert 'class="history" data-order="2"' in html and 'aria-label="1, 30, 2"' in html
    assert "</svg></span>" in html  # no change beside it


def test_a_statement_is_a_paragraph_and_its_names_are_text():
    statement = figures.statement("About <b>cells</b>.")

    assert statement.html() == '<p class="answer">About &lt;b&gt;cells&lt;/b&gt;.</p>'
    assert figures.statement("").html() == ""


def test_a_long_sentence_folds_the_words_that_it_quotes_and_no_others():
    quoted = "change 7 was abandoned by Ann on 2016-10-25: " + "it is old, please restore it if you work on it, " * 3
    plain = (
        "Confirmed, and no fix is known; a comment of 2014-01-14 names change 8; a wish: decide whether it needs a spec"
    )
    rows = pd.DataFrame({"bug_id": [1, 2], "reason": [quoted, plain], "reason_urls": [["https://r.test/7"], []]})

    html = figures.table(rows, name="why", caption="Why").html()

    assert html.count("<details>") == 1 and '<a href="https://r.test/7">change 7</a>' in html.split("<details>")[0]
