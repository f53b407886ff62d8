"""Who is a person, a CI, a bot or the server itself: rules per server, general ones first held here.

A project file's section [accounts] names exceptions, by username, display name or account id; they come before the
general rules. The general rules are those of OpenStack's third-party CI policy (a CI's display name ends with " CI",
a bot's with " Bot") and of the usual service accounts (a word of the username is jenkins, zuul or ci).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec
import pandas as pd

from analysis import schema
from analysis.errors import ProjectFileError

Named = str | int

# Words of a username; a word ends where no letter follows: lf-jenkins, ci-bot, zuul2, example_virt_ci, but not marci.
CI_WORDS = re.compile(r"(?i)(?<![^\W\d_])(jenkins|zuul|smokestack|ci|buildbot)(?![^\W\d_])")
CI_NAME = re.compile(r"(?i)^((.*\s)?(ci|jenkins|zuul)|third[- ]party ci\b.*)$")
# Two names of which one is "Ci" are a person's, whatever the username; a machine writes "CI", or more than one word.
BORN_CI = re.compile(r"^(?!.*(?i:jenkins|zuul|bot))(?:Ci [^\W\d_]+|[^\W\d_]+ Ci)$")
# OpenStack's infra account comments on Launchpad and sits in Gerrit's core groups; it neither tests nor reviews.
BOT_WORDS = re.compile(r"(?i)(?<![^\W\d_])(bot|robot|hudson-openstack)(?![^\W\d_])")
BOT_NAME = re.compile(r"(?i)^(.*\sbot|welcome, new contributor!?)$")
SERVER_NAME = re.compile(r"(?i)^gerrit( code review)?$")
# Accounts that comment on Launchpad for Gerrit: the infra hook's.
LAUNCHPAD_BOTS = ("hudson-openstack", "openstack-infra", "openstack-gerrit")
# Launchpad's own, on every project: it closes what expired, and says what a distribution packaged.
LAUNCHPAD_ITSELF = ("janitor",)


@dataclass(frozen=True, slots=True)
class Rules:
    """The exceptions of one server, over the general rules.

    `person`, `ci`, `bot` and `server` hold usernames, display names or account ids; `launchpad_bots` holds the
    Launchpad names whose comments report what happened in Gerrit.
    """

    person: frozenset[Named] = frozenset()
    ci: frozenset[Named] = frozenset()
    bot: frozenset[Named] = frozenset()
    server: frozenset[Named] = frozenset()
    launchpad_bots: frozenset[str] = field(default=frozenset(LAUNCHPAD_BOTS))

    @property
    def launchpad_machines(self) -> frozenset[str]:
        """The Launchpad names whose comments are no person's: `launchpad_bots`, and Launchpad's own."""
        return self.launchpad_bots | frozenset(LAUNCHPAD_ITSELF)

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> "Rules":
        """The rules that a project file's section [accounts] states.

        Raises ProjectFileError for a key that is not a rule, a value that is not a list, or an account in two rules.
        """
        for key, value in section.items():
            _check_rule(key, value, [each.name for each in fields(cls)])
        _check_apart(section)
        return cls(**{key: frozenset(value) for key, value in section.items()})

    def kind(self, account: int | None, username: str | None, name: str | None, tags: Iterable[str] = ()) -> str:
        """One of schema.ACCOUNT_KINDS."""
        return self.decided(account, username, name, tags)[0]

    def decided(
        self, account: int | None, username: str | None, name: str | None, tags: Iterable[str] = ()
    ) -> tuple[str, str]:
        """The kind of an account and the rule that decided it; what no rule knows is a person."""
        for kind in schema.ACCOUNT_KINDS:
            named = getattr(self, kind)
            for value in (account, username, name):
                if value is not None and value in named:
                    return kind, f"project file: {kind} {value}"
        return _general(username, name, frozenset(tags))


def _general(username: str | None, name: str | None, tags: frozenset[str]) -> tuple[str, str]:
    if name and SERVER_NAME.match(name):
        return "server", "general: Gerrit's own name"
    is_born = name is not None and BORN_CI.match(name)
    if username and not is_born and (found := CI_WORDS.search(username)):
        return "ci", f"general: username has the word {found[0]}"
    if name and not is_born and CI_NAME.match(name):
        return "ci", "general: display name is a CI's"
    if username and (found := BOT_WORDS.search(username)):
        return "bot", f"general: username has the word {found[0]}"
    if name and BOT_NAME.match(name):
        return "bot", "general: display name is a bot's"
    if "SERVICE_USER" in tags:
        return "bot", "general: Gerrit tags it SERVICE_USER"
    return "person", "general: no rule for machines applies"


class AccountInfo(msgspec.Struct, gc=False):
    """Somebody, as Gerrit serves it: bare, only the number is there; the rest comes with DETAILED_ACCOUNTS."""

    account_id: int | None = msgspec.field(name="_account_id", default=None)
    name: str | None = None
    username: str | None = None
    tags: list[str] | None = None


def table(seen: Mapping[int, AccountInfo], rules: Rules) -> pd.DataFrame:
    """The table accounts for the AccountInfo objects seen, by account id."""
    rows = [_row(account, seen[account], rules) for account in sorted(seen)]
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema.ACCOUNTS.columns)
    return schema.ACCOUNTS.frame(dict(zip(schema.ACCOUNTS.columns, map(list, columns), strict=True)))


def _row(account: int, info: AccountInfo, rules: Rules) -> tuple[Any, ...]:
    return account, info.username, info.name, *rules.decided(account, info.username, info.name, info.tags or ())


def merged(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One table accounts out of those of several batches.

    A server may name an account in one answer and give its bare number in another: the row that names it wins.
    """
    rows = pd.concat([schema.ACCOUNTS.empty(), *tables], ignore_index=True)
    named = rows["username"].notna().astype("int8") + rows["name"].notna().astype("int8")
    best = rows.assign(named=named).sort_values(["account", "named"], kind="stable", ascending=[True, False])
    return schema.ACCOUNTS.frame(best.drop_duplicates("account").drop(columns="named"))


def _check_rule(key: str, value: Any, known: list[str]) -> None:
    if key not in known:
        raise ProjectFileError.unknown_key(key, known, where="[accounts]")
    if not isinstance(value, list | tuple | set | frozenset) or not all(_is_name(key, each) for each in value):
        raise ProjectFileError(
            expected=f"accounts.{key} as a list of "
            + ("Launchpad names" if key == "launchpad_bots" else "usernames, display names or account ids"),
            found=repr(value)[:100],
            do='write a list, such as ["zuul", 1234]',
        )


def _is_name(key: str, value: Any) -> bool:
    return isinstance(value, str) or (key != "launchpad_bots" and type(value) is int)


def _check_apart(section: Mapping[str, Any]) -> None:
    rule_of: dict[Named, str] = {}
    for kind in schema.ACCOUNT_KINDS:
        for value in section.get(kind, ()):
            other = rule_of.setdefault(value, kind)
            if other != kind:
                raise ProjectFileError(
                    expected="an account under one kind in [accounts]",
                    found=f"{value!r} under {other} and {kind}",
                    do="decide which it is",
                )
