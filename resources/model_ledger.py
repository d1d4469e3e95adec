"""Which versions of a dataset's days each model version was trained on: the table ``models`` of a dataset."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa

from aug_assets.errors import UnknownModelError, UpstreamMissingError
from aug_assets.spec import DatasetSpec
from resources.delta_table import LakeTable

if TYPE_CHECKING:
    from resources.lake import LakeResource

SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("version", pa.string()),
        ("run_id", pa.string()),
        ("date", pa.string()),
        ("validated_version", pa.int64()),
        ("digest", pa.string()),
        ("marked", pa.string()),
    ],
    metadata={"marked": "why the model must not be used any more; empty while it may"},
)
_BY = "training"  # a digest, because a model's name may hold what a path cannot


def table(lake: "LakeResource", spec: DatasetSpec) -> LakeTable:
    """The table, one partition a model version: what is told of one never meets what is told of another."""
    return lake.table(spec.tenant, spec.name, "models", (_BY,))


def record(
    lake: "LakeResource",
    spec: DatasetSpec,
    model: str,
    version: str,
    run_id: str,
    inputs: Iterable[Mapping[str, Any]],
) -> int:
    """Keep what a model version was trained on; said twice it is kept once. Returns the table's version.

    Args:
        lake: Where the table is.
        spec: The dataset.
        model: The model's name in the registry.
        version: Its version there.
        run_id: The run that trained it.
        inputs: One mapping a day: ``date`` (ISO), ``validated_version`` (of the Delta table) and ``digest``
            (of the day's content at that version).
    """
    marked = next((row["marked"] for row in _of(lake, spec, _training(model, version))), "")
    days = [{name: day[name] for name in ("date", "validated_version", "digest")} for day in inputs]
    same = {"model": model, "version": version, "run_id": run_id, "marked": marked}
    return _store(lake, spec, [{**same, **day} for day in sorted(days, key=lambda day: str(day["date"]))])


def of_days(lake: "LakeResource", spec: DatasetSpec, dates: Collection[str]) -> list[dict[str, Any]]:
    """What was trained on any of these days, in the columns of ``SCHEMA``, by model, version and date."""
    known, wanted = table(lake, spec), set(dates)
    if known.version() is None:
        return []
    rows = [row for where in known.partitions() for row in _of(lake, spec, where)]
    mine = [row for row in rows if row["date"] in wanted]
    return sorted(mine, key=lambda row: (row["model"], row["version"], row["date"]))


def mark(lake: "LakeResource", spec: DatasetSpec, model: str, version: str, reason: str) -> int:
    """Say that a model version must not be used any more, and why. Returns the table's version.

    Raises:
        UnknownModelError: Nothing is recorded of this model version.
    """
    rows = _of(lake, spec, _training(model, version))
    if not rows:
        raise UnknownModelError(
            "no training of this model version is recorded", seen=f"{model} version {version}",
            legal="a model version that was trained on the dataset", todo="read the dataset's table `models`",
        )  # fmt: skip
    return _store(lake, spec, [{**row, "marked": reason} for row in rows])


def _training(model: str, version: str) -> dict[str, str]:
    return {_BY: sha256(f"{model}\0{version}".encode()).hexdigest()[:32]}


def _of(lake: "LakeResource", spec: DatasetSpec, where: Mapping[str, str]) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = table(lake, spec).read(where).to_pylist()
    except UpstreamMissingError:
        return []
    return found


def _store(lake: "LakeResource", spec: DatasetSpec, rows: list[dict[str, Any]]) -> int:
    if not rows:
        raise UnknownModelError(
            "a model that was trained on no day is not recorded",
            legal="one mapping a day",
            todo="name the days",
        )
    known, where = table(lake, spec), _training(rows[0]["model"], rows[0]["version"])
    part = known.write_part(pa.Table.from_pylist(rows, SCHEMA), where, f"models-{uuid4().hex}")
    return known.commit([part], where, SCHEMA, {"run_id": rows[0]["run_id"]})
