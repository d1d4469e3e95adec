"""The operator ``albumentations``."""

from dataclasses import replace
from importlib import metadata
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox
from pydantic import ValidationError

from aug_assets.errors import SpecError
from aug_assets.operators.base import Facts
from aug_assets.operators.image.albumentations import Albumentations, AlbumentationsParams
from aug_assets.operators.image.base import ImageState, Sample, samples
from aug_assets.spec_safety import Safety
from aug_assets.values.boxes import Boxes, Points
from tests import scenes
from tests.conformance.image import ImageConformance

pytest.importorskip("albumentations")


def recipe(*steps: dict[str, Any]) -> dict[str, Any]:
    inner = [{"p": 1.0, **step} for step in steps]
    return {
        "__version__": "2.0.8",
        "transform": {"__class_fullname__": "Compose", "p": 1.0, "transforms": inner},
    }


def step(name: str, **params: Any) -> dict[str, Any]:
    return {"__class_fullname__": name, **params}


class TestConformance(ImageConformance):
    operator = "albumentations"
    params: ClassVar = {
        "recipe": recipe(
            step("HorizontalFlip", p=0.5),
            step("Rotate", limit=(-20, 20)),
            step("GaussNoise", std_range=(0.05, 0.1)),
        )
    }
    geometric = True
    dtypes = ("uint8", "float32")

    @pytest.mark.parametrize("dtype", ["uint16", "int16"])
    def test_16_bits_are_refused_by_the_transforms_names(self, dtype: str) -> None:
        with pytest.raises(SpecError, match=f"{dtype} in HorizontalFlip, Rotate, GaussNoise"):
            self.fit(scenes.frame(2, dtype=dtype))


def run(sample: Sample, *steps: dict[str, Any], objects: bool = True) -> tuple[Sample, dict[str, float]]:
    roles = TestConformance().roles(scenes.frame(1))
    if not objects:
        roles = replace(roles, kinds={k: v for k, v in roles.kinds.items() if k != "objects"})
    params = AlbumentationsParams(recipe=recipe(*steps))
    return Albumentations.change(sample, ImageState(roles), params, Generator(Philox(key=[3, 4])))


def scene() -> Sample:
    frame = scenes.frame(1)
    return next(iter(samples(frame, TestConformance().roles(frame))))


def test_a_mirror_moves_everything_alike() -> None:
    old, width = scene(), scenes.SIZE[1]
    new, told = run(old, step("HorizontalFlip"))
    np.testing.assert_array_equal(new.image, old.image[:, ::-1])
    np.testing.assert_array_equal(new.masks["mask"], old.masks["mask"][:, ::-1])
    np.testing.assert_array_equal(new.depth, old.depth[:, ::-1])
    np.testing.assert_allclose(
        new.boxes.xyxy, (old.boxes.xyxy * [-1, 1, -1, 1] + [width, 0, width, 0])[:, [2, 1, 0, 3]]
    )
    np.testing.assert_allclose(new.points.xy, old.points.xy * [-1, 1] + [width, 0])
    assert told["boxes_gone"] == 0


def test_each_transform_that_ran_is_told_with_its_numbers() -> None:
    holes = step("CoarseDropout", num_holes_range=(2, 2))
    steps = [step("HorizontalFlip", p=1), step("Rotate", limit=(9, 9), p=1), {**holes, "p": 1}]
    _, told = run(scene(), *steps, {**step("VerticalFlip"), "p": 0})
    assert {told["0.HorizontalFlip"], told["1.Rotate"], told["2.CoarseDropout"]} == {1}
    assert told["1.Rotate.matrix.0"] == pytest.approx(np.cos(np.radians(9)))
    assert len([name for name in told if name.startswith("2.CoarseDropout.holes.")]) == 8
    assert not [name for name in told if "VerticalFlip" in name]
    assert list(told) == sorted(told)
    _, noisy = run(scene(), step("GaussNoise"))
    assert noisy.keys() == {"0.GaussNoise", "boxes_gone", "seed"}, "no number a pixel"


