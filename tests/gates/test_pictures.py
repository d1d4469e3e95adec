"""What gates on pictures share."""

from typing import Any

import pytest

from aug_assets import gates
from aug_assets.frames import columns_of
from aug_assets.gates.base import Batch
from aug_assets.gates.pictures import PictureGate
from aug_assets.gates.real import Real
from aug_assets.values.picture import Picture
from tests import builders, scenes
from tests.conformance.image_gates import ImageGateConformance

NAMES = [n for n in gates.REGISTRY.built_in if issubclass(gates.get(n), PictureGate)]
PLAIN = {name: scenes.COLUMNS[name] for name in ("id", "image")}


class Scenes(ImageGateConformance):
    gate = "folding"


Scenes.__test__ = False


@pytest.mark.parametrize("name", NAMES)
def test_datasets_of_pictures_alone_pass_and_the_reason_says_what_is_missing(name: str) -> None:
    suite = Scenes()
    spec = scenes.spec(columns=PLAIN, steps=[{"operator": "blur"}])
    rows = suite.real_rows()[list(PLAIN)]
    real = Real(spec, columns_of(spec, rows), rows, builders.DAY, suite.real().source)
    made = suite.batch(suite.clean())
    batch = Batch(made.rows[list(PLAIN)], made.ids, made.told)
    gate, params = gates.get(name), gates.get(name).Params(gate=name)
    seen = gate.observe(real, params, batch)
    word = gate.judge(real, params, [seen.evidence])
    assert word.passed
    assert not any(mask.any() for mask in seen.failures.values())
    needs: Any = gate.needs
    assert ("nothing to judge" in word.reason) == bool(needs)
    assert all(kind in word.reason for kind in needs)


def test_each_candidate_is_unpacked_once_for_all_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    suite, unpacked = Scenes(), []
    batch, plain = suite.batch(suite.clean()), Picture.pixels
    counted = property(lambda self: unpacked.append(self) or plain.fget(self))
    monkeypatch.setattr(Picture, "pixels", counted)
    for name in NAMES:
        gate = gates.get(name)
        gate.observe(suite.real(), gate.Params(gate=name), batch)
    pictures = len(batch) * 3  # with mask and depth
    assert len(unpacked) <= 2 * pictures  # candidates and parents


def test_datasets_of_pictures_have_these_gates_unasked() -> None:
    asked = {step.gate for step in gates.defaults("image")}
    assert set(NAMES) - asked == {"lesion_area"}
