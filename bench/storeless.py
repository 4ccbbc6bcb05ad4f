"""Target 7: gateway, live state, alarms and uptime as `noc serve` has them, without a store. Prints its port.

python bench/storeless.py
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any, cast

from backend.alarms.alarms import Alarms
from backend.fleet import Fleet
from backend.gateway import Gateway
from backend.gateway.turn import Turn
from backend.intake import Intake
from backend.model.clock import SystemClock
from backend.model.ports import Journal
from backend.model.settings import AlarmSettings, OcppSettings
from backend.register.register import Register
from backend.uptime.recorder import Recorder
from noc.serving import new_loop

TICK_S = 0.1


class NoStore:
    """Takes everything, keeps nothing, and answers at once."""

    def after_commit(self, done: Callable[[], None]) -> None:
        done()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return _nothing


def _nothing(*_: Any, **__: Any) -> None:
    return None


async def main() -> None:
    clock, settings = SystemClock(), OcppSettings(host="127.0.0.1", port=0, accept_unknown=True)
    journal = cast("Journal", NoStore())
    register = Register(clock, settings, journal)
    fleet = Fleet(clock, register, settings)
    alarms = Alarms(clock, AlarmSettings(), register, journal)
    recorder = Recorder(clock, register, journal)
    intake = Intake(fleet, journal, readers=[alarms, recorder])
    gateway = Gateway(clock, settings, register, Turn(intake))
    await gateway.start()
    gc.set_threshold(20_000, 10, 100)
    print(f"ready {gateway.address.rpartition(':')[2]}", flush=True)
    while True:
        await asyncio.sleep(TICK_S)
        for room in (gateway, intake, alarms, recorder):
            room.tick(clock.now())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop()) as runner:
        runner.run(main())
