"""Requests and answers as JSON and as Arrow streams. Makes nothing."""

import io
import json
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from aug_assets.errors import BodyError
from aug_assets.quarantine import quarantined
from aug_assets.rows import ROW_ID
from aug_assets.service.asks import Answer

ARROW = "application/vnd.apache.arrow.stream"
MOST = 10_000  # parents of one request


class Parents(BaseModel):
    """What a request asks for."""

    model_config = ConfigDict(extra="forbid")

    day: str = Field(pattern=r"^\d{4}-\d\d-\d\d(T\d\d)?$", description="A published day")
    parents: list[str] = Field(min_length=1, max_length=MOST, description="Row ids of source rows of the day")
    epoch: int = Field(0, ge=0, le=1_000_000, description="0 is what is stored; later ones are fresh copies")
    provenance: bool = Field(default=False, description="Tell how each candidate was made as well")


class Refused(BaseModel):
    """A candidate that may not be trained on."""

    row_id: str
    reasons: list[str]


class Candidates(BaseModel):
    """The answer as JSON."""

    rows: list[dict[str, Any]] = Field(description="Candidates that every gate of single rows lets through")
    refused: list[Refused] = Field(description="The others, with the reason codes")
    without: list[str] = Field(description="Parents that the day lacks, or that the recipe does not copy")
    provenance: list[dict[str, Any]] | None = Field(None, description="One entry a candidate and step")


class Problem(BaseModel):
    """What went wrong."""

    code: str
    message: str
    seen: str = ""
    legal: str = ""
    todo: str = ""


def of_arrow(body: bytes, day: str, epoch: int) -> Parents:
    """A request whose body is an Arrow stream with a column ``row_id``.

    Raises:
        BodyError: It is none.
    """
    try:
        table = pa.ipc.open_stream(io.BytesIO(body)).read_all()
        names = table.column(ROW_ID).cast(pa.string()).to_pylist()
    except (pa.ArrowInvalid, KeyError, OSError, pa.ArrowNotImplementedError) as error:
        raise BodyError(
            "the body is no Arrow stream with row ids", seen=str(error)[:200], legal=f"a column {ROW_ID}",
            todo=f"write an IPC stream, and say so in Content-Type: {ARROW}",
        ) from error  # fmt: skip
    return Parents(day=day, epoch=epoch, parents=names)


def as_arrow(answer: Answer) -> bytes:
    """The rows as an Arrow stream; what was refused is counted in the schema's metadata."""
    about = {b"refused": str(answer.refused.num_rows).encode(), b"without": str(len(answer.without)).encode()}
    rows = answer.rows.replace_schema_metadata({**(answer.rows.schema.metadata or {}), **about})
    out = io.BytesIO()
    with pa.ipc.new_stream(out, rows.schema) as writer:
        writer.write_table(rows)
    return out.getvalue()


def as_json(answer: Answer, *, provenance: bool) -> dict[str, Any]:
    """The answer as plain values; pictures as what names them."""
    ids = answer.rows.column(ROW_ID).combine_chunks()
    texts = quarantined(ids, {}, answer.rows).column("row").to_pylist()  # which is how rows become JSON here
    return {
        "rows": [json.loads(text) for text in texts],
        "refused": answer.refused.select([ROW_ID, "reasons"]).to_pylist(),
        "without": list(answer.without),
        "provenance": _told(answer.told) if provenance else None,
    }


def _told(told: pa.Table) -> list[dict[str, Any]]:
    """Keys are bytes, which JSON has none of."""
    return [
        {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
        for row in told.to_pylist()
    ]
