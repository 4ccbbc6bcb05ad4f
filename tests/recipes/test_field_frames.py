"""Frames that real makers' stations sent, each through a socket on a booted, accepted station, each with its effect.

The frames lie beside the checkout of the project's own machines; where that folder is absent these tests say so.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from backend.model.mask import mask_token
from backend.model.words import Activity, SessionFlag, SessionState
from tests.recipes.net import Net
from tests.recipes.station import RawStation

FILE = Path(__file__).parents[3] / "shared" / "frames" / "field_frames.jsonl"
LINES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()] if FILE.exists() else []
pytestmark = [
    pytest.mark.skipif(not LINES, reason="no recorded frames beside this checkout (../shared/frames)"),
    pytest.mark.asyncio(loop_scope="module"),
]


def numbers(expect: str, action: str | None = None) -> list[Any]:
    """The frames of one expectation (and action), by number and maker."""
    return [
        pytest.param(line, id=f"{line['n']}-{line['vendor']}")
        for line in LINES
        if line["expect"] == expect and (action is None or action == _parsed(line)[2])
    ]


def _text(line: dict[str, Any]) -> str:
    raw = line.get("raw")
    return raw if raw is not None else json.dumps(line["frame"])


def _parsed(line: dict[str, Any]) -> list[Any]:
    try:
        found = json.loads(_text(line))
    except ValueError:
        return [2, "", ""]
    return list(found)


async def booted(net: Net, line: dict[str, Any]) -> RawStation:
    """A station that booted as the frame's version says."""
    station = await net.station(f"F{line['n']}", line["version"])
    assert (await station.boot())["status"] == "Accepted"
    return station


async def say(station: RawStation, line: dict[str, Any]) -> list[Any]:
    """Put the frame on the wire as it is, and wait for the answer that bears its id."""
    before = len(station.said)
    await station.send(_text(line))
    await station.news(lambda: len(station.said) > before)
    return list(json.loads(station.said[before]))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def net(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Net]:
    """One server for all frames; unknown stations and tokens are let in."""
    made = Net(tmp_path_factory.mktemp("frames"), accept_unknown=True)
    await made.start()
    yield made
    await made.stop()


@pytest.mark.parametrize("line", numbers("accept", "BootNotification"))
async def test_boot(net: Net, line: dict[str, Any]) -> None:
    """Accepted; vendor, model and firmware are known as sent."""
    station = await net.station(f"F{line['n']}", line["version"])
    frame = _parsed(line)
    answer = await say(station, line)
    assert answer[:2] == [3, frame[1]]
    assert answer[2]["status"] == "Accepted"
    seen = net.station_resource(f"F{line['n']}")
    payload = frame[3]
    assert seen.vendor == payload.get("chargePointVendor", "")
    assert seen.model == payload.get("chargePointModel", "")
    assert seen.firmware == payload.get("firmwareVersion", "")
    assert seen.boot_status == "accepted"
    assert payload.get("iccid", "") in ("", "-67", "-9") or seen.iccid != payload["iccid"]


@pytest.mark.parametrize("line", numbers("accept", "StatusNotification"))
async def test_status(net: Net, line: dict[str, Any]) -> None:
    """The word stands at its outlet (or the station, for connector 0); a fault is an alarm."""
    station = await booted(net, line)
    frame = _parsed(line)
    assert (await say(station, line))[:2] == [3, frame[1]]
    payload = frame[3]
    name = f"F{line['n']}"
    alarms = [alarm for alarm in net.alarms() if alarm.station == name]
    if payload["connectorId"] == 0:
        assert net.station_resource(name).state == payload["status"]
    else:
        outlet = net.outlet(f"{name}:{payload['connectorId']}")
        assert outlet.state == payload["status"]
        assert outlet.activity is not Activity.UNKNOWN
        assert outlet.since is not None
    if payload["status"] == "Faulted":
        assert alarms
        assert all(alarm.active for alarm in alarms)
        assert payload["errorCode"] in ("NoError", *(alarm.code for alarm in alarms))
    else:
        assert alarms == []


METERS: dict[int, dict[str, Any]] = {
    43: {"power": 0.0},
    44: {"power": 0.0},
    45: {"power": 0.0},
    46: {"power": 0.0},
    48: {"power": 0.0},
    49: {"power": 0.0},
    55: {"power": 0.0},
    56: {"power": 4333.0},
    57: {"power": pytest.approx(1604.5, abs=1.0)},
    58: {"power": 0.0},
    59: {"power": 8424.2},
    60: {"power": 3677.2},
    61: {"power": None},
}
"""What the outlet draws after each frame, in W, where the frame tells."""

REGISTERS = {
    43: 95,
    44: 10_798,
    45: 2_331_810,
    48: 7_982_181,
    49: 4_034_839,
    51: 23_477_368,
    55: 0,
    57: 9,
    58: 3_058_620,
    59: 445_343,
    62: 0,
    66: 26,
}
"""The import register after each frame, in Wh, where it is a total."""


