"""Ties between columns: what is loosened is settled again, and made rows hold every tie without rejects."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from aug_assets import recipe, ties
from aug_assets.frames import to_frame, to_table
from aug_assets.gates.judge import judge
from aug_assets.keys import U64, digest_bits, philox
from aug_assets.rows import PROVENANCE, source_ids, to_hex
from aug_assets.spec import DatasetSpec
from tests import builders

COLUMNS: dict[str, Any] = {
    "id": {"type": "string"},
    "fee": {"type": "float64", "min": 0, "decimals": 2},
    "amount": {"type": "float64", "min": 0, "max": 1000, "decimals": 2, "not_below": "fee"},
    "total": {"type": "float64", "min": 0, "decimals": 2, "not_below": "amount"},
    "channel": {"type": "category", "values": ["online", "shop"]},
    "home": {"type": "category", "values": ["DE", "FR"]},
    "country": {"type": "category", "values": ["DE", "FR"]},
    "abroad": {"type": "bool", "derive": "country != home"},
    "taxed": {"type": "float64", "decimals": 2, "derive": "amount * 1.19"},
    "device": {"type": "int64", "nullable": True, "null_when": "channel == 'shop'"},
    "fraud": {"type": "int64", "values": [0, 1]},
}


def tied(**changes: Any) -> DatasetSpec:
    return builders.spec(columns={**COLUMNS, **changes})


def frame(rows: int = 60) -> pd.DataFrame:
    rng = np.random.Generator(np.random.Philox(key=4))
    fee = rng.gamma(1.0, 2.0, rows).round(2)
    amount = (fee + rng.gamma(2.0, 20.0, rows)).round(2)
    channel = rng.choice(["online", "shop"], rows)
    home, country = rng.choice(["DE", "FR"], rows), rng.choice(["DE", "FR"], rows)
    made = pd.DataFrame(
        {
            "id": [f"row-{n}" for n in range(rows)],
            "fee": fee,
            "amount": amount,
            "total": (amount + rng.gamma(1.0, 50.0, rows)).round(2),
            "channel": channel,
            "home": home,
            "country": country,
            "abroad": home != country,
            "taxed": (amount * 1.19).round(2),
            "device": pd.Series(rng.integers(0, 9, rows), dtype="Int64").mask(channel == "shop"),
            "fraud": (np.arange(rows) % 4 == 0).astype(np.int64),
        }
    )
    return to_frame(to_table(made, tied(), pa.array(made["id"]), synthetic=False), tied())


def words(rows: int) -> Any:
    def draw(column: str) -> U64:
        return philox(digest_bits(column), (np.arange(rows, dtype=np.uint64), 0, 0, 0))[:, 0]

    return draw


def source(rows: pd.DataFrame, spec: DatasetSpec) -> pa.Table:
    ids = source_ids(spec.id, [pa.array(rows["id"])], len(rows))
    return to_table(rows, spec, to_hex(ids), synthetic=False)


def broken(spec: DatasetSpec, rows: pd.DataFrame) -> dict[str, int]:
    return {rule.name: int(rule.broken(rows).sum()) for rule in spec.all_rules}


def test_real_rows_that_hold_the_ties_hold_the_rules_that_follow() -> None:
    found = broken(tied(), frame())
    assert set(found) == {
        "amount_not_below_fee", "total_not_below_amount", "abroad_derived", "taxed_derived",
        "device_null_when",
    }  # fmt: skip
    assert not any(found.values())


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("amount", 0.0, "amount_not_below_fee"),
        ("total", 0.0, "total_not_below_amount"),
        ("taxed", 3.33, "taxed_derived"),
        ("device", 7, "device_null_when"),
    ],
)
def test_a_broken_tie_is_seen(column: str, value: float, rule: str) -> None:
    rows = frame().assign(**{column: value}).astype(frame().dtypes.to_dict())
    rows["fee"] += 0.01
    assert broken(tied(), rows)[rule] > 0


def test_a_wrong_truth_value_is_seen() -> None:
    rows = frame()
    assert broken(tied(), rows.assign(abroad=~rows["abroad"]))["abroad_derived"] == len(rows)


def test_loosened_rows_are_differences_and_settle_to_the_same_rows() -> None:
    spec, rows = tied(), frame()
    loose = ties.loosen(spec, rows)
    np.testing.assert_allclose(loose["amount"], rows["amount"] - rows["fee"], atol=1e-9)
    np.testing.assert_allclose(loose["total"], rows["total"] - rows["amount"], atol=1e-9)
    made, donors = ties.settle(spec, loose, loose, words(len(rows)))
    pd.testing.assert_frame_equal(made, rows, check_exact=True)
    assert all((given == -1).all() for given in donors)


def test_operators_are_not_shown_what_is_derived() -> None:
    roles = ties.roles(tied(), ties.loosen(tied(), frame()))
    assert set(roles.numeric) == {"fee", "amount", "total", "device"}
    assert set(roles.categorical) == {"channel", "home", "country"}
    assert roles.bounds["amount"][0] == 0


def test_a_value_that_must_be_there_comes_from_a_named_parent() -> None:
    spec, loose = tied(), ties.loosen(tied(), frame())
    moved = loose.assign(channel=pd.Series(["online"] * len(loose), dtype=loose["channel"].dtype))
    made, (donors,) = ties.settle(spec, moved, loose, words(len(loose)))
    filled = frame()["device"].isna().to_numpy()
    assert filled.any()
    assert made["device"].notna().all()
    np.testing.assert_array_equal(donors >= 0, filled)
    assert (made["device"][filled].to_numpy() == loose["device"].take(donors[filled]).to_numpy()).all()


def test_a_value_whose_cause_is_gone_goes() -> None:
    loose = ties.loosen(tied(), frame())
    moved = loose.assign(channel=pd.Series(["shop"] * len(loose), dtype=loose["channel"].dtype))
    assert ties.settle(tied(), moved, loose, words(len(loose)))[0]["device"].isna().all()


SWAPS = {"operator": "smote_nc", "k": 1}  # with one neighbour the channel is the neighbour's


@pytest.mark.parametrize("first", [SWAPS, {"operator": "jitter_bootstrap"}])
def test_every_made_row_holds_every_tie(first: dict[str, Any]) -> None:
    steps = [first, {"operator": "jitter_bootstrap", "scale": 0.9}]
    spec = builders.spec(columns=COLUMNS, recipe=[{**builders.branch(copies=20), "steps": steps}])
    rows = source(frame(), spec)
    found = recipe.make(recipe.plan(spec, builders.DAY, rows), 0, 0, 300)
    made = to_frame(found.rows, spec)
    assert broken(spec, made) == dict.fromkeys(broken(spec, made), 0)
    assert made["device"].notna().any()
    word = judge(spec, builders.DAY, rows, [(found.rows, found.told)], 300)
    assert not any(reason.startswith("rule:") for reason in word.reasons)


def test_without_ties_the_same_operators_break_the_rules() -> None:
    """What the ties are for: a plain recipe on the same rows breaks them."""
    free = {
        n: {k: v for k, v in c.items() if k not in ("not_below", "null_when", "derive")}
        for n, c in COLUMNS.items()
    }
    spec = builders.spec(columns=free, recipe=[{**builders.branch(copies=20)}])
    made = to_frame(recipe.make(recipe.plan(spec, builders.DAY, source(frame(), spec)), 0, 0, 300).rows, spec)
    assert broken(tied(), made)["taxed_derived"] > 30


def test_parents_of_filled_values_are_in_the_provenance() -> None:
    spec = builders.spec(columns=COLUMNS, recipe=[{**builders.branch(copies=20), "steps": [SWAPS]}])
    found = recipe.make(recipe.plan(spec, builders.DAY, source(frame(), spec)), 0, 0, 300)
    counts = {len(parents) for parents in found.told["parents"].to_pylist()}
    assert found.told.schema == PROVENANCE
    assert counts == {2, 3}  # parent and neighbour, and who gave the device where the channel changed


def test_null_inputs_leave_values_as_they_are() -> None:
    spec = builders.spec(
        columns={
            **builders.COLUMNS,
            "amount": {"type": "float64", "nullable": True, "decimals": 2},
            "count": {"type": "int64", "nullable": True, "not_below": "amount"},
        }
    )
    rows = builders.typed(8)
    rows.loc[::2, "amount"] = np.nan
    rows["count"] = pd.Series([90, None] * 4, dtype="Int64")
    settled, _ = ties.settle(spec, ties.loosen(spec, rows), rows, words(8))
    pd.testing.assert_frame_equal(settled, rows)


@pytest.mark.parametrize(
    ("column", "change", "told"),
    [
        ("amount", {"not_below": "nothing"}, "there is no column 'nothing'"),
        ("amount", {"not_below": "channel"}, "both columns must be numbers"),
        ("fee", {"not_below": "total"}, "circle"),
        ("total", {"not_below": "taxed"}, "derived column cannot be the lower"),
        ("fraud", {"derive": "fee"}, "key and label"),
        ("abroad", {"derive": "country != nowhere"}, "there is no column 'nowhere'"),
        ("abroad", {"derive": "abroad"}, "reads the column itself"),
        ("abroad", {"derive": "taxed > 1"}, "derived itself"),
        ("abroad", {"derive": "__import__('os')"}, "Call in"),
        ("device", {"null_when": "fee +"}, "not an expression"),
        ("device", {"null_when": "fee > 'a'"}, "cannot be evaluated"),
        ("fee", {"null_when": "channel == 'shop'"}, "must be nullable"),
    ],
)
def test_impossible_ties_are_refused_with_their_place(column: str, change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        tied(**{column: {**{k: v for k, v in COLUMNS[column].items() if k != "derive"}, **change}})
