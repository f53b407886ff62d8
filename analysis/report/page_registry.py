"""The pages of the report and the notebooks for exploring: one record each, in the order of the menu.

A page is a notebook in `notebooks/` and its record here. Everything else about a page follows from the record: the
notebooks that a report runs, their order and groups, the pages for each area or theme, and the links from one page to
another. The tables and parameters that a page needs are read from its notebook.
"""

from dataclasses import dataclass
from urllib.parse import quote

# The tasks of readers, in the order of the menu: a page is for one of them. The start page is for all.
EVERYBODY = ""
REVIEWERS = "Review"
SUBTEAMS = "Areas"
TRIAGERS = "Triage"
BEGINNERS = "Newcomers"
RELEASES = "Release"
ANALYSTS = "Analyse"
QUOTAS = "Quotas"
WRITERS = "Share"
CARETAKERS = "Data"
ROLES = (REVIEWERS, SUBTEAMS, TRIAGERS, BEGINNERS, RELEASES, ANALYSTS, QUOTAS, WRITERS, CARETAKERS)


@dataclass(frozen=True, slots=True)
class Page:
    """One page, or one for each value of the parameter `each`.

    `title` and `question` are the heading and the first paragraph of its notebook. `audience` is one of ROLES.
    `subject` is one word for the things of `each`. `file` is the name of its files, if it is not the notebook's name.
    If `needs` are given and none of these tables has content, the page is left out. `parts` is the name of its small
    pages, one for each of its rows.
    """

    notebook: str  # the file in notebooks/, without its ending
    title: str
    question: str
    audience: str
    each: str = ""
    subject: str = ""
    file: str = ""
    parts: str = ""
    needs: tuple[str, ...] = ()

    def name(self, value: str = "") -> str:
        """The name of the page's files: the notebook, and for one page among several its value.

        >>> AREA.name("quotas")
        '02_area-quotas'
        """
        return f"{self.notebook}-{value}" if value else self.file or self.notebook

    def part(self, key: str) -> str:
        """The name of one of its small pages.

        >>> PEOPLE.part("42")
        'person-42'
        """
        return f"{self.parts}-{key}"

    def address(self, value: str = "", *, part: str = "", filtered: str = "", **chosen: str) -> str:
        """The address of the page, relative to the others.

        `part` is a table on it, `filtered` a word in its rows, and `chosen` the value of a column in them.

        >>> INCONSISTENT_BUGS.address(part="inconsistent_bugs", filtered="G2")
        '08_inconsistent_bugs.html?filter=G2#inconsistent_bugs'
        >>> BUGS_WITHOUT_FIX.address(part="without_fix", importance="High")
        '04_bugs_without_fix.html?importance=High#without_fix'
        """
        asked = {"filter": filtered, **chosen} if filtered else chosen
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
        return f"{self.name(value)}.html" + (f"?{query}" if query else "") + (f"#{part}" if part else "")


