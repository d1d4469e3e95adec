"""What every gate must hold, built in or plugged in: inherit, name the gate, and plant its defect.

    class TestMine(GateConformance):
        gate = "mine"

        def defective(self):
            return self.clean().assign(amount=1e9)

``row_level`` says whether the gate marks the rows at fault, or judges the day only.
"""

import pickle
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from aug_assets import gates
from aug_assets.frames import columns_of, to_table
from aug_assets.gates.base import Batch, Gate, Judgement, Observation
from aug_assets.gates.judge import judge
from aug_assets.gates.real import Real
from aug_assets.rows import to_hex
from aug_assets.spec import DatasetSpec
from tests import builders


class GateConformance:
    """Inherit this; see the module."""

    gate: ClassVar[str]
    settings: ClassVar[dict[str, Any]] = {}
    implementation: ClassVar[type[Gate] | None] = None
    row_level: ClassVar[bool] = True

    # --- what a subclass may replace -------------------------------------------------------------------
    def spec(self) -> DatasetSpec:
        """The dataset, with a rule and the gate's settings."""
        own = [] if self.implementation else [{"gate": self.gate, **self.settings}]
        return builders.spec(rules=["count <= amount + 10"], gates=own)

    def real_rows(self) -> pd.DataFrame:
        """The day's real rows."""
        return builders.typed(160, seed=1)

    def clean(self) -> pd.DataFrame:
        """Candidates that the gate should let through: other rows of the same making."""
        return builders.typed(80, seed=2)

    def defective(self) -> pd.DataFrame:
        """Candidates that it should not."""
        raise NotImplementedError

    # --- shorthand -------------------------------------------------------------------------------------
    @property
    def cls(self) -> type[Gate]:
        return self.implementation or gates.get(self.gate)

    @property
    def params(self) -> Any:
        return self.cls.Params.model_validate({"gate": self.cls.name, **self.settings})

    def real(self) -> Real:
        if "_real" not in self.__dict__:  # what it computes once is part of what is tested
            rows, spec = self.real_rows(), self.spec()
            source = self.stored(rows, synthetic=False)
            self._real = Real(spec, columns_of(spec, rows), rows, builders.DAY, source)
        return self._real

    def observe(self, rows: pd.DataFrame) -> Observation:
        return self.cls.observe(self.real(), self.params, self.batch(rows))

    def batch(self, rows: pd.DataFrame) -> Batch:
        """Rows as a gate sees them; a row's id and parents follow from its label in the index."""
        ids = to_hex(builders.candidate_ids(rows.index.to_numpy()))
        told = builders.told(ids, self.spec(), builders.row_ids(len(self.real_rows())))
        return Batch(rows.reset_index(drop=True), ids, told)

    def judge(self, *batches: pd.DataFrame) -> Judgement:
        return self.cls.judge(self.real(), self.params, [self.observe(batch).evidence for batch in batches])

    # --- what it must see, and what not ----------------------------------------------------------------
    def test_clean_rows_pass(self) -> None:
        word = self.judge(self.clean())
        assert word.passed, word.reason
        assert not any(mask.any() for mask in self.observe(self.clean()).failures.values())

    def test_the_planted_defect_fails_the_day(self) -> None:
        word = self.judge(self.defective())
        assert not word.passed
        assert word.reason

    def test_the_planted_defect_is_marked_row_by_row(self) -> None:
        rows = pd.concat([self.clean(), self.defective()], ignore_index=True)
        masks = self.observe(rows).failures
        assert self.cls.marks is self.row_level
        if not self.row_level:
            assert not any(mask.any() for mask in masks.values())
            return
        marked = np.any(list(masks.values()), axis=0)
        assert not marked[: len(self.clean())].any()
        assert marked[len(self.clean()) :].any()

    # --- form ------------------------------------------------------------------------------------------
    def test_masks_are_one_truth_value_a_row(self) -> None:
        rows = self.defective()
        for reason, mask in self.observe(rows).failures.items():
            assert mask.shape == (len(rows),), reason
            assert mask.dtype == bool, reason

    def test_the_word_is_complete(self) -> None:
        for rows in (self.clean(), self.defective()):
            word = self.judge(rows)
            assert word.gate == self.cls.name
            assert isinstance(word.passed, bool)
            assert isinstance(word.reason, str)
            assert len(word.reason) < 500
            assert np.isfinite(word.value)
            assert np.isfinite(word.threshold)
            assert all(np.isfinite(figure) for figure in word.details.values())

    def test_blocking_is_the_settings(self) -> None:
        quiet = self.params.model_copy(update={"blocking": False})
        seen = self.cls.observe(self.real(), quiet, self.batch(self.defective()))
        assert not self.cls.judge(self.real(), quiet, [seen.evidence]).blocking
        assert self.judge(self.defective()).blocking

    # --- one pass, in any pieces -----------------------------------------------------------------------
    def test_batches_judge_as_one(self) -> None:
        rows = pd.concat([self.clean(), self.defective()], ignore_index=True)
        whole = self.judge(rows)
        for cuts in ([1, 2, 3], range(23, len(rows), 23), [len(rows) - 1]):
            ends = [*cuts, len(rows)]
            pieces = [rows.iloc[start:end] for start, end in pairwise([0, *ends])]
            assert same(self.judge(*pieces), whole), ends
            assert same(self.judge(*pieces[::-1]), whole), ends

    def test_rows_are_marked_alike_in_any_pieces(self) -> None:
        rows = pd.concat([self.clean(), self.defective()], ignore_index=True)
        whole = self.observe(rows).failures
        size = 23
        pieces = [rows.iloc[at : at + size] for at in range(0, len(rows), size)]
        seen = [self.observe(piece).failures for piece in pieces]
        for reason, mask in whole.items():
            parts = [f.get(reason, np.zeros(len(p), bool)) for f, p in zip(seen, pieces, strict=True)]
            np.testing.assert_array_equal(np.concatenate(parts), mask, err_msg=reason)

    def test_evidence_and_word_pickle(self) -> None:
        seen = pickle.loads(pickle.dumps(self.observe(self.defective())))
        word = self.cls.judge(self.real(), self.params, [seen.evidence])
        assert same(word, self.judge(self.defective()))
        assert pickle.loads(pickle.dumps(word)) == word

    def test_deterministic(self) -> None:
        assert self.judge(self.defective()) == self.judge(self.defective())

    def test_inputs_are_not_changed(self) -> None:
        real, rows = self.real(), self.defective()
        kept = real.rows.copy(deep=True), rows.copy(deep=True)
        self.cls.judge(real, self.params, [self.cls.observe(real, self.params, self.batch(rows)).evidence])
        pd.testing.assert_frame_equal(real.rows, kept[0])
        pd.testing.assert_frame_equal(rows, kept[1])

    # --- nothing to judge ------------------------------------------------------------------------------
    def test_an_empty_batch_beside_others_changes_nothing(self) -> None:
        rows = self.defective()
        assert same(self.judge(rows, rows.iloc[:0]), self.judge(rows))

    def test_no_candidates_are_said_to_be_none(self) -> None:
        if self.implementation:
            return
        spec = self.spec()
        verdict = judge(spec, builders.DAY, self.stored(self.real_rows(), synthetic=False), [], planned=0)
        word = next(j for j in verdict.judgements if j.gate == self.gate)
        assert word.passed
        assert "nothing to judge" in word.reason

    def test_a_whole_day_through_the_judge(self) -> None:
        if self.implementation:
            return
        spec, rows = self.spec(), self.defective()
        source, batch = self.stored(self.real_rows(), synthetic=False), self.batch(rows)
        pair = to_table(batch.rows, spec, batch.ids, synthetic=True), batch.told
        verdict = judge(spec, builders.DAY, source, [pair], planned=len(rows))
        word = next(j for j in verdict.judgements if j.gate == self.gate)
        assert not word.passed
        assert not verdict.passed

    def stored(self, rows: pd.DataFrame, *, synthetic: bool) -> Any:
        return to_table(rows, self.spec(), to_hex(builders.row_ids(len(rows))), synthetic=synthetic)


def same(one: Judgement, other: Judgement) -> bool:
    """Equal up to the rounding of sums taken in another order."""
    figures = [(one.value, other.value), *((v, other.details[k]) for k, v in one.details.items())]
    return (one.passed, one.reason) == (other.passed, other.reason) and bool(
        np.allclose(*zip(*figures, strict=True))
    )
