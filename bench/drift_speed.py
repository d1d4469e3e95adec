"""How fast days are sketched and compared, against the drift preset of Evidently on the same rows.

Run as a file it is the peer: ``python bench/drift_speed.py FOLDER`` with an interpreter that has Evidently.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

NUMBERS, CATEGORIES, VALUES = 18, 2, 12


def frame(rows: int, seed: int, numbers: int = NUMBERS, categories: int = CATEGORIES) -> pd.DataFrame:
    """Amounts, and categories of a dozen values."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    made = {f"n{n}": rng.lognormal(3, 0.7, rows) for n in range(numbers)}
    names = np.array([f"value {n}" for n in range(VALUES)])
    return pd.DataFrame(made | {f"c{n}": names[rng.integers(0, VALUES, rows)] for n in range(categories)})


def write(folder: Path, rows: int) -> None:
    """Reference and day, as Parquet files that both sides read."""
    for seed, name in enumerate(("reference", "day")):
        frame(rows, seed).to_parquet(folder / f"{name}.parquet")


def ours(folder: Path) -> dict[str, float]:
    """CPU seconds of sketching both sides and of comparing them by all measures; reading is not counted."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from aug_assets.drift.measures import chi_square, compare
    from aug_assets.drift.sketch import categories

    few = categories(pa.array(["a", "b"]))
    chi_square(few, few)  # loads scipy
    tables = {name: pq.read_table(folder / f"{name}.parquet") for name in ("reference", "day")}
    begun = time.process_time()
    known = sketched(tables["reference"])
    reference = time.process_time() - begun
    begun = time.process_time()
    found = sketched(tables["day"])
    for name, one in found.items():
        compare(one, known[name])
        if one.kind == "category":
            chi_square(one, known[name])
    return {"day": time.process_time() - begun, "reference": reference}


def sketched(table: Any) -> dict[str, Any]:
    """A sketch of each column."""
    import pyarrow as pa

    from aug_assets.drift.sketch import categories, numbers

    return {
        field.name: numbers(table[field.name].to_numpy())
        if pa.types.is_floating(field.type)
        else categories(table[field.name])
        for field in table.schema
    }


def wide(blocks: int = 3, rows: int = 100_000, columns: int = 100) -> dict[str, float]:
    """CPU seconds to sketch many rows of many columns block by block, to add up and to compare."""
    from aug_assets.drift.features import total
    from aug_assets.drift.measures import compare
    from aug_assets.drift.sketch import numbers

    parts, spent = [], 0.0
    for n in range(blocks):
        made = frame(rows, n, columns, 0).to_numpy()
        begun = time.process_time()
        parts.append({str(c): numbers(made[:, c]) for c in range(columns)})
        spent += time.process_time() - begun
        del made
    begun = time.process_time()
    whole = total(parts)
    for name, one in parts[0].items():
        compare(one, whole[name])
    spent += time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": blocks * rows, "columns": columns, "seconds": spent, "peak_mb": peak}


class Peer:
    """Evidently in its own process and environment, while this one does other things."""

    def __init__(self, rows: int) -> None:
        self._home = tempfile.TemporaryDirectory()
        self.folder = Path(self._home.name)
        write(self.folder, rows)
        python = os.environ.get("AUG_EVIDENTLY_PYTHON")
        command = [python or "", str(Path(__file__)), str(self.folder)]
        quiet = {**os.environ, "OMP_NUM_THREADS": "1", "DO_NOT_TRACK": "1"}
        self._process = (
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quiet) if python else None
        )

    def wait(self) -> dict[str, Any] | None:
        """What it measured; None where no interpreter was named."""
        told = self._process.communicate(timeout=1800)[0] if self._process else ""
        self._home.cleanup()
        return json.loads(told.splitlines()[-1]) if told.strip() else None


def main() -> None:
    """The peer's side."""
    begun = time.process_time()
    import evidently
    from evidently import Report
    from evidently.presets import DataDriftPreset

    imported = time.process_time() - begun
    folder = Path(sys.argv[1])
    day, reference = (pd.read_parquet(folder / f"{name}.parquet") for name in ("day", "reference"))
    begun = time.process_time()
    Report([DataDriftPreset()]).run(day, reference)
    spent = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"seconds": spent, "import": imported, "peak_mb": peak, "version": evidently.__version__}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
