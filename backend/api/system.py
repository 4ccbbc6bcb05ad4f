"""The server's own house: health, who asks, the vital signs."""

from __future__ import annotations

import os
import resource
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litestar import Request, get

from backend.api.rights import person_of
from backend.api.routing import FAILS, house_of, needs
from backend.model.clock import as_datetime
from backend.model.resources import Totals, Vitals, Who
from backend.model.words import Right
from backend.watches.open_files import needed as files_needed

if TYPE_CHECKING:
    from backend.api.house import House

Asked = Request[Any, Any, Any]
_PAGE_BYTES = resource.getpagesize()


def program_version() -> str:
    """Of the installed package."""
    try:
        return version("noc")
    except PackageNotFoundError:
        return "0"


@get("/v1/health", opt=needs(Right.READ), responses=FAILS)
async def get_health(request: Asked) -> dict[str, str]:
    """Whether it answers, and whether it can write."""
    error = house_of(request).store.error
    return {"status": "ok" if error is None else "cannot write", "version": program_version()}


@get("/v1/whoami", opt=needs(Right.READ), responses=FAILS)
async def get_whoami(request: Asked) -> Who:
    """Who asks, and what they may."""
    person = person_of(request)
    rights = sorted(right.value for right in person.rights)
    return Who(name=person.name, rights=rights, read_only=person.rights == {Right.READ})


@get("/v1/totals", opt=needs(Right.READ), responses=FAILS)
async def get_totals(request: Asked) -> Totals:
    """The vital signs of the network."""
    return house_of(request).views.totals()


@get("/v1/system", opt=needs(Right.READ), responses=FAILS)
async def get_system(request: Asked) -> Vitals:
    """The vital signs of the server."""
    return vitals(house_of(request))


def vitals(house: House) -> Vitals:
    """How the server is."""
    store, gateway = house.store.vitals(), house.gateway.vitals
    free, whole = disk(house.settings.store.data)
    backup = house.store.last_backup
    return Vitals(
        version=program_version(),
        started=as_datetime(house.started),
        now=as_datetime(house.clock.now()),
        connections=gateway.connections,
        frames_in=gateway.frames_in,
        frames_out=gateway.frames_out,
        frames_per_s=house.frame_rate.per_s,
        events=house.intake.events,
        loop_lag_ms=house.lag.worst_ms,
        writer_queue=store.queued,
        commit_ms=store.commit_ms,
        commits=store.commits,
        database_bytes=store.database_bytes,
        trace_bytes=store.trace_bytes,
        database_most_bytes=house.settings.store.max_bytes,
        trace_most_bytes=house.settings.store.trace_bytes,
        memory_bytes=memory_bytes(),
        consoles=len(house.feed.readers),
        commit_p99_ms=store.commit_p99_ms,
        open_files=open_files(),
        open_files_limit=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        disk_free_bytes=free,
        disk_bytes=whole,
        last_backup=None if backup is None else as_datetime(backup.at),
        last_backup_path=None if backup is None else backup.path,
        files_needed=files_needed(len(house.register.stations)),
        store_error=store.error,
        trace_error=store.trace_error,
        settings=_settings(house),
    )


def _settings(house: House) -> dict[str, str]:
    ocpp, api, store = house.settings.ocpp, house.settings.api, house.settings.store
    return {
        "ocpp": house.gateway.address,
        "api": api.listen,
        "data": str(store.data),
        "accept_unknown": "yes" if ocpp.accept_unknown else "no",
        "heartbeat_s": str(ocpp.heartbeat_s),
        "trace_days": f"{store.trace_days:g}",
        "roles": "" if api.roles is None else str(api.roles),
        "uptime_goal_pct": f"{house.settings.uptime_goal_pct:g}",
    }


def disk(data: Path) -> tuple[int, int]:
    """Bytes that are free where the database is, and all of them."""
    try:
        found = os.statvfs(data)
    except OSError:
        return 0, 0
    return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize


def open_files() -> int:
    """What the process has open now; 0 where the system does not tell. Linux 6.2 and later know the number; before,
    they have to be counted."""
    folder = "/proc/self/fd"
    try:
        return os.stat(folder).st_size or len(os.listdir(folder))  # noqa: PTH116, PTH208 - each one a Path else
    except OSError:
        return 0


def memory_bytes() -> int:
    """What the process holds of the machine's memory now."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
