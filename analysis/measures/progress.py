"""How far the fix of a bug is: which of its fixes is nearest to its merge, and what that one needs."""

import pandas as pd

from analysis.measures.fixes import needs

NO_FIX, APPROVED, MERGED = "needs a fix", "approved: on its way", "its fix is merged"
# The open fix that is nearest to its merge tells how far a bug is; one in any other state is further than all of these.
NEAREST = ("approved", "needs_approval", "needs_second_core", "needs_core", "reviewed_on_older", "never_reviewed")


def nearest_fixes(fixing: pd.DataFrame, review_states: pd.DataFrame) -> pd.DataFrame:
    """Of each bug the fix that is nearest to its merge, an open one before a merged one, and how many it has.

    A part of a fix that merged leaves the rest to be fixed, and is none.

    Parameters
    ----------
    fixing : DataFrame of fixes.public_fixes
    review_states : DataFrame, schema.REVIEW_STATES

    Returns
    -------
    DataFrame in the order of bug_id
        bug_id, change_number (NA of a commit that Gerrit does not know), branch, need: in words, n_fixes.
    """
    here = fixing.merge(review_states[["change_number", "state"]], "left", "change_number", validate="m:1")
    here = here[here["status"].ne("MERGED") | here["relation"].eq("closes")]
    is_merged = here["status"].eq("MERGED")
    place = here["state"].map({state: place for place, state in enumerate(NEAREST)}).astype("Int64")
    said = needs(here["state"]).mask(here["state"].eq("approved"), APPROVED).mask(is_merged, MERGED)
    here = here.assign(place=place.fillna(len(NEAREST)), is_merged=is_merged, need=said)
    here = here.sort_values(["bug_id", "is_merged", "place", "change_number"])
    here["n_fixes"] = here.groupby("bug_id")["ref"].transform("size").astype("Int64")
    found = here.drop_duplicates("bug_id")[["bug_id", "change_number", "branch", "need", "n_fixes"]]
    return found.reset_index(drop=True)
