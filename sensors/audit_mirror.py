"""The sensor that copies Dagster's event log into the audit logs, and has them signed once a day."""

import os
from collections.abc import Iterable

import dagster as dg

from aug_assets import loader
from aug_assets.errors import AugError, SigningKeyError
from resources import checkpoints, clock, signing
from resources.audit import audit_log
from resources.event_mirror import NOBODY, mirror
from resources.lake import LakeResource

NAME = "audit_mirror"
_SECONDS = 60


def audit_mirror() -> dg.SensorDefinition:
    """Each minute what is new, and each day (UTC) a signed checkpoint of each log; its cursor is that day.

    Runs by itself once the daemon is up; ``AUG_AUTOMATION=off`` leaves it to a person to switch it on.
    """
    off = os.environ.get("AUG_AUTOMATION", "on").lower() == "off"

    @dg.sensor(
        name=NAME,
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED if off else dg.DefaultSensorStatus.RUNNING,
        description="Copies runs, materializations, checks and ticks into the audit logs; signs them daily.",
    )
    def copy(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SkipReason:
        counts = mirror(context.instance, lake, own=NAME)
        told = f"{sum(counts.values()):,} events recorded"
        today = clock.now().date().isoformat()
        if context.cursor == today:
            return dg.SkipReason(told)
        signed = sign_all(lake, sorted({spec.tenant for spec in loader.catalogue().values()} | {NOBODY}))
        context.update_cursor(today)
        return dg.SkipReason(f"{told}; {signed}")

    return copy


def sign_all(lake: LakeResource, tenants: Iterable[str]) -> str:
    """Sign the log of each tenant that has one; an ill log stops the signing of no other, and is raised last.

    Raises:
        AugError: The first log that could not be signed, for another reason than that no key is set.
    """
    try:
        signer = signing.signer()
    except SigningKeyError as error:
        return f"not signed: {error.message}"
    failures, signed = [], 0
    for tenant in tenants:
        log = audit_log(lake, tenant)
        if log.lines.last() >= 0:
            try:
                checkpoints.take(log, signer)
                signed += 1
            except AugError as error:
                failures.append(error)
    if failures:
        raise failures[0]
    return f"{signed} logs signed"
