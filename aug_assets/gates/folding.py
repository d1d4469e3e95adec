"""Gate: no elastic step folds the picture over itself.

Source: a deformation keeps its topology where its Jacobian is positive (Christensen, Rabbitt and Miller,
"Deformable templates using large deformation kinematics", IEEE Transactions on Image Processing 5, 1996).

Not for telling whether a deformation is one that anatomy allows.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams


class FoldingParams(PictureParams):
    """Settings of the ``folding`` gate."""

    gate: Literal["folding"] = "folding"
    min_jacobian: float = Field(
        0.05,
        ge=0,
        description="Least Jacobian of the map from copy to parent; at 0 or below it folds",
    )


class Folding(PictureGate):
    """Every elastic step says how far it stretched, and none folds."""

    name: ClassVar = "folding"
    Params: ClassVar = FoldingParams
    told: ClassVar = "fold the picture, or do not say that they do not"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: FoldingParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        for operator, values in one.steps:
            if operator != "elastic" and "jacobian_min" not in values:
                continue
            if "jacobian_min" not in values:
                return ("folding_unknown",)
            if not values["jacobian_min"] >= params.min_jacobian or values["jacobian_min"] <= 0:
                return ("folded",)
        return ()
