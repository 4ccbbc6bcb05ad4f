"""kill -9 at random moments under load: what was acknowledged is there, once.

`python -m tests.faults --rounds 100` for a long run; `NOC_FAULT_SEED` repeats its moments."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from backend.store.check import check_data
from backend.store.database import DATABASE_NAME
from backend.store.inbox import recover
from tests.end_to_end.served import Served
from tests.faults.charger import SESSION_WH, Charger

CHARGERS = 6
READINGS = "SELECT session, energy_wh FROM reading WHERE energy_wh IS NOT NULL"
SESSIONS = "SELECT id, id_token, meter_start_wh, meter_stop_wh, energy_wh, state FROM session"


def check(folder: Path, chargers: list[Charger]) -> int:
    """Hold the database against what the stations were told; the number of sessions that were looked at."""
    with closing(sqlite3.connect(folder / "data" / DATABASE_NAME, isolation_level=None)) as db:
        recover(db)
        kept = {number: row for number, *row in db.execute(SESSIONS)}
        readings = Counter((number, int(value)) for number, value in db.execute(READINGS))
    tokens = Counter(row[0] for row in kept.values())
    looked = 0
    for charger in chargers:
        for charge in charger.charges:
            assert tokens[charge.token] <= 1, f"{charge} is there {tokens[charge.token]} times"
            if charge.transaction is None:
                continue
            looked += 1
            token, start, stop, energy, state = kept[charge.transaction]
            assert (token, start) == (charge.token, charge.meter_start)
            if charge.stopped:
                assert (stop, energy, state) == (charge.meter_stop, SESSION_WH, "ended"), charge
            for register in charge.readings:
                assert readings[charge.transaction, register] == 1, (charge, register, readings)
    assert set(tokens) <= {charge.token for charger in chargers for charge in charger.charges}
    assert set(readings.values()) <= {1}, "a reading is there twice"
    return looked


async def test_what_was_acknowledged_survives_kill(
    tmp_path: Path, rounds: int, record_property: Callable[[str, object], None]
) -> None:
    """Killed in the middle of whole sessions of several stations; what was not answered is said again, and does not
    count twice."""
    dice = random.Random(os.environ.get("NOC_FAULT_SEED"))
    chargers = [Charger(f"CP{number}") for number in range(CHARGERS)]
    served = Served(tmp_path, "--accept-unknown")
    for _ in range(rounds):
        await served.start()
        try:
            await asyncio.gather(*(charger.connect(served.ocpp) for charger in chargers))
            charging = [asyncio.create_task(charger.charge_until_lost()) for charger in chargers]
            await asyncio.sleep(dice.uniform(0.2, 0.8))
        finally:
            await served.kill()
        await asyncio.gather(*charging)
        check(tmp_path, chargers)
    await served.start()
    await asyncio.gather(*(charger.connect(served.ocpp) for charger in chargers))
    await asyncio.gather(*(charger.charge() for charger in chargers))
    shown = (await served.noc("session", "list", "--limit", "0", "--json")).json
    ended = await served.stop()
    await asyncio.gather(*(charger.close() for charger in chargers))
    assert ended.code == 0, ended.err
    looked = check(tmp_path, chargers)
    assert check_data(tmp_path / "data").findings == []
    assert looked == len(shown) == sum(len(charger.charges) for charger in chargers)
    assert sum(session["energy_wh"] for session in shown) == looked * SESSION_WH
    told = sum(charger.acknowledged for charger in chargers)
    assert told > rounds * CHARGERS
    repeated = sum(charger.repeated for charger in chargers)
    assert repeated > 0
    found = {"kills": rounds, "acknowledged": told, "said again": repeated, "sessions": looked, "lost": 0, "doubled": 0}
    for name, count in found.items():
        record_property(name, count)
