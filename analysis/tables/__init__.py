"""Contracts of the tables, and records as served turned into tables: pure functions, tables out."""
