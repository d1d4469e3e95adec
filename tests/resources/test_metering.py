"""A meter counts its own thread, and the price sheet that holds is the nearest one."""

import threading
import time
from pathlib import Path

import pytest

from aug_assets.cost import Prices
from aug_assets.errors import PricesError
from resources import metering, prices
from resources.lake import LakeResource


def _work(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(1000))


def test_a_meter_counts_what_its_own_thread_did_since_it_was_made() -> None:
    metering.count_read(1000)
    meter = metering.Meter()
    metering.count_read(5)
    metering.count_written(7)
    other = threading.Thread(target=lambda: (metering.count_read(99), _work(0.05)))
    other.start()
    _work(0.02)
    other.join()
    spent = meter.spent()
    assert (spent.bytes_read, spent.bytes_written) == (5, 7)
    assert 0.02 <= spent.cpu_seconds < 0.05
    assert spent.gib_seconds > 0


def test_the_nearest_sheet_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = LakeResource(uri=str(tmp_path / "lake"))
    monkeypatch.delenv(prices.VARIABLE, raising=False)
    assert prices.in_force(lake) == Prices()
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "prices.yaml").write_text("currency: EUR")
    assert prices.in_force(lake).currency == "EUR"
    own = tmp_path / "own.yaml"
    own.write_text("currency: CHF")
    monkeypatch.setenv(prices.VARIABLE, str(own))
    assert prices.in_force(lake).currency == "CHF"
    monkeypatch.setenv(prices.VARIABLE, str(tmp_path / "none.yaml"))
    with pytest.raises(PricesError, match=prices.VARIABLE):
        prices.in_force(lake)
