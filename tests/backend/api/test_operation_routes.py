"""Remote operations through the API: asked, sent, followed, proved; with the rights they need."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.client.client import Client
from backend.model.clock import iso
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.resources import Question
from backend.model.words import OperationState

TOKEN = "04A1B2C3D49F"


@pytest.fixture
async def post(house: Any, client: Client) -> Any:
    """An accepted station with one free outlet."""
    await client.put_station("CP-1")
    await client.put_token(TOKEN)
    found = await house.post("CP-1")
    await found.boot()
    return found


async def charge(house: Any, post: Any) -> str:
    """Begin a charge; returns the session's id."""
    begun = await post.call(
        "StartTransaction", connectorId=1, idTag=TOKEN, meterStart=0, timestamp=iso(house.clock.now())
    )
    await post.status(1, "Charging")
    return str(begun["transactionId"])


async def test_an_unlock_is_followed_to_its_proof(house: Any, client: Client, post: Any) -> None:
    """The station's word is the proof; each step is there, and who asked."""
    post.answers["UnlockConnector"] = {"status": "Unlocked"}
    begun = await client.operate("unlock", "CP-1:1", reason="stuck cable")
    assert not begun.state.ended
    waiting = asyncio.ensure_future(client.operation(begun.id, wait_s=20, seen=len(begun.steps)))
    await house.until(waiting.done)
    house.pass_time(120)
    ended = await client.operation(begun.id)
    assert ended.state is OperationState.PROVED
    assert (ended.answer, ended.reason, ended.target) == ("Unlocked", "stuck cable", "CP-1:1")
    assert ended.requested_by == (await client.whoami()).name
    assert {"sent", "answered"} <= {step.name for step in ended.steps}
    assert post.asked == [("UnlockConnector", {"connectorId": 1})]
    assert [one.id for one in await client.operations("operation:unlock state:proved")] == [begun.id]
    assert await client.operations("by:nobody") == []


async def test_a_live_charge_is_asked_about(house: Any, client: Client, post: Any) -> None:
    """Nothing is sent before the question is answered; a hard reset under a charge has its id typed."""
    session = await charge(house, post)
    house.pass_time(120)
    question = await client.ask("reset", "CP-1", parameters={"type": "hard"})
    assert question is not None
    assert [(end.session, end.id_token, end.minutes) for end in question.ends] == [(session, "04••••••9F", 2)]
    assert question.must_type == "CP-1"
    for answers in ({}, {"yes": True, "reason": "frozen"}, {"yes": True, "reason": "frozen", "typed": "CP-2"}):
        with pytest.raises(Conflict) as caught:
            await client.operate("reset", "CP-1", parameters={"type": "hard"}, **answers)  # type: ignore[arg-type]
        assert caught.value.code == "confirmation_needed"
        assert isinstance(caught.value.detail, Question)
    assert post.asked == []
    sent = await client.operate("reset", "CP-1", parameters={"type": "hard"}, yes=True, reason="frozen", typed="CP-1")
    await house.until(lambda: post.asked)
    assert post.asked == [("Reset", {"type": "Hard"})]
    assert sent.reason == "frozen"


async def test_an_offline_station_gets_nothing(client: Client) -> None:
    """It ends at once, and says so."""
    await client.put_station("CP-2")
    ended = await client.operate("reset", "CP-2")
    assert ended.state is OperationState.OFFLINE


async def test_any_call(house: Any, client: Client, post: Any) -> None:
    """The answer's payload comes back, secrets masked."""
    post.answers["GetConfiguration"] = {
        "configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "hush"}],
        "unknownKey": [],
    }
    begun = await client.call("CP-1", "GetConfiguration", {"key": ["AuthorizationKey"]})
    waiting = asyncio.ensure_future(client.operation(begun.id, wait_s=20))
    await house.until(waiting.done)
    done = await client.operation(begun.id)
    assert done.state is OperationState.PROVED
    assert done.answer_payload["configurationKey"][0]["key"] == "AuthorizationKey"
    assert "hush" not in str(done)


async def test_other_calls_say_nothing_of_this_one(house: Any, client: Client, post: Any) -> None:
    """The question before a Reset by hand counts no GetConfiguration that had no answer."""
    await charge(house, post)
    post.answers["GetConfiguration"] = {"configurationKey": []}
    begun = await client.call("CP-1", "GetConfiguration", {})
    waiting = asyncio.ensure_future(client.operation(begun.id, wait_s=20))
    await house.until(waiting.done)
    with pytest.raises(Conflict) as caught:
        await client.call("CP-1", "Reset", {"type": "Hard"})
    assert caught.value.code == "confirmation_needed"
    assert caught.value.detail.ends
    assert caught.value.detail.tried == 0


async def test_mistakes(client: Client, post: Any) -> None:
    """Unknown operations and targets, and deadlines that make no sense."""
    with pytest.raises((Invalid, Unknown)):
        await client.operate("dance", "CP-1")
    with pytest.raises(Unknown):
        await client.operate("reset", "CP-9")
    with pytest.raises(Unknown):
        await client.operate("unlock", "CP-1:7")
    with pytest.raises(Invalid):
        await client.operate("reset", "CP-1", deadline_s=0)
    assert post.asked == []
    assert {row["operation"] for row in await client.catalogue()} >= {"reset", "unlock", "start", "stop", "refresh"}
