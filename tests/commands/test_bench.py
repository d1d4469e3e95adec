"""`aug bench`: a proof that is kept where the gate, MLflow and a person find it; and benches by family."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from aug_assets import lift, lift_work, loader
from aug_assets.assets import lift_record
from aug_assets.cli import app
from aug_assets.commands import bench, bench_words
from aug_assets.errors import AugError, SpecError, UnknownPartitionError
from resources.lake import LakeResource
from tests.commands.conftest import DAYS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::dagster.BetaWarning")


def learner(features, rows, positive, weight=None, seed=0):
    """Scores by amount, so that no test waits for a model."""
    return lambda unseen: unseen["amount"].to_numpy(np.float64) + seed


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(lift, "measure", functools.partial(lift.measure, learner=learner, times=20))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.mark.usefixtures("_quick")
def test_a_proof_is_kept_for_the_gate_for_mlflow_and_for_people(home: Path) -> None:
    words = ["bench", "lift", "lab/other", "--from", DAYS[0], "--to", DAYS[2], "--seeds", "2"]
    shown = CliRunner().invoke(app, [*words, "--variant", "moved=jitter_bootstrap", "--json"])
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout.strip().splitlines()[-1])
    assert {row["arm"] for row in told["rows"]} == {
        *lift.BASELINES,
        lift_work.RECIPE,
        lift_work.BAGGED,
        "moved",
    }
    spec = loader.get("lab/other")
    record = lift_record.load(LakeResource(), spec)
    assert record is not None
    assert record["recipe_digest"] == spec.recipe_digest
    assert record["lift_low"] == told["record"]["lift_low"]
    (report,) = (home / "reports").glob("lift-lab-other-*.html")
    text = report.read_text()
    assert text.count("data:image/png;base64,") == 2
    assert "moved" in text
    assert not {"http://", "https://", "<script"} & set(text.split('"'))
    assert (home / "mlflow.db").exists()


def test_a_record_replaces_only_its_own_recipe_s(home: Path, tmp_path: Path) -> None:
    lake, spec = LakeResource(uri=str(tmp_path / "lake")), loader.get("lab/other")
    assert lift_record.load(lake, spec) is None
    from resources import clock

    own = {"recipe_digest": spec.recipe_digest, "lift": 0.1, "made_at": clock.now()}
    lift_record.store(lake, spec, own)
    lift_record.store(lake, spec, {**own, "recipe_digest": "f" * 64, "made_at": clock.now()})
    lift_record.store(lake, spec, {**own, "lift": 0.2})
    found, other = lift_record.load(lake, spec), lift_record.load(lake, spec, "f" * 64)
    assert found is not None
    assert other is not None
    assert (found["lift"], found["recipe_digest"]) == (0.2, spec.recipe_digest)
    assert other["lift"] == 0.1


def test_a_variant_changes_the_steps_and_nothing_else(home: Path) -> None:
    spec = loader.get("lab/other")
    other = bench.variant(spec, "moved", "smote_nc+jitter_bootstrap")
    assert [step.operator for step in other.recipe[0].steps] == ["smote_nc", "jitter_bootstrap"]
    assert other.recipe[0].select == spec.recipe[0].select
    assert other.columns == spec.columns
    with pytest.raises(SpecError, match="built-in arm"):
        bench.variant(spec, "real", "smote_nc")
    for chain in ("none", "jitter_bootstrap+smote_nc", ""):
        with pytest.raises(SpecError, match="variant 'x'"):
            bench.variant(spec, "x", chain)


def test_days_that_are_not_there_are_told(home: Path) -> None:
    with pytest.raises(UnknownPartitionError, match="so many days"):
        bench.measure_lift("lab/other", DAYS[0], DAYS[2], later=100_000)


BENCH = """
import neighbour
def rows(*, quick=False):
    return [{"name": "speed", "ours": 1, "peer": 2, "value": 2.0 if quick else neighbour.FULL, "goal": ">= 2",
             "met": True}]
"""


def test_a_family_is_run_from_the_repository(tmp_path: Path) -> None:
    (tmp_path / "tabular.py").write_text(BENCH)
    (tmp_path / "neighbour.py").write_text("FULL = 3.0")
    assert bench.family("tabular", quick=True, folder=tmp_path)[0]["value"] == 2.0
    assert bench.family("tabular", folder=tmp_path)[0]["value"] == 3.0


def test_without_a_repository_it_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AugError, match=r"part of the repository.*clone"):
        bench.family("tabular", folder=tmp_path / "none")


def test_the_command_prints_the_rows_as_json_or_as_a_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = {"name": "speed", "ours": 1, "peer": 2, "value": 2.0, "goal": ">= 2", "met": True}
    monkeypatch.setattr(bench, "family", lambda name, *, quick: [row] if quick else [])
    shown = CliRunner().invoke(app, ["bench", "tabular", "--json", "--quick"])
    assert json.loads(shown.stdout) == {"rows": [row]}
    shown = CliRunner().invoke(app, ["bench", "quality", "--quick"])
    assert all(str(value) in shown.stdout for value in row.values())


def test_every_family_has_its_bench() -> None:
    for name in bench_words.FAMILIES:
        assert (bench.home.ROOT / "bench" / f"{name}.py").is_file()
