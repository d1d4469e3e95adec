"""Data augmentation as an asset graph: a core of plain functions, and ``assets``, which knows Dagster."""
