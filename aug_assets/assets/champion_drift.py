"""How the champion sees a day: its scores beside those of earlier days, and what its alarms should be worth.

Figures for people. They decide nothing, and a model that fails holds up no day.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.assets import common
from aug_assets.drift.measures import compare
from aug_assets.drift.performance import Calibration, Worth
from aug_assets.drift.sketch import add, numbers
from aug_assets.errors import AugError
from aug_assets.frames import to_frame
from aug_assets.pointer import Serving
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec
from resources import model_store
from resources.lake import LakeResource
from resources.pointer import Pointers

_DAYS = 28  # scored days that tell what is usual
_ROWS = 100_000  # of a larger day that many are scored, evenly spread
_POSITIVES = 10  # known ones, from which calibration is worth anything

_VERSIONS, _SCORES = ("old_version", "new_version"), ("old_score", "new_score")
Floats = NDArray[np.float64]


def told(spec: DatasetSpec, lake: LakeResource, day: str, version: int, rows: int) -> dict[str, Any]:
    """Metadata about a day.

    Args:
        spec: A dataset with ``training``.
        lake: Its tables.
        day: The partition.
        version: Of the table of source rows.
        rows: How many the day has.

    Returns:
        Nothing without a champion; else its version, how far its scores moved, and expected and usual worth
        of its alarms, as far as scored and labelled days allow.
    """
    pointer = Pointers(lake, spec).read().pointer
    if pointer.champion is None:
        return {}
    model = pointer.champion
    figures: dict[str, Any] = {"champion": model.version}
    try:
        scores = _scores(spec, lake, model, day, version, max(1, -(-rows // _ROWS)))
        before = _before(spec, lake, model, day)
    except AugError as error:
        return {**figures, "champion_scores": str(error)}
    if not before or not len(scores):
        return {**figures, "champion_scores": "no earlier day was scored by this version"}
    figures |= _moved(scores, [known for known, _ in before])
    return figures | _worth(scores, before, model.threshold)


def _scores(
    spec: DatasetSpec, lake: LakeResource, model: Serving, day: str, version: int, step: int
) -> Floats:
    """Of every ``step``-th row, in pieces: not all of a day needs to fit into memory."""
    served, found = model_store.load(lake, spec, model), [np.empty(0)]
    table = common.table(lake, spec, "source")
    for batch in table.iter_batches({"date": day}, version, spec.rows_at_once):
        rows = pa.Table.from_batches([batch])
        rows = rows.take(pa.array(np.arange(0, len(rows), step)))
        found.append(served.scores(to_frame(rows, spec)))
    return np.concatenate(found)


def _before(spec: DatasetSpec, lake: LakeResource, model: Serving, day: str) -> list[tuple[Floats, Floats]]:
    """Scores by the same version of the last days that it was not trained on, and what is known of them.

    Labels are 1, 0, or NaN where they have not arrived.
    """
    table = common.table(lake, spec, "predictions")
    if table.version() is None:
        return []
    days = sorted(where["date"] for where in table.partitions())
    found = []
    for one in [known for known in days if model.trained_to < known < day][-_DAYS:]:
        rows = table.read({"date": one}, columns=[ROW_ID, *_VERSIONS, *_SCORES])
        at = next((n for n, name in enumerate(_VERSIONS) if _all(rows.column(name), model.version)), None)
        if at is not None:
            scores = rows.column(_SCORES[at]).to_numpy()
            found.append((scores, _labels(spec, lake, one, rows.column(ROW_ID), model.positive)))
    return found


def _all(versions: pa.ChunkedArray, wanted: str) -> bool:
    return bool(len(versions)) and versions.null_count == 0 and pc.unique(versions).to_pylist() == [wanted]


def _labels(spec: DatasetSpec, lake: LakeResource, day: str, ids: pa.ChunkedArray, positive: str) -> Floats:
    real = common.table(lake, spec, "source").read({"date": day}, columns=[ROW_ID, str(spec.label)])
    known = real.column(str(spec.label)).take(pc.index_in(ids, real.column(ROW_ID).combine_chunks()))
    words = pc.cast(known, pa.string())
    found: Floats = pc.cast(pc.equal(words, positive), pa.float64()).to_numpy()
    return found


def _moved(scores: Floats, before: Sequence[Floats]) -> dict[str, Any]:
    """Distance of the scores from those before, and the median of what each of these has from the others."""
    each = [numbers(one) for one in before]
    found = compare(numbers(scores), add(each))
    figures = {"score_psi": found.psi, "score_ks": found.ks}
    if len(each) > 1:
        usual = [compare(one, add([*each[:n], *each[n + 1 :]])) for n, one in enumerate(each)]
        figures |= {f"score_{name}_usual": float(np.median([getattr(u, name) for u in usual]))
                    for name in ("psi", "ks")}  # fmt: skip
    return {**figures, "score_days": len(each)}


def _worth(scores: Floats, before: Sequence[tuple[Floats, Floats]], threshold: float) -> dict[str, Any]:
    """Expected precision, recall and false positive rate, and those of the days whose labels have come."""
    past, labels = (np.concatenate(parts) for parts in zip(*before, strict=True))
    known = ~np.isnan(labels)
    past, positive = past[known], labels[known] == 1
    if not _POSITIVES <= positive.sum() < len(positive):
        few = (
            f"{int(positive.sum())} of {len(positive):,} labelled rows are positive; {_POSITIVES} are needed"
        )
        return {"expected": f"no estimate: {few}"}
    chances = Calibration(past, positive).chances(scores)
    expected = asdict(Worth.of(chances, scores >= threshold))
    usual = asdict(Worth.of(positive, past >= threshold))
    figures = {f"expected/{name}": value for name, value in expected.items()}
    figures |= {f"expected/{name}_usual": value for name, value in usual.items()}
    return {name: round(value, 6) for name, value in figures.items() if not np.isnan(value)}
