"""A day under a profiler: a page with its functions, and nothing stored."""

import sys
from pathlib import Path

import pytest

from aug_assets import gates, loader
from aug_assets.commands.profile import profile
from aug_assets.errors import ProfilerMissingError, UnknownPartitionError
from tests import builders
from tests.assets.days import DAY, Days

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


def test_a_page_shows_where_the_time_of_a_day_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = Days(tmp_path)
    days.deliver(builders.frame(60))
    monkeypatch.setattr(gates, "defaults", lambda _: (gates.get("schema").Params(gate="schema"),))
    monkeypatch.setattr(loader, "get", lambda _: days.spec)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    file = profile("lab/small", DAY, str(tmp_path / "page.html"))
    assert "smote_nc" in file.read_text(encoding="utf-8")
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "lake").exists()
    with pytest.raises(UnknownPartitionError):
        profile("lab/small", "2001-01-01")


def test_without_the_profiler_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyinstrument", None)
    with pytest.raises(ProfilerMissingError, match="aug-assets"):
        profile("payments/card_fraud", "2025-01-01")
