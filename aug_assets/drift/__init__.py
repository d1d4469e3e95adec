"""Drift of a dataset's real rows: what a day looks like, how far that is from others, and what follows."""
