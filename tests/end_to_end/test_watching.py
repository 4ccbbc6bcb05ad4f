"""`noc serve` as machines that watch it see it: the port, the log, the watchdog."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path

import httpx

from tests.end_to_end.served import Served, noc


async def test_metrics_and_log(tmp_path: Path) -> None:
    """The ready line names the port, the port answers, the commands say the same, the log is JSON from end to end."""
    served = await Served(tmp_path, "--metrics", "127.0.0.1:0", "--log-format", "json", "--log-level", "info").start()
    try:
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"http://{served.metrics}/health/ready")).status_code == 200
            assert "noc_build_info" in (await http.get(f"http://{served.metrics}/metrics")).text
        health = await served.noc("health", "--json")
        assert (health.code, health.json["ready"]) == (0, True)
        figures = (await served.noc("metrics", "--json")).json
        assert {"name": "noc_store_failing", "labels": {}, "value": 0.0} in figures
    finally:
        ended = await served.stop()
    said = [json.loads(line) for line in ended.err.splitlines()]
    events = [line["event"] for line in said if line["logger"] == "noc.serving" and "event" in line]
    assert events == ["starting", "ready", "stopping"]


async def test_wrong_words(tmp_path: Path) -> None:
    """A level that there is not, an address that is none: code 1, and nothing is started."""
    for words in (("--log-level", "loud"), ("--log-format", "xml"), ("--metrics", "nowhere")):
        ran = await noc("serve", "--data", str(tmp_path / "data"), "--api", f"unix:{tmp_path}/api.sock", *words)
        assert ran.code == 1, words
        assert "Traceback" not in ran.err
    assert not (tmp_path / "data").exists()


async def test_watchdog(tmp_path: Path, monkeypatch) -> None:
    """Where systemd asks for it, it hears that the loop turns."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        monkeypatch.setitem(os.environ, "NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setitem(os.environ, "WATCHDOG_USEC", "200000")
        served = await Served(tmp_path).start()
        loop = asyncio.get_running_loop()
        heard = [await asyncio.wait_for(loop.sock_recv(systemd, 100), 10) for _ in range(3)]
        assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        await served.stop()
