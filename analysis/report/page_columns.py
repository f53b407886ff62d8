"""The columns that pages show beside those of the contract: what measures add, each with its label, unit and meaning.

A column of the contract has its label there (`schema.label`). One that is here too means something else on a page.
"""

from analysis.tables.schema import Column

COLUMNS = {
    # Of bugs and their fixes
    "need": Column("str", "what the bug or fix needs next", label="Next step"),
    "against": Column("str", "why the bug may block the release", label="Blocker because"),
    "other_tasks": Column("strs", "the bug's other targets and their status", label="Other tasks of the bug"),
    "fixed_by": Column("strs", "changes and commits that fix the other bug", label="Fixed by"),
    "other_title": Column("str", "title of the other bug: hostile text", label="Title of the other bug"),
    "n_fixes": Column("int", "fixes of the bug, open or merged"),
    "n_guesses": Column("int", "of these, known from people's words alone", label="Of these guessed"),
    "last_event": Column("str", "the day and kind of the last event of the change", label="Last event"),
    "is_fix": Column("bool", "the change counts as a fix of a bug", label="Fix"),
    "meaning": Column("str", "the state or rule in words", label="Meaning"),
    # Of areas
    "title": Column("str", "title of the area", label="Area"),
    "n_unreviewed": Column("int", "of these, no person but the owner voted on the current patch set"),
    "n_unknown": Column("int", "of these, votes are unknown", label="Votes unknown"),
    "n_waiting": Column("int", "of these, waiting for a review", label="Awaiting review"),
    "oldest_days": Column("float", "longest wait for a review", label="Oldest wait"),
    "oldest_fix_days": Column("float", "age of the oldest open fix", label="Oldest fix"),
    "whose_turn": Column("str", "who must act next, by number of fixes", label="Waiting on"),
    "since_last": Column("str", "fixes that entered, left, were voted on", label="Since last report"),
    "trend": Column("ints", "open fixes at the end of each of the last 12 weeks", label="12 weeks"),
    # For newcomers
    "fit": Column("str", "why the bug is fit to begin with", label="Fit because"),
    "helpers": Column("strs", "who wrote or reviewed the similar fix, or reviews in the area", label="Who knows this"),
    # Of people
    "n_to_do": Column("int", "own open changes that wait for them", label="To do"),
    "n_for_others": Column("int", "own open changes that wait for others", label="For others"),
    "n_turn_unknown": Column("int", "own open changes of which nobody knows whose turn it is", label="Turn unknown"),
    "n_voted": Column("int", "open changes of others with their standing vote", label="Voted on"),
    "n_assigned": Column("int", "open bugs assigned to them on Launchpad", label="Assigned bugs"),
    "launchpad_name": Column("str", "name on Launchpad", label="On Launchpad"),
    "minutes": Column("float", "estimate: 5 to begin, and one for each 5 lines", label="Minutes"),
    # Of reviewers
    "coverage": Column("str", "how many people, and cores, review there", label="Reviewed by"),
    "cores": Column("strs", "cores who voted there, with their number of fixes"),
    "other_reviewers": Column("strs", "others who voted there, with their number of fixes", label="Others"),
    "is_core": Column("bool", "has voted +2 or -2 on a change for master"),
    "n_reviewed": Column("int", "fixes voted on", label="Fixes reviewed"),
    "voted_at": Column("time", "the last vote", label="Last vote"),
    # Of limits and news
    "limit": Column("str", "the importance or branch that sets the limit"),
    "limit_days": Column("float", "days that a fix may wait for review", label="Days allowed"),
    "over_days": Column("float", "days beyond the limit", label="Overdue"),
    "event": Column("str", "what happened", label="Event"),
    "detail": Column("str", "the votes, or what changed to what"),
    "section": Column("str", "a saved page in Gerrit", label="Page in Gerrit"),
    # Of waiting
    "age": Column("str", "how long they have waited", label="Waiting"),
    "after_days": Column("int", "days since it began", label="Days"),
    "others": Column("float", "share of the other changes that still waits", label="Other changes", unit="0..1"),
    "fixes": Column("float", "share of fixes that still waits", unit="0..1"),
    **{
        f"share_{turn}": Column("float", f"share of turns of {turn} that last longer", label=label, unit="0..1")
        for turn, label in (
            ("reviewers", "Reviewers"), ("second_core", "Second core"), ("approver", "Approver"), ("owner", "Owner"),
            ("ci", "CI"), ("parent", "Parent"), ("nobody", "Merging"),
        )
    },
    # Of forecasts and orders
    "held": Column("bool", "the number that merged lies in the interval", label="In the interval"),
    "core_name": Column("str", "a core who fits the fix and has time", label="Core"),
    "other_name": Column("str", "another person who fits the fix and has time", label="Second reviewer"),
    "no_core_because": Column("str", "why no core is named", label="No core because"),
    "core": Column("int", "account of that core"),
    "other": Column("int", "account of that person"),
    "aim": Column("str", "which fixes are looked for", label="Fixes"),
    "effort": Column("str", "how far reviewers follow the order", label="Effort"),
    "order": Column("str", "by what the fixes are ordered", label="Order"),
    "found": Column("float", "fixes found at an instant, on average", label="Found"),
    "found_low": Column("float", "lower end of its 95 % interval", label="Found at least"),
    "found_high": Column("float", "upper end of its 95 % interval", label="Found at most"),
    "difference": Column("float", "more than this list finds", label="Difference"),
    "difference_low": Column("float", "lower end of its 95 % interval", label="Difference at least"),
    "difference_high": Column("float", "upper end of its 95 % interval", label="Difference at most"),
    "verdict": Column("str", "whether the order finds clearly more or fewer than this list", label="Against this list"),
    # Of themes
    "theme": Column("str", "label of the theme"),
    "sub_theme": Column("str", "label of the part of the theme", label="Part of the theme"),
    "n_year_before": Column("int", "bugs opened in the year before the last", label="Year before"),
    "n_last_year": Column("int", "bugs opened in the last year", label="Last year"),
    # Of the data
    "fact": Column("str", "what is counted"),
    "note": Column("str", "what the number counts", label="Counts"),
    "week_ago": Column("float", "the number a week before", label="A week before"),
    "month_ago": Column("float", "the number 4 weeks before", label="4 weeks before"),
    "quarter_ago": Column("float", "the number 13 weeks before", label="13 weeks before"),
    "better": Column("str", "lower or higher, whichever is better; empty: neither", label="Better"),
    "where": Column("str", "which server and project"),
    "n_records": Column("int", "records in the snapshots"),
    "snapshot_at": Column("time", "instant of the newest snapshot", label="True as of"),
    "newest_at": Column("time", "the newest event", label="Newest"),
    "behind_days": Column("float", "days from then to the instant of the report"),
    "n_pending": Column("int", "records that a server listed and did not give"),
    "n_gone": Column("int", "records that a server gave once and has no more"),
    "gaps": Column("strs", "what is missing", label="Missing"),
    "n_unseen": Column("int", "links that the infra hook does not act on", label="Unseen by the hook"),
    # Of the quota laboratory
    "claim": Column("str", "what the full matrix showed", label="Claim of the full matrix"),
    "shown_on": Column("str", "databases of the runs that show it", label="Shown on"),
    "not_shown_on": Column("str", "databases of the runs that do not", label="Not shown on"),
    "n_told": Column("int", "runs that can show it or not", label="Runs that decide"),
    "breaks": Column("str", "when the design breaks"),
    "ratio_low": Column("float", "lower end of the ratio's 95 % interval", label="Ratio at least"),
    "ratio_high": Column("float", "upper end of the ratio's 95 % interval", label="Ratio at most"),
    "lost_per_request": Column("float", "attempts lost for each request", label="Lost attempts per request"),
    "p": Column("float", "probability of such a difference by chance", label="p"),
    "sqlite": Column("str", "on SQLite", label="SQLite"),
    "postgresql": Column("str", "on PostgreSQL", label="PostgreSQL"),
    "mariadb": Column("str", "on MariaDB", label="MariaDB"),
}  # fmt: skip
