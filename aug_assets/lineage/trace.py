"""The story of one row, told from what was stored: parents, steps, gates, versions, runs. Reads no table."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """What one operator did to the row."""

    branch: str
    operator: str
    version: str
    key: str
    copy: int
    parents: tuple[str, ...]
    drawn: Mapping[str, float]


@dataclass(frozen=True)
class Made:
    """Who made a stage's rows of the day, as the commit says."""

    stage: str
    version: int
    at: str
    by: Mapping[str, str]


@dataclass(frozen=True)
class Trace:
    """A row and all that is recorded of it.

    Attributes:
        row_id: The row.
        dataset: ``tenant/name``.
        date: Its day.
        kind: ``real`` or ``synthetic``.
        state: ``published``, ``quarantined`` or ``unpublished``.
        reasons: Why it is in quarantine, if it is.
        steps: What it went through, of a synthetic row.
        parents: Its parents, each with its values where they may be shown.
        children: Ids of the rows made of it, on any day.
        fates: Of each of them its ``date``, ``state`` and, in quarantine, ``reasons``.
        models: The trainings on the day's published rows, as ``resources.model_ledger`` tells them; of a row
            that was not published none.
        values: Its own values, where they may be shown.
        recipe_digest: Of the recipe that made it.
        recipe: Its text, as it was kept when the row was made.
        gates: What the gates said of the day.
        made: The stages of the day.
        source: The raw data.
        packages: Digest of an environment that made a stage to its packages, where they were asked for.
    """

    row_id: str
    dataset: str
    date: str
    kind: str
    state: str
    source: str
    reasons: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    parents: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    children: tuple[str, ...] = ()
    fates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    models: Sequence[Mapping[str, Any]] = ()
    values: Mapping[str, Any] | None = None
    recipe_digest: str = ""
    recipe: str = ""
    gates: Sequence[Mapping[str, Any]] = ()
    made: tuple[Made, ...] = ()
    packages: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The story in words, a line a fact."""
        told = [f"{self.kind} row {self.row_id} of {self.dataset}, {self.date}: {self.state}"]
        told += [f"  held back for: {', '.join(self.reasons)}"] if self.reasons else []
        told += [f"  raw data: {self.source}"]
        for step in self.steps:
            drawn = ", ".join(f"{name} {value:.6g}" for name, value in step.drawn.items())
            told.append(
                f"  {step.branch}: {step.operator} version {step.version}, copy {step.copy}, key {step.key}"
            )
            told += [f"    drew {drawn}"] if drawn else []
        told += [f"  parent {row_id}{_shown(values)}" for row_id, values in self.parents.items()]
        told += [f"  made of it: {child}{_fate(self.fates.get(child, {}))}" for child in self.children]
        told += [f"  holds{_shown(self.values)}"] if self.values else []
        for gate in self.gates:
            word = "passed" if gate["passed"] else "failed"
            limit = "" if gate["threshold"] is None else f" (limit {gate['threshold']:.4g})"
            value = "" if gate["value"] is None else f" {gate['value']:.4g}{limit}"
            told.append(f"  gate {gate['gate']} {word}{value}: {gate['reason']}")
        for used in self.models:
            marked = f", marked: {used['marked']}" if used["marked"] else ""
            version = f"{used['model']} version {used['version']}"
            told.append(f"  trained on it: {version}, run {used['run_id']}{marked}")
        for one in self.made:
            by = ", ".join(f"{name} {value[:16]}" for name, value in one.by.items())
            told.append(f"  {one.stage} version {one.version}, {one.at}: {by}")
        told += [f"  recipe {self.recipe_digest}"] if self.recipe_digest else []
        told += ["    " + line for line in self.recipe.splitlines()]
        for environment, packages in self.packages.items():
            told.append(
                f"  environment {environment[:16]}: {'' if packages else 'its packages were not kept'}"
            )
            told += ["    " + package for package in packages]
        return told

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def _fate(told: Mapping[str, Any]) -> str:
    why = f" for {', '.join(told['reasons'])}" if told.get("reasons") else ""
    return f", {told['date']}, {told['state']}{why}" if told else ""


def _shown(values: Mapping[str, Any] | None) -> str:
    return "" if values is None else ": " + ", ".join(f"{name}={value}" for name, value in values.items())


def steps(told: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Provenance rows of one synthetic row as its steps, in order."""
    return tuple(
        Step(
            row["branch"], row["operator"], row["operator_version"],
            row["key"], row["copy"],
            tuple(row["parents"]), dict(row["drawn"]),
        )
        for row in sorted(told, key=lambda row: row["step"])
    )  # fmt: skip


def mermaid(trace: Trace) -> str:
    """The way from source to row and on to its children, as a Mermaid flow chart."""
    lines = ["flowchart LR", f'  raw["{trace.source}"]']
    for parent in trace.parents:
        lines += [f'  {_node(parent)}["real row<br/>{parent[:12]}"]', f"  raw --> {_node(parent)}"]
    before = [_node(parent) for parent in trace.parents] or ["raw"]
    for number, step in enumerate(trace.steps):
        drawn = ", ".join(f"{name} {value:.4g}" for name, value in list(step.drawn.items())[:3])
        lines.append(f'  s{number}["{step.operator} v{step.version}<br/>{drawn}"]')
        lines += [f"  {one} --> s{number}" for one in before]
        before = [f"s{number}"]
    own = _node(trace.row_id)
    lines.append(f'  {own}["{trace.kind} row<br/>{trace.row_id[:12]}<br/>{trace.state}"]')
    lines += [f"  {one} --> {own}" for one in before]
    for child in trace.children[:20]:
        state = trace.fates.get(child, {}).get("state", "")
        lines += [
            f'  {_node(child)}["synthetic row<br/>{child[:12]}<br/>{state}"]', f"  {own} --> {_node(child)}",
        ]  # fmt: skip
    for number, one in enumerate(trace.models[:20]):
        lines += [
            f'  m{number}["model {one["model"]}<br/>version {one["version"]}"]',
            f"  {own} --> m{number}",
        ]
    return "\n".join(lines)


def _node(row_id: str) -> str:
    return f"r{row_id[:12]}"
