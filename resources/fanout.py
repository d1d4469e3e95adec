"""Spreading the chunks of one step over the Dask workers, or a plain loop where there are none.

Nothing about what a chunk does: items and results are small (paths, seeds, counts), never frames.
"""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from resources import code_digest, interrupts

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK_PRIORITY = 10  # above steps: what has begun ends before more begins
_POLL_SECONDS = 0.01
_CLIENT_LOCK = threading.Lock()


def map_chunks(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    label: str,
    order: Sequence[int] | None = None,
) -> list[Result]:
    """Apply a function to all items; on a Dask worker, on all workers of its cluster at once.

    A chunk whose worker dies is run again elsewhere, so the function must bear being repeated.

    Args:
        function: Importable by its name on the workers.
        items: What to apply it to.
        label: Run id and step; the chunks carry it in their names, in the dashboard and for termination.
        order: Positions of the items in the order in which to start them, for tests that show that the
            result does not depend on it.

    Returns:
        The results in the order of the items.

    Raises:
        ValueError: The order does not name each position once.
    """
    positions = list(range(len(items)) if order is None else order)
    if sorted(positions) != list(range(len(items))):
        raise ValueError(f"order must name each of the {len(items)} positions once, not {positions}")
    if len(items) > 1 and in_dask_task():
        results = _on_cluster(function, items, label, positions)
    else:
        results = {position: function(items[position]) for position in positions}
    return [results[position] for position in range(len(items))]


def in_dask_task() -> bool:
    """Whether this thread runs a task of a Dask worker."""
    if "distributed" not in sys.modules:
        return False  # a worker has it, and a process without it need not load it to find out
    from distributed.worker import thread_state

    return hasattr(thread_state, "execution_state")


def _on_cluster(
    function: Callable[[Item], Result], items: Sequence[Item], label: str, positions: list[int]
) -> dict[int, Result]:
    from distributed import as_completed, get_client, rejoin

    with _CLIENT_LOCK:  # two steps in one worker would otherwise make two clients
        client = get_client()
    name = f"{interrupts.current() or label}/{label}/{uuid4().hex[:8]}"
    futures = {}
    _leave_the_pool()
    try:
        for position in positions:
            future = client.submit(
                _run_chunk,
                function,
                items[position],
                f"{name}/{position}",
                code_digest.at_import(),
                key=("chunk", f"{name}/{position}"),  # why not a plain text: see dask_handler
                priority=_CHUNK_PRIORITY,
                pure=False,
            )
            futures[future] = position
        results = _collect(as_completed(futures, loop=client.loop, with_results=True), futures)
    except BaseException:
        client.cancel(list(futures))
        raise  # without rejoin: a step that ends need not wait for a free slot
    rejoin()
    return results


def _collect(done: Any, futures: dict[Any, int]) -> dict[int, Any]:
    results = {}
    while done.count():
        if done.has_ready():
            future, result = next(done)  # raises the error of a chunk
            results[futures[future]] = result
        else:
            time.sleep(_POLL_SECONDS)  # waiting inside distributed would delay an interrupt
    return results


def _leave_the_pool() -> None:
    """Free this thread's slot for the chunks; with every slot waiting for chunks none would ever run."""
    from distributed import secede

    try:
        secede()
    except KeyError:
        return  # an earlier fan-out of this step failed and did not rejoin


def _run_chunk(function: Callable[[Any], Result], item: Any, name: str, sender: str) -> Result:
    code_digest.refuse_other(sender)
    return interrupts.run(name, function, item)
