"""Lists of choices that update a table and a picture, for exploring in JupyterLab."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.report.figures.html import clean
from analysis.report.figures.html_table import Table
from analysis.report.figures.picture import Picture

if TYPE_CHECKING:
    import ipywidgets

Shown = Sequence[Table | Picture]
# JupyterLab does not style links in the output of a notebook, and gives tables wide lines.
STYLE = (
    "<style>.explored a { color: var(--jp-content-link-color, #1a56a0); text-decoration: underline; }"
    " .explored :is(th, td) { text-align: left; vertical-align: top; line-height: 1.4; padding: .3em .8em .3em 0; }"
    " .explored caption { text-align: left; font-weight: 600; }</style>"
)


def explorer(choices: Mapping[str, Sequence[str]], show: Callable[[dict[str, str]], Shown]) -> "ipywidgets.VBox":
    """One list of choices per label, and below them the result of `show` for the chosen values.

    The lists are native ones of the browser: Tab reaches them, arrow keys or a first letter choose.
    """
    # imported here, because pages of a report need no widgets, and each would pay for the import
    import ipywidgets

    lists = {label: ipywidgets.Dropdown(**_list(label, values)) for label, values in choices.items()}
    pages = ipywidgets.VBox()

    def follow(change: object = None) -> None:
        parts = show({label: dropdown.value for label, dropdown in lists.items()})
        pages.children = tuple(ipywidgets.HTML(f'{STYLE}<div class="explored">{part.html()}</div>') for part in parts)

    for dropdown in lists.values():
        dropdown.observe(follow, names="value")
    follow()
    return ipywidgets.VBox([ipywidgets.HBox(list(lists.values()), layout={"flex_flow": "row wrap"}), pages])


def _list(label: str, values: Sequence[str]) -> dict[str, object]:
    options = [(clean(value, most=60), value) for value in values]
    return {"options": options, "value": values[0], "description": label, "layout": {"width": "22em"}}
