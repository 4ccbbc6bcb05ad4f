"""The trace: newest first, before a moment, over restarts, within its bounds."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.gateway.tracing import Passed
from backend.model.frame import Frame
from backend.store import trace as trace_module
from backend.store.database import file_bytes, open_reading
from backend.store.trace import CHUNK_FRAMES, TraceWriter, read_frames


def frame(n: int, station: str = "A", received: float | None = None) -> Frame:
    """The n-th frame, one a second."""
    return Frame(
        station=station,
        direction="in" if n % 2 else "out",
        received=float(n) if received is None else received,
        action="Heartbeat",
        message_id=str(n),
        kind=2,
        frame=f'[2,"{n}","Heartbeat",{{}}]',
        deviations=("lower case",) if n % 3 == 0 else (),
        latency_ms=n if n % 2 else None,
        requested_by="anna" if n % 5 == 0 else None,
    )


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., TraceWriter]]:
    """Opens traces on one file."""
    made: list[TraceWriter] = []

    def make(*, days: float = 7.0, most_bytes: int = 1 << 30) -> TraceWriter:
        trace = TraceWriter(tmp_path / "trace.db", days=days, most_bytes=most_bytes)
        trace.start()
        made.append(trace)
        return trace

    yield make
    for trace in made:
        trace.stop()


def read(trace: TraceWriter, path: Path, station: str, limit: int, before: float | None = None) -> list[Frame]:
    """As the store reads."""
    waiting = trace.waiting()
    db = open_reading(path / "trace.db")
    found = read_frames(db, waiting, station, before, limit)
    db.close()
    return found


def test_what_was_kept_as_it_passed_is_shown_like_any_frame(tmp_path: Path, make: Callable[..., TraceWriter]) -> None:
    """A call in bytes and its answer, out of the file and before they are in it: text, plain id, milliseconds; what is
    hostile in them is harmless, what is secret is masked."""
    trace = make()
    call = b'[2,"7","Heartbeat",{"a":"\xff\x1b[2J"}]'
    said = b'[2,"8","StatusNotification",{"info":"password=s3cret"}]'
    trace.add(
        [
            Passed("A", "in", 5.0, "Heartbeat", '"7"', 2, call),
            Passed("A", "out", 5.25, "Heartbeat", '"7"', 3, '[3,"7",{}]', (), 0.25),
            Passed("A", "in", 6.0, "StatusNotification", '"8"', 2, said),
        ]
    )
    waiting = read(trace, tmp_path, "A", 10)
    trace.stop()
    kept = read(make(), tmp_path, "A", 10)
    assert kept == waiting
    status, answer, question = kept
    assert answer == Frame(
        station="A",
        direction="out",
        received=5.25,
        action="Heartbeat",
        message_id="7",
        kind=3,
        frame='[3,"7",{}]',
        latency_ms=250,
    )
    assert (question.message_id, question.latency_ms) == ("7", None)
    assert question.frame == '[2,"7","Heartbeat",{"a":"\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[2J"}]'
    assert "s3cret" not in status.frame


def test_frames_come_back_as_they_were(tmp_path: Path, make: Callable[..., TraceWriter]) -> None:
    """All fields, newest first, of one station; those that are not in the file yet too."""
    trace = make()
    sent = [frame(n, "A" if n % 3 else "B") for n in range(CHUNK_FRAMES * 3 + 5)]
    for one in sent:
        trace.add([one])
    expected = [one for one in reversed(sent) if one.station == "B"]
    assert read(trace, tmp_path, "B", 10) == expected[:10]
    assert read(trace, tmp_path, "B", 10_000) == expected
    trace.stop()
    again = make()
    assert read(again, tmp_path, "B", 10_000) == expected
    again.add([frame(9_999, "B")])
    assert [one.message_id for one in read(again, tmp_path, "B", 2)] == ["9999", expected[0].message_id]
    assert read(again, tmp_path, "nobody", 10) == []


def test_pages_join_without_gap(tmp_path: Path, make: Callable[..., TraceWriter]) -> None:
    """Asking on with the oldest moment misses none, also when several frames share a moment."""
    trace = make()
    sent = [frame(n, received=float(n // 4)) for n in range(CHUNK_FRAMES * 2 + 30)]
    for one in sent:
        trace.add([one])
    got: list[Frame] = []
    before = None
    while page := read(trace, tmp_path, "A", 10, before):
        got += page
        before = page[-1].received
    assert got == sent[::-1]


def test_a_slow_hand_gets_its_frames_within_a_second(
    tmp_path: Path, make: Callable[..., TraceWriter], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk that is not full goes to the file by time."""
    monkeypatch.setattr(trace_module, "FLUSH_S", 0.02)
    trace = make()
    trace.add([frame(1)])
    deadline = time.monotonic() + 5
    while trace.waiting() != [(2, [])] and time.monotonic() < deadline:
        time.sleep(0.005)
    assert [one.message_id for one in read(trace, tmp_path, "A", 5)] == ["1"]
    assert trace.waiting() == [(2, [])]


