"""Servers on 127.0.0.1 that tests start and stop: S3 of three characters. No fixtures and no assertions."""

import logging
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BUCKET = "lake"
ACCESS_KEY, SECRET_KEY = "lake-key", "lake-secret"
AWS_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    "AWS_REGION": "us-east-1",
}
_WEED = Path(sys.executable).with_name("weed")
_START_SECONDS = 60
_STARTS = 3


def free_ports(count: int) -> list[int]:
    """Ports that are free together with their gRPC twin, which SeaweedFS puts 10,000 above.

    No port is the twin of another, and none is in the range from 32,768 on, out of which the kernel
    gives ports to whoever connects somewhere, between our look and the server's bind.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().randrange(20_000, 22_768)
        if port not in found and _is_free(port) and _is_free(port + 10_000):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def moto() -> Iterator[str]:
    """The S3 imitation in this process, with the bucket made; yields its endpoint."""
    import botocore.session
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request drowns a failure
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = botocore.session.Session().create_client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()
    try:
        yield endpoint
    finally:
        server.stop()


class Seaweed:
    """A real S3 server in a process of its own, which can be killed and started again on the same data."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._take_ports()

    def _take_ports(self) -> None:
        names = ("s3", "master", "volume", "filer", "s3.port.iceberg", "s3.port.lance", "admin")
        ports = free_ports(len(names))
        self.endpoint = f"http://127.0.0.1:{ports[0]}"
        self._arguments = [
            f"-{name}={port}" if "." in name else f"-{name}.port={port}"
            for name, port in zip(names, ports, strict=True)
        ]

    def start_new(self) -> None:
        """Start on an empty directory; on other ports when a neighbour was faster to take one."""
        for _ in range(_STARTS - 1):
            with suppress(RuntimeError):
                return self.start()
            self._take_ports()
        return self.start()

    def start(self) -> None:
        """Start where the directory and the ports are those of before.

        Raises:
            RuntimeError: The server did not come up.
        """
        options = [
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-admin.ui=false",
            "-webdav=false",
            f"-bucket={BUCKET}",
        ]
        log_path = self._directory.parent / f"{self._directory.name}.log"
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [str(_WEED), "mini", f"-dir={self._directory}", *options, *self._arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=AWS_ENVIRONMENT | {"HOME": str(self._directory.parent)},
                cwd=self._directory.parent,
            )
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"SeaweedFS did not start:\n{log_path.read_text()[-2000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        """Whether it gives back what it holds; the S3 part answers seconds before the volumes do."""
        import botocore.session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        client = botocore.session.Session().create_client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=5),
        )
        try:
            client.put_object(Bucket=BUCKET, Key="started", Body=b"now")
            held = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
            for one in held:
                client.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
        except (BotoCoreError, ClientError):
            return False
        finally:
            client.close()
        return True

    def kill(self) -> None:
        """SIGKILL, because an orderly end takes half a minute and the ports are needed again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None


class _Careless(BaseHTTPRequestHandler):
    """Accepts each PUT, as gateways do that were written before conditional writes."""

    protocol_version = "HTTP/1.0"  # no kept connections, so that the end of the test ends all threads

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.keys.add(self.path)
        self._answer(200)

    def do_DELETE(self) -> None:
        self.server.keys.discard(self.path)
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Unable(_Careless):
    """Says that it has no conditional writes."""

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"<Error><Code>NotImplemented</Code><Message>If-None-Match</Message></Error>"
        self.send_response(501)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Silent(_Careless):
    """Takes the request and never answers."""

    def _hang(self) -> None:
        self.server.stopping.wait(30)
        self.close_connection = True

    do_PUT = do_GET = do_HEAD = do_DELETE = _hang  # noqa: N815 - http.server looks for these names


HANDLERS = {"careless": _Careless, "unable": _Unable, "silent": _Silent}


@contextmanager
def bad_s3(character: str) -> Iterator[ThreadingHTTPServer]:
    """An S3 server with one bad habit; `keys` holds what was written, `endpoint` its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), HANDLERS[character])
    server.daemon_threads = False
    server.keys, server.stopping = set(), threading.Event()
    server.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
