"""Arrow types that a table of the lake may have, and how a table's columns grow. No I/O."""

from collections.abc import Mapping

import pyarrow as pa
from pyarrow import types

from aug_assets import partition_key
from aug_assets.errors import LakeError

_PLAIN = frozenset(
    {
        pa.bool_(),
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.float32(),
        pa.float64(),
        pa.string(),
        pa.binary(),
        pa.date32(),
        pa.timestamp("us", tz="UTC"),
    }
)
_LEGAL = (
    "bool, int8-int64, float32, float64, string, binary, date32, timestamp[us, tz=UTC], decimal, "
    "and lists, structs and maps of these"
)


def storable(schema: pa.Schema) -> pa.Schema:
    """Return the schema as it will be read back: plain types, everything nullable, no metadata.

    Nullability and metadata differ between two writers of equal data (pandas adds its index), which would
    make each commit a change of the table's schema.
    """
    return pa.schema([pa.field(field.name, _storable_type(field.type, field.name)) for field in schema])


def _storable_type(kind: pa.DataType, name: str) -> pa.DataType:
    found = (
        kind if kind in _PLAIN or types.is_decimal(kind) else _plain_form(kind) or _nested_form(kind, name)
    )
    if found is None:
        raise LakeError(
            "The lake cannot store a column of this type without changing its values",
            seen=f"{name}: {kind}",
            legal=_LEGAL,
            todo="cast the column before it is written, for instance time stamps to microseconds in UTC",
        )
    return found


def _plain_form(kind: pa.DataType) -> pa.DataType | None:
    if types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string()
    if types.is_large_binary(kind) or types.is_binary_view(kind) or types.is_fixed_size_binary(kind):
        return pa.binary()
    return None


def _nested_form(kind: pa.DataType, name: str) -> pa.DataType | None:
    if types.is_dictionary(kind):
        return _storable_type(kind.value_type, name)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return pa.list_(_storable_type(kind.value_type, name))
    if types.is_map(kind):
        return pa.map_(_storable_type(kind.key_type, name), _storable_type(kind.item_type, name))
    if types.is_struct(kind):
        return pa.struct([pa.field(field.name, _storable_type(field.type, name)) for field in kind])
    return None


def data_columns(schema: pa.Schema, partition_by: tuple[str, ...]) -> pa.Schema:
    """Return the columns that stand in the files; partition columns stand in the directory names."""
    return pa.schema([field for field in storable(schema) if field.name not in partition_by])


def table_schema(schema: pa.Schema, partition: Mapping[str, str], partition_by: tuple[str, ...]) -> pa.Schema:
    """Return the columns as Delta lists them, partition columns last: days are dates, hours are text."""
    days = not partition_key.is_hour(partition.get("date", ""))
    extra = [pa.field(name, pa.date32() if name == "date" and days else pa.string()) for name in partition_by]
    return pa.schema([*data_columns(schema, partition_by), *extra])


def merged(old: pa.Schema, new: pa.Schema, where: str) -> pa.Schema:
    """Add the new columns to the old ones.

    A column that a recipe no longer makes stays in the table: older days still have values in it, and
    younger ones read as null. A column that changes its type would make older days unreadable.
    """
    for field in new:
        if field.name in old.names and old.field(field.name).type != field.type:
            raise LakeError(
                "A column of the table would change its type",
                seen=f"{where}: {field.name} is {old.field(field.name).type}, the commit has {field.type}",
                legal="new columns, or columns of the stored type",
                todo="give the column a new name, or write to a new dataset and materialize all days again",
            )
    return pa.schema([*old, *(field for field in new if field.name not in old.names)])
