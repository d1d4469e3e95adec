"""The queue of a day as a file for people, and Label Studio's answers as a file of labels. Keeps nothing."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from aug_assets.assets import common
from aug_assets.errors import AugError, UpstreamMissingError
from aug_assets.frames import to_frame
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    from resources.lake import LakeResource

_LABEL = "label"
_ANNOTATOR = "annotator"


def write(lake: "LakeResource", spec: DatasetSpec, day: str, out: str) -> int:
    """Write the rows that the day's ``uncertainty`` asks about; that somebody saw them is in the audit log.

    Returns:
        How many rows.

    Raises:
        UpstreamMissingError: The day has no queue.
        AugError: The file cannot be written.
    """
    from resources import environment
    from resources.audit import audit_log

    rows = _rows(lake, spec, day)
    subject = {"dataset": spec.id, "what": "queue", "date": day, "rows": len(rows)}
    audit_log(lake, spec.tenant).append("access", subject, by=environment.user())
    try:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        if Path(out).suffix == ".json":
            Path(out).write_text(json.dumps(_tasks(spec, rows), ensure_ascii=False, default=str), "utf-8")
        else:
            rows.to_csv(out, index=False)
    except OSError as error:
        raise AugError("cannot write the queue", seen=out, todo=str(error)) from error
    return len(rows)


def _rows(lake: "LakeResource", spec: DatasetSpec, day: str) -> pd.DataFrame:
    """The queue in its order, each row with its values but without a label that is there already."""
    table = common.table(lake, spec, "queue")
    where = {"date": day}
    if table.version() is None or where not in table.partitions():
        raise UpstreamMissingError(
            "the day has no queue", seen=f"{spec.id} {day}", legal="a day whose uncertainty was made",
            todo=f"materialize {spec.name}_{common.UNCERTAINTY} for it",
        )  # fmt: skip
    queue = table.read(where).to_pandas()
    source = common.table(lake, spec, "source").read(where)
    values = to_frame(source, spec).drop(columns=[str(spec.label)])
    values.insert(0, ROW_ID, source.column(ROW_ID).to_pandas())
    found = queue.merge(values, on=ROW_ID, how="inner")
    found.insert(1, "date", day)
    found.insert(2, _LABEL, "")
    return cast(pd.DataFrame, found)


def _tasks(spec: DatasetSpec, rows: pd.DataFrame) -> list[dict[str, Any]]:
    own = {ROW_ID, "date", _LABEL}
    tasks = []
    for row in rows.to_dict("records"):
        text = "\n".join(f"{name}: {value}" for name, value in row.items() if name not in own)
        tasks.append({"data": {"dataset": spec.id, "date": row["date"], ROW_ID: row[ROW_ID], "text": text}})
    return tasks


def answers(file: str) -> pd.DataFrame:
    """The labels of Label Studio's JSON export, one line an annotation: two that differ are two labels.

    Raises:
        ValueError: It is no such export.
    """
    told = json.loads(Path(file).read_text(encoding="utf-8"))
    found = []
    for task in told:
        data = task["data"]
        for said in task.get("annotations", []):
            labels = [
                choice
                for one in said.get("result", [])
                if one.get("from_name") == _LABEL
                for choice in one["value"]["choices"]
            ]
            if said.get("was_cancelled") or not labels:
                continue
            at = said.get("updated_at") or said["created_at"]
            named = {ROW_ID: data[ROW_ID], "date": data["date"], _LABEL: labels[0]}
            found.append({**named, "why": "queue", "by": _person(said), "known_at": at})
    return pd.DataFrame(found, columns=[ROW_ID, "date", _LABEL, "why", "by", "known_at"], dtype=str)


def _person(said: dict[str, Any]) -> str:
    who = said.get("completed_by", "")
    if isinstance(who, dict):
        return str(who.get("email") or f"{_ANNOTATOR} {who.get('id', '')}")
    return f"{_ANNOTATOR} {who}"
