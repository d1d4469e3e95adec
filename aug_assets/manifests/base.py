"""What a manifest is: which real rows a model trains on and with what weight. It makes no rows."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from aug_assets.keys import U64
from aug_assets.rows import ROW_ID, to_hex

MANIFEST = pa.schema(
    [("manifest", pa.string()), (ROW_ID, pa.string()), ("bag", pa.int32()), ("weight", pa.float64())]
)


class Params(BaseModel):
    """Settings of a manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    manifest: str


class Manifest(ABC):
    """A pure function of row ids and classes, whose order makes no difference."""

    name: ClassVar[str]
    Params: ClassVar[type[Params]]

    @classmethod
    @abstractmethod
    def weigh(cls, ids: U64, minority: NDArray[np.bool_], params: Any) -> pa.Table:
        """Rows to train on.

        Args:
            ids: uint64 (n, 2), row ids.
            minority: bool (n,), whether a row is of the minority class.
            params: The manifest's own ``Params``.

        Returns:
            ``row_id, bag, weight``: a model is trained on each bag, and their scores are averaged.
        """


def listed(name: str, ids: U64, bag: NDArray[np.int32], weight: NDArray[np.float64]) -> pa.Table:
    """A manifest as it is stored."""
    names = pa.array([name] * len(ids), pa.string())
    return pa.table([names, to_hex(ids), pa.array(bag), pa.array(weight)], schema=MANIFEST)
