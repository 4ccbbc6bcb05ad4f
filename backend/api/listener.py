"""The API's socket: bound by us, served by uvicorn, taken away by us."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from anyio.lowlevel import checkpoint

from backend.api.peers import BriefHttpProtocol, HttpProtocol, SocketProtocol
from backend.model.errors import Invalid, Unavailable
from backend.text import t

PROBE_S = 1.0
STOP_S = 2.0
BACKLOG = 256
BRIEF_BYTES = 16 << 10


class _Quiet(uvicorn.Server):
    """Leaves the signals to whoever runs the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Listener:
    """One listening socket of the API."""

    def __init__(self, listen: str, *, open_to_all: bool = False, brief: bool = False) -> None:
        """`listen` is `unix:PATH` or `HOST:PORT`. `open_to_all`: the Unix socket may be reached by every user, because
        a role file says who may do what; else by its owner alone. `brief`: who comes is not known, and is held short.

        Raises:
            Invalid: it is no address.
        """
        if not listen.startswith("unix:"):
            host_and_port(listen)
        self._listen = listen
        self._open_to_all = open_to_all
        self._brief = brief
        self._socket: socket.socket | None = None
        self._path: Path | None = None
        self._inode: int | None = None
        self._server: _Quiet | None = None
        self._task: asyncio.Task[None] | None = None
        self.address = listen
        """As clients write it; of port 0 the one that was found."""

    def bind(self) -> None:
        """Take the address.

        Raises:
            Unavailable: it is in use, or not ours to take.
        """
        if self._listen.startswith("unix:"):
            self._bind_unix(Path(self._listen.removeprefix("unix:")))
        else:
            self._bind_tcp()

    def _bind_unix(self, path: Path) -> None:
        if len(os.fsencode(path)) > 100:
            raise Invalid(
                "path_too_long",
                t("The socket path {path} is too long.", path=path),
                t("Choose a shorter one with --api unix:PATH."),
            )
        _take_away_stale(path)
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o111 if self._open_to_all else 0o177)
        try:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            found.bind(str(path))
        except OSError as error:
            found.close()
            raise Unavailable(
                "api_unusable",
                t("Cannot listen on {path}: {why}.", path=path, why=error.strerror or error),
                t("Choose another socket with --api unix:PATH."),
            ) from error
        finally:
            os.umask(mask)
        found.listen(BACKLOG)
        self._socket, self._path, self._inode = found, path, path.stat().st_ino

    def _bind_tcp(self) -> None:
        host, port = host_and_port(self._listen)
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            found = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise Unavailable(
                "address_in_use" if error.errno == errno.EADDRINUSE else "api_unusable",
                t("Cannot listen on {address}: {why}.", address=self._listen, why=error.strerror or error),
                t("Choose another address with --api."),
            ) from error
        self._socket = found
        self.address = f"{self._listen.rpartition(':')[0]}:{found.getsockname()[1]}"

    async def start(self, app: Any) -> None:
        """Serve `app`; returns when it answers."""
        assert self._socket is not None, "bind first"
        config = uvicorn.Config(
            app,
            http=BriefHttpProtocol if self._brief else HttpProtocol,
            ws="none" if self._brief else SocketProtocol,
            h11_max_incomplete_event_size=BRIEF_BYTES if self._brief else None,
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            server_header=False,
            ws_max_size=1 << 20,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=int(STOP_S),
            backlog=BACKLOG,
            lifespan="off",
        )
        self._server = _Quiet(config)
        await checkpoint()  # makes anyio load what it runs on, 20 ms, now and not under the first request
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise Unavailable("api_unusable", t("The API does not start."))
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Serve no longer; requests under way get two seconds."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
        self.release()

    def release(self) -> None:
        """Give the address back. A socket file that is not ours any more stays."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._path is not None:
            with contextlib.suppress(OSError):
                if self._path.stat().st_ino == self._inode:
                    self._path.unlink()
            self._path = None


def host_and_port(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`; an IPv6 host may stand in brackets.

    Raises:
        Invalid: it is not of that form.
    """
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise Invalid(
            "bad_address",
            t("{text!r} is no address.", text=text),
            t("Write unix:PATH or HOST:PORT."),
        )
    return host, int(port)


def _take_away_stale(path: Path) -> None:
    """Remove what a server that is no more left behind.

    Raises:
        Unavailable: a server answers there, or it is no socket at all.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unavailable(
            "api_unusable", t("Cannot use {path}: {why}.", path=path, why=error.strerror or error)
        ) from error
    if not stat.S_ISSOCK(mode):
        raise Unavailable(
            "api_unusable",
            t("{path} is there and is no socket.", path=path),
            t("Choose another socket with --api unix:PATH."),
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise Unavailable(
                "address_in_use",
                t("{path} is in use: {why}.", path=path, why=error.strerror or error),
                t("Choose another socket with --api unix:PATH."),
            ) from error
    raise Unavailable(
        "address_in_use",
        t("A server answers on {path} already.", path=path),
        t("Use it, or choose another socket with --api unix:PATH."),
    )
