"""Names that OpenLineage gives to data, and that the schema of the events sees what is wrong."""

from typing import Any

import pytest

from aug_assets.lineage.openlineage import Dataset, Job, Place, Run, event, place, run_id
from resources import clock
from tests.openlineage_schema import faults

RUN = Run(run_id("a"), run_id("b"), "lab__small", (clock.now(), clock.now()), ("dagster", "1"))
JOB = Job(
    Place("aug", "lab.small.source"), "Rows.", ("team:ml",), ("https://example.org/r.git", "abc+changes")
)


@pytest.mark.parametrize(
    ("uri", "named"),
    [
        ("/lake/lab/small/source", ("file", "/lake/lab/small/source")),
        ("file:///lake//x/", ("file", "/lake/x")),
        ("s3://bucket/lab/small/", ("s3://bucket", "lab/small")),
        ("https://ann:secret@host:8080/a.csv?token=secret", ("https://host:8080", "a.csv")),
        ("sample://card_fraud", ("ours", "sample/card_fraud")),
    ],
)
def test_addresses_become_names_without_secrets(uri: str, named: tuple[str, str]) -> None:
    assert place(uri, "ours") == named


def test_an_attempt_has_one_id() -> None:
    assert run_id("r", "source", "0") == run_id("r", "source", "0") != run_id("r", "source", "1")


def made(**changes: Any) -> dict[str, Any]:
    source = Dataset(Place("file", "/a"), version="3", written=(5, None, 1))
    return event("COMPLETE", clock.now(), RUN, JOB, [], [source]) | changes


def test_an_event_is_as_the_specification_asks() -> None:
    told = made()
    assert faults(told) == []
    assert told["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 5
    assert "size" not in told["outputs"][0]["outputFacets"]["outputStatistics"]
    assert told["job"]["facets"]["sourceCodeLocation"]["version"] == "abc"


@pytest.mark.parametrize(
    "changes",
    [
        {"eventType": "DONE"},
        {"eventTime": "yesterday"},
        {"run": {"runId": "1"}},
        {"run": {"runId": run_id("a"), "facets": {"unknown": {}}}},
        {"job": {"name": "x"}},
        {"schemaURL": "https://openlineage.io/spec/1-0-0/OpenLineage.json"},
        {"outputs": [{"namespace": "file", "name": "/a", "facets": {"version": {"datasetVersion": "3"}}}]},
        {"surplus": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_schema_sees_a_planted_fault(changes: dict[str, Any]) -> None:
    assert faults(made(**changes))
