"""Whatever bytes a station sends: no mistake of ours, at most one answer, and that answer is a proper frame."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.gateway.translators import TRANSLATORS
from backend.model.words import Version
from tests.recipes.dialogue import dialogue_with

WORDS = [
    "connectorId",
    "errorCode",
    "status",
    "timestamp",
    "idTag",
    "meterStart",
    "meterStop",
    "transactionId",
    "meterValue",
    "sampledValue",
    "value",
    "unit",
    "eventType",
    "seqNo",
    "triggerReason",
    "transactionInfo",
    "evse",
    "id",
    "idToken",
    "type",
    "eventData",
    "component",
    "variable",
    "name",
    "actualValue",
    "evseId",
    "connectorStatus",
    "chargingStation",
    "chargePointModel",
    "vendorId",
    "requestId",
    "csr",
    "techCode",
    "trigger",
]
TEXTS = ["Available", "Started", "1.5", "2024-01-01T00:00:00Z", "kWh", "CX001;CX002", "\ud800", "\x1b[2J"]
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(TEXTS)
)
KEYS = st.sampled_from(WORDS) | st.text(max_size=5)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8), max_leaves=25
)
PAYLOADS = st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=10) | VALUES
PIECES = [b'[2,"i"', b'[3,"i"', b",", b'"Heartbeat"', b"{", b"}", b"]", b"\xff", b"\\"]
BYTES = (
    st.binary(max_size=60)
    | st.text(alphabet='[]{}",:\\u2345 d8\x00\ufeffabn', max_size=40).map(str.encode)
    | st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join)
)


def hear(recorder: Any, version: Version, data: bytes) -> list[str]:
    """Give one message to a new dialogue; what was sent back."""
    dialogue, wire, counts = dialogue_with(recorder(), version)
    dialogue.received(data)
    assert counts.stumbles == 0
    assert len(wire.sent) <= 1
    return wire.sent


@pytest.mark.parametrize("version", list(Version))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_odd_payloads(make_recorder: Any, version: Version, data: Any) -> None:
    """Every action with every kind of nonsense in it gets a result or an error under its id."""
    action = data.draw(st.sampled_from(sorted(TRANSLATORS[version].actions)))
    payload = data.draw(PAYLOADS)
    (sent,) = hear(make_recorder, version, json.dumps([2, "id", action, payload]).encode())
    answer = json.loads(sent)
    assert answer[0] in (3, 4)
    assert answer[1] == "id"


@pytest.mark.parametrize("version", list(Version))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=BYTES)
def test_odd_bytes(make_recorder: Any, version: Version, data: bytes) -> None:
    """What is no frame is answered like one that is broken, or not at all."""
    for sent in hear(make_recorder, version, data):
        assert json.loads(sent)[0] in (3, 4)
