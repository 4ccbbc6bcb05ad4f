"""Operations: lists, and the figures that a dialog shows before one is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.model.operation import AuditEntry, Operation
from backend.model.settings import StoreSettings
from backend.model.station import Station
from backend.model.words import OperationState
from backend.store import Store
from backend.store.operation_rows import OperationQuery, Statistics

DAY = 86_400.0
NOW = 1_000 * DAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three stations, two of one model."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    for station, model in (("A", "F 150"), ("B", "F 150"), ("C", "other")):
        store.station(Station(id=station, model=model))
    yield store
    store.close()


def put(store: Store, number: int, station: str, state: OperationState, *, days_ago: float, took: float = 0) -> None:
    """A reset."""
    requested = NOW - days_ago * DAY
    store.operation(
        Operation(
            id=number,
            operation="reset",
            target=station,
            station=station,
            state=state,
            requested=requested,
            sent=requested + 1,
            ended=requested + 1 + took,
            requested_by="anna",
        )
    )


async def test_figures_count_ninety_days_of_a_model(store: Store) -> None:
    """Tried, proved and their median, on all stations of the model; running ones and other models do not count."""
    put(store, 1, "A", OperationState.PROVED, days_ago=80, took=20)
    put(store, 2, "B", OperationState.PROVED, days_ago=2, took=40)
    put(store, 3, "B", OperationState.PROVED, days_ago=1, took=90)
    put(store, 4, "A", OperationState.TIMEOUT, days_ago=3, took=300)
    put(store, 5, "A", OperationState.SENT, days_ago=0)
    put(store, 6, "C", OperationState.REFUSED, days_ago=1)
    put(store, 7, "A", OperationState.PROVED, days_ago=100, took=1)
    assert await store.operation_statistics("reset", "F 150", "A", NOW) == Statistics(
        tried=4, worked=3, median_s=40.0, last_here=NOW - 3 * DAY, last_result=OperationState.TIMEOUT
    )
    assert await store.operation_statistics("unlock", "F 150", "A", NOW) == Statistics()


async def test_figures_count_what_the_station_was_then(store: Store) -> None:
    """A replaced station's past stays with its old model."""
    put(store, 1, "A", OperationState.PROVED, days_ago=5, took=10)
    store.station(Station(id="A", model="new"))
    put(store, 1, "A", OperationState.PROVED, days_ago=5, took=20)
    assert (await store.operation_statistics("reset", "F 150", "B", NOW)).tried == 1
    assert (await store.operation_statistics("reset", "new", "B", NOW)).tried == 0


async def test_lists_page_and_filter(store: Store) -> None:
    """Newest first, by station and state, from page to page."""
    for n in range(30):
        state = OperationState.REFUSED if n % 3 == 0 else OperationState.PROVED
        put(store, n + 1, "AB"[n % 2], state, days_ago=30 - n // 2)
    got: list[int] = []
    before = None
    while page := await store.operations(OperationQuery(station="A", before=before, limit=4)):
        got += [operation.id for operation in page]
        before = (page[-1].requested, page[-1].id)
    assert got == [n + 1 for n in reversed(range(30)) if n % 2 == 0]
    refused = await store.operations(OperationQuery(state=OperationState.REFUSED, requested_by="anna", limit=None))
    assert [operation.id for operation in refused] == [n + 1 for n in reversed(range(30)) if n % 3 == 0]
    assert await store.get_operation(3) is not None
    assert await store.get_operation(99) is None


async def test_the_audit_is_read_backwards(store: Store) -> None:
    """All of it, or one target's, from number to number."""
    for n in range(10):
        store.audit(AuditEntry(at=float(n), who="anna", what="reset", target="AB"[n % 2], result=str(n)))
    newest = await store.audit_entries(limit=3)
    assert [entry.result for _, entry in newest] == ["9", "8", "7"]
    rest = await store.audit_entries(before=newest[-1][0], limit=100)
    assert [entry.result for _, entry in rest] == [str(n) for n in range(6, -1, -1)]
    assert [entry.result for _, entry in await store.audit_entries("B")] == ["9", "7", "5", "3", "1"]
