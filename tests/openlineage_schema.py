"""What OpenLineage 2-0-2 asks of a run event and of the facets we send, as one JSON schema. No tests."""

from typing import Any

import jsonschema

_TEXT = {"type": "string", "minLength": 1}
_URI = {"type": "string", "pattern": "^https?://"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)$"}
_UUID = {"type": "string", "pattern": "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"}
_COUNT = {"type": "integer", "minimum": 0}


def _object(
    required: dict[str, Any], more: dict[str, Any] | None = None, *, closed: bool = False
) -> dict[str, Any]:
    """An object with these members; ``more`` may be left out, others may be there unless it is closed."""
    return {
        "type": "object", "required": sorted(required), "properties": {**required, **(more or {})},
        "additionalProperties": not closed,
    }  # fmt: skip


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _facet(
    version: str, name: str, required: dict[str, Any], more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A facet, which names its own schema at its own version."""
    where = f"https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"
    return _object({"_producer": _URI, "_schemaURL": {"const": where}, **required}, more, closed=True)


_PLACE = {"namespace": _TEXT, "name": _TEXT}
_HOW = _object(
    {"type": {"enum": ["DIRECT", "INDIRECT"]}},
    {"subtype": _TEXT, "description": {"type": "string"}, "masking": {"type": "boolean"}}, closed=True,
)  # fmt: skip
_INPUT = _object({**_PLACE, "field": _TEXT}, {"transformations": _list(_HOW)}, closed=True)
_FED = _object({"inputFields": _list(_INPUT)}, closed=True)
_OWNERS = _list(_object({"name": _TEXT}, {"type": _TEXT}, closed=True))
_ASSERTION = _object(
    {"assertion": _TEXT, "success": {"type": "boolean"}},
    dict.fromkeys(("column", "severity", "name", "description", "expected", "actual"), _TEXT), closed=True,
)  # fmt: skip
_COLUMN = _object({"name": _TEXT}, {"type": _TEXT, "description": _TEXT}, closed=True)
_OWN = _object({"_producer": _URI, "_schemaURL": _URI})

RUN = {
    "nominalTime": _facet(
        "1-0-1", "NominalTimeRunFacet", {"nominalStartTime": _TIME}, {"nominalEndTime": _TIME}
    ),
    "processing_engine": _facet("1-1-1", "ProcessingEngineRunFacet", {"version": _TEXT}, {"name": _TEXT}),
    "parent": _facet(
        "1-2-0", "ParentRunFacet", {"run": _object({"runId": _UUID}), "job": _object(_PLACE)}
    ),
    "errorMessage": _facet(
        "1-0-1", "ErrorMessageRunFacet", {"message": _TEXT, "programmingLanguage": _TEXT}
    ),
    "aug_digests": _OWN,
}  # fmt: skip
JOB = {
    "jobType": _facet(
        "2-0-4", "JobTypeJobFacet",
        {"processingType": {"enum": ["BATCH", "STREAMING"]}, "integration": _TEXT}, {"jobType": _TEXT},
    ),
    "documentation": _facet("1-1-0", "DocumentationJobFacet", {"description": _TEXT}),
    "ownership": _facet("1-0-1", "OwnershipJobFacet", {"owners": _OWNERS}),
    "sourceCodeLocation": _facet(
        "1-1-0", "SourceCodeLocationJobFacet", {"type": _TEXT, "url": _URI}, {"version": _TEXT}
    ),
}  # fmt: skip
DATASET = {
    "version": _facet("1-0-1", "DatasetVersionDatasetFacet", {"datasetVersion": _TEXT}),
    "schema": _facet("1-2-0", "SchemaDatasetFacet", {"fields": _list(_COLUMN)}),
    "columnLineage": _facet(
        "1-2-0", "ColumnLineageDatasetFacet",
        {"fields": {"type": "object", "additionalProperties": _FED}},
        {"dataset": _list(_INPUT)},
    ),
    "aug_day": _OWN,
}  # fmt: skip
INPUT = {
    "dataQualityAssertions": _facet(
        "1-1-0", "DataQualityAssertionsDatasetFacet", {"assertions": _list(_ASSERTION)}
    )
}
OUTPUT = {
    "outputStatistics": _facet(
        "1-0-2", "OutputStatisticsOutputDatasetFacet", {},
        {"rowCount": _COUNT, "size": _COUNT, "fileCount": _COUNT},
    )
}  # fmt: skip


def _facets(known: dict[str, Any]) -> dict[str, Any]:
    """Only facets that are listed here: a new one must be described before it is sent."""
    return {"type": "object", "properties": known, "additionalProperties": False}


def _dataset(kind: str, known: dict[str, Any]) -> dict[str, Any]:
    return _object(_PLACE, {"facets": _facets(DATASET), kind: _facets(known)}, closed=True)


EVENT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        {
            "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
            "eventTime": _TIME,
            "producer": _URI,
            "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
            "run": _object({"runId": _UUID}, {"facets": _facets(RUN)}, closed=True),
            "job": _object(_PLACE, {"facets": _facets(JOB)}, closed=True),
        },
        {
            "inputs": _list(_dataset("inputFacets", INPUT)),
            "outputs": _list(_dataset("outputFacets", OUTPUT)),
        },
        closed=True,
    ),
}
_CHECK = jsonschema.Draft202012Validator(EVENT)


def faults(event: Any) -> list[str]:
    """What is wrong with an event, and where."""
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in _CHECK.iter_errors(event)]
