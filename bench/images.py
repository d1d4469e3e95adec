"""Operators on pictures against albumentations, MONAI and kornia, interleaved in one process and run.

    python bench/images.py [--quick] [--json]

Processor seconds of one thread a picture of 512 x 512. The two sides take turns; the value is the middle of
the ratios of neighbours, since a machine that others share is slower at one time than at another. Ours makes
its generator from a row's key each time; peers run as their users run them, with no seed a picture. MONAI and
kornia get the channels-first array or float tensor that they want ready made. Operators are of the same kind,
not the same to the pixel. A peer that is not installed is left out by name, on the error stream.
"""

import argparse
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries count the processors
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2
import numpy as np
import pandas as pd
from numpy.random import Generator, Philox

from aug_assets import operators
from aug_assets.keys import generators
from aug_assets.operators.base import Columns
from aug_assets.operators.image.base import ImageOperator, Sample, samples
from aug_assets.values.boxes import Boxes
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture

Work = Callable[[int], object]  # from the number of a picture
_SIZE = 512
_CHAIN = ("flip", "affine", "brightness_contrast", "noise")
_STEPS: dict[str, dict[str, Any]] = {  # what differs from an operator's defaults
    "affine": {"shear_deg": [0, 0]},
    "cutout": {"fill": "value", "fill_value": 0},
    "flip": {"chance": 1},
}
_GOALS = {
    "flip+affine+brightness+noise, mask and 20 boxes, times faster than albumentations": 1.7,
    "fog uint8, times faster than albumentations": 10.0,
    "affine uint16, times faster than monai": 10.0,
}


@dataclass(frozen=True)
class Case:
    """One operator against one peer.

    Attributes:
        peer: The library.
        operator: Ours.
        dtype: What pixels both get; kornia gets its float tensor of them.
        other: What the library calls its own, and its parameters.
    """

    peer: str
    operator: str
    dtype: str
    other: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.operator} {self.dtype}, times faster than {self.peer}"


