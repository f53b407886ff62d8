"""The record: fixed quota bugs by class and release cycle, before and after Nova removed its reservations."""

from pathlib import Path

import pandas as pd
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from analysis.tables import schema
from quota_lab.journal import JsonObject

_PACKAGE = Path(__file__).parents[1]
_WRITTEN = _PACKAGE.parent / "data" / "quota_bug_labels.csv"  # written by people, in a checkout; a wheel has a copy
LABELS = _WRITTEN if _WRITTEN.is_file() else _PACKAGE / "_shipped" / _WRITTEN.name
CLASSES = ("race", "leak", "check", "api", "other", "excluded")
CORRECTNESS = ("race", "leak", "check")
READINGS = ("label_by_subject", "label_by_message", "label_by_second_reader")
FULLEST = "label_by_second_reader"  # the only reading that covers every candidate, and that saw no dates
# The days of release. Master opens for the next cycle some weeks earlier, so the first weeks of a cycle count for the
# one before. The first cycle includes everything earlier.
RELEASES = {
    "Diablo": "2011-09-22", "Essex": "2012-04-05", "Folsom": "2012-09-27",
    "Grizzly": "2013-04-04", "Havana": "2013-10-17", "Icehouse": "2014-04-17", "Juno": "2014-10-16",
    "Kilo": "2015-04-30", "Liberty": "2015-10-15", "Mitaka": "2016-04-07", "Newton": "2016-10-06",
    "Ocata": "2017-02-22", "Pike": "2017-08-30", "Queens": "2018-02-28", "Rocky": "2018-08-30",
    "Stein": "2019-04-10", "Train": "2019-10-16", "Ussuri": "2020-05-13", "Victoria": "2020-10-14",
    "Wallaby": "2021-04-14", "Xena": "2021-10-06", "Yoga": "2022-03-30", "Zed": "2022-10-05",
    "2023.1": "2023-03-22", "2023.2": "2023-10-04", "2024.1": "2024-04-03", "2024.2": "2024-10-02",
    "2025.1": "2025-04-02", "2025.2": "2025-10-01", "2026.1": "2026-04-01",
}  # fmt: skip
LAST_WITH_RESERVATIONS = "Pike"
FIXED = ("Fix Committed", "Fix Released")
TURNED_DOWN = ("Invalid", "Won't Fix", "Opinion", "Expired", "Does Not Exist")
CORE_FILES = r"nova/quota\.py|nova/objects/quotas\.py|nova/limit/.*"
# The first match wins: a message that names a race is a race, whatever else it mentions.
AUTOMATIC = {
    "race": r"deadlock|race condition|\braces?\b|concurren|atomic|multiple hosts",
    "leak": r"quota[_ ]usage|usages?\b|reservation|roll(?:ing)? ?back|never (?:returned|decremented)|out of sync|leak",
    "api": r"\b(?:40[0-9]|413|500)\b|schema|message|http|api-ref|param|validat|exception|policy",
    "check": r"check|limit|exceed|unlimited|headroom|over ?quota",
}
CANDIDATE_SUBJECT = r"(?i)quota|reservation|over limit"
CANDIDATE_MESSAGE = r"(?i)quota"


def labels(path: Path | str = LABELS) -> pd.DataFrame:
    """The reviewed labels, one row for each bug.

    Columns bug_id; label_by_subject and label_by_message of the first reader, who read 2013-06 to 2018-06 (NA outside);
    label_by_second_reader, who read every message without its date and without the first labels; source, the Change-Id
    of the fix that was read.
    """
    text = pd.StringDtype("pyarrow", na_value=pd.NA)
    kinds: JsonObject = {"bug_id": "Int64", **dict.fromkeys((*READINGS, "source"), text)}
    return pd.read_csv(path, dtype=kinds).sort_values("bug_id", ignore_index=True)


