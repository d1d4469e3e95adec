"""The operator ``quantum_noise``."""

from typing import ClassVar

import numpy as np
import pytest

from aug_assets.operators.image.quantum_noise import QuantumNoise
from tests.conformance.image import ImageConformance
from tests.operators.image.samples_of import changed


class TestConformance(ImageConformance):
    operator = "quantum_noise"
    params: ClassVar = {"photons_px": [200, 1000]}

    def test_a_dose_is_what_was_asked_for(self) -> None:
        told = self.whole()[3].values["photons_px"]
        assert (told >= 200).all()
        assert (told <= 1000).all()


@pytest.mark.parametrize("photons", [4, 100, 10_000])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_counts_are_poisson(photons: float, share: float) -> None:
    flat = np.full((200, 300), share, np.float32)
    made, _ = changed(QuantumNoise, flat, 0, 100, photons_px=[photons * 100, photons * 100], bright="exposed")
    counts = made.astype(np.float64) * photons
    assert counts.mean() == pytest.approx(photons * share, rel=0.02)
    assert counts.var() == pytest.approx(photons * share, rel=0.03)
    if photons * share < 25:
        np.testing.assert_allclose(counts, np.rint(counts), atol=1e-2)


def test_a_film_is_noisiest_where_it_is_dense() -> None:
    image = np.zeros((200, 200), np.uint16) + 400
    image[:, 100:] = 3600
    made, _ = changed(QuantumNoise, image, 0, 4095, photons_px=[2000, 2000], span=30)
    thin, dense = made[:, :100].astype(float), made[:, 100:].astype(float)
    for part, value in ((thin, 400), (dense, 3600)):
        photons = 2000 * 30 ** (-value / 4095)
        assert part.std() == pytest.approx(4095 / np.log(30) / np.sqrt(photons), rel=0.05)
        assert part.mean() == pytest.approx(value, abs=15)
    assert dense.std() > 3 * thin.std()


def test_less_dose_is_more_noise_and_no_photon_is_no_nan() -> None:
    flat = np.full((60, 60), 2000, np.uint16)
    spread = [changed(QuantumNoise, flat, 0, 4095, photons_px=[n, n])[0].std() for n in (30, 300, 3000)]
    assert spread[0] > spread[1] > spread[2] > 0
    assert changed(QuantumNoise, flat, 0, 4095, photons_px=[1, 1])[0].max() <= 4095
    with pytest.raises(ValueError, match="below 1"):
        changed(QuantumNoise, flat, 0, 4095, photons_px=[0, 5])
