"""Secrets that must not leak, and texts that break careless parsers."""

from twin import texts
from twin.people import AUTHORS, BARE
from twin.scenario import ScenarioBuilder
from twin.world import World

SCRIPT = '<script>alert("twin")</script><img src=x onerror=alert(1)>'
TITLES = {
    "html": f"Quota page shows {SCRIPT} & <b>bold</b>",
    "ansi": "Console log prints \x1b[31mred\x1b[0m\x1b]0;owned\x07 and \x1b[2J clears it",
    "rtl": "Image name \u202egnp.elif\u202c is shown the wrong way round \u200b\u200f",
    "formula": '=HYPERLINK("http://example.org/?"&A1,"click") breaks the export of servers',
    "control": "Server name with NUL \x00 and bell \x07 and \x1f is accepted by the API",
    "surrogate": "Half an emoji \ud83d in the display name gives a 500",
    "mojibake": "Flavor â€œm1.tinyâ€\x9d cannot be dÃ©lÃ©ted",
    "markdown": "[click](javascript:alert(1)) | `code` | $(rm -rf ~) | ${HOME} | {{7*7}} | %s %d {0}",
    "long": "Very " + "very " * 400 + "long title",
    "blank": " ",
    "newline": "Two\r\nlines, a\ttab \u2028 and a separator",
    "latex": "Costs $5 \\input{/etc/passwd} _and_ ^more^ #1 ~",
}
MEGABYTE = (
    "The whole log of nova-compute on kilo follows.\n"
    + "2015-07-01 12:00:00.000 DEBUG nova.virt [req-0] tick\n" * 20_000
)


def populate(world: World) -> None:
    """A bug and its fix for each hostile text, and each scenario once; a world for show has no strange ones."""
    themes = list(texts.themes())
    for index, (what, title) in enumerate(() if world.is_for_show else TITLES.items()):
        _hostile(ScenarioBuilder(world, f"hostile {what}", index), themes[index % len(themes)], what, title)
    for index, happen in enumerate(happen for happen in SCENARIOS if not world.is_for_show or happen not in STRANGE):
        happen(ScenarioBuilder(world, f"hostile {happen.__name__}", index), themes[index % len(themes)])


def _hostile(scenario: ScenarioBuilder, theme: str, what: str, title: str) -> None:
    """Use the text as bug title, description, change subject, vote message and inline comment."""
    text = f"{title}\n\nSeen on kilo. It looks like this: {title} -- and that is all."
    bug = scenario.bug(50, theme, title=title, text=text)
    bug.comment(scenario.ago(48), scenario.author(), title)
    subject = title.split("\n", 1)[0].replace("\r", "").replace("\x00", "")[:300]
    change = scenario.change(bug, 40, subject=subject.strip() or "Blank", body=text.replace("\x00", ""))
    scenario.check(change, 39.8)
    when = scenario.ago(30)
    change.review(when, scenario.cores()[0], f"{title}\n\nPlease escape this.", inline=(title,), Code_Review=-1)
    scenario.state(change, "owner_turn", "owner", when, ever=True, current=True)
    _mark(scenario, "bug", bug.number, what)
    _mark(scenario, "change", change.number, what)


def big(scenario: ScenarioBuilder, theme: str) -> None:
    """A description of one megabyte, and a line of 100 kB in a comment."""
    bug = scenario.bug(45, theme, title="nova-compute hangs, log attached inline", text=MEGABYTE)
    bug.comment(scenario.ago(44), scenario.author(), "x" * 100_000)
    _mark(scenario, "bug", bug.number, "big")


def talkative(scenario: ScenarioBuilder, theme: str) -> None:
    """More comments than fit on a page, one of them without an author."""
    bug = scenario.bug(60, theme)
    for number in range(420):
        bug.comment(scenario.ago(50 - number * 0.1), scenario.rng.choice(AUTHORS), f"Me too ({number}), on kilo.")
    bug.comment(scenario.ago(5), None, "The one who wrote this is unknown.")
    bug.log(scenario.ago(4), None, "description", "old words", "new words")
    _mark(scenario, "bug", bug.number, "talkative")


def quiet(scenario: ScenarioBuilder, theme: str) -> None:
    """No tag, no comment except the description, no microseconds, an empty description."""
    bug = scenario.bug(
        5, theme, title="nova list is slow on kilo", text="", tags=(), importance="Low", status="Confirmed"
    )
    bug.created = bug.created.replace(microsecond=0)
    bug.messages[0].sent = bug.tasks[scenario.target].created = bug.created
    _mark(scenario, "bug", bug.number, "quiet")


