"""`aug export`: the published pictures of a day as files, at the version that was published."""

from pathlib import Path

import pydicom
import pytest
from typer.testing import CliRunner

from aug_assets.cli import app
from aug_assets.commands.export import published
from aug_assets.errors import UpstreamMissingError
from aug_assets.media.export import export_day
from tests import scenes
from tests.assets.days import DAY, NEXT_DAY, Days
from tests.media import made


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """A published day of four pictures, a broken one and two copies of each, read from a table of paths."""
    folder = tmp_path_factory.mktemp("export")
    columns = {"id": {"type": "string"}, "image": {"type": "image"}}
    steps = [{"operator": "blur"}, {"operator": "flip"}]
    recipe = [{"name": "more", "select": {"rows": "all", "copies": 2}, "steps": steps}]
    found = Days(
        folder, columns=columns, label=None, recipe=recipe, safety=scenes.FREE,
        limits={"max_rejected_share": 1}, source={"uri": f"{folder}/{{date}}.csv"},
    )  # fmt: skip
    files = {f"p{n}_png": made.encoded(".png", made.scene(seed=n)) for n in range(4)}
    lines = "".join(f"{n},p{n}.png\n" for n in range(5))
    made.put(folder, **files, **{f"{DAY}_csv": f"id,image\n{lines}"})
    found.run()
    return found


def test_published_rows_become_files_that_name_their_operators(days: Days, tmp_path: Path) -> None:
    rows, made_by = published(days.instance, days.lake, days.spec, DAY)
    synthetic = [row["row_id"] for row in rows.to_pylist() if row["is_synthetic"]]
    assert 4 < rows.num_rows == 4 + len(synthetic)
    assert rows["row_id"].to_pylist() == sorted(rows["row_id"].to_pylist())
    done = export_day(rows, days.spec, tmp_path, "dicom", made_by)
    assert done.pictures == rows.num_rows
    file = pydicom.dcmread(tmp_path / "image" / f"{synthetic[0]}.dcm")
    assert file.DerivationDescription == "augmented: blur, flip"


def test_a_day_that_is_not_published(days: Days) -> None:
    with pytest.raises(UpstreamMissingError):
        published(days.instance, days.lake, days.spec, NEXT_DAY)


def test_a_column_that_was_added_since(days: Days) -> None:
    columns = days.spec.columns
    spec = days.spec.model_copy(update={"columns": columns | {"later": columns["id"]}})
    with pytest.raises(UpstreamMissingError, match="later"):
        published(days.instance, days.lake, spec, DAY)


@pytest.mark.parametrize("words", [["--format", "gif"], ["--format", "png"]])
def test_what_cannot_be_is_told_in_words(words: list[str], tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["export", "nobody/nothing", "--date", DAY, "--to", str(tmp_path), *words])
    assert said.exit_code != 0
    assert "gif" in said.output or "unknown_dataset" in said.output
