"""The gate against leakage: no candidate may have a held or an unknown row among its parents."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import recipe
from aug_assets.frames import to_frame
from aug_assets.gates.base import Batch
from aug_assets.gates.leakage import Leakage, LeakageParams
from aug_assets.rows import PROVENANCE, to_hex
from tests import builders, scenes
from tests.conformance.gates import GateConformance
from tests.conformance.image_gates import ImageGateConformance


class TestConformance(GateConformance):
    gate = "leakage"

    def spec(self):
        return builders.spec(holdout={"by": "note", "share": 0.3})

    def real_rows(self) -> pd.DataFrame:
        rows = super().real_rows()
        return rows.assign(note=rows["note"].fillna("none"))

    def defective(self) -> pd.DataFrame:
        return self.clean().assign(note="leaks")

    def batch(self, rows: pd.DataFrame) -> Batch:
        """Parents outside the holdout; candidates that say so in their note have a held one besides."""
        made = super().batch(rows)
        held = TestConformance().spec().holdout.held(self.real_rows()["note"])
        names = to_hex(builders.row_ids(len(held))).to_pylist()
        free, kept = ([n for n, h in zip(names, held, strict=True) if h == side] for side in (False, True))
        lines = made.told.to_pylist()
        for line, note in zip(lines, made.rows["note"].fillna(""), strict=True):
            line["parents"] = [free[int(line["row_id"][:6], 16) % len(free)]]
            line["parents"] += kept[:1] if note == "leaks" else ["0" * 32] if note == "invents" else []
        return Batch(made.rows, made.ids, pa.Table.from_pylist(lines, schema=PROVENANCE))


def test_exactly_the_rows_at_fault_are_marked() -> None:
    suite = TestConformance()
    rows = suite.clean().assign(note=lambda f: f["note"].where(f.index % 2 == 0, "leaks"))
    assert suite.observe(rows).failures["held_parent"].tolist() == [n % 2 == 1 for n in range(80)]


def test_a_parent_that_is_no_real_row_fails() -> None:
    suite = TestConformance()
    assert suite.observe(suite.clean().assign(note="invents")).failures["no_parent"].all()


def test_a_candidate_without_provenance_fails() -> None:
    suite = TestConformance()
    batch = suite.batch(suite.clean())
    seen = suite.cls.observe(suite.real(), LeakageParams(), Batch(batch.rows, batch.ids, batch.told[1:]))
    assert seen.failures["no_parent"].tolist() == [True, *[False] * 79]
    assert not suite.cls.judge(suite.real(), LeakageParams(), [seen.evidence]).passed


class NoHoldout(TestConformance):
    __test__ = False

    def spec(self):
        return builders.spec()


def test_without_a_holdout_a_row_that_was_put_in_fails() -> None:
    suite = NoHoldout()
    batch = suite.batch(suite.clean())
    seen = suite.cls.observe(suite.real(), LeakageParams(), Batch(batch.rows, batch.ids, batch.told[1:]))
    assert seen.failures["no_parent"].tolist() == [True, *[False] * 79]
    assert not seen.failures["held_parent"].any()
    assert suite.observe(suite.clean().assign(note="invents")).failures["no_parent"].all()


def test_without_a_holdout_none_can_leak_and_it_says_so() -> None:
    word = NoHoldout().judge(NoHoldout().clean())
    assert word.passed
    assert "no holdout" in word.reason


class Films(ImageGateConformance):
    """Pictures of four patients, two a patient, some of whom are held out with all that they have."""

    gate = "leakage"
    __test__ = False

    def spec(self):
        columns = {**scenes.COLUMNS, "patient_id": {"type": "string"}}
        held = {"by": "patient_id", "share": 0.5}
        return scenes.spec(columns=columns, holdout=held, steps=[{"operator": "blur"}])

    def real_rows(self) -> pd.DataFrame:
        patients = pd.Series([f"patient {n // 2}" for n in range(8)], dtype=pd.StringDtype("pyarrow"))
        return scenes.frame(8).assign(patient_id=patients)


def test_no_copy_of_a_film_stands_on_the_other_side_of_its_patient() -> None:
    suite = Films()
    real, spec = suite.real(), suite.spec()
    plan = recipe.plan(spec, builders.DAY, real.source)
    made = recipe.make(plan, 0, 0, plan.rows)
    batch = Batch(to_frame(made.rows, spec), made.rows.column("row_id").combine_chunks(), made.told)
    mothers = batch.told.column("parents").combine_chunks().flatten()
    at = pc.index_in(mothers, value_set=real.source.column("row_id").combine_chunks()).to_numpy()
    assert batch.rows["patient_id"].tolist() == real.rows["patient_id"].iloc[at].tolist()
    held = spec.holdout.held(real.rows["patient_id"])
    assert 0 < held.sum() < len(held)
    assert len(batch)
    assert not spec.holdout.held(batch.rows["patient_id"]).any()
    assert not any(m.any() for m in Leakage.observe(real, LeakageParams(), batch).failures.values())


def test_a_planted_copy_of_a_held_patients_film_is_caught() -> None:
    suite = Films()
    held = suite.spec().holdout.held(suite.real_rows()["patient_id"])
    rows = pd.concat([suite.clean()] * 4, ignore_index=True).assign(place=range(8))
    seen = Leakage.observe(suite.real(), LeakageParams(), suite.batch(rows))
    assert seen.failures["held_parent"].tolist() == held.tolist()
    assert not Leakage.judge(suite.real(), LeakageParams(), [seen.evidence]).passed
