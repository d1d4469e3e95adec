"""The fingerprint of the product code: what changes it, and the refusal of work from other code."""

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aug_assets.errors import StaleWorkerError
from resources import code_digest

SCRIPT = """
from pathlib import Path
from resources import code_digest
before = code_digest.at_import()
assert before == code_digest.current()
for path in ("sensors/new.py", "aug_assets/datasets/shop/new.yaml"):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("a: 1")
    assert code_digest.current() != before, path
    Path(path).write_text("a: 2")
    Path(path).unlink()
    assert code_digest.current() == before, path
Path("sensors/notes.txt").write_text("not code")
assert code_digest.current() == before
Path("resources/code_digest.py").open("a").write("#")
assert code_digest.current() != before
assert code_digest.at_import() == before
print(before)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of just enough of the product to be fingerprinted and edited."""
    root = Path(code_digest.__file__).parent.parent
    for name in (
        "aug_assets/__init__.py",
        "aug_assets/errors.py",
        "resources/__init__.py",
        "sensors/__init__.py",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    shutil.copy(code_digest.__file__, tmp_path / "resources")
    return tmp_path


def test_code_and_dataset_files_change_it_and_the_start_is_remembered(checkout: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        cwd=checkout,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert len(bytes.fromhex(run.stdout.strip())) == 8


def test_a_folder_of_datasets_counts_by_content_not_by_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUG_CODE_DIGEST", raising=False)
    monkeypatch.delenv("AUG_DATASETS", raising=False)
    without = code_digest.current()
    digests = []
    for name, text in (("a", "x: 1"), ("b", "x: 1"), ("c", "x: 2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "shop.yaml").write_text(text)
        monkeypatch.setenv("AUG_DATASETS", str(tmp_path / name))
        digests.append(code_digest.current())
        assert code_digest.at_import() == digests[-1]
    assert digests[0] == digests[1]
    assert len({without, *digests}) == 3


def test_moving_text_between_two_files_changes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUG_CODE_DIGEST", raising=False)
    monkeypatch.setenv("AUG_DATASETS", str(tmp_path))
    (tmp_path / "a.yaml").write_text("onetwo")
    (tmp_path / "b.yaml").write_text("")
    before = code_digest.current()
    (tmp_path / "a.yaml").write_text("one")
    (tmp_path / "b.yaml").write_text("two")
    assert code_digest.current() != before


def test_an_image_may_bake_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_CODE_DIGEST", "release-7")
    assert code_digest.at_import() == code_digest.current() == "release-7"


def test_work_from_other_code_is_refused_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_CODE_DIGEST", "mine")
    code_digest.refuse_other("mine")
    with pytest.raises(StaleWorkerError) as caught:
        code_digest.refuse_other("theirs")
    text = str(pickle.loads(pickle.dumps(caught.value)))
    assert "worker mine" in text
    assert "sender theirs" in text
    assert "restart the Dask workers" in text