def elsewhere(scenario: ScenarioBuilder, theme: str) -> None:
    """Tasks in other projects and in a distribution; the first task belongs to another project."""
    bug = scenario.bug(70, theme, importance="High")
    triager = scenario.cores()[0]
    ours = bug.tasks.pop(scenario.target)
    for target, importance in (("cinder", "Critical"), ("ubuntu/+source/nova", "Low"), ("neutron", "Undecided")):
        bug.add_task(scenario.ago(60), triager, target)
        bug.set_importance(scenario.ago(60), triager, target, importance)
    bug.tasks[scenario.target] = ours
    bug.set_milestone(scenario.ago(59), triager, scenario.target, "liberty-3")
    bug.set_status(scenario.ago(50), triager, "cinder", "Fix Released")
    _mark(scenario, "bug", bug.number, "elsewhere")


def long_tags(scenario: ScenarioBuilder, theme: str) -> None:
    """A tag of 300 characters besides three usual ones."""
    bug = scenario.bug(20, theme, tags=["a" * 300, "low-hanging-fruit", "liberty-rc-potential", "in-stable-kilo"])
    _mark(scenario, "bug", bug.number, "long_tags")


def private(scenario: ScenarioBuilder, theme: str) -> None:
    """A private bug whose public fix names only the number."""
    bug = scenario.bug(40, theme, title="SECRET customer name in the log of kilo", information_type="Private",
                   text="SECRET: the customer is Example Bank.")  # fmt: skip
    change = scenario.change(bug, 30)
    green = scenario.check(change, 29.8)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.world.truth.add("private", kind="bug", ref=bug.number)


def embargoed(scenario: ScenarioBuilder, theme: str) -> None:
    """A vulnerability under embargo, and a private change that fixes it."""
    bug = scenario.bug(15, theme, title="EMBARGOED any user can delete any server", information_type="Private Security",
                   text="EMBARGOED: send the request twice. kilo and master.", importance="Critical")  # fmt: skip
    change = scenario.change(bug, 10, subject="EMBARGOED check the owner", is_private=True)
    scenario.check(change, 9.8)
    scenario.world.truth.add("private", kind="bug", ref=bug.number)
    scenario.world.truth.add("private", kind="change", ref=change.number)


def hidden_change(scenario: ScenarioBuilder, theme: str) -> None:
    """A private change for a public bug: an outsider sees a bug In Progress without a change."""
    bug = scenario.bug(12, theme, status="In Progress", assignee=scenario.author())
    change = scenario.change(bug, 10, subject="SECRET not ready to be seen", is_private=True)
    scenario.world.truth.add("private", kind="change", ref=change.number)


def gone(scenario: ScenarioBuilder, theme: str) -> None:
    """A bug that the search lists but the server no longer has, and a change by a deleted account."""
    bug = scenario.bug(35, theme)
    change = scenario.change(bug, 30, owner=BARE)
    change.note(scenario.ago(29), "Change could not be merged automatically; nobody said this.")
    green = scenario.check(change, 28.8)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def duplicate_ring(scenario: ScenarioBuilder, theme: str) -> None:
    """Two bugs, each marked as a duplicate of the other, which Launchpad's database once allowed."""
    one, other = scenario.bug(66, theme), scenario.bug(65, theme)
    one.mark_duplicate(scenario.ago(50), scenario.cores()[0], other)
    other.mark_duplicate(scenario.ago(49), scenario.cores()[0], one)
    _mark(scenario, "bug", one.number, "duplicate_ring")
    _mark(scenario, "bug", other.number, "duplicate_ring")


def duplicate_of_a_secret(scenario: ScenarioBuilder, theme: str) -> None:
    """A duplicate of a private bug: an outsider learns only that the private bug exists."""
    secret = scenario.bug(
        64, theme, title="SECRET report of a customer on kilo", text="SECRET", information_type="Private"
    )
    bug = scenario.bug(63, theme)
    bug.mark_duplicate(scenario.ago(40), scenario.cores()[0], secret)
    scenario.world.truth.add("private", kind="bug", ref=secret.number)
    _mark(scenario, "bug", bug.number, "duplicate_of_a_secret")


def not_ours(scenario: ScenarioBuilder, theme: str) -> None:
    """A bug of another project: our change names it, but our searches do not find it."""
    text = "In cinder, on kilo."
    bug = scenario.bug(62, theme, title="cinder: volume type is lost on kilo", text=text, tags=["volume-types"])
    bug.tasks["cinder"] = bug.tasks.pop(scenario.target)
    bug.tasks["cinder"].target = "cinder"
    change = scenario.change(bug, 55, footer="Related-Bug: #{bug}", relation="related")
    scenario.check(change, 54.8)
    scenario.merge(change, 40)
    _mark(scenario, "bug", bug.number, "not_ours")


def _mark(scenario: ScenarioBuilder, kind: str, ref: int, what: str) -> None:
    scenario.world.truth.add("hostile", kind=kind, ref=ref, what=what)


SCENARIOS = (
    big, talkative, quiet, elsewhere, long_tags, private, embargoed, hidden_change, gone, duplicate_ring,
    duplicate_of_a_secret, not_ours,
)  # fmt: skip
STRANGE = (big, talkative, long_tags)  # no real project has these, so a demo leaves them out
