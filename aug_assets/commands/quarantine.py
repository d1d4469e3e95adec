"""Deciding of held rows: who may, of what, and what has to be made again for a decision to take effect."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import corrections, decisions, frames, ingest, schema
from aug_assets.assets import common, decisions_record
from aug_assets.commands.held import Held, of_ids
from aug_assets.decisions import RELEASE, Decision
from aug_assets.errors import DecisionError, FourEyesError, NotReleasableError, UpstreamMissingError
from aug_assets.review import rows_of
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    from resources.lake import LakeResource

_NAMED = 20  # row ids that a record of access names
NOBODY = ("", "unknown")  # what a run records of a user that nobody could name


@dataclass(frozen=True)
class Word:
    """What a person says of rows.

    Attributes:
        decision: ``release`` or ``reject``.
        by: The person.
        why: The reason.
        corrected: Values by column, as text, to read in place of those of a source row; None is missing.
        hands: Everybody who had a hand in it, where that is not ``by`` alone.
    """

    decision: str
    by: str
    why: str
    corrected: Mapping[str, str | None] = field(default_factory=dict)
    hands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """A decision that was taken, and what it will lead to, in words."""

    held: Held
    decision: Decision
    told: str


def look(
    lake: "LakeResource", spec: DatasetSpec, row_id: str, *, date: str | None = None, stage: str | None = None
) -> list[Held]:
    """The held rows of an id, to be read by a person; see :func:`of_ids` for what is raised."""
    rows = of_ids(lake, spec, [row_id], date=date, stage=stage)
    seen(lake, spec, rows)
    return rows


def seen(lake: "LakeResource", spec: DatasetSpec, rows: Sequence[Held]) -> None:
    """Record that somebody was shown what rows hold."""
    from resources import environment
    from resources.audit import audit_log

    ids = sorted({one.row_id for one in rows})
    subject = {"dataset": spec.id, "what": "quarantine", "rows": len(ids), "row_ids": ids[:_NAMED]}
    audit_log(lake, spec.tenant).append("access", subject, by=environment.user())


def parsed(values: Iterable[str]) -> dict[str, str | None]:
    """``column=value`` by column; nothing after the sign is a missing value.

    Raises:
        NotReleasableError: A text has no ``=``, or a column is set twice.
    """
    found: dict[str, str | None] = {}
    for text in values:
        name, sign, value = text.partition("=")
        if not sign or not name or name in found:
            raise NotReleasableError(
                "cannot set a value", seen=text, legal="column=value, once a column", todo="correct --set"
            )
        found[name] = value or None
    return found


def decide(
    lake: "LakeResource",
    spec: DatasetSpec,
    ids: Sequence[str],
    word: Word,
    *,
    date: str | None = None,
    stage: str | None = None,
) -> list[Outcome]:
    """Take one decision of rows by their ids; nothing is recorded unless it can be of all of them.

    Raises:
        UnknownRowError: The quarantine holds no row of an id.
        DecisionError: No person or no reason is named, or an id is held in several places.
        FourEyesError: The person launched the run that held the row, or nobody knows who did.
        NotReleasableError: A row cannot be let through in this way.
        SourceError: The raw row that is released cannot be read again.
    """
    found = of_ids(lake, spec, ids, date=date, stage=stage)
    return record(lake, spec, [(one, word) for one in found])


def record(lake: "LakeResource", spec: DatasetSpec, said: Sequence[tuple[Held, Word]]) -> list[Outcome]:
    """The same for rows of which people say different things; see :func:`decide` for what is raised."""
    from resources import clock, environment

    for one, word in said:
        _check_word(word)
        if word.decision == RELEASE:
            _check_person(one, word)
            _check_way(spec, one, word)
    now, account = clock.now().isoformat(timespec="microseconds"), environment.user()
    taken = [(one, _decision(one, word, now, account)) for one, word in said]
    told = _prospects(lake, spec, taken)
    outcomes = [Outcome(one, decision, told[n]) for n, (one, decision) in enumerate(taken)]
    _keep(lake, spec, outcomes, account)
    return outcomes


def _check_word(word: Word) -> None:
    for what, text in (("by", word.by), ("reason", word.why)):
        if not text.strip():
            raise DecisionError(
                "a decision needs a person and a reason", seen=f"--{what} {text!r}",
                legal="the name of a person, and words that a later reader understands",
                todo=f"give --{what}",
            )  # fmt: skip


def _check_person(one: Held, word: Word) -> None:
    """Four eyes: who made the rows does not let them pass."""
    if one.user.strip() in NOBODY:
        raise FourEyesError(
            f"nobody knows who launched the run that held row {one.row_id}",
            seen=f"run {one.run or '?'}, released by {word.by}", legal="a run with a known user",
            todo="launch the day again with the tag `user`, or under a named account",
        )  # fmt: skip
    for person in word.hands or (word.by,):
        if _plain(one.user) == _plain(person):
            raise FourEyesError(
                f"{person} may not release row {one.row_id}: {one.user} launched the run that held it",
                seen=f"released by {person}, run {one.run} by {one.user}",
                legal=f"a person other than {one.user}", todo="let somebody else look at the row",
            )  # fmt: skip


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _check_way(spec: DatasetSpec, one: Held, word: Word) -> None:
    if one.stage == "recipe":
        raise NotReleasableError(
            f"row {one.row_id} never became a candidate: the recipe's own filters refused it",
            seen=list(one.reasons), legal="rows of source, augmented and review",
            todo="change the filter in the dataset's recipe",
        )  # fmt: skip
    if word.corrected and one.stage != "source":
        raise NotReleasableError(
            f"row {one.row_id} was made, and what it holds must follow from its provenance",
            seen=sorted(word.corrected), legal="--set for source rows", todo="reject it instead",
        )  # fmt: skip
    for name in word.corrected:
        corrections.column_of(spec if spec.sessions is None else spec.of_events, name)


def _decision(one: Held, word: Word, now: str, account: str) -> Decision:
    made = Decision(
        row_id=one.row_id, content=one.content, decision=word.decision, reasons=one.reasons,
        by=word.by.strip(), why=word.why.strip(), corrected=dict(sorted(word.corrected.items())), at=now,
        account=account, held_version=one.version, held_run=one.run, held_user=one.user,
    )  # fmt: skip
    if one.decision is None:
        return made
    return one.decision if made.repeats(one.decision) else replace(made, follows=one.decision.id)


def _keep(lake: "LakeResource", spec: DatasetSpec, outcomes: Sequence[Outcome], account: str) -> None:
    """The audit log first: what is not on record there must not take effect. A repetition changes neither."""
    from resources.audit import audit_log

    log = audit_log(lake, spec.tenant)
    by_place: dict[tuple[str, str], list[Decision]] = {}
    for one, decision in ((o.held, o.decision) for o in outcomes):
        subject = {
            "dataset": spec.id, "date": one.date, "stage": one.stage, "row_id": one.row_id,
            "content": one.content, "reasons": list(one.reasons), "corrected": sorted(decision.corrected),
            "held_by_run": one.run, "run_user": one.user, "account": decision.account,
        }  # fmt: skip
        once = f"{spec.id}/{one.date}/{one.stage}/{decision.id}"
        log.append(decision.decision, subject, by=decision.by, why=decision.why, once=once)
        by_place.setdefault((one.date, one.stage), []).append(decision)
    for (date, stage), taken in by_place.items():
        decisions_record.add(lake, spec, date, stage, taken, account)


def _prospects(lake: "LakeResource", spec: DatasetSpec, taken: Sequence[tuple[Held, Decision]]) -> list[str]:
    """What each decision will lead to.

    Raises:
        NotReleasableError: A candidate breaks the schema, or is none of the day's candidates any more.
    """
    told = ["stays in quarantine, marked as rejected"] * len(taken)
    places: dict[tuple[str, str], list[int]] = {}
    for n, (one, decision) in enumerate(taken):
        if decision.decision == RELEASE:
            places.setdefault((one.date, one.stage), []).append(n)
    for (date, stage), at in places.items():
        chosen = [taken[n] for n in at]
        found = (
            _source_prospects(lake, spec, date, chosen)
            if stage == "source"
            else _made_prospects(lake, spec, date, stage, chosen)
        )
        for n, words in zip(at, found, strict=True):
            told[n] = words
    return told


def _source_prospects(
    lake: "LakeResource", spec: DatasetSpec, date: str, chosen: Sequence[tuple[Held, Decision]]
) -> list[str]:
    """Whether the rows will be good when the day is read again: tried now, with all checks."""
    from resources import erasure

    known = decisions_record.of_day(lake, spec, date, "source")
    wanted = decisions.corrections([*known, *(decision for _, decision in chosen)])
    still = ingest.ingest(spec, date, wanted, erasure.erased(lake, spec)).quarantine
    bad: dict[decisions.Row, set[str]] = {}
    for row, reasons in zip(rows_of(still), still.column("reasons").to_pylist(), strict=True):
        bad.setdefault(row, set()).update(reasons)
    return [
        f"will stay in quarantine: {', '.join(sorted(bad[decision.row]))}"
        + ("" if decision.corrected else "; correct it with --set")
        if decision.row in bad
        else "will be read in place of the bad row"
        for _, decision in chosen
    ]


def _made_prospects(
    lake: "LakeResource", spec: DatasetSpec, date: str, stage: str, chosen: Sequence[tuple[Held, Decision]]
) -> list[str]:
    ids = [one.row_id for one, _ in chosen]
    broken = _broken(lake, spec, date, ids)
    for row_id in ids:
        if row_id not in broken or broken[row_id]:
            raise NotReleasableError(
                f"row {row_id} cannot be published, whoever releases it",
                seen=broken.get(row_id, "none of the day's candidates"),
                legal="a candidate that holds schema and rules", todo="correct the recipe, or reject the row",
            )  # fmt: skip
    if stage == common.REVIEW:
        return ["will be published with the day"] * len(ids)
    return [f"will be judged again without {', '.join(one.reasons)}" for one, _ in chosen]


def _broken(lake: "LakeResource", spec: DatasetSpec, date: str, ids: Iterable[str]) -> dict[str, list[str]]:
    """What of schema and rules each of the day's candidates of these ids breaks."""
    named = pa.array(list(ids), pa.string())
    try:
        batches = [
            found
            for batch in common.table(lake, spec, "augmented").iter_batches({"date": date})
            if (found := batch.filter(pc.is_in(batch.column(ROW_ID), value_set=named))).num_rows
        ]
    except UpstreamMissingError:
        batches = []
    if not batches:
        return {}
    rows = pa.Table.from_batches(batches)
    frame = frames.to_frame(rows, spec)
    masks: dict[str, Any] = schema.failures(spec, frame, synthetic=True)
    masks |= schema.broken_rules(spec, frame)
    return {
        row_id: sorted(reason for reason, mask in masks.items() if mask[n])
        for n, row_id in enumerate(rows.column(ROW_ID).to_pylist())
    }


