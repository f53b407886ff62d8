"""A span of time as days: what is unknown stays unknown."""

import pandas as pd

from analysis.tables import schema


def test_days_are_whole_and_parts_and_an_unknown_span_is_unknown():
    spans = pd.Series(pd.to_timedelta([36, None], unit="h"))

    days = schema.days(spans)

    assert days.iloc[0] == 1.5
    assert days.isna().tolist() == [False, True]
