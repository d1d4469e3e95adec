"""The gate against copies: found whatever the column order, dtype width or sign of zero."""

import numpy as np
import pandas as pd

from aug_assets.gates.real import fingerprints
from tests.conformance.gates import GateConformance


class TestConformance(GateConformance):
    gate = "exact_copies"

    def defective(self) -> pd.DataFrame:
        return self.real_rows().iloc[:20].reset_index(drop=True)


def test_only_columns_that_operators_change_are_compared() -> None:
    suite = TestConformance()
    rows = suite.defective().assign(id="another", note="another")
    assert suite.observe(rows).failures["exact_copy"].all()
    rows["amount"] += 0.01
    assert not suite.observe(rows).failures["exact_copy"].any()


def test_nulls_equal_nulls() -> None:
    suite = TestConformance()
    holed = suite.real_rows().isna().any(axis=1).to_numpy()
    assert holed.any()
    rows = suite.real_rows()[holed].reset_index(drop=True)
    assert suite.observe(rows).failures["exact_copy"].all()


def test_equal_values_hash_alike_whatever_their_dtype() -> None:
    plain = pd.DataFrame({"n": np.array([1, 2]), "x": np.array([0.0, 0.5]), "b": [True, False]})
    wide = pd.DataFrame(
        {
            "n": pd.array([1, 2], dtype="Int32"),
            "x": np.array([-0.0, 0.5], np.float32),
            "b": pd.array([True, False], dtype="boolean"),
        }
    )
    names = ["n", "x", "b"]
    np.testing.assert_array_equal(fingerprints(plain, names), fingerprints(wide, names))
    assert len(set(fingerprints(plain, names))) == 2


def test_the_share_decides() -> None:
    suite = TestConformance()
    rows = pd.concat([suite.clean().iloc[:76], suite.real_rows().iloc[:4]], ignore_index=True)
    assert suite.judge(rows).passed  # 4 of 80 are the 5 % that may be
    rows = pd.concat([suite.clean().iloc[:75], suite.real_rows().iloc[:5]], ignore_index=True)
    assert not suite.judge(rows).passed