def to_run(spec: DatasetSpec, outcomes: Sequence[Outcome]) -> list[str]:
    """The days that must be made again for the decisions to take effect."""
    return sorted({o.held.date for o in outcomes if _matters(spec, o)})


def _matters(spec: DatasetSpec, outcome: Outcome) -> bool:
    """A rejection alone leaves a day as it is, unless somebody waits for it or it takes a release back."""
    released = outcome.decision.decision == RELEASE or bool(outcome.decision.follows)
    return released or (spec.review is not None and outcome.held.stage != "source")


def next_step(spec: DatasetSpec, outcomes: Sequence[Outcome]) -> list[str]:
    """What to materialize for the decisions to take effect, a line a day."""
    found = []
    for date in to_run(spec, outcomes):
        stages = {o.held.stage for o in outcomes if o.held.date == date}
        if stages <= {common.REVIEW}:
            assets = (common.REVIEW, "validated")
        elif "source" in stages:
            assets = ("source", "augmented", *((common.REVIEW,) if spec.review else ()), "validated")
        else:
            assets = ("augmented", *((common.REVIEW,) if spec.review else ()), "validated")
        named = ", ".join(f"{spec.name}_{asset}" for asset in assets)
        found.append(f"materialize {named} for {date}, or all: aug run {spec.id} --from {date} --to {date}")
    return found
