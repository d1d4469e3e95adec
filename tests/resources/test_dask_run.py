"""The definitions that a warm worker keeps."""

import shutil
from pathlib import Path

import pytest
from dagster._core.code_pointer import ModuleCodePointer

from resources.dask_run import _Loaded

SHIPPED = Path("aug_assets/datasets/payments/card_fraud/defs.yaml")


@pytest.mark.slow
def test_they_are_kept_until_a_dataset_file_of_ones_own_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUG_CODE_DIGEST", "an image, into which dataset files are mounted")
    monkeypatch.setenv("AUG_DATASETS", str(tmp_path))
    loaded = _Loaded(ModuleCodePointer("aug_assets.definitions", "defs", str(Path.cwd())))
    first = loaded.get_definition()
    assert loaded.get_definition() is first
    shutil.copy(SHIPPED, tmp_path / "defs.yaml")
    own = tmp_path / "defs.yaml"
    own.write_text(own.read_text().replace("tenant: payments", "tenant: shop"))
    names = {job.name for job in loaded.get_definition().get_all_jobs()}
    assert "shop__card_fraud" in names
    assert "shop__card_fraud" not in {job.name for job in first.get_all_jobs()}
