"""Which rows fail the schema: by row where a check speaks of rows, all where it speaks of the whole."""

# ruff: noqa: E501 - tables read better wide

import numpy as np
import pandas as pd
import pandera.pandas as pp
import pytest
from pandera.typing import Series

from aug_assets import schema
from aug_assets.errors import SpecError
from tests import builders


def failed(frame: pd.DataFrame, spec=None, *, synthetic: bool = False) -> dict[str, list[int]]:
    masks = schema.failures(spec or builders.spec(), frame, synthetic=synthetic)
    assert all(mask.shape == (len(frame),) and mask.dtype == bool for mask in masks.values())
    return {reason: mask.nonzero()[0].tolist() for reason, mask in masks.items() if mask.any()}


def test_good_rows_do_not_fail() -> None:
    assert failed(builders.typed()) == {}


def test_each_row_fails_by_its_own_reasons() -> None:
    rows = builders.typed()
    rows.loc[1, "amount"] = -1
    rows.loc[[2, 7], "kind"] = "z"
    rows.loc[3, "amount"] = np.nan
    rows.loc[4, "amount"] = np.inf
    rows.loc[5, "note"] = "x" * 10_000
    assert failed(rows) == {
        "min:amount": [1], "max:amount": [4], "values:kind": [2, 7], "not_null:amount": [3], "finite:amount": [4],
        "max_length:note": [5],
    }  # fmt: skip


def test_the_index_of_a_frame_does_not_count() -> None:
    rows = builders.typed()
    rows.loc[1, "amount"] = -1
    rows.index = pd.Index([7] * len(rows))
    assert failed(rows) == {"min:amount": [1]}


def test_unique_marks_all_of_equal_rows_and_binds_real_rows_only() -> None:
    spec = builders.spec(
        columns={**builders.COLUMNS, "note": {"type": "string", "nullable": True, "unique": True}}
    )
    rows = builders.typed()
    rows["note"] = [f"{n}" for n in range(len(rows))]
    rows.loc[[2, 9], "note"] = "same"
    assert failed(rows, spec) == {"unique:note": [2, 9]}
    assert failed(rows, spec, synthetic=True) == {}


def test_the_range_of_a_key_does_not_bind_synthetic_rows() -> None:
    columns = {**builders.COLUMNS, "id": {"type": "int64", "min": 0}}
    rows = builders.typed().assign(id=-1)
    spec = builders.spec(columns=columns)
    assert failed(rows, spec) == {"min:id": list(range(40))}
    assert failed(rows, spec, synthetic=True) == {}


def test_a_wrong_dtype_fails_every_row() -> None:
    found = failed(builders.typed().assign(amount="x"))
    assert any(rows == list(range(40)) for rows in found.values())


class Plain(pp.DataFrameModel):
    amount: Series[float] = pp.Field(le=50)
    kind: Series[pd.StringDtype] = pp.Field(nullable=True, coerce=True)

    @pp.check("kind", name="no_c")
    @classmethod
    def _kind(cls, values: pd.Series) -> pd.Series:
        return values != "c"


class Wide(pp.DataFrameModel):
    amount: Series[float]

    @pp.dataframe_check(name="not_small_fraud")
    @classmethod
    def _row(cls, frame: pd.DataFrame) -> pd.Series:
        return ~((frame["fraud"] == 1) & (frame["amount"] < 20))


class Whole(pp.DataFrameModel):
    amount: Series[float]

    @pp.dataframe_check(name="enough_fraud")
    @classmethod
    def _share(cls, frame: pd.DataFrame) -> bool:
        return bool(frame["fraud"].mean() > 0.9)


class Raising(pp.DataFrameModel):
    amount: Series[float]

    @pp.dataframe_check(name="trips")
    @classmethod
    def _trip(cls, frame: pd.DataFrame) -> bool:
        raise ZeroDivisionError("planted")


class Demanding(pp.DataFrameModel):
    other: Series[float]


class KeyRange(pp.DataFrameModel):
    id: Series[pd.StringDtype] = pp.Field(str_startswith="row-", coerce=True)


def with_model(name: str):
    return builders.spec(model=f"{__name__}:{name}")


def test_a_model_of_ones_own_is_checked_row_by_row() -> None:
    rows = builders.typed()
    found = failed(rows, with_model("Plain"))
    assert found["less_than_or_equal_to(50):amount"] == np.flatnonzero(rows["amount"] > 50).tolist()
    assert found["no_c:kind"] == np.flatnonzero((rows["kind"] == "c").fillna(value=False)).tolist()


def test_a_check_over_columns_marks_its_rows() -> None:
    rows = builders.typed()
    expected = np.flatnonzero((rows["fraud"] == 1) & (rows["amount"] < 20)).tolist()
    found = failed(rows, with_model("Wide"))
    assert expected
    assert found == {"not_small_fraud": expected}


@pytest.mark.parametrize("name", ["Whole", "Raising", "Demanding"])
def test_what_speaks_of_the_whole_frame_fails_every_row(name: str) -> None:
    found = failed(builders.typed(), with_model(name))
    assert list(range(40)) in found.values()
    assert not any(reason.endswith((":None", ":nan")) for reason in found)


def test_a_models_key_range_does_not_bind_synthetic_rows() -> None:
    rows = builders.typed().assign(id=pd.array(["syn-1"] * 40, dtype="string[pyarrow]"))
    assert failed(rows, with_model("KeyRange"))
    assert failed(rows, with_model("KeyRange"), synthetic=True) == {}


@pytest.mark.parametrize("name", ["Whole", "Raising"])
def test_an_empty_frame_has_no_row_to_fail(name: str) -> None:
    assert schema.failures(with_model(name), builders.typed().iloc[:0], synthetic=False) == {}


@pytest.mark.parametrize("path", ["no.such.module:Model", f"{__name__}:Missing", f"{__name__}:failed"])
def test_a_model_that_cannot_be_had_is_told(path: str) -> None:
    with pytest.raises(SpecError, match="DataFrameModel"):
        schema.failures(builders.spec(model=path), builders.typed(), synthetic=False)


def test_the_frame_is_not_changed() -> None:
    rows = builders.typed()
    kept = rows.copy(deep=True)
    failed(rows, with_model("KeyRange"))
    pd.testing.assert_frame_equal(rows, kept)
