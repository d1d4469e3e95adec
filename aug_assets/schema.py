"""The dataset's schema as Pandera checks, and which rows fail it. What forms rows take is in ``frames``."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets import schema_fast
from aug_assets.errors import SpecError
from aug_assets.frames import events_of, pandas_dtype
from aug_assets.schema_payload import payload_failures
from aug_assets.spec import ColumnSpec, DatasetSpec
from aug_assets.spec_column import OBJECTS


def pandera_schema(spec: DatasetSpec, *, synthetic: bool) -> Any:
    """The dataset as a ``pandera.pandas.DataFrameSchema``.

    Synthetic rows have keys of the platform's own making, so the range of a key column does not bind them;
    and they repeat text of their parents, so that only real rows can be unique in a column.
    """
    import pandera.pandas as pp

    columns = {}
    for name, column in spec.columns.items():
        if column.type in OBJECTS or column.each:
            continue
        checks = [] if synthetic and name in spec.key else _checks(column)
        unique = column.unique and not synthetic
        columns[name] = pp.Column(
            pandas_dtype(column), checks, nullable=column.nullable, unique=unique, report_duplicates="all"
        )
    return pp.DataFrameSchema(columns, strict=False, ordered=False)


def _checks(column: ColumnSpec) -> list[Any]:
    from pandera.pandas import Check

    checks = []
    if column.type.startswith("float"):
        checks.append(Check(np.isfinite, error="finite"))
    if column.min is not None:
        checks.append(Check.ge(column.min, error="min"))
    if column.max is not None:
        checks.append(Check.le(column.max, error="max"))
    if column.values is not None:  # noqa: PD011 - the spec's, no frame's
        checks.append(Check.isin([*column.values], error="values"))  # noqa: PD011
    if column.type in ("string", "category", "text"):
        checks.append(Check.str_length(max_value=column.max_length, error="max_length"))
    return checks


Masks = dict[str, NDArray[np.bool_]]


def failures(spec: DatasetSpec, frame: pd.DataFrame, *, synthetic: bool) -> Masks:
    """Which rows fail the schema, by reason code such as ``max:amount``; masks of shape (rows,)."""
    if frame.empty:  # no row can fail; checks of a whole frame would speak of rows that are not there
        return {}
    if "each" in spec.kinds:
        return by_event(spec, frame, lambda single, events: _failures_of(single, events, synthetic=synthetic))
    return {**_plain_failures(spec, frame, synthetic=synthetic), **payload_failures(spec, frame)}


def _failures_of(single: DatasetSpec, events: pd.DataFrame, *, synthetic: bool) -> Masks:
    """The key of an event is all of it; what synthetic sessions hold is no key, and its ranges bind."""
    return failures(single.model_copy(update={"key": ()}), events, synthetic=synthetic)


def by_event(
    spec: DatasetSpec, frame: pd.DataFrame, judge: Callable[[DatasetSpec, pd.DataFrame], Masks]
) -> Masks:
    """What a judge of single events says of sessions: one bad event spoils its session; so has none at all.

    Args:
        spec: The dataset, whose rows are sessions.
        frame: The sessions.
        judge: The dataset of single events, and those, to masks by reason.
    """
    events, row = events_of(frame, spec)
    masks = {"no_events": np.bincount(row, minlength=len(frame)) == 0}
    for reason, mask in judge(spec.of_events, events).items():
        masks[reason] = np.bincount(row, mask, minlength=len(frame)) > 0
    return {reason: mask for reason, mask in masks.items() if mask.any()}


def broken_rules(spec: DatasetSpec, frame: pd.DataFrame) -> Masks:
    """Which rows break a rule of the dataset, by reason code such as ``rule:name``; bool of shape (rows,)."""
    if "each" in spec.kinds:
        return by_event(spec, frame, broken_rules)
    return {f"rule:{rule.name}": rule.broken(frame) for rule in spec.all_rules}


def _plain_failures(spec: DatasetSpec, frame: pd.DataFrame, *, synthetic: bool) -> Masks:
    plain = frame.reset_index(drop=True)  # Pandera reports index labels, which must be unique to mean a row
    found = _NONE
    if not schema_fast.holds(spec, plain, synthetic=synthetic):
        found = _failure_cases(pandera_schema(spec, synthetic=synthetic), plain)
    if spec.model:
        own = _failure_cases(_model(spec.model), plain)
        if synthetic:
            own = own[~own["column"].isin(spec.key)]
        found = pd.concat([part for part in (found, own) if len(part)] or [found], ignore_index=True)
    masks: dict[str, NDArray[np.bool_]] = {}
    if found.empty:
        return masks
    for (check, column), cases in found.groupby(["check", "column"], dropna=False, sort=True):
        mask = masks.setdefault(_reason(check, column), np.zeros(len(frame), bool))
        positions = cases["index"]
        if positions.isna().any():
            mask[:] = True  # a check of the whole frame failed: no row of it can be trusted
        else:
            mask[positions.to_numpy(np.int64)] = True
    return masks


_NONE = pd.DataFrame({"check": [], "column": [], "index": []}, dtype=object)
_CODES = {"not_nullable": "not_null", "field_uniqueness": "unique"}


def _reason(check: Any, column: Any) -> str:
    code = _CODES.get(str(check), str(check))
    return code if pd.isna(column) else f"{code}:{column}"


def _failure_cases(schema: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Pandera's failures as a plain frame, taken out here because its errors lose them when pickled."""
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases: pd.DataFrame = error.failure_cases[["check", "column", "index"]].astype(object)
        whole = error.failure_cases["schema_context"] != "Column"
        cases.loc[whole, "column"] = None  # such a check is reported once for each column of a row
        return cases
    return _NONE


def _model(path: str) -> Any:
    from pandera.errors import SchemaInitError

    module, _, name = path.partition(":")
    try:
        return getattr(import_module(module), name).to_schema()
    except (ImportError, AttributeError, SchemaInitError) as error:
        raise SpecError(
            "model is not an importable Pandera DataFrameModel",
            seen=path,
            legal="module:Class on the Python path of every worker",
            todo=f"fix the path or install the package ({error})",
        ) from error
