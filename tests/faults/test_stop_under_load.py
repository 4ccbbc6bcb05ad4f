"""SIGTERM in the middle of many stations' sessions: what was stored is answered, sockets are closed with 1001, in a
bounded time, and nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from backend.store.check import check_data
from backend.store.database import DATABASE_NAME
from tests.end_to_end.served import Served
from tests.faults.charger import Charger
from tests.faults.test_kill import check

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
