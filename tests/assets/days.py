"""A small dataset with a lake and an instance of its own, and what became of its days. No tests."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from aug_assets.assets import common
from aug_assets.assets.dataset import build_dataset
from resources.delta_table import LakeTable
from resources.lake import LakeResource
from tests import builders

DAY = builders.DAY
NEXT_DAY = "2025-01-03"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Run:
    """One run of some stages of a day, as its events tell it."""

    def __init__(self, result: dg.ExecuteInProcessResult) -> None:
        self.success = result.success
        self.run_id = result.run_id
        self._events = result.all_events

    @property
    def metadata(self) -> dict[str, dict[str, Any]]:
        """Metadata values by stage; only of what was materialized."""
        found = [
            event.step_materialization_data.materialization for event in self._of("ASSET_MATERIALIZATION")
        ]
        return {m.asset_key.path[-1].rpartition("_")[2]: _values(m.metadata) for m in found}

    @property
    def data_versions(self) -> dict[str, str]:
        """Data version by stage."""
        found = [
            event.step_materialization_data.materialization for event in self._of("ASSET_MATERIALIZATION")
        ]
        return {m.asset_key.path[-1].rpartition("_")[2]: m.tags["dagster/data_version"] for m in found}

    @property
    def checks(self) -> dict[str, Any]:
        """Check evaluations by ``stage.check``."""
        found = [event.asset_check_evaluation_data for event in self._of("ASSET_CHECK_EVALUATION")]
        return {f"{c.asset_key.path[-1].rpartition('_')[2]}.{c.check_name}": c for c in found}

    @property
    def failed_checks(self) -> list[str]:
        """Names of the checks that did not pass, sorted."""
        return sorted(name for name, check in self.checks.items() if not check.passed)

    @property
    def errors(self) -> dict[str, str]:
        """Code of the typed error by the stage whose step failed; the message where it is not typed."""
        found = {}
        for event in self._of("STEP_FAILURE"):
            told = event.step_failure_data.user_failure_data
            code = told.metadata["error"].value if told and "error" in told.metadata else ""
            found[_stage(event)] = code or str(event.step_failure_data.error.message)
        return found

    @property
    def told(self) -> str:
        """What the failed steps say of themselves."""
        failures = [event.step_failure_data.user_failure_data for event in self._of("STEP_FAILURE")]
        return " ".join(failure.description or "" for failure in failures if failure)

    def attempts(self, stage: str) -> int:
        """How often a step of a stage was begun."""
        return sum(_stage(event) == stage for event in self._of("STEP_START", "STEP_RESTARTED"))

    def _of(self, *kinds: str) -> list[Any]:
        return [event for event in self._events if event.event_type_value in kinds]


class Days:
    """Deliveries, runs and tables of one dataset."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        self.lake = LakeResource(uri=str(folder / "lake"))
        self.instance = dg.DagsterInstance.ephemeral(tempdir=str(folder / "instance"))
        self.respec(**changes)

    def respec(self, **changes: Any) -> None:
        """The dataset's file is edited; days that were made before stay as they are."""
        self.spec = builders.spec(**{"source": {"uri": f"{self.folder}/{{date}}.parquet"}, **changes})

    def deliver(self, rows: pd.DataFrame | None = None, day: str = DAY) -> None:
        """Put a day's raw file in place."""
        (builders.frame(80) if rows is None else rows).to_parquet(self.folder / f"{day}.parquet")

    def run(self, *parts: str, day: str = DAY, **options: Any) -> Run:
        """Make parts of a day: stages with their checks, ``candidates`` without, or ``gates`` alone."""
        definitions = build_dataset(self.spec)
        # The argument is for runs that make an asset; checks alone have their day in a tag, as in the UI.
        where = {"tags": {"dagster/partition": day}} if parts == ("gates",) else {"partition_key": day}
        result = dg.materialize(
            [*(definitions.assets or ()), *(definitions.asset_checks or ())],
            selection=self._selection(parts),
            instance=self.instance,
            resources={"lake": self.lake},
            run_config=_QUIET,
            raise_on_error=False,
            **(where | options),
        )
        return Run(result)

    def _selection(self, parts: Iterable[str]) -> dg.AssetSelection | None:
        chosen: dg.AssetSelection | None = None
        for part in parts:
            stage = {"candidates": "augmented", "gates": "augmented"}.get(part, part)
            found = dg.AssetSelection.assets(common.asset_key(self.spec, stage))
            if part == "candidates":
                found = found.without_checks()
            if part == "gates":
                found = dg.AssetSelection.checks_for_assets(common.asset_key(self.spec, stage))
            chosen = found if chosen is None else chosen | found
        return chosen

    def table(self, stage: str) -> LakeTable:
        """The Delta table of a stage."""
        if stage == "quarantine":
            return common.quarantine_table(self.lake, self.spec)
        return common.table(self.lake, self.spec, stage)

    def rows(self, stage: str, day: str = DAY, version: int | None = None) -> pa.Table:
        """What a reader gets of a day."""
        return self.table(stage).read({"date": day}, version)

    def record(self, day: str = DAY) -> pa.Table:
        """A day's provenance as it is stored."""
        return LakeTable(self.table("provenance").storage).read({"date": day})

    def held(self, stage: str, day: str = DAY) -> pa.Table:
        """The quarantined rows of a stage."""
        return self.table("quarantine").read({"date": day, "stage": stage})


def _stage(event: Any) -> str:
    return str(event.step_key).rpartition("_")[2]


def _values(metadata: Any) -> dict[str, Any]:
    return {name: value.value for name, value in metadata.items() if hasattr(value, "value")}
