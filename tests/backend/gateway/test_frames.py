"""What becomes of frames that are not as they should be: the guard's table, in all three versions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.gateway import dialogue
from backend.gateway.guard import too_deep, without_lone_surrogates
from backend.model.event import Disconnected, StatusReported, TransactionEnded, TransactionStarted
from backend.model.reply import Done, Refused

OLD, NEW, NEWEST = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}

BROKEN = [
    ("not json at all", "-1"),
    ("{}", "-1"),
    ("[]", "-1"),
    ("17", "-1"),
    ('"text"', "-1"),
    ("[2]", "-1"),
    ('[2,"a1","Heartbeat"]', "a1"),
    ('[2,"a2","Heartbeat",{},5]', "a2"),
    ('["2","a3","Heartbeat",{}]', "a3"),
    ('[2,"a4",["Heartbeat"],{}]', "a4"),
    ('[2,"a5","Heartbeat",{"a":"\x00"}]', "a5"),
    ('\ufeff[2,"a6","Heartbeat",{}]', "a6"),
    ('[2,"a7","DataTransfer",{"vendorId":"v","data":' + "1" * 5_000 + "}]", "a7"),
    ('[2,"a8","Heartbeat",' + "[" * 3_000 + "]" * 3_000 + "]", "a8"),
    ('[2,"a9","StatusNotification",{"connectorId":1,', "a9"),
    ('[2,"b1","MeterValues",{"meterValue":[{"sampledValue":[,{"value":"1"}]}]}]', "b1"),
    ('[2,"b2","Heartbeat",17]', "b2"),
    ('[2,"b3","Heartbeat",NaN]', "b3"),
    ('[2,{"id":1},"Heartbeat",{}]', "-1"),
    ('[2,null,"Heartbeat",{}]', "-1"),
    ('[2,"b4","Heartbeat",{}]]', "b4"),
    ('[2,"' + "x" * 400 + '","Heartbeat",{}', "-1"),
    (b'[2,"b5","Heartbeat",{"a":"\xff\xfe"}]', "b5"),
]


@pytest.mark.parametrize("version", [OLD, NEW, NEWEST])
async def test_broken_frames_get_an_error_with_the_id_that_can_be_saved(station: Any, version: str) -> None:
    """Each broken frame is answered in the version's own words, and costs nothing more."""
    cp = await station("CP1", version)
    code = "FormationViolation" if version == OLD else "FormatViolation"
    for frame, message_id in BROKEN:
        if isinstance(frame, bytes):
            await cp.socket.send(frame, text=True)
            answer = await cp.hear()
        else:
            answer = await cp.ask(frame)
        assert answer[:3] == [4, message_id, code], frame[:60]
        assert isinstance(answer[3], str)
        assert answer[4] == {}
    await cp.silence()


async def test_broken_answers_are_recorded_and_never_answered(station: Any, takes: Any) -> None:
    """What begins as an answer gets none, else two sides could throw errors at each other for ever."""
    cp = await station()
    for frame in ('[3,"x",{', '[4,"x","Bad', "[3,", "[4"):
        await cp.say(frame)
    await cp.silence()
    assert [f.kind for f in takes.frames if f.direction == "in"][:4] == [3, 4, 3, 4]


async def test_unknown_message_types(station: Any, takes: Any) -> None:
    """1.6 ignores them, 2.0.1 says that it does not know them, 2.1 knows 5 and 6."""
    old, new, newest = await station("A", OLD), await station("B", NEW), await station("C", NEWEST)
    for kind in (5, 6, 9):
        await old.say([kind, "m", "Heartbeat", {}])
    await old.silence()
    for kind in (5, 6, 9):
        assert (await new.ask([kind, f"m{kind}", "Heartbeat", {}]))[:3] == [4, f"m{kind}", "MessageTypeNotSupported"]
    await newest.say([5, "m", "GenericError", "no", {}])
    await newest.say([6, "s", "NotifyPeriodicEventStream", {"id": 1, "pending": 0, "basetime": "x", "data": []}])
    await newest.silence()
    assert (await newest.ask([9, "m9", "Heartbeat", {}]))[:3] == [4, "m9", "MessageTypeNotSupported"]
    assert "NotifyPeriodicEventStream" in [e.action for e in takes.events if hasattr(e, "action")]
    assert [f.kind for f in takes.frames if f.station == "A" and f.direction == "in"][:3] == [5, 6, 9]


