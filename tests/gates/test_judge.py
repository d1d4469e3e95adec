"""The verdict: complete or it does not pass, and a gate that fails to judge is never a pass."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aug_assets import gates
from aug_assets.frames import to_table
from aug_assets.gates.base import Judgement, Observation
from aug_assets.gates.exact_copies import ExactCopies
from aug_assets.gates.judge import judge
from aug_assets.gates.rules import Rules
from aug_assets.rows import IS_SYNTHETIC, ROW_ID, from_hex, to_hex
from tests import builders

SPEC = builders.spec(rules=["count <= amount + 10"], gates=[{"gate": "column_skew", "max_distance": 0.9}])


def candidates(frame: pd.DataFrame) -> tuple[pa.Table, pa.Table]:
    table = to_table(frame, SPEC, to_hex(builders.row_ids(len(frame))), synthetic=True)
    return with_provenance(table)


def with_provenance(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    ids = table.column(ROW_ID).combine_chunks()
    return table, builders.told(ids, SPEC, from_hex(builders.table().column(ROW_ID)))


def by_name(verdict) -> dict[str, Judgement]:
    return {j.gate: j for j in verdict.judgements}


def test_a_clean_day_passes_and_every_gate_has_spoken() -> None:
    verdict = judge(SPEC, builders.DAY, builders.table(), [candidates(builders.typed(40, 2))], planned=40)
    assert verdict.passed
    assert sorted(by_name(verdict)) == sorted(
        [*(step.gate for step in gates.defaults("tabular")), gates.VERDICT]
    )
    assert verdict.candidates == 40
    assert verdict.quarantine.num_rows == 0
    assert verdict.reasons == {}


def test_marked_rows_are_quarantined_once_with_all_their_reasons() -> None:
    rows = builders.typed(40, 2)
    rows.loc[5, ["count", "amount"]] = [60, 1.0]  # breaks the schema's maximum and the rule
    verdict = judge(SPEC, builders.DAY, builders.table(), [candidates(rows)], planned=40)
    assert verdict.quarantine["reasons"].to_pylist() == [["max:count", "rule:count_le_amount_plus_10"]]
    row = json.loads(verdict.quarantine["row"][0].as_py())
    assert row["count"] == 60
    assert row[IS_SYNTHETIC] is True
    assert verdict.quarantine[ROW_ID][0].as_py() == row[ROW_ID]
    assert verdict.reasons == {"max:count": 1, "rule:count_le_amount_plus_10": 1}


@pytest.mark.parametrize("size", [7, 19, 100])
def test_batches_make_no_difference(size: int) -> None:
    rows = builders.typed(40, 2)
    rows.loc[::5, "amount"] = -1.0
    table, _ = candidates(rows)
    whole = judge(SPEC, builders.DAY, builders.table(), [candidates(rows)], planned=40)
    batches = [with_provenance(table.slice(at, size)) for at in range(0, 40, size)]
    cut = judge(SPEC, builders.DAY, builders.table(), [with_provenance(table[:0]), *batches], planned=40)
    assert cut.reasons == whole.reasons
    assert cut.quarantine.equals(whole.quarantine)
    assert [j.passed for j in cut.judgements] == [j.passed for j in whole.judgements]


@pytest.mark.parametrize("planned", [39, 41, 0])
def test_candidates_that_are_not_the_planned_ones_block(planned: int) -> None:
    verdict = judge(
        SPEC, builders.DAY, builders.table(), [candidates(builders.typed(40, 2))], planned=planned
    )
    assert not verdict.passed
    assert not by_name(verdict)[gates.VERDICT].passed


def test_nothing_planned_and_nothing_made_passes() -> None:
    verdict = judge(SPEC, builders.DAY, builders.table(), [], planned=0)
    assert verdict.passed
    assert all("nothing to judge" in j.reason for j in verdict.judgements if j.gate != gates.VERDICT)


def test_nothing_made_of_what_was_planned_blocks() -> None:
    assert not judge(SPEC, builders.DAY, builders.table(), [], planned=5).passed


class Raises(Rules):
    @classmethod
    def observe(cls, real, params, batch):
        raise ZeroDivisionError("planted")


class RaisesLate(Rules):
    @classmethod
    def judge(cls, real, params, evidence):
        raise KeyError("planted")


class SaysNothing(Rules):
    @classmethod
    def judge(cls, real, params, evidence):
        return None


class MasksWrongly(Rules):
    @classmethod
    def observe(cls, real, params, batch):
        return Observation({"x": np.ones(3, bool)}, (0, len(batch)))


class MasksWithNumbers(Rules):
    @classmethod
    def observe(cls, real, params, batch):
        return Observation({"x": np.zeros(len(batch))}, (0, len(batch)))


@pytest.mark.parametrize("broken", [Raises, RaisesLate, SaysNothing, MasksWrongly, MasksWithNumbers])
def test_a_gate_that_cannot_judge_blocks(broken, monkeypatch: pytest.MonkeyPatch) -> None:
    real = gates.get
    monkeypatch.setattr(gates, "get", lambda name: broken if name == "rules" else real(name))
    verdict = judge(SPEC, builders.DAY, builders.table(), [candidates(builders.typed(40, 2))], planned=40)
    words = by_name(verdict)
    assert not verdict.passed
    assert not words["rules"].passed
    assert "could not judge" in words["rules"].reason
    assert np.isnan(words["rules"].value)
    assert not words[gates.VERDICT].passed
    assert "rules" in words[gates.VERDICT].reason
    assert words["schema"].passed  # the others have spoken


def test_a_gate_that_only_warns_still_may_not_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = builders.spec(gates=[{"gate": "rules", "blocking": False}])
    real = gates.get
    monkeypatch.setattr(gates, "get", lambda name: Raises if name == "rules" else real(name))
    assert not judge(
        spec, builders.DAY, builders.table(), [candidates(builders.typed(40, 2))], planned=40
    ).passed


def test_a_failed_gate_that_only_warns_does_not_block() -> None:
    warns = [
        {"gate": step.gate, "blocking": False}
        for step in gates.defaults("tabular")
        if step.gate != "column_skew"
    ]
    gate = {"gate": "column_skew", "blocking": False, "max_distance": 0.01}
    spec = builders.spec(gates=[gate, *warns])
    rows = candidates(builders.typed(200, 2).assign(amount=0.0))
    verdict = judge(spec, builders.DAY, builders.table(200), [rows], planned=200)
    assert not by_name(verdict)["column_skew"].passed
    assert verdict.passed


class GivesAnothersReason(ExactCopies):
    @classmethod
    def observe(cls, real, params, batch):
        return Observation({"rule:count_le_amount_plus_10": np.arange(len(batch)) == 0}, (0, len(batch)))


def test_two_gates_of_one_reason_hold_the_rows_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = builders.typed(40, 2)
    rows.loc[5, ["count", "amount"]] = [50, 1.0]
    real = gates.get
    monkeypatch.setattr(
        gates, "get", lambda name: GivesAnothersReason if name == "exact_copies" else real(name)
    )
    verdict = judge(SPEC, builders.DAY, builders.table(), [candidates(rows)], planned=40)
    assert verdict.reasons == {"rule:count_le_amount_plus_10": 2}
    assert verdict.quarantine.num_rows == 2


class Overreaches(Rules):
    @classmethod
    def judge(cls, real, params, evidence):
        return Judgement("schema", np.False_, blocking=False, value=0.0, threshold=0.0, reason="planted")


def test_a_gate_cannot_speak_for_another_nor_unblock_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    real = gates.get
    monkeypatch.setattr(gates, "get", lambda name: Overreaches if name == "rules" else real(name))
    verdict = judge(SPEC, builders.DAY, builders.table(), [candidates(builders.typed(40, 2))], planned=40)
    assert by_name(verdict)["rules"].blocking
    assert by_name(verdict)["rules"].passed is False
    assert by_name(verdict)["schema"].passed
    assert not verdict.passed
