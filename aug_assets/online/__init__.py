"""Rows for a training loop, drawn by the same keys as stored ones; stores nothing, knows no Dagster."""

from aug_assets.online.stream import AugmentedStream

__all__ = ["AugmentedStream"]
