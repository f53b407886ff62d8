"""From the tables as served to the judged ones, of one project: what is read back is what a judgement needs.

Held are the rows of one project. Of the tables that are longest, the messages and comments on changes, only those of
open changes are held, and those of abandoned ones that name a bug: no judgement reads the others.
"""

from collections.abc import Callable, Iterable, Iterator
from inspect import signature
from typing import Any

import pandas as pd

from analysis import accounts, areas, fixes, hygiene, links, queue, review_state, schema, themes, visible, waiting
from analysis.errors import SchemaError
from analysis.pipeline.judgement import Judgement
from analysis.pipeline.projects import Project
from analysis.store import Store

Tables = dict[str, pd.DataFrame]

WHOLE = (
    "bugs", "bug_tasks", "bug_activity", "bug_messages", "milestones",
    "changes", "patch_sets", "votes", "change_files", "accounts", "commits", "commit_files",
)  # fmt: skip
OF_SOME_CHANGES = ("change_messages", "change_comments")
MESSAGES = 100_000  # read at a time for the turns: with fewer, most of the time is what any table costs
THEMES = ("themes", "bug_themes")
AREAS = ("areas", "area_members", "suggestion_quality", "area_coverage")


def judge(store: Store, project: Project, judgement: Judgement) -> dict[str, int]:
    """Write links, areas, review states, the queue, themes and all else that is judged; returns the rows of each.

    What the public may not see is not judged; the tables of links alone name it, so that a report knows what to hide.
    Raises StoreError unless the tables as served are written.
    """
    served = {name: store.read_table(name, project=project.name) for name in WHOLE}
    bots = _rules(project, "accounts", accounts.Rules).launchpad_bots
    found: Tables = _on(served, links.build, bots=bots)
    shown = visible.visible_tables(served | found)  # before anything is judged; links are written whole, to know why
    found["unread_lines"] = shown["unread_lines"]
    told = _told(shown["changes"], shown["links"])
    shown |= {name: _of(store, project, name, told) for name in OF_SOME_CHANGES}
    shown["answered"] = _on(shown, fixes.answers)  # once, because most of what follows asks for it
    placed = _placed(shown, project, judgement)
    judged = _judged(shown | placed, project, judgement)
    known = shown | placed | judged
    found |= placed | judged | _waited(known, _turns(store, project, shown, judgement))
    found |= _grouped(known, project, judgement, _previous(store, project, served["bugs"]))
    return {name: store.write_table(name, found[name], project=project.name) for name in sorted(found)}


