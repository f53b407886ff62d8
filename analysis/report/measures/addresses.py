"""The web addresses of bugs, changes and areas."""

import re
from urllib.parse import quote

import pandas as pd

from analysis.report import page_registry
from analysis.report.measures.areas import area_page
from analysis.tables import schema

MOST_NAMED = 100  # changes in one address: some 2,000 letters
NAMING = ("reason", "evidence", "fixed_by")  # columns of sentences, ours, that name bugs and changes by their numbers
_NAMED = re.compile(schema.NAMED)


def change_url(change_numbers: pd.Series, *, gerrit_root: str) -> pd.Series:
    """Addresses of changes; NA if the number is NA. Every Gerrit, old and new, serves the short form."""
    return _under(gerrit_root, "", change_numbers)


def bug_url(bug_ids: pd.Series, *, launchpad_root: str) -> pd.Series:
    """Addresses of bugs; NA if the number is NA."""
    return _under(launchpad_root, "bugs/", bug_ids)


def person_page(key: object) -> str:
    """The file of a person's page: for the number of an account, or a key of `measures.people`.

    Every owner of an open change has one.

    >>> person_page(42)
    'person-42.html'
    """
    return f"{page_registry.PEOPLE.part(str(key))}.html"


def with_addresses(frame: pd.DataFrame, *, gerrit_root: str, launchpad_root: str) -> pd.DataFrame:
    """The frame with `change_url`, `bug_url`, `other_bug_url`, `owner_page`, `area_page`, as far as its columns allow.

    A column of NAMING gets a list of addresses, such as `reason_urls`, for each bug and change in its sentence. A
    column of a stable branch, see measures.backports, gets its own: `stable/kilo_url` leads to the change in it.
    """
    linked = frame.copy()
    if "change_number" in linked:
        linked["change_url"] = change_url(linked["change_number"], gerrit_root=gerrit_root)
    for number, address in {"bug_id": "bug_url", "other_bug_id": "other_bug_url"}.items():
        if number in linked:
            linked[address] = bug_url(linked[number], launchpad_root=launchpad_root)
    if "owner" in linked:
        linked["owner_page"] = linked["owner"].map(person_page, na_action="ignore").astype(schema.TEXT)
    if "area_id" in linked:
        linked["area_page"] = linked["area_id"].map(area_page, na_action="ignore").astype(schema.TEXT)
    for name in (name for name in NAMING if name in linked):
        urls = [_named_changes(value, gerrit_root=gerrit_root, launchpad_root=launchpad_root) for value in linked[name]]
        linked[f"{name}_urls"] = pd.Series(urls, index=linked.index, dtype=schema.TEXTS)
    for branch in (name for name in frame if str(name).startswith(schema.STABLE_BRANCHES)):
        numbers = pd.to_numeric(frame[branch].astype(schema.TEXT).str.extract(r" (\d+)$", expand=False)).astype("Int64")
        linked[f"{branch}_url"] = change_url(numbers, gerrit_root=gerrit_root)
    return linked


def dashboards(fixes: pd.DataFrame, *, gerrit_root: str, title: str) -> pd.DataFrame:
    """Addresses of Gerrit queries for the fixes of an area that wait for review: one for all, and one for each state.

    They list the changes, because Gerrit has no areas; `MOST_NAMED` keeps the address short enough for a server.

    Returns
    -------
    DataFrame
        section, n_changes, section_url.
    """
    numbers = {"all that wait for review": fixes["change_number"]}
    numbers |= {_section(str(state)): group["change_number"] for state, group in fixes.groupby("state", sort=True)}
    numbers = {section: each.drop_duplicates() for section, each in numbers.items() if len(each)}
    sections = pd.DataFrame(
        {
            "section": pd.Series(list(numbers), dtype=schema.TEXT),
            "n_changes": pd.array([len(each) for each in numbers.values()], "Int64"),
        }
    )
    parts = [_quote(section) + "=" + _any_of(each) for section, each in numbers.items()]
    addresses = [f"{gerrit_root.rstrip('/')}/dashboard/?title={_quote(title)}&{part}" for part in parts]
    return sections.assign(section_url=pd.Series(addresses, dtype=schema.TEXT))


def lists_on_servers(project: str, launchpad_project: str, *, gerrit_root: str, launchpad_root: str) -> dict[str, str]:
    """The servers' own lists of what is open now, by what they list.

    >>> lists_on_servers("openstack/nova", "nova", gerrit_root="https://r.example/", launchpad_root="https://l.example")
    {'Changes': 'https://r.example/q/project:openstack/nova+status:open', 'Bugs': 'https://l.example/nova'}
    """
    return {
        "Changes": f"{gerrit_root.rstrip('/')}/q/project:{quote(project, safe='/')}+status:open",
        "Bugs": f"{launchpad_root.rstrip('/')}/{_quote(launchpad_project)}",
    }


def _named_changes(value: list[str] | str | None, *, gerrit_root: str, launchpad_root: str) -> list[str]:
    text = ", ".join(value) if isinstance(value, list) else "" if pd.isna(value) else str(value)
    roots = {"bug": f"{launchpad_root.rstrip('/')}/bugs/", "change": f"{gerrit_root.rstrip('/')}/"}
    return [roots[kind] + number for kind, number in dict.fromkeys(_NAMED.findall(text))]


def _under(root: str, folder: str, numbers: pd.Series) -> pd.Series:
    return (root.rstrip("/") + "/" + folder) + numbers.astype("Int64").astype("string")


def _quote(text: str) -> str:
    """Percent-encoded for a query: an area's title is text of a file that people write."""
    return quote(text, safe="", errors="replace")


def _any_of(numbers: pd.Series) -> str:
    return "+OR+".join(f"change:{number}" for number in numbers.head(MOST_NAMED))


def _section(state: str) -> str:
    """The name of a saved page in Gerrit for the changes of a state."""
    return "votes unknown" if state == "unknown" else state.replace("_", " ")