async def test_unknown_and_unfitting_actions(station: Any) -> None:
    """NotImplemented for what the version does not know, NotSupported for what goes the other way."""
    for version, known, unknown in (
        (OLD, "RemoteStartTransaction", "TransactionEvent"),
        (NEW, "RequestStartTransaction", "StartTransaction"),
        (NEWEST, "SetDERControl", "StartTransaction"),
    ):
        cp = await station(version, version)
        assert (await cp.ask([2, "1", known, {}]))[2] == "NotSupported"
        assert (await cp.ask([2, "2", unknown, {}]))[2] == "NotImplemented"
        assert (await cp.ask([2, "3", "Nonsense", {}]))[2] == "NotImplemented"


@pytest.mark.parametrize(
    ("version", "payload", "code"),
    [
        (OLD, {"connectorId": 1, "errorCode": "NoError"}, "OccurenceConstraintViolation"),
        (OLD, {"connectorId": "one", "errorCode": "NoError", "status": "Available"}, "TypeConstraintViolation"),
        (OLD, {"connectorId": -1, "errorCode": "NoError", "status": "Available"}, "PropertyConstraintViolation"),
        (OLD, {"connectorId": 10**30, "errorCode": "NoError", "status": "Available"}, "PropertyConstraintViolation"),
        (NEW, {"timestamp": "2024-01-01T00:00:00Z", "evseId": 1, "connectorId": 1}, "OccurrenceConstraintViolation"),
        (NEW, {"connectorStatus": "Available", "evseId": [], "connectorId": 1}, "TypeConstraintViolation"),
        (NEW, {"connectorStatus": "Available", "evseId": -2, "connectorId": 1}, "PropertyConstraintViolation"),
    ],
)
async def test_payloads_that_cannot_be_understood(station: Any, version: str, payload: Any, code: str) -> None:
    """The code is spelt as the version spells it, misspellings of 1.6 included."""
    cp = await station("CP1", version)
    assert (await cp.ask([2, "1", "StatusNotification", payload]))[2] == code


async def test_ids_come_back_byte_by_byte(station: Any) -> None:
    """Leading zeros, 20 digits, odd uuids, escapes, bare numbers: an id is no number and no uuid."""
    cp = await station()
    for raw in ('"0796140"', '"28240181849166013077"', '"76414aac-f4b1-4009-10dc-9db4a463d314"', '"å/\\u0041"', "210"):
        await cp.say(f'[2,{raw},"Heartbeat",{{}}]')
        async with asyncio.timeout(5):
            assert str(await cp.socket.recv()).startswith(f"[3,{raw},")


async def test_lone_surrogates_and_empty_payloads_are_served(station: Any, takes: Any, gateway: Any) -> None:
    """Half a character is replaced; `[]` and `null` stand for an empty payload. Each is named."""
    cp = await station()
    answer = await cp.ask(
        '[2,"1","StatusNotification",{"connectorId":1,"errorCode":"OtherError","status":"Faulted","info":"a\\ud800b\\ud83d\\ude00"}]'
    )
    assert answer == [3, "1", {}]
    assert takes.of(StatusReported)[0].info == "a\ufffdb\U0001f600"
    assert (await cp.ask('[2,"2","Heartbeat",[]]'))[0] == 3
    assert (await cp.ask('[2,"3","Heartbeat",null]'))[0] == 3
    assert gateway.memories.quirks("cp1")["lone_surrogate"] == 1


async def test_transaction_messages_are_read_although_not_utf8(station: Any, takes: Any) -> None:
    """Energy is worth more than an umlaut."""
    cp = await station()
    await cp.socket.send(
        b'[2,"1","StopTransaction",{"transactionId":5,"meterStop":9,"timestamp":"2024-01-01T00:00:00Z","reason":"\xe5"}]',
        text=True,
    )
    assert await cp.hear() == [3, "1", {}]
    assert takes.of(TransactionEnded)[0].meter_stop_wh == 9
    assert "not_utf8" in takes.frames[0].deviations


