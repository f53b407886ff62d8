"""The whole line: fetch into snapshots, build the tables, judge them."""