def fixes(*, commits: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Every bug with the first commit on the main branch that counts as its fix.

    Columns bug_id, sha, project, fixed_at, cycle, subject, message. Commits on stable branches are left out, because
    their bugs do not belong to the cycle of their date.

    Parameters
    ----------
    commits : DataFrame, schema.COMMITS
    links : DataFrame, schema.LINKS
    """
    pairs = schema.fix_links(links, "commit")[["bug_id", "ref"]]
    columns = ["sha", "project", "committed_at", "subject", "message"]
    main = commits.loc[commits["branch"].isin(schema.MAIN_BRANCHES), columns]
    rows = pairs.merge(main, left_on="ref", right_on="sha", how="inner", validate="many_to_one")
    rows = rows.sort_values(["bug_id", "committed_at", "sha"], kind="stable").drop_duplicates(["project", "bug_id"])
    rows = rows.drop(columns="ref").rename(columns={"committed_at": "fixed_at"})
    return rows.assign(cycle=cycle_of(rows["fixed_at"])).reset_index(drop=True)


def cycle_of(instants: pd.Series) -> pd.Series:
    """The release cycle of each instant, by the days of release; NA after the last known release."""
    edges = pd.to_datetime(pd.Series(["1970-01-01", *RELEASES.values()]), utc=True)
    cut = pd.cut(instants, bins=edges, labels=list(RELEASES), right=False)
    return cut.astype(pd.StringDtype("pyarrow", na_value=pd.NA))


def candidates(fixed: pd.DataFrame, commit_files: pd.DataFrame) -> pd.DataFrame:
    """The fixes that may be about quotas: the subject or message says so, or they touch the quota code."""
    core = commit_files.loc[commit_files["path"].str.fullmatch(CORE_FILES).fillna(False), "sha"]
    says = fixed["subject"].str.contains(CANDIDATE_SUBJECT).fillna(False)
    says |= fixed["message"].str.contains(CANDIDATE_MESSAGE).fillna(False)
    return fixed[says | fixed["sha"].isin(core)].reset_index(drop=True)


def automatic(candidate: pd.DataFrame) -> pd.Series:
    """The class that word rules give each candidate from its message."""
    text = candidate["message"].str.lower()
    kinds = pd.Series("other", index=candidate.index, dtype=pd.StringDtype("pyarrow", na_value=pd.NA))
    for name, pattern in reversed(AUTOMATIC.items()):
        kinds = kinds.mask(text.str.contains(pattern, regex=True).fillna(False), name)
    names_quota = candidate["subject"].str.contains(CANDIDATE_SUBJECT).fillna(False)
    return kinds.where(names_quota | kinds.isin(["race", "leak"]), "excluded")


def labelled(candidate: pd.DataFrame, label: pd.DataFrame) -> pd.DataFrame:
    """Candidates with all labels and the automatic class; the labels of a candidate that nobody has read are NA."""
    joined = candidate.merge(label, on="bug_id", how="left", validate="many_to_one")
    return joined.assign(automatic=automatic(candidate))


def agreement(read: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """The agreement of two labellings over the rows that both have: n, n_agree, share, Cohen's kappa."""
    both = read[[one, other]].dropna()
    n = len(both)
    agree = int((both[one] == both[other]).sum())
    is_varied = pd.unique(both.to_numpy().ravel()).size > 1  # with a single class no agreement is better than chance
    kappa = float(cohen_kappa_score(both[one], both[other])) if is_varied else float("nan")
    return pd.DataFrame(
        {
            "between": [f"{one} and {other}"],
            "n": [n],
            "n_agree": [agree],
            "share": [agree / n if n else float("nan")],
            "kappa": [kappa],
        }
    )


def confusion(read: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """The number of bugs with each pair of labels: rows are `one`, columns are `other`."""
    both = read[[one, other]].dropna()
    crossed = pd.crosstab(both[one], both[other]).reindex(index=CLASSES, columns=CLASSES, fill_value=0)
    return crossed.rename_axis(columns=None).reset_index()


def unread(read: pd.DataFrame) -> pd.DataFrame:
    """The numbers of candidates with a class and of unread ones, as facts: `fact`, `n`, `note`."""
    is_unread = read[FULLEST].isna()
    facts = [
        ("candidates", len(read), "fixes that say quota or touch its code"),
        ("read", (~is_unread).sum(), "they have a class"),
        ("unread", is_unread.sum(), "they have none yet"),
    ]
    return pd.DataFrame(facts, columns=["fact", "n", "note"]).astype({"n": "Float64"})


def per_cycle(read: pd.DataFrame, fixed: pd.DataFrame, *, label: str = FULLEST) -> pd.DataFrame:
    """Raw counts per cycle: bugs of each class and all bug fixes; the last column is the three classes per 1000 fixes.

    `n_unread` counts the candidates of the cycle that have no label. If most have none, the rate is <NA>, because
    unread is not zero.
    """
    counts = pd.crosstab(read["cycle"], read[label]).reindex(columns=CLASSES, fill_value=0)
    counts = counts.join(read.loc[read[label].isna(), "cycle"].value_counts().rename("n_unread"), how="outer")
    all_fixes = fixed.groupby("cycle")["bug_id"].nunique().rename("n_bug_fixes")
    order = [name for name in RELEASES if name in all_fixes.index]
    table = counts.join(all_fixes, how="outer").reindex(order).fillna(0).astype("Int64")
    correctness = table[list(CORRECTNESS)].sum(axis=1)
    rate = (1000 * correctness / table["n_bug_fixes"]).astype("Float64")
    table = table.assign(per_1000=rate.where(is_mostly_read(table)))
    return table.rename_axis(index="cycle", columns=None).reset_index()


def before_and_after(counted: pd.DataFrame, *, since: str = "Kilo", until: str | None = None) -> pd.DataFrame:
    """Each class before and after the removal of reservations: counts, rates per 1000 fixes, ratio with its exact 95 %.

    The comparison is conditional on the total, so the number before is binomial; the interval is that of Clopper and
    Pearson. "Before" is from `since` to the last cycle with reservations, "after" from the next cycle to `until`. A
    cycle with mostly unread candidates is left out, with its fixes, because its few labels are not a count.

    Parameters
    ----------
    counted : DataFrame
        What per_cycle returns.
    """
    order = list(RELEASES)
    cut = order.index(LAST_WITH_RESERVATIONS)
    places = counted["cycle"].map(order.index)
    last = order.index(until) if until else len(order)
    is_read = is_mostly_read(counted)
    before = counted[is_read & (places >= order.index(since)) & (places <= cut)]
    after = counted[is_read & (places > cut) & (places <= last)]
    exposure = int(before["n_bug_fixes"].sum()), int(after["n_bug_fixes"].sum())
    groups = {**{name: [name] for name in CORRECTNESS}, "race and leak": ["race", "leak"],
              "race, leak and check": list(CORRECTNESS)}  # fmt: skip
    rows = [
        {"class": name, **compared(_total(before, names), _total(after, names), *exposure)}
        for name, names in groups.items()
    ]
    return pd.DataFrame(rows)


def is_mostly_read(counted: pd.DataFrame) -> pd.Series:
    """For each cycle of per_cycle whether at least half of its candidates have a label; true without candidates."""
    return counted["n_unread"] <= counted[list(CLASSES)].sum(axis=1)


def _total(part: pd.DataFrame, names: list[str]) -> int:
    return int(part[names].sum().sum())


def compared(n_before: int, n_after: int, of_before: int, of_after: int) -> JsonObject:
    """The comparison of two counts with exposures: rates per 1000, ratio after / before, exact interval and p value."""
    total, share = n_before + n_after, of_after / (of_before + of_after) if of_before + of_after else float("nan")
    low, high = stats.binomtest(n_after, total).proportion_ci(method="exact") if total else (0.0, 1.0)
    odds = of_before / of_after if of_after else float("nan")
    return {
        "n_before": n_before, "fixes_before": of_before, "n_after": n_after, "fixes_after": of_after,
        "before_per_1000": 1000 * n_before / of_before if of_before else None,
        "after_per_1000": 1000 * n_after / of_after if of_after else None,
        "ratio": n_after / n_before * odds if n_before else None,
        "ratio_low": low / (1 - low) * odds if total and low < 1 else None,
        "ratio_high": high / (1 - high) * odds if total and high < 1 else None,
        "p": float(stats.binomtest(n_after, total, share).pvalue) if total and 0 < share < 1 else None,
    }  # fmt: skip


def reported(public: pd.DataFrame) -> pd.DataFrame:
    """Bugs with *quota* in their title, by the cycle of their report, and their state at the end of the data.

    It counts reports that the fixes cannot show: never fixed, rejected, or marked as duplicates.

    Parameters
    ----------
    public : DataFrame
        Bugs that may be shown, one row for each, with title, created_at, duplicate_of (schema.BUGS) and status.

    Returns
    -------
    DataFrame
        cycle; n_reported; and of these n_fixed, n_open, n_turned_down, n_duplicates, in the order of the cycles. A bug
        whose status is unknown is in none of these. If no bug is a duplicate, duplicates were not served, and
        n_duplicates is NA.
    """
    quota_bugs = public[public["title"].str.contains("(?i)quota").fillna(False)]
    is_duplicate = quota_bugs["duplicate_of"].notna()
    marks = pd.DataFrame(
        {
            "cycle": cycle_of(quota_bugs["created_at"]),
            "n_reported": True,
            "n_fixed": ~is_duplicate & quota_bugs["status"].isin(FIXED),
            "n_open": ~is_duplicate & quota_bugs["status"].notna() & ~quota_bugs["status"].isin((*FIXED, *TURNED_DOWN)),
            "n_turned_down": ~is_duplicate & quota_bugs["status"].isin(TURNED_DOWN),
            "n_duplicates": is_duplicate,
        }
    )
    counted = marks.groupby("cycle").sum()
    if public["duplicate_of"].isna().all():
        counted["n_duplicates"] = pd.NA
    counted = counted.astype("Int64")
    return counted.reindex([name for name in RELEASES if name in counted.index]).rename_axis("cycle").reset_index()


def controls(fixed: pd.DataFrame, *, since: str = "Kilo") -> pd.DataFrame:
    """The same automatic rule for every fetched project: 'quota' in the subject of a fix, before and after.

    Cinder kept its tally and reservations, so it serves as a control for Nova, once its clone is fetched.
    """
    order = list(RELEASES)
    places = fixed["cycle"].map(order.index, na_action="ignore").astype("Int64")
    cut = order.index(LAST_WITH_RESERVATIONS)
    is_quota = fixed["subject"].str.contains("(?i)quota").fillna(False)
    rows = []
    for project in sorted(fixed["project"].dropna().unique()):
        of_project = fixed["project"] == project
        parts = [of_project & (places >= order.index(since)) & (places <= cut), of_project & (places > cut)]
        counts = [int((part & is_quota).fillna(False).sum()) for part in parts]
        sizes = [int(part.fillna(False).sum()) for part in parts]
        rows.append({"project": project, **compared(counts[0], counts[1], sizes[0], sizes[1])})
    return pd.DataFrame(rows)
