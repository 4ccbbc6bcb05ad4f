"""Strict out: whatever a station sends, and whatever the house replies, what goes back is as the standard wants it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import ocpp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker
from ocpp import exceptions

from backend.gateway.translators import TRANSLATORS
from backend.model.event import Booted
from backend.model.reply import BootReply, Done, Refused, Reply, StartReply, TokenReply
from backend.model.words import BootStatus, TokenStatus, Version
from tests.recipes.dialogue import dialogue_with

FOLDERS = {Version.V16: "v16", Version.V201: "v201", Version.V21: "v21"}
FROZEN = {"OccurenceConstraintViolation", "FormationViolation", "OccurrenceConstraintViolation"}
CODES = {
    kind.code
    for kind in vars(exceptions).values()
    if isinstance(kind, type) and issubclass(kind, exceptions.OCPPError) and getattr(kind, "code", None)
} | FROZEN
OLD_ONLY, NEW_ONLY = (
    {"OccurenceConstraintViolation", "FormationViolation"},
    {"FormatViolation", "MessageTypeNotSupported"},
)

TOKENS = st.builds(
    TokenReply,
    st.sampled_from(TokenStatus),
    st.none() | st.text(min_size=1, max_size=300),
    st.none() | st.floats(0, 4_102_444_800.0),
)
REPLIES: st.SearchStrategy[Reply] = st.one_of(
    st.just(Done()),
    st.builds(BootReply, st.sampled_from(BootStatus), st.integers(0, 86_400)),
    TOKENS,
    st.builds(StartReply, st.integers(1, 2**31 - 1), st.none() | TOKENS),
    st.builds(Refused, st.text(max_size=400)),
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@cache
def schema(version: Version, name: str) -> Any:
    path = Path(ocpp.__file__).parent / FOLDERS[version] / "schemas" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8-sig"))


@cache
def validator(version: Version, action: str) -> Draft7Validator:
    return Draft7Validator(schema(version, f"{action}Response"), format_checker=FormatChecker())


def names(version: Version, action: str) -> list[str]:
    """The fields of a request, at any depth."""
    request = schema(version, action if version is Version.V16 else f"{action}Request")
    found: list[str] = []

    def look(part: Any) -> None:
        if isinstance(part, dict):
            found.extend(part.get("properties", {}))
            for one in part.values():
                look(one)

    look(request)
    return sorted(set(found))


def heard(recorder: Any, version: Version, frame: str, reply: Reply) -> list[Any]:
    """What a new dialogue sends back to one frame, when the house replies so."""
    takes = recorder()
    takes.reply = lambda event: (
        BootReply(BootStatus.PENDING, 30) if isinstance(event, Booted) and not isinstance(reply, BootReply) else reply
    )
    dialogue, wire, _ = dialogue_with(takes, version)
    for _ in range(3):
        dialogue.received(frame.encode("utf-8", "surrogatepass"))
    return [json.loads(text) for text in wire.sent]


def judge(version: Version, action: str, answer: Any) -> None:
    """A CALLRESULT by its schema, a CALLERROR by OCPP-J."""
    if answer[0] == 3:
        assert len(answer) == 3
        validator(version, action).validate(answer[2])
        return
    kind, message_id, code, description, details = answer
    assert kind == 4
    assert len(message_id) <= 255
    assert code in CODES
    assert code not in (NEW_ONLY if version is Version.V16 else OLD_ONLY)
    assert len(description) <= 255
    assert details == {}


@pytest.mark.parametrize("version", list(Version))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_answer_is_correct(make_recorder: Any, version: Version, data: Any) -> None:
    """Any action with odd values in its fields, any reply of the house, the first time and when it is repeated."""
    sends = {"NotifyPeriodicEventStream"}
    action = data.draw(st.sampled_from(sorted(TRANSLATORS[version].actions.keys() - sends)))
    fields = st.dictionaries(st.sampled_from(names(version, action) or ["x"]), ODD, max_size=8)
    payload = data.draw(fields)
    message_id = data.draw(st.text(max_size=40))
    frame = json.dumps([2, message_id, action, payload], ensure_ascii=data.draw(st.booleans()))
    for answer in heard(make_recorder, version, frame, data.draw(REPLIES)):
        assert answer[1] in (message_id, "-1") or "\ufffd" in answer[1]
        judge(version, action, answer)
