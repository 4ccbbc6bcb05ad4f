"""A charging station for the fault tests: it remembers what was acknowledged, and says again what was not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field
from websockets.exceptions import ConnectionClosed

from tests.recipes.station import RawStation

SESSION_WH = 1_000
READINGS = 3


class Lost(Exception):
    """The connection went before the answer came."""


class Charge(Struct):
    """One session as the station knows it: only what the central system has acknowledged."""

    token: str
    meter_start: int
    begun: str
    transaction: int | None = None
    readings: list[int] = field(default_factory=list)
    """Registers in Wh."""
    stopped: bool = False

    @property
    def meter_stop(self) -> int:
        return self.meter_start + SESSION_WH


def said() -> str:
    """The time of day, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Charger:
    """Does whole sessions one after the other.

    After a reconnect it says its last acknowledged message again, as a station whose answer was lost on the line, and
    then what was not acknowledged.
    """

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.charges: list[Charge] = []
        self.repeated = 0
        self.acknowledged = 0
        self._unsent: tuple[str, dict[str, Any]] | None = None
        self._last: tuple[str, dict[str, Any], dict[str, Any]] | None = None
        self._station = RawStation(identity)

    async def connect(self, address: str) -> None:
        self._station = await RawStation(self.identity).connect(address)
        await self.call("BootNotification", chargePointVendor="Fjord", chargePointModel="F1")
        if self._last is not None:
            action, payload, answer = self._last
            again = await self.call(action, **payload)
            assert again.get("transactionId") == answer.get("transactionId"), "another session for the same start"

    async def close(self) -> None:
        await self._station.close()

    async def call(self, action: str, **payload: Any) -> dict[str, Any]:
        """A call and its result. Raises Lost when the connection goes first."""
        calling = asyncio.ensure_future(self._station.call(action, **payload))
        closing = asyncio.ensure_future(self._station.closed.wait())
        await asyncio.wait((calling, closing), return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        if not calling.done():
            calling.cancel()
        try:
            return await calling
        except (asyncio.CancelledError, ConnectionClosed) as error:
            raise Lost from error

    async def _kept(self, action: str, **payload: Any) -> dict[str, Any]:
        """The same for what a station must not lose: said again, as it was, until it is answered."""
        if self._unsent is None:
            self._unsent = action, payload
        else:
            self.repeated += 1
        action, payload = self._unsent
        answer = await self.call(action, **payload)
        self._unsent, self._last = None, (action, payload, answer)
        self.acknowledged += 1
        return answer

    async def charge(self) -> None:
        """Begin a session, or go on with the one that was interrupted, to its end."""
        if not self.charges or self.charges[-1].stopped:
            number = len(self.charges)
            self.charges.append(Charge(f"{self.identity}-{number}", number * SESSION_WH, said()))
        charge = self.charges[-1]
        if charge.transaction is None:
            answer = await self._kept(
                "StartTransaction", connectorId=1, idTag=charge.token, meterStart=charge.meter_start,
                timestamp=charge.begun,
            )  # fmt: skip
            charge.transaction = int(answer["transactionId"])
        while len(charge.readings) < READINGS:
            register = charge.meter_start + 100 * (len(charge.readings) + 1)
            sample = {"value": str(register), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
            await self._kept(
                "MeterValues", connectorId=1, transactionId=charge.transaction,
                meterValue=[{"timestamp": said(), "sampledValue": [sample]}],
            )  # fmt: skip
            charge.readings.append(register)
        await self._kept(
            "StopTransaction", transactionId=charge.transaction, meterStop=charge.meter_stop, timestamp=said()
        )
        charge.stopped = True

    async def charge_until_lost(self) -> None:
        """One session after the other, as fast as they are answered, until the connection goes."""
        try:
            while True:
                await self.charge()
        except Lost:
            pass
