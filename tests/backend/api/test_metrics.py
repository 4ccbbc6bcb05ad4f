"""Figures for Prometheus and health, over the API and over a listener of their own."""

from __future__ import annotations

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.recipes.net import Net


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
        assert answer.headers["content-type"].startswith("text/plain; version=")
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
