"""Where a bug, a change or an area is on the web."""

import pandas as pd

AREA_PAGE = "02_area-"


def change_url(change_numbers: pd.Series, *, gerrit_root: str) -> pd.Series:
    """Addresses of changes; NA where the number is NA. The short form is served by every Gerrit, old and new."""
    return _under(gerrit_root, "", change_numbers)


def bug_url(bug_ids: pd.Series, *, launchpad_root: str) -> pd.Series:
    """Addresses of bugs; NA where the number is NA."""
    return _under(launchpad_root, "bugs/", bug_ids)


def with_addresses(frame: pd.DataFrame, *, gerrit_root: str, launchpad_root: str) -> pd.DataFrame:
    """The frame with `change_url`, `bug_url`, `other_bug_url`, `area_page` where it has what they are made of."""
    found = frame.copy()
    if "change_number" in found:
        found["change_url"] = change_url(found["change_number"], gerrit_root=gerrit_root)
    for number, address in {"bug_id": "bug_url", "other_bug_id": "other_bug_url"}.items():
        if number in found:
            found[address] = bug_url(found[number], launchpad_root=launchpad_root)
    if "area_id" in found:
        found["area_page"] = AREA_PAGE + found["area_id"] + ".html"
    return found


def _under(root: str, folder: str, numbers: pd.Series) -> pd.Series:
    return (root.rstrip("/") + "/" + folder) + numbers.astype("Int64").astype("string")
