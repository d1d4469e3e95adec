"""Operators on sessions: rows that hold a list of events."""
