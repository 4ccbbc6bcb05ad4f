"""SIGTERM in the middle of many stations' sessions: what was stored is answered, sockets are closed with 1001, in a
bounded time, and nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx

from backend.store.check import check_data
from backend.store.database import DATABASE_NAME
from tests.end_to_end.served import Served
from tests.faults.charger import Charger, said
from tests.faults.test_disk_trouble import locked
from tests.faults.test_kill import check
from tests.recipes.station import RawStation

CHARGERS = 20
LOAD_S = 1.0
MOST_S = 15.0
"""Of a busy machine: two seconds of grace for the API, two for the commit, one for the sockets."""


async def test_a_stop_answers_what_is_stored_and_says_goodbye(tmp_path: Path) -> None:
    """No message that the database has is without its answer, so that no station says one twice after the restart."""
    chargers = [Charger(f"CP{number}") for number in range(CHARGERS)]
    served = await Served(tmp_path, "--accept-unknown").start()
    await asyncio.gather(*(charger.connect(served.ocpp) for charger in chargers))
    charging = [asyncio.create_task(charger.charge_until_lost()) for charger in chargers]
    await asyncio.wait(charging, timeout=LOAD_S)
    begun = time.monotonic()
    ended = await served.stop()
    took_s = time.monotonic() - begun
    await asyncio.gather(*charging)
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err
    assert took_s < MOST_S
    sockets = [charger._station._socket for charger in chargers]
    assert {socket.close_code for socket in sockets if socket is not None} == {1001}
    looked = check(tmp_path, chargers)
    assert looked > CHARGERS
    charges = [charge for charger in chargers for charge in charger.charges]
    with closing(sqlite3.connect(tmp_path / "data" / DATABASE_NAME)) as db:
        (sessions,), (readings,) = (
            db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("session", "reading")
        )
    assert sessions == sum(charge.transaction is not None for charge in charges), "stored, and not answered"
    assert readings == sum(len(charge.readings) for charge in charges), "stored, and not answered"
    assert check_data(tmp_path / "data").findings == []


async def test_a_server_that_stops_says_so(tmp_path: Path) -> None:
    """While another program holds the database up: not ready, with the reason, until it has ended; what waits for the
    disk is stored once it takes again."""
    served = await Served(tmp_path, "--accept-unknown", "--metrics", "127.0.0.1:0").start()
    station = await RawStation("CP1").connect(served.ocpp)
    await station.boot()
    async with httpx.AsyncClient(base_url=f"http://{served.metrics}") as http, asyncio.timeout(30):

        async def until(reason: str) -> None:
            while not any(reason in found for found in (await http.get("/health/ready")).json()["reasons"]):
                assert not station.closed.is_set()

        with locked(tmp_path / "data"):
            charging = asyncio.create_task(station.start(1, "CARD", 0, said()))
            await until("locked")
            stopping = asyncio.create_task(served.stop())
            await until("the server stops")
            assert (await http.get("/metrics")).status_code == 200
        assert (await stopping).code == 0
    await asyncio.wait((charging,), timeout=0)
    charging.cancel()
    assert check_data(tmp_path / "data").files[0].rows["session"] == 1
