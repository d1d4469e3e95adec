"""What the command line says to a person who asked for the impossible: the typed error, and no stack."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aug_assets.cli import app

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("run lab/none --from 2025-01-01 --to 2025-01-02", "unknown_dataset", ["lab/none", "lab/small"]),
        (
            "run lab/small --from 2024-01-01 --to 2025-01-02",
            "unknown_partition",
            ["2024-01-01", "2025-01-01"],
        ),
        ("run lab/small --from 2025-01-01 --to 2999-01-01", "unknown_partition", ["2999-01-01"]),
        ("run lab/small --from yesterday --to 2025-01-02", "unknown_partition", ["yesterday", "YYYY-MM-DD"]),
        ("run lab/small --from 2025-01-03 --to 2025-01-01", "unknown_partition", ["first day is after"]),
        ("preview lab/none --date 2025-01-01", "unknown_dataset", ["lab/none"]),
        ("preview lab/small --date 2024-12-31", "unknown_partition", ["2024-12-31"]),
        ("preview lab/small --date 2025-01-02", "source_not_found", ["small-2025-01-02.csv"]),
        ("incident --every hour --data payments.parquet", "error", ["by days", "--every"]),
    ],
)
def test_an_impossible_wish_is_told_in_words(home: Path, words: str, code: str, told: list[str]) -> None:
    shown = CliRunner().invoke(app, words.split())
    text = " ".join(shown.output.split())
    assert shown.exit_code == 1
    assert f"{code}: " in text
    assert all(part in text for part in told), text
    assert "Traceback" not in text


def test_without_words_it_explains_itself() -> None:
    shown = CliRunner().invoke(app, [])
    for command in ("demo", "run", "preview", "doctor", "ui"):
        assert command in shown.output


def test_it_answers_before_heavy_libraries_are_read() -> None:
    """Help and mistyped words are to come at once; pandas, Dagster and their like take seconds."""
    asked = (
        "import sys, aug_assets.cli; print(sorted({'dagster', 'dask', 'numpy', 'pandas'} & {*sys.modules}))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
