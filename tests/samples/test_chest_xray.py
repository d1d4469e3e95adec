"""The built-in day of chest films keeps what it promises."""

import subprocess
import sys
from functools import cache
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest

from aug_assets import loader
from aug_assets.frames import to_frame
from aug_assets.ingest import Ingested, ingest
from aug_assets.rows import digest
from aug_assets.samples import chest_xray

DAYS = ["2025-01-01", "2025-06-14"]
SPEC = loader.get("hospital/chest_xray")
DIRT = {"dtype:image": 1, "duplicate_row": 1, "not_null:patient_id": 1, "size:lesion": 1}


@cache
def found(day: str) -> Ingested:
    return ingest(SPEC, day)


@cache
def rows() -> pd.DataFrame:
    return pd.concat([to_frame(found(day).rows, SPEC) for day in DAYS], ignore_index=True)


def test_days_differ() -> None:
    assert digest(found(DAYS[0]).rows) != digest(found(DAYS[1]).rows)


def test_the_same_on_each_call_and_in_another_process() -> None:
    code = (
        "from aug_assets.samples import chest_xray; from hashlib import sha256;"
        f"print(sha256(repr(chest_xray.day({DAYS[0]!r}).to_pylist()).encode()).hexdigest())"
    )
    environment = {"PYTHONHASHSEED": "99", "PYTHONPATH": ":".join(filter(None, sys.path))}
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    here = sha256(repr(chest_xray.day(DAYS[0]).to_pylist()).encode()).hexdigest()
    assert fresh.stdout.decode().strip() == here


@pytest.mark.parametrize("day", DAYS)
def test_the_promised_shares_and_dirt(day: str) -> None:
    told = found(day)
    assert 60 <= told.read <= 80
    assert told.reasons == DIRT
    assert told.quarantine.num_rows == 4
    counts = pd.Series(told.rows["finding"].to_pylist()).value_counts()
    assert counts["normal"] > counts.drop("normal").sum()
    assert counts.idxmin() in ("effusion", "nodule")
    assert counts.min() >= 4


def test_films_are_of_twelve_bits_and_one_size() -> None:
    for picture in rows()["image"]:
        assert (picture.dtype, picture.shape) == ("uint16", (192, 160))
        assert 3500 < picture.pixels.max() <= 4095
        assert len(np.unique(picture.pixels)) > 1500


def test_the_heart_is_at_the_patients_left_and_the_letter_says_so() -> None:
    normal = rows()[rows()["finding"] == "normal"]
    mean = np.mean([p.pixels for p in normal["image"]], axis=0)
    beside = slice(105, 130)
    assert mean[beside, 92:112].mean() > 1.2 * mean[beside, 48:68].mean()
    letter = np.min([p.pixels[6:22, 134:150].max() for p in normal["image"]])
    assert letter > 3900
    assert np.max([p.pixels[6:22, 10:26].max() for p in normal["image"]]) < 2000


def test_lesions_are_where_they_are_said_to_be_and_brighter_than_the_other_side() -> None:
    shown = rows()[rows()["finding"] != "normal"]
    assert set(shown["finding"]) == {"effusion", "nodule", "pneumonia"}
    assert rows()[rows()["finding"] == "normal"]["lesion"].isna().all()
    brighter = 0
    for image, lesion, side in zip(shown["image"], shown["lesion"], shown["side"], strict=True):
        mask, film = lesion.pixels.astype(bool), image.pixels
        across = np.nonzero(mask)[1].mean()
        assert (across < 80) == (side == "right"), "the patient's right is at the left of the film"
        assert 20 <= mask.sum() < 0.15 * mask.size
        brighter += film[mask].mean() > film[mask[:, ::-1]].mean() + 100
    assert brighter >= 0.75 * len(shown)


def test_patients_come_back() -> None:
    assert rows()["patient_id"].duplicated().sum() > 10
    both = [set(to_frame(found(day).rows, SPEC)["patient_id"]) for day in DAYS]
    assert both[0] & both[1]
    same = rows().groupby("patient_id")[["age", "sex"]].nunique()
    assert (same == 1).all(axis=None)


def test_times_lie_in_the_day() -> None:
    times = pd.Series(found(DAYS[0]).rows["acquired"].to_pandas())
    assert set(times.dt.strftime("%Y-%m-%d")) == {DAYS[0]}


def test_the_recipe_keeps_left_and_right() -> None:
    assert SPEC.safety.laterality == "fixed"
    assert SPEC.holdout.by == "patient_id"
    assert not {"flip", "hflip", "vflip", "elastic"} & {s.operator for b in SPEC.recipe for s in b.steps}
