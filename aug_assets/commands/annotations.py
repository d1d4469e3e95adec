"""Held rows to Label Studio and back: a file of tasks, and the decisions that follow from its annotations."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets import label_studio, loader
from aug_assets.assets import common
from aug_assets.commands.held import Held, of_ids
from aug_assets.commands.quarantine import Outcome, Word, record, seen
from aug_assets.decisions import REJECT, RELEASE
from aug_assets.errors import AnnotationsError, AugError
from aug_assets.label_studio import Said
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec
from aug_assets.values.picture import from_arrow

if TYPE_CHECKING:
    from resources.lake import LakeResource


def export(lake: "LakeResource", spec: DatasetSpec, rows: Sequence[Held], out: Path) -> tuple[Path, Path]:
    """Write rows as tasks, and the labeling interface beside them.

    Returns:
        The files.

    Raises:
        AugError: They cannot be written.
    """
    pictures = _pictures(lake, spec, rows)
    tasks = []
    for one in rows:
        named = {name: getattr(one, name) for name in ("date", "stage", "row_id", "content")}
        picture = pictures.get((one.date, one.row_id)) or _path(spec, one)
        tasks.append(label_studio.task(spec, {"dataset": spec.id, **named}, one.reasons, one.values, picture))
    interface = out.with_suffix(".xml")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
        interface.write_text(label_studio.label_config(spec), encoding="utf-8")
    except OSError as error:
        raise AugError("cannot write the tasks", seen=str(out), todo=str(error)) from error
    seen(lake, spec, rows)
    return out, interface


def _pictures(lake: "LakeResource", spec: DatasetSpec, rows: Sequence[Held]) -> dict[tuple[str, str], bytes]:
    """The pictures of held candidates as PNG; quarantine itself keeps only what names them."""
    from aug_assets.media.export_png import encode

    if spec.modality != "image":
        return {}
    found: dict[tuple[str, str], bytes] = {}
    column = spec.kinds["image"][0]
    for date in sorted({one.date for one in rows if one.stage in ("augmented", common.REVIEW)}):
        ids = {one.row_id for one in rows if one.date == date}
        table = common.table(lake, spec, "augmented")
        for batch in table.iter_batches({"date": date}, rows=spec.rows_at_once):
            for n, row_id in enumerate(batch.column(ROW_ID).to_pylist()):
                if row_id in ids:
                    picture = from_arrow(pa.chunked_array([batch.column(column).slice(n, 1)]))[0]
                    assert picture is not None
                    found[date, row_id] = encode(_eight_bits(picture.pixels), ".png")
    return found


def _eight_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """What a browser can show; of more bits the middle 99 percent of the values."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    low, high = np.percentile(pixels, (0.5, 99.5))
    shown: NDArray[np.float32] = (pixels.astype(np.float32) - low) / max(high - low, 1e-6) * 255
    return np.clip(shown, 0, 255).astype(np.uint8)


def _path(spec: DatasetSpec, one: Held) -> str | None:
    """Where the picture of a row that was never read is, as far as its delivery says so."""
    if spec.modality != "image":
        return None
    name = spec.kinds["image"][0]
    value = one.values.get(spec.columns[name].from_ or name)
    path = value.get("path") if isinstance(value, dict) else value
    return path if isinstance(path, str) else None


def import_(lake: "LakeResource", file: Path, by: str, why: str = "") -> tuple[DatasetSpec, list[Outcome]]:
    """Take the decisions that follow from annotations; all of them, or none.

    A label that differs from the row's own corrects a source row, and rejects a candidate: what a candidate
    holds must follow from its provenance.

    Args:
        lake: The lake.
        file: A JSON export of Label Studio.
        by: Who imports it.
        why: The reason of annotations that give none.

    Returns:
        The dataset that they are about, and what was decided.

    Raises:
        AnnotationsError: It is malformed, contradicts itself, or is about rows that have changed.
        UnknownRowError: A row is not held any more.
        DecisionError: A decision cannot be taken; see :func:`aug_assets.commands.quarantine.record`.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AnnotationsError("cannot read the annotations", seen=str(file), todo=str(error)) from error
    said = label_studio.read(text)
    names = sorted({one.dataset for one in said})
    if len(names) != 1:
        raise AnnotationsError(
            "the annotations are not about one dataset", seen=names, legal="annotated rows of one dataset",
            todo="export a project for each dataset, once somebody has annotated it",
        )  # fmt: skip
    spec = loader.get(names[0])
    rows: dict[tuple[str, ...], Held] = {
        (row.date, row.stage, row.row_id, row.content): row for row in _rows(lake, spec, said)
    }
    return spec, record(lake, spec, [_pair(spec, one, rows, by, why) for one in said])


def _rows(lake: "LakeResource", spec: DatasetSpec, said: Sequence[Said]) -> list[Held]:
    """The held rows that were annotated, with one search for each day and stage."""
    by_place: dict[tuple[str, str], list[str]] = {}
    for one in said:
        by_place.setdefault((one.date, one.stage), []).append(one.row_id)
    return [
        row
        for (date, stage), ids in sorted(by_place.items())
        for row in of_ids(lake, spec, ids, date=date, stage=stage)
    ]


def _pair(
    spec: DatasetSpec, one: Said, rows: Mapping[tuple[str, ...], Held], by: str, why: str
) -> tuple[Held, Word]:
    row = rows.get((one.date, one.stage, one.row_id, one.content))
    if row is None:
        raise AnnotationsError(
            f"row {one.row_id} has changed since it was exported", seen=one.content,
            legal="the row as it is held now", todo="export it again, and look at it again",
        )  # fmt: skip
    return row, _word(spec, row, one, by, why)


def _word(spec: DatasetSpec, row: Held, one: Said, by: str, why: str) -> Word:
    corrected = one.label not in ("", label_studio.label_of(spec, row.values))
    decision = one.decision or RELEASE
    reasons = [one.why or why]
    values: dict[str, str | None] = {}
    if corrected and row.stage != "source":
        decision = REJECT
        reasons.append(f"the label should be {one.label}")
    elif corrected and decision == RELEASE and spec.label:
        values[spec.label] = one.label
    people = one.people or (by,)
    return Word(decision, ", ".join(people), "; ".join(r for r in reasons if r), values, hands=(*people, by))
