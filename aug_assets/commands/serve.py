"""Run the service: one process, one engine, ended by a signal once what was taken on is answered."""

import os
import threading
from typing import Any

from aug_assets.errors import ServiceMissingError


def serve(host: str, port: int, room: int, keep: int) -> None:
    """Serve until a signal comes.

    Args:
        host: Address to listen on.
        port: Port.
        room: Requests that may wait.
        keep: Fitted days that stay in memory.

    Raises:
        ServiceMissingError: The packages are not installed.
    """
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn
    except ImportError as error:
        raise ServiceMissingError(
            "the packages of the service are not installed",
            seen=str(error),
            todo='pip install "aug-assets[serve]"',
        ) from error
    from aug_assets.service.app import create
    from aug_assets.service.engine import Engine

    # A batch of hundreds takes as long in numpy, and none has to wait a second for the compiler.
    os.environ.setdefault("AUG_NUMBA", "0")
    app = create(Engine(keep=keep), room=room)
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=60)
    server = uvicorn.Server(config)
    finish_first(server, app.state.desk)
    server.run()


def finish_first(server: Any, desk: Any) -> None:
    """Have a signal close the desk before the port, so that who comes meanwhile is told so with 503.

    A second signal ends the server at once, as uvicorn does.
    """
    stop, told = server.handle_exit, threading.Event()

    def drain(number: int, frame: Any) -> None:
        desk.close()
        stop(number, frame)

    def noticed(number: int, frame: Any) -> None:
        if told.is_set():
            stop(number, frame)
            return
        told.set()
        # The signal may have come while this thread holds the desk's lock: another one closes it.
        threading.Thread(target=drain, args=(number, frame), daemon=True).start()

    server.handle_exit = noticed
