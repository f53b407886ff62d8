"""The contracts of the tables, and pure functions that turn records as served into tables."""
