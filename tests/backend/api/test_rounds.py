"""The server's own rounds: quiet stations are asked, lost settings are put back; through real sockets."""

from __future__ import annotations

from typing import Any

import pytest

from backend.client.client import Client
from backend.model.errors import Invalid, Unknown
from backend.model.wanted import SettingState
from backend.model.words import AlarmState


class Memory:
    """The settings of a post; `forgetful` answers Accepted and keeps nothing."""

    def __init__(self, post: Any, **values: str) -> None:
        self.values = values
        self.forgetful = False
        self.written: list[tuple[str, str]] = []
        post.answers["GetConfiguration"] = self._read
        post.answers["ChangeConfiguration"] = self._write

    def _read(self, asked: dict[str, Any]) -> dict[str, Any]:
        keys = [key for key in asked["key"] if key in self.values]
        return {
            "configurationKey": [{"key": key, "readonly": False, "value": self.values[key]} for key in keys],
            "unknownKey": [key for key in asked["key"] if key not in self.values],
        }

    def _write(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.written.append((asked["key"], asked["value"]))
        if not self.forgetful:
            self.values[asked["key"]] = asked["value"]
        return {"status": "Accepted"}


async def accepted(house: Any, client: Client, name: str = "CP-1") -> Any:
    await client.put_station(name)
    post = await house.post(name)
    await post.boot()
    return post


def asked(post: Any, action: str) -> list[dict[str, Any]]:
    return [payload for said, payload in post.asked if said == action]


async def test_a_lost_setting_is_put_back_after_a_boot(house: Any, client: Client) -> None:
    """Read once the boot has settled, written where it differs, read back; the record says who and why."""
    post = await accepted(house, client)
    memory = Memory(post, HeartbeatInterval="300", MeterValueSampleInterval="60")
    await client.want_setting("all", "HeartbeatInterval", "300")
    await client.want_setting("station:cp-1", "MeterValueSampleInterval", "60")
    await client.want_setting("model:fjord/solo 11", "MeterValueSampleInterval", "30")
    await house.until(lambda: asked(post, "GetConfiguration"))
    assert memory.written == []
    memory.values["HeartbeatInterval"] = "86400"
    await post.boot()
    before = len(asked(post, "GetConfiguration"))
    await house.pass_with(post, 80)
    assert len(asked(post, "GetConfiguration")) == before
    await house.pass_with(post, 20)
    await house.until(lambda: memory.values["HeartbeatInterval"] == "300")
    await house.until(lambda: not house.server.house.operations.running)
    rows = {row.key: row for row in await client.settings_of("CP-1")}
    assert {row.state for row in rows.values()} == {SettingState.SAME}
    assert rows["MeterValueSampleInterval"].scope == "station:cp-1"
    operation = (await client.operations())[0]
    assert (operation.operation, operation.requested_by, operation.state) == ("configuration", "noc", "proved")
    assert memory.written == [("HeartbeatInterval", "300")]


async def test_what_does_not_stick_is_an_alarm_until_it_does(house: Any, client: Client) -> None:
    """Tried once a boot, never in a loop; the alarm names the key, and is over when the post has it."""
    post = await accepted(house, client)
    memory = Memory(post, HeartbeatInterval="60")
    memory.forgetful = True
    await client.want_setting("station:CP-1", "HeartbeatInterval", "300")
    alarms = house.server.house.alarms.open
    await house.until(lambda: any(alarm.rule == "settings" for alarm in alarms.values()))
    (row,) = await client.settings_of("CP-1")
    assert (row.state, row.found) == (SettingState.NOT_TAKEN, "60")
    (told,) = [alarm for alarm in await client.alarms() if alarm.rule == "settings"]
    assert (told.station, "HeartbeatInterval" in told.text + told.info) == ("CP-1", True)
    await house.pass_with(post, 300)
    assert len(memory.written) == 1
    memory.forgetful = False
    await post.boot()
    await house.pass_with(post, 100)
    await house.until(lambda: memory.values["HeartbeatInterval"] == "300")
    await house.until(
        lambda: all(a.state is not AlarmState.UNACKNOWLEDGED for a in alarms.values() if a.rule == "settings")
    )


async def test_what_a_station_does_not_know_is_said_and_left(house: Any, client: Client) -> None:
    """UnknownKey is no alarm: the model has no such setting."""
    post = await accepted(house, client)
    memory = Memory(post)
    await client.want_setting("all", "BeepLoudly", "true")
    await house.until(lambda: asked(post, "GetConfiguration"))
    await house.until(lambda: house.server.house.rounds.settings_of(house.server.house.fleet.find("CP-1"))[0].checked)
    (row,) = await client.settings_of("CP-1")
    assert (row.state, row.found) == (SettingState.UNKNOWN, None)
    assert memory.written == []


async def test_wishes_are_kept_listed_and_forgotten(house: Any, client: Client) -> None:
    """By scope and key; secrets and nonsense are refused with what to do."""
    await client.want_setting("ALL", "HeartbeatInterval", "300")
    await client.want_setting("all", "heartbeatinterval", "240")
    await client.want_setting("station:X", "OCPPCommCtrlr.HeartbeatInterval", "60")
    assert [(one.scope, one.value) for one in await client.wanted_settings()] == [("all", "240"), ("station:X", "60")]
    for scope, key in (("model:Fjord", "A"), ("nothing", "A"), ("all", ""), ("all", "AuthorizationKey"), ("all", ".x")):
        with pytest.raises(Invalid):
            await client.want_setting(scope, key, "1")
    await client.forget_setting("all", "HEARTBEATINTERVAL")
    with pytest.raises(Unknown):
        await client.forget_setting("all", "HeartbeatInterval")
    store = house.server.house.store
    kept: list[list[Any]] = []
    store.after_commit(lambda: kept.append(store.load_wanted()))
    await house.until(lambda: kept)
    assert [(one.scope, one.key) for one in kept[0]] == [("station:X", "OCPPCommCtrlr.HeartbeatInterval")]


async def test_a_quiet_station_is_asked_for_its_statuses(house: Any, client: Client) -> None:
    """After four hours without a word about its outlets, once, and not before it has settled."""
    post = await accepted(house, client)
    post.answers["TriggerMessage"] = {"status": "Accepted"}
    await house.pass_with(post, 600)
    assert asked(post, "TriggerMessage") == []
    await _later(house, post, hours=4)
    assert asked(post, "TriggerMessage") == [{"requestedMessage": "StatusNotification"}]
    await _later(house, post, hours=3)
    assert len(asked(post, "TriggerMessage")) == 1


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, {"status": "NotImplemented"}])
async def test_who_refuses_is_not_asked_again_on_that_connection(
    house: Any, client: Client, answer: dict[str, Any]
) -> None:
    """A trigger that is refused is never retried in a loop."""
    post = await accepted(house, client)
    post.answers["TriggerMessage"] = answer
    await _later(house, post, hours=9)
    assert len(asked(post, "TriggerMessage")) == 1


async def _later(house: Any, post: Any, hours: float) -> None:
    await house.pass_with(post, hours * 3600)
