"""The distributions of sizes, lengths and frequencies in real records, given by quantiles, to draw from.

Each shape is the 5th, 25th, 50th, 75th, 90th, 95th, 99th and 100th percentile of a quantity in real records. A draw
interpolates linearly between them. The records were:

- changes, owners' shares, lines, files and gaps between uploads: 2,830 changes of openstack/nova of 2017,
- patch sets, messages and their lengths: 124 changes of a project that serves every vote and message of 2018,
- commit messages, and the share of footers in them: 15,433 commits of openstack/nova from 2013 to 2018.

Quantities without records are assumed, as the comments say. Extreme sizes are cut off: one change of Nova touched
3,082 files.
"""

import numpy as np
import numpy.typing as npt

Rng = np.random.Generator
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PERCENTILES = np.array([0, 5, 25, 50, 75, 90, 95, 99, 100]) / 100

MESSAGES = (5, 5, 5, 8, 14, 29, 40.7, 105, 159)  # per change
PATCH_SETS = (1, 1, 1, 1, 3, 7, 9, 24.3, 46)  # per change; drawn with the messages: one makes the other
MESSAGE_LENGTH = (21, 21, 26, 107, 142, 420, 423, 614, 1136)  # characters
COMMIT_LENGTH = (60, 123, 242, 345, 508, 734, 928, 1459, 4658)  # characters of a commit message
FILES = (1, 1, 1, 2, 4, 8, 13, 44, 200)  # of the current patch set
INSERTIONS = (0, 1, 6, 23, 73, 170, 263, 600, 2890)  # lines
DELETIONS = (0, 0, 1, 5, 23, 71, 126, 355, 10231)  # lines
LIFE_DAYS = (0.01, 0.7, 6.6, 30.7, 114.1, 204.7, 276.7, 470.4, 935.4)  # from creation to the last event
GAPS = (0, 0, 1291, 4329, 12486, 35846, 78166, 368307, 1e6)  # seconds between two changes: bursts and holidays
BUG_COMMENTS = (1, 1, 2, 4, 7, 13, 20, 45, 120)  # per bug; assumed
BUG_ACTIVITY = (1, 1, 3, 6, 10, 16, 22, 40, 90)  # per bug; assumed
DESCRIPTION_LENGTH = (57, 57, 197, 325, 540, 877, 1133, 1864, 6000)  # from Nova's bug fixes, in place of its bugs

CLOSES, PARTIAL, RELATED = 0.236, 0.029, 0.044  # share of commits with that footer
TOPIC = 0.94  # of these, with a topic bug/N: 29 % of Nova's changes have one
MERGED = 0.62  # of the changes that are not open
OPEN = 0.05  # assumed for all of OpenDev; the newest changes are the open ones
TOP_OWNERS = 0.6  # exponent that gives the busiest tenth of the owners 63 % of the changes


def drawn(shape: tuple[float, ...], chance: Floats) -> Floats:
    """The values of a shape at these probabilities (0..1)."""
    values: Floats = np.interp(chance, PERCENTILES, np.array(shape, dtype=float))
    return values


def counts(shape: tuple[float, ...], chance: Floats) -> Integers:
    """The values of a shape at these probabilities, as whole numbers."""
    return drawn(shape, chance).round().astype(np.int64)
