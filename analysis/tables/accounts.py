"""The kinds of accounts (person, CI, bot or the server itself): the general rules, and exceptions per server.

A project file's section [accounts] names exceptions, by username, display name or account id; they come before the
general rules. The general rules are those of OpenStack's third-party CI policy (a CI's display name ends with " CI", a
bot's with " Bot") and of the usual service accounts (a word of the username is jenkins, zuul or ci); an account that no
rule decides is judged by what it writes, see `account_writing`.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Annotated, ClassVar

import msgspec
import pandas as pd

from analysis.errors import ProjectFileError
from analysis.tables import schema
from analysis.tables.configuration import Section

Named = Annotated[
    frozenset[str | int],
    msgspec.Meta(description="a list of usernames, display names or account ids", examples=['["zuul", 1234]']),
]
LaunchpadNames = Annotated[
    frozenset[str], msgspec.Meta(description="a list of Launchpad names", examples=['["hudson-openstack"]'])
]

# Words of a username; a word ends where no letter follows: lf-jenkins, ci-bot, zuul2, example_virt_ci, but not marci.
CI_WORDS = re.compile(r"(?i)(?<![^\W\d_])(jenkins|zuul|smokestack|ci|buildbot)(?![^\W\d_])")
CI_NAME = re.compile(r"(?i)^((.*\s)?(ci|jenkins|zuul)|third[- ]party ci\b.*)$")
# Two names of which one is "Ci" are a person's, whatever the username; a machine writes "CI", or more than one word.
BORN_CI = re.compile(r"^(?!.*(?i:jenkins|zuul|bot))(?:Ci [^\W\d_]+|[^\W\d_]+ Ci)$")
# OpenStack's infra account comments on Launchpad and is in Gerrit's core groups; it neither tests nor reviews.
BOT_WORDS = re.compile(r"(?i)(?<![^\W\d_])(bot|robot|hudson-openstack)(?![^\W\d_])")
BOT_NAME = re.compile(r"(?i)^(.*\sbot|welcome, new contributor!?)$")
UNRULED = "general: no rule for machines applies"
SERVER_NAME = re.compile(r"(?i)^gerrit( code review)?$")
# Accounts that comment on Launchpad for Gerrit: the infra hook's.
LAUNCHPAD_BOTS = ("hudson-openstack", "openstack-infra", "openstack-gerrit")
# Launchpad's own accounts, on every project: they close expired bugs, and report packages of a distribution.
LAUNCHPAD_ITSELF = ("janitor",)


class Rules(Section, frozen=True):
    """The exceptions of one server, over the general rules.

    `person`, `ci`, `bot` and `server` hold usernames, display names or account ids; `launchpad_bots` holds the
    Launchpad names whose comments report what happened in Gerrit.
    """

    SECTION: ClassVar[str] = "accounts"

    person: Named = frozenset()
    ci: Named = frozenset()
    bot: Named = frozenset()
    server: Named = frozenset()
    launchpad_bots: LaunchpadNames = frozenset(LAUNCHPAD_BOTS)

    @property
    def launchpad_machines(self) -> frozenset[str]:
        """The Launchpad names of machines: `launchpad_bots`, and Launchpad's own accounts."""
        return self.launchpad_bots | frozenset(LAUNCHPAD_ITSELF)

    def __post_init__(self) -> None:
        """Raise ProjectFileError for an account that is of two kinds."""
        for one, other in combinations(schema.ACCOUNT_KINDS, 2):
            for account in sorted(getattr(self, one) & getattr(self, other), key=str):
                raise ProjectFileError(
                    expected="an account under one kind in [accounts]",
                    found=f"{account!r} under {one} and {other}",
                    do="keep it under one kind",
                )

    def kind(self, account: int | None, username: str | None, name: str | None, tags: Iterable[str] = ()) -> str:
        """One of schema.ACCOUNT_KINDS."""
        return self.decided(account, username, name, tags)[0]

    def decided(
        self, account: int | None, username: str | None, name: str | None, tags: Iterable[str] = ()
    ) -> tuple[str, str]:
        """The kind of an account and the rule that decided it; a person if no rule applies."""
        for kind in schema.ACCOUNT_KINDS:
            names = getattr(self, kind)
            for value in (account, username, name):
                if value is not None and value in names:
                    return kind, f"project file: {kind} {value}"
        return _general(username, name, frozenset(tags))


def _general(username: str | None, name: str | None, tags: frozenset[str]) -> tuple[str, str]:
    if name and SERVER_NAME.match(name):
        return "server", "general: Gerrit's own name"
    is_born = name is not None and BORN_CI.match(name)
    if username and not is_born and (word := CI_WORDS.search(username)):
        return "ci", f"general: username has the word {word[0]}"
    if name and " " not in name and (word := CI_WORDS.search(name)):
        return "ci", f"general: display name is a username with the word {word[0]}"
    if name and not is_born and CI_NAME.match(name):
        return "ci", "general: display name is a CI's"
    if username and (word := BOT_WORDS.search(username)):
        return "bot", f"general: username has the word {word[0]}"
    if name and BOT_NAME.match(name):
        return "bot", "general: display name is a bot's"
    if "SERVICE_USER" in tags:
        return "bot", "general: Gerrit tags it SERVICE_USER"
    return "person", UNRULED


def is_by_machine(rows: pd.DataFrame, machines: "pd.Series[int]") -> "pd.Series[bool]":
    """Whether a machine wrote each message or cast each vote: by its account, or by the tag that a CI gives its own.

    Parameters
    ----------
    rows : DataFrame with account and tag
    machines : account ids
    """
    # Gerrit also tags its own messages (autogenerated:gerrit:...); they are sent in the name of the person who acted.
    tag = rows["tag"].fillna("")
    is_tagged = tag.str.startswith("autogenerated:") & ~tag.str.startswith("autogenerated:gerrit:")
    return (rows["account"].isin(machines) | is_tagged).astype("boolean")


class AccountInfo(msgspec.Struct, gc=False):
    """An account as Gerrit serves it: only the number, or with DETAILED_ACCOUNTS also the other fields."""

    account_id: int | None = msgspec.field(name="_account_id", default=None)
    name: str | None = None
    username: str | None = None
    tags: list[str] | None = None


def table(seen: Mapping[int, AccountInfo], rules: Rules) -> pd.DataFrame:
    """The table accounts for the AccountInfo objects seen, by account id."""
    rows = [_row(account, seen[account], rules) for account in sorted(seen)]
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema.ACCOUNTS.columns)
    return schema.ACCOUNTS.frame(dict(zip(schema.ACCOUNTS.columns, map(list, columns), strict=True)))


def _row(account: int, info: AccountInfo, rules: Rules) -> tuple[object, ...]:
    return account, info.username, info.name, *rules.decided(account, info.username, info.name, info.tags or ())


def merged(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One table accounts from those of several batches.

    A server may name an account in one answer and have only its number in another: the row with the name wins. An
    account that is a machine by its messages in one batch has to be judged again on those in all batches.
    """
    rows = pd.concat([schema.ACCOUNTS.empty(), *tables], ignore_index=True)
    named = rows["username"].notna().astype("int8") + rows["name"].notna().astype("int8")
    is_machine = rows["kind"].ne("person")
    best = rows.assign(named=named, is_machine=is_machine)
    best = best.sort_values(["account", "named", "is_machine"], kind="stable", ascending=[True, False, False])
    return schema.ACCOUNTS.frame(best.drop_duplicates("account").drop(columns=["named", "is_machine"]))
