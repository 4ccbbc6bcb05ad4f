"""The unwilling ones: each fails as its name says, and in no other way."""

from __future__ import annotations

import asyncio

import pytest

from backend.model.errors import Invalid
from backend.model.words import Version
from backend.simulator.temperament import TEMPERAMENTS, temperament
from tests.backend.simulator.stage import Stage

ID = "NK-00001"


@pytest.mark.parametrize(
    ("version", "action", "payload", "word"),
    [
        (Version.V16, "Reset", {"type": "Soft"}, "Rejected"),
        (Version.V16, "UnlockConnector", {"connectorId": 1}, "UnlockFailed"),
        (Version.V16, "SendLocalList", {"listVersion": 1, "updateType": "Full"}, "Failed"),
        (Version.V16, "TriggerMessage", {"requestedMessage": "Heartbeat"}, "Rejected"),
        (Version.V201, "Reset", {"type": "Immediate"}, "Rejected"),
        (Version.V21, "ClearCache", {}, "Rejected"),
    ],
)
async def test_rejecting_says_no_in_the_words_of_the_operation(
    stage: Stage, version: Version, action: str, payload: dict[str, object], word: str
) -> None:
    """The answer is the operation's own word for no, and nothing happens."""
    await stage.up(version, temperament=TEMPERAMENTS["rejecting"])
    before = len(stage.server.said[ID])
    assert await stage.server.call(ID, action, payload) == {"status": word}
    await stage.timers.advance(60)
    assert len(stage.server.said[ID]) == before


async def test_shirking_accepts_and_does_nothing(stage: Stage) -> None:
    """R7: Accepted, no drop, no boot; it still answers."""
    await stage.up(temperament=TEMPERAMENTS["shirking"])
    assert await stage.server.call(ID, "Reset", {"type": "Hard"}) == {"status": "Accepted"}
    await stage.timers.advance(150)
    assert stage.server.connects[ID] == 1
    assert stage.server.actions(ID).count("BootNotification") == 1
    assert await stage.server.call(ID, "ClearCache", {}) == {"status": "Accepted"}


async def test_late_answers_after_its_time(stage: Stage) -> None:
    """Nothing for twelve seconds, then the answer and its effect."""
    await stage.up(temperament=TEMPERAMENTS["late"])
    station = stage.stations[0]
    future = stage.server.send(ID, "TriggerMessage", {"requestedMessage": "Heartbeat"})
    await asyncio.wait_for(station.heard_call("TriggerMessage"), 5)
    await stage.timers.advance(11)
    assert not future.done()
    await stage.timers.advance(2)
    assert (await asyncio.wait_for(future, 5))[1] == {"status": "Accepted"}
    await stage.settle()
    assert "Heartbeat" in stage.server.actions(ID)


async def test_deaf_keeps_talking_and_answers_nothing(stage: Stage) -> None:
    """Heartbeats go on; a call is never answered."""
    await stage.up(temperament=TEMPERAMENTS["deaf"])
    future = stage.server.send(ID, "ClearCache", {})
    await asyncio.wait_for(stage.stations[0].heard_call("ClearCache"), 5)
    await stage.timers.advance(620)
    assert not future.done()
    assert stage.server.actions(ID).count("Heartbeat") == 2


async def test_stuck_lock_works_at_the_third_try(stage: Stage) -> None:
    """R8: UnlockFailed twice, then Unlocked."""
    await stage.up(temperament=TEMPERAMENTS["stuck_lock"])
    answers = [(await stage.server.call(ID, "UnlockConnector", {"connectorId": 1}))["status"] for _ in range(3)]
    assert answers == ["UnlockFailed", "UnlockFailed", "Unlocked"]


async def test_stop_loser_never_sends_the_stop_of_a_hard_reset(stage: Stage) -> None:
    """R6: the boot comes, the stop does not."""
    await stage.charging(temperament=TEMPERAMENTS["stop_loser"])
    await stage.server.call(ID, "Reset", {"type": "Hard"})
    await stage.timers.advance(600)
    assert stage.server.actions(ID).count("BootNotification") == 2
    assert "StopTransaction" not in stage.server.actions(ID)


async def test_repeater_sends_every_start_twice(stage: Stage) -> None:
    """R12: the same StartTransaction, word for word."""
    await stage.charging(temperament=TEMPERAMENTS["repeater"])
    first, second = stage.server.payloads(ID, "StartTransaction")
    assert first == second


async def test_start_loser_goes_on_with_minus_one(stage: Stage) -> None:
    """R11: no start; meter values and stop carry -1."""
    station = await stage.charging(temperament=TEMPERAMENTS["start_loser"])
    await stage.timers.advance(120)
    station.authorise(1)
    await stage.settle()
    assert "StartTransaction" not in stage.server.actions(ID)
    assert stage.server.payloads(ID, "MeterValues")[0]["transactionId"] == -1
    assert stage.server.payloads(ID, "StopTransaction")[0]["transactionId"] == -1


async def test_event_loser_leaves_a_gap(stage: Stage) -> None:
    """R15: one number of the sequence is missing."""
    await stage.charging(Version.V201, temperament=TEMPERAMENTS["event_loser"])
    await stage.timers.advance(300)
    numbers = [event["seqNo"] for event in stage.server.payloads(ID, "TransactionEvent")]
    assert 2 not in numbers
    assert numbers == [n for n in range(numbers[-1] + 1) if n != 2]


async def test_bad_firmware_fails_its_signature(stage: Stage) -> None:
    """R14: Downloaded, InvalidSignature, a security event; the old version stays."""
    await stage.up(temperament=TEMPERAMENTS["bad_firmware"])
    firmware = {
        "location": "https://fw.example/duo-9.9.9.bin",
        "retrieveDateTime": "2025-11-14T00:00:00Z",
        "signingCertificate": "x",
        "signature": "y",
    }
    await stage.server.call(ID, "SignedUpdateFirmware", {"requestId": 1, "firmware": firmware})
    await stage.timers.advance(120)
    words = [p["status"] for p in stage.server.payloads(ID, "SignedFirmwareStatusNotification")]
    assert words == ["Downloading", "Downloaded", "InvalidSignature"]
    assert stage.server.payloads(ID, "SecurityEventNotification")[0]["type"] == "InvalidFirmwareSignature"
    assert stage.server.actions(ID).count("BootNotification") == 1


async def test_boot_loop_boots_again_and_again(stage: Stage) -> None:
    """Five boots in ten minutes."""
    await stage.up(temperament=TEMPERAMENTS["boot_loop"])
    await stage.timers.advance(600)
    assert stage.server.actions(ID).count("BootNotification") >= 5


async def test_a_wrong_name_lists_those_there_are() -> None:
    """The hint names them."""
    with pytest.raises(Invalid) as caught:
        temperament("grumpy")
    assert "deaf" in caught.value.hint
