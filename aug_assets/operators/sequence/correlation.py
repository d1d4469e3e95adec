"""Which items go together: the nearest of each by how often visitors have both.

Source: Liu, Chen, Li, Yu, McAuley, Xiong, "Contrastive Self-supervised Sequential Recommendation with Robust
Augmentation" (CoSeRec), arXiv 2108.06479, 2021: memory-based correlation, ItemCF with inverse user frequency.
"""

import numpy as np

from aug_assets.operators.sequence.items import Choices
from aug_assets.operators.sequence.ragged import Ints, Ragged

_DIGITS = 9  # what logarithms of two processors agree on, so that ties are ties on both


def correlated(lists: Ragged, codes: Ints, items: int, most: int) -> Choices:
    """The ``most`` items that go best with each; equal ones in the order of the catalogue.

    Args:
        lists: The sessions.
        codes: The item of each event; negative ones do not count.
        items: How many items there are.
        most: Neighbours an item.
    """
    from scipy.sparse import csr_array

    pair = np.unique(lists.row[codes >= 0] * items + codes[codes >= 0])  # an item counts once a session
    row, item = np.divmod(pair, items) if items else (pair, pair)
    size = np.bincount(row, minlength=len(lists))
    held = csr_array((np.ones(len(pair)), (row, item)), shape=(len(lists), items))
    weighed = csr_array((1.0 / np.log1p(size[row]), (row, item)), shape=(len(lists), items))
    both = (held.T @ weighed).tocoo()
    count = np.bincount(item, minlength=items)
    one, other = both.coords
    like = np.round(both.data / np.sqrt(count[one] * count[other]), _DIGITS)
    apart = one != other
    return _nearest(one[apart].astype(np.int64), other[apart].astype(np.int64), like[apart], items, most)


def _nearest(one: Ints, other: Ints, like: Ints, items: int, most: int) -> Choices:
    ranked = np.lexsort((other, -like, one))
    one, other = one[ranked], other[ranked]
    lists = Ragged.of_lengths(np.bincount(one, minlength=items))
    near = lists.within(np.zeros_like(lists.lengths), np.minimum(lists.lengths, most))
    kept = lists.without(~near)
    return Choices(other[near], kept.offsets[:-1], kept.offsets[1:], np.full(items, -1))