@pytest.mark.parametrize("objects", [True, False])
def test_boxes_that_leave_are_counted_and_cut_ones_say_how_much_is_left(objects: bool) -> None:
    image = np.zeros(scenes.SIZE, np.uint8)
    mask = np.zeros(scenes.SIZE, np.uint8)
    mask[10:20, 25:45], mask[5:9, 2:6] = 1, 2
    boxes = Boxes(
        np.array([[25, 10, 45, 20], [2, 5, 6, 9.0]]), np.array(["car", "car"]), object=np.array([1, 2])
    )
    points = Points(np.array([[3.0, 6.0], [40.0, 15.0]]), np.array(["a", "b"]), np.array([True, True]))
    crop = step("Crop", x_min=30, y_min=0, x_max=64, y_max=48)
    new, told = run(Sample(image, 0, 255, {"mask": mask}, boxes, points), crop, objects=objects)
    assert told["boxes_gone"] == 1
    np.testing.assert_allclose(new.boxes.xyxy, [[0, 10, 15, 20]], atol=1e-4)
    assert new.boxes.visible == pytest.approx([0.75])
    assert new.points.visible.tolist() == [False, True]
    np.testing.assert_allclose(new.points.xy[1], [10, 15], atol=1e-4)


def test_whole_numbers_of_32_bits_come_back_whole() -> None:
    mask = np.zeros(scenes.SIZE, np.int32)
    mask[5:20, 5:20] = 70_001
    sample = Sample(np.zeros(scenes.SIZE, np.uint8), 0, 255, {"mask": mask})
    moved = run(sample, step("Rotate", limit=(9, 9)))[0].masks["mask"]
    assert moved.dtype == np.int32
    assert set(np.unique(moved)) == {0, 70_001}


def test_float_pixels_of_another_range() -> None:
    image = np.linspace(-1000, 3000, 48 * 64, dtype=np.float32).reshape(48, 64)
    new, _ = run(Sample(image, -1000, 3000, {}), step("InvertImg"))
    np.testing.assert_allclose(new.image, 2000 - image, atol=0.01)


def test_a_transform_that_fails_is_named() -> None:
    sample = Sample(np.zeros((8, 8, 3), np.float32), 0, 1, {})
    with pytest.raises(SpecError, match="Crop of albumentations failed"):
        run(sample, step("Crop", x_min=0, y_min=0, x_max=100, y_max=100))
    with pytest.raises(SpecError, match="changes what a pixel is"):
        run(Sample(np.zeros((8, 8, 3), np.uint8), 0, 255, {}), step("ToFloat"))


def fitted(params: AlbumentationsParams) -> Any:
    frame = scenes.frame(1)
    return Albumentations.fit(frame, TestConformance().roles(frame), params)


def test_no_recipe_and_an_unknown_transform() -> None:
    with pytest.raises(ValidationError, match="has no transform"):
        AlbumentationsParams(recipe={"transform": {}})
    with pytest.raises(SpecError, match="cannot build this recipe"):
        fitted(AlbumentationsParams(recipe=recipe(step("Unheard"))))


@pytest.mark.parametrize("found", ["2.0.7", None])
def test_another_version_and_none(found: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(_: str) -> str:
        if found is None:
            raise metadata.PackageNotFoundError
        return found

    monkeypatch.setattr(metadata, "version", version)
    with pytest.raises(SpecError, match=f"{found or 'not installed'}.*Legal: 2.0.8"):
        fitted(AlbumentationsParams(recipe=recipe(step("Solarize"))))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (step("HorizontalFlip"), "HorizontalFlip in its recipe: a flip changes left and right"),
        (step("D4"), "D4 in its recipe: a flip changes"),
        (step("OneOf", transforms=[step("VerticalFlip")]), "VerticalFlip"),
        (step("Rotate", limit=(-40, 10)), "rotation_deg reaches 40"),
        (step("RandomRotate90"), "rotation_deg reaches 180"),
        (step("Rotate", limit=(-4, 4)), None),
        (step("GaussNoise"), None),
    ],
)
def test_what_flip_and_affine_would_refuse(one: dict[str, Any], words: str | None) -> None:
    facts = Facts(Safety(), ("car",), {"image": ("image",)})
    reason = Albumentations.unsafe(AlbumentationsParams(recipe=recipe(one)), facts)
    assert (words in reason) if words else reason is None


def test_labels_that_a_mirror_would_rename() -> None:
    facts = Facts(Safety(**scenes.FREE, mirrored_labels={"left": "right"}), ("left", "right"), {})
    assert "cannot rename" in Albumentations.unsafe(
        AlbumentationsParams(recipe=recipe(step("HorizontalFlip"))), facts
    )
    free = Facts(Safety(**scenes.FREE), ("car",), {})
    assert Albumentations.unsafe(AlbumentationsParams(recipe=recipe(step("HorizontalFlip"))), free) is None
