"""The server as a whole: it starts, stops, starts again, and says when it cannot go on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from backend.client.client import Client
from backend.model.clock import HeldClock
from backend.model.errors import Invalid, NocError, Unavailable
from backend.model.settings import Settings
from backend.server import Server


def settings_in(directory: Path) -> Settings:
    """Settings of a server that keeps to itself."""
    settings = Settings()
    settings.ocpp.host, settings.ocpp.port = "127.0.0.1", 0
    settings.store.data = directory / "data"
    settings.api.listen = f"unix:{directory}/a.sock"
    return settings


async def test_it_runs_by_itself_on_the_machines_clock(tmp_path: Path) -> None:
    """Ticks and tells without being asked."""
    server = Server(settings_in(tmp_path))
    await server.start()
    async with Client(server.api_address) as client:
        seen: asyncio.Event = asyncio.Event()
        server.house.alarms.on_change.append(lambda _: seen.set())
        server.house.alarms.raise_condition("test_rule")
        await asyncio.wait_for(seen.wait(), 5)
        assert [alarm.rule for alarm in await client.alarms()] == ["test_rule"]
    await server.stop()
    await server.stop()
    assert not server.broken.is_set()


async def test_a_broken_clockwork_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault in a tick ends the server, with its cause in the log."""
    server = Server(settings_in(tmp_path))
    await server.start()

    def fail(now: float) -> None:
        raise ZeroDivisionError("in a tick")

    monkeypatch.setattr(server.house.recorder, "tick", fail)
    await asyncio.wait_for(server.broken.wait(), 5)
    await server.stop()
    assert "in a tick" in caplog.text


async def test_a_start_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """Socket, store and port are free again; a second try works."""
    settings = settings_in(tmp_path)
    settings.ocpp.host = "256.256.256.256"
    with pytest.raises(Unavailable):
        await Server(settings, HeldClock()).start()
    assert not (tmp_path / "a.sock").exists()
    settings.ocpp.host = "127.0.0.1"
    server = Server(settings, HeldClock())
    await server.start()
    other = settings_in(tmp_path)
    other.api.listen = f"unix:{tmp_path}/b.sock"
    with pytest.raises(NocError) as caught:
        await Server(other, HeldClock()).start()
    assert caught.value.code == "data_in_use"
    assert not (tmp_path / "b.sock").exists()
    await server.stop()


async def test_a_role_file_that_makes_no_sense(tmp_path: Path) -> None:
    """Is told before anything is opened."""
    settings = settings_in(tmp_path)
    settings.api.roles = tmp_path / "none.toml"
    with pytest.raises(Invalid, match="role file"):
        await Server(settings, HeldClock()).start()
    assert not (tmp_path / "data").exists()


async def test_past_operations_and_power_are_there_after_a_restart(house: Any, client: Client) -> None:
    """What ended before is on the screens of a new server; so is the power of the hours before."""
    from backend.api.past import load_power
    from backend.model.clock import iso

    await client.put_site("malmo", name="Malmö")
    await client.put_station("CP-1", site="malmo")
    await client.put_token("04A1B2C3D49F")
    ended = await client.operate("reset", "CP-1")
    post = await house.post("CP-1")
    await post.boot()
    begun = await post.call(
        "StartTransaction", connectorId=1, idTag="04A1B2C3D49F", meterStart=0, timestamp=iso(house.clock.now())
    )
    for _ in range(24):
        house.pass_time(600)
        await post.call("Heartbeat")
        await post.call(
            "MeterValues",
            connectorId=1,
            transactionId=begun["transactionId"],
            meterValue=[
                {
                    "timestamp": iso(house.clock.now()),
                    "sampledValue": [{"value": "6000", "measurand": "Power.Active.Import", "unit": "W"}],
                }
            ],
        )
    await post.close()
    await house.server.stop()
    again = Server(house.server.settings, house.clock)
    await again.start()
    try:
        await load_power(again.house)
        async with Client(again.api_address) as after:
            assert [one.id for one in await after.operations()] == [ended.id]
            history = (await after.site("malmo")).power_history_w
        assert [found.id for found in again.house.operations.recent] == [int(ended.id)]
        assert history[-2:] == [6000.0, 6000.0]
        assert history[0] is None
    finally:
        await again.stop()
