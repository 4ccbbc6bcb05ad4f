"""Runs the server as a process: event loop, signals, the ready line, the word to systemd, the tie to a parent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backend.model.errors import Unavailable
from backend.text import set_language, t
from backend.watches import open_files
from noc.logs import set_up_logs

if TYPE_CHECKING:
    from backend.model.settings import Settings

log = logging.getLogger(__name__)


def run_server(
    settings: Settings,
    parent: int | None = None,
    *,
    log_file: Path | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP (which nohup has ignored), or until the pipe `parent` (a file descriptor)
    is closed at its other end.

    Raises:
        NocError: it cannot start.
    """
    set_up_logs(settings.log.format, settings.log.level, file=log_file)
    with contextlib.suppress(ValueError):
        set_language(settings.language)
    with asyncio.Runner(loop_factory=new_loop()) as runner:
        runner.run(_serve(settings, parent))


def new_loop() -> type[asyncio.AbstractEventLoop] | None:
    """uvloop's, where there is one."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


async def _serve(settings: Settings, parent: int | None) -> None:
    from backend.api.system import memory_bytes
    from backend.server import Server
    from backend.watches.garbage import Garbage, none_until_begun

    open_files.raise_limit()
    log.info("starting", extra={"event": "starting", "data": str(settings.store.data)})
    none_until_begun()
    server = Server(settings)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, ended.set)
    if parent is not None:
        loop.add_reader(parent, parent_spoke, parent, ended)
    await server.start()
    warn_of_files(len(server.house.register.stations))
    garbage = Garbage(memory_bytes, server.kept)
    garbage.begin()
    searching = asyncio.create_task(garbage.run())
    secure = f" ocpps={server.tls_address}" if server.tls_address else ""
    figures = f" metrics={server.metrics_address}" if server.metrics_address else ""
    sys.stdout.write(f"ready ocpp={server.ocpp_address or 'off'} api={server.api_address}{secure}{figures}\n")
    sys.stdout.flush()
    log.info("ready", extra={"event": "ready", "ocpp": server.ocpp_address, "api": server.api_address})
    notify("READY=1")
    watched = asyncio.create_task(feed_watchdog())
    waits = [asyncio.create_task(event.wait()) for event in (ended, server.broken)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    log.info("stopping", extra={"event": "stopping"})
    notify("STOPPING=1")
    watched.cancel()
    searching.cancel()
    garbage.end()
    await server.stop()
    if server.broken.is_set():
        raise Unavailable(
            "server_failed", t("The server stopped because of a fault of its own."), t("Its log has the details.")
        )


def warn_of_files(stations: int) -> None:
    """Say at the start, and not when the door shuts, that not every station can be connected."""
    allowed, needed = open_files.limit(), open_files.needed(stations)
    if allowed < needed:
        log.warning(
            "%d files may be open, %d registered stations need %d: set LimitNOFILE=%d for the service, "
            "or ulimit -n %d before the start",
            allowed,
            stations,
            needed,
            needed,
            needed,
        )


def parent_spoke(parent: int, ended: asyncio.Event) -> None:
    """The pipe can be read: either somebody wrote, or the parent is gone."""
    try:
        gone = not os.read(parent, 512)
    except OSError:
        gone = True
    if gone:
        asyncio.get_running_loop().remove_reader(parent)
        ended.set()


async def feed_watchdog() -> None:
    """Tell systemd that the loop turns, twice as often as it asks for (WatchdogSec=); nothing where it does not ask."""
    try:
        every_s = int(os.environ.get("WATCHDOG_USEC", "0")) / 2e6
    except ValueError:
        return
    while every_s > 0:
        notify("WATCHDOG=1")
        await asyncio.sleep(every_s)


def notify(state: str) -> None:
    """Tell systemd, where it listens (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.connect(address)
        out.sendall(state.encode())
