"""One operator a picture, drawn from a list, at a strength drawn from its whole range: nothing to tune.

Source: Müller and Hutter, "TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation", ICCV 2021.

Not for a dataset whose faults are known: fog for a camera that drives in fog teaches more than a bit of
everything.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.random import Generator, Philox
from pydantic import Field

from aug_assets.errors import AugError, SpecError
from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample, samples
from aug_assets.operators.image.strength import at_strength

_NEVER = ("albumentations", "trivial")  # what they do is a person's recipe, or this one


class TrivialParams(base.Params):
    """Parameters of ``trivial``."""

    operator: Literal["trivial"] = "trivial"
    among: tuple[str, ...] | None = Field(
        None,
        description="Names of the operators; without it, all on pictures that are safe for the dataset and"
        " can change its pictures. Name them where rows must stay the same when the platform learns new ones",
    )
    strength: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Greatest strength: 0 is the mildest value of an operator's default range, 1 its"
        " strongest",
    )


@dataclass(frozen=True)
class TrivialState:
    """What ``trivial`` draws from.

    Attributes:
        columns: The roles of the columns.
        names: The operators, sorted.
        states: What the ``fit`` of each returned.
    """

    columns: base.Columns
    names: tuple[str, ...]
    states: tuple[Any, ...]


class Trivial(ImageOperator):
    """Pictures changed by any one of many operators."""

    name: ClassVar = "trivial"
    version: ClassVar = "2"
    Params: ClassVar = TrivialParams

    @classmethod
    def unsafe(cls, params: TrivialParams, facts: base.Facts) -> str | None:
        """Why a named member is not safe; see :class:`aug_assets.operators.base.Operator`."""
        for name in params.among or ():
            if reason := _reason(name, facts):
                return f"among its operators, {name}: {reason}"
        if params.among is None and not _candidates(facts):
            return "no operator on pictures is left that this dataset allows"
        return None

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: TrivialParams) -> TrivialState:
        """Fit every member, and try it on the first picture; see :class:`aug_assets.operators.base.Operator`.

        Raises:
            SpecError: ``among`` names what is no operator on pictures, or nothing is left to draw from.
            AugError: A named member cannot change these pictures. One that was not named is left out.
        """
        super().fit(rows, columns, params)
        fitted = {}
        for name in sorted(set(params.among)) if params.among is not None else _candidates(columns.facts):
            try:
                fitted[name] = _tried(_member(name), rows, columns)
            except AugError:
                if params.among is not None:
                    raise
        if not fitted:
            raise SpecError(
                "trivial has no operator to draw from", seen=params.among, todo="name one in `among`"
            )
        return TrivialState(columns, tuple(fitted), tuple(fitted.values()))

    @classmethod
    def change(
        cls, sample: Sample, state: TrivialState, params: TrivialParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Change by one member; see :class:`aug_assets.operators.image.base.ImageOperator`.

        Provenance has the member as ``operator:<its name>``, which is 1, ``trivial_strength``, and what the
        member drew under its own names: a gate that reads these need know nothing of this operator.
        """
        which, strength = int(rng.random() * len(state.names)), params.strength * rng.random()
        operator = _member(state.names[which])
        inner = at_strength(operator.Params(), strength, rng)
        made, told = operator.change(sample, state.states[which], inner, rng)
        drawn = {**told, f"operator:{operator.name}": 1.0, "trivial_strength": strength}
        return made, {name: float(drawn[name]) for name in sorted(drawn)}


def _member(name: str) -> Any:
    """The operator of this name.

    Raises:
        SpecError: It is none that changes pictures.
    """
    from aug_assets import operators

    if name in _NEVER or name not in operators.REGISTRY.paths or operators.get(name).modality != "image":
        raise SpecError(
            "trivial can only draw from operators on pictures", seen=name,
            legal=", ".join(_candidates(None)), todo="correct `among`",
        )  # fmt: skip
    return operators.get(name)


def _candidates(facts: base.Facts | None) -> list[str]:
    """All operators on pictures that are safe, sorted; without facts, all."""
    from aug_assets import operators

    known: list[Any] = [operators.get(name) for name in operators.REGISTRY.paths if name not in _NEVER]
    names = [o.name for o in known if o.modality == "image" and o.kind == "transform"]
    return [name for name in sorted(names) if facts is None or _reason(name, facts) is None]


def _reason(name: str, facts: base.Facts) -> str | None:
    """Why a member is not safe here, its name being wrong included."""
    try:
        operator = _member(name)
    except SpecError as error:
        return str(error)
    reason: str | None = facts.safety.forbid.get(name) or operator.unsafe(operator.Params(), facts)
    return reason


def _tried(operator: Any, rows: pd.DataFrame, columns: base.Columns) -> Any:
    """A member's state."""
    params = operator.Params()
    state = operator.fit(rows, columns, params)
    first = next(iter(samples(rows.iloc[:1], columns)))
    operator.change(first, state, params, Generator(Philox(key=np.zeros(2, np.uint64))))
    return state
