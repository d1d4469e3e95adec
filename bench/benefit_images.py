"""Do copies of pictures help a linear model of frozen features? Films and street photos, net of duplicates.

    python bench/benefit_images.py [--json] [--quick]
    python bench/benefit_images.py --write     # the section of docs/benefit_measured.md

Chest films: is it pneumonia, and with few normal films, is it normal. Road signs and simulated drives: what
is in a box, of clean crops and of crops in weather that code of the bench makes, not an operator.
"""

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries count the processors
sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2
import numpy as np
import pandas as pd

from aug_assets import operators
from aug_assets.frames import to_frame
from aug_assets.keys import digest_bits
from aug_assets.learners.base import linear
from aug_assets.learners.image import described
from aug_assets.lift_figures import Ranked
from aug_assets.spec import DatasetSpec
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture
from bench import benefit_table, real_data
from bench.benefit_table import BASE, DUPLICATE, Case, branch

cv2.setNumThreads(1)

FILMS = real_data.DATA / "medical" / "pneumoniamnist"
DRIVES = real_data.DATA / "driving"
COPIES = 3
RARE_COPIES = 8
FEW_FILMS, UNEVEN_FILMS, CROPS = 200, 1000, 150  # real rows a seed
SIDE = 64  # pixels of a crop
LEAST = 12  # pixels of a box's shorter side
HELD_TOWNS = ("Town02", "Town04")
WEATHER = ("fog", "glare", "low_light", "night", "rain", "snow", "wet_lens")
CLEAN, RECIPE = "clean", "recipe"
BOTH = "recipe on both classes"
Pixels = np.ndarray
Steps = list[dict[str, Any]]
TITLE = "Pictures"


class Pictures(NamedTuple):
    """Pictures and their classes, each an object array (n,)."""

    pixels: np.ndarray
    label: np.ndarray


# --- arms ------------------------------------------------------------------------------------------------
def film_arms() -> dict[str, Steps]:
    """Recipes for films; the shipped one is read from where it is shipped."""
    shipped = benefit_table.shipped("hospital/chest_xray")
    names = ("affine", "bias_field", "blur", "brightness_contrast", "noise", "quantum_noise", "tone_curve")
    return {**plain(names), RECIPE: shipped, "affine + recipe": [{"operator": "affine"}, *shipped]}


def drive_arms() -> dict[str, Steps]:
    """Recipes for street photos: each alone, three together, and the weather that the catalogue has."""
    names = ("affine", "brightness_contrast", "motion_blur", "noise", "trivial")
    together = [{"operator": name} for name in ("brightness_contrast", "motion_blur", "noise")]
    return {**plain(names), "light + motion + noise": together, **plain(WEATHER)}


def plain(names: tuple[str, ...]) -> dict[str, Steps]:
    """Operators of the catalogue with default settings, one a recipe; what it lacks is left out."""
    return {name: [{"operator": name}] for name in names if name in operators.REGISTRY.paths}


def spec(steps: Steps, channels: int, copies: int, **select: Any) -> DatasetSpec:
    """Pictures as a dataset of the platform."""
    return DatasetSpec.model_validate(
        {
            "tenant": "bench",
            "name": "pictures",
            "source": {"uri": "/nowhere/{date}.parquet"},
            "partitions": {"start": benefit_table.DAY},
            "key": ["id"],
            "label": "what",
            "columns": {
                "id": {"type": "string"},
                "image": {"type": "image", "dtype": "uint8", "channels": channels, "min": 0, "max": 255},
                "what": {"type": "category"},
            },
            "recipe": [branch("copies", copies, *steps, **select)],
        }
    )


def augmented(steps: Steps, rows: Pictures, copies: int, where: str | None = None) -> Pictures:
    """What a recipe makes of the pictures, or of those that hold a condition."""
    dataset = spec(steps, 1 if rows.pixels[0].ndim == 2 else 3, copies, where=where)
    frame = pd.DataFrame(
        {
            "id": pd.Series([f"p{n}" for n in range(len(rows.label))], dtype=pd.StringDtype("pyarrow")),
            "image": objects([Picture.of(one) for one in rows.pixels]),
            "what": pd.Series(rows.label, dtype=pd.StringDtype("pyarrow")),
        }
    )
    made, _ = benefit_table.made(dataset, benefit_table.table(dataset, frame))
    found = to_frame(made, dataset)
    return Pictures(_array([one.pixels for one in found["image"]]), found["what"].to_numpy(object))


