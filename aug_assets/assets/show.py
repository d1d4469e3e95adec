"""What a person sees of a day in the UI: figures, tables and plots as asset metadata. Decides nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import recipe
from aug_assets.assets.marginals import associations, beside, marginals, plane
from aug_assets.frames import to_frame, to_table
from aug_assets.gates import VERDICT
from aug_assets.gates.base import Judgement
from aug_assets.gates.judge import Verdict
from aug_assets.ingest import Ingested
from aug_assets.report.changes import in_short
from aug_assets.report.families import families
from aug_assets.rows import IS_SYNTHETIC, ROW_ID, to_hex
from aug_assets.spec import DatasetSpec

_SHOWN_ROWS = 3  # side by side; more would be cut off beside the list of days
_SHOWN_COLUMNS = 40
_CELL = 17  # characters: a date and a time
_SHEET_ROWS = 200  # candidates among which pictures, texts or sessions to show are looked for


def source(spec: DatasetSpec, found: Ingested) -> dict[str, Any]:
    """Figures of a source day."""
    return {
        "dagster/partition_row_count": found.rows.num_rows,
        "rows_read": found.read,
        "quarantined": found.quarantine.num_rows,
        **{f"quarantined/{reason}": count for reason, count in found.reasons.items()},
        **_rows(spec, preview=lambda: _table(found.rows)),
    }


def _rows(spec: DatasetSpec, **shown: Callable[[], Any]) -> dict[str, Any]:
    """What shows single rows, where the dataset lets it: metadata are read by all who may open the UI."""
    return {name: draw() for name, draw in shown.items()} if spec.previews else {}


def reasons(counts: Mapping[str, int], rows: int) -> dict[str, Any]:
    """Rows by reason, as a table and as figures that the UI plots over time."""
    records = [
        dg.TableRecord({"reason": reason, "rows": count, "share": f"{count / max(rows, 1):.2%}"})
        for reason, count in sorted(counts.items(), key=lambda item: -item[1])
    ]
    columns = [dg.TableColumn("reason", "string"), dg.TableColumn("rows", "int"), dg.TableColumn("share")]
    table = dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))
    return {"rows": rows, "reasons": table}


def judgement(one: Judgement, verdict: Verdict) -> dict[str, Any]:
    """A gate's figures; the verdict itself also shows the quarantine."""
    names = ("gates_judged", "gates_expected") if one.gate == VERDICT else ("value", "threshold")
    figures = {**dict(zip(names, (one.value, one.threshold), strict=True)), **one.details}
    finite = {name: float(f"{value:.4g}") for name, value in figures.items() if np.isfinite(value)}
    if one.gate == VERDICT:
        held = verdict.quarantine.num_rows
        return {
            **finite,
            **reasons(verdict.reasons, verdict.candidates),
            "quarantined": held,
            "released": verdict.released,
        }
    return finite


def candidates(
    spec: DatasetSpec, plan: recipe.Plan, source: pa.Table, sample: pa.Table, told: pa.Table
) -> dict[str, Any]:
    """Figures of a day's candidates, some of them beside their parents, and their marginals.

    Args:
        spec: The dataset.
        plan: The day's plan.
        source: The day's real rows.
        sample: Some of the candidates.
        told: Their provenance, and maybe that of others.
    """
    parents = pd.concat([branch.parents for branch in plan.branches], ignore_index=True)
    shown = {"parents": len(parents), "source_rows": source.num_rows}
    figures: dict[str, Any] = {**shown, "made": plan.rows}
    figures |= {f"made/{b.branch.name}": len(b.parent) for b in plan.branches}
    if sample.num_rows and len(parents) and spec.modality != "tabular":
        shown_first = families(spec, source, sample.slice(0, _SHEET_ROWS), told)
        figures |= _rows(spec, preview=lambda: beside(spec, shown_first))
    elif sample.num_rows and len(parents):
        made = to_frame(sample, spec)
        figures |= {"marginals": marginals(spec, parents, made)}
        figures |= {"associations": associations(spec, parents, made)}
        figures |= _rows(
            spec,
            projection=lambda: plane(spec, _others(spec, plan, source), parents, made),
            preview=lambda: _beside_parent(spec, plan, sample),
        )
    return figures


def _others(spec: DatasetSpec, plan: recipe.Plan, source: pa.Table) -> pd.DataFrame:
    """The real rows that are no parents."""
    ids = pa.concat_arrays([to_hex(branch.ids) for branch in plan.branches])
    chosen = pc.is_in(source.column(ROW_ID), value_set=ids)
    return to_frame(source.filter(pc.invert(chosen)), spec)


def refused(counts: Mapping[str, int], rows: int) -> dict[str, Any]:
    """Figures of the rows that the recipe's own filters refused."""
    return {"refused": rows, **{f"refused/{name}": count for name, count in sorted(counts.items())}}


def lift(record: Mapping[str, Any] | None, spec: DatasetSpec) -> dict[str, Any]:
    """What was proved of the recipe's benefit, if anything was, and of which recipe."""
    if record is None:
        return {"lift": f"not measured; run `aug bench lift {spec.id}`"}
    same = record["recipe_digest"] == spec.recipe_digest
    told = (
        f"{record['lift']:+.1%} ({record['lift_low']:+.1%} to {record['lift_high']:+.1%}) over "
        f"{record['baseline']}, {record['seeds']} seeds"
    )
    return {"lift": told if same else f"of another recipe: {told}"}


def published(spec: DatasetSpec, rows: pa.Table, held: pa.Table) -> dict[str, Any]:
    """Figures of a published day."""
    synthetic = int(np.sum(rows.column(IS_SYNTHETIC).to_numpy()))
    some = rows.slice(max(rows.num_rows - synthetic - 1, 0), _SHOWN_ROWS)
    return {
        "dagster/partition_row_count": rows.num_rows,
        "real": rows.num_rows - synthetic,
        "accepted": synthetic,
        "quarantined": held.num_rows,
        **_rows(spec, preview=lambda: _table(some)),
    }


def _beside_parent(spec: DatasetSpec, plan: recipe.Plan, sample: pa.Table) -> dg.TableMetadataValue:
    """The day's first candidates beside the row they were made from; ``=`` is the parent's value."""
    branch = next(branch for branch in plan.branches if len(branch.parent))
    first = branch.parents.iloc[[branch.parent[0]]].reset_index(drop=True)
    parent = to_table(first, spec, to_hex(branch.ids[branch.parent[:1]]), synthetic=False)
    copies = min(int((branch.parent == branch.parent[0]).sum()), _SHOWN_ROWS - 1)
    shown = pa.concat_tables([parent, sample.slice(0, copies)])
    return _table(shown, ["parent", *(f"copy {number}" for number in range(copies))])


def _table(rows: pa.Table, heads: Sequence[str] = ()) -> dg.TableMetadataValue:
    """The first rows side by side, a line for each column: rows of many columns run off the page."""
    head = rows.slice(0, _SHOWN_ROWS)
    names = list(heads) or [f"row {number}" for number in range(head.num_rows)]
    records = []
    for column in head.column_names[:_SHOWN_COLUMNS]:
        cells = [_cell(value) for value in head.column(column).to_pylist()]
        if heads:
            cells[1:] = ["=" if cell == cells[0] else cell for cell in cells[1:]]
        records.append(dg.TableRecord({"column": column, **dict(zip(names, cells, strict=True))}))
    schema = dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in ("column", *names)])
    return dg.MetadataValue.table(records, schema=schema)


def _cell(value: Any) -> str:
    text = f"{value:.10g}" if isinstance(value, float) else in_short(value)
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
