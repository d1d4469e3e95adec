"""The guides are true: their commands run in order in an empty directory and print what the guides say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from resources import dask_cluster

ROOT = Path(__file__).resolve().parents[1]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
if os.environ.get("AUG_GUIDES") != "all":  # three more minutes than the suite may take
    GUIDES = [guide for guide in GUIDES if guide.stem == "fraud"]
_BLOCK = re.compile(r"```bash\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)
_MARK = "::block"
_FOREIGN = ("AUG_", "AWS_", "DAGSTER_", "DASK_", "MLFLOW_")


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """The commands of each block and the lines that they are to print."""
    return [(code, told.splitlines()) for code, told in _BLOCK.findall(text)]


def missing(printed: str, wanted: list[str]) -> list[str]:
    """The wanted lines that are in no printed line; ``...`` is anything, and frames of tables nothing."""
    lines = [_plain(line) for line in printed.splitlines()]
    lost = []
    for line in wanted:
        pattern = ".*".join(re.escape(part) for part in _plain(line).split("..."))
        if not any(re.search(pattern.replace(r"\ .*", ".*").replace(r".*\ ", ".*"), one) for one in lines):
            lost.append(line)
    return lost


def _plain(line: str) -> str:
    return " ".join(re.sub("[│┃]", " ", line).split())


def test_lines_that_were_not_printed_are_seen() -> None:
    printed = "│ 2025-01-01 │   4,004 │        338 │\nfailed 2025-01-01: check lift failed"
    assert (
        missing(printed, ["2025-01-01 │ 4,004 │ ...", "failed ...: check lift failed", "4,004 │ 338"]) == []
    )
    assert missing(printed, ["2025-01-01 │ 4,005", "failed ...: check rules", "338 ... 4,004"]) == [
        "2025-01-01 │ 4,005", "failed ...: check rules", "338 ... 4,004",
    ]  # fmt: skip


def test_blocks_are_found_with_what_they_print() -> None:
    text = "```bash\nls\n```\n\n```text\na\nb\n```\nwords\n```bash\npwd\n```\nwords\n```text\nno\n```\n"
    assert blocks(text) == [("ls\n", ["a", "b"]), ("pwd\n", [])]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_the_guide_runs(guide: Path, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "aug_assets").symlink_to(ROOT / "aug_assets")
    steps = blocks(guide.read_text(encoding="utf-8"))
    assert len(steps) > 3
    script = "".join(f"{code}\necho '{_MARK}'\n" for code, _ in steps)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    own = {"AUG_DASK_WORKERS": "1", "AUG_CODE_DIGEST": "guide", "COLUMNS": "160", "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=tmp_path, env=kept | own, capture_output=True, text=True, timeout=580, check=False,
        )  # fmt: skip
    finally:
        dask_cluster.stop(tmp_path / ".aug" / "home")
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(_MARK + "\n")
    for (code, wanted), part in zip(steps, printed, strict=False):
        assert missing(part, wanted) == [], f"{code}\n{part}"
