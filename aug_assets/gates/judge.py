"""All gates of a day in one pass over its candidates, and the verdict that decides what may be published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from aug_assets import frames, gates
from aug_assets.gates.base import Batch, Judgement, Observation
from aug_assets.gates.real import Real
from aug_assets.quarantine import quarantined
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
    """

    judgements: tuple[Judgement, ...]
    quarantine: pa.Table
    reasons: dict[str, int]
    candidates: int

    @property
    def passed(self) -> bool:
        """Whether no blocking gate failed."""
        return all(j.passed or not j.blocking for j in self.judgements)


def judge(
    spec: DatasetSpec,
    day: str,
    source: pa.Table,
    batches: Iterable[tuple[pa.Table, pa.Table]],
    planned: int,
    record: dict[str, Any] | None = None,
    replies: pa.Table | None = None,
) -> Verdict:
    """Judge a day.

    Args:
        spec: The dataset.
        day: The partition, as an ISO date.
        source: The day's real rows.
        batches: The candidates, in the stored schema, each batch with its provenance.
        planned: How many candidates the recipe planned for the day, without those that it refused itself.
        record: The stored proof of benefit, if any.
        replies: What a model answered for the day, where the recipe asks one.
    """
    frame = frames.to_frame(source, spec)
    real = Real(spec, frames.columns_of(spec, frame), frame, day, source, record, replies)
    evidence: dict[str, list[Any]] = {step.gate: [] for step in spec.gate_steps}
    broken: dict[str, str] = {}
    held: list[pa.Table] = []
    reasons: dict[str, int] = {}
    seen = 0
    for stored, told in batches:
        if stored.num_rows == 0:
            continue
        ids = stored.column(ROW_ID).combine_chunks()
        batch = Batch(frames.to_frame(stored, spec), ids, told)
        masks = dict(sorted(_observe(real, spec, batch, evidence, broken).items()))
        seen += len(batch)
        for reason, mask in masks.items():
            reasons[reason] = reasons.get(reason, 0) + int(mask.sum())
        bad = np.flatnonzero(np.any(list(masks.values()), axis=0)) if masks else np.zeros(0, int)
        lost = stored.take(pa.array(bad))
        held.append(
            quarantined(lost.column(ROW_ID).combine_chunks(), {r: m[bad] for r, m in masks.items()}, lost)
        )
    judgements = [_judge(real, step, evidence[step.gate], broken, seen) for step in spec.gate_steps]
    judgements.append(_complete(judgements, broken, seen, planned))
    rows_held = pa.concat_tables(held) if held else quarantined(pa.array([], pa.string()), {}, source[:0])
    kept = {reason: count for reason, count in sorted(reasons.items()) if count}
    return Verdict(tuple(sorted(judgements, key=lambda j: j.gate)), rows_held, kept, seen)


def _observe(
    real: Real, spec: DatasetSpec, batch: Batch, evidence: dict[str, list[Any]], broken: dict[str, str]
) -> dict[str, Any]:
    """Show a batch to every gate; a gate that raises is noted and judges nothing."""
    masks: dict[str, Any] = {}
    for step in spec.gate_steps:
        try:
            seen = _checked(gates.get(step.gate).observe(real, step, batch), len(batch))
        except Exception as error:  # noqa: BLE001 - whatever it is, the day must not pass unjudged
            broken[step.gate] = f"{type(error).__name__}: {error}"
            continue
        evidence[step.gate].append(seen.evidence)
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
