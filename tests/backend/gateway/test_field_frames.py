"""The frames that stations of many makers were seen to send, each through a socket (not part of this repository)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.model.event import Connected, Heard, Noticed

FILE = Path(__file__).parents[4] / "shared" / "frames" / "field_frames.jsonl"
FRAMES = [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []
HANDSHAKES = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1"}
EFFECTS = {
    "BootNotification": "Booted",
    "StatusNotification": "StatusReported",
    "MeterValues": "MeterValuesReported",
    "StartTransaction": "TransactionStarted",
    "StopTransaction": "TransactionEnded",
    "Authorize": "AuthorizeAsked",
}

pytestmark = pytest.mark.skipif(not FRAMES, reason="../shared/frames/field_frames.jsonl is not here")


def text_of(row: Any) -> str:
    return str(row["raw"]) if "raw" in row else json.dumps(row["frame"], ensure_ascii=False)


def rows(expect: str) -> list[Any]:
    return [pytest.param(row, id=f"{row['n']}-{row['vendor']}") for row in FRAMES if row["expect"] == expect]


@pytest.mark.parametrize("row", rows("accept"))
async def test_accepted(station: Any, takes: Any, row: Any) -> None:
    """A result under the very id, and the event that the frame means, with the connector that it names."""
    cp = await station("CP1", HANDSHAKES[row["version"]])
    text = text_of(row)
    await cp.say(text)
    answer = await cp.hear()
    frame = json.loads(text)
    assert answer[:2] == [3, frame[1]]
    (event,) = [e for e in takes.events if not isinstance(e, Connected)]
    action, payload = frame[2], frame[3]
    expected = EFFECTS.get(action)
    if expected is None:
        assert isinstance(event, Noticed)
        assert event.action == action
    else:
        assert type(event).__name__ == expected
    if "connectorId" in payload and hasattr(event, "evse") and action != "StopTransaction":
        assert event.evse == payload["connectorId"]
    if action == "MeterValues":
        elements = payload["meterValue"] if isinstance(payload["meterValue"], list) else [payload["meterValue"]]
        assert bool(event.samples) is any(element["sampledValue"] for element in elements)
    assert takes.frames[0].action == action
    assert takes.frames[0].direction == "in"


@pytest.mark.parametrize("row", [*rows("NotImplemented"), *rows("malformed")])
async def test_errors(station: Any, takes: Any, row: Any) -> None:
    """The right code under the id that could be saved; the connection stays, the frame is in the trace."""
    cp = await station("CP1", HANDSHAKES[row["version"]])
    answer = await cp.ask(text_of(row))
    wanted = "NotImplemented" if row["expect"] == "NotImplemented" else "FormationViolation"
    message_id = row["frame"][1] if "frame" in row else "77"
    assert answer[:3] == [4, message_id, wanted]
    await cp.silence()
    assert takes.of(Heard)
    assert wanted in takes.frames[0].deviations


@pytest.mark.parametrize("row", rows("answer"))
async def test_answers(station: Any, gateway: Any, row: Any) -> None:
    """Understood when it comes as the answer to a call of ours."""
    cp = await station("CP1", HANDSHAKES[row["version"]])
    await cp.boot()
    text = text_of(row)
    outcomes: list[Any] = []
    gateway.call("CP1", "GetConfiguration", {}, deadline_s=9, done=outcomes.append)
    call = await cp.hear()
    frame = json.loads(text)
    await cp.say(text.replace(json.dumps(frame[1]), json.dumps(call[1]), 1))
    await cp.silence()
    if frame[0] == 4:
        assert (outcomes[0].code, outcomes[0].description) == (frame[2], frame[3])
    else:
        assert outcomes[0].payload.keys() == frame[2].keys()
        assert "123456" not in repr(outcomes[0].payload)