async def test_a_frame_over_the_guard_gets_an_error_and_over_the_transport_1009(
    station: Any, settings: Any, takes: Any
) -> None:
    """Two limits: the first costs an error, the second the connection."""
    cp = await station()
    big = "x" * (settings.guard_bytes + 1)
    answer = await cp.ask(f'[2,"big","DataTransfer",{{"vendorId":"{big}"}}]')
    assert answer[:3] == [4, "big", "FormationViolation"]
    fits = "x" * (settings.guard_bytes - 100)
    assert (await cp.ask(f'[2,"fits","DataTransfer",{{"vendorId":"v","data":"{fits}"}}]'))[0] == 3
    await cp.say('[2,"1","DataTransfer","' + "x" * settings.transport_bytes + '"]')
    assert await cp.closed() == 1009


async def test_fragments(station: Any, settings: Any) -> None:
    """Put together again; a message in too many pieces or of too many bytes is answered like one too large."""
    cp = await station()
    await cp.socket.send(iter(['[2,"f1",', '"Heart', 'beat",', "{}]"]))
    assert (await cp.hear())[:2] == [3, "f1"]
    text = (
        '[2,"f2","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","info":"å"}]'.encode()
    )
    cut = text.index("å".encode()) + 1
    await cp.socket.send(iter([text[:cut], text[cut:]]), text=True)
    assert await cp.hear() == [3, "f2", {}]
    await cp.socket.send(iter(['[2,"f3","Heartbeat",{', *[""] * 2_000, "}]"]))
    assert (await cp.hear())[:3] == [4, "f3", "FormationViolation"]
    piece = "x" * 100_000
    await cp.socket.send(iter(['[2,"f4","DataTransfer",{"vendorId":"', *[piece] * 12, '"}]']))
    assert (await cp.hear())[:3] == [4, "f4", "FormationViolation"]
    await cp.silence()


async def test_a_repeated_call_gets_the_same_answer_and_is_taken_once(station: Any, takes: Any) -> None:
    """Same id, action and payload: a repetition. Another payload under an old id: a new message."""
    cp = await station()
    start = {"connectorId": 1, "idTag": "A", "meterStart": 5, "timestamp": "2024-01-01T00:00:00Z"}
    first = await cp.ask([2, "7", "StartTransaction", start])
    assert await cp.ask([2, "7", "StartTransaction", start]) == first
    assert len(takes.of(TransactionStarted)) == 1
    await cp.ask([2, "7", "StartTransaction", {**start, "meterStart": 6}])
    await cp.ask([2, "7", "StartTransaction", start])
    assert len(takes.of(TransactionStarted)) == 3


async def test_a_heartbeat_under_one_id_always_gets_the_time(station: Any, clock: Any) -> None:
    """A remembered answer would tell an old time."""
    cp = await station()
    first = await cp.ask([2, "1", "Heartbeat", {}])
    clock.advance(60)
    assert await cp.ask([2, "1", "Heartbeat", {}]) != first


async def test_repetition_over_connections_is_known_in_2_1_alone(station: Any, takes: Any) -> None:
    """2.1 ids are unique over connections; a 1.6 station that counts from 1 again means something new."""
    for version, once in ((OLD, False), (NEWEST, True)):
        for _ in range(2):
            cp = await station(version, version)
            payload: dict[str, Any] = {"vendorId": "v"}
            await cp.ask([2, "1", "DataTransfer", payload])
            await cp.socket.close()
        notices = [e for e in takes.events if getattr(e, "action", "") == "DataTransfer" and e.station == version]
        assert len(notices) == (1 if once else 2)


