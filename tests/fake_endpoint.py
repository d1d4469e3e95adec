"""A server on 127.0.0.1 that speaks /v1/chat/completions as a script tells it. No assertions."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aug_assets.operators.text.llm_paraphrase import LlmParaphraseParams

Script = Callable[[int, dict[str, Any]], Any]  # number and body of a request to a reply's content, or a Raw


class Raw:
    """An answer below the level of a chat: status, headers and bytes, after some seconds."""

    def __init__(
        self, status: int = 200, body: bytes = b"{}", wait: float = 0.0, drip: int = 0, **headers: str
    ) -> None:
        self.status, self.body, self.wait, self.drip = status, body, wait, drip
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Fake:
    """The server: what it was asked, and what it says next."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        self.url = ""

    def params(self, **changes: Any) -> dict[str, Any]:
        """A step that asks this server, in no hurry to give up and in a hurry to try again."""
        quick = {"url": self.url, "model": "fake-1", "backoff_s": 0.0, "timeout_s": 5.0}
        return {"operator": "llm_paraphrase", **quick, **changes}

    def step(self, **changes: Any) -> LlmParaphraseParams:
        """The same, checked."""
        return LlmParaphraseParams.model_validate(self.params(**changes))

    def texts(self) -> list[str]:
        """The texts that it was sent."""
        return [json.loads(body["messages"][1]["content"])["data"] for body in self.requests]

    def answer(self, body: dict[str, Any], key: str | None) -> Raw:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            number = len(self.requests)
            self.requests.append(body)
            self.keys.append(key)
        try:
            said = self.script(number, body)
            return said if isinstance(said, Raw) else Raw(body=chat(said))
        finally:
            with self._lock:
                self._now -= 1


def chat(content: Any, **changes: Any) -> bytes:
    """The body of a reply."""
    message = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return json.dumps({"object": "chat.completion", "choices": [message], "usage": usage, **changes}).encode()


def said(text: str) -> str:
    """A paraphrase as it should come."""
    return json.dumps({"paraphrase": text})


def polite(_: int, body: dict[str, Any]) -> str:
    """A paraphrase that is another for every version, and the same each time."""
    text = json.loads(body["messages"][1]["content"])["data"]
    copy = int(body["messages"][0]["content"].partition("give number ")[2].partition(".")[0])
    return said(f"{('Well', 'Hello', 'Greetings', 'Good day', 'Hey')[copy % 5]}, {text} thanks")


@contextmanager
def serving(script: Script) -> Iterator[Fake]:
    """A server in threads of this process."""
    fake = Fake(script)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            raw = fake.answer(body, self.headers.get("Authorization"))
            if self.path != "/v1/chat/completions":
                raw = Raw(404)
            time.sleep(raw.wait)
            try:
                self.send_response(raw.status)
                for name, value in raw.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw.body) + raw.drip))
                self.end_headers()
                self.wfile.write(raw.body)
                for _ in range(raw.drip):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.02)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the other side has had enough

        def log_message(self, *_: Any) -> None:
            """Nothing: a line for each request drowns a failure."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
