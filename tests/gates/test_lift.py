"""The gate of benefit: a proof of this very recipe whose lower end reaches the limit, or no day."""

from dataclasses import replace
from typing import Any, ClassVar

import pandas as pd
import pytest

from aug_assets import gates
from tests import builders
from tests.conformance.gates import GateConformance


class TestConformance(GateConformance):
    gate = "lift"
    row_level = False
    proof: ClassVar[dict[str, Any]] = {
        "lift": 0.02, "lift_low": 0.01, "lift_high": 0.03, "baseline": 0.5, "seeds": 5, "made_at": "then",
    }  # fmt: skip

    def clean(self) -> pd.DataFrame:
        """Any rows, and a proof of this recipe: the gate does not look at rows."""
        return self.proved(recipe_digest=self.spec().recipe_digest)

    def defective(self) -> pd.DataFrame:
        """Any rows, and a proof of another recipe."""
        return self.proved(recipe_digest="another")

    def proved(self, **changes: Any) -> pd.DataFrame:
        self._real = replace(self.real(), record=self.proof | changes)
        return super().clean()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"recipe_digest": "another"}, "another recipe"),
        ({"lift_low": -0.001}, "at least"),
        ({"lift_low": float("nan")}, "no interval"),
        ({"lift_low": None}, "no interval"),
    ],
)
def test_a_proof_that_proves_nothing_is_refused(changes: dict[str, Any], told: str) -> None:
    suite = TestConformance()
    rows = suite.proved(**{"recipe_digest": suite.spec().recipe_digest, **changes})
    word = suite.judge(rows)
    assert not word.passed
    assert told in word.reason


def test_without_a_proof_it_says_how_to_get_one() -> None:
    suite = TestConformance()
    rows = suite.clean()
    suite._real = replace(suite.real(), record=None)
    word = suite.judge(rows)
    assert not word.passed
    assert "aug bench lift" in word.reason


def test_only_datasets_that_name_it_are_judged() -> None:
    assert "lift" not in {step.gate for step in gates.defaults("tabular")}
    assert "lift" in {step.gate for step in builders.spec(gates=[{"gate": "lift"}]).gate_steps}
