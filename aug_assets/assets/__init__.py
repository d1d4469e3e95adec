"""A dataset's assets and checks: the core's functions as Dagster runs them."""
