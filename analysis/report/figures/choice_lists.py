"""Choices that a table and a picture follow, for looking around in JupyterLab."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.report.figures.html import clean
from analysis.report.figures.html_table import Table
from analysis.report.figures.picture import Picture

if TYPE_CHECKING:
    import ipywidgets

Shown = Sequence[Table | Picture]
# JupyterLab takes the look of a link from what is not in an output of a notebook, and gives a table wide lines.
STYLE = (
    "<style>.explored a { color: var(--jp-content-link-color, #1a56a0); text-decoration: underline; }"
    " .explored :is(th, td) { text-align: left; vertical-align: top; line-height: 1.4; padding: .3em .8em .3em 0; }"
    " .explored caption { text-align: left; font-weight: 600; }</style>"
)


def explorer(choices: Mapping[str, Sequence[str]], show: Callable[[dict[str, str]], Shown]) -> "ipywidgets.VBox":
    """One list of choices a label, and below them what `show` makes of what is chosen in each.

    The lists are the browser's own, so Tab reaches them and the arrow keys or a first letter choose.
    """
    # Only here, because no page of a report needs widgets, and each would pay for the import.
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
