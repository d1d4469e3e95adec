"""In which order the rows of an epoch are given out: a function of ids, seed and epoch alone."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from aug_assets.keys import digest_bits, philox
from aug_assets.rows import ROW_ID, from_hex


def days(dates: Iterable[str], seed: int, epoch: int) -> list[str]:
    """The days of an epoch, shuffled by a key of each."""
    return sorted(dates, key=lambda date: digest_bits("stream days", str(seed), str(epoch), date).tolist())


def rows(table: pa.Table, seed: int, epoch: int) -> pa.Table:
    """Rows, shuffled by a key of each: whatever they are beside, two rows come in the same order."""
    bits = from_hex(table.column(ROW_ID))
    key = digest_bits("stream rows", str(seed), str(epoch))
    drawn = philox(key, (bits[:, 0], bits[:, 1], 0, 0))
    return table.take(pa.array(np.lexsort((drawn[:, 1], drawn[:, 0]))))