def _array(pixels: list[Pixels]) -> np.ndarray:
    found = np.empty(len(pixels), object)
    found[:] = pixels
    return found


# --- weather that no operator made -----------------------------------------------------------------------
def fog(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A grey veil that leaves between a fifth and half of the light."""
    through = rng.uniform(0.2, 0.5)
    return pixels * through + rng.uniform(170, 220) * (1 - through)


def rain(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Slanted bright streaks, and a little less contrast."""
    streaks = np.zeros(pixels.shape[:2], np.float32)
    slant = rng.integers(-4, 5)
    for x, y in rng.integers(0, SIDE, (int(rng.integers(12, 30)), 2)):
        cv2.line(streaks, (int(x), int(y)), (int(x + slant), int(y + rng.integers(8, 18))), 1.0, 1)
    mixed = cv2.GaussianBlur(streaks, (3, 3), 0.6)[..., None] * 0.7
    return (pixels * 0.8 + 30) * (1 - mixed) + 215 * mixed


def night(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A tenth to a quarter of the light, in the noise of a few hundred electrons."""
    light = (pixels / 255) ** 1.5 * rng.uniform(0.1, 0.25)
    electrons = rng.poisson(light * 300) + rng.normal(0, 4, pixels.shape)
    return electrons / 300 * 255


def noise(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Gaussian, 0.08 to 0.15 of the range: more than the operator's default of 0.01 to 0.05."""
    return pixels + rng.normal(0, rng.uniform(0.08, 0.15) * 255, pixels.shape)


SKIES: tuple[Callable[[Pixels, np.random.Generator], Pixels], ...] = (fog, rain, night, noise)


def in_weather(sky: Callable[[Pixels, np.random.Generator], Pixels], rows: Pictures) -> Pictures:
    """The same pictures under a sky, each with numbers of its own."""
    made = [
        np.clip(sky(one.astype(np.float64), _rng(sky.__name__, str(n))), 0, 255).astype(np.uint8)
        for n, one in enumerate(rows.pixels)
    ]
    return Pictures(_array(made), rows.label)


def _rng(*names: str) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=digest_bits("benefit", *names)))


# --- model -----------------------------------------------------------------------------------------------
def matrix(pixels: np.ndarray) -> np.ndarray:
    """The features of learners/image.py, float32 (n, 1908)."""
    return np.stack([described(one) for one in pixels])


def ranking(train: tuple[np.ndarray, np.ndarray], tests: dict[str, Any], wanted: str) -> dict[str, float]:
    """Average precision, area under the ROC curve and balanced accuracy of a model of one class."""
    model = linear(train[0], train[1] == wanted, None, 0.02)
    found = {}
    for name, (seen, label) in tests.items():
        scores, own = model.decision_function(seen), label == wanted
        figures = Ranked.of(own, scores).figures()
        balanced = (np.mean(scores[own] > 0) + np.mean(scores[~own] <= 0)) / 2
        found[f"average precision, {name}"] = figures.average_precision
        if name == CLEAN:
            found |= {f"ROC area, {name}": figures.roc_auc, f"balanced accuracy, {name}": float(balanced)}
    return found


def naming(train: tuple[np.ndarray, np.ndarray], tests: dict[str, Any]) -> dict[str, float]:
    """Balanced accuracy over all classes."""
    from sklearn.svm import LinearSVC

    model = LinearSVC(C=0.01, random_state=0, tol=1e-2).fit(*train)
    found = {}
    for name, (seen, label) in tests.items():
        right = model.predict(seen) == label
        recall = [right[label == one].mean() for one in np.unique(label)]
        found[f"balanced accuracy, {name}"] = float(np.mean(recall))
    return found


