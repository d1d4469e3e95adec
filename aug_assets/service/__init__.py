"""Candidates over HTTP, for training loops in any language: made by the keys of the offline rows."""
