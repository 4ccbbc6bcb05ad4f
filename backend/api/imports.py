"""Import of a CSV file: progress as lines of JSON, the last line is the report."""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Generator
from contextlib import suppress
from time import perf_counter
from typing import IO, TYPE_CHECKING, Any

import msgspec
from litestar import Request, post
from litestar.params import FromQuery
from litestar.response import Stream

from backend.api.changes import record
from backend.api.pace import Work
from backend.api.people import Person
from backend.api.problems import encoded, problem_of
from backend.api.rights import person_of
from backend.api.routing import FAILS, house_of, needs
from backend.model.errors import Conflict, NocError
from backend.model.requests import ImportProgress, RowProblem
from backend.model.words import Right
from backend.register.csv_import import Import, Progress
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.store import Store

MOST_BYTES = 256 << 20
TELL_S = 0.2
"""Between two lines of progress."""
MOST_QUEUED = 2_000
"""Rows that may wait for the disk before the import rests: what stations say meanwhile waits behind them."""
FULL_S = 0.05
"""A rest of the import while nothing is written."""
NDJSON = "application/x-ndjson"


@post(
    "/v1/import",
    opt=needs(Right.REGISTER),
    status_code=200,
    request_max_body_size=MOST_BYTES,
    media_type=NDJSON,
    responses=FAILS,
)
async def import_csv(request: Request[Any, Any, Any], dry_run: FromQuery[bool] = False) -> Stream:
    """Import sites, stations, outlets and tokens: all rows, or none when one is bad. The body is the file."""
    house = house_of(request)
    if house.importing:
        raise Conflict("busy", t("Another import is running."), t("Try again when it has ended."))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the stream that is answered closes it
    rows_total = await _take_in(request, file)
    work = Import(house.register, dry_run=dry_run)
    steps = work.steps(io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape"))
    first = next(steps)
    house.importing = True
    return Stream(_lines(house, person_of(request), steps, first, rows_total), media_type=NDJSON)


async def _take_in(request: Request[Any, Any, Any], file: IO[bytes]) -> int:
    """Put the body aside as it comes; returns how many rows it seems to have."""
    lines, last = 0, b"\n"
    async for chunk in request.stream():
        file.write(chunk)
        lines += chunk.count(b"\n")
        last = chunk[-1:] or last
    file.seek(0)
    return max(0, lines - 1 + (last != b"\n"))


async def _lines(
    house: House, person: Person, steps: Generator[Progress], first: Progress, rows_total: int
) -> AsyncIterator[bytes]:
    progress = first
    try:
        yield _line(progress, rows_total)
        work, told = Work(), perf_counter()
        for progress in steps:
            await _room_for_others(house.store)
            if work.spent:
                await work.rest()
            if progress.phase != "done" and perf_counter() - told > TELL_S:
                told = perf_counter()
                yield _line(progress, rows_total)
        if progress.written:
            record(house, person, "import", t("{n} rows", n=progress.written))
        yield _line(progress, rows_total)
    except NocError as error:
        yield encoded(problem_of(error)) + b"\n"
    finally:
        house.importing = False


async def _room_for_others(store: Store) -> None:
    """Wait for the disk, but for one that takes nothing only when the store is full: that is told of otherwise."""
    if store.full if store.error is not None else store.queued >= MOST_QUEUED:
        written = asyncio.Event()
        store.after_commit(written.set)
        with suppress(TimeoutError):
            await asyncio.wait_for(written.wait(), FULL_S)


def _line(progress: Progress, rows_total: int) -> bytes:
    report = ImportProgress(
        phase=progress.phase.value,
        dry_run=progress.dry_run,
        rows=progress.rows,
        rows_total=max(rows_total, progress.rows),
        written=progress.written,
        bad_rows=progress.bad_rows,
        new=progress.new,
        changed=progress.changed,
        unchanged=progress.unchanged,
        bad=[RowProblem(line=bad.line, column=bad.column, why=bad.why, value=bad.value) for bad in progress.bad],
    )
    return msgspec.json.encode(report) + b"\n"
