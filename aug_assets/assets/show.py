"""What a person sees of a day in the UI: figures, tables and plots as asset metadata. Decides nothing."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pyarrow as pa

from aug_assets import recipe
from aug_assets.gates.base import Judgement
from aug_assets.gates.judge import Verdict
from aug_assets.ingest import Ingested
from aug_assets.rows import IS_SYNTHETIC
from aug_assets.schema import to_frame
from aug_assets.spec import DatasetSpec

_SHOWN_ROWS = 5
_REAL = {"fill": True, "alpha": 0.55, "color": "#4c72b0", "label": "parents"}
_NEW = {"color": "#c44e52", "linewidth": 1.4, "label": "candidates"}
_PANELS = 6


def source(found: Ingested) -> dict[str, Any]:
    """Figures of a source day."""
    return {
        "dagster/partition_row_count": found.rows.num_rows,
        "rows_read": found.read,
        "quarantined": found.quarantine.num_rows,
        **{f"quarantined/{reason}": count for reason, count in found.reasons.items()},
        "preview": _table(found.rows),
    }


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
    figures = {"value": one.value, "threshold": one.threshold, **one.details}
    finite = {name: float(value) for name, value in figures.items() if np.isfinite(value)}
    if one.gate == "verdict":
        held = verdict.quarantine.num_rows
        return {**finite, **reasons(verdict.reasons, verdict.candidates), "quarantined": held}
    return finite


def candidates(spec: DatasetSpec, plan: recipe.Plan, source: pa.Table, sample: pa.Table) -> dict[str, Any]:
    """Figures of a day's candidates, some of them beside their parents, and their marginals."""
    parents = pd.concat([branch.parents for branch in plan.branches], ignore_index=True)
    shown = {"parents": len(parents), "source_rows": source.num_rows}
    figures = {"dagster/partition_row_count": plan.rows, "candidates": plan.rows, **shown}
    figures |= {f"candidates/{b.branch.name}": len(b.parent) for b in plan.branches}
    if plan.rows and len(parents):
        figures |= {"marginals": _marginals(spec, parents, to_frame(sample, spec)), "preview": _table(sample)}
    return figures


def published(rows: pa.Table, held: pa.Table) -> dict[str, Any]:
    """Figures of a published day."""
    synthetic = int(np.sum(rows.column(IS_SYNTHETIC).to_numpy()))
    return {
        "dagster/partition_row_count": rows.num_rows,
        "real": rows.num_rows - synthetic,
        "accepted": synthetic,
        "quarantined": held.num_rows,
        "preview": _table(rows.slice(max(rows.num_rows - synthetic - 2, 0), _SHOWN_ROWS)),
    }


def _table(rows: pa.Table) -> dg.MarkdownMetadataValue:
    """The first rows as Markdown."""
    head = rows.slice(0, _SHOWN_ROWS)
    lines = [head.column_names, ["---"] * head.num_columns]
    lines += [[_cell(value) for value in row.values()] for row in head.to_pylist()]
    return dg.MetadataValue.md("\n".join("| " + " | ".join(line) + " |" for line in lines))


def _cell(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str("" if value is None else value)
    return text[:40].replace("|", "\\|").replace("\n", " ")


def _marginals(spec: DatasetSpec, parents: pd.DataFrame, made: pd.DataFrame) -> dg.MarkdownMetadataValue:
    """Histograms of parents and candidates, one panel a numeric column."""
    from matplotlib.figure import Figure  # not pyplot, which is global state and no thread may share

    names = [n for n, c in spec.columns.items() if c.type.startswith(("int", "float")) and n != spec.label]
    names = [n for n in names if n not in spec.key][:_PANELS]
    if not names:
        return dg.MetadataValue.md("no numeric columns")
    rows = -(-len(names) // 3)
    figure = Figure(figsize=(9, 2.2 * rows), dpi=80)
    figure.subplots_adjust(0.02, 0.12, 0.98, 0.92, 0.08, 0.45)  # a computed layout draws everything twice
    for place, name in enumerate(names, start=1):
        axes = figure.add_subplot(rows, min(3, len(names)), place)
        real, new = (frame[name].dropna().to_numpy(float) for frame in (parents, made))
        both = np.concatenate([real, new])
        if len(both) == 0:
            continue
        edges = np.histogram_bin_edges(both, bins=30, range=tuple(np.quantile(both, [0.0, 0.98])))
        for values, look in ((real, _REAL), (new, _NEW)):
            heights, _ = np.histogram(values, edges)
            axes.stairs(heights / max(len(values), 1), edges, **look)
        axes.set_title(name, fontsize=9)
        axes.set_yticks([])
        axes.tick_params(labelsize=7)
    figure.axes[0].legend(fontsize=7, frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    data = base64.b64encode(buffer.getvalue()).decode()
    return dg.MetadataValue.md(f"![marginals of parents and candidates](data:image/png;base64,{data})")
