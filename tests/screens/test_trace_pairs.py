"""Frames become exchanges."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from backend.model.resources import FrameResource
from screens.trace_odd import contradicted, sentence
from screens.trace_pairs import MOST, Exchanges, decoded, error_of, payload

START = datetime(2025, 11, 14, 13, 0, tzinfo=UTC)


def frame(
    second: float, direction: str, kind: int, id_: str, action: str = "Heartbeat", body: Any = None
) -> FrameResource:
    """One frame."""
    whole = [kind, id_, action, body or {}] if kind == 2 else [kind, id_, body or {}]
    return FrameResource(
        station="A",
        direction=direction,
        received=START + timedelta(seconds=second),
        action=action,
        frame=json.dumps(whole),
        deviations=[],
        message_id=id_,
        kind=kind,
    )


def test_a_call_and_its_answer_are_one_exchange() -> None:
    """Whoever asked first."""
    held = Exchanges()
    held.add([frame(0, "in", 2, "1"), frame(0.1, "out", 3, "1"), frame(1, "out", 2, "1"), frame(1.5, "in", 3, "1")])
    assert len(held.held) == 2
    first, second = held.held.values()
    assert (first.ours, second.ours) == (False, True)
    assert first.answer is not None
    assert second.answer is not None


def test_an_id_that_is_used_again_is_another_exchange() -> None:
    """The answer belongs to the last call of that id."""
    held = Exchanges()
    held.add([frame(0, "in", 2, "1"), frame(5, "in", 2, "1"), frame(5.1, "out", 3, "1")])
    old, new = held.held.values()
    assert old.waits
    assert not new.waits


def test_an_answer_to_nothing_stands_alone() -> None:
    """It is shown, not lost."""
    held = Exchanges()
    held.add([frame(0, "in", 3, "9")])
    (only,) = held.held.values()
    assert only.call is None
    assert not only.waits


def test_a_frame_that_comes_twice_is_taken_once() -> None:
    """The feed and the answer to a question overlap."""
    held = Exchanges()
    frames = [frame(0, "in", 2, "1"), frame(0.1, "out", 3, "1")]
    held.add(frames)
    assert held.add(frames) == []
    assert len(held.held) == 1


def test_older_frames_go_in_front() -> None:
    """And an answer finds its call across the seam."""
    held = Exchanges()
    held.add([frame(10.1, "out", 3, "2"), frame(20, "in", 2, "3")])
    held.put_before([frame(0, "in", 2, "1"), frame(10, "in", 2, "2")])
    assert [x.first.message_id for x in held.held.values()] == ["1", "2", "3"]
    assert held.held[held.latest()[1]].answer is not None


def test_the_number_of_exchanges_is_bounded() -> None:
    """A day of frames does not stay in memory."""
    held = Exchanges()
    held.add([frame(at, "in", 2, str(at)) for at in range(MOST + 50)])
    assert len(held.held) == MOST
    assert held.held[held.latest()[0]].first.message_id == str(MOST + 49)


def test_what_cannot_be_read_is_none() -> None:
    """Broken text, text that is no message, and nothing."""
    broken = frame(0, "in", 2, "1")
    broken.frame = '[2,"1","Heart'
    assert decoded(broken) is None
    assert payload(broken) is None
    broken.frame = '{"not": "a message"}'
    assert payload(broken) is None
    assert payload(None) is None
    broken.frame = "[" * 100_000
    assert decoded(broken) is None


def test_an_error_has_a_code_and_words() -> None:
    """As far as they were sent."""
    bad = frame(0, "out", 4, "1")
    bad.frame = '[4,"1","NotSupported","no such message",{}]'
    assert error_of(bad) == ("NotSupported", "no such message")
    bad.frame = '[4,"1"]'
    assert error_of(bad) == ("", "")


def _unlock(second: float, word: str = "Unlocked") -> list[FrameResource]:
    return [
        frame(second, "out", 2, f"u{second}", "UnlockConnector", {"connectorId": 2}),
        frame(second + 0.8, "in", 3, f"u{second}", "UnlockConnector", {"status": word}),
    ]


def _fault(second: float, connector: int = 2) -> list[FrameResource]:
    body = {"connectorId": connector, "status": "Faulted", "errorCode": "ConnectorLockFailure"}
    return [frame(second, "in", 2, f"f{second}", "StatusNotification", body)]


def test_a_lock_fault_after_unlocked_is_a_contradiction() -> None:
    """Within a minute, on the same outlet."""
    held = Exchanges()
    held.add([*_unlock(0), *_fault(30.1)])
    unlock, fault = held.held.values()
    assert contradicted(unlock, [fault]) is fault
    assert "30 s later" in sentence(unlock, fault)


def test_what_is_no_contradiction() -> None:
    """Another outlet, a minute later, or an unlock that failed anyway."""
    for frames in (
        [*_unlock(0), *_fault(30, 1)],
        [*_unlock(0), *_fault(61)],
        [*_unlock(0, "UnlockFailed"), *_fault(5)],
    ):
        held = Exchanges()
        held.add(frames)
        unlock, fault = held.held.values()
        assert contradicted(unlock, [fault]) is None
