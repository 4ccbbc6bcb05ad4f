"""One TCP connection: the WebSocket layer of `websockets` without its I/O, in an asyncio Protocol.

Ours are reassembly with limits, back-pressure, pings and the ways to close, and the common cases by hand: the usual
handshake, whole text messages, empty pongs. The library is made for a connection when something else comes.
No task and no future per message.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, cast

from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from backend.gateway import handshake
from backend.gateway.authentication import Shown
from backend.gateway.dialogue import Dialogue
from backend.gateway.greeting import LOG, PROTOCOL_ERROR, Greeting, TurnedAway
from backend.gateway.pieces import EMPTY_PONG, PING, Pieces, framed, is_empty_pong, whole_text
from backend.gateway.reception import Refusal, Welcome
from backend.model.certificate import PeerCertificate
from backend.security.tls import peer_certificate

if TYPE_CHECKING:
    from backend.gateway.gateway import Gateway

HOLD_WRITING = 1
"""It does not read what we write."""
HOLD_FLOOD = 2
"""It sends more than its share."""
HOLD_REST = 8
"""What was read is worked off in slices, later."""
HOLD_STORE = 16
"""The disk is behind."""
HOLD_STOP = 32
"""We go."""
SLICE = 1 << 14
FRAMES_A_TURN = 64
"""Of one station, before the others have their turn."""
MEASURED_FRAMES = 64
MEASURED_BYTES = 1 << 16
"""When so much has come it is set against the station's share."""
BURST_S = 10.0
"""How far a station may be ahead of its share before it is slowed, by not reading."""
WRITE_HIGH = 1 << 16

LOST, GOING_AWAY, TRY_LATER, RESTART = 1006, 1001, 1013, 1012


