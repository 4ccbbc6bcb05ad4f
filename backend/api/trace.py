"""What was really said: the OCPP frames of a station, and the connections that could not be served."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.params import FromPath, FromQuery

from backend.api import views
from backend.api.routing import FAILS, house_of, lists, needs, read_limit
from backend.api.stations import MOST_LINES, live_station
from backend.model.duration import parse_moment
from backend.model.resources import AuditResource, FrameResource, HandshakeResource
from backend.model.words import Right

Asked = Request[Any, Any, Any]


@get("/v1/trace/{name:str}", opt=needs(Right.READ), responses={**lists(FrameResource), **FAILS})
async def list_frames(
    request: Asked, name: FromPath[str], limit: FromQuery[int] = 200, before: FromQuery[str] = ""
) -> list[FrameResource]:
    """The last frames of a station, oldest first; `before` is a time."""
    house = house_of(request)
    station = live_station(house, name)
    until = parse_moment(before, house.clock.now()) if before else None
    most = min(read_limit(limit), MOST_LINES)
    found = await house.store.frames(station.id, most, until)
    return [views.frame(frame) for frame in reversed(found[:most])]


@get("/v1/quarantine", opt=needs(Right.READ), responses={**lists(HandshakeResource), **FAILS})
async def list_quarantine(request: Asked, limit: FromQuery[int] = 1_000) -> list[HandshakeResource]:
    """Connections that could not be served, the latest first."""
    found = await house_of(request).store.handshakes(min(read_limit(limit), MOST_LINES))
    return [views.handshake(one) for one in found]


@get("/v1/audit", opt=needs(Right.READ), responses={**lists(AuditResource), **FAILS})
async def list_audit(
    request: Asked, limit: FromQuery[int] = 200, target: FromQuery[str | None] = None
) -> list[AuditResource]:
    """Who did what, the latest first."""
    found = await house_of(request).store.audit_entries(target, limit=min(read_limit(limit), MOST_LINES))
    return [views.audit(entry) for _, entry in found]