START = Page(
    "01_overview",
    "Where to start",
    "What should I review, triage, release or analyse next?",
    EVERYBODY,
    file="index",
)
AWAITING_REVIEW = Page(
    "19_awaiting_review",
    "Fixes awaiting review",
    "Which fixes wait longest or over a limit, which are unreviewed, and who reviews where?",
    REVIEWERS,
)
AREAS = Page(
    "23_areas",
    "Areas",
    "Where do fixes wait, where do bugs lack one, and who reviews there?",
    SUBTEAMS,
)
AREA = Page(
    "02_area",
    "Area",
    "Which fixes of this area await review, whose turn is it, and which bugs have no fix?",
    SUBTEAMS,
    each="area_id",
    subject="Area",
)
REVIEW_STATE = Page(
    "03_review_state",
    "Review state",
    "Where does the review of every open change stand, and who must act next?",
    REVIEWERS,
)
BUGS_WITHOUT_FIX = Page(
    "04_bugs_without_fix",
    "Bugs without fixes",
    "Which open bugs have no fix, what happened to earlier fixes, and what should be done next?",
    TRIAGERS,
)
THEMES = Page("05_themes", "Themes", "What are the bugs about, and how do they fail?", ANALYSTS, parts="theme")
QUOTA_RACES = Page(
    "06_quota_races",
    "Quota races",
    "Which way of enforcing a quota holds when many ask at once, on which database, and at which price?",
    QUOTAS,
    needs=("held",),
)
QUOTA_RECORD = Page(
    "07_quota_record",
    "Quota record",
    "Did quota bugs become fewer when Nova stopped keeping reservations?",
    QUOTAS,
    needs=("before_after_all",),
)
INCONSISTENT_BUGS = Page(
    "08_inconsistent_bugs",
    "Inconsistent bugs",
    "Which bugs have a status that disagrees with Gerrit or with the bug itself, and how could each be corrected?",
    TRIAGERS,
)
BACKPORTS = Page(
    "09_backports",
    "Backports",
    "What is to be backported next, which fixes were not seen on a stable branch, and which backports await review?",
    RELEASES,
)
REVIEW_TIMES = Page(
    "10_review_times",
    "Review times",
    "How long do changes wait for their first review, and for their merge?",
    ANALYSTS,
    needs=(
        "queue_growth",
        "queue_sizes",
        "queue_turns",
        "until_review",
        "until_merge",
        "finished_and_all",
        "turn_medians",
        "turns_lasting",
    ),
)
DATA_QUALITY = Page(
    "11_data_quality",
    "Data quality",
    "How old is the data, how much of it is joined, and where does it contradict itself?",
    CARETAKERS,
)
SHARE = Page(
    "12_texts",
    "Share",
    "Which texts are ready to send or paste: mail, agenda, etherpad, calendar, feed?",
    WRITERS,
)
LIST_QUALITY = Page(
    "21_list_quality",
    "How good is this list?",
    "Would another order of the fixes have helped reviewers more, and do forecasts of merges come true?",
    REVIEWERS,
    needs=("order_test", "forecast_totals", "forecast_checks", "forecast"),
)
STACKS = Page(
    "13_series_and_rescues",
    "Stacks and abandoned work",
    "Which open changes belong together, which compete for one bug, which fix what is fixed already, and which are "
    "worth taking over?",
    REVIEWERS,
)
THEME = Page(
    "14_theme",
    "Theme",
    "Which bugs of this theme have no fix, which fixes of it wait for review, and how do they fail?",
    ANALYSTS,
    each="theme_id",
    subject="Theme",
)
RELEASE = Page(
    "15_release",
    "Release",
    "Which open bugs may block this release, how far is each fix, and what was fixed in the cycle?",
    RELEASES,
)
TRIAGE = Page(
    "16_triage",
    "Triage",
    "Which bugs came in, which still wait for triage, and which were closed?",
    TRIAGERS,
)
OPEN_BUGS = Page(
    "17_open_bugs",
    "Open bugs",
    "Which bugs are open, how important and how old are they, and how far is the fix of each?",
    TRIAGERS,
)
QUOTA_ENGINES = Page(
    "18_quota_engines",
    "Real quota engines",
    "Does it help to remove the cached tally that makes the quota code race? The engines themselves, raced on real "
    "databases.",
    QUOTAS,
)

NEWCOMERS = Page(
    "22_newcomers",
    "For newcomers",
    "Which bugs are fit for a first contribution, who could help, and which abandoned fixes are worth reviving?",
    BEGINNERS,
)
PEOPLE = Page(
    "20_people",
    "People",
    "Who owns, reviews or is assigned something that is open, and what is theirs to do?",
    REVIEWERS,
    parts="person",
)
PAGES = (
    START,
    AWAITING_REVIEW, REVIEW_STATE, LIST_QUALITY, STACKS, PEOPLE,
    AREAS, AREA,
    TRIAGE, OPEN_BUGS, BUGS_WITHOUT_FIX, INCONSISTENT_BUGS,
    NEWCOMERS,
    RELEASE, BACKPORTS,
    THEMES, THEME, REVIEW_TIMES,
    QUOTA_RACES, QUOTA_ENGINES, QUOTA_RECORD,
    SHARE, DATA_QUALITY,
)  # fmt: skip

# Notebooks for exploring, which no report runs; the first is the one that JupyterLab opens.
EXPLORING = ("00_start", "00_one_bug", "00_cookbook")
