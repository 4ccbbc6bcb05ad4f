"""The feed's WebSocket: snapshot, then changes; the client says whose frames it wants."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from backend.api.reader import Reader
from backend.api.rights import person_of
from backend.api.routing import house_of, needs
from backend.model.words import Right

if TYPE_CHECKING:
    from backend.api.house import House

TRY_LATER = 1013
BAD_MESSAGE = 1008
GOING_AWAY = 1001


class _Wish(msgspec.Struct):
    """What a client says."""

    follow: list[str] | None = None
    snapshot: bool = False


@websocket("/v1/feed", opt=needs(Right.READ))
async def feed(socket: WebSocket[Any, Any, Any]) -> None:
    """Send everything that can be seen live. With `?frames=1` only the frames of the followed stations."""
    house = house_of(socket)
    reader = Reader(person_of(socket).name, frames_only=socket.query_params.get("frames") == "1")
    await socket.accept()
    if not house.feed.join(reader):
        await socket.close(TRY_LATER, "too many readers")
        return
    listening = asyncio.create_task(_listen(house, socket, reader))
    try:
        async for message in reader.messages(house.feed, house.feed.snapshots):
            await socket.send_text(message)
    except WebSocketDisconnect:
        pass
    finally:
        house.feed.leave(reader)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
            await listening
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await socket.close(GOING_AWAY)


async def _listen(house: House, socket: WebSocket[Any, Any, Any], reader: Reader) -> None:
    """Take the client's wishes until it goes."""
    decoder = msgspec.json.Decoder(_Wish)
    try:
        while True:
            event: Any = await socket.receive()
            if event["type"] == "websocket.disconnect":
                break
            wish = decoder.decode(event.get("text") or event.get("bytes") or b"")
            if wish.follow is not None:
                names = [live.id for name in wish.follow if (live := house.views.live(name)) is not None]
                reader.follow(names)
            if wish.snapshot:
                reader.again()
    except (WebSocketDisconnect, msgspec.DecodeError):
        pass
    reader.close()
