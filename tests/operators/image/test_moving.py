"""Labels that follow a moved picture."""

import numpy as np
import pytest

from aug_assets.operators.base import Columns
from aug_assets.operators.image import moving
from aug_assets.operators.image.affine import _raster, matrix_of
from aug_assets.operators.image.base import Sample
from aug_assets.values.boxes import Boxes, Points

SIZE = (80, 100)
COLUMNS = Columns((), (), {}, {}, {"image": ("image",), "mask": ("mask",), "objects": ("mask",)})
LOOSE = Columns((), (), {}, {}, {"image": ("image",), "mask": ("mask",)})


def ellipse(dtype: str = "uint8", value: int = 3, centre: tuple = (50, 40), half: tuple = (20, 8)) -> Sample:
    """A bright ellipse with its mask, box, depth and middle."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    inside = ((x - centre[0]) / half[0]) ** 2 + ((y - centre[1]) / half[1]) ** 2 <= 1
    xyxy = [[centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1]]]
    mask = (inside * value).astype(dtype)
    return Sample(
        (inside * 200).astype(np.uint8), 0, 255, {"mask": mask},
        Boxes(np.array(xyxy), np.array(["cell"]), object=np.array([value])),
        Points(np.array([centre]), np.array(["middle"]), np.array([True])),
        (inside * 7).astype(np.float32),
    )  # fmt: skip


def turned(sample: Sample, columns: Columns, **by: float) -> tuple[Sample, int]:
    given = {"rotation_deg": 0, "scale": 1, "shift_x": 0, "shift_y": 0, "shear_deg": 0, **by}
    matrix = matrix_of(SIZE, **given)
    return moving.moved(sample, columns, _raster(matrix, sample, "constant"), moving.affine(matrix))


def bounds(mask: np.ndarray, value: int) -> list[float]:
    rows, columns = np.nonzero(mask == value)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    inner = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return inner / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - inner)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32"])
@pytest.mark.parametrize("turn", [5, 33, -90])
def test_a_box_is_the_bounds_of_the_moved_mask(dtype: str, turn: float) -> None:
    value = {"uint8": 200, "int32": 16_777_217}.get(dtype, 300)
    made, gone = turned(ellipse(dtype, value), COLUMNS, rotation_deg=turn, scale=1.1)
    assert gone == 0
    assert set(np.unique(made.masks["mask"])) == {0, value}
    assert made.masks["mask"].dtype == dtype
    np.testing.assert_array_equal(made.boxes.xyxy[0], bounds(made.masks["mask"], value))
    assert made.boxes.visible[0] == 1


@pytest.mark.parametrize("turn", [5, 15, 30])
def test_without_a_mask_the_box_is_around_the_moved_ellipse(turn: float) -> None:
    made, _ = turned(ellipse(), LOOSE, rotation_deg=turn)
    true = np.array(bounds(made.masks["mask"], 3), float)
    np.testing.assert_allclose(made.boxes.xyxy[0], true, atol=1)  # a mask's bounds are whole pixels
    assert overlap(made.boxes.xyxy[0], true) > 0.9
    assert np.abs(made.boxes.xyxy[0] - ellipse().boxes.xyxy[0]).max() > 0.1, "the box did not turn"


def test_mask_depth_and_point_stay_on_the_picture() -> None:
    made, _ = turned(ellipse(), COLUMNS, rotation_deg=20, shift_x=0.1, scale=1.2, shear_deg=5)
    assert ((made.image > 100) == (made.masks["mask"] == 3)).mean() > 0.985
    np.testing.assert_array_equal(made.depth == 7, made.masks["mask"] == 3)
    x, y = made.points.xy[0]
    middle = np.argwhere(made.masks["mask"] == 3).mean(axis=0) + 0.5
    np.testing.assert_allclose([y, x], middle, atol=0.3)


@pytest.mark.parametrize("columns", [COLUMNS, LOOSE])
@pytest.mark.parametrize(("shift", "left"), [(0.3, 1), (0.4, 0.75), (0.5, 0.5), (0.6, 0.25), (0.7, None)])
def test_what_is_left_of_a_box_is_told_and_none_goes_before_nothing_is(
    columns: Columns, shift: float, left: float | None
) -> None:
    made, gone = turned(ellipse(), columns, shift_x=shift)
    assert gone == (left is None)
    np.testing.assert_allclose(made.boxes.visible, [] if left is None else [left], atol=1e-12)
    assert (made.boxes.xyxy <= [100, 80, 100, 80]).all()


def test_shares_of_two_moves_multiply() -> None:
    once, _ = turned(ellipse(), LOOSE, shift_x=0.5)
    twice, _ = turned(once, LOOSE, shift_y=0.5)
    np.testing.assert_allclose(once.boxes.visible, [0.5])
    np.testing.assert_allclose(twice.boxes.visible, [0.25])


def test_an_object_that_the_mask_does_not_show_keeps_its_box() -> None:
    sample = ellipse()
    sample.boxes.object[0] = 9
    made, gone = turned(sample, COLUMNS, shift_x=0.1)
    assert gone == 0
    np.testing.assert_allclose(made.boxes.xyxy[0], sample.boxes.xyxy[0] + [10, 0, 10, 0])


def test_a_point_out_of_the_frame_is_not_visible_and_none_comes_back() -> None:
    away, _ = turned(ellipse(), COLUMNS, shift_x=0.6)
    assert not away.points.visible[0]
    assert not turned(away, COLUMNS, shift_x=-0.6)[0].points.visible[0]


def test_a_box_that_was_loose_is_tight_after_the_move_and_one_far_too_small_grows() -> None:
    for slack in (15.0, -7.5):
        sample = ellipse()
        sample.boxes.xyxy[0] += np.array([-1, -1, 1, 1]) * slack
        made, _ = turned(sample, COLUMNS, shift_x=0.1)
        np.testing.assert_array_equal(made.boxes.xyxy[0], [40, 32, 80, 48])
