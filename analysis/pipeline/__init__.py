"""The whole line on one page: fetch into snapshots, build the tables, judge them."""
