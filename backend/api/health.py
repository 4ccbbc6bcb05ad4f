"""Whether the server is there and ready, and its figures: on the API for who may read, and on a listener of their own
for whoever reaches it."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State

from backend.api.house import House
from backend.api.metrics import exposition
from backend.api.routing import FAILS, house_of, needs
from backend.model.resources import Readiness
from backend.model.words import Right
from backend.text import t

Asked = Request[Any, Any, Any]
TEXT_FORMAT = "text/plain; version=0.0.4"
"""Prometheus' text format. Litestar adds the charset; named twice, Prometheus would not read the header."""
READY_LAG_MS = 2_000.0
"""A loop that is later than this answers nobody in time."""


def readiness(house: House) -> Readiness:
    """Whether stations and people are served as they should be, and why not."""
    store = house.store
    reasons = []
    if house.stopping:
        reasons.append(t("the server stops"))
    if store.error is not None:
        reasons.append(t("the disk takes nothing: {why}", why=store.error))
    if store.damage is not None:
        reasons.append(t("the database is damaged: {why}", why=store.damage))
    if store.full:
        reasons.append(t("the disk is behind: {n} rows wait, stations are not read", n=store.vitals().queued))
    if house.gateway.shut is not None:
        reasons.append(t("no station can be let in: {why}", why=house.gateway.shut))
    if house.lag.worst_ms > READY_LAG_MS:
        reasons.append(t("the server is late by {n} ms", n=round(house.lag.worst_ms)))
    return Readiness(ready=not reasons, reasons=reasons)


async def _text(request: Asked) -> Response[bytes]:
    return Response(await exposition(house_of(request)), media_type=TEXT_FORMAT)


def _ready(request: Asked) -> Response[Readiness]:
    found = readiness(house_of(request))
    return Response(found, status_code=200 if found.ready else 503)


@get("/metrics", opt=needs(Right.READ), include_in_schema=False)
async def get_metrics(request: Asked) -> Response[bytes]:
    """All figures, in Prometheus' text format."""
    return await _text(request)


@get("/health/live", opt=needs(Right.READ), responses=FAILS)
async def get_live(request: Asked) -> dict[str, str]:
    """That it answers at all."""
    return {"status": "ok"}


@get("/health/ready", opt=needs(Right.READ), responses={**FAILS})
async def get_ready(request: Asked) -> Response[Readiness]:
    """Whether stations and people are served as they should be; 503 with the reasons when not."""
    return _ready(request)


@get("/metrics", name="open_metrics")
async def open_metrics(request: Asked) -> Response[bytes]:
    """The same on the listener of its own, to whoever reaches it."""
    return await _text(request)


@get("/health/live")
async def open_live() -> dict[str, str]:
    """That it answers at all."""
    return {"status": "ok"}


@get("/health/ready")
async def open_ready(request: Asked) -> Response[Readiness]:
    """Whether it is ready; 503 with the reasons when not."""
    return _ready(request)


def make_metrics_app(house: House) -> Litestar:
    """What `--metrics HOST:PORT` serves without a login: figures and health, nothing else."""
    return Litestar(
        route_handlers=[open_metrics, open_live, open_ready],
        state=State({"house": house}),
        openapi_config=None,
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
    )