async def test_an_answer_that_missed_its_connection_is_given_to_the_repetition(station: Any, takes: Any) -> None:
    """2.1: the link broke while the disk was slow; the retry under the same id gets the answer of the first."""
    takes.hold = True
    event = {
        "eventType": "Ended",
        "timestamp": "2024-01-01T00:00:00Z",
        "triggerReason": "StopAuthorized",
        "seqNo": 3,
        "transactionInfo": {"transactionId": "t"},
    }
    cp = await station("CP1", NEWEST)
    await cp.say([2, "1", "TransactionEvent", event])
    await takes.until(lambda: takes.held)
    cp.socket.transport.abort()
    await takes.until(lambda: takes.of(Disconnected))
    takes.held.pop()()
    cp = await station("CP1", NEWEST)
    assert await cp.ask([2, "1", "TransactionEvent", event]) == [3, "1", {}]
    assert len(takes.of(TransactionEnded)) == 1


async def test_the_third_unchanged_repetition_after_errors_gets_a_plain_result(station: Any) -> None:
    """A station that would repeat a bad message for ever is let go; the result is correct by its schema."""
    cp = await station()
    bad = [2, "1000001", "StartTransaction", {"idTag": "A", "meterStart": 1, "timestamp": "2024-01-01T00:00:00Z"}]
    assert (await cp.ask(bad))[2] == "OccurenceConstraintViolation"
    assert (await cp.ask([2, "1000002", *bad[2:]]))[0] == 4
    assert await cp.ask(bad) == [3, "1000001", {"idTagInfo": {"status": "Invalid"}, "transactionId": 0}]
    broken = '[2,"9","StopTransaction",{"transactionId":'
    assert [(await cp.ask(broken))[0] for _ in range(3)] == [4, 4, 3]


async def test_refused_until_accepted(station: Any, takes: Any) -> None:
    """A pending station's ordinary messages get SecurityError, in all versions."""
    takes.reply = lambda event: Refused("not accepted") if isinstance(event, StatusReported) else Done()
    cp = await station()
    assert await cp.ask([2, "1", "StatusNotification", STATUS]) == [4, "1", "SecurityError", "not accepted", {}]


async def test_a_fault_of_ours_costs_an_error_and_not_the_connection(station: Any, takes: Any) -> None:
    """The one place where every exception is caught: recorded with its cause, answered with InternalError."""

    def stumble(event: Any) -> Any:
        return {}["boom"] if isinstance(event, StatusReported) else Done()

    takes.reply = stumble
    cp = await station()
    assert (await cp.ask([2, "1", "StatusNotification", STATUS]))[:3] == [4, "1", "InternalError"]
    assert "internal_error:KeyError" in [d for f in takes.frames for d in f.deviations]
    await cp.silence()


async def test_a_station_is_not_read_while_too_much_waits_for_the_disk(station: Any, takes: Any) -> None:
    """Slowed by not reading, never by closing; everything is answered in the end, in order."""
    takes.hold = True
    cp = await station()
    many = dialogue.MAX_UNANSWERED * 4
    sender = asyncio.ensure_future(_send_many(cp, many))
    await takes.until(lambda: len(takes.held) >= dialogue.MAX_UNANSWERED)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(takes.held) < dialogue.MAX_UNANSWERED + 200
    while len(takes.held):
        takes.held.pop(0)()
        await asyncio.sleep(0)
    takes.hold = False
    answers = [await cp.hear() for _ in range(many)]
    await sender
    assert [a[1] for a in answers] == [str(n) for n in range(many)]


async def _send_many(cp: Any, many: int) -> None:
    for number in range(many):
        await cp.say([2, str(number), "StatusNotification", STATUS])


def test_depth_is_counted_outside_strings() -> None:
    """Brackets in text are no nesting; many side by side are none either."""
    assert not too_deep('["' + "[" * 500 + '"]')
    assert not too_deep("[" + "[{}]," * 500 + "[]]")
    assert too_deep("[" * 40 + "]" * 40)
    assert too_deep('[{"a":' * 40)


def test_only_lone_surrogates_are_replaced() -> None:
    """Pairs stay, an escaped backslash before `ud800` is no surrogate."""
    assert without_lone_surrogates(r'"\ud83d\ude00"') is None
    assert without_lone_surrogates(r'"\\ud800"') is None
    assert without_lone_surrogates(r'"\ude00\ud83dx"') == r'"\ufffd\ufffdx"'
