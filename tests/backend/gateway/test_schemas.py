"""Against the JSON schemas of the `ocpp` package: every action that a station may send, in all versions.

A message is made from each request's schema, with all fields and with the required ones alone. The strict path
must take it without a deviation, and every answer that we can give must be correct by the response's schema.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import ocpp
import pytest
from jsonschema import Draft7Validator, FormatChecker

from backend.gateway.letter import Letter
from backend.gateway.translators import TRANSLATORS
from backend.model.clock import HeldClock
from backend.model.reply import BootReply, Done, Reply, StartReply, TokenReply
from backend.model.words import BootStatus, TokenStatus, Version

FOLDERS = {Version.V16: ("v16", ""), Version.V201: ("v201", "Request"), Version.V21: ("v21", "Request")}
SENDS = {"NotifyPeriodicEventStream"}
LONG = "g" * 60

REPLIES: list[Reply] = [
    Done(),
    *(BootReply(status, 300) for status in BootStatus),
    BootReply(BootStatus.REJECTED, 0),
    *(TokenReply(status) for status in TokenStatus),
    TokenReply(TokenStatus.ACCEPTED, group="family", expires=1_800_000_000.4),
    TokenReply(TokenStatus.EXPIRED, group=LONG, expires=1_700_000_000.0),
    StartReply(4711, None),
    StartReply(4711, TokenReply(TokenStatus.BLOCKED, group="family")),
]


@cache
def schema(version: Version, name: str) -> Any:
    path = Path(ocpp.__file__).parent / FOLDERS[version][0] / "schemas" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8-sig"))


def example(part: Any, root: Any, *, full: bool, name: str = "") -> Any:
    """A value that a schema allows: with every field, or with the required ones."""
    if "$ref" in part:
        return example(root["definitions"][part["$ref"].rsplit("/", 1)[-1]], root, full=full, name=name)
    if "enum" in part:
        return part["enum"][0]
    match part.get("type"):
        case "object":
            required = part.get("required", [])
            return {
                key: example(value, root, full=full, name=key)
                for key, value in part.get("properties", {}).items()
                if key in required or (full and key != "customData")
            }
        case "array":
            return [example(part["items"], root, full=full, name=name)]
        case "string":
            return _text(part, name)
        case "integer":
            return max(3, int(part.get("minimum", 3)))
        case "number":
            return min(3.5, part.get("maximum", 3.5))
        case "boolean":
            return False
    return "anything"


def _text(part: Any, name: str) -> str:
    if part.get("format") == "date-time":
        return "2024-02-29T10:00:00.250Z"
    if name == "value":
        return "12.5"
    return ("x" * part.get("maxLength", 10))[:200]


def cases() -> list[Any]:
    return [
        pytest.param(version, action, full, id=f"{version.value}-{action}-{'full' if full else 'bare'}")
        for version, translator in TRANSLATORS.items()
        for action in translator.actions
        for full in (True, False)
    ]


@pytest.mark.parametrize(("version", "action", "full"), cases())
def test_every_action_is_read_and_answered(version: Version, action: str, full: bool) -> None:
    """Correct messages are taken by the strict path; correct answers come back, whatever the house replies."""
    request = schema(version, action if action in SENDS else action + FOLDERS[version][1])
    payload = example(request, request, full=full)
    jsonschema.validate(payload, request)
    handler = TRANSLATORS[version].actions[action]
    letter = Letter("CP1", version, {})
    letter.action = action
    letter.learned = HeldClock().now()
    events = handler.read(msgspec.json.encode(payload), letter)
    assert events
    assert letter.deviations == []
    if action in SENDS:
        return
    validator = Draft7Validator(schema(version, f"{action}Response"), format_checker=FormatChecker())
    answer = letter.answer or handler.answer
    for reply in REPLIES:
        text = answer(reply, letter.learned)
        validator.validate(json.loads(text))
        assert text == json.dumps(json.loads(text), separators=(",", ":")), "compact"


def poisoned() -> list[Any]:
    """What can be answered plainly: not what tells the time, nor what gets no answer."""
    return [
        pytest.param(version, action, id=f"{version.value}-{action}")
        for version, translator in TRANSLATORS.items()
        for action, handler in translator.actions.items()
        if action not in SENDS and not handler.fresh
    ]


@pytest.mark.parametrize(("version", "action"), poisoned())
def test_the_plain_result_of_a_poison_message_is_correct(version: Version, action: str) -> None:
    """A strict station would otherwise choke on the very answer that lets it go."""
    plain = json.loads(TRANSLATORS[version].actions[action].plain)
    Draft7Validator(schema(version, f"{action}Response")).validate(plain)


def test_custom_data_is_no_deviation() -> None:
    """2.x allows customData everywhere."""
    letter = Letter("CP1", Version.V201, {})
    payload = {
        "eventType": "Updated",
        "timestamp": "2024-01-01T00:00:00Z",
        "triggerReason": "Trigger",
        "seqNo": 1,
        "transactionInfo": {"transactionId": "t", "customData": {"vendorId": "v", "a": [1]}},
        "customData": {"vendorId": "v"},
    }
    TRANSLATORS[Version.V201].actions["TransactionEvent"].read(msgspec.json.encode(payload), letter)
    assert letter.deviations == []


def test_all_actions_from_stations_are_there() -> None:
    """Counted from the schemas: what has a response that we give is either ours to send or in the table."""
    assert len(TRANSLATORS[Version.V16].actions) == 14
    assert len(TRANSLATORS[Version.V201].actions) == 25
    assert len(TRANSLATORS[Version.V21].actions) == 38
