"""New keys for stations: proposed, sent, and in force once the station has taken them (whitepaper A01)."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from backend.model.clock import Clock
from backend.model.credential import Slot
from backend.model.errors import Conflict, Unavailable
from backend.model.operation import CallLost, CallResult
from backend.model.ports import CallOutcome, Journal, Stations
from backend.model.sanitise import clean
from backend.model.station import Station
from backend.model.words import Link, Version
from backend.operations.settings_keys import read_settings, variable_of
from backend.security.credentials import Credentials
from backend.security.keys import new_key
from backend.text import t

ANSWER_S = 30.0


class Rotation:
    """One change of a station's key at a time. The key itself is in nobody's hands but the station's."""

    def __init__(self, clock: Clock, stations: Stations, credentials: Credentials, journal: Journal) -> None:
        self._clock = clock
        self._stations = stations
        self._credentials = credentials
        self._journal = journal
        self._under_way: set[str] = set()

    async def rotate(self, station: Station, who: str) -> str:
        """Give a station a new random key: `Accepted`, or `RebootRequired` (both count until the new one is shown).

        Raises:
            Conflict: it is not connected, a change is under way, or it has refused; then the old key stays.
            Unavailable: no answer; both keys count until one is known to be right.
        """
        name = station.id.casefold()
        if station.link is not Link.ONLINE:
            raise Conflict("offline", t("{station} is not connected.", station=station.id))
        if name in self._under_way:
            raise Conflict("key_under_way", t("A new key is on its way to {station}.", station=station.id))
        key = new_key()
        self._under_way.add(name)
        self._credentials.propose(station.id, key, who)
        answered: asyncio.Future[CallOutcome] = asyncio.get_running_loop().create_future()
        action, payload = _request(station.version, key)
        done = partial(self._answered, station.id, answered)
        self._stations.call(station.id, action, payload, deadline_s=ANSWER_S, done=done, requested_by=who)
        return _verdict(station, await answered)

    def _answered(self, station: str, answered: asyncio.Future[CallOutcome], outcome: CallOutcome) -> None:
        """Whoever asked may be gone; the keys are put right all the same."""
        self._under_way.discard(station.casefold())
        status = _status(outcome)
        if status == "Accepted":
            self._credentials.confirm(station)
        elif status != "RebootRequired" and not self._may_have_it(station, outcome):
            self._credentials.withdraw(station)
        said = status or t("no answer")
        self._journal.notice(station, self._clock.now(), "Key", t("new key sent: {status}", status=said), "")
        if not answered.done():
            answered.set_result(outcome)

    def _may_have_it(self, station: str, outcome: CallOutcome) -> bool:
        """It did not answer, and can fall back on the key it had."""
        return isinstance(outcome, CallLost) and Slot.CURRENT in self._credentials.of(station)


def _request(version: Version | None, key: str) -> tuple[str, dict[str, Any]]:
    if version is Version.V16:
        return "ChangeConfiguration", {"key": "AuthorizationKey", "value": key}
    setting = variable_of("SecurityCtrlr.BasicAuthPassword")
    return "SetVariables", {"setVariableData": [{"attributeValue": key, **setting}]}


def _status(outcome: CallOutcome) -> str:
    """The station's word; empty when it gave none."""
    if not isinstance(outcome, CallResult):
        return ""
    rows = read_settings(outcome.payload)
    return rows[0].status if rows else clean(str(outcome.payload.get("status", "")), 40)


def _verdict(station: Station, outcome: CallOutcome) -> str:
    status = _status(outcome)
    if status in ("Accepted", "RebootRequired"):
        return status
    if isinstance(outcome, CallLost):
        raise Unavailable(
            "no_answer",
            t("{station} did not answer.", station=station.id),
            t("Its next connection shows which key it has; `noc security show` tells."),
        )
    raise Conflict(
        "key_refused",
        t("{station} did not take the new key: {status}.", station=station.id, status=status or t("an error")),
        t("The old key stays."),
    )