def measure(
    name: str,
    every: Pictures,
    count: int,
    tests: dict[str, Any],
    arms: dict[str, Steps],
    judge: Callable[[tuple[np.ndarray, np.ndarray], dict[str, Any]], dict[str, float]],
    *,
    seeds: int,
    rare: str = "",
) -> list[Case]:
    """One data set: a case for each figure that ``judge`` tells of a model."""
    cases: dict[str, Case] = {}
    copies = RARE_COPIES if rare else COPIES
    for seed in range(seeds):
        chosen = _rng(name, str(seed)).permutation(len(every.label))[:count]
        real = Pictures(every.pixels[chosen], every.label[chosen])
        seen = matrix(real.pixels)
        own = np.flatnonzero(real.label == rare) if rare else np.arange(len(real.label))
        more: dict[str, Any] = {
            BASE: (seen[:0], real.label[:0]),
            DUPLICATE: _times(seen[own], real.label[own], copies),
        }
        for arm, steps in arms.items():
            made = augmented(steps, real, copies, f"what == '{rare}'" if rare else None)
            more[arm] = matrix(made.pixels), made.label
        if rare:
            made = augmented(arms[RECIPE], real, 1, f"what != '{rare}'")
            pairs = zip(more[RECIPE], (matrix(made.pixels), made.label), strict=True)
            more[BOTH] = tuple(np.concatenate(pair) for pair in pairs)
        for arm, (features, label) in more.items():
            both = np.concatenate([seen, features]), np.concatenate([real.label, label])
            for measure, value in judge(both, tests).items():
                case = cases.setdefault(measure, Case(name, measure, detailed=measure.endswith(CLEAN)))
                case.add(arm, value, len(label))
    return list(cases.values())


def _times(features: np.ndarray, label: np.ndarray, copies: int) -> tuple[np.ndarray, np.ndarray]:
    return np.tile(features, (copies, 1)), np.tile(label, copies)


# --- data ------------------------------------------------------------------------------------------------
@cache
def films() -> tuple[Pictures, Pictures, Pictures] | None:
    """Training films, those with one normal film to nine, and test films."""
    files = [FILMS / name for name in ("pneumoniamnist.npz", "train_imbalanced_9to1.npz")]
    if any(_absent(file) for file in files):
        return None
    whole, uneven = (np.load(file) for file in files)
    return _films(whole, "train_"), _films(uneven, ""), _films(whole, "test_")


def _films(parts: Any, part: str) -> Pictures:
    label = np.where(np.ravel(parts[f"{part}labels"]) == 1, "pneumonia", "normal").astype(object)
    return Pictures(_array(list(parts[f"{part}images"])), label)


def crops(name: str) -> tuple[Pictures, Pictures] | None:
    """What is in the boxes of street photos, as crops with a margin: to train on, and to judge by."""
    folder = DRIVES / name
    if _absent(folder / "boxes.csv"):
        return None
    boxes = pd.read_csv(folder / "boxes.csv").merge(pd.read_csv(folder / "images.csv"), on="image")
    sides = boxes[["xmax", "ymax"]].to_numpy() - boxes[["xmin", "ymin"]].to_numpy()
    boxes = boxes[sides.min(axis=1) >= LEAST]
    held = boxes["town"].isin(HELD_TOWNS) if "town" in boxes else boxes["split"] == "test"
    pixels, label = _array(_cut(folder, boxes)), boxes["label"].to_numpy(object)
    train, test = (Pictures(pixels[part], label[part]) for part in (~held.to_numpy(), held.to_numpy()))
    return train, test


