"""Operators on tables, one a file."""
