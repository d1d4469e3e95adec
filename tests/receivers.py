"""A receiver of lineage events on this machine, which refuses what is no such event. No tests."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.openlineage_schema import faults


class Receiver:
    """What arrived, and what to answer.

    Attributes:
        url: Where it listens.
        events: What was taken.
        refused: Faults of what was not.
        answers: Status codes to give first, before any event is looked at.
        seen: Path and authorization of each request.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.events: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.answers: list[int] = []
        self.seen: list[tuple[str, str]] = []

    def take(self, body: bytes) -> int:
        """The status for a request."""
        if self.answers:
            return self.answers.pop(0)
        event = json.loads(body)
        if wrong := faults(event):
            self.refused += wrong
            return 422
        self.events.append(event)
        return 201


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that listens until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.seen.append((self.path, self.headers.get("Authorization", "")))
            self.send_response(found.take(body))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