@pytest.mark.parametrize("line", numbers("accept", "MeterValues"))
async def test_meter_values(net: Net, line: dict[str, Any]) -> None:
    """Answered; power and register are at their outlet; everything is in the trace."""
    station = await booted(net, line)
    frame = _parsed(line)
    number = line["n"]
    assert (await say(station, line))[:2] == [3, frame[1]]
    evse = frame[3]["connectorId"]
    connector = net.server.house.fleet.stations[f"F{number}"].connectors[evse, 1 if evse else 0]
    if number in METERS and METERS[number]["power"] is not None:
        assert connector.power_w == METERS[number]["power"]
    if number in REGISTERS:
        assert connector.register_wh == REGISTERS[number]
    if number == 50:
        assert connector.register_wh in (None, 2_076_992 + 980_782)
    await net.until_trace(f"F{number}", "MeterValues", 2)


@pytest.mark.parametrize("line", numbers("accept", "StartTransaction"))
async def test_start(net: Net, line: dict[str, Any]) -> None:
    """A session begins on its outlet, with its token and meter."""
    station = await booted(net, line)
    frame = _parsed(line)
    answer = await say(station, line)
    assert answer[2]["idTagInfo"]["status"] == "Accepted"
    session = await net.session(answer[2]["transactionId"])
    assert session.meter_start_wh == frame[3]["meterStart"]
    assert session.outlet == f"F{line['n']}:{frame[3]['connectorId']}"
    assert session.state is SessionState.ACTIVE
    assert session.id_token == mask_token(frame[3]["idTag"])


@pytest.mark.parametrize("line", numbers("accept", "StopTransaction"))
async def test_stop(net: Net, line: dict[str, Any]) -> None:
    """Answered as if valid; the session that it tells of is on record, ended, flagged."""
    station = await booted(net, line)
    frame = _parsed(line)
    answer = await say(station, line)
    assert answer[:2] == [3, frame[1]]
    sessions = [session for session in await net.client.sessions() if session.station == f"F{line['n']}"]
    assert len(sessions) == 1
    assert sessions[0].state is SessionState.ENDED
    assert sessions[0].meter_stop_wh == frame[3]["meterStop"]
    assert sessions[0].stop_reason == frame[3].get("reason", "Local")
    assert SessionFlag.UNKNOWN_TRANSACTION in sessions[0].flags


@pytest.mark.parametrize("line", numbers("accept", "Authorize"))
async def test_authorize(net: Net, line: dict[str, Any]) -> None:
    """Accepted, since unknown tokens are."""
    station = await booted(net, line)
    assert (await say(station, line))[2]["idTagInfo"]["status"] == "Accepted"


@pytest.mark.parametrize("line", numbers("accept", "SecurityEventNotification") + numbers("accept", "DataTransfer"))
async def test_what_is_only_kept(net: Net, line: dict[str, Any]) -> None:
    """Answered, and recorded with the station."""
    station = await booted(net, line)
    frame = _parsed(line)
    assert (await say(station, line))[0] == 3
    notices = await net.client.notices(f"F{line['n']}")
    assert [notice.action for notice in notices] == [frame[2]]


@pytest.mark.parametrize("line", numbers("NotImplemented"))
async def test_actions_outside_the_protocol(net: Net, line: dict[str, Any]) -> None:
    """NotImplemented, and the connection stays."""
    station = await booted(net, line)
    answer = await say(station, line)
    assert answer[:3] == [4, _parsed(line)[1], "NotImplemented"]
    assert "currentTime" in await station.call("Heartbeat")


@pytest.mark.parametrize("line", numbers("malformed"))
async def test_what_is_no_json(net: Net, line: dict[str, Any]) -> None:
    """A CALLERROR with the id that can be read, and the connection stays."""
    station = await booted(net, line)
    answer = await say(station, line)
    assert answer[:3] == [4, "77", "FormationViolation"]
    assert "currentTime" in await station.call("Heartbeat")


@pytest.mark.parametrize("line", numbers("answer"))
async def test_answers_to_our_calls(net: Net, line: dict[str, Any]) -> None:
    """Sent as the answer to a call of ours, it is understood: the result's payload, or the error's code."""
    station = await booted(net, line)
    text, frame = _text(line), _parsed(line)
    action = "GetConfiguration" if "configurationKey" in text else "TriggerMessage"
    payload: dict[str, Any] = {} if action == "GetConfiguration" else {"requestedMessage": "Heartbeat"}
    if line["version"] != "1.6":
        action, payload = "ClearCache", {}
    station.replies[action] = None
    made = await net.client.call(station.identity, action, payload)
    await station.heard(action)
    asked = json.loads(station.said[-1])
    await station.send(text.replace(json.dumps(frame[1]), json.dumps(asked[1]), 1))
    await net.until(lambda: net.live_operation(made.id).state.ended)
    answered = await net.operation(made.id)
    if frame[0] == 3:
        assert answered.state in ("proved", "refused")
        if "status" in frame[2]:
            assert answered.answer == frame[2]["status"]
        else:
            keys = [entry["key"] for entry in frame[2]["configurationKey"]]
            assert [entry["key"] for entry in answered.answer_payload["configurationKey"]] == keys
    else:
        assert (answered.state, answered.answer) == ("refused", frame[2])
    await net.until_trace(station.identity, action, 2)
    shown = json.dumps([frame.frame for frame in await net.client.trace(station.identity)])
    assert "123456" not in shown
