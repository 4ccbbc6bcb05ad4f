"""Figures for Prometheus and health, over the API and over a listener of their own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import InvalidHandshake

from backend.api import peers
from backend.api.health import readiness
from backend.api.metrics import exposition
from backend.store.writer import _AFTER, FULL_ROWS
from tests.recipes.net import Net
from tests.recipes.station import CallRefused, RawStation


def figures(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Sample name -> label values -> value."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


async def test_what_happened_is_in_the_figures(tmp_path: Path) -> None:
    """Messages by action with their times, connections, operations by outcome; without a login on the named address,
    and nothing else there."""
    net = Net(tmp_path)
    net.settings.api.metrics = "127.0.0.1:0"
    await net.start()
    metrics = net.server._metrics
    assert metrics is not None
    station = await net.booted("CP1")
    for _ in range(3):
        assert await station.call("Heartbeat")
    station.replies["TriggerMessage"] = {"status": "Rejected"}
    asked = await net.client.operate("refresh", "CP1")
    await net.client.operation(asked.id, wait_s=2)
    net.server.tick()
    async with httpx.AsyncClient(base_url=f"http://{metrics.address}") as http:
        answer = await http.get("/metrics")
        found = figures(answer.text)
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert (await http.get("/v1/whoami")).status_code == 404
        assert (await http.get("/health/live")).status_code == 200
        assert (await http.get("/health/ready")).json() == {"ready": True, "reasons": []}
        net.server.house.store._writer.error = "disk full"
        unready = await http.get("/health/ready")
        net.server.house.store._writer.error = None
    assert unready.status_code == 503
    assert "disk full" in unready.json()["reasons"][0]
    assert found["noc_connections"][()] == 1
    assert found["noc_message_seconds_count"]["Heartbeat",] == 3
    assert found["noc_message_seconds_count"]["BootNotification",] == 1
    assert found["noc_message_seconds_bucket"]["Heartbeat", "+Inf"] == 3
    assert found["noc_stations"]["online",] == 1
    assert found["noc_operations_total"]["refresh", "refused"] == 1
    assert found["process_resident_memory_bytes"][()] > 1e6
    assert found["process_open_fds"][()] > 5
    assert found["noc_call_seconds_count"]["TriggerMessage",] == 1
    assert found["noc_store_commit_seconds_count"][()] > 0
    assert found["noc_queue"]["store",] == 0
    await net.stop()


async def test_over_the_api_it_takes_a_right(tmp_path: Path) -> None:
    """The same figures, to who may read; to others nothing."""
    net = Net(tmp_path)
    net.settings.api.listen = "127.0.0.1:0"
    net.server = type(net.server)(net.settings, clock=net.clock)
    await net.server.start()
    async with httpx.AsyncClient(base_url=f"http://{net.server.api_address}") as http:
        for path in ("/metrics", "/health/live", "/health/ready"):
            assert (await http.get(path)).status_code == 200
            assert (await http.get(path, headers={"origin": "http://elsewhere"})).status_code == 403
    await net.server.stop()


async def test_no_station_makes_a_label(tmp_path: Path) -> None:
    """Actions, error codes and identities of stations' own making are counted together; what is answered with a
    CALLERROR and who is refused is counted by words of ours. Twice asked, the same lines: valid for the parser of
    Prometheus' own client, each name once."""
    net = Net(tmp_path)
    await net.start()
    station = await net.booted("CP1")

    async def asked() -> list[str]:
        text = (await exposition(net.server.house)).decode()
        assert len(list(text_string_to_metric_families(text))) == text.count("# TYPE") == text.count("# HELP")
        return sorted(line.partition(" ")[0] for line in text.splitlines() if not line.startswith("#"))

    async def strange(number: int) -> None:
        with pytest.raises(CallRefused):
            await station.call(f"Invented{number}")
        station.replies["TriggerMessage"] = (f"Code{number}", "")
        done = await net.client.operate("refresh", "CP1")
        await net.client.operation(done.id, wait_s=2)
        with pytest.raises((InvalidHandshake, OSError)):
            await RawStation(f"%ff{number}").connect(net.ocpp)

    await strange(0)
    before = await asked()
    for number in range(1, 10):
        await strange(number)
    assert await asked() == before
    found = figures((await exposition(net.server.house)).decode())
    assert found["noc_call_errors_total"] == {("other", "in"): 10, ("NotImplemented", "out"): 10}
    assert sum(found["noc_handshakes_refused_total"].values()) == 10
    await net.stop()


async def test_whoever_comes_without_a_login_is_held_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections beyond the bound are cut off, silent ones after their time, large requests at once; a scrape goes
    through all the while."""
    monkeypatch.setattr(peers, "MOST_BRIEF", 4)
    monkeypatch.setattr(peers, "BRIEF_S", 0.5)
    net = Net(tmp_path)
    net.settings.api.metrics = "127.0.0.1:0"
    await net.start()
    host, port = net.server.metrics_address.split(":")
    silent = [await asyncio.open_connection(host, int(port)) for _ in range(12)]
    async with asyncio.timeout(10):
        ends = await asyncio.gather(*(reader.read() for reader, _ in silent), return_exceptions=True)
    assert all(end == b"" or isinstance(end, ConnectionError) for end in ends)
    for _, writer in silent:
        writer.close()
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"x" * (64 << 10))
    async with asyncio.timeout(10):
        assert b" 400 " in (await reader.read()).splitlines()[0]
    writer.close()
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"http://{net.server.metrics_address}/metrics")).status_code == 200
    await net.stop()


async def test_readiness_says_why_not(tmp_path: Path) -> None:
    """While it stops, while the disk is behind, while a read found damage; each reason by itself."""
    net = Net(tmp_path)
    await net.start()
    house = net.server.house
    assert readiness(house).ready
    house.stopping = True
    assert readiness(house).reasons == ["the server stops"]
    house.stopping = False
    house.store._readers.damage = "page 7"
    assert readiness(house).reasons == ["the database is damaged: page 7"]
    house.store._readers.damage = None
    house.store._writer._queue.extend([(_AFTER, lambda: None)] * FULL_ROWS)
    assert "stations are not read" in readiness(house).reasons[0]
    house.store._writer._queue.clear()
    assert readiness(house).ready
    await net.stop()
