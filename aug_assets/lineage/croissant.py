"""A release as a Croissant 1.0 file, so that loaders of other frameworks find files, columns and digests."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from aug_assets.frames import table_schema
from aug_assets.lineage.release import Release

_WORDS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet",
    "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
    "references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField",
    "transform",
)  # fmt: skip
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{word: f"cr:{word}" for word in _WORDS},
}
PARQUET = "application/x-parquet"


def croissant(release: Release, addresses: Mapping[str, str], description: str) -> dict[str, Any]:
    """The file's content, ready for JSON.

    Args:
        release: The published days.
        addresses: Where each file is, by its path in the table: a path relative to this file, or a URL.
        description: What the release is.
    """
    spec = release.spec
    told = {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"{spec.tenant}-{spec.name}",
        "description": description,
        "version": f"{release.version}.0.0+{release.digest[:16]}",
        "citeAs": f"{spec.id}, {release.span.replace('_', ' to ')}, digest {release.digest}",
        "datePublished": release.at,
        "url": release.address,
        "license": spec.license,
        "creator": [{"@type": "sc:Organization", "name": owner} for owner in spec.owners],
        "isLiveDataset": spec.partitions.end is None,
        "temporalCoverage": f"{release.days[0].date}/{release.days[-1].date}",
        "distribution": _files(release, addresses),
        "recordSet": _records(release),
    }
    return {name: value for name, value in told.items() if value not in ("", [])}


def _files(release: Release, addresses: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": file.path,
            "description": f"{file.rows} rows of {day.date}",
            "contentUrl": addresses[file.path],
            "contentSize": f"{file.size} B",
            "encodingFormat": PARQUET,
            "sha256": file.sha256,
        }
        for day in release.days
        for file in day.files
    ]


def _records(release: Release) -> list[dict[str, Any]]:
    """A set of records a file: readers of today do not join Parquet files that are no archive."""
    found = []
    for day in release.days:
        for number, file in enumerate(day.files):
            name = f"rows-{day.date}" + (f"-{number}" if len(day.files) > 1 else "")
            found.append(
                {
                    "@type": "cr:RecordSet", "@id": name, "name": name,
                    "description": f"A record is a training row of {day.date}.",
                    "key": {"@id": f"{name}/row_id"}, "field": _fields(release, name, file.path),
                }
            )  # fmt: skip
    return found


def _fields(release: Release, records: str, file: str) -> list[dict[str, Any]]:
    own = {"row_id": "Names the row in every table.", "is_synthetic": "Whether an operator made the row."}
    told = own | {name: column.description for name, column in release.spec.columns.items()}
    found = []
    for column in table_schema(release.spec):
        kind, several = _type(column.type)
        if kind:
            found.append(
                {
                    "@type": "cr:Field", "@id": f"{records}/{column.name}", "name": column.name,
                    "description": told[column.name] or column.name, "dataType": kind,
                    "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
                    **({"repeated": True} if several else {}),
                }
            )  # fmt: skip
    return found


def left_out(release: Release) -> tuple[str, ...]:
    """Columns that Croissant has no type for: packed pixels, boxes and points."""
    return tuple(field.name for field in table_schema(release.spec) if not _type(field.type)[0])


def _type(kind: pa.DataType) -> tuple[str, bool]:
    """Croissant's name of a stored type, and whether a record has a list of it."""
    if pa.types.is_list(kind):
        return _type(kind.value_type)[0], True
    for known, name in (
        (pa.types.is_boolean, "sc:Boolean"), (pa.types.is_integer, "sc:Integer"),
        (pa.types.is_floating, "sc:Float"), (pa.types.is_string, "sc:Text"),
        (pa.types.is_timestamp, "sc:DateTime"), (pa.types.is_date, "sc:Date"),
    ):  # fmt: skip
        if known(kind):
            return name, False
    return "", False
