"""The service as an ASGI application. What is answered is in ``engine``, in which order in ``desk``."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from aug_assets import errors
from aug_assets.errors import AugError
from aug_assets.service import bodies
from aug_assets.service.asks import Ask
from aug_assets.service.bodies import ARROW, Candidates, Parents, Problem
from aug_assets.service.desk import Desk
from aug_assets.service.engine import Engine
from aug_assets.service.metrics import Metrics

_CODES: tuple[tuple[type[AugError], int], ...] = (
    (errors.OverloadedError, 429),
    (errors.ClosingError, 503),
    (errors.BodyError, 422),
    (errors.UnknownDatasetError, 404),
    (errors.UnknownPartitionError, 404),
    (errors.UpstreamMissingError, 404),
    (errors.PublishRefusedError, 409),
    (errors.StreamError, 422),
    (errors.RepliesMissingError, 422),
)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": told}
    for code, told in (
        (404, "No such dataset, day or published rows"),
        (409, "The day's verdict does not let it be used"),
        (422, "The request is not legal"),
        (429, "Too much is waiting; see Retry-After"),
        (500, "A fault of the service"),
        (503, "The service is stopping"),
    )
}


def create(engine: Engine, *, room: int = 256) -> FastAPI:
    """The application.

    Args:
        engine: What answers.
        room: How many requests may wait; more are refused with 429.
    """
    desk = Desk(engine.answer, room)
    metrics = Metrics(desk, engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(desk.close)

    app = FastAPI(title="aug serve", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.desk = desk

    @app.middleware("http")
    async def noted(request: Request, following: Callable[[Request], Awaitable[Response]]) -> Response:
        start = time.perf_counter()
        response = await following(request)
        if request.url.path.startswith("/v1/"):
            metrics.note(response.status_code, time.perf_counter() - start)
        return response

    @app.exception_handler(AugError)
    async def refused(_: Request, error: AugError) -> JSONResponse:
        code = next((code for kind, code in _CODES if isinstance(error, kind)), 500)
        told = Problem(
            code=error.code,
            message=str(error),
            seen=error.seen or "",
            legal=error.legal or "",
            todo=error.todo or "",
        )
        headers = {"Retry-After": str(desk.wait_seconds())} if code in (429, 503) else {}
        return JSONResponse(told.model_dump(), code, headers)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> JSONResponse:
        return await refused(request, _body_error(error.errors()[0]))

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "well"}

    @app.get("/ready", responses={503: {"model": Problem}})
    async def ready() -> dict[str, int]:
        """Whether it takes requests on, and how many wait."""
        if desk.closed:
            raise errors.ClosingError("the service is stopping", seen="/ready", todo="ask another instance")
        return {"waiting": desk.waiting, "room": room}

    @app.get("/metrics", response_class=Response)
    async def told() -> Response:
        """For Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    _augment(app, desk)
    return app


def _augment(app: FastAPI, desk: Desk) -> None:
    body = {
        "content": {
            "application/json": {"schema": Parents.model_json_schema()},
            ARROW: {"schema": {"type": "string", "format": "binary"}},
        },
        "required": True,
    }

    @app.post(
        "/v1/{tenant}/{dataset}/augment",
        response_model=Candidates,
        responses={200: {"content": {ARROW: {}}}, **_PROBLEMS},
        openapi_extra={"requestBody": body},
    )
    async def augment(
        tenant: str,
        dataset: str,
        request: Request,
        day: Annotated[str, Query(description="With an Arrow body: the day")] = "",
        epoch: Annotated[int, Query(ge=0, description="With an Arrow body: the epoch")] = 0,
        content_type: Annotated[str, Header()] = "application/json",
        accept: Annotated[str, Header()] = "application/json",
    ) -> Response:
        """Candidates of some parents of a published day, as an offline run would make them."""
        wanted = _read(await request.body(), content_type, day, epoch)
        ask = Ask(f"{tenant}/{dataset}", wanted.day, wanted.epoch, tuple(dict.fromkeys(wanted.parents)))
        answer = await asyncio.wrap_future(desk.put(ask))
        if ARROW in accept:
            return Response(await asyncio.to_thread(bodies.as_arrow, answer), media_type=ARROW)
        return JSONResponse(bodies.as_json(answer, provenance=wanted.provenance))


def _read(body: bytes, content_type: str, day: str, epoch: int) -> Parents:
    try:
        if content_type.split(";", maxsplit=1)[0].strip() == ARROW:
            return bodies.of_arrow(body, day, epoch)
        return Parents.model_validate_json(body)
    except ValidationError as error:
        raise _body_error(error.errors(include_url=False, include_input=False)[0]) from error


def _body_error(first: Any) -> errors.BodyError:
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return errors.BodyError(
        f"{where}: {first['msg']}",
        seen=where,
        legal=", ".join(Parents.model_fields),
        todo="correct the request",
    )
