"""Who is withheld at ingest, what descends from whom, and that a day is as if somebody had never been."""

import pandas as pd
import pyarrow as pa
import pytest

from aug_assets import ingest, recipe
from aug_assets.errors import ErasureError
from aug_assets.lineage.forget import Erased, canonical, children, holders, in_json, name
from aug_assets.rows import PROVENANCE, digest
from tests import builders

DAY = builders.DAY
SALT = b"s" * 32
BOB = "bob-4711"


def listed(*values: str, kind: str = "key") -> Erased:
    return Erased(SALT, frozenset(name(SALT, kind, value) for value in values))  # type: ignore[arg-type]


def delivered() -> pd.DataFrame:
    rows = builders.frame(160)
    rows.loc[[0, 8, 11, 20], "note"] = BOB
    rows.loc[11, "amount"] = -1.0  # one of theirs would go to quarantine
    rows.loc[8, "note"] = f" {BOB} "
    return rows


def read(rows: pd.DataFrame, erased: Erased | None, **changes: object) -> ingest.Ingested:
    spec = builders.spec(subject="note", **changes)
    return ingest.sort_out(spec, DAY, pa.Table.from_pandas(rows, preserve_index=False), None, erased)


def test_forgotten_rows_leave_nothing_but_a_count() -> None:
    found = read(delivered(), listed(BOB))
    never = read(delivered().drop([0, 8, 11, 20]), None)
    assert (found.erased, found.read, found.quarantine.num_rows) == (4, 156, 0)
    assert BOB not in str(found)
    assert digest(found.rows) == digest(never.rows)
    assert read(delivered(), listed("bob-471")).erased == 0
    assert read(delivered(), Erased()).quarantine.num_rows == 1


def test_one_row_by_its_id() -> None:
    whole = read(delivered(), None)
    one = whole.rows.column("row_id")[5].as_py()
    found = read(delivered(), listed(one, kind="row"))
    assert found.erased == 1
    assert one not in found.rows.column("row_id").to_pylist()
    assert read(delivered(), listed(one)).erased == 0  # as a key it names nobody


FITTED = {
    "arf": [{"operator": "arf"}],
    "gauss_copula": [{"operator": "gauss_copula"}],
    "jitter_bootstrap": [{"operator": "jitter_bootstrap", "scale": 0.1}],
    "seq_cart": [{"operator": "seq_cart"}],
    "smote_nc": [{"operator": "smote_nc", "k": 3}],
    "teacher_filter": [{"operator": "smote_nc", "k": 3}, {"operator": "teacher_filter", "drop": 0.1}],
}


def candidates(source: pa.Table, steps: list[dict[str, object]]) -> list[str]:
    spec = builders.spec(subject="note", recipe=[{**builders.branch(), "steps": steps}])
    plan = recipe.plan(spec, DAY, source, digest(source))
    made = recipe.make(plan, 0, 0, plan.rows)
    return [digest(made.rows), digest(made.told)]


@pytest.mark.parametrize("steps", FITTED.values(), ids=FITTED)
def test_what_was_fitted_on_somebody_is_fitted_without_them(steps: list[dict[str, object]]) -> None:
    with_them = read(delivered(), None).rows
    forgotten = read(delivered(), listed(BOB)).rows
    never = read(delivered().drop([0, 8, 11, 20]), None).rows
    assert candidates(forgotten, steps) == candidates(never, steps)
    assert candidates(forgotten, steps) != candidates(with_them, steps)


def test_the_key_is_written_as_the_column_writes_it() -> None:
    spec = builders.spec(subject="count")
    assert canonical(spec, "key", " 007 ") == "7"
    with pytest.raises(ErasureError, match="whole number"):
        canonical(spec, "key", "seven")
    with pytest.raises(ErasureError, match="which column names a person"):
        canonical(builders.spec(), "key", "7")
    with pytest.raises(ErasureError, match="no row_id"):
        canonical(spec, "row", "7")


def test_the_subject_is_a_column_that_can_name_people_and_changes_no_digest() -> None:
    for column in ("nobody", "amount"):
        with pytest.raises(ValueError, match="subject"):
            builders.spec(subject=column)
    assert builders.spec(subject="note").digest == builders.spec().digest


def test_descendants_by_any_parent() -> None:
    told = [{"row_id": "c1", "parents": ["a", "b"]}, {"row_id": "c2", "parents": ["c1"]}, {"row_id": "x"}]
    table = pa.Table.from_pylist([{"parents": [], **one} for one in told], PROVENANCE)
    assert children(table, {"b"}) == {"c1"}
    assert children(table, {"b", "c1"}) == {"c1", "c2"}
    assert children(table, {"z"}) == set()


def test_rows_of_a_person_in_tables_and_in_quarantine() -> None:
    table = pa.table({"row_id": ["1", "2", "3"], "card": [7, 8, None]})
    assert holders(table, "card", "8", {"3"}).tolist() == [False, True, True]
    assert in_json([{"CARD": " 8 "}, {"card": 8}, {"other": 8}], ("card", "CARD"), "8").tolist() == [
        True, True, False,
    ]  # fmt: skip
