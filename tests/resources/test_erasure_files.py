"""A person's bytes in a bucket: found, made again without them, and removed for good."""

import io
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from resources.erasure_files import objects
from resources.lake import LakeResource
from tests import builders
from tests.assets.plain import Plain
from tests.servers import BUCKET

DAYS = ("2025-01-02", "2025-01-03")
BOB = "bob-4711"


@pytest.fixture
def place(tmp_path: Path, aws: None, moto_endpoint: str) -> Plain:
    for seed, day in enumerate(DAYS, 1):
        rows = builders.frame(40, seed=seed)
        rows.loc[:9, "note"] = BOB if day == DAYS[0] else "other"
        rows.to_parquet(tmp_path / f"{day}.parquet")
    spec = builders.spec(
        source={"uri": f"{tmp_path}/{{date}}.parquet"}, subject="note",
        recipe=[{**builders.branch(), "steps": [{"operator": "jitter_bootstrap"}]}],
    )  # fmt: skip
    made = Plain(spec, LakeResource(uri=f"s3://{BUCKET}/{tmp_path.name}", endpoint_url=moto_endpoint))
    made.make(DAYS)
    return made


def holders(place: Plain) -> set[str]:
    """The tables of which an object holds the name, as bytes or as a value."""

    storage, found = place.lake.storage(), set()
    for name in objects(storage):
        body = storage.get(name)
        if name.endswith(".parquet"):
            body += repr(pq.read_table(io.BytesIO(body)).to_pylist()).encode()
        if BOB.encode() in body:
            found.add(name.split("/")[2])
    return found


def test_a_person_is_gone_from_the_bucket_and_other_days_stay(place: Plain, tmp_path: Path) -> None:
    assert holders(place) >= {"source", "validated"}
    other = {stage: place.rows(stage, DAYS[1]) for stage in ("source", "validated")}
    (tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance:
        told = place.work(instance, kind="key", value=BOB).run()
    assert (told.rows, told.partitions, told.partitions_total) == (10, [DAYS[0]], 2)
    assert told.files_removed >= 4
    assert holders(place) == set()
    assert {stage: place.rows(stage, DAYS[1]) for stage in other} == other
