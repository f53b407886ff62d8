"""The tables that group bugs by their text."""

from analysis.schema.table import Column, Table

THEMES = Table(
    "themes",
    "one group of bugs",
    ("theme_id",),
    {
        "theme_id": Column("str", "stays with the theme over refreshes"),
        "label": Column("str", "a name people understand"),
        "terms": Column("strs", "the words that set it apart, strongest first"),
        "n_bugs": Column("int", "bugs in it"),
        "n_open": Column("int", "of these open"),
        "n_without_fix": Column("int", "open, and no change or commit counts as a fix"),
        "n_unreviewed_fix": Column("int", "open, with a fix that no person has voted on; NA where votes are unknown"),
        "example_bug_ids": Column("ints", "the bugs nearest to its centre"),
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
        "failure_modes": Column("strs", "race, deadlock, leak, ... from the reviewed word list"),
    },
)

SIMILAR_BUGS = Table(
    "similar_bugs",
    "a likely duplicate",
    ("bug_id", "other_bug_id"),
    {
        "bug_id": Column("int", "an open bug"),
        "other_bug_id": Column("int", "the bug that it resembles"),
        "score": Column("float", "0..1, calibrated on known duplicates: chance that they are one bug"),
    },
)
