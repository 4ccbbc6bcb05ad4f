"""What a station does wrong is known after a restart, with an example that tells no secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backend.gateway.memory import MAX_QUIRKS
from tests.recipes.net import Net
from tests.recipes.station import RawStation

HUSH = "hush99QxZw"
NAME = "text_for_number:connectorId"


async def odd(station: RawStation, **more: object) -> None:
    """A number as text, and fields that nobody knows."""
    await station.call("StatusNotification", connectorId="1", errorCode="NoError", status="Available", **more)


async def test_they_outlive_a_restart_and_go_on(tmp_path: Path) -> None:
    """Count, first, last, one example; the list of names is bounded, whatever a station makes up."""
    net = Net(tmp_path, accept_unknown=True)
    await net.start()
    station = await net.booted("CP1")
    first = net.clock.now()
    await odd(station, password=HUSH, info="\x1b[2Jx")
    net.clock.advance(60)
    await odd(station)
    await net.restart()
    found = await net.client.station_quirks("cp1")
    kept: Any = next(one for one in found.deviations if one.name == NAME)
    assert (kept.count, kept.first.timestamp(), kept.last.timestamp()) == (2, first, first + 60)
    assert "StatusNotification" in kept.example
    assert HUSH not in kept.example
    assert kept.example.isprintable()
    again = await net.booted("CP1")
    await odd(again)
    for number in range(MAX_QUIRKS + 10):
        await odd(again, **{f"made_up_{number}": 1})
    await net.restart()
    found = await net.client.station_quirks("CP1")
    assert found.seen[NAME] == 3 + MAX_QUIRKS + 10
    assert len(found.deviations) == MAX_QUIRKS
    await net.client.remove("stations", "CP1")
    await net.restart()
    assert net.server.house.store.load_deviations() == []
    await net.stop()
