"""`aug replay`: rows made again from what the lake keeps, by the recipe of their time, byte for byte."""

import json

import pyarrow as pa
import pytest

from aug_assets.assets import common
from aug_assets.commands.replay import replayed, spec_of
from aug_assets.errors import ReplayError, UnknownRowError
from resources import evidence
from tests import builders
from tests.assets.days import DAY, Days


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Days:
    days = Days(tmp_path_factory.mktemp("replay"))
    days.deliver(builders.frame(80))
    run = days.run("source", "candidates")
    assert run.success, run.told
    return days


@pytest.fixture
def again(made: Days) -> Days:
    """The same day, as it was made, before each test that forges something."""
    assert made.run("candidates").success
    return made


def ids(days: Days) -> list[str]:
    return days.rows("augmented").column("row_id").to_pylist()


def put(days: Days, stage: str, rows: pa.Table) -> None:
    """Put other rows in a stage's place and leave what the commit says of their making."""
    table, where = common.table(days.lake, days.spec, stage), {"date": DAY}
    info = table.history(1)[0].info
    table.commit([table.write_part(rows, where, "x")], where, rows.schema, info)


def test_rows_are_equal_in_the_order_asked(again: Days) -> None:
    wanted = ids(again)[::-1]
    told = replayed(again.lake, again.spec, wanted)
    assert [one.row_id for one in told] == wanted
    assert all(one.equal and one.differs == () for one in told)


def test_a_changed_row_differs_and_names_the_column(again: Days) -> None:
    rows = again.rows("augmented")
    amounts = rows.column("amount").to_pylist()
    amounts[0] += 0.01
    put(again, "augmented", rows.set_column(rows.column_names.index("amount"), "amount", pa.array(amounts)))
    one, other = replayed(again.lake, again.spec, ids(again)[:2])
    assert (one.equal, one.differs, other.equal) == (False, ("amount",), True)
    assert one.stored != one.made


def test_rows_of_an_older_recipe_are_made_by_the_text_that_was_kept(again: Days) -> None:
    where = {"uri": f"{again.folder}/{{date}}.parquet"}
    now = builders.spec(source=where, recipe=[builders.branch("other")])
    assert now.recipe_digest != again.spec.recipe_digest
    assert all(one.equal for one in replayed(again.lake, now, ids(again)))
    assert "smote_nc" in evidence.recipe(again.lake, now, again.spec.recipe_digest)


def test_rows_of_another_operator_version_are_refused(again: Days) -> None:
    told = again.record()
    by = [json.dumps({**json.loads(one), "operator_version": "0.0"}) for one in told["made_by"].to_pylist()]
    put(again, "provenance", told.set_column(0, "made_by", pa.array(by)))
    with pytest.raises(ReplayError, match=r"version 0\.0"):
        replayed(again.lake, again.spec, ids(again)[:1])


def test_a_text_that_was_never_kept_is_missed(again: Days) -> None:
    with pytest.raises(ReplayError, match="was not kept"):
        spec_of(again.lake, again.spec, "0" * 64)


def test_a_real_row_was_not_made(made: Days) -> None:
    real = made.rows("source").column("row_id")[0].as_py()
    with pytest.raises(UnknownRowError, match=real):
        replayed(made.lake, made.spec, [real])
