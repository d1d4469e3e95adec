"""The operator ``trivial``."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.errors import SpecError
from aug_assets.operators.base import Facts
from aug_assets.operators.image.blur import BlurParams
from aug_assets.operators.image.brightness_contrast import BrightnessContrastParams
from aug_assets.operators.image.cutout import CutoutParams
from aug_assets.operators.image.jpeg import JpegParams
from aug_assets.operators.image.motion_blur import MotionBlurParams
from aug_assets.operators.image.strength import at_strength
from aug_assets.operators.image.trivial import Trivial, TrivialParams
from aug_assets.spec_safety import Safety
from tests import scenes
from tests.conformance.image import ImageConformance

FEW = ("noise", "gamma", "blur")


class TestConformance(ImageConformance):
    operator = "trivial"
    params: ClassVar = {"among": FEW}

    def test_each_row_says_which_operator_and_what_it_drew(self) -> None:
        _, state, _, drawn = self.whole()
        assert state.names == ("blur", "gamma", "noise")
        assert {name for name in drawn.values if name.startswith("operator:")} == {
            f"operator:{name}" for name in FEW
        }
        assert list(drawn.values) == sorted(drawn.values)
        blurred = drawn.values["operator:blur"] == 1
        assert 0 < blurred.sum() < len(blurred)
        strength = drawn.values["trivial_strength"]
        np.testing.assert_allclose(drawn.values["sigma_px"][blurred], 0.5 + strength[blurred])
        assert np.isnan(drawn.values["sigma_px"][~blurred]).all()
        assert (drawn.values["gamma"][drawn.values["operator:gamma"] == 1] > 0).all()

    def test_strength_has_its_limit(self) -> None:
        parents = self.example()
        params = TrivialParams(among=FEW, strength=0.25)
        keys = self.keys(len(parents))
        rows = parents.iloc[keys.parent].reset_index(drop=True)
        strength = Trivial.draw(self.fit(parents), params, keys, rows).values["trivial_strength"]
        assert 0.1 < strength.max() <= 0.25


def fitted(dtype: str = "uint8", safety: dict[str, Any] | None = None, **params: Any) -> Any:
    frame = scenes.frame(2, dtype=dtype)
    roles = TestConformance().roles(frame)
    facts = replace(roles.facts, safety=Safety(**(scenes.FREE if safety is None else safety)))
    return Trivial.fit(frame, replace(roles, facts=facts), TrivialParams(**params))


def test_all_that_can_change_these_pictures() -> None:
    names = fitted().names
    assert {"blur", "gamma", "jpeg", "noise"} <= set(names)
    assert not {"trivial", "albumentations", "smote"} & set(names)
    assert list(names) == sorted(names)
    assert "jpeg" not in fitted("uint16").names


def test_what_the_dataset_forbids_is_left_out() -> None:
    assert "blur" not in fitted(safety={**scenes.FREE, "forbid": {"blur": "lines"}}).names
    assert "flip" not in fitted(safety={}).names


def test_named_members_are_refused_by_their_own_words() -> None:
    def reason(safety: Safety, *among: str) -> str | None:
        return Trivial.unsafe(TrivialParams(among=among), Facts(safety, (), {"image": ("image",)}))

    assert "blur: fine lines vanish" in reason(Safety(forbid={"blur": "fine lines vanish"}), "gamma", "blur")
    assert "can only draw from operators on pictures" in reason(Safety(), "smote")
    assert "can only draw from operators on pictures" in reason(Safety(), "trivial")
    assert reason(Safety(), "gamma", "blur") is None


def test_a_named_member_that_cannot_is_an_error() -> None:
    with pytest.raises(SpecError, match="JPEG cannot hold"):
        fitted("int16", among=("jpeg", "blur"))
    with pytest.raises(SpecError, match="no operator to draw from"):
        fitted(among=())


def closed(params: Any, strength: float, key: int = 1) -> Any:
    return at_strength(params, strength, Generator(Philox(key=key)))


def test_strength_runs_from_the_mildest_value_to_the_strongest() -> None:
    assert closed(BlurParams(), 0).sigma_px == (0.5, 0.5)
    assert closed(BlurParams(), 1).sigma_px == (1.5, 1.5)
    assert closed(JpegParams(), 0).quality == (90, 90)
    assert closed(JpegParams(), 1).quality == (40, 40)
    assert closed(BrightnessContrastParams(), 0) == BrightnessContrastParams(
        brightness=(0, 0), contrast=(1, 1)
    )
    ends = {closed(BrightnessContrastParams(), 1, key).contrast[0] for key in range(9)}
    assert ends == {0.8, 1.2}


def test_counts_stay_whole() -> None:
    assert {closed(CutoutParams(), 0.5, key).holes for key in range(9)} == {(2, 2)}


def test_a_direction_is_no_strength() -> None:
    angles = [closed(MotionBlurParams(), 0, key).angle_deg[0] for key in range(30)]
    assert min(angles) < 45
    assert max(angles) > 135
