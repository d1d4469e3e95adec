"""Keys of synthetic rows and the random numbers that follow from them; no other source of randomness exists.

A row's key is a pure function of stable ids: dataset, partition, the step that makes the row (branch,
selection, operator, version and parameters), the parent row and the copy number. Its random numbers come from
the counter-based generator Philox4x64-10 under that key, so that row k never depends on chunk size, worker,
order or retry. The functions here compute for whole arrays exactly what ``numpy.random.Philox(key=...)``
computes for one key; a test holds them to it bit for bit.

Source of the algorithm: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

_M0, _M1 = 0xD2E7470EE14C6C93, 0xCA5A826395121157  # round multipliers
_W0, _W1 = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B  # key increments
_ROUNDS = 10
_MASK64 = (1 << 64) - 1
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_BATCH = 4096  # rows a pass: the temporaries of ten rounds then stay in the cache


def digest_bits(*parts: str) -> U64:
    """The 128-bit blake2b digest of the parts, each with its length before it, as two uint64 words."""
    h = hashlib.blake2b(digest_size=16)
    for part in parts:
        raw = part.encode()
        h.update(len(raw).to_bytes(8, "little") + raw)
    return np.frombuffer(h.digest(), dtype="<u8").astype(np.uint64)


def philox(key: U64, counter: tuple[U64 | int, U64 | int, U64 | int, U64 | int]) -> U64:
    """Philox4x64-10 for n keys or n counters at once.

    Args:
        key: uint64 of shape (2,) or (n, 2).
        counter: Four words, each a number or uint64 of shape (n,).

    Returns:
        uint64 of shape (n, 4).
    """
    k0, k1 = np.atleast_1d(key[..., 0]), np.atleast_1d(key[..., 1])
    words = [np.atleast_1d(np.asarray(c, dtype=np.uint64)) for c in counter]
    lengths = [len(k0), *(len(w) for w in words)]
    n = max(lengths) if min(lengths) else 0  # a single key for no counters makes nothing
    full = [np.broadcast_to(a, (n,)) for a in (k0, k1, *words)]
    out = np.empty((n, 4), np.uint64)
    for start in range(0, n, _BATCH):
        part = slice(start, min(n, start + _BATCH))
        _rounds([a[part] for a in full], out[part])
    return out


def _rounds(state: list[U64], out: U64) -> None:
    k0, k1, c0, c1, c2, c3 = state
    for r in range(_ROUNDS):
        high0, low0 = _multiply(_M0, c0)
        high1, low1 = _multiply(_M1, c2)
        bump0, bump1 = np.uint64(r * _W0 & _MASK64), np.uint64(r * _W1 & _MASK64)
        c0, c1, c2, c3 = high1 ^ c1 ^ (k0 + bump0), low1, high0 ^ c3 ^ (k1 + bump1), low0
    out[:, 0], out[:, 1], out[:, 2], out[:, 3] = c0, c1, c2, c3


def _multiply(constant: int, x: U64) -> tuple[U64, U64]:
    """High and low word of the 128-bit product, from 32-bit halves: numpy has no wider integer."""
    a_high, a_low = np.uint64(constant >> 32), np.uint64(constant & 0xFFFFFFFF)
    x_high, x_low = x >> _HALF, x & _LOW
    cross = x_high * a_low + (x_low * a_low >> _HALF)
    middle = x_low * a_high + (cross & _LOW)
    return x_high * a_high + (cross >> _HALF) + (middle >> _HALF), x * np.uint64(constant)


@dataclass(frozen=True)
class RowKeys:
    """The keys of n rows that one step makes, and where each comes from.

    Attributes:
        bits: uint64 of shape (n, 2), the 128-bit key of each row.
        parent: int64 of shape (n,), the position of each row's parent among the selected rows.
        copy: int32 of shape (n,), which copy of that parent the row is, from 0.
    """

    bits: U64
    parent: NDArray[np.int64]
    copy: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.bits)

    def __getitem__(self, part: slice | NDArray[np.int64]) -> "RowKeys":
        return RowKeys(self.bits[part], self.parent[part], self.copy[part])

    def words(self, block: int = 0) -> U64:
        """Four random words a row, shape (n, 4): what ``numpy.random.Philox(key)`` yields after 4 * block."""
        return philox(self.bits, (block + 1, 0, 0, 0))  # numpy counts up before its first block

    def columns(self, count: int, first_block: int = 0) -> Iterator[U64]:
        """``count`` independent columns of n words each, from as many blocks as that takes."""
        for column in range(count):
            block, lane = divmod(column, 4)
            if lane == 0:
                words = self.words(first_block + block)
            yield words[:, lane]


def row_keys(step: U64, parent_ids: U64, parent: NDArray[np.int64], copy: NDArray[np.int32]) -> RowKeys:
    """Keys of the rows that a step makes from parents.

    Args:
        step: uint64 of shape (2,), from :func:`step_key`.
        parent_ids: uint64 of shape (m, 2), the row ids of all selected rows.
        parent: int64 of shape (n,), positions in ``parent_ids``.
        copy: int32 of shape (n,), copy numbers from 0.
    """
    chosen = parent_ids[parent]
    words = philox(step, (chosen[:, 0], chosen[:, 1], copy.astype(np.uint64), 0))
    return RowKeys(np.ascontiguousarray(words[:, :2]), parent, copy)


def step_key(dataset: str, partition: str, step_digest: str) -> U64:
    """The key under which all rows of one recipe step of one day are made; uint64 of shape (2,)."""
    return digest_bits("step", dataset, partition, step_digest)


def unit(words: U64) -> NDArray[np.float64]:
    """Uniform numbers in [0, 1), 53 bits each."""
    return (words >> np.uint64(11)).astype(np.float64) * (1.0 / (1 << 53))


def below(words: U64, bound: U64 | int) -> NDArray[np.int64]:
    """Uniform integers in [0, bound) from the upper halves; bound < 2**32, bias under bound / 2**32."""
    high: NDArray[np.int64] = ((words >> _HALF) * np.asarray(bound, np.uint64) >> _HALF).astype(np.int64)
    return high


def bell(keys: RowKeys, column: int) -> NDArray[np.float64]:
    """Noise of mean 0, variance 1, within +-3.47: the sum of four uniforms (Irwin-Hall), scaled.

    Only additions and multiplications, so that the last bit is the same on every processor; logarithms and
    cosines of a Box-Muller transform are not.
    """
    u = unit(keys.words(column))
    total = ((u[:, 0] + u[:, 1]) + u[:, 2]) + u[:, 3]  # spelled out: a reduction may add in another order
    return np.asarray((total - 2.0) * np.sqrt(3.0))
