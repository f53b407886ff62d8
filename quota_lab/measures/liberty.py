"""The differences between the quota code of Nova 15.1.5 (Ocata), which is raced, and of Liberty (tag 12.0.0).

Both tags were read in Nova's repository in November 2026. Compared were the syntax trees, without docstrings, of every
function of `nova/quota.py` and `nova/objects/quotas.py`, and of those in `nova/db/sqlalchemy/api.py` whose names
mention quotas, reservations or their recounts. The files of the wheel on PyPI equal those of the tag 15.1.5, byte for
byte.
"""

import pandas as pd

FILES = (  # file, functions in 12.0.0, in 15.1.5, the same in both, what else
    ("nova/objects/quotas.py", 15, 15, 15, "nothing"),
    ("nova/quota.py", 71, 75, 67,
     "4 read their options from a group of their own, or loop otherwise; 4 are new, for a command that recounts"),
    ("nova/db/sqlalchemy/api.py", 36, 39, 3,
     "31 differ only in how the session reaches them, 2 are below; of 3 new ones one was divided off"),
)  # fmt: skip
DIFFERENCES = (  # what, in 12.0.0, in 15.1.5, whether a race can tell
    ("Transaction", "each function opens a session and begins", "a decorator opens it, and the context carries it",
     "no: the same statements between the same borders, and the retry is outside of both"),
    ("Retry", "on a deadlock, five times", "the same", "no"),
    ("Lock on usage rows", "all of the project's, by id, FOR UPDATE", "the same", "no"),
    ("Unique key on usage rows", "none", "none", "no: first requests make duplicate rows in both"),
    ("Recount in quota_reserve", "inside the function", "in a function of its own, which can also be forced",
     "no: the same statements in the same order"),
    ("When a usage row is old", "by the seconds part of its age", "the same", "no"),
    ("What a recount counts", "all instances that are not deleted", "not those that are soft-deleted",
     "no: no race here has any"),
    ("A user with an unlimited quota", "the project's limit is not checked", "the project's limit is checked",
     "no: no user here is unlimited where the project is not"),
    ("Commit, rollback, expiry", "lock the usage rows first; expiry locks none", "the same", "no"),
)  # fmt: skip


def functions() -> pd.DataFrame:
    """The number of equal functions, one row for each file: file, liberty, ocata, n_same, differences."""
    return pd.DataFrame(FILES, columns=["file", "n_liberty", "n_ocata", "n_same", "differences"])


def differences() -> pd.DataFrame:
    """The real and the supposed differences, one row for each: matter, liberty, ocata, can_tell."""
    return pd.DataFrame(DIFFERENCES, columns=["matter", "liberty", "ocata", "can_tell"])
