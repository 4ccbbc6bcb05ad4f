"""R1 to R16 play through on a held clock; commands come from the test, as from an operator."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.simulator.recipes import RECIPES
from tests.backend.simulator.stage import Stage

ID = "NK-00001"
COMMANDS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "R2": [("RemoteStartTransaction", {"idTag": "AGENT", "connectorId": 1})],
    "R3": [("Reset", {"type": "Soft"})],
    "R4": [("Reset", {"type": "OnIdle"})],
    "R5": [("Reset", {"type": "Immediate"})],
    "R6": [("Reset", {"type": "Hard"})],
    "R7": [("Reset", {"type": "Soft"})],
    "R8": [("UnlockConnector", {"connectorId": 1})] * 3,
    "R9": [
        ("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}),
        ("ChangeAvailability", {"connectorId": 1, "type": "Operative"}),
    ],
    "R14": [
        (
            "SignedUpdateFirmware",
            {
                "requestId": 1,
                "firmware": {
                    "location": "https://fw.example/a-1.0.0.bin",
                    "retrieveDateTime": "2025-11-14T00:00:00Z",
                    "signingCertificate": "x",
                    "signature": "y",
                },
            },
        )
    ],
}
HOLDS: dict[str, Any] = {
    "R1": lambda s: s.statuses(ID) == ["Available", "Preparing", "Charging", "Finishing", "Available"],
    "R2": lambda s: "StartTransaction" not in s.actions(ID) and s.statuses(ID)[-1] == "Available",
    "R3": lambda s: s.payloads(ID, "StopTransaction")[0]["reason"] == "SoftReset",
    "R4": lambda s: s.payloads(ID, "BootNotification")[-1]["reason"] == "ScheduledReset",
    "R5": lambda s: s.payloads(ID, "TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "ImmediateReset",
    "R6": lambda s: "StopTransaction" not in s.actions(ID) and s.actions(ID).count("BootNotification") == 2,
    "R7": lambda s: s.connects[ID] == 1,
    "R8": lambda s: s.statuses(ID)[-1] == "Available",
    "R9": lambda s: s.statuses(ID)[-2:] == ["Unavailable", "Available"],
    "R10": lambda s: len(s.payloads(ID, "StartTransaction")) == len(s.payloads(ID, "StopTransaction")) == 2,
    "R11": lambda s: s.payloads(ID, "StopTransaction")[0]["transactionId"] == -1,
    "R12": lambda s: len(s.payloads(ID, "StartTransaction")) == 2,
    "R14": lambda s: s.payloads(ID, "SignedFirmwareStatusNotification")[-1]["status"] == "InvalidSignature",
    "R15": lambda s: s.payloads(ID, "TransactionEvent")[-1]["offline"] is True,
    "R16": lambda s: s.payloads(ID, "StopTransaction")[0]["reason"] == "DeAuthorized",
}


@pytest.mark.parametrize("name", sorted(HOLDS, key=lambda n: int(n[1:])))
async def test_recipe(stage: Stage, name: str) -> None:
    """The script ends, and left the trace that the sequence must leave."""
    recipe = RECIPES[name]
    station = recipe.fit(await stage.up(recipe.version))
    if name == "R16":
        stage.server.answerer = lambda action, payload: (
            {"transactionId": 7, "idTagInfo": {"status": "Invalid"}} if action == "StartTransaction" else None
        )
    play = asyncio.ensure_future(recipe.play(station))
    commands = list(COMMANDS.get(name, []))
    for _ in range(400):
        await stage.timers.advance(60 if name == "R10" else 5)
        await stage.settle()
        await asyncio.sleep(0)
        if play.done():
            break
        if commands and station.online and _ready(name, stage, len(commands)):
            action, payload = commands.pop(0)
            await stage.server.call(ID, action, payload)
            await stage.settle()
    await asyncio.wait_for(play, 1)
    assert HOLDS[name](stage.server)


def _ready(name: str, stage: Stage, left: int) -> bool:
    """When the operator sends the next command."""
    charging = stage.stations[0].charge_at(1) is not None
    if name in ("R3", "R4", "R5", "R6"):
        return charging
    if name == "R9":
        return charging if left == 2 else stage.server.actions(ID).count("BootNotification") == 2
    return name != "R8" or not charging


async def test_commissioning(stage: Stage) -> None:
    """R13: Pending, a new key, then Accepted."""
    recipe = RECIPES["R13"]
    stage.server.boot_status = "Pending"
    station = recipe.fit(stage.station(recipe.version))
    play = asyncio.ensure_future(recipe.play(station))
    station.start()
    await stage.timers.advance(1)
    await stage.settle()
    key = {"key": "AuthorizationKey", "value": "0123456789abcdef0123"}
    assert await stage.server.call(ID, "ChangeConfiguration", key) == {"status": "Accepted"}
    stage.server.boot_status = "Accepted"
    await stage.timers.advance(301)
    await asyncio.wait_for(play, 5)


async def test_every_recipe_is_described() -> None:
    """R1 to R16, each with a sentence."""
    assert sorted(RECIPES, key=lambda name: int(name[1:])) == [f"R{n}" for n in range(1, 17)]
    assert all(recipe.about() for recipe in RECIPES.values())
