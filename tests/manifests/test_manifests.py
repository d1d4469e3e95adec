"""Manifests: which real rows are trained on and how heavy; whatever the order of the rows."""

import numpy as np
import pytest

from aug_assets import manifests
from aug_assets.manifests.base import MANIFEST
from aug_assets.rows import to_hex
from tests import builders

IDS = builders.row_ids(400)
MINORITY = np.arange(400) % 20 == 0


def weigh(name: str, ids: np.ndarray = IDS, minority: np.ndarray = MINORITY, **params: float):
    manifest = manifests.get(name)
    return manifest.weigh(ids, minority, manifest.Params(**params))


@pytest.mark.parametrize("name", list(manifests.REGISTRY.paths))
def test_order_makes_no_difference(name: str) -> None:
    mixed = np.random.Generator(np.random.Philox(key=9)).permutation(len(IDS))
    one, other = weigh(name), weigh(name, IDS[mixed], MINORITY[mixed])
    assert one.schema == MANIFEST
    assert sorted(map(str, one.to_pylist())) == sorted(map(str, other.to_pylist()))


@pytest.mark.parametrize("name", list(manifests.REGISTRY.paths))
def test_no_rows_no_manifest(name: str) -> None:
    assert weigh(name, IDS[:0], MINORITY[:0]).num_rows == 0


def test_reweight_has_every_row_once() -> None:
    found = weigh("reweight", weight=7)
    assert found["row_id"].to_pylist() == to_hex(IDS).to_pylist()
    np.testing.assert_array_equal(found["weight"].to_numpy(), np.where(MINORITY, 7.0, 1.0))


def test_bags_hold_the_minority_and_a_draw_of_the_others() -> None:
    found = weigh("underbag", bags=8, ratio=3).to_pandas()
    few = set(to_hex(IDS[MINORITY]).to_pylist())
    drawn = []
    for _, bag in found.groupby("bag"):
        assert few <= set(bag["row_id"])
        assert bag["row_id"].is_unique
        drawn.append(frozenset(bag["row_id"]))
    assert len(set(drawn)) == 8
    assert found.groupby("bag").size().mean() == pytest.approx(20 + 60, rel=0.15)


def test_more_wanted_than_there_are_takes_all() -> None:
    assert weigh("underbag", bags=1, ratio=1000).num_rows == len(IDS)
