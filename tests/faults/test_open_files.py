"""Too few open files: foreseen at the start, and survived when it happens."""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

import pytest

from backend.watches import open_files
from noc.serving import warn_of_files
from tests.end_to_end.served import Served
from tests.recipes.station import RawStation

FEW = 160


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="another process's limits are set on Linux alone")
async def test_a_server_that_runs_out_of_open_files_serves_on_and_recovers(tmp_path: Path) -> None:
    """200 sockets at 160 files: who is in is served, commands work, an alarm says so; when the sockets are
    gone new stations come in without help."""
    served = await Served(tmp_path, "--accept-unknown").start()
    station = await RawStation("CP1").connect(served.ocpp)
    await station.boot()
    resource.prlimit(served.pid, resource.RLIMIT_NOFILE, (FEW, FEW))
    host, port = served.ocpp.rsplit(":", 1)
    silent = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
    for _ in range(3):
        await asyncio.sleep(0.3)
        assert await station.call("Heartbeat")
    found = (await served.noc("alarm", "list", "--json")).json
    assert [alarm["rule"] for alarm in found] == ["open_files"]
    for _, writer in silent:
        writer.close()
    late = RawStation("CP2")
    async with asyncio.timeout(10):
        await late.connect(served.ocpp)
        assert (await late.boot())["status"] == "Accepted"
    assert await station.call("Heartbeat")
    for one in (station, late):
        await one.close()
    ended = await served.stop()
    assert ended.code == 0, ended.err
    assert "no connection can be let in" in ended.err
    assert "connections are let in again" in ended.err


def test_too_few_files_are_foreseen(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The warning names the number to set; with enough files there is none."""
    monkeypatch.setattr(open_files, "limit", lambda: 1_024)
    warn_of_files(500)
    assert not caplog.records
    warn_of_files(20_000)
    assert "LimitNOFILE=20500" in caplog.text


def test_the_limit_is_raised_as_far_as_is_allowed() -> None:
    """From the soft to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
        assert open_files.raise_limit() == open_files.limit()
        if sys.platform == "linux":
            assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
