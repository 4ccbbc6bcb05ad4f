"""`noc trace`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from backend.text import t
from noc.cli.options import Json, Server, with_client
from noc.cli.output import put_json, say

if TYPE_CHECKING:
    from backend.client.client import Client
    from backend.model.resources import FrameResource


def trace(
    station: Annotated[str, typer.Argument(metavar="ID", help=t("The station's identity."))],
    follow: Annotated[bool, typer.Option("--follow", help=t("Go on as frames come, until interrupted."))] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help=t("The last N frames; 0 for all."))] = 100,
    before: Annotated[str | None, typer.Option("--before", metavar="T", help=t("Frames before this time."))] = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """The OCPP frames of a station; tokens and secrets masked."""

    async def do(client: Client) -> list[FrameResource]:
        if not follow:
            return await client.trace(station, limit, before)
        async for frame in client.follow(station, limit):
            _put(frame, as_json)
        return []

    found = with_client(server, do)
    if as_json and not follow:
        put_json(found)
        return
    for frame in found:
        _put(frame, as_json)


def _put(frame: FrameResource, as_json: bool) -> None:
    if as_json:
        put_json(frame)
        return
    arrow = "→" if frame.direction == "in" else "←"
    took = f"  {frame.latency_ms} ms" if frame.latency_ms is not None else ""
    odd = f"  [{', '.join(frame.deviations)}]" if frame.deviations else ""
    at = frame.received.astimezone()
    say(f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}  {arrow}  {frame.action:<24} {frame.frame}{took}{odd}")