_MOVES = {"rotate": (-5, 5), "scale": (0.9, 1.1), "translate_percent": (-0.05, 0.05)}
_HOLES = {"num_holes_range": (1, 3), "hole_height_range": (0.1, 0.2), "hole_width_range": (0.1, 0.2)}
_TURN = {"rotate_range": 0.087, "scale_range": 0.1, "translate_range": 25, "padding_mode": "zeros"}
_WAVES = {"spacing": (64, 64), "magnitude_range": (1, 3), "padding_mode": "zeros"}
_CASES = [
    Case("albumentations", "affine", "uint8", "Affine", _MOVES),
    Case("albumentations", "blur", "uint8", "GaussianBlur", {"blur_limit": 0, "sigma_limit": (0.5, 1.5)}),
    Case(
        "albumentations",
        "brightness_contrast",
        "uint8",
        "RandomBrightnessContrast",
        {"brightness_limit": 0.15, "contrast_limit": 0.2},
    ),
    Case("albumentations", "clahe", "uint8", "CLAHE", {"clip_limit": (1.2, 2.5)}),
    Case(
        "albumentations",
        "crop",
        "uint8",
        "RandomResizedCrop",
        {"size": (_SIZE, _SIZE), "scale": (0.6, 1), "ratio": (0.9, 1.1)},
    ),
    Case("albumentations", "cutout", "uint8", "CoarseDropout", _HOLES),
    Case("albumentations", "elastic", "uint8", "ElasticTransform", {"alpha": 300, "sigma": 20}),
    Case("albumentations", "flip", "uint8", "HorizontalFlip"),
    Case("albumentations", "fog", "uint8", "RandomFog"),
    Case("albumentations", "gamma", "uint8", "RandomGamma", {"gamma_limit": (80, 125)}),
    Case("albumentations", "gamma", "float32", "RandomGamma", {"gamma_limit": (80, 125)}),
    Case("albumentations", "jpeg", "uint8", "ImageCompression", {"quality_range": (40, 90)}),
    Case("albumentations", "motion_blur", "uint8", "MotionBlur", {"blur_limit": 7, "allow_shifted": False}),
    Case("albumentations", "noise", "uint8", "GaussNoise", {"std_range": (0.01, 0.05)}),
    Case("albumentations", "noise", "float32", "GaussNoise", {"std_range": (0.01, 0.05)}),
    Case("albumentations", "night", "uint8", "ISONoise"),  # without the darkness
    Case("albumentations", "rain", "uint8", "RandomRain"),
    Case("albumentations", "shadow", "uint8", "RandomShadow"),
    Case("albumentations", "snow", "uint8", "RandomSnow"),
    Case("albumentations", "sun_glare", "uint8", "RandomSunFlare"),
    Case("albumentations", "wet_lens", "uint8", "Spatter", {"mode": "rain"}),
    Case(
        "kornia",
        "affine",
        "uint8",
        "RandomAffine",
        {"degrees": 5, "translate": (0.05, 0.05), "scale": (0.9, 1.1)},
    ),
    Case("kornia", "blur", "uint8", "RandomGaussianBlur", {"kernel_size": (7, 7), "sigma": (0.5, 1.5)}),
    Case("kornia", "brightness_contrast", "uint8", "ColorJiggle", {"brightness": 0.15, "contrast": 0.2}),
    Case("kornia", "elastic", "uint8", "RandomElasticTransform"),
    Case("kornia", "flip", "uint8", "RandomHorizontalFlip"),
    Case("kornia", "gamma", "uint8", "RandomGamma", {"gamma": (0.8, 1.25)}),
    Case("kornia", "jpeg", "uint8", "RandomJPEG", {"jpeg_quality": (40.0, 90.0)}),
    Case(
        "kornia",
        "motion_blur",
        "uint8",
        "RandomMotionBlur",
        {"kernel_size": 7, "angle": 90.0, "direction": 0.0},
    ),
    Case("kornia", "noise", "uint8", "RandomGaussianNoise", {"std": 0.03}),
    Case("kornia", "rain", "uint8", "RandomRain"),
    Case("kornia", "shadow", "uint8", "RandomLinearIllumination"),
    Case("kornia", "snow", "uint8", "RandomSnow"),
    Case("monai", "affine", "uint16", "RandAffine", _TURN),
    Case("monai", "bias_field", "uint16", "RandBiasField", {"degree": 2}),
    Case("monai", "blur", "uint16", "RandGaussianSmooth", {"sigma_x": (0.5, 1.5), "sigma_y": (0.5, 1.5)}),
    Case("monai", "elastic", "uint16", "Rand2DElastic", _WAVES),
    Case("monai", "gamma", "uint16", "RandAdjustContrast", {"gamma": (0.8, 1.25)}),
    Case("monai", "noise", "uint16", "RandGaussianNoise", {"std": 100.0}),
    Case("monai", "rician_noise", "uint16", "RandRicianNoise", {"std": 100.0}),
]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--quick", action="store_true", help="fewer and shorter turns")
    chosen = words.parse_args()
    found = rows(quick=chosen.quick)
    if chosen.json:
        print(json.dumps({"rows": found}))
        return
    print(pd.DataFrame(found).to_string(index=False, float_format="{:.4g}".format))


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """All figures; ``ours`` and ``peer`` are seconds a picture."""
    rounds, turn = (3, 0.03) if quick else (9, 0.15)
    found = []
    for peer in ("albumentations", "kornia", "monai"):
        if find_spec(peer) is None:
            print(f"left out: {peer} is not installed", file=sys.stderr)
            continue
        found += speed(peer, rounds=rounds, turn=turn)
    from bench import image_days  # a day on workers, for which the other figures need not wait

    return found + image_days.rows(quick=quick)


def speed(peer: str, *, rounds: int, turn: float, size: int = _SIZE) -> list[dict[str, Any]]:
    """The figures against one peer, each from ``rounds`` turns a side of ``turn`` seconds at least."""
    cv2.setNumThreads(1)
    return [row(name, *pair(ours, theirs, rounds, turn)) for name, ours, theirs in works(peer, size)]


def works(peer: str, size: int) -> Iterator[tuple[str, Work, Work]]:
    """Name, ours and theirs of every case whose operator is in the catalogue."""
    for case in _CASES:
        if case.peer != peer:
            continue
        if case.operator not in operators.REGISTRY.paths:
            print(f"left out: no operator {case.operator}", file=sys.stderr)
            continue
        channels = 1 if case.dtype == "uint16" else 3
        image = photo(size, case.dtype, channels)
        yield case.name, chain((case.operator,), image), _PEERS[peer](case, image)
    if peer == "albumentations" and set(_CHAIN) <= set(operators.REGISTRY.paths):
        name = f"flip+affine+brightness+noise, mask and 20 boxes, times faster than {peer}"
        yield name, *labelled(photo(size, "uint8", 3))


def row(name: str, ours: float, peer: float, value: float) -> dict[str, Any]:
    goal = _GOALS.get(name, 1.0)
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "value": value,
        "goal": f">= {goal:g}",
        "met": value >= goal,
    }


