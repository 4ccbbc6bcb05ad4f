"""One handshake, from its first byte until somebody is let in or turned away.

The usual one is read by hand (`opening`); for all others the library reads, and its side of the connection is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from websockets.exceptions import InvalidHandshake
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from backend.gateway import handshake
from backend.gateway.opening import read_opening, switching
from backend.gateway.reception import Refusal, Welcome
from backend.model.clock import Clock
from backend.model.words import Version

if TYPE_CHECKING:
    from websockets.datastructures import Headers

PROTOCOL_ERROR = 1002
LOG = logging.getLogger("backend.gateway.websockets")
"""The library's own words are nobody's: what matters of them is told in ours."""
LOG.setLevel(logging.CRITICAL)
_deflate = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=12,
    compress_settings={"memLevel": 4},
)

Judge = Callable[[str, list[str], list[str]], Welcome | Refusal]
"""Path, offered subprotocols and authorization headers to a verdict. Asked once a handshake: it keeps count."""


class Entered(NamedTuple):
    """It is let in."""

    welcome: Welcome
    answer: bytes
    """What goes out; empty: the library has it ready."""


class TurnedAway(NamedTuple):
    """It is not."""

    reason: str
    """A word of `backend.text.handshakes`."""
    identity: str = ""
    offered: str = ""


class _Server(ServerProtocol):
    """Leaves the choice of a subprotocol to the reception."""

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        return None


class Greeting:
    """What has come of a handshake."""

    __slots__ = ("_clock", "_judge", "_most_bytes", "head", "ws")

    def __init__(self, judge: Judge, clock: Clock, most_bytes: int) -> None:
        """`most_bytes`: the largest message that the library is to take from the connection afterwards."""
        self._judge = judge
        self._clock = clock
        self._most_bytes = most_bytes
        self.head = b""
        """Its first bytes, for the quarantine."""
        self.ws: _Server | None = None
        """The library's side; None: it was not needed."""

    def take(self, data: bytes) -> Entered | TurnedAway | None:
        """More bytes. None: it is not complete."""
        first = not self.head
        self.head = (self.head + data)[: handshake.RAW_SHOWN]
        if first and data[:1] == b"\x16":
            return TurnedAway("tls_on_plain")
        usual = read_opening(data) if first else None
        verdict = None
        if usual is not None:
            verdict = self._judge(usual.path, usual.subprotocols, usual.authorization)
            if isinstance(verdict, Welcome):
                return Entered(verdict, switching(usual, verdict.subprotocol, self._clock.now()))
        ws = self.ws
        if ws is None:
            ws = self.ws = _Server(max_size=self._most_bytes, logger=LOG)
        ws.receive_data(data)
        if ws.handshake_exc is not None:
            return TurnedAway(handshake.fault(ws.handshake_exc))
        if not ws.events or not isinstance(request := ws.events[0], Request):
            return None
        del ws.events[0]
        return self._answer(ws, request, verdict)

    def _answer(self, ws: _Server, request: Request, verdict: Welcome | Refusal | None) -> Entered | TurnedAway:
        """A request that the library has read; the verdict, where it was judged before."""
        response = ws.accept(request)
        if response.status_code != 101:
            ws.send_response(response)
            return TurnedAway(handshake.fault(ws.handshake_exc), handshake.identity(request.path) or "")
        offered = request.headers.get_all("Sec-WebSocket-Protocol")
        if verdict is None:
            verdict = self._judge(request.path, offered, request.headers.get_all("Authorization"))
        if isinstance(verdict, Refusal):
            if verdict.completes:
                ws.send_response(response)
                ws.fail(PROTOCOL_ERROR, "no common subprotocol")
            else:
                ws.send_response(_refusal(ws, verdict.status))
            return TurnedAway(verdict.reason, verdict.identity, ", ".join(offered))
        if verdict.subprotocol is not None:
            response.headers["Sec-WebSocket-Protocol"] = verdict.subprotocol
        if verdict.version is Version.V21:
            _compress(ws, request, response.headers)
        ws.send_response(response)
        return Entered(verdict, b"")


def _refusal(ws: ServerProtocol, status: int) -> Response:
    """What a station is told: no more than its status, lest a stranger learn who is registered."""
    response = ws.reject(status, "Unknown station.\n" if status == 404 else "Not permitted.\n")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
    return response


def _compress(ws: _Server, request: Request, headers: Headers) -> None:
    """2.1 asks for RFC 7692; without context takeover, so that an idle station costs no memory for it."""
    ws.available_extensions = [_deflate]
    try:
        answer, ws.extensions = ws.process_extensions(request.headers)
    except InvalidHandshake:
        return
    if answer is not None:
        headers["Sec-WebSocket-Extensions"] = answer
