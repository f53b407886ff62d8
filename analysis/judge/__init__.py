"""Judgements, from tables to tables: links, fixes, areas, review states, queue, inconsistent bugs, privacy."""
