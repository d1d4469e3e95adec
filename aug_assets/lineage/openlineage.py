"""OpenLineage run events as plain mappings, made of what the assets know. Sends nothing."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from aug_assets.lineage.columns import Feed, Feeds

State = Literal["START", "COMPLETE", "FAIL", "ABORT"]
PRODUCER = "https://pypi.org/project/aug-assets"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs"
_FACETS = {
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "dataQualityAssertions": "1-1-0/DataQualityAssertionsDatasetFacet",
    "documentation": "1-1-0/DocumentationJobFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
    "nominalTime": "1-0-1/NominalTimeRunFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "ownership": "1-0-1/OwnershipJobFacet",
    "parent": "1-2-0/ParentRunFacet",
    "processing_engine": "1-1-1/ProcessingEngineRunFacet",
    "schema": "1-2-0/SchemaDatasetFacet",
    "sourceCodeLocation": "1-1-0/SourceCodeLocationJobFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
}
_OWN = {"aug_day": "DatasetFacet", "aug_digests": "RunFacet"}  # what the specification has no name for


class Place(NamedTuple):
    """A dataset's or job's name, as OpenLineage has them."""

    namespace: str
    name: str


@dataclass(frozen=True)
class Run:
    """One attempt at one step.

    Attributes:
        id: A UUID.
        parent: The run of the orchestrator that the step belongs to, a UUID; empty without one.
        parent_job: Its job's name.
        window: First instant of the day and of the next.
        engine: Name and version of what runs it.
        digests: What decides the rows: recipe, code, packages, dataset file, by name.
        error: Of a failed one, its kind; no values of rows.
    """

    id: str
    parent: str
    parent_job: str
    window: tuple[datetime, datetime]
    engine: tuple[str, str]
    digests: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Job:
    """A step of a dataset.

    Attributes:
        place: Its name.
        told: What it is.
        owners: Whose it is.
        code: Address and commit of the repository, where both are known.
    """

    place: Place
    told: str = ""
    owners: tuple[str, ...] = ()
    code: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Dataset:
    """A table that a step reads or writes, as far as it is known.

    Attributes:
        place: Its name.
        version: Of the table.
        day: The partition.
        digest: Of the day's content.
        columns: Name, type and description of each.
        feeds: What its columns are made of.
        choosers: Which columns decide what rows it has.
        stages: The names of the tables that ``feeds`` and ``choosers`` speak of.
        written: Rows, bytes and files that were written; None for what is not known.
        judged: Of an input, what gates said of it.
    """

    place: Place
    version: str = ""
    day: str = ""
    digest: str = ""
    columns: Sequence[tuple[str, str, str]] = ()
    feeds: Feeds = field(default_factory=dict)
    choosers: tuple[Feed, ...] = ()
    stages: Mapping[str, Place] = field(default_factory=dict)
    written: tuple[int | None, int | None, int | None] = (None, None, None)
    judged: Sequence[Mapping[str, Any]] = ()


def place(uri: str, namespace: str) -> Place:
    """The name that OpenLineage's naming rules give to an address; user names and queries are left out.

    Args:
        uri: A local path, ``s3://bucket/key`` or another address.
        namespace: For what has no authority of its own, such as a built-in sample.
    """
    parts = urlsplit(uri)
    if parts.scheme in ("", "file"):
        return Place("file", posixpath.normpath(parts.path or uri))
    if parts.scheme == "sample":
        return Place(namespace, f"sample/{parts.netloc}")
    host = parts.netloc.rpartition("@")[2]
    return Place(f"{parts.scheme}://{host}", parts.path.strip("/") or "/")


def run_id(*parts: str) -> str:
    """The UUID of an attempt: the same for the same parts, so that its events belong together."""
    return str(uuid5(NAMESPACE_URL, f"{PRODUCER}/{'/'.join(parts)}"))


def event(
    state: State, at: datetime, run: Run, job: Job, inputs: Sequence[Dataset], outputs: Sequence[Dataset]
) -> dict[str, Any]:
    """A run event, ready for JSON."""
    return {
        "eventType": state,
        "eventTime": at.isoformat(),
        "producer": PRODUCER,
        "schemaURL": f"{_EVENT}/RunEvent",
        "run": {"runId": run.id, "facets": _faceted(_run(run, job))},
        "job": {**job.place._asdict(), "facets": _faceted(_job(job))},
        "inputs": [_dataset(one, "inputFacets", _input(one)) for one in inputs],
        "outputs": [_dataset(one, "outputFacets", _output(one)) for one in outputs],
    }


def _faceted(bodies: Mapping[str, Any]) -> dict[str, Any]:
    """Facets that have something to say, each with its author and the address of its schema."""
    return {
        name: {"_producer": PRODUCER, "_schemaURL": _schema(name), **body}
        for name, body in bodies.items()
        if body
    }


def _schema(name: str) -> str:
    if name in _OWN:
        return f"{_EVENT}/{_OWN[name]}"
    file = _FACETS[name]
    return f"{_SPEC}/facets/{file}.json#/$defs/{file.partition('/')[2]}"


def _run(run: Run, job: Job) -> dict[str, Any]:
    start, end = (moment.isoformat() for moment in run.window)
    name, version = run.engine
    parent = {"run": {"runId": run.parent}, "job": {"namespace": job.place.namespace, "name": run.parent_job}}
    return {
        "nominalTime": {"nominalStartTime": start, "nominalEndTime": end},
        "processing_engine": {"name": name, "version": version},
        "parent": parent if run.parent else {},
        "aug_digests": dict(run.digests),
        "errorMessage": {"message": run.error, "programmingLanguage": "PYTHON"} if run.error else {},
    }


def _job(job: Job) -> dict[str, Any]:
    url, commit = job.code
    return {
        "jobType": {"processingType": "BATCH", "integration": "AUG-ASSETS", "jobType": "TASK"},
        "documentation": {"description": job.told} if job.told else {},
        "ownership": {"owners": [{"name": name} for name in job.owners]} if job.owners else {},
        "sourceCodeLocation": {"type": "git", "url": url, "version": commit.partition("+")[0]} if url else {},
    }


def _dataset(one: Dataset, kind: str, own: Mapping[str, Any]) -> dict[str, Any]:
    facets = _faceted(
        {
            "version": {"datasetVersion": one.version} if one.version else {},
            "schema": {"fields": [_column(*column) for column in one.columns]} if one.columns else {},
            "columnLineage": _lineage(one),
            "aug_day": {"date": one.day, "digest": one.digest} if one.digest else {},
        }
    )
    return {**one.place._asdict(), "facets": facets, kind: _faceted(own)}


def _column(name: str, kind: str, told: str) -> dict[str, str]:
    return {"name": name, "type": kind, **({"description": told} if told else {})}


def _lineage(one: Dataset) -> dict[str, Any]:
    if not one.feeds:
        return {}
    fields = {
        name: {"inputFields": [_feed(feed, one.stages) for feed in feeds]}
        for name, feeds in one.feeds.items()
    }
    whole = [_feed(feed, one.stages) for feed in one.choosers]
    return {"fields": fields, **({"dataset": whole} if whole else {})}


def _feed(feed: Feed, stages: Mapping[str, Place]) -> dict[str, Any]:
    how = {
        "type": "DIRECT" if feed.direct else "INDIRECT", "subtype": feed.way, "masking": feed.masked,
    }  # fmt: skip
    return {**stages[feed.stage]._asdict(), "field": feed.column, "transformations": [how]}


def _input(one: Dataset) -> dict[str, Any]:
    return {"dataQualityAssertions": {"assertions": list(one.judged)} if one.judged else {}}


def _output(one: Dataset) -> dict[str, Any]:
    names = ("rowCount", "size", "fileCount")
    told = {name: count for name, count in zip(names, one.written, strict=True) if count is not None}
    return {"outputStatistics": told}
