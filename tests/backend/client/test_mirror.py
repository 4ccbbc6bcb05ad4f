"""The client's live copy: staged snapshots, numbered changes, bounded keeping."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.client.mirror import FRAMES_KEPT, OPERATIONS_KEPT, Lamp, Mirror, Touched
from backend.model.clock import HeldClock
from backend.model.resources import Changes, FrameResource, OperationResource, OutletResource, Snapshot
from backend.model.words import Activity, Known, OperationState

NOW = datetime(2025, 11, 14, 13, 32, 7, tzinfo=UTC)


def outlet(name: str, activity: Activity = Activity.IDLE) -> OutletResource:
    station, _, evse = name.rpartition(":")
    return OutletResource(
        outlet=name,
        state="Available",
        activity=activity,
        since=NOW,
        known=Known.LIVE,
        session=None,
        station=station,
        evse=int(evse),
    )


def test_the_old_picture_stands_until_the_new_one_is_whole() -> None:
    """Parts are staged; the last one swaps them in."""
    mirror = Mirror(HeldClock())
    mirror.load(Snapshot(seq=1, part=1, parts=1, outlets=[outlet("OLD:1")]))
    assert not mirror.load(Snapshot(seq=9, part=1, parts=2, outlets=[outlet("A:1")]))
    assert list(mirror.outlets) == ["OLD:1"]
    assert mirror.load(Snapshot(seq=9, part=2, parts=2, outlets=[outlet("B:1")]))
    assert list(mirror.outlets) == ["A:1", "B:1"]
    assert mirror.seq == 9


def test_a_missing_number_asks_for_a_new_snapshot() -> None:
    """Changes are numbered: one is skipped, so it is not applied; an old one is ignored."""
    mirror = Mirror(HeldClock())
    mirror.load(Snapshot(seq=5, part=1, parts=1))
    assert mirror.apply(Changes(seq=6, sent=NOW, outlets=[outlet("A:1")]))
    assert not mirror.apply(Changes(seq=8, sent=NOW, outlets=[outlet("B:1")]))
    assert mirror.apply(Changes(seq=3, sent=NOW, outlets=[outlet("C:1")]))
    assert list(mirror.outlets) == ["A:1"]


def test_listeners_hear_what_was_touched() -> None:
    """By kind and id, what is gone included; and no more once they stopped."""
    mirror = Mirror(HeldClock())
    heard: list[Touched] = []
    stop = mirror.listen(heard.append)
    mirror.load(Snapshot(seq=1, part=1, parts=1, outlets=[outlet("A:1"), outlet("B:1")]))
    mirror.apply(Changes(seq=2, sent=NOW, outlets=[outlet("A:1", Activity.FAULTED)], gone={"outlets": ["B:1"]}))
    stop()
    mirror.apply(Changes(seq=3, sent=NOW))
    assert heard[0].everything
    assert heard[1].outlets == {"A:1", "B:1"}
    assert len(heard) == 2
    assert mirror.outlets["A:1"].activity is Activity.FAULTED


def test_the_lamp_tells_since_when() -> None:
    """A change of the lamp is dated; saying the same again changes nothing."""
    clock = HeldClock()
    mirror = Mirror(clock)
    mirror.set_lamp(Lamp.LIVE)
    clock.advance(10)
    mirror.set_lamp(Lamp.GONE, next_try=clock.now() + 2)
    since = mirror.lamp_since
    clock.advance(5)
    mirror.set_lamp(Lamp.GONE, next_try=clock.now() + 4)
    assert mirror.lamp_since == since == clock.now() - 5


def test_what_is_kept_is_bounded() -> None:
    """Ended operations and frames of a followed station do not grow without end."""
    mirror = Mirror(HeldClock())
    mirror.load(Snapshot(seq=0, part=1, parts=1))

    def operation(number: int) -> OperationResource:
        return OperationResource(
            id=str(number),
            operation="reset",
            target="CP1",
            state=OperationState.PROVED,
            answer="Accepted",
            proof="",
            reason="",
            requested_by="",
            times={},
        )

    def frame(number: int) -> FrameResource:
        return FrameResource(
            station="CP1", direction="in", received=NOW, action="Heartbeat", frame=str(number), deviations=[]
        )

    for seq in range(1, 40):
        mirror.apply(
            Changes(
                seq=seq,
                sent=NOW,
                operations=[operation(seq * 1000 + n) for n in range(50)],
                frames=[frame(n) for n in range(100)],
            )
        )
    assert len(mirror.operations) <= OPERATIONS_KEPT * 11 // 10
    assert len(mirror.frames["CP1"]) == FRAMES_KEPT
