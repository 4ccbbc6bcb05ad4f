"""A station of the tests' own: it speaks OCPP-J as it is told, over a real socket, and answers as it is told."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

Answer = dict[str, Any] | tuple[str, str] | None
"""A result, a CALLERROR's (code, description), or None for silence."""


class CallRefused(Exception):
    """A CALLERROR from the central system."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code


class RawStation:
    """One WebSocket, both directions. What the central system asks is kept in `asked`, in order."""

    def __init__(self, identity: str, version: str = "1.6") -> None:
        self.identity = identity
        self.version = version
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.replies: dict[str, Answer | Callable[[dict[str, Any]], Answer]] = {}
        self.closed = asyncio.Event()
        self.said: list[str] = []
        """Every text frame that came."""
        self._socket: ClientConnection | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._news = asyncio.Condition()
        self._reader: asyncio.Task[None] | None = None

    async def connect(self, address: str) -> Self:
        """Open the socket; a second call after a close is a reconnect."""
        self.closed = asyncio.Event()
        self._socket = await connect(
            f"ws://{address}/ocpp/{self.identity}",
            subprotocols=[Subprotocol(f"ocpp{self.version}")],
            compression=None,
            ping_interval=None,
        )
        self._reader = asyncio.create_task(self._read(self._socket))
        return self

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                assert isinstance(text, str)
                self.said.append(text)
                frame = json.loads(text)
                if frame[0] == 2:
                    await self._answer(socket, frame[1], frame[2], frame[3])
                elif (waiting := self._waiting.pop(frame[1], None)) is not None and not waiting.done():
                    if frame[0] == 3:
                        waiting.set_result(frame[2])
                    else:
                        waiting.set_exception(CallRefused(frame[2], frame[3]))
                async with self._news:
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        finally:
            self.closed.set()
            async with self._news:
                self._news.notify_all()

    async def _answer(self, socket: ClientConnection, message_id: str, action: str, payload: dict[str, Any]) -> None:
        self.asked.append((action, payload))
        reply = self.replies.get(action, ("NotImplemented", ""))
        if callable(reply):
            reply = reply(payload)
        if isinstance(reply, tuple):
            await socket.send(json.dumps([4, message_id, reply[0], reply[1], {}]))
        elif reply is not None:
            await socket.send(json.dumps([3, message_id, reply]))

    async def send(self, text: str) -> None:
        """Put any text on the wire."""
        assert self._socket is not None
        await self._socket.send(text)

    async def call(self, action: str, message_id: str | None = None, **payload: Any) -> dict[str, Any]:
        """One CALL and its result. Raises CallRefused."""
        name = message_id or str(next(self._ids))
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[name] = waiting
        await self.send(json.dumps([2, name, action, payload]))
        result: dict[str, Any] = await asyncio.wait_for(waiting, 10)
        return result

    async def heard(self, action: str, count: int = 1) -> dict[str, Any]:
        """Wait until the central system asked for `action` the `count`-th time; its payload."""

        def found() -> list[dict[str, Any]]:
            return [payload for name, payload in self.asked if name == action]

        await self.news(lambda: len(found()) >= count)
        return found()[count - 1]

    async def news(self, wanted: Callable[[], bool]) -> None:
        """Wait until what came from the central system makes `wanted` true."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(wanted), 10)

    # -- what stations usually say ---------------------------------------------------------------------------

    async def boot(self, **more: Any) -> dict[str, Any]:
        if self.version == "1.6":
            return await self.call("BootNotification", chargePointVendor="Fjord", chargePointModel="F1", **more)
        station = {"vendorName": "Fjord", "model": "F2"}
        return await self.call(
            "BootNotification", reason=more.pop("reason", "PowerUp"), chargingStation=station, **more
        )

    async def status(self, connector: int, status: str, at: str, error: str = "NoError", **more: Any) -> dict[str, Any]:
        if self.version == "1.6":
            return await self.call(
                "StatusNotification", connectorId=connector, errorCode=error, status=status, timestamp=at, **more
            )
        return await self.call(
            "StatusNotification", timestamp=at, connectorStatus=status, evseId=connector, connectorId=1, **more
        )

    async def start(self, connector: int, token: str, meter: int, at: str) -> int:
        answer = await self.call("StartTransaction", connectorId=connector, idTag=token, meterStart=meter, timestamp=at)
        return int(answer["transactionId"])

    async def stop(self, transaction: int, meter: int, at: str, **more: Any) -> dict[str, Any]:
        return await self.call("StopTransaction", transactionId=transaction, meterStop=meter, timestamp=at, **more)

    async def event(
        self, kind: str, seq: int, trigger: str, at: str, transaction: dict[str, Any], **more: Any
    ) -> dict[str, Any]:
        return await self.call(
            "TransactionEvent",
            eventType=kind,
            timestamp=at,
            triggerReason=trigger,
            seqNo=seq,
            transactionInfo=transaction,
            **more,
        )
