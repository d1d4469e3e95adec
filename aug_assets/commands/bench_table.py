"""All families of benches one after another, each in a process of its own, as one table. Measures nothing."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

WHOLE = (
    "tabular", "images", "text", "sequences", "drift", "backfill", "scale", "online", "service", "audit",
    "gates",
)  # fmt: skip
_PEERS = (
    "imbalanced-learn", "albumentations", "sdmetrics", "evidently", "lightgbm", "monai", "kornia", "numpy",
    "pandas", "pyarrow", "scikit-learn", "opencv-python-headless", "dagster", "deltalake",
)  # fmt: skip
_HEAD = "| family | figure | ours | peer | value | goal | met |\n|---|---|---|---|---|---|---|"
_HOURS = 2


@dataclass(frozen=True)
class Family:
    """What became of one family: its rows, or why there are none."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    failed: str = ""


def run(name: str, folder: Path, *, quick: bool, telling: Callable[[str], None] = lambda _: None) -> Family:
    """Run ``name.py`` of a folder; a family that fails, or whose peer is missing, stops no other."""
    telling(name)
    words = [sys.executable, str(folder / f"{name}.py"), "--json", *(["--quick"] if quick else [])]
    env = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and benches
            words, capture_output=True, text=True, check=False, env=env, timeout=_HOURS * 3600
        )
    except subprocess.TimeoutExpired:
        return Family(name, [], f"not done after {_HOURS} hours")
    try:
        told = json.loads(done.stdout.strip().splitlines()[-1])
        return Family(name, told["rows"])
    except (IndexError, ValueError, KeyError, TypeError):
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        return Family(name, [], f"exit code {done.returncode}: {last[:300]}")


def machine() -> dict[str, str]:
    """What figures depend on: processor, memory, versions of what is measured and of peers."""
    found = {"processor": _processor(), "cores": str(os.cpu_count()), "python": platform.python_version()}
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found["memory"] = f"{pages / 2**30:.0f} GiB"
    for name in _PEERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def page(families: Sequence[Family], about: Mapping[str, str], *, quick: bool) -> str:
    """The table as Markdown."""
    how = "aug bench all --write" + (" --quick" if quick else "")
    rows = [row for family in families for row in family.rows]
    goals = [row for row in rows if row["met"] is not None]
    met = sum(bool(row["met"]) for row in goals)
    count = f"{met} of {len(goals)} figures with a goal meet it"
    told = f"Written by `{how}`. {count}. Ours and the peer are measured in one run, in turn"
    parts = ["# Performance\n", f"{told}; absolute times say little of another machine.\n", _HEAD]
    for family in families:
        if family.failed:
            parts.append(f"| {family.name} | not measured: {_cell(family.failed)} | | | | | |")
        for row in family.rows:
            figures = (_figure(row[name]) for name in ("ours", "peer", "value"))
            cells = (
                family.name,
                _cell(row["name"]),
                *figures,
                _cell(row["goal"] or ""),
                "" if row["met"] is None else "yes" if row["met"] else "no",
            )
            parts.append(f"| {' | '.join(cells)} |")
    parts.append("\n## Where\n\n| | |\n|---|---|")
    parts += [f"| {name} | {_cell(value)} |" for name, value in about.items()]
    return "\n".join(parts) + "\n"


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else _cell(value or "")


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
