"""Run the service: one process, one engine, ended by a signal once what was taken on is answered."""

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

    app = create(Engine(keep=keep), room=room)
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=60)
