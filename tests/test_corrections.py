"""Corrected values are read in place of the delivered ones, meet all checks, and never touch another row."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from aug_assets.decisions import Row
from aug_assets.errors import NotReleasableError
from aug_assets.ingest import Ingested, ingest, sort_out
from aug_assets.review import rows_of
from tests import builders, sessions_data

DAY = builders.DAY
HEADER = "id,amount,count,kind,flag,note,fraud"


@pytest.fixture(params=["csv", "parquet"])
def ending(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def delivered(folder: Path, *lines: str) -> None:
    text = "\n".join([HEADER, *lines])
    (folder / f"{DAY}.csv").write_text(text)
    types = {"amount": "float64", "count": "Int64", "kind": "string", "flag": "boolean"}
    pd.read_csv(folder / f"{DAY}.csv").astype(types).to_parquet(folder / f"{DAY}.parquet")


def read(
    folder: Path, ending: str, corrected: Mapping[Row, Mapping[str, str | None]] | None = None
) -> Ingested:
    spec = builders.spec(source={"uri": f"{folder}/{{date}}.{ending}"}, limits={"max_rejected_share": 1.0})
    return ingest(spec, DAY, corrected)


def test_a_corrected_row_is_a_source_row_and_its_neighbours_stay(tmp_path: Path, ending: str) -> None:
    delivered(tmp_path, "a,-1.0,3,a,true,x,0", "b,5.0,3,b,true,y,1", "c,-7.0,1,a,false,z,0")
    before = read(tmp_path, ending)
    first = next(row for row in rows_of(before.quarantine) if row[0] == held_id(before, "a"))
    after = read(tmp_path, ending, {first: {"amount": "12.5", "note": None}})
    rows = {row["id"]: row for row in after.rows.to_pylist()}
    assert (rows["a"]["amount"], rows["a"]["note"], rows["a"]["count"]) == (12.5, None, 3)
    assert rows["b"] == {row["id"]: row for row in before.rows.to_pylist()}["b"]
    assert after.quarantine.num_rows == 1
    assert after.reasons == {"min:amount": 1}


def held_id(found: Ingested, name: str) -> str:
    held = zip(found.quarantine["row_id"].to_pylist(), found.quarantine["row"].to_pylist(), strict=True)
    return next(row_id for row_id, row in held if f'"id": "{name}"' in row)


def test_a_correction_that_is_wrong_too_is_held_with_what_was_delivered(tmp_path: Path, ending: str) -> None:
    delivered(tmp_path, "a,-1.0,3,a,true,x,0", "b,5.0,3,b,true,y,1")
    [row] = rows_of(read(tmp_path, ending).quarantine)
    after = read(tmp_path, ending, {row: {"amount": "2000", "kind": "q"}})
    assert after.reasons == {"max:amount": 1, "values:kind": 1}
    assert rows_of(after.quarantine) == [row], "so that it can be corrected again"


def test_a_row_that_was_delivered_otherwise_since_then_is_read_as_it_is(tmp_path: Path, ending: str) -> None:
    delivered(tmp_path, "a,-1.0,3,a,true,x,0", "b,5.0,3,b,true,y,1")
    [row] = rows_of(read(tmp_path, ending).quarantine)
    delivered(tmp_path, "a,99.0,3,a,true,x,0", "b,5.0,3,b,true,y,1")
    assert 12.5 not in read(tmp_path, ending, {row: {"amount": "12.5"}}).rows["amount"].to_pylist()


def test_of_a_key_that_two_rows_claim_one_can_be_renamed(tmp_path: Path, ending: str) -> None:
    delivered(tmp_path, "a,1.0,3,a,true,x,0", "a,2.0,3,b,true,y,1")
    before = read(tmp_path, ending)
    assert before.reasons == {"duplicate_key": 2}
    row = rows_of(before.quarantine)[1]
    after = read(tmp_path, ending, {row: {"id": "b"}})
    assert sorted(after.rows["id"].to_pylist()) == ["a", "b"]
    assert after.quarantine.num_rows == 0


@pytest.mark.parametrize(
    ("name", "text", "told"), [("nothing", "1", "no column"), ("amount", "much", "does not fit")]
)
def test_what_cannot_be_set_is_refused(tmp_path: Path, name: str, text: str, told: str) -> None:
    delivered(tmp_path, "a,-1.0,3,a,true,x,0")
    [row] = rows_of(read(tmp_path, "parquet").quarantine)
    with pytest.raises(NotReleasableError, match=told):
        read(tmp_path, "parquet", {row: {name: text}})


def test_an_event_can_be_corrected_and_is_then_part_of_its_session() -> None:
    spec = sessions_data.spec(source={"uri": "/nowhere/{date}.jsonl"}, limits={"max_rejected_share": 1.0})
    event = {"user_id": "u", "past_visits": 0, "note": None, "item_id": "item-01", "event": "view",
             "category": "books", "price": 5.0, "seconds": 1}  # fmt: skip
    raw = pa.Table.from_pylist(
        [{**event, "event_time": f"{DAY}T10:0{n}:00Z", "price": price} for n, price in enumerate((5.0, -1.0))]
    )
    before = sort_out(spec, DAY, raw)
    assert (before.rows["price"].to_pylist(), before.reasons) == ([[5.0]], {"min:price": 1})
    [row] = rows_of(before.quarantine)
    after = sort_out(spec, DAY, raw, {row: {"price": "2.5"}})
    assert (after.rows["price"].to_pylist(), after.reasons) == ([[5.0, 2.5]], {})
