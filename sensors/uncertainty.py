"""The sensor of a dataset's uncertainty: days whose model is unsure of too many rows are made again."""

from typing import Any

import dagster as dg

from sensors.drift import Watched, refresh_sensor


def uncertainty_sensor(watched: Watched, job: Any) -> dg.SensorDefinition:
    """As the sensor of drift, on what the uncertainty asset says."""
    assert watched.spec.uncertainty is not None
    return refresh_sensor(watched, job, "uncertainty", watched.spec.uncertainty)
