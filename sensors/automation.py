"""Whether sensors and schedules run by themselves."""

import os

import dagster as dg


def sensor_status() -> dg.DefaultSensorStatus:
    """Running once the daemon is up; ``AUG_AUTOMATION=off`` leaves it to a person to switch them on."""
    off = os.environ.get("AUG_AUTOMATION", "on").lower() == "off"
    return dg.DefaultSensorStatus.STOPPED if off else dg.DefaultSensorStatus.RUNNING
