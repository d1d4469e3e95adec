"""All gates of a day in one pass over its candidates, and the verdict that decides what may be published.

``look`` shows candidates to the gates, some or all, here or on a worker; ``conclude`` joins what was seen, in
the order of the candidates, so that where a day was cut and who looked leave no trace in the verdict.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from aug_assets import decisions, frames, gates
from aug_assets.decisions import Row
from aug_assets.gates.base import Batch, Judgement, Observation
from aug_assets.gates.real import Real
from aug_assets.quarantine import quarantined
from aug_assets.recorded import Recorded
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec

VERDICT_SCHEMA = pa.schema(
    [
        ("gate", pa.string()),
        ("passed", pa.bool_()),
        ("blocking", pa.bool_()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("reason", pa.string()),
        ("candidates_digest", pa.string()),
        ("gates_digest", pa.string()),
        ("quarantine_version", pa.int64()),
        ("releases_digest", pa.string()),
    ]
)


@dataclass(frozen=True)
class Verdict:
    """What the gates say of a day.

    Attributes:
        judgements: One a gate, and one named ``verdict`` that all of them have spoken; sorted by name.
        quarantine: The rows that failed, in the quarantine schema.
        reasons: How many rows failed by each reason.
        candidates: How many rows were judged.
        released: How many of them passed since people had waived every reason against them.
    """

    judgements: tuple[Judgement, ...]
    quarantine: pa.Table
    reasons: dict[str, int]
    candidates: int
    released: int = 0

    @property
    def passed(self) -> bool:
        """Whether no blocking gate failed."""
        return all(j.passed or not j.blocking for j in self.judgements)


@dataclass(frozen=True)
class Seen:
    """What the gates saw in some candidates; picklable.

    Attributes:
        evidence: By gate, what it kept of each batch.
        broken: By gate that raised, the last error.
        held: The rows that failed, in the quarantine schema, a table a batch.
        reasons: How many rows failed by each reason.
        candidates: How many rows were looked at.
        released: How many of them passed since people had waived every reason against them.
    """

    evidence: dict[str, list[Any]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    held: list[pa.Table] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    candidates: int = 0
    released: int = 0

    def __add__(self, other: "Seen") -> "Seen":
        """Both; the other's candidates come after these."""
        names = {**self.evidence, **other.evidence}
        return Seen(
            {gate: self.evidence.get(gate, []) + other.evidence.get(gate, []) for gate in names},
            {**self.broken, **other.broken},
            self.held + other.held,
            self.reasons + other.reasons,
            self.candidates + other.candidates,
            self.released + other.released,
        )


def judge(
    spec: DatasetSpec,
    day: str,
    source: pa.Table,
    batches: Iterable[tuple[pa.Table, pa.Table]],
    planned: int,
    record: dict[str, Any] | None = None,
    recorded: Recorded | None = None,
    waived: Mapping[Row, frozenset[str]] | None = None,
) -> Verdict:
    """Judge a day.

    Args:
        spec: The dataset.
        day: The partition, as an ISO date.
        source: The day's real rows.
        batches: The candidates, in the stored schema, each batch with its provenance.
        planned: How many candidates the recipe planned for the day, without those that it refused itself.
        record: The stored proof of benefit, if any.
        recorded: What else the run made the candidates of.
        waived: The reasons that people have waived for rows, see :func:`aug_assets.decisions.releases`; what
            gates say of the day as a whole stays as it is.
    """
    real = real_of(spec, day, source, record, recorded)
    return conclude(real, [look(real, batches, waived)], planned)


def real_of(
    spec: DatasetSpec,
    day: str,
    source: pa.Table,
    record: dict[str, Any] | None = None,
    recorded: Recorded | None = None,
) -> Real:
    """The day's real rows as gates need them; for the arguments see :func:`judge`."""
    frame = frames.to_frame(source, spec)
    return Real(spec, frames.columns_of(spec, frame), frame, day, source, record, recorded or Recorded())


def look(
    real: Real,
    batches: Iterable[tuple[pa.Table, pa.Table]],
    waived: Mapping[Row, frozenset[str]] | None = None,
    steps: Sequence[Any] | None = None,
) -> Seen:
    """Show candidates to the dataset's gates, or to ``steps`` of them; for the rest see :func:`judge`."""
    found = Seen()
    for stored, told in batches:
        if stored.num_rows:
            found += _look(real, stored, told, waived or {}, real.spec.gate_steps if steps is None else steps)
    return found


