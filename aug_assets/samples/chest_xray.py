"""The built-in source of ``hospital/chest_xray``: an invented day of a hospital's chest films, ever the same.

It is made to be worth augmenting: one film in four shows something, of three kinds, on a side that matters;
films of 12 bits; patients who come back, on this day and on others; and the dirt that real deliveries have.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets.keys import digest_bits
from aug_assets.samples._chest_xray_body import Body, Pose
from aug_assets.samples._chest_xray_film import anatomy, exposed, marked
from aug_assets.samples._chest_xray_findings import found
from aug_assets.values.picture import Picture, to_arrow

_FINDINGS = {
    "effusion": (5, 8),
    "nodule": (4, 7),
    "pneumonia": (6, 10),
}  # films a day, and one more than most
_NORMAL = (44, 53)
_PATIENTS = 600
_SIDES = {-1: "right", 0: "none", 1: "left"}


def day(day: str) -> pa.Table:
    """The raw rows of a day, as a delivery would hold them; pictures in their stored form."""
    rng = Generator(Philox(key=digest_bits("sample", "chest_xray", day)))
    findings = ["normal"] * int(rng.integers(*_NORMAL))
    for name, (least, most) in _FINDINGS.items():
        findings += [name] * int(rng.integers(least, most))
    findings = [findings[n] for n in rng.permutation(len(findings))]
    patients = rng.choice(_PATIENTS, len(findings) * 3 // 5, replace=False)  # some are filmed more than once
    rows = [_exam(day, n, finding, int(rng.choice(patients))) for n, finding in enumerate(findings)]
    return _table(_with_dirt(rng, rows))


def _exam(day: str, number: int, finding: str, patient: int) -> dict[str, Any]:
    """One film and what is known of it. It follows from day, number, finding and patient."""
    who = Generator(Philox(key=digest_bits("sample", "chest_xray", "patient", str(patient))))
    female, age = bool(who.random() < 0.48), int(np.clip(who.normal(58, 17), 18, 96))  # noqa: PLR2004
    body = Body.of(who, female=female)
    rng = Generator(Philox(key=digest_bits("sample", "chest_xray", day, str(number))))
    lying = bool(rng.random() < (0.18 if finding == "normal" else 0.45))
    side = 0 if finding == "normal" else -1 if rng.random() < 0.55 else 1  # noqa: PLR2004
    hour = rng.uniform(0, 24) if lying else rng.normal(12.5, 3)
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    image, lesion = _film(rng, body, finding, side, lying=lying)
    return {
        "exam_id": f"CXR-{day}-{number:04d}",
        "patient_id": f"P{patient:05d}",
        "acquired": start + timedelta(seconds=int(hour % 24 * 3600)),
        "image": image,
        "lesion": lesion,
        "finding": finding,
        "side": _SIDES[side],
        "view": "AP" if lying else "PA",
        "age": age,
        "sex": "F" if female else "M",
    }


def _film(
    rng: Generator, body: Body, finding: str, side: int, *, lying: bool
) -> tuple[Picture, Picture | None]:
    """The film, and where on it something is to be seen; a patient in bed lies askew and breathes less."""
    shift, tilt = rng.normal(0, (0.025, 0.02) if lying else (0.012, 0.009))
    breath = rng.uniform(0.02, 0.07) if lying else rng.uniform(0, 0.03)
    pose = Pose(float(shift), float(tilt), float(breath), lying)
    thickness, lesion = anatomy(body, pose), None
    if side:
        added, mask = found(rng, finding, side, body, pose)
        thickness, lesion = thickness + added, Picture.of(mask)
    film = exposed(rng, thickness, photons=1200.0 if lying else 2600.0)
    return Picture.of(marked(film, "AP" if lying else "PA")), lesion


def _with_dirt(rng: Generator, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What goes wrong: 8 bits for 12, a mask of a preview's size, a patient not named, a film sent twice."""
    healthy = [n for n, row in enumerate(rows) if row["lesion"] is None]
    shown = [n for n, row in enumerate(rows) if row["finding"] == "pneumonia"]
    shallow, unnamed, twice = (int(n) for n in rng.choice(healthy, 3, replace=False))
    small = int(rng.choice(shown))
    rows[shallow]["image"] = Picture.of((rows[shallow]["image"].pixels >> 4).astype(np.uint8))
    rows[unnamed]["patient_id"] = None
    rows[small]["lesion"] = Picture.of(np.ascontiguousarray(rows[small]["lesion"].pixels[::2, ::2]))
    return [*rows, dict(rows[twice])]


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    pictures = ("image", "lesion")
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return pa.table({name: (to_arrow if name in pictures else pa.array)(v) for name, v in columns.items()})
