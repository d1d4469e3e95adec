"""What the service tells Prometheus of itself: requests by outcome, how long they took, what waits."""

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from aug_assets.service.desk import Desk
    from aug_assets.service.engine import Engine

_REMEMBERED = 5000  # requests that percentiles are of
_PERCENTILES = (50, 90, 95, 99)
_EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters of one service; several in a process do not share any."""

    def __init__(self, desk: "Desk", engine: "Engine") -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = CollectorRegistry()
        own: dict[str, Any] = {"registry": self._registry}
        self._requests = Counter("aug_requests", "Requests by status code", ["code"], **own)
        self._seconds = Histogram("aug_request_seconds", "From request to answer", buckets=_EDGES, **own)
        self._percentile = Gauge(
            "aug_request_seconds_percentile", "Of the last requests", ["percentile"], **own
        )
        Gauge("aug_waiting", "Asks that wait", **own).set_function(lambda: desk.waiting)
        Gauge("aug_fitted_hits", "Batches that found their day fitted", **own).set_function(
            lambda: engine.hits
        )
        Gauge("aug_fitted_misses", "Days that were fitted", **own).set_function(lambda: engine.misses)
        self._last: deque[float] = deque(maxlen=_REMEMBERED)

    def note(self, code: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(str(code)).inc()
        self._seconds.observe(seconds)
        self._last.append(seconds)

    def text(self) -> bytes:
        """All of it in Prometheus's format."""
        from prometheus_client import generate_latest

        if self._last:
            for percentile, value in zip(_PERCENTILES, np.percentile(self._last, _PERCENTILES), strict=True):
                self._percentile.labels(f"p{percentile}").set(float(value))
        return generate_latest(self._registry)
