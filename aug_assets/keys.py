"""Keys of synthetic rows and the random numbers that follow from them; no other source of randomness exists.

A row's key is a pure function of stable ids: dataset, partition, the step that makes the row (branch,
selection, operator, version and parameters), the parent row and the copy number. Its random numbers come from
the counter-based generator Philox4x64-10 under that key, so that row k never depends on chunk size, worker,
order or retry. The functions here compute for whole arrays exactly what ``numpy.random.Philox(key=...)``
computes for one key; a test holds them to it bit for bit.

Source of the algorithm: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.fast import compiled

U64 = NDArray[np.uint64]

_M0, _M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)  # round multipliers
_W0, _W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)  # key increments
_ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ELEVEN, _STEP = np.uint64(11), 1.0 / (1 << 53)
_BATCH = 2048  # rows a pass: the temporaries of ten rounds then stay in the cache


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
    sources = [np.atleast_1d(np.asarray(a, np.uint64)) for a in (key[..., 0], key[..., 1], *counter)]
    lengths = [len(a) for a in sources]
    n = max(lengths) if min(lengths) else 0  # a single key for no counters makes nothing
    full = [np.broadcast_to(a, (n,)) for a in sources]
    out = np.empty((n, 4), np.uint64)
    fill = compiled(_fill_loop, n, *BLOCK) or _fill
    state = np.empty((6, min(n, _BATCH)), np.uint64)
    for start in range(0, n, _BATCH):
        part = slice(start, min(n, start + _BATCH))
        for line, source in zip(state, full, strict=True):
            line[: part.stop - start] = source[part]
        fill(state, out[part])
    return out


def _fill(state: U64, out: U64) -> None:
    for column, word in zip(out.T, block(*state[:, : len(out)]), strict=True):
        column[:] = word


def _fill_loop(state: U64, out: U64) -> None:
    """The same row by row, for the compiler."""
    k0, k1, c0, c1, c2, c3 = state[0], state[1], state[2], state[3], state[4], state[5]
    for i in range(len(out)):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = block(k0[i], k1[i], c0[i], c1[i], c2[i], c3[i])


def block(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> tuple[Any, Any, Any, Any]:
    """The ten rounds of Philox on uint64 arrays, or in a compiled loop on single numbers.

    A loop that calls it names :data:`BLOCK` among its helpers.
    """
    for _ in range(_ROUNDS):
        c0, c1, c2, c3 = _high(_M1, c2) ^ c1 ^ k0, _M1 * c2, _high(_M0, c0) ^ c3 ^ k1, _M0 * c0
        k0, k1 = k0 + _W0, k1 + _W1
    return c0, c1, c2, c3


def _high(a: Any, x: Any) -> Any:
    """The upper word of the 128-bit product, from 32-bit halves: numpy has no wider integer."""
    a_high, a_low, x_high, x_low = a >> _HALF, a & _LOW, x >> _HALF, x & _LOW
    cross = x_high * a_low + (x_low * a_low >> _HALF)
    middle = x_low * a_high + (cross & _LOW)
    return x_high * a_high + (cross >> _HALF) + (middle >> _HALF)


BLOCK = (block, _high)


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


def generators(bits: Iterable[U64]) -> Iterator[np.random.Generator]:
    """For each of n keys ``numpy.random.Generator(numpy.random.Philox(key=...))``, at its beginning.

    It is one object that is set to the next key each time, which takes a tenth of the time of a new one: use
    it up before the next.

    Args:
        bits: The keys, each uint64 of shape (2,); an array of shape (n, 2), for instance.
    """
    source = np.random.Philox(key=0)
    made, state = np.random.Generator(source), source.state
    words: Any = state["state"]
    words["counter"] = np.zeros(4, np.uint64)
    for key in bits:
        words["key"] = key
        source.state = state
        yield made


def row_keys(step: U64, parent_ids: U64, parent: NDArray[np.int64], copy: NDArray[np.int32]) -> RowKeys:
    """Keys of the rows that a step makes from parents.

    Args:
        step: uint64 of shape (2,), from :func:`step_key`.
        parent_ids: uint64 of shape (m, 2), the row ids of all selected rows.
        parent: int64 of shape (n,), positions in ``parent_ids``.
        copy: int32 of shape (n,), copy numbers from 0.

    Raises:
        IndexError: A position is beyond the parents.
    """
    if len(parent) and int(parent.max()) >= len(parent_ids):  # compiled code would read beyond the end
        raise IndexError(f"parent {parent.max()} of {len(parent_ids)} rows")
    bits = np.empty((len(parent), 2), np.uint64)
    fill = compiled(_row_keys_loop, len(parent), *BLOCK) or _row_keys
    fill(step, parent_ids, parent, copy, bits)
    return RowKeys(bits, parent, copy)


def _row_keys(step: U64, ids: U64, parent: NDArray[np.int64], copy: NDArray[np.int32], bits: U64) -> None:
    for start in range(0, len(parent), _BATCH):
        part = slice(start, start + _BATCH)
        chosen = ids[parent[part]]
        words = philox(step, (chosen[:, 0], chosen[:, 1], copy[part].astype(np.uint64), 0))
        bits[part] = words[:, :2]


def _row_keys_loop(
    step: U64, ids: U64, parent: NDArray[np.int64], copy: NDArray[np.int32], bits: U64
) -> None:
    """The same row by row, for the compiler."""
    for i in range(len(bits)):
        first, second = ids[parent[i], 0], ids[parent[i], 1]
        words = block(step[0], step[1], first, second, np.uint64(copy[i]), np.uint64(0))
        bits[i, 0], bits[i, 1] = words[0], words[1]


def step_key(dataset: str, partition: str, step_digest: str) -> U64:
    """The key under which all rows of one recipe step of one day are made; uint64 of shape (2,)."""
    return digest_bits("step", dataset, partition, step_digest)


def unit(words: Any) -> Any:
    """Uniform float64 in [0, 1), 53 bits each, of words; in a compiled loop, of one word."""
    return (words >> _ELEVEN) * _STEP


def below(words: U64, bound: U64 | int) -> NDArray[np.int64]:
    """Uniform integers in [0, bound) from the upper halves; bound < 2**32, bias under bound / 2**32."""
    drawn: NDArray[np.int64] = scaled(words, np.asarray(bound, np.uint64)).astype(np.int64)
    return drawn


def scaled(words: Any, bound: Any) -> Any:
    """The arithmetic of :func:`below` on uint64, which a compiled loop may call too."""
    return (words >> _HALF) * bound >> _HALF


def bell(keys: RowKeys, column: int) -> NDArray[np.float64]:
    """Noise of mean 0, variance 1, within +-3.47: the sum of four uniforms (Irwin-Hall), scaled.

    Only additions and multiplications, so that the last bit is the same on every processor; logarithms and
    cosines of a Box-Muller transform are not.
    """
    u = unit(keys.words(column))
    total = ((u[:, 0] + u[:, 1]) + u[:, 2]) + u[:, 3]  # spelled out: a reduction may add in another order
    return np.asarray((total - 2.0) * np.sqrt(3.0))
