"""Where TCP connections come in: a few at each turn of the loop, and none while open files run short.

The kernel holds thousands of connections ready, and a loop that takes them all before it looks at anything else is
deaf for as long. Here the line at the door moves as fast as the loop has time: a turn that was long lets in fewer.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import socket
import ssl
from collections.abc import Callable
from time import perf_counter

from backend.model.errors import Unavailable
from backend.text import t

BACKLOG = 4_096
MOST_A_TURN, LEAST_A_TURN = 16, 4
LONG_TURN_S = 0.010
"""After a turn of the loop that took longer only LEAST_A_TURN connections are let in."""
ACCEPTING_S = 0.002
"""No more are let in when it took so long: each lets another thread have the interpreter."""
TLS_S = 10.0
"""How long a TLS handshake may take."""
MOST_TLS = 512
"""TLS handshakes at a time. More wait in the kernel; the oldest goes when it has had TLS_PATIENCE_S."""
TLS_PATIENCE_S = 2.0
BRIEFLY_S = 0.02
RETRY_S = 1.0
"""How long the door stays shut when there are no open files left."""
KEPT_FILES = 64
"""Open files that connections of stations do not get: for the store, consoles and people who come to help."""
_NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_log = logging.getLogger(__name__)


class Door:
    """Listens, accepts, and hands each connection to a protocol of its own."""

    def __init__(
        self,
        make: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None = None,
        failed: Callable[[object, Exception], None] = lambda _peer, _error: None,
    ) -> None:
        """`failed` is told of each TLS handshake that came to nothing: peer name and error."""
        self._make = make
        self._tls = tls
        self._failed = failed
        self._sockets: list[socket.socket] = []
        self._opening: dict[asyncio.Task[object], float] = {}
        """Connections that are being handed over, and since when."""
        self._turn = 0.0
        self._retry: asyncio.TimerHandle | None = None
        self.error: str | None = None
        """Why no connection can be let in at present; None: they can."""

    @property
    def address(self) -> str:
        """`HOST:PORT` of the first socket; empty before `open`."""
        if not self._sockets:
            return ""
        host, port = self._sockets[0].getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def open(self, host: str, port: int) -> None:
        """Listen on every address that `host` stands for. Port 0 takes a free one.

        Raises:
            Unavailable: the address is in use, or not ours.
        """
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            for family, _, _, _, where in dict.fromkeys(found):
                self._sockets.append(_listening(family, where))
        except OSError as error:
            self.close()
            raise Unavailable(
                "address_in_use",
                t(
                    "Cannot listen for stations on {host}:{port}: {why}",
                    host=host,
                    port=port,
                    why=error.strerror or error,
                ),
                t("Choose another address with --ocpp HOST:PORT."),
            ) from error
        self._watch()

    def close(self) -> None:
        """Nobody else comes in. Who is in stays."""
        if self._retry is not None:
            self._retry.cancel()
        self._unwatch()
        for listening in self._sockets:
            listening.close()
        self._sockets.clear()
        for task in list(self._opening):
            task.cancel()

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        self._retry = None
        for listening in self._sockets:
            loop.add_reader(listening, self._accept, listening)

    def _unwatch(self) -> None:
        for listening in self._sockets:
            asyncio.get_running_loop().remove_reader(listening)

    def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        most = MOST_A_TURN if now - self._turn < LONG_TURN_S else LEAST_A_TURN
        self._turn = now
        until = perf_counter() + ACCEPTING_S
        for _ in range(most):
            if perf_counter() >= until or not self._room(now):
                return
            try:
                accepted, _ = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _NO_FILES:
                    _log.warning("a connection could not be accepted: %s", error)
                    return
                self._shut(error.strerror or str(error))
                return
            if accepted.fileno() >= resource.getrlimit(resource.RLIMIT_NOFILE)[0] - KEPT_FILES:
                accepted.close()
                self._shut(t("no more open files"))
                return
            if self.error is not None:
                _log.warning("connections are let in again")
                self.error = None
            accepted.setblocking(False)
            task = loop.create_task(self._hand_over(accepted))
            self._opening[task] = now
            task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[object]) -> None:
        self._opening.pop(task, None)

    def _room(self, now: float) -> bool:
        """Whether one more can begin: each TLS handshake costs memory, and whoever lets it hang must not keep others
        out."""
        if self._tls is None or len(self._opening) < MOST_TLS:
            return True
        oldest, since = next(iter(self._opening.items()))
        if now - since >= TLS_PATIENCE_S:
            oldest.cancel()
            self._opening.pop(oldest)
            return True
        self._unwatch()
        self._retry = asyncio.get_running_loop().call_later(BRIEFLY_S, self._watch)
        return False

    async def _hand_over(self, accepted: socket.socket) -> None:
        peer: object = None
        try:
            peer = accepted.getpeername()
            await asyncio.get_running_loop().connect_accepted_socket(
                self._make, accepted, ssl=self._tls, ssl_handshake_timeout=None if self._tls is None else TLS_S
            )
        except asyncio.CancelledError:
            accepted.close()
            self._failed(peer, TimeoutError())
        except OSError as error:  # it is gone again, or its TLS failed
            accepted.close()
            if self._tls is not None:
                self._failed(peer, error)

    def _shut(self, why: str) -> None:
        """Wait for files to become free; connections wait in the kernel meanwhile."""
        if self.error is None:
            _log.warning("no connection can be let in: %s", why)
        self.error = why
        self._unwatch()
        self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._watch)


def _listening(family: int, where: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(where)
        made.listen(BACKLOG)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
