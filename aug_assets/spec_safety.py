"""The part of a spec about what must stay true of a label; refuses recipes that could make it untrue."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from aug_assets import gates, operators
from aug_assets.operators.base import Facts
from aug_assets.spec_column import OBJECTS, ONCE, PAYLOAD, ColumnSpec
from aug_assets.spec_source import PlacedError, Strict


class Safety(Strict):
    """What operators may not change, since a label would no longer be true."""

    laterality: Literal["fixed", "symmetric"] = Field(
        "fixed", description="symmetric: left and right may change places, so mirrored pictures are allowed"
    )
    orientation: Literal["upright", "any"] = Field(
        "upright", description="any: pictures have no up and down, as cells under a microscope"
    )
    mirrored_labels: dict[str, str] = Field(
        default_factory=dict, description="Label to what it is called in a mirror, such as left: right"
    )
    max_rotation_deg: float | None = Field(None, ge=0, le=180, description="Largest turn that is allowed")
    min_visibility: float = Field(
        0.3, gt=0, le=1, description="Share of a box that must be left of it, this share included"
    )
    protected_terms: tuple[str, ...] = Field((), description="Words and phrases that no copy may change")
    forbid: dict[str, str] = Field(
        default_factory=dict, description="Operator to the reason why it is banned"
    )


def kinds(columns: Mapping[str, ColumnSpec]) -> dict[str, tuple[str, ...]]:
    """Columns that are neither number nor category, by type, and under ``each`` those of events."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in PAYLOAD:
        if names := tuple(name for name, column in columns.items() if column.type == kind):
            found[kind] = names
    if names := tuple(column.objects_in for column in columns.values() if column.objects_in):
        found["objects"] = names
    if names := tuple(name for name, column in columns.items() if column.each):
        found["each"] = names
    return found


def check_payload(columns: Mapping[str, ColumnSpec], found: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse columns that cannot be in one dataset.

    Raises:
        PlacedError: With the place of the column.
    """
    for kind in ONCE:
        if len(names := found.get(kind, ())) > 1:
            raise PlacedError(f"only one column may be {kind}", ("columns", names[1], "type"), kind)
    for name, column in columns.items():
        if column.objects_in is not None and column.objects_in not in found.get("mask", ()):
            place = ("columns", name, "objects_in")
            raise PlacedError("must name a column of type mask", place, column.objects_in)
        if column.type in OBJECTS and "image" not in found:
            told = "belongs to a picture: the dataset needs a column of type image"
            raise PlacedError(told, ("columns", name), column.type)
    if sum(kind in found for kind in ("image", "text", "each")) > 1:
        told = "images, text and events are three kinds of datasets; make a dataset of each"
        raise PlacedError(told, ("columns",), sorted(found))


def facts(spec: Any) -> Facts:
    """What a dataset says of itself, for operators."""
    labels = [str(v) for v in (spec.columns[spec.label].values or ())] if spec.label else []
    labels += [
        str(v)
        for column in spec.columns.values()
        if column.type in ("boxes", "points")
        for v in column.values or ()
    ]
    named = {
        name: tuple(map(str, column.values or ()))
        for name, column in spec.columns.items()
        if column.type in ("category", "string") and name not in spec.key
    }
    return Facts(spec.safety, tuple(dict.fromkeys(labels)), kinds(spec.columns), named)


def check_safe(spec: Any) -> None:
    """Refuse operators that the dataset's rows do not suit, or whose copies could belie their label.

    Raises:
        PlacedError: With the place of the step and the reason.
    """
    told_of = facts(spec)
    for name in spec.safety.forbid:
        if name not in operators.REGISTRY.paths:
            raise PlacedError("there is no operator of this name", ("safety", "forbid", name), name)
    for n, branch in enumerate(spec.recipe):
        for m, step in enumerate(branch.steps):
            operator: Any = operators.get(step.operator)
            place = ("recipe", n, "steps", m)
            if operator.modality != spec.modality:
                told = (
                    f"changes {operator.modality} rows; the columns of this dataset make it {spec.modality}"
                )
                raise PlacedError(told, place, step.operator)
            reason = spec.safety.forbid.get(step.operator) or operator.unsafe(step, told_of)
            if reason:
                raise PlacedError(f"{step.operator} is not safe here: {reason}", place, step.operator)


def check_gates(spec: Any) -> None:
    """Refuse a gate that needs what is not installed: else only a day that is held back would tell.

    Raises:
        PlacedError: With the place of the gate and what to install.
    """
    for n, step in enumerate(spec.gates):
        if told := gates.get(step.gate).missing():
            raise PlacedError(told, ("gates", n), step.gate)
