"""What scripts and tests do with a virtual station, and what they wait for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from backend.simulator.cars import Car
from backend.simulator.messages import Answer, Message, Payload
from backend.simulator.outlet import RFID, Charge, Outlet, Trouble
from backend.simulator.timers import Timers
from backend.simulator.watch import Watch

if TYPE_CHECKING:
    from backend.simulator.charging import Charging
    from backend.simulator.link import Link

CARD = "04A2241A5C6180"
"""The card that scripts show unless they say another."""


class Script:
    """The hands on a station, and the eyes."""

    charging: Charging
    link: Link
    outlets: dict[int, Outlet]
    timers: Timers
    watch: Watch

    # -- hands ----------------------------------------------------------------------------------------------

    def plug(self, evse: int = 1, car: Car | None = None) -> None:
        """A car is connected."""
        self.charging.plug(evse, car)

    def unplug(self, evse: int = 1) -> bool:
        """The car leaves. False: the cable is locked."""
        return self.charging.unplug(evse)

    def authorise(self, evse: int = 1, id_token: str = CARD, token_type: str = RFID) -> None:
        """A driver shows a token: the charge starts, or the one that it started ends."""
        self.charging.authorise(evse, id_token, token_type)

    def end(self, evse: int = 1, reason: str = "Local", trigger: str = "StopAuthorized") -> bool:
        """End the charge at an outlet, for a reason of OCPP 1.6."""
        return self.charging.end(evse, reason, trigger)

    def fault(self, evse: int, trouble: Trouble) -> None:
        """Something breaks."""
        self.charging.fault(evse, trouble)

    def mend(self, evse: int) -> None:
        """It is whole again."""
        self.charging.mend(evse)

    def pause(self, evse: int, paused: bool) -> None:
        """The station itself offers nothing for a while (SuspendedEVSE)."""
        outlet = self.outlets[evse]
        outlet.flow(self.timers.now())
        outlet.paused = paused
        self.charging.refresh(outlet)

    def charge_at(self, evse: int = 1) -> Charge | None:
        return self.outlets[evse].charge

    def say(self, action: str, payload: Payload, *, keep: bool = False) -> asyncio.Future[Answer]:
        """Send any call; the future gives its answer."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(answer: Answer) -> None:
            if not future.done():
                future.set_result(answer)

        self.link.call(Message(action, payload, keep, done), urgent=not self.link.released)
        return future

    # -- waiting ---------------------------------------------------------------------------------------------

    async def booted(self, status: str = "Accepted") -> Payload:
        """Wait for the answer to a boot; its payload."""
        note = await self.watch.wait(lambda note: note.kind == "booted" and note.name == status)
        return note.payload

    async def heard_call(self, action: str) -> Payload:
        """Wait for a call of the central system; its payload."""
        note = await self.watch.wait(lambda note: note.kind == "heard" and note.name == action)
        return note.payload

    async def answered_call(self, action: str) -> tuple[Payload, Payload]:
        """Wait until a call of ours was answered; what was said, and the answer (or `{"error": code}`)."""
        note = await self.watch.wait(lambda note: note.kind == "answered" and note.name == action)
        return note.payload, note.answer or {}

    async def offline(self) -> int:
        """Wait until the link is lost; the close code."""
        note = await self.watch.wait(lambda note: note.kind == "offline")
        return int(note.name)

    async def quiet(self) -> None:
        """Wait until nothing is on its way: connected or given up for now, all said and answered."""
        await self.link.until(lambda: self.link.quiet)

    def pass_time(self, seconds: float) -> asyncio.Future[None]:
        """A future that is done `seconds` from now, by the station's own timers."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def over() -> None:
            if not future.done():
                future.set_result(None)

        self.timers.later(seconds, over)
        return future
