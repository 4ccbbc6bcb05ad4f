"""What a frame says in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.resources import FrameResource
from screens.payload import flat
from screens.trace_pairs import Exchange
from screens.trace_says import answer, says
from tests.screens.frozen import NOW, ago

FIELD = Path(__file__).parents[3] / "shared" / "frames" / "field_frames.jsonl"


def exchange(action: str, body: Any, reply: Any = None, kind: int = 3) -> Exchange:
    """A call of a station, and our answer."""

    def frame(direction: str, sort: int, content: list[Any]) -> FrameResource:
        return FrameResource(
            station="A",
            direction=direction,
            received=ago(minutes=2),
            action=action,
            frame=json.dumps(content),
            deviations=[],
            message_id="1",
            kind=sort,
        )

    answered = None if reply is None else frame("out", kind, [kind, "1", *(reply if kind == 4 else [reply])])
    return Exchange(key="1", call=frame("in", 2, [2, "1", action, body]), answer=answered)


@pytest.mark.parametrize(
    ("action", "body", "text"),
    [
        (
            "StatusNotification",
            {"connectorId": 2, "status": "Faulted", "errorCode": "GroundFailure"},
            "2 Faulted GroundFailure",
        ),
        ("StatusNotification", {"evseId": 1, "connectorId": 1, "connectorStatus": "Occupied"}, "1 Occupied"),
        ("StatusNotification", {"evseId": 1, "connectorId": 2, "connectorStatus": "Available"}, "1.2 Available"),
        (
            "BootNotification",
            {"chargePointVendor": "ND", "chargePointModel": "Duo", "firmwareVersion": "4.1"},
            "ND  Duo  4.1",
        ),
        (
            "BootNotification",
            {"reason": "PowerUp", "chargingStation": {"vendorName": "IB", "model": "HPC", "firmwareVersion": "2"}},
            "IB  HPC  2  PowerUp",
        ),
        ("Authorize", {"idTag": "04••••••9F"}, "04••••••9F"),
        ("Authorize", {"idToken": {"idToken": "04••••••9F", "type": "ISO14443"}}, "04••••••9F"),
        (
            "StartTransaction",
            {"connectorId": 2, "idTag": "04••9F", "meterStart": 1_204_300},
            "2  04••9F  1\xa0204\xa0kWh",
        ),
        ("StopTransaction", {"transactionId": 77, "meterStop": 21_400, "reason": "Remote"}, "77  21.4\xa0kWh  Remote"),
        (
            "MeterValues",
            {
                "connectorId": 1,
                "meterValue": [
                    {
                        "sampledValue": [
                            {"value": "11.0", "measurand": "Power.Active.Import", "unit": "kW"},
                            {"value": "6800"},
                            {"value": "31", "measurand": "SoC"},
                            {"value": "3600", "measurand": "Power.Active.Import", "phase": "L1"},
                        ]
                    }
                ],
            },
            "1  11.0\xa0kW  6.8\xa0kWh  31\xa0%",
        ),
        (
            "TransactionEvent",
            {
                "eventType": "Updated",
                "evse": {"id": 2, "connectorId": 1},
                "transactionInfo": {"chargingState": "Charging"},
                "meterValue": [
                    {
                        "sampledValue": [
                            {
                                "value": 61,
                                "measurand": "Power.Active.Import",
                                "unitOfMeasure": {"unit": "W", "multiplier": 3},
                            }
                        ]
                    }
                ],
            },
            "Updated  2.1  Charging  61.0\xa0kW",
        ),
        ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 2}, "StatusNotification 2"),
        ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "300"}, "HeartbeatInterval = 300"),
        ("GetConfiguration", {}, "all keys"),
        ("NotifyReport", {"seqNo": 0, "tbc": True, "reportData": [{}, {}]}, "part 0  2 rows  more follow"),
        ("SomethingNew", {"a": "x", "b": 2, "c": [1], "timestamp": "t"}, "x  2"),
        ("Heartbeat", {}, ""),
    ],
)
def test_the_summary_of_an_action(action: str, body: Any, text: str) -> None:
    """What matters of each, in the words of OCPP."""
    assert says(exchange(action, body)).text == text


@pytest.mark.parametrize(
    ("reply", "kind", "sign", "text"),
    [
        ({"status": "Accepted", "interval": 300}, 3, "✓", "Accepted 300 s"),
        ({"idTagInfo": {"status": "Blocked"}}, 3, "✖", "Blocked"),
        ({"currentTime": "2025-11-14T13:31:46Z"}, 3, "✓", "13:31:46Z"),
        ({}, 3, "✓", ""),
        (["NotImplemented", "what?", {}], 4, "✖", "NotImplemented"),
    ],
)
def test_the_answer_in_a_word(reply: Any, kind: int, sign: str, text: str) -> None:
    """What was refused does not look like what was granted."""
    found = answer(exchange("X", {}, reply, kind), NOW)
    assert (found.sign, found.text) == (sign, text)


def test_a_call_waits_and_then_has_no_answer() -> None:
    """Half a minute lies between the two."""
    waiting = exchange("X", {})
    sent = waiting.first.received.timestamp()
    assert answer(waiting, sent + 29).sign == "▸"
    assert answer(waiting, sent + 31).text == "no answer"


@given(
    st.sampled_from(
        [
            "StatusNotification",
            "MeterValues",
            "TransactionEvent",
            "NotifyEvent",
            "BootNotification",
            "SetVariables",
            "Authorize",
        ]
    ),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-9, 9)
        | st.text(max_size=5)
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "evse",
                        "idToken",
                        "meterValue",
                        "sampledValue",
                        "value",
                        "eventData",
                        "component",
                        "unitOfMeasure",
                        "connectorId",
                        "status",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
)
def test_no_payload_breaks_the_list(action: str, body: Any) -> None:
    """Whatever shape a station sends, there is a line for it."""
    found = exchange(action, body, body)
    assert isinstance(says(found).text, str)
    assert isinstance(answer(found, NOW).text, str)


@pytest.mark.skipif(not FIELD.exists(), reason="the frames from the field are not here")
def test_frames_from_the_field_are_told() -> None:
    """Every frame that real stations sent has a summary that fits on a line."""
    count = 0
    for row in FIELD.read_text().splitlines():
        frame = json.loads(row).get("frame")
        if isinstance(frame, list) and len(frame) > 3 and frame[0] == 2:
            said = says(exchange(str(frame[2]), frame[3]))
            assert "\n" not in said.text
            count += 1
    assert count > 50


def test_what_was_escaped_on_the_wire_stays_harmless() -> None:
    """An escape sequence, a line end and a reversed text inside JSON strings reach no terminal."""
    hostile = "\x1b]0;x\x07\n\u202eevil"
    found = exchange("DataTransfer", {"vendorId": hostile}, {"status": hostile})
    for text in (says(found).text, answer(found, NOW).text, "".join(part for part, _ in flat({hostile: [hostile]}))):
        assert text.isprintable()
    bad = exchange("X", {}, [hostile, "", {}], 4)
    assert answer(bad, NOW).text.isprintable()
