"""What a replay leaves behind, as the UI needs it."""

from pathlib import Path

import pytest

from aug_assets import loader
from aug_assets.errors import AugError
from aug_assets.incident import kept, sample


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    assert kept.begin(tmp_path / "new" / "one").is_dir()
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(AugError, match=r"mine\.txt"):
        kept.begin(tmp_path)
    with pytest.raises(AugError, match="cannot be used"):
        kept.begin(tmp_path / "mine.txt" / "below")
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["mine.txt"]


def test_its_dataset_file_is_the_one_that_was_lived_with(tmp_path: Path) -> None:
    world = sample.sample(0, str(tmp_path / "raw"), 200)
    command = kept.leave(world, tmp_path)
    (file,) = (tmp_path / "datasets").rglob(loader.FILE)
    assert loader.load(file) == world.spec
    assert f"AUG_DATASETS={tmp_path}/datasets" in command
