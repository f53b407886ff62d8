"""The tables that group bugs by their text."""

from analysis.tables.schema.table import Column, Table

THEME_CHANGE_KINDS = ("kept", "born", "split", "merged", "died")
# Cycles of half a year back from as_of: OpenStack releases twice a year, and a window that ends at as_of compares
# full cycles with full cycles.
CYCLES = 4
CYCLE_DAYS = 182

# The counts for any group of bugs: a theme, a cell of theme and failure mode, a sub-theme.
_COUNTS = {
    "n_bugs": Column("int", "bugs in it"),
    "n_open": Column("int", "of these open: the task in the project is, and the bug is no duplicate"),
    "n_without_fix": Column("int", "open, and in unfixed_bugs"),
    "n_unreviewed_fix": Column("int", "open, with an open fix that is unreviewed; NA where votes are unknown"),
    "n_important": Column("int", "open, of importance Critical or High"),
    "n_opened_by_cycle": Column("ints", "bugs opened in each of the last 4 cycles of 182 days, oldest first"),
    "growth": Column("float", "bugs opened in the last two cycles per bug of the two before; NA where those had none"),
    "median_age_days": Column("float", "as_of - created_at, median over the open bugs, days; NA where none is open"),
    "areas": Column("strs", "areas of its bugs with their number, most first: 'quotas 12'; NA where areas are unknown"),
}

THEMES = Table(
    "themes",
    "one group of bugs",
    ("theme_id",),
    {
        "theme_id": Column("str", "stays with the theme over refreshes"),
        "label": Column("str", "a name people understand; no two themes share one"),
        "is_named": Column("bool", "people gave this label, in data/theme_names.toml; else its words did"),
        "terms": Column("strs", "the words that set it apart, strongest first"),
        **_COUNTS,
        "example_bug_ids": Column("ints", "the bugs nearest to its centre, those first whose title holds its name"),
        "example_title": Column("str", "title of the first of these"),
        "map_x": Column("float", "0..1, place on the map of themes: neighbours mostly share words"),
        "map_y": Column("float", "0..1, the other coordinate"),
    },
)

BUG_THEMES = Table(
    "bug_themes",
    "a bug's theme",
    ("bug_id",),
    {
        "bug_id": Column("int", "bugs.bug_id"),
        "theme_id": Column("str", "themes.theme_id; NA = none"),
        "distance": Column("float", "0..1 from the theme's centre; NA without a theme"),
        "failure_modes": Column("strs", "race, deadlock, leak, ...: its rows in bug_failure_modes"),
    },
)

BUG_FAILURE_MODES = Table(
    "bug_failure_modes",
    "a failure mode of a bug",
    ("bug_id", "failure_mode"),
    {
        "bug_id": Column("int", "bugs.bug_id"),
        "failure_mode": Column("str", "id in the reviewed word list"),
        "evidence": Column("strs", "the words that say it, each after its part of the report: 'title: race condition'"),
        "points": Column("int", "what the evidence comes to, in the points of the word list; 2 are enough"),
        "is_learned": Column("bool", "found by a model that learned from examples; else by the reviewed word list"),
    },
)

THEME_CELLS = Table(
    "theme_cells",
    "a theme and a failure mode that some of its bugs name",
    ("theme_id", "failure_mode"),
    {
        "theme_id": Column("str", "themes.theme_id"),
        "failure_mode": Column("str", "id in the reviewed word list"),
        **_COUNTS,
        "n_expected": Column("float", "bugs that it would hold if theme and failure mode were independent"),
        "lift": Column("float", "n_bugs / n_expected"),
        "score": Column("float", "n_bugs * ln(lift): large where the cell is both large and unexpected"),
        "example_bug_ids": Column("ints", "its bugs nearest to the theme's centre"),
    },
)

THEME_CHANGES = Table(
    "theme_changes",
    "what became of a theme since the run before",
    ("theme_id", "kind"),
    {
        "theme_id": Column("str", "the theme now; for split and died, the theme before"),
        "kind": Column(
            "str", "kept, born, split, merged or died; a kept theme may also have split", THEME_CHANGE_KINDS
        ),
        "other_theme_ids": Column("strs", "the themes it went to (split) or came from (kept, merged)"),
        "n_shared": Column("int", "bugs that both runs hold in these themes"),
    },
)

POSSIBLE_FIXES = Table(
    "possible_fixes",
    "a commit that may have fixed an open bug without naming it",
    ("bug_id", "sha"),
    {
        "bug_id": Column("int", "an open bug without a fix"),
        "sha": Column("str", "commits.sha, made after the report"),
        "rank": Column("int", "from 1 to 3, the likeliest of this bug's commits first"),
        "similarity": Column("float", "0..1, how much the two texts resemble each other"),
        "false_alarms": Column(
            "float", "0..1, the share of fixed bugs that had a commit as likely without or before their own fix"
        ),
        "how_sure": Column("str", "likely or possible, by false_alarms"),
        "doubt": Column("str", "a comment after the commit that says the bug is not fixed; NA = none says so"),
        "subject": Column("str", "first line of the commit's message: hostile text"),
        "committed_at": Column("time", "commits.committed_at"),
        "report_age_days": Column("float", "days from the report to the commit"),
        "common_words": Column("strs", "words that both texts hold, those of the report's title first"),
        "named_bug_ids": Column("ints", "the bugs that the commit names"),
    },
)

TRIAGE_PROPOSALS = Table(
    "triage_proposals",
    "an open bug without a subsystem tag",
    ("bug_id",),
    {
        "bug_id": Column("int", "an open bug"),
        "proposed_tag": Column("str", "the tag that it most likely bears; NA = not sure enough"),
        "chance": Column("float", "0..1, how often a tag that was as likely was right for bugs reported later"),
        "words": Column("strs", "the words of the report that speak most for the tag", label="Because of"),
        "lacks": Column("strs", "what the report lacks: version, log; NA where its text is unknown"),
    },
)

TAG_CHECKS = Table(
    "tag_checks",
    "a tag that is proposed, and how often that was right for bugs reported later",
    ("tag",),
    {
        "tag": Column("str", "the tag, in the spelling of most bugs"),
        "n_examples": Column("int", "bugs that bear it, from which it is learnt"),
        "n_later": Column("int", "of these, reported last and held back while learning", label="Held back"),
        "n_proposals": Column("int", "bugs held back to which it was proposed"),
        "n_right": Column("int", "of these, bugs that bear it"),
    },
)

LIKENESS = ("very similar", "similar", "related")

SIMILAR_BUGS = Table(
    "similar_bugs",
    "a likely duplicate",
    ("bug_id", "other_bug_id"),
    {
        "bug_id": Column("int", "an open bug"),
        "other_bug_id": Column("int", "the bug that it resembles"),
        "score": Column(
            "float",
            "0..1, the chance that they are one bug, from the project's own marked duplicates; NA where they do"
            " not tell it",
        ),
        "similarity": Column("float", "0..1, how much the two texts resemble each other"),
        "likeness": Column("str", "the similarity in words", LIKENESS),
        "rank": Column("int", "from 1 to 5, the most similar of this bug's others first"),
        "is_known_duplicate": Column("bool", "Launchpad already says that they are one bug"),
        "is_fixed": Column("bool", "the other bug is closed by a fix"),
        "fixes": Column("strs", "changes and commits that fix the other bug: 'change 123', 'commit ab12...'"),
    },
)
