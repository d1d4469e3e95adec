"""Which column of a stage feeds which column of the next one, as it follows from a dataset's file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aug_assets import recipe
from aug_assets.rows import IS_SYNTHETIC, ROW_ID
from aug_assets.rules import Formula, Rule
from aug_assets.spec import NUMERIC, DatasetSpec
from aug_assets.spec_column import OBJECTS, TEXT, WHOLE

Way = Literal["IDENTITY", "TRANSFORMATION", "CONDITIONAL", "FILTER"]
Feeds = Mapping[str, tuple["Feed", ...]]
_LEARNED = (*NUMERIC, "category", "bool")  # what operators on tables change


@dataclass(frozen=True)
class Feed:
    """A column that another one is made of.

    Attributes:
        stage: Where it is: ``raw``, or a stage of the dataset.
        column: Its name there.
        way: As it is, as the input of a value, as a condition of it, or as what chooses rows.
        masked: Whether nobody can read it from the result, such as from a digest.
    """

    stage: str
    column: str
    way: Way = "IDENTITY"
    masked: bool = False

    @property
    def direct(self) -> bool:
        """Whether values come of it, and not only depend on it."""
        return self.way in ("IDENTITY", "TRANSFORMATION")


def feeds(spec: DatasetSpec, stage: str) -> Feeds:
    """What each column of ``source``, ``augmented`` or ``validated`` is made of; nothing for other stages.

    Real rows keep what was delivered. Of made rows: key columns come of the row's id, label and other columns
    that no operator may change are the parent's, a derived column comes of its formula's columns, and what an
    operator learns or draws depends on the columns that it looks at besides.
    """
    if stage == "source":
        return _of_raw(spec)
    if stage == "augmented":
        return _of_parents(spec)
    if stage == "validated":
        names = (ROW_ID, IS_SYNTHETIC, *spec.columns)
        return {name: (Feed("source", name), Feed("augmented", name)) for name in names}
    return {}


def choosers(spec: DatasetSpec, stage: str) -> tuple[Feed, ...]:
    """The columns that decide which rows there are at all."""
    if stage != "augmented":
        return ()
    names: set[str] = {spec.holdout.by} if spec.holdout else set()
    for branch in spec.recipe:
        names |= {spec.label} if spec.label and branch.select.rows == "minority" else set()
        names |= set(branch.select.condition.columns) if branch.select.condition else set()
        names |= {branch.select.weights.column} if branch.select.weights else set()
    return tuple(Feed("source", name, "FILTER") for name in sorted(names))


def _of_raw(spec: DatasetSpec) -> Feeds:
    made: dict[str, tuple[Feed, ...]]
    made = {name: (Feed("raw", column.from_ or name),) for name, column in spec.columns.items()}
    if spec.sessions:
        told = (spec.sessions.by, spec.sessions.time)
        made[spec.sessions.id] = tuple(_changed(feed) for name in told for feed in made[name])
    named = [feed for name in spec.key for feed in made[name]]
    return {ROW_ID: tuple(_changed(feed, masked=True) for feed in named), **made}


def _changed(feed: Feed, *, masked: bool = False) -> Feed:
    return Feed(feed.stage, feed.column, "TRANSFORMATION", masked)


def _of_parents(spec: DatasetSpec) -> Feeds:
    names = changed(spec)
    named: tuple[Feed, ...] = (Feed("source", ROW_ID, "TRANSFORMATION", masked=True),)
    found: dict[str, tuple[Feed, ...]] = {ROW_ID: named}
    for name, column in spec.columns.items():
        if name in spec.key and column.type in (*TEXT, *WHOLE):
            found[name] = named
        elif column.derive:
            found[name] = _inputs(Formula(column.derive).columns, "TRANSFORMATION")
        elif name in names:
            found[name] = _drawn(spec, name, names)
        else:
            found[name] = _inputs((name,), "IDENTITY")
        found[name] += _ties(spec, name, {feed.column for feed in found[name]})
    return found


def changed(spec: DatasetSpec) -> tuple[str, ...]:
    """The columns of made rows that operators change, in the order of the dataset's file."""
    kept = {*spec.key, spec.label}
    kinds = {
        "tabular": _LEARNED, "text": ("text",), "image": OBJECTS, "sequence": (),
    }[spec.modality]  # fmt: skip
    return tuple(
        name
        for name, column in spec.columns.items()
        if name not in kept
        and column.synthesize is not False
        and not column.derive
        and (column.type in kinds or (spec.modality == "sequence" and column.each))
    )


def _drawn(spec: DatasetSpec, name: str, names: tuple[str, ...]) -> tuple[Feed, ...]:
    """A changed column comes of itself, and depends on all others that are learned or moved with it."""
    own = _inputs((name,), "TRANSFORMATION")
    if spec.modality == "text":
        return (*own, Feed("paraphrases", "reply", "TRANSFORMATION")) if recipe.asks(spec) else own
    measured = spec.columns[name].objects_in
    own += _inputs((measured,), "TRANSFORMATION") if measured else ()
    return own + _inputs(tuple(other for other in names if other not in (name, measured)), "CONDITIONAL")


def _ties(spec: DatasetSpec, name: str, known: set[str]) -> tuple[Feed, ...]:
    """A difference is measured from another column, and a cause decides whether there is a value."""
    column = spec.columns[name]
    lower = (column.not_below,) if column.not_below else ()
    causes = Rule.of(column.null_when).columns if column.null_when else ()
    new = tuple(cause for cause in causes if cause not in known)
    return _inputs(lower, "TRANSFORMATION") + _inputs(new, "CONDITIONAL")


def _inputs(names: tuple[str, ...], way: Way) -> tuple[Feed, ...]:
    return tuple(Feed("source", name, way) for name in names)
