"""Which price sheet holds: that of AUG_PRICES, else that of the lake, else the defaults."""

import os
from pathlib import Path

from aug_assets.cost import Prices, price_sheet
from aug_assets.errors import PricesError
from resources.lake import LakeResource

VARIABLE = "AUG_PRICES"
_FILE = "prices.yaml"


def in_force(lake: LakeResource) -> Prices:
    """The price sheet.

    Raises:
        PricesError: AUG_PRICES names no file that can be read, or the sheet is none.
        LakeError: The lake does not answer.
    """
    if named := os.environ.get(VARIABLE):
        try:
            return price_sheet(Path(named).read_text(encoding="utf-8"), named)
        except (OSError, UnicodeDecodeError) as error:
            raise PricesError(
                f"{VARIABLE} names no file that can be read", seen=named, legal="a YAML file of prices",
                todo=f"correct the variable ({error})",
            ) from error  # fmt: skip
    storage = lake.storage()
    files = storage.filesystem()
    if not files.exists(storage.path(_FILE)):
        return Prices()
    return price_sheet(storage.get(_FILE).decode("utf-8", "replace"), f"{storage.uri}/{_FILE}")