def _cut(folder: Path, boxes: pd.DataFrame) -> list[Pixels]:
    found = []
    pictures = {name: cv2.imread(str(folder / name))[..., ::-1] for name in boxes["image"].unique()}
    for row in boxes.itertuples():
        picture, corners = pictures[row.image], np.array([row.xmin, row.ymin, row.xmax, row.ymax])
        margin = 0.15 * (corners[2:] - corners[:2])
        low = np.maximum(corners[:2] - margin, 0).astype(int)
        high = (corners[2:] + margin).astype(int) + 1
        crop = np.ascontiguousarray(picture[low[1] : high[1], low[0] : high[0]])
        found.append(cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return found


def _absent(file: Path) -> bool:
    if not file.is_file():
        print(f"skipped {file.name}: {file} is not there", file=sys.stderr)
    return not file.is_file()


# --- cases -----------------------------------------------------------------------------------------------
WORSE: dict[str, Steps] = {
    "quantum noise": [{"operator": "quantum_noise", "photons_px": [150, 500]}],
    "blur": [{"operator": "blur", "sigma_px": [1.6, 2.4]}],
    "tone": [{"operator": "tone_curve", "midtone": [0.06, 0.08], "contrast": [0.2, 0.25]}],
}


def film_cases(seeds: int) -> Iterator[Case]:
    """Both sets of films."""
    if (data := films()) is None:
        return
    few, uneven, test = data
    tests = {CLEAN: test} | {name: augmented(steps, test, 1) for name, steps in WORSE.items()}
    seen = {name: (matrix(rows.pixels), rows.label) for name, rows in tests.items()}
    pneumonia, normal = (partial(ranking, wanted=one) for one in ("pneumonia", "normal"))
    arms = film_arms()
    yield from measure(
        f"films, {FEW_FILMS} of both kinds", few, FEW_FILMS, seen, arms, pneumonia, seeds=seeds
    )
    name = f"films, {UNEVEN_FILMS:,}, a tenth normal"
    yield from measure(name, uneven, UNEVEN_FILMS, seen, arms, normal, seeds=seeds, rare="normal")


def drive_cases(name: str, seeds: int) -> Iterator[Case]:
    """One set of street photos."""
    if (data := crops(name)) is None:
        return
    train, test = data
    tests = {CLEAN: test} | {sky.__name__: in_weather(sky, test) for sky in SKIES}
    seen = {sky: (matrix(rows.pixels), rows.label) for sky, rows in tests.items()}
    title = f"{name}, {min(CROPS, len(train.label))}"
    yield from measure(title, train, CROPS, seen, drive_arms(), naming, seeds=seeds)


_HELD = " and ".join(HELD_TOWNS)
_SKIES = ", ".join(plain(WEATHER)) or "none"
TOLD = f"""`python bench/benefit_images.py --write`. Frozen features (edges and coarse brightness,
stretched to each picture's own range, `aug_assets/learners/image.py`) under a linear model; operators
with default settings. Films: PneumoniaMNIST, 28 x 28; {FEW_FILMS} films, {COPIES} copies of each,
average precision of pneumonia; or {UNEVEN_FILMS:,} films of which a tenth are normal, {RARE_COPIES}
copies of each of these, average precision of normal. `recipe` is the chain of `hospital/chest_xray` as
shipped (bias_field, quantum_noise, tone_curve); `{BOTH}` adds one copy of each other film, so that what
a recipe leaves in a picture does not tell the class. Test films also through `quantum_noise` of 150-500
photons, `blur` of 1.6-2.4 px and `tone_curve` of midtone 0.06-0.08 and contrast 0.2-0.25: severities
that no arm trains on. Drives: crops of boxes of {LEAST} px or more at {SIDE} x {SIDE}, {CROPS} a seed,
{COPIES} copies of each, balanced accuracy over the classes; `road_signs` with its own split by photo,
`carla_boxes` (simulated) judged on {_HELD}. Fog, rain, night and noise on the test crops are code of the
bench, flat over the crop. Weather operators in the catalogue at the time of the run: {_SKIES}."""


def measured(quick: bool) -> Iterator[tuple[Case, Any]]:  # noqa: FBT001
    """Every case; what is published is of detectors, so it is no goal here."""
    seeds = benefit_table.FEW if quick else benefit_table.SEEDS
    if not quick:
        yield from ((case, None) for case in film_cases(seeds))
    for name in ("road_signs",) if quick else ("road_signs", "carla_boxes"):
        yield from ((case, None) for case in drive_cases(name, seeds))


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """All figures with a goal."""
    return benefit_table.rows(measured, quick=quick)


if __name__ == "__main__":
    benefit_table.run(TITLE, TOLD, measured, __doc__ or "")
