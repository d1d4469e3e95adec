"""What the benches of benefit share: differences in pairs, seed by seed, their spread, and how they are told.

Every figure is in points (hundredths). An arm is held against the rows as they are (``base``) and against the
same rows repeated as often as they were copied (``duplicate``), since repeating alone weakens a model's
regularisation and passes for a benefit.
"""

import argparse
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import t as student

from aug_assets import loader, recipe
from aug_assets.frames import to_table
from aug_assets.rows import order, source_ids, to_hex
from aug_assets.spec import DatasetSpec

BASE, DUPLICATE = "base", "duplicate"
DAY = "2025-01-01"
SEEDS, FEW = 5, 2
DOC = Path(__file__).resolve().parents[1] / "docs" / "benefit_measured.md"
LIBRARIES = ("numpy", "pandas", "scikit-learn", "opencv-python-headless")
SURE = "> 0, 95 % sure, and above base"
HEAD = f"""# Benefit measured on texts, sessions and pictures

Written by `python bench/benefit.py --write`, or one section by the script that it names. An arm trains on the
real rows and on what was made of them; `duplicate` on the real rows and as many plain copies. All arms of a
seed share its draw of real rows and are judged on the same real rows that no arm has seen. **Read the column
"over duplicate"**: mean of the differences in pairs, their standard deviation over seeds, and in brackets the
95 % interval (Student's t); **bold** where it leaves out zero. No correction is made for the number of arms.
All figures are points, that is hundredths; {SEEDS} seeds.
"""


class Net(NamedTuple):
    """The difference of two arms over seeds, in points: mean, standard deviation and 95 % interval."""

    mean: float
    sd: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


@dataclass
class Case:
    """One table: what was judged, how, and each arm's figure of each seed, in points.

    Attributes:
        name: The data and the size.
        measure: The figure, such as accuracy, and on which rows.
        scores: By arm one figure a seed.
        made: By arm how many rows were made in a seed.
        note: What a reader must know besides.
        detailed: Whether the document gives the case a table of its own, beside its line in the summary.
    """

    name: str
    measure: str
    scores: dict[str, list[float]] = field(default_factory=dict)
    made: dict[str, list[int]] = field(default_factory=dict)
    note: str = ""
    detailed: bool = True

    def add(self, arm: str, score: float, made: int = 0) -> None:
        """Note an arm's figure of the next seed; ``score`` is a share."""
        self.scores.setdefault(arm, []).append(100 * score)
        self.made.setdefault(arm, []).append(made)

    def over(self, arm: str, other: str) -> Net:
        """How many points an arm is above another, in pairs.

        Raises:
            ValueError: The two were not measured with the same seeds, or with fewer than two.
        """
        return net(np.array(self.scores[arm]), np.array(self.scores[other]))

    def helps(self, arm: str) -> bool:
        """Whether an arm is surely above duplicates, and above base too: copies alone can do harm."""
        return self.over(arm, DUPLICATE).low > 0 and self.over(arm, BASE).mean > 0

    def checked(self) -> "Case":
        """The case itself, if both controls are there and all arms have all seeds.

        Raises:
            ValueError: Something is missing.
        """
        lacking = [arm for arm in (BASE, DUPLICATE) if arm not in self.scores]
        counts = {len(found) for found in self.scores.values()}
        if lacking or len(counts) != 1:
            raise ValueError(f"{self.name}: controls missing: {lacking}; seeds by arm: {sorted(counts)}")
        return self

    @property
    def arms(self) -> list[str]:
        """The arms that are no control."""
        return [arm for arm in self.scores if arm not in (BASE, DUPLICATE)]

    def rows(self, goals: dict[str, tuple[str, float]] | None = None) -> list[dict[str, Any]]:
        """One row an arm, net of duplicates; ``goals`` adds rows over base, held against published figures.

        Args:
            goals: By arm what is published, and how many points over base.
        """
        self.checked()
        found = [self._row(arm, DUPLICATE, SURE, self.helps(arm)) for arm in self.arms]
        for arm, (told, points) in (goals or {}).items():
            met = self.over(arm, BASE).mean >= points
            found.append(self._row(arm, BASE, f">= +{points:g} ({told})", met))
        return found

    def _row(self, arm: str, other: str, goal: str, met: bool) -> dict[str, Any]:  # noqa: FBT001
        return {
            "name": f"{self.name}, {self.measure}: {arm} over {other}, points",
            "ours": round(float(np.mean(self.scores[arm])), 2),
            "peer": round(float(np.mean(self.scores[other])), 2),
            "value": round(self.over(arm, other).mean, 2),
            "goal": goal,
            "met": bool(met),
        }

    def markdown(self) -> str:
        """The case as a table."""
        self.checked()
        head = ["arm", "mean", "sd", "over base", "over duplicate (95 %)", "seeds won", "rows made"]
        lines = [line(head), "|" + "---|" * len(head)]
        for arm, found in self.scores.items():
            own = [arm, f"{np.mean(found):.1f}", f"{np.std(found, ddof=1):.1f}"]
            lines.append(line([*own, *self._cells(arm), f"{np.mean(self.made[arm]):,.0f}"]))
        note = [self.note, ""] if self.note else []
        return "\n".join([f"### {self.name}, {self.measure}", "", *note, *lines, ""])

    def _cells(self, arm: str) -> list[str]:
        if arm == BASE:
            return ["", "", ""]
        base, copies = self.over(arm, BASE), self.over(arm, DUPLICATE)
        if arm == DUPLICATE:
            return [f"{base.mean:+.1f}", "", ""]
        mark = "**" if copies.sure else ""
        told = f"{mark}{copies.mean:+.1f}{mark} sd {copies.sd:.1f} ({copies.low:+.1f} .. {copies.high:+.1f})"
        won = int(np.sum(np.array(self.scores[arm]) > np.array(self.scores[DUPLICATE])))
        return [f"{base.mean:+.1f}", told, f"{won}/{len(self.scores[arm])}"]


