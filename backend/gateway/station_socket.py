"""One TCP connection: the WebSocket layer of `websockets` without its I/O, in an asyncio Protocol.

Ours are reassembly with limits, back-pressure, pings and the ways to close. No task and no future per message.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from websockets.exceptions import InvalidHandshake
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from backend.gateway import guard, handshake
from backend.gateway.dialogue import Dialogue
from backend.gateway.reception import Refusal, Welcome
from backend.model.words import Version

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

if TYPE_CHECKING:
    from websockets.datastructures import Headers

    from backend.gateway.gateway import Gateway

HOLD_WRITING = 1
"""It does not read what we write."""
HOLD_FLOOD = 2
"""It sends more than its share."""
HOLD_REST = 8
"""A large read is worked off in slices."""
SLICE = 1 << 14
MAX_FRAGMENTS = 1_024
FLOOD_FRAMES = 1_000
FLOOD_S = 0.2
"""Above 5,000 frames a second a station is slowed, by not reading."""
WRITE_HIGH = 1 << 16

LOST, GOING_AWAY, PROTOCOL_ERROR, TRY_LATER, RESTART = 1006, 1001, 1002, 1013, 1012

_quiet = logging.getLogger("backend.gateway.websockets")
_quiet.setLevel(logging.CRITICAL)
_deflate = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=12,
    compress_settings={"memLevel": 4},
)


class _Server(ServerProtocol):
    """Leaves the choice of a subprotocol to the reception."""

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        return None


class StationSocket(asyncio.Protocol):
    """From accept to close."""

    __slots__ = (
        "_alive",
        "_fragment_bytes",
        "_fragment_count",
        "_fragments",
        "_gateway",
        "_head",
        "_heard",
        "_holds",
        "_misses",
        "_plain",
        "_rest",
        "_rest_at",
        "_share",
        "_transport",
        "_window",
        "_window_frames",
        "_ws",
        "address",
        "close_why",
        "dialogue",
    )

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._ws: ServerProtocol = _Server(max_size=gateway.settings.transport_bytes, logger=_quiet)
        self._transport: asyncio.Transport | None = None
        self._head = b""
        self._fragments: list[bytes] | None = None
        self._fragment_bytes = 0
        self._fragment_count = 0
        self._share = 0
        self._rest = b""
        self._rest_at = 0
        self._holds = 0
        self._heard = False
        self._misses = 0
        self._plain = False
        """Open, and without an extension."""
        self._alive = 0.0
        self._window = 0.0
        self._window_frames = 0
        self.address = ""
        self.dialogue: Dialogue | None = None
        self.close_why: tuple[int, str] | None = None
        """Why we closed it, when we did."""

    # -- asyncio -------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH)
        self.address = handshake.address(transport.get_extra_info("peername"))
        self._gateway.opened(self)

    def data_received(self, data: bytes) -> None:
        if len(data) <= SLICE:
            self._take_in(data)
            return
        self._rest, self._rest_at = data, 0
        self.hold(HOLD_REST)
        self._go_on()

    def _go_on(self) -> None:
        """The next slice of a large read; whatever else is due comes in between. Waits for every other hold."""
        if self._holds != HOLD_REST:
            return
        at = self._rest_at
        self._rest_at += SLICE
        self._take_in(self._rest[at : at + SLICE])
        if self._transport is None or self._rest_at >= len(self._rest):
            self._rest = b""
            self.release(HOLD_REST)
        else:
            asyncio.get_running_loop().call_soon(self._go_on)

    def _take_in(self, data: bytes) -> None:
        ws = self._ws
        self._heard = True
        if self._plain and not ws.reader.buffer and ws.current_size is None:
            data = self._whole_texts(data)
            if not data:
                return
        if self.dialogue is None and ws.state is State.CONNECTING:
            self._greet(data)
        else:
            ws.receive_data(data)
        events = ws.events
        if events:
            ws.events = []
            for event in events:
                if isinstance(event, Frame):
                    self._frame(event)
                elif isinstance(event, Request):
                    self._request(event)
            self._window_frames += len(events)
            if self._window_frames >= FLOOD_FRAMES:
                self._measure()
        if ws.writes:
            self._flush()
        share = len(ws.reader.buffer) + self._fragment_bytes
        if share != self._share:
            self._claim(share)

    def _whole_texts(self, data: bytes) -> bytes:
        """The common case by hand: unfragmented text messages that came whole. What is left is the library's."""
        at, size, dialogue = 0, len(data), self.dialogue
        while size - at > 8 and data[at] == 0x81 and dialogue is not None and self._ws.state is State.OPEN:
            length, start = data[at + 1] - 0x80, at + 6
            if length == 126:
                length, start = data[at + 2] << 8 | data[at + 3], at + 8
            elif length > 126:
                break
            end = start + length
            if length < 0 or end > size:
                break
            self._window_frames += 1
            dialogue.received(apply_mask(data[start:end], data[start - 4 : start]))
            at, dialogue = end, self.dialogue
        if self._window_frames >= FLOOD_FRAMES:
            self._measure()
        return data[at:]

    def eof_received(self) -> bool | None:
        self._ws.receive_eof()
        self._flush()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        ws = self._ws
        ws.receive_eof()
        self._claim(0)
        self._transport = None
        if ws.close_rcvd is not None:
            code, reason = ws.close_rcvd.code, ws.close_rcvd.reason
        else:
            code, reason = self.close_why or (LOST, str(exc or ""))
        if self.close_why is not None:
            reason = self.close_why[1]
        self._gateway.lost(self, code, reason)

    def pause_writing(self) -> None:
        self.hold(HOLD_WRITING)

    def resume_writing(self) -> None:
        self.release(HOLD_WRITING)

    # -- handshake -----------------------------------------------------------------------------------------------

    def _greet(self, data: bytes) -> None:
        """Bytes of a handshake that is not complete."""
        first = not self._head
        self._head = (self._head + data)[: handshake.RAW_SHOWN]
        if first and data[:1] == b"\x16":
            self.refuse("tls_on_plain")
            return
        ws = self._ws
        ws.receive_data(data)
        if ws.handshake_exc is not None:
            self.refuse(_handshake_fault(ws.handshake_exc))

    def _request(self, request: Request) -> None:
        ws = self._ws
        response = ws.accept(request)
        if response.status_code != 101:
            ws.send_response(response)
            self.refuse(_handshake_fault(ws.handshake_exc))
            return
        offered = request.headers.get_all("Sec-WebSocket-Protocol")
        verdict = self._gateway.receive(request.path, offered, request.headers.get_all("Authorization"), self.address)
        if isinstance(verdict, Refusal):
            if verdict.completes:
                ws.send_response(response)
                ws.fail(PROTOCOL_ERROR, "no common subprotocol")
            else:
                ws.send_response(ws.reject(404, "Unknown station.\n"))
            self.refuse(verdict.reason, verdict.identity, ", ".join(offered))
            return
        if verdict.subprotocol is not None:
            response.headers["Sec-WebSocket-Protocol"] = verdict.subprotocol
        if verdict.version is Version.V21:
            self._compress(request, response.headers)
        ws.send_response(response)
        self._head = b""
        self._flush()
        self._welcome(verdict)

    def _compress(self, request: Request, headers: Headers) -> None:
        """2.1 asks for RFC 7692; without context takeover, so that an idle station costs no memory for it."""
        ws = self._ws
        ws.available_extensions = [_deflate]
        try:
            answer, ws.extensions = ws.process_extensions(request.headers)
        except InvalidHandshake:
            return
        if answer is not None:
            headers["Sec-WebSocket-Extensions"] = answer

    def _welcome(self, welcome: Welcome) -> None:
        self._alive = self._gateway.clock.monotonic()
        self._plain = not self._ws.extensions
        self._gateway.connected(self, welcome)

    def refuse(self, reason: str, identity: str = "", offered: str = "") -> None:
        """Not to be served: into the quarantine, and away."""
        self.close_why = (PROTOCOL_ERROR, reason)
        self._gateway.refused(self, reason, identity, offered, self._head)
        self._flush()
        if self._ws.state is State.CONNECTING and not self._ws.eof_sent:
            self.abort()

    # -- frames --------------------------------------------------------------------------------------------------

    def _frame(self, frame: Frame) -> None:
        dialogue = self.dialogue
        if dialogue is None:
            return
        opcode = frame.opcode
        if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
            if frame.fin:
                dialogue.received(bytes(frame.data))
            else:
                self._fragments = []
                self._fragment_count = self._fragment_bytes = 0
                self._fragment(bytes(frame.data))
        elif opcode is Opcode.CONT:
            self._fragment(bytes(frame.data))
            if frame.fin:
                self._reassemble(dialogue)
        else:
            if opcode is Opcode.PONG:
                dialogue.memory.ponged = True
                dialogue.memory.no_ping = False
            self._gateway.alive(dialogue)

    def _fragment(self, data: bytes) -> None:
        """Keep a part of a message; of one that grows too large or too scattered, only the beginning."""
        parts = self._fragments
        self._fragment_count += 1
        if parts is None:
            return
        size = self._fragment_bytes + len(data)
        if size > self._gateway.settings.guard_bytes or self._fragment_count > MAX_FRAGMENTS:
            self._fragments = None
            self._head = (b"".join(parts) + data)[: guard.HEAD]
            self._fragment_bytes = 0
        else:
            parts.append(data)
            self._fragment_bytes = size

    def _reassemble(self, dialogue: Dialogue) -> None:
        parts, self._fragments = self._fragments, None
        head, self._head = self._head, b""
        self._fragment_bytes = 0
        if parts is None:
            dialogue.too_large(head)
        else:
            dialogue.received(b"".join(parts))

    # -- out -----------------------------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """One text message."""
        ws, transport = self._ws, self._transport
        if transport is None or ws.state is not State.OPEN:
            return
        data = text.encode()
        if not self._plain:
            ws.send_text(data)
            self._flush()
            return
        size = len(data)
        if size < 126:
            header = bytes((0x81, size))
        elif size < 65_536:
            header = bytes((0x81, 126)) + size.to_bytes(2, "big")
        else:
            header = bytes((0x81, 127)) + size.to_bytes(8, "big")
        transport.write(header + data)

    def _flush(self) -> None:
        transport = self._transport
        for data in self._ws.data_to_send():
            if transport is None or transport.is_closing():
                return
            if data:
                transport.write(data)
            elif transport.can_write_eof():
                transport.write_eof()
                self._gateway.closing(self)
            else:
                transport.close()

    def close(self, code: int, reason: str) -> None:
        """Close in good order; cut off when the other side does not answer in time."""
        ws = self._ws
        if self.close_why is None:
            self.close_why = (code, reason)
        if ws.state is State.OPEN:
            ws.send_close(code, reason.encode()[:120].decode("utf-8", "ignore"))
            self._flush()
            self._gateway.closing(self)
        elif ws.state is State.CONNECTING:
            self.abort()

    def abort(self, reason: str = "") -> None:
        """Cut off, at once."""
        if reason and self.close_why is None:
            self.close_why = (LOST, reason)
        if self._transport is not None:
            self._transport.abort()

    @property
    def shaking_hands(self) -> bool:
        return self._ws.state is State.CONNECTING and self.close_why is None

    # -- holding back --------------------------------------------------------------------------------------------

    def hold(self, why: int) -> None:
        if not self._holds and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
        self._holds |= why

    def release(self, why: int) -> None:
        if self._holds == why and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._holds &= ~why
        if self._holds == HOLD_REST:
            asyncio.get_running_loop().call_soon(self._go_on)

    def _measure(self) -> None:
        """Stop reading for a moment when frames come faster than a station's share."""
        monotonic = self._gateway.clock.monotonic()
        if monotonic - self._window < FLOOD_S:
            self.hold(HOLD_FLOOD)
            self._gateway.flooding(self)
        self._window = monotonic
        self._window_frames = 0

    def _claim(self, share: int) -> None:
        """Take part of the byte budget for a message that is not complete; who breaks it has to go."""
        fits = self._gateway.claim(share - self._share)
        self._share = share
        if not fits and share:
            self.close_why = (TRY_LATER, "too many unfinished bytes")
            self._ws.fail(*self.close_why)
            self._fragments = None
            self._fragment_bytes = 0
            self._flush()
            if self._transport is not None:
                self._transport.close()

    # -- pings ---------------------------------------------------------------------------------------------------

    def ping(self, monotonic: float) -> None:
        """One round: whether it is still there, and a new ping. Any byte since the last round is life; so is
        whatever we have not read for reasons of our own."""
        dialogue, gateway = self.dialogue, self._gateway
        if dialogue is None or self._ws.state is not State.OPEN:
            return
        memory = dialogue.memory
        if self._heard or self._holds & ~HOLD_WRITING:
            self._heard = False
            self._misses = 0
            self._alive = monotonic
        else:
            self._misses += 1
        if memory.no_ping:
            if monotonic - self._alive > gateway.silence_s:
                self.abort("silent")
            return
        if self._misses >= gateway.settings.ping_misses:
            if memory.ponged:
                self.abort("no answer to pings")
                return
            memory.no_ping = True
            memory.count(("no_pong",))
            return
        self._ws.send_ping(b"")
        self._flush()


def _handshake_fault(error: Exception | None) -> str:
    """A word for what was wrong with a handshake request."""
    name = type(error).__name__
    return {
        "InvalidMessage": "not_http",
        "InvalidUpgrade": "no_upgrade",
        "InvalidMethod": "wrong_method",
        "InvalidProtocol": "http_1_0",
    }.get(name, "bad_handshake")