def test_old_frames_go_by_days(tmp_path: Path, make: Callable[..., TraceWriter]) -> None:
    """Chunks whose newest frame is too old."""
    trace = make()
    for n in range(CHUNK_FRAMES * 10):
        trace.add([frame(n, received=n * 86_400 / CHUNK_FRAMES)])
    trace.stop()
    db = sqlite3.connect(tmp_path / "trace.db", isolation_level=None)
    reopened = TraceWriter(tmp_path / "trace.db", days=7.0, most_bytes=1 << 30)
    reopened.clean(db, 10 * 86_400.0)
    assert db.execute("SELECT min(id), max(id) FROM chunk").fetchone() == (4, 10)
    assert db.execute("SELECT min(chunk), count(*) FROM holds").fetchone() == (4, 7)
    db.close()


def test_the_file_stays_within_its_bytes(tmp_path: Path, make: Callable[..., TraceWriter]) -> None:
    """The oldest go first; the file does not grow beyond its bound and a log's length."""
    trace = make()
    for n in range(CHUNK_FRAMES * 300):
        trace.add([frame(n, station=f"S{n}")])
        if n % 5_000 == 0:
            time.sleep(0.02)
    trace.stop()
    db = sqlite3.connect(tmp_path / "trace.db", isolation_level=None)
    size = file_bytes(tmp_path / "trace.db")
    reopened = TraceWriter(tmp_path / "trace.db", days=1e6, most_bytes=size // 2)
    reopened.clean(db, 0.0)
    pages, empty = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
    assert (pages - empty) * 4096 <= size // 2
    first, last = db.execute("SELECT min(id), max(id) FROM chunk").fetchone()
    assert first > 50
    assert last >= 300 - 1
    db.close()


def test_a_trace_that_cannot_be_written_drops_the_oldest(
    tmp_path: Path, make: Callable[..., TraceWriter], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never grows without bound, counts what it lost, and goes on when it can."""
    monkeypatch.setattr(trace_module, "MOST_CHUNKS", 3)
    trace = make()
    blocker = sqlite3.connect(tmp_path / "trace.db", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    trace.add([frame(n) for n in range(CHUNK_FRAMES * 10)])
    assert trace.dropped == CHUNK_FRAMES * 7
    blocker.execute("ROLLBACK")
    blocker.close()
    trace.stop()
    again = make()
    assert [one.message_id for one in read(again, tmp_path, "A", 1)] == [str(CHUNK_FRAMES * 10 - 1)]
    assert len(read(again, tmp_path, "A", 10_000)) == CHUNK_FRAMES * 3


def test_a_part_that_cannot_be_read_hides_no_other(
    tmp_path: Path, make: Callable[..., TraceWriter], caplog: pytest.LogCaptureFixture
) -> None:
    """One chunk is overwritten: the frames of the others are shown, the log says so."""
    trace = make()
    trace.add([frame(n) for n in range(CHUNK_FRAMES * 3)])
    trace.stop()
    db = sqlite3.connect(tmp_path / "trace.db", isolation_level=None)
    db.execute("UPDATE chunk SET data = zeroblob(100) WHERE id = 2")
    db.close()
    shown = [int(one.message_id) for one in read(make(), tmp_path, "A", 10_000)]
    assert shown == [*reversed(range(CHUNK_FRAMES * 2, CHUNK_FRAMES * 3)), *reversed(range(CHUNK_FRAMES))]
    assert "cannot be read" in caplog.text