def net(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Net:
    """Mean, spread and 95 % interval of differences in pairs, each array float64 (seeds,).

    Raises:
        ValueError: They are not pairs, or fewer than two.
    """
    if ours.shape != theirs.shape or len(ours) < FEW:
        raise ValueError(f"pairs of at least {FEW} seeds are needed, not {len(ours)} and {len(theirs)}")
    apart = ours - theirs
    mean, sd = float(apart.mean()), float(apart.std(ddof=1))
    half = float(student.ppf(0.975, len(apart) - 1)) * sd / np.sqrt(len(apart))
    return Net(mean, sd, mean - float(half), mean + float(half))


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def summary(cases: list[Case]) -> str:
    """One line a case and one column an arm: points over duplicates."""
    arms = list(dict.fromkeys(arm for case in cases for arm in case.arms))
    head = ["points over duplicate", "base", *arms]
    lines = [line(head), "|" + "---|" * len(head)]
    for case in cases:
        cells = [f"{case.name}, {case.measure}", f"{np.mean(case.scores[BASE]):.1f}"]
        lines.append(line([*cells, *(_cell(case, arm) for arm in arms)]))
    return "\n".join([*lines, ""])


def _cell(case: Case, arm: str) -> str:
    if arm not in case.scores:
        return ""
    found = case.over(arm, DUPLICATE)
    mark = "**" if found.sure else ""
    return f"{mark}{found.mean:+.1f}{mark} ± {found.sd:.1f}"


def verdict(cases: list[Case]) -> str:
    """In words: what is surely better than duplicates, what is surely worse, and where nothing is better."""
    better, worse, nothing = [], [], []
    for case in cases:
        found = {arm: case.over(arm, DUPLICATE) for arm in case.arms}
        name = f"{case.name}, {case.measure}"
        up = [f"{arm} {one.mean:+.1f}" for arm, one in found.items() if case.helps(arm)]
        down = [f"{arm} {one.mean:+.1f}" for arm, one in found.items() if one.high < 0]
        better += [f"- {name}: {', '.join(up)}"] if up else []
        worse += [f"- {name}: {', '.join(down)}"] if down else []
        nothing += [] if up else [f"- {name}"]
    heads = (
        "Surely better than duplicates, and better than base:",
        "Surely worse than duplicates:",
        "**Nothing surely helps:**",
    )
    parts = zip(heads, (better, worse, nothing), strict=True)
    return "\n".join(line for head, found in parts if found for line in (head, "", *found, ""))


# --- what is made ---------------------------------------------------------------------------------------
def table(spec: DatasetSpec, frame: pd.DataFrame) -> pa.Table:
    """Rows as the source stage would store them, in canonical order."""
    ids = source_ids(spec.id, [pa.array(frame[name]) for name in spec.key], len(frame))
    return to_table(frame, spec, to_hex(ids), synthetic=False).take(pa.array(order(ids)))


def made(spec: DatasetSpec, source: pa.Table) -> tuple[pa.Table, pa.Table]:
    """What the recipe makes of a day, and its provenance, as a run makes it."""
    plan = recipe.plan(spec, DAY, source)
    found = [recipe.make(plan, n, 0, len(b.parent)) for n, b in enumerate(plan.branches) if len(b.parent)]
    return pa.concat_tables([one.rows for one in found]), pa.concat_tables([one.told for one in found])


@cache
def shipped(dataset: str) -> list[dict[str, Any]]:
    """The steps of a shipped dataset's first branch, from its own file, whatever else is shipped."""
    spec = loader.load(loader.folders()[0] / dataset / "defs.yaml")
    return [step.model_dump() for step in spec.recipe[0].steps]


def branch(name: str, copies: int, *steps: dict[str, Any], **select: Any) -> dict[str, Any]:
    """A branch of a recipe over all rows, or over those that ``select`` names."""
    return {"name": name, "select": {"rows": "all", "copies": copies, **select}, "steps": list(steps)}


# --- how it is told --------------------------------------------------------------------------------------
def run(title: str, told: str, measured: Callable[[bool], Iterator[tuple[Case, Any]]], doc: str) -> None:
    """The command line of one bench: --json, --quick, --write.

    Args:
        title: The section's heading.
        told: What the section says before its tables.
        measured: Yields each case with the published figures it is held against; takes whether to be quick.
        doc: The bench's own docstring.
    """
    words = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--quick", action="store_true", help="2 seeds and the smallest case")
    words.add_argument("--json", action="store_true")
    words.add_argument("--write", action="store_true", help="write the section of docs/benefit_measured.md")
    chosen = words.parse_args()
    if chosen.json:
        print(json.dumps({"rows": rows(measured, quick=chosen.quick)}))
        return
    text = section(title, told, measured, quick=chosen.quick)
    print(text)
    if chosen.write:
        write(DOC, title, text)


def rows(measured: Callable[[bool], Iterator[tuple[Case, Any]]], *, quick: bool) -> list[dict[str, Any]]:
    """All cases as figures with goals."""
    return [row for case, goals in measured(quick) for row in case.rows(goals)]


def section(
    title: str, told: str, measured: Callable[[bool], Iterator[tuple[Case, Any]]], *, quick: bool
) -> str:
    """All cases as a section of the document."""
    begun = time.process_time()
    cases = [case.checked() for case, _ in measured(quick)]
    seeds = len(cases[0].scores[BASE]) if cases else 0
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    taken = f"Seeds 0 to {seeds - 1}. {libraries}; one thread, {time.process_time() - begun:.0f} CPU s."
    if not cases:
        return f"## {title}\n\nNot measured: its data is not there.\n"
    return "\n".join(
        [
            f"## {title}",
            "",
            told,
            "",
            taken,
            "",
            summary(cases),
            verdict(cases),
            *(c.markdown() for c in cases if c.detailed),
        ]
    )


def write(doc: Path, title: str, text: str) -> None:
    """Put a section in the place of the one that the document has under this title, or at its end."""
    old = doc.read_text(encoding="utf-8") if doc.exists() else HEAD
    parts = re.split(r"(?m)^(?=## )", old)[1:]
    kept = {part.splitlines()[0][3:]: part.rstrip("\n") for part in parts} | {title: text.rstrip("\n")}
    doc.write_text("\n\n".join([HEAD.rstrip("\n"), *(kept[name] for name in sorted(kept))]) + "\n", "utf-8")
