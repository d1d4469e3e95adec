"""One raw file to an Arrow table of the declared columns, by format. Text stays text; ``coerce`` reads it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from aug_assets import partition_key
from aug_assets.errors import ColumnTypeError, MissingColumnError, SourceUnreadableError
from aug_assets.media.fetch import PLACE
from aug_assets.spec import DatasetSpec
from aug_assets.spec_media import is_made


def read_file(spec: DatasetSpec, filesystem: Any, path: str, day: str) -> pa.Table:
    """The declared columns of a file; of a Parquet file of many days only the rows of this one.

    Raises:
        MissingColumnError: The file lacks a declared column.
        SourceUnreadableError: A line is not JSON.
        ColumnTypeError: The column that dates rows is no timestamp.
    """
    if spec.source.file_format == "parquet":
        return _parquet(spec, filesystem, path, day)
    with filesystem.open(path, "rb", compression="infer") as file:
        return _csv(file, spec) if spec.source.file_format == "csv" else _json_lines(file, spec, path)


def select(table: pa.Table, spec: DatasetSpec) -> pa.Table:
    """The declared columns, under their raw names, and where the paths in a row begin.

    Raises:
        MissingColumnError: One is not there.
    """
    require(spec, table.column_names)
    place = [PLACE] if PLACE in table.column_names else []
    return table.select([*raw_names(spec), *place])


def raw_names(spec: DatasetSpec) -> list[str]:
    """The raw columns to read; two declared columns may come from one, and a session's id from none."""
    made = spec.sessions.id if spec.sessions else None
    return list(dict.fromkeys(c.from_ or name for name, c in spec.columns.items() if name != made))


def file_names(spec: DatasetSpec) -> list[str]:
    """The raw columns that files of rows must hold; others are made of pictures and their annotations."""
    return [name for name in raw_names(spec) if not is_made(spec.source, name)]


def require(spec: DatasetSpec, present: Sequence[str]) -> None:
    """Refuse a file that lacks a declared column, or has it twice, so that it is open which one is meant.

    Raises:
        MissingColumnError: It does.
    """
    wanted = file_names(spec)
    if missing := [name for name in wanted if name not in present]:
        raise MissingColumnError(
            f"the raw data of {spec.id} lacks columns", seen=missing, legal=sorted(present),
            todo="correct the file, or map the column with `from`",
        )  # fmt: skip
    if twice := [name for name in wanted if list(present).count(name) > 1]:
        raise MissingColumnError(
            f"the raw data of {spec.id} has columns twice", seen=twice, legal="each column once",
            todo="correct the file",
        )  # fmt: skip


def _csv(file: Any, spec: DatasetSpec) -> pa.Table:
    """All text: guessed types would make a day's meaning depend on its own values."""
    import csv as lines

    from pyarrow import csv

    header = file.readline().decode("utf-8-sig")
    require(spec, next(lines.reader([header]), []))
    file.seek(0)
    names = file_names(spec)
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), include_columns=names, strings_can_be_null=True,
        null_values=[""], check_utf8=False,  # which spoils a row and not the file, see coerce
    )  # fmt: skip
    return csv.read_csv(
        file, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options
    )


def _json_lines(file: Any, spec: DatasetSpec, path: str) -> pa.Table:
    """Declared columns of JSON Lines as text, so that one odd value spoils its row and not the file."""
    records = [_record(line, number, path) for number, line in enumerate(file, start=1) if line.strip()]
    names = file_names(spec)
    if records:
        require(spec, sorted({name for record in records for name in record}))
    return pa.table({n: _texts([_text(r.get(n)) for r in records]) for n in names})


def _texts(values: list[str | None]) -> pa.Array:
    """An Arrow column; what is no text keeps its bytes, as it does in Parquet."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([v if v is None else _raw(v) for v in values], pa.binary()).view(pa.string())


def _raw(text: str) -> bytes:
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:  # half of a pair, written as an escape
        return text.encode(errors="surrogatepass")


def _record(line: bytes, number: int, path: str) -> dict[str, Any]:
    try:
        record = json.loads(line.decode(errors="surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise _not_json(line, number, path, str(error)) from error
    if not isinstance(record, dict):
        raise _not_json(line, number, path, f"a {type(record).__name__} has no columns")
    return record


def _not_json(line: bytes, number: int, path: str, why: str) -> SourceUnreadableError:
    return SourceUnreadableError(
        f"{path}:{number} is no JSON object", seen=line[:80], legal="one JSON object a line",
        todo=f"deliver the file again ({why})",
    )  # fmt: skip


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | dict | list) else str(value)


def _parquet(spec: DatasetSpec, filesystem: Any, path: str, day: str) -> pa.Table:
    dataset = ds.dataset(path, filesystem=filesystem, format="parquet")
    require(spec, dataset.schema.names)
    if spec.source.is_daily or spec.source.timestamp is None:
        return dataset.to_table(columns=file_names(spec))
    stamp = spec.columns[spec.source.timestamp].from_ or spec.source.timestamp
    rows = _window(spec, day, stamp, dataset.schema.field(stamp).type)
    return dataset.to_table(columns=file_names(spec), filter=rows)


def _window(spec: DatasetSpec, day: str, stamp: str, kind: pa.DataType) -> Any:
    """The rows of a day in a file of many, and on the first day those without a time, so that none is lost.

    A day more on either side of local times: which day those are of that a change of clocks makes doubtful is
    told when they are read as instants, and Samoa once skipped a whole day.
    """
    if not pa.types.is_timestamp(kind):
        raise ColumnTypeError(
            f"column {stamp!r} dates the rows and is no timestamp",
            seen=str(kind), legal="timestamp", todo="convert the file",
        )  # fmt: skip
    start, end = spec.partitions.window(day)
    if kind.tz is None:
        begin = partition_key.parse(day)
        start, end = begin - timedelta(days=1), begin + timedelta(days=2)
    first, last = (pa.scalar(t, pa.timestamp("us", kind.tz)).cast(kind) for t in (start, end))
    inside = (ds.field(stamp) >= first) & (ds.field(stamp) < last)
    return inside | ds.field(stamp).is_null() if spec.partitions.is_first(day) else inside