def _look(
    real: Real, stored: pa.Table, told: pa.Table, waived: Mapping[Row, frozenset[str]], steps: Sequence[Any]
) -> Seen:
    ids = stored.column(ROW_ID).combine_chunks()
    evidence: dict[str, list[Any]] = {}
    broken: dict[str, str] = {}
    batch = Batch(frames.to_frame(stored, real.spec), ids, told)
    masks = dict(sorted(_observe(real, steps, batch, evidence, broken).items()))
    masks, released = decisions.let_through(masks, stored, waived)
    bad = np.flatnonzero(np.any(list(masks.values()), axis=0)) if masks else np.zeros(0, int)
    lost = stored.take(pa.array(bad))
    named = lost.column(ROW_ID).combine_chunks()
    held = quarantined(named, {reason: mask[bad] for reason, mask in masks.items()}, lost)
    reasons = Counter({reason: int(mask.sum()) for reason, mask in masks.items()})
    return Seen(evidence, broken, [held], reasons, len(batch), released)


def conclude(real: Real, found: Iterable[Seen], planned: int) -> Verdict:
    """The verdict on a day.

    Args:
        real: The day's real rows.
        found: What was seen, in the order of the candidates.
        planned: How many candidates there must be.
    """
    seen = sum(found, Seen())
    broken = dict(seen.broken)
    judgements = [
        _judge(real, step, seen.evidence.get(step.gate, []), broken, seen.candidates)
        for step in real.spec.gate_steps
    ]
    judgements.append(_complete(judgements, broken, seen.candidates, planned))
    nothing = quarantined(pa.array([], pa.string()), {}, real.source[:0])
    rows_held = pa.concat_tables(seen.held) if seen.held else nothing
    kept = {reason: count for reason, count in sorted(seen.reasons.items()) if count}
    in_order = tuple(sorted(judgements, key=lambda j: j.gate))
    return Verdict(in_order, rows_held, kept, seen.candidates, seen.released)


def _observe(
    real: Real, steps: Sequence[Any], batch: Batch, evidence: dict[str, list[Any]], broken: dict[str, str]
) -> dict[str, Any]:
    """Show a batch to every gate; a gate that raises is noted and judges nothing."""
    masks: dict[str, Any] = {}
    for step in steps:
        try:
            seen = _checked(gates.get(step.gate).observe(real, step, batch), len(batch))
        except Exception as error:  # noqa: BLE001 - whatever it is, the day must not pass unjudged
            broken[step.gate] = f"{type(error).__name__}: {error}"
            continue
        evidence.setdefault(step.gate, []).append(seen.evidence)
        for reason, mask in seen.failures.items():
            if mask.any():  # two gates may give one reason
                masks[reason] = masks[reason] | mask if reason in masks else mask
    return masks


def _checked(seen: Observation, rows: int) -> Observation:
    """What a gate saw, refused where it does not say yes or no of every row."""
    for reason, mask in seen.failures.items():
        if mask.dtype != bool or mask.shape != (rows,):
            raise TypeError(
                f"mask of {reason!r} is {mask.dtype} of shape {mask.shape}, not bool of ({rows},)"
            )
    return seen


def _judge(real: Real, step: Any, evidence: Sequence[Any], broken: dict[str, str], seen: int) -> Judgement:
    nothing = Judgement(step.gate, passed=True, blocking=step.blocking, value=0.0, threshold=0.0, reason="")
    if seen == 0:
        return replace(nothing, reason="no candidates, so nothing to judge")
    if step.gate not in broken:
        try:
            word = gates.get(step.gate).judge(real, step, evidence)
            # Whose word it is and whether it blocks is the spec's to say.
            return replace(word, gate=step.gate, passed=bool(word.passed), blocking=step.blocking)
        except Exception as error:  # noqa: BLE001 - whatever it is, the day must not pass unjudged
            broken[step.gate] = f"{type(error).__name__}: {error}"
    why = f"could not judge: {broken[step.gate]}"
    return replace(nothing, passed=False, value=float("nan"), reason=why)


def _complete(judgements: list[Judgement], broken: dict[str, str], seen: int, planned: int) -> Judgement:
    """The check that nothing is missing: every gate spoke, of every candidate that was planned."""
    spoke = len(judgements) - len(broken)
    reason = f"{spoke} of {len(judgements)} gates judged {seen:,} of {planned:,} planned candidates"
    if broken:
        reason += "; silent: " + ", ".join(sorted(broken))
    passed = not broken and seen == planned
    return Judgement(
        gates.VERDICT, passed, blocking=True, value=spoke, threshold=len(judgements), reason=reason
    )