class StationSocket(asyncio.Protocol):
    """From accept to close."""

    __slots__ = (
        "_alive",
        "_gateway",
        "_greeting",
        "_heard",
        "_holds",
        "_misses",
        "_pieces",
        "_pinged",
        "_plain",
        "_rest",
        "_rest_at",
        "_share",
        "_stage",
        "_tls",
        "_transport",
        "_window_bytes",
        "_window_frames",
        "_ws",
        "address",
        "close_why",
        "dialogue",
    )

    def __init__(self, gateway: Gateway, *, tls: bool = False) -> None:
        self._gateway = gateway
        self._tls = tls
        self._ws: Protocol | None = None
        """None: all that came could be read by hand."""
        self._stage = State.CONNECTING
        """While the library is not needed."""
        self._transport: asyncio.Transport | None = None
        self._greeting: Greeting | None = Greeting(self._judge, gateway.clock, gateway.settings.transport_bytes)
        """Until somebody is let in."""
        self._pieces: Pieces | None = None
        self._share = 0
        self._rest = b""
        self._rest_at = 0
        self._holds = 0
        self._heard = False
        self._misses = 0
        self._pinged = float("-inf")
        self._plain = False
        """Open, and without an extension: text is read and written by hand."""
        self._alive = 0.0
        self._window_bytes = 0
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
        if self._rest:
            self._rest += data
        elif len(data) <= SLICE and (not self._gateway.slices.spent or self._is_awaited):
            if self._plain and self._one_text(data):
                return
            left = self._take_in(data)
            if left:
                self._set_aside(data, len(data) - left)
        else:
            self._set_aside(data, 0)
        if self._gateway.full:
            self._gateway.wait_for_store(self)

    def _one_text(self, data: bytes) -> bool:
        """Nearly every read: one whole text message and nothing else. False: it is not that, nothing was done."""
        found, dialogue, ws = whole_text(data, 0), self.dialogue, self._ws
        if found is None or found[1] != len(data) or len(data) > SLICE or dialogue is None:
            return False
        if ws is not None and (ws.reader.buffer or ws.current_size is not None):
            return False
        self._heard = True
        self._window_frames += 1
        self._window_bytes += len(data)
        dialogue.received(found[0])
        if self._window_frames >= MEASURED_FRAMES or self._window_bytes >= MEASURED_BYTES:
            self._measure()
        if self._gateway.full:
            self._gateway.wait_for_store(self)
        return True

    @property
    def _is_awaited(self) -> bool:
        """Whether an operator waits for its answer: it need not stand in line."""
        return self.dialogue is not None and self.dialogue.caller.is_urgent

    def hurry(self) -> None:
        """An operator asks it: what it said before goes to the front of the line, lest its answer wait behind it."""
        if self._holds == HOLD_REST and self._is_awaited:
            self._gateway.slices.next(self._go_on)

    def _set_aside(self, data: bytes, at: int) -> None:
        """Work off what was read, from `at`, in slices to come."""
        self._rest, self._rest_at = data, at
        self.hold(HOLD_REST)
        self._gateway.slices.later(self._go_on)

    def _go_on(self) -> None:
        """The next slice of what was set aside. Waits for every other hold."""
        if self._holds != HOLD_REST:
            return
        if self._transport is None:
            self._rest = b""
            return
        at = self._rest_at
        if at == 0 and self._plain and self._one_text(self._rest):
            self._rest = b""
            self.release(HOLD_REST)
            return
        part = self._rest[at : at + SLICE]
        self._rest_at += len(part) - self._take_in(part)
        if self._transport is None or self._rest_at >= len(self._rest):
            self._rest = b""
            self.release(HOLD_REST)
        else:
            self._gateway.slices.later(self._go_on)

    def _take_in(self, data: bytes) -> int:
        """Work off what was read; how many bytes at its end are left for the next turn."""
        self._heard = True
        ws = self._ws
        if self._plain and (ws is None or not (ws.reader.buffer or ws.current_size is not None)):
            at, enough = self._whole_texts(data)
            self._window_bytes += at
            if enough or at == len(data):
                self._measure()
                return len(data) - at
            data = data[at:]
        self._window_bytes += len(data)
        if self._greeting is None:
            ws = self._library()
            ws.receive_data(data)
        elif self.close_why is None:
            self._greet(self._greeting, data)
            ws = self._ws
        elif ws is not None:
            ws.receive_data(data)
            self._plain = self._plain and ws.state is State.OPEN
        if ws is not None:
            self._worked_off(ws)
        self._measure()
        return 0

    def _worked_off(self, ws: Protocol) -> None:
        """What the library made of what came."""
        events = ws.events
        if events:
            ws.events = []
            for event in events:
                if isinstance(event, Frame):
                    self._frame(event)
            self._window_frames += len(events)
        if ws.writes:
            self._flush()
        share = len(ws.reader.buffer) + (self._pieces.size if self._pieces is not None else 0)
        if share != self._share:
            self._claim(share)

    def _whole_texts(self, data: bytes) -> tuple[int, bool]:
        """The common case by hand: unfragmented text messages that came whole. What is left is the library's, unless
        it was enough for one turn."""
        at, end, count, dialogue = 0, len(data), 0, self.dialogue
        while at < end and count < FRAMES_A_TURN and dialogue is not None and self._plain:
            found = whole_text(data, at)
            if found is not None:
                message, at = found
                dialogue.received(message)
            elif is_empty_pong(data, at):
                at += EMPTY_PONG
                self._ponged(dialogue)
            else:
                break
            count += 1
            dialogue = self.dialogue
        self._window_frames += count
        return at, count >= FRAMES_A_TURN

    def eof_received(self) -> bool | None:
        if self._ws is not None:
            self._ws.receive_eof()
            self._flush()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        ws = self._ws
        if ws is not None:
            ws.receive_eof()
        self._stage = State.CLOSED
        self._claim(0)
        self._transport = None
        if ws is not None and ws.close_rcvd is not None:
            code, reason = ws.close_rcvd.code, ws.close_rcvd.reason
        else:
            code, reason = self.close_why or (LOST, str(exc or ""))
        if self.close_why is not None:
            reason = self.close_why[1]
        gone = partial(self._gateway.lost, self, code, reason)
        if self._gateway.stopping or not self._gateway.slices.spent:
            gone()
        else:
            self._gateway.slices.later(gone)

    def pause_writing(self) -> None:
        self.hold(HOLD_WRITING)

    def resume_writing(self) -> None:
        self.release(HOLD_WRITING)

    # -- handshake -----------------------------------------------------------------------------------------------

    @property
    def _state(self) -> State:
        return self._stage if self._ws is None else self._ws.state

    def _library(self) -> Protocol:
        """The library's side of a connection that was opened by hand."""
        if self._ws is None:
            size = self._gateway.settings.transport_bytes
            self._ws = Protocol(Side.SERVER, state=self._stage, max_size=size, logger=LOG)
        return self._ws

    def _greet(self, greeting: Greeting, data: bytes) -> None:
        """Bytes of a handshake that is not complete."""
        outcome = greeting.take(data)
        self._ws = greeting.ws
        if isinstance(outcome, TurnedAway):
            self.refuse(*outcome)
        elif outcome is not None and self._transport is not None:
            if outcome.answer:
                self._transport.write(outcome.answer)
            self._flush()
            self._stage = State.OPEN
            self._greeting = None
            self._welcome(outcome.welcome)

    def _judge(self, path: str, subprotocols: list[str], authorization: list[str]) -> Welcome | Refusal:
        return self._gateway.receive(
            Shown(
                path=path,
                subprotocols=subprotocols,
                authorization=authorization,
                address=self.address,
                tls=self._tls,
                certificate=self._certificate(),
            )
        )

    def _certificate(self) -> PeerCertificate | None:
        if not self._tls or self._transport is None:
            return None
        return peer_certificate(self._transport.get_extra_info("ssl_object"))

    def _welcome(self, welcome: Welcome) -> None:
        self._alive = self._gateway.clock.monotonic()
        self._plain = self._ws is None or not self._ws.extensions
        self._gateway.connected(self, welcome)

    def refuse(self, reason: str, identity: str = "", offered: str = "") -> None:
        """Not to be served: into the quarantine, and away."""
        self.close_why = (PROTOCOL_ERROR, reason)
        head = b"" if self._greeting is None else self._greeting.head
        self._gateway.refused(self, reason, identity, offered, head)
        self._flush()
        if self._state is State.CONNECTING and not (self._ws is not None and self._ws.eof_sent):
            self.abort()

    # -- frames --------------------------------------------------------------------------------------------------

    def _frame(self, frame: Frame) -> None:
        if self.close_why is not None and self.close_why[0] == GOING_AWAY:
            return  # what comes after our goodbye is answered by the next server
        dialogue = self.dialogue
        if dialogue is None:
            return
        opcode = frame.opcode
        if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
            if frame.fin:
                dialogue.received(bytes(frame.data))
            else:
                self._pieces = Pieces()
                self._pieces.add(bytes(frame.data), self._gateway.settings.guard_bytes)
        elif opcode is Opcode.CONT and self._pieces is not None:
            self._pieces.add(bytes(frame.data), self._gateway.settings.guard_bytes)
            if frame.fin:
                self._reassembled(dialogue)
        else:
            if opcode is Opcode.PONG:
                self._ponged(dialogue)
            else:
                self._gateway.alive(dialogue)

    def _ponged(self, dialogue: Dialogue) -> None:
        dialogue.memory.ponged = True
        dialogue.memory.no_ping = False
        self._gateway.alive(dialogue)

    def _reassembled(self, dialogue: Dialogue) -> None:
        pieces, self._pieces = self._pieces, None
        assert pieces is not None
        message = pieces.whole()
        if message is None:
            dialogue.too_large(pieces.head)
        else:
            dialogue.received(message)

    # -- out -----------------------------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """One text message."""
        transport = self._transport
        if transport is None:
            return
        if self._plain:
            transport.write(framed(text.encode()))
        elif self._state is State.OPEN:
            self._library().send_text(text.encode())
            self._flush()

    def _flush(self) -> None:
        transport = self._transport
        self._plain = self._plain and self._state is State.OPEN
        for data in () if self._ws is None else self._ws.data_to_send():
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
        if self.close_why is None:
            self.close_why = (code, reason)
        if self._state is State.OPEN:
            self._library().send_close(code, reason.encode()[:120].decode("utf-8", "ignore"))
            self._flush()
            self._gateway.closing(self)
        elif self._state is State.CONNECTING:
            self.abort()

    def abort(self, reason: str = "") -> None:
        """Cut off, at once."""
        if reason and self.close_why is None:
            self.close_why = (LOST, reason)
        if self._transport is not None:
            self._transport.abort()

    @property
    def shaking_hands(self) -> bool:
        return self._state is State.CONNECTING and self.close_why is None

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
            self._gateway.slices.later(self._go_on)

    def _measure(self) -> None:
        """Stop reading when more came, for longer, than is a station's share."""
        if self._window_frames < MEASURED_FRAMES and self._window_bytes < MEASURED_BYTES:
            return
        settings, dialogue = self._gateway.settings, self.dialogue
        spent = max(self._window_frames / settings.frames_s, self._window_bytes / settings.bytes_s)
        self._window_frames = self._window_bytes = 0
        if dialogue is not None and dialogue.memory.spend(self._gateway.clock.monotonic(), spent) > BURST_S:
            self.hold(HOLD_FLOOD)
            self._gateway.flooding(self)

    def _claim(self, share: int) -> None:
        """Take part of the byte budget for a message that is not complete; who breaks it has to go."""
        fits = self._gateway.claim(share - self._share)
        self._share = share
        if not fits and share:
            self.close_why = (TRY_LATER, "too many unfinished bytes")
            self._library().fail(*self.close_why)
            self._pieces = None
            self._flush()
            if self._transport is not None:
                self._transport.close()

    # -- pings ---------------------------------------------------------------------------------------------------

    def ping(self, monotonic: float) -> None:
        """One round: whether it is still there, and a new ping. Any byte since the last round is life; so is
        whatever we have not read for reasons of our own."""
        dialogue, gateway = self.dialogue, self._gateway
        if dialogue is None or self._state is not State.OPEN:
            return
        memory = dialogue.memory
        if self._heard or self._holds & ~HOLD_WRITING:
            self._heard = False
            self._misses = 0
            self._alive = monotonic
        else:
            self._misses += 1
        traits = dialogue.traits
        if monotonic - self._pinged < traits.ping_s:
            return
        self._pinged = monotonic
        if memory.no_ping:
            if monotonic - self._alive > gateway.silence_s:
                self.abort("silent")
            return
        if self._misses >= gateway.settings.ping_misses:
            if memory.ponged or traits.ping:
                self.abort("no answer to pings")
                return
            memory.no_ping = True
            memory.count(("no_pong",), gateway.clock.now())
            return
        if self._transport is not None:
            self._transport.write(PING)