def pair(ours: Work, theirs: Work, rounds: int, turn: float) -> tuple[float, float, float]:
    """Middle seconds a picture of both sides, and the middle of the ratios of turns next to each other."""
    counts = [calls(work, turn) for work in (ours, theirs)]
    taken = [[spent(work, count, n) / count for work, count in zip((ours, theirs), counts, strict=True)]
             for n in range(rounds)]  # fmt: skip
    mine, others = zip(*taken, strict=True)
    ratio = statistics.median(other / own for own, other in taken)
    return statistics.median(mine), statistics.median(others), ratio


def calls(work: Work, turn: float) -> int:
    """How many pictures fill a turn, after one that is not counted."""
    work(0)
    return max(1, round(turn / max(spent(work, 1, 0), 1e-6)))


def spent(work: Work, count: int, turn: int) -> float:
    start = time.process_time()
    for n in range(count):
        work(turn * count + n)
    return time.process_time() - start


# --- data ----------------------------------------------------------------------------------------------
@cache
def photo(size: int, dtype: str, channels: int) -> Any:
    """A photograph that scikit-learn brings along; at 16 bits as 12 of them."""
    from sklearn.datasets import load_sample_image

    image = cv2.resize(load_sample_image("china.jpg"), (size, size), interpolation=cv2.INTER_AREA)
    image = image if channels > 1 else image[:, :, 1]
    made = {"uint8": image, "uint16": image.astype(np.uint16) * 16, "float32": image.astype(np.float32) / 255}
    return np.ascontiguousarray(made[dtype])


def boxes(size: int) -> Boxes:
    rng = Generator(Philox(key=2))
    corner, side = rng.uniform(0, 0.8 * size, (20, 2)), rng.uniform(0.05 * size, 0.2 * size, (20, 2))
    return Boxes(np.hstack([corner, corner + side]), np.full(20, "car"))


# --- ours ----------------------------------------------------------------------------------------------
def chain(names: tuple[str, ...], image: Any, **more: Any) -> Work:
    """One or more operators on one sample, each under a key of its own."""
    columns = Columns((), (), {}, {}, {"image": ("image",), **{kind: (kind,) for kind in more}})
    frame = pd.DataFrame(
        {"image": objects([Picture.of(image)]), **{k: objects([v]) for k, v in more.items()}}
    )
    steps = []
    for name in names:
        operator: Any = operators.get(name)
        params = operator.Params.model_validate({"operator": name, **_STEPS.get(name, {})})
        steps.append((operator, operator.fit(frame, columns, params), params))
    start = next(iter(samples(frame, columns)))
    keys = generators(np.array([number, 1], np.uint64) for number in count())
    return lambda _: through(steps, start, keys)


def through(
    steps: list[tuple[type[ImageOperator], Any, Any]], sample: Sample, keys: Iterator[Generator]
) -> Sample:
    """As a chunk of rows goes through them: a key of its own for each step."""
    for (operator, state, params), rng in zip(steps, keys, strict=False):
        sample, _ = operator.change(sample, state, params, rng)
    return sample


def labelled(image: Any) -> tuple[Work, Work]:
    """The chain with a mask of classes and 20 boxes, ours and that of albumentations."""
    import albumentations as a

    mask = np.ascontiguousarray(image[:, :, 0] // 64)
    held = boxes(len(image))
    ours = chain(_CHAIN, image, mask=Picture.of(mask), boxes=held)
    steps = [
        a.HorizontalFlip(p=1), a.Affine(**_MOVES, p=1),
        a.RandomBrightnessContrast(0.15, 0.2, p=1), a.GaussNoise(std_range=(0.01, 0.05), p=1),
    ]  # fmt: skip
    peer = a.Compose(steps, bbox_params=a.BboxParams("pascal_voc", label_fields=["labels"]))
    given, labels = held.xyxy.clip(0, len(image)), list(held.labels)
    return ours, lambda _: peer(image=image, mask=mask, bboxes=given, labels=labels)


# --- the peers -----------------------------------------------------------------------------------------
def albumentations(case: Case, image: Any) -> Work:
    import albumentations as a

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = a.Compose([getattr(a, case.other)(**case.params, p=1)])
    return lambda _: peer(image=image)


def kornia(case: Case, image: Any) -> Work:
    import torch
    from kornia import augmentation

    torch.set_num_threads(1)
    peer = getattr(augmentation, case.other)(**case.params, p=1.0)
    given = torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    return lambda _: peer(given)


def monai(case: Case, image: Any) -> Work:
    import torch
    from monai import transforms

    torch.set_num_threads(1)
    peer = getattr(transforms, case.other)(prob=1.0, **case.params)
    given = image[None].astype(np.float32)
    return lambda _: peer(given)


_PEERS: dict[str, Callable[[Case, Any], Work]] = {
    "albumentations": albumentations,
    "kornia": kornia,
    "monai": monai,
}

if __name__ == "__main__":
    main()
