"""Privacy: only public changes and public bugs may be shown, and nothing that refers to private ones.

The only rule of privacy is `is_hidden`. A stage of the pipeline gets only visible rows, see `visible_tables`; a stage
that might be called with tables as served applies the rule again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis.tables import schema


def is_hidden(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each bug or change must be hidden from the public: it is private, or may be.

    A row with unknown privacy is hidden: showing an embargoed bug cannot be undone.

    Parameters
    ----------
    rows : DataFrame, schema.BUGS or schema.CHANGES; of its columns only is_private is read

    Returns
    -------
    Series of bool, never NA, with the index of `rows`
    """
    hidden: pd.Series[bool] = rows["is_private"].fillna(True).astype(bool)
    return hidden


def visible_bugs(bugs: pd.DataFrame) -> pd.DataFrame:
    """The rows of `bugs` that the public may see, in the same order, with a new index.

    Parameters
    ----------
    bugs : DataFrame, schema.BUGS
    """
    return bugs[~is_hidden(bugs)].reset_index(drop=True)


def visible_changes(changes: pd.DataFrame, *, links: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The rows of `changes` that the public may see, in the same order, with a new index.

    A public change that is linked to a private bug is left out too: its subject shows what the bug is about, and the
    people who embargoed it decide when to publish that. A bug that was not fetched does not count as private.

    Parameters
    ----------
    changes : DataFrame, schema.CHANGES
    links : DataFrame, schema.LINKS
    bugs : DataFrame, schema.BUGS
    """
    private_bugs = bugs.loc[is_hidden(bugs), "bug_id"]
    telling = links.loc[(links["kind"] == "change") & links["bug_id"].isin(private_bugs), "ref"]
    hidden = is_hidden(changes) | changes["change_number"].astype("string").isin(telling)
    return changes[~hidden].reset_index(drop=True)


def visible_tables(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables that a judgement may read: without the rows of hidden bugs and changes.

    A table is filtered by its column bug_id or change_number, and links by ref as well; other tables stay as they are.
    A link of a bug that is finally a duplicate of a private one is removed too: code that follows duplicates would put
    its fix under the private number.

    Parameters
    ----------
    tables : tables by their names in schema; bugs, changes and links (of all bugs and changes) among them
    """
    hidden = HiddenItems.among(bugs=tables["bugs"], changes=tables["changes"], links=tables["links"])
    return {name: hidden.visible_rows(name, table) for name, table in tables.items()}


@dataclass(frozen=True, slots=True)
class HiddenItems:
    """The numbers of the bugs and changes that the public may not see.

    `of_links` holds the bugs whose links are hidden: the hidden ones, and each that is finally a duplicate of one.
    """

    bugs: pd.Series
    changes: pd.Series
    of_links: pd.Series

    @classmethod
    def among(cls, *, bugs: pd.DataFrame, changes: pd.DataFrame, links: pd.DataFrame) -> "HiddenItems":
        """The hidden ones of all bugs and changes.

        Parameters
        ----------
        bugs : DataFrame, of schema.BUGS bug_id, is_private and duplicate_of
        changes : DataFrame, of schema.CHANGES change_number and is_private
        links : DataFrame, of schema.LINKS bug_id, kind and ref
        """
        visible_numbers = visible_changes(changes, links=links, bugs=bugs)["change_number"]
        of_bugs = bugs.loc[is_hidden(bugs), "bug_id"]
        of_changes = changes.loc[~changes["change_number"].isin(visible_numbers), "change_number"]
        return cls(of_bugs, of_changes, _add_duplicates(of_bugs, bugs))

    def visible_rows(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table that may be shown, in the same order; see `visible_tables` for what decides.

        Parameters
        ----------
        name : of the table in schema
        table : any columns of it; links and unread_lines with all columns that they are filtered by
        """
        if name == "links":
            refs = (table["kind"] == "change") & table["ref"].isin(self.changes.astype("string"))
            table = table[~(refs | table["bug_id"].isin(self.of_links))].reset_index(drop=True)
        if name == "unread_lines":
            table = _telling_nothing(table, self.bugs, self.changes)
        return _drop_rows(_drop_rows(table, "bug_id", self.bugs), "change_number", self.changes)


@dataclass(slots=True)
class PrivateRows:
    """The rows of hidden bugs and changes, by table: a build holds them in memory, and never writes them."""

    parts: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    def withheld(self, tables: Mapping[str, pd.DataFrame], owner: str, key: str) -> dict[str, pd.DataFrame]:
        """The tables without the rows of hidden bugs or changes, which this object keeps.

        Parameters
        ----------
        tables : some records' tables by name, with that of their `owner` (bugs, changes), whose key others repeat
        """
        hidden = tables[owner].loc[is_hidden(tables[owner]), key]
        if hidden.empty:
            return dict(tables)
        for name, table in tables.items():
            if key in table:
                self.parts.setdefault(name, []).append(table[table[key].isin(hidden)])
        return {name: _drop_rows(table, key, hidden) for name, table in tables.items()}

    def together(self, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """The tables with the withheld rows, ordered by key, to find out what else must be hidden."""
        return {
            name: schema.TABLES[name].ordered(pd.concat([table, *self.parts[name]])) if name in self.parts else table
            for name, table in tables.items()
        }


def hidden_names(served: Mapping[str, pd.DataFrame], visible: Mapping[str, pd.DataFrame]) -> list[str]:
    """The bugs and changes that were served and are hidden, such as "bug 9", in order.

    Parameters
    ----------
    served, visible : tables by name, bugs and changes among them; as fetched, and as `visible_tables` leaves them
    """
    keys = {"bug": ("bugs", "bug_id"), "change": ("changes", "change_number")}
    return [
        f"{kind} {number}"
        for kind, (name, key) in keys.items()
        for number in sorted(set(served[name][key]) - set(visible[name][key]))
    ]


def visible_themes(previous: Mapping[str, pd.DataFrame], *, bugs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The themes of an earlier build without those that contained a bug that is hidden now.

    A theme keeps its id and its label while its bugs stay, and both are words of its bugs, perhaps of the hidden one.
    Most such themes are made again from the other bugs, with the same words.

    Parameters
    ----------
    previous : the tables themes and bug_themes of the build before
    bugs : DataFrame, schema.BUGS, of today
    """
    of_themes = previous["bug_themes"]
    turned = of_themes["bug_id"].isin(bugs.loc[is_hidden(bugs), "bug_id"])
    telling = of_themes.loc[turned, "theme_id"].dropna()
    return {name: _drop_rows(table, "theme_id", telling) for name, table in previous.items()}


def _telling_nothing(unread_lines: pd.DataFrame, of_bugs: pd.Series, of_changes: pd.Series) -> pd.DataFrame:
    """The lines without those of hidden changes, and without those that contain the number of a hidden bug."""
    numbers = pd.to_numeric(unread_lines["line"].str.extractall(r"([0-9]{1,15})")[0])
    named = numbers[numbers.isin(of_bugs)].index.get_level_values(0)
    is_of_hidden = unread_lines["kind"].eq("change") & unread_lines["ref"].isin(of_changes.astype("string"))
    return unread_lines[~is_of_hidden & ~unread_lines.index.isin(named)].reset_index(drop=True)


def _add_duplicates(of_bugs: pd.Series, bugs: pd.DataFrame) -> pd.Series:
    """The bugs, their duplicates, the duplicates of these, and so on."""
    is_one = bugs["bug_id"].isin(of_bugs) | bugs["duplicate_of"].isin(of_bugs).fillna(False)
    ids: pd.Series = bugs.loc[is_one, "bug_id"]
    return ids if len(ids) == len(of_bugs) else _add_duplicates(ids, bugs)


def _drop_rows(table: pd.DataFrame, key: str, hidden: pd.Series) -> pd.DataFrame:
    if key not in table or hidden.empty:
        return table
    return table[~table[key].isin(hidden)].reset_index(drop=True)
