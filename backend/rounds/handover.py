"""A signed certificate goes to its station as CertificateSigned, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from backend.alarms.alarms import Alarms
from backend.fleet import Fleet
from backend.model.certificate import IssuedCertificate
from backend.model.clock import Clock
from backend.model.operation import CallResult
from backend.model.ports import CallOutcome, Journal, Stations
from backend.model.words import Version
from backend.security.certificates import Certificates
from backend.text import t

ANSWER_S = 120.0


class Handover:
    """What a station has refused is nobody's; what it may have taken counts."""

    def __init__(
        self,
        clock: Clock,
        certificates: Certificates,
        fleet: Fleet,
        stations: Stations,
        journal: Journal,
        alarms: Alarms,
    ) -> None:
        self._clock = clock
        self._certificates = certificates
        self._fleet = fleet
        self._stations = stations
        self._journal = journal
        self._alarms = alarms

    def give(self, chain: str, issued: IssuedCertificate, done: Callable[[bool | None], None]) -> None:
        """Send it; `done` is told whether the station took it, None: no answer came."""
        station = self._fleet.find(issued.station)
        if station is None:
            return
        payload: dict[str, Any] = {"certificateChain": chain}
        if station.version is not Version.V16:
            payload["certificateType"] = "ChargingStationCertificate"
        answered = partial(self._answered, issued, done)
        self._stations.call(station.id, "CertificateSigned", payload, deadline_s=ANSWER_S, done=answered)

    def _answered(self, issued: IssuedCertificate, done: Callable[[bool | None], None], outcome: CallOutcome) -> None:
        taken = outcome.payload.get("status") == "Accepted" if isinstance(outcome, CallResult) else None
        if taken:
            self.note(issued.station, t("has its certificate {serial}", serial=issued.serial))
            self._alarms.clear_condition("certificate", issued.station)
        else:
            if taken is False:
                self._certificates.revoke(issued.serial)
            self.note(issued.station, t("did not take its certificate {serial}", serial=issued.serial))
        done(taken)

    def note(self, station: str, text: str) -> None:
        """Into the station's history."""
        self._journal.notice(station, self._clock.now(), "Certificate", text, "")
