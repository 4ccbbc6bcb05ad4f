"""Trace: live frames, hold, filter, copy, export."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from backend.model.resources import Changes, FrameResource
from screens.trace import TracePage
from tests.screens.asking import asking, cells, keys, rest, typed
from tests.screens.frozen import ago


class Feed:
    """Notes whose frames are wanted."""

    def __init__(self) -> None:
        self.followed: list[tuple[str, ...]] = []

    async def follow(self, stations: object) -> None:
        self.followed.append(tuple(stations))  # type: ignore[arg-type]


def page_of(app: object) -> TracePage:
    """The page in front."""
    found = app.screen  # type: ignore[attr-defined]
    assert isinstance(found, TracePage)
    return found


def heartbeat(seconds: float = 0.0) -> FrameResource:
    """A frame that comes now."""
    return FrameResource(
        station="NK-04217",
        direction="in",
        received=ago() + timedelta(seconds=seconds),
        action="Heartbeat",
        frame='[2,"new","Heartbeat",{}]',
        deviations=[],
        message_id="new",
        kind=2,
    )


async def test_frames_are_followed_while_the_page_is_open() -> None:
    """And no longer."""
    async with asking() as (app, pilot, _):
        feed = app.feed = Feed()  # type: ignore[assignment]
        app.open("trace", "NK-04217")
        await rest(pilot)
        assert feed.followed[-1] == ("NK-04217",)
        await keys(pilot, "escape")
        assert feed.followed[-1] == ()


async def test_a_frame_comes_live_and_its_answer_joins_it() -> None:
    """One row, not two; the cursor stays on its own."""
    async with asking() as (app, pilot, _):
        app.open("trace", "NK-04217")
        await keys(pilot, "j", "j")
        cursor, count = page_of(app).table.cursor, len(page_of(app).table.rows)
        app.mirror.apply(Changes(seq=app.mirror.seq + 1, sent=ago(), frames=[heartbeat()]))
        app.mirror.clock.advance(10)  # type: ignore[attr-defined]
        app.flush()
        await rest(pilot)
        assert len(page_of(app).table.rows) == count + 1
        assert page_of(app).table.cursor == cursor
        await keys(pilot, "g")
        assert "▸ waits" in cells(app)
        answer = heartbeat(0.004)
        answer.direction, answer.kind, answer.frame = "out", 3, '[3,"new",{"currentTime":"2025-11-14T13:32:07Z"}]'
        app.mirror.apply(Changes(seq=app.mirror.seq + 1, sent=ago(), frames=[answer]))
        app.flush()
        await rest(pilot)
        assert len(page_of(app).table.rows) == count + 1
        assert "✓ 13:32:07Z" in cells(app)


async def test_hold_stops_the_picture_and_loses_nothing() -> None:
    """What came meanwhile is there when one goes on."""
    async with asking() as (app, pilot, _):
        app.open("trace", "NK-04217")
        await keys(pilot, "p")
        count = len(page_of(app).table.rows)
        app.mirror.apply(Changes(seq=app.mirror.seq + 1, sent=ago(), frames=[heartbeat()]))
        app.flush()
        await rest(pilot)
        assert len(page_of(app).table.rows) == count
        await keys(pilot, "p")
        assert len(page_of(app).table.rows) == count + 1


async def test_filter_by_action_and_oddity() -> None:
    """The one grammar."""
    async with asking() as (app, pilot, _):
        app.open("trace", "NK-04217")
        await rest(pilot)
        await typed(pilot, "slash", "action:unlock")
        assert {page_of(app).exchanges.held[row].action for row in page_of(app).table.rows} == {"UnlockConnector"}
        page_of(app).set_filter("odd:yes")
        assert {page_of(app).exchanges.held[row].action for row in page_of(app).table.rows} == {"StopTransaction"}
        page_of(app).set_filter("lm-07")
        assert {page_of(app).exchanges.held[row].action for row in page_of(app).table.rows} == {"StatusNotification"}


async def test_copy_is_what_stands_there() -> None:
    """Call and answer, redacted as they came."""
    async with asking() as (app, pilot, _):
        app.open("trace", "NK-04217")
        await rest(pilot)
        await typed(pilot, "slash", "action:authorize")
        await keys(pilot, "y")
        call, answer = app.clipboard.split("\n")
        assert "04••••••9F" in call
        assert json.loads(answer)[0] == 3


async def test_export_writes_the_frames_that_are_shown(tmp_path: Path) -> None:
    """Oldest first, one JSON object a line."""
    async with asking() as (app, pilot, _):
        app.open("trace", "NK-04217")
        await rest(pilot)
        await typed(pilot, "slash", "action:unlock")
        path = tmp_path / "t.jsonl"
        page_of(app).command(["export", str(path)])
        await rest(pilot)
        frames = [json.loads(line) for line in path.read_text().splitlines()]
        assert [frame["kind"] for frame in frames] == [2, 3, 2, 3]
        assert frames[0]["received"] < frames[2]["received"]
        page_of(app).command(["export", str(path)])
        await rest(pilot)
        assert "of that name already" in cells(app)


async def test_a_broken_frame_has_a_line() -> None:
    """It is shown as it came."""
    async with asking() as (app, pilot, _):
        app.open("trace", "NK-04217")
        await rest(pilot)
        broken = heartbeat()
        broken.frame, broken.kind, broken.action = '[2,"x","Heart', 0, ""
        app.mirror.apply(Changes(seq=app.mirror.seq + 1, sent=ago(), frames=[broken]))
        app.flush()
        await keys(pilot, "g")
        assert "cannot be read" in cells(app)
        assert '[2,"x","Heart' in cells(app)


async def test_older_frames_are_asked_for_once() -> None:
    """A short page says that there are no more."""
    async with asking() as (app, pilot, client):
        app.open("trace", "NK-04217")
        await rest(pilot)
        await keys(pilot, "G")
        assert len([what for what, _ in client.asked if what == "trace"]) == 1