def _told(changes: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """The changes whose messages are read: the open ones, and the abandoned ones that name a bug."""
    named = pd.to_numeric(found.loc[found["kind"].eq("change"), "ref"]).astype("Int64")
    is_open = ~changes["status"].isin(("MERGED", "ABANDONED"))
    abandoned = changes["status"].eq("ABANDONED").fillna(False) & changes["change_number"].isin(named)
    told: pd.Series = changes.loc[is_open | abandoned, "change_number"]
    return told


def _of(store: Store, project: Project, name: str, told: pd.Series) -> pd.DataFrame:
    parts = [part[part["change_number"].isin(told)] for part in store.table_batches(name, project=project.name)]
    return pd.concat([schema.TABLES[name].empty(), *parts], ignore_index=True)


def _placed(linked: Tables, project: Project, judgement: Judgement) -> Tables:
    """The areas with their members: by rule, by suggestion where no rule reaches; and what is in none."""
    if judgement.area_file is None:
        return {name: schema.TABLES[name].empty() for name in AREAS}
    release = judgement.area_file.release
    declared = _on(linked, areas.build, area_file=judgement.area_file)
    suggested = _on(linked, areas.suggest, members=declared, release=release)
    members = schema.AREA_MEMBERS.ordered(pd.concat([declared, suggested.members], ignore_index=True))
    return {
        "areas": areas.table(judgement.area_file, members),
        "area_members": members,
        "suggestion_quality": suggested.quality,
        "area_coverage": _on(
            linked, areas.coverage, members=members, release=release, target=project.launchpad_project
        ),
    }


def _judged(served: Tables, project: Project, judgement: Judgement) -> Tables:
    as_of, target, t = judgement.as_of, project.launchpad_project, dict(served)
    review = _rules(project, "review", review_state.Rules)
    t["review_states"] = _on(t, review_state.build, as_of=as_of, rules=review)
    t["queue"] = _on(t, queue.build, score=_rules(project, "score", queue.Score))
    t["unfixed_bugs"] = _on(t, fixes.unfixed, as_of=as_of, target=target)
    t["stacks"] = _on(t, fixes.stacks)
    t["competing_fixes"] = _on(t, fixes.competing)
    t["rescues"] = _on(t, fixes.rescues, as_of=as_of, target=target, review_label=review.review_label)
    t["backports"] = _on(t, fixes.backports, target=target)
    thresholds = _rules(project, "hygiene", hygiene.Thresholds)
    machines = _rules(project, "accounts", accounts.Rules).launchpad_machines
    t["hygiene"] = _on(t, hygiene.build, as_of=as_of, target=target, thresholds=thresholds, bots=machines)
    return {name: t[name] for name in t.keys() - served.keys()}


def _turns(store: Store, project: Project, served: Tables, judgement: Judgement) -> pd.DataFrame:
    """Whose turn each change was and is, from every message; a piece holds whole changes, as they were written."""
    review = _rules(project, "review", review_state.Rules)
    rules = {name: getattr(review, name) for name in ("review_label", "ci_label", "approval_label")}
    gate = review_state.gate(served["changes"], served["votes"], served["accounts"], review)  # of all, not of a piece
    given = rules | {"gate": gate.accounts, "gated": gate.projects, "as_of": judgement.as_of}
    found = [schema.TURNS.empty()]
    for messages in _joined(store.table_batches("change_messages", project=project.name)):
        told = {name: _with(served[name], messages) for name in ("changes", "patch_sets")}
        tables = told | {"change_messages": messages, "accounts": served["accounts"]}
        found.append(_on(tables, waiting.build, **given))
    return schema.TURNS.ordered(pd.concat(found, ignore_index=True))


def _joined(parts: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """The parts again, each of at least MESSAGES rows but the last."""
    held: list[pd.DataFrame] = []
    for part in parts:
        held.append(part)
        if sum(map(len, held)) >= MESSAGES:
            yield pd.concat(held, ignore_index=True)
            held = []
    if held:
        yield pd.concat(held, ignore_index=True)


def _with(table: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    return table[table["change_number"].isin(messages["change_number"])].reset_index(drop=True)


def _waited(tables: Tables, turns: pd.DataFrame) -> Tables:
    curves, medians = _on(tables | {"turns": turns}, waiting.durations)
    return {"turns": turns, "waiting_curves": curves, "waiting_medians": medians}


def _grouped(tables: Tables, project: Project, judgement: Judgement, previous: Tables | None) -> Tables:
    """Themes and similar bugs; a theme of the build before keeps its id and label while its bugs stay."""
    modes, names = judgement.failure_modes, judgement.theme_names
    encoder = themes.local_encoder(judgement.sentence_model) if judgement.sentence_model else None
    texts = themes.public_texts(tables["bugs"])  # once, because to clean them takes longer than to compare them
    comments = _comments(tables, project)
    read = texts if comments is None else themes.public_texts(tables["bugs"], comments)
    found: Tables = _on(
        tables | {"texts": read},
        themes.build,
        modes=modes,
        names=names,
        as_of=judgement.as_of,
        target=project.launchpad_project,
        previous=previous,
        model=themes.ThemeModel(encoder=encoder) if encoder else None,
    )
    return found | {"similar_bugs": _on(tables | {"texts": texts}, themes.similar, target=project.launchpad_project)}


def _comments(tables: Tables, project: Project) -> pd.Series | None:
    most = _rules(project, "themes", themes.Rules).messages
    bots = _rules(project, "accounts", accounts.Rules).launchpad_machines
    return themes.comments_of(tables["bug_messages"], most=most, bots=bots) if most else None


def _on(tables: Tables, stage: Callable[..., Any], **more: Any) -> Any:
    """A stage's result; it is given the tables that its keywords name, so that the stage itself says what it reads."""
    wanted = signature(stage).parameters
    return stage(**{name: table for name, table in tables.items() if name in wanted}, **more)


def _rules(project: Project, section: str, kind: Any) -> Any:
    return kind.from_mapping(project.sections.get(section, {}))


def _previous(store: Store, project: Project, bugs: pd.DataFrame) -> Tables | None:
    """The themes of the last build that came to its end, which a build sets aside before it writes its own."""
    try:
        previous = store.read_aside(THEMES, project=project.name)
    except SchemaError:
        return None  # written by another version of this code: themes get their names anew
    return visible.visible_themes(previous, bugs=bugs) if previous else None
