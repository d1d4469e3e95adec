"""Labels that come back: read from a file, held against the rows that they are of, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from aug_assets import labels
from aug_assets.assets import common
from aug_assets.commands import queue
from aug_assets.errors import LabelsError, UpstreamMissingError
from aug_assets.rows import ROW_ID, source_ids, to_hex
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    from resources.lake import LakeResource

_NAMED = 5  # lines that a message names


@dataclass(frozen=True)
class Said:
    """What is said of all lines that do not say it themselves.

    Attributes:
        date: The day of the rows.
        why: One of ``alert, matured, person, queue``.
        by: Who says so.
    """

    date: str | None = None
    why: str = "person"
    by: str = ""


def add(lake: "LakeResource", spec: DatasetSpec, file: str, said: Said) -> dict[str, int]:
    """Keep the labels of a file: CSV or Parquet with ``row_id`` or the dataset's key, and ``label``.

    ``date``, ``why``, ``by`` and ``known_at`` may be columns too. Nothing is kept unless all lines are good.

    Returns:
        New labels by day; the same file again adds none.

    Raises:
        LabelsError: The file cannot be read or lacks a column; a line is of no known row, has no legal label,
            or nobody is named.
    """
    from resources import clock, environment
    from resources.labels import LabelTable

    table = _told(spec, _read(file), said, pd.Timestamp(clock.now()))
    days = sorted(set(table["date"]))
    for day in days:
        _check_known(lake, spec, day, table[table["date"] == day])
    kept, user = LabelTable(lake, spec), environment.user()
    found = {}
    for day in days:
        rows = table.loc[table["date"] == day, labels.LABELS.names]
        found[day] = kept.add(day, pa.Table.from_pandas(rows, labels.LABELS, preserve_index=False), user)
    return found


def _read(file: str) -> pd.DataFrame:
    kinds: Mapping[str, Any] = {".parquet": pd.read_parquet, ".pq": pd.read_parquet, ".json": queue.answers}
    read = kinds.get(Path(file).suffix, _csv)
    try:
        found: pd.DataFrame = read(file)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowInvalid, pd.errors.ParserError) as error:
        raise LabelsError(
            "the file of labels cannot be read",
            seen=file,
            legal="CSV, Parquet or Label Studio's JSON",
            todo=str(error),
        ) from error
    return found.reset_index(drop=True)


def _csv(file: str) -> pd.DataFrame:
    found: pd.DataFrame = pd.read_csv(file, dtype=str, keep_default_na=False)
    return found


def _told(spec: DatasetSpec, rows: pd.DataFrame, said: Said, now: pd.Timestamp) -> pd.DataFrame:
    """The lines in the columns LABELS and ``date``, checked one by one."""
    label = next((name for name in ("label", str(spec.label)) if name in rows), None)
    if label is None or not (ROW_ID in rows or all(name in rows for name in spec.key)):
        raise LabelsError(
            "the file lacks columns", seen=sorted(map(str, rows.columns)),
            legal=f"label, and {ROW_ID} or {', '.join(spec.key)}", todo="add them",
        )  # fmt: skip
    form = spec.partitions.form
    others: Mapping[str, Any] = {"date": said.date or "", "why": said.why, "by": said.by}
    made = pd.DataFrame(
        {name: rows.get(name, pd.Series([value] * len(rows))) for name, value in others.items()}
    )
    for name in others:
        made[name] = made[name].astype(str).str.strip()
    made["date"] = made["date"].str.replace(" ", "T").str[: len(spec.partitions.start.strftime(form))]
    made["label"] = labels.checked(spec, rows[label].tolist())
    made[ROW_ID] = rows[ROW_ID].astype(str) if ROW_ID in rows else _ids(spec, rows)
    made["known_at"] = _times(rows, now)
    for name, bad, legal in (
        ("date", ~made["date"].map(spec.partitions.has), spec.partitions.legal),
        ("why", ~made["why"].isin(labels.WHY), ", ".join(labels.WHY)),
        ("by", made["by"] == "", "the name of who says so"),
    ):
        _refuse(made, bad, name, legal)
    return made


def _ids(spec: DatasetSpec, rows: pd.DataFrame) -> list[str]:
    keys = [pa.array(rows[name].astype(str)) for name in spec.key]
    found: list[str] = to_hex(source_ids(spec.id, keys, len(rows))).to_pylist()
    return found


def _times(rows: pd.DataFrame, now: pd.Timestamp) -> Any:
    if "known_at" not in rows:
        return [now] * len(rows)
    found = pd.to_datetime(rows["known_at"], utc=True, errors="coerce", format="ISO8601")
    late = "an ISO time that has been, UTC where it names no zone"  # one to come would hold for ever
    _refuse(rows, found.isna() | (found > now), "known_at", late)
    return found


def _refuse(rows: pd.DataFrame, bad: "pd.Series[bool]", name: str, legal: str) -> None:
    if bad.any():
        lines = [n + 1 for n, wrong in enumerate(bad) if wrong]
        raise LabelsError(
            f"lines {', '.join(map(str, lines[:_NAMED]))}: {name} cannot be taken",
            seen=str(rows[name].iloc[lines[0] - 1]), legal=legal, todo=f"correct the file, or give --{name}",
        )  # fmt: skip


def _check_known(lake: "LakeResource", spec: DatasetSpec, day: str, rows: pd.DataFrame) -> None:
    table = common.table(lake, spec, "source")
    try:
        known = table.read({"date": day}, None, [ROW_ID]) if table.version() is not None else None
    except UpstreamMissingError:
        known = None
    there = set() if known is None else set(known.column(ROW_ID).to_pylist())
    lost = rows[~rows[ROW_ID].isin(there)]
    if len(lost):
        lines = ", ".join(str(n + 1) for n in lost.index[:_NAMED])
        raise LabelsError(
            f"lines {lines}: {day} has no such row", seen=lost[ROW_ID].iloc[0],
            legal=f"a row_id or key of {spec.id}_source on that day",
            todo="correct date or key, or materialize the source of the day first",
        )  # fmt: skip
