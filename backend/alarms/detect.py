"""From changes to causes: which change raises what (domain.md 3.1). Late changes raise nothing (A16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from backend.alarms.book import Book
from backend.alarms.conditions import Cause, Conditions, Key
from backend.alarms.faults import Faults
from backend.alarms.parents import Parents
from backend.alarms.places import Places
from backend.alarms.restarts import RESTARTS, Restarts
from backend.alarms.rules import HOUR_S, Rule
from backend.model.change import (
    Change,
    ConnectorChanged,
    FaultsChanged,
    LinkChanged,
    NoticeTaken,
    SessionChanged,
    StationChanged,
)
from backend.model.clock import Clock, Instant
from backend.model.outlet_id import OutletId
from backend.model.settings import AlarmSettings
from backend.model.station import Station
from backend.model.words import Link, Severity

FLAPS_FROM = 6
"""Connects in an hour."""
BOOTS_FROM = 3
BOOT_WINDOW_S = 1800.0
OWN_BOOTS = frozenset({"RemoteReset", "ScheduledReset", "FirmwareUpdate", "Triggered"})
"""Boot reasons of OCPP 2.x that we, or a plan, caused."""
REPLAY_S = 600.0
"""An event that is older than this comes from a replay."""
SKEW_S = 60.0
SKEW_BAD_S = 300.0
"""Wrong price quarter."""
SKEW_CLEAR_S = 45.0
RESTART_GRACE_S = 600.0
"""Stations have that long to come back after a restart of ours (A14)."""

_TAMPER = "TamperDetectionActivated"
_SECURITY = frozenset(
    {
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidCsmsCertificate",
        "InvalidCentralSystemCertificate",
        "InvalidChargingStationCertificate",
        "InvalidChargePointCertificate",
        "DiscardedRenewedClientCertificate",
        "InvalidTLSVersion",
        "InvalidTLSCipherSuite",
        "MaintenanceLoginAccepted",
        "MaintenanceLoginFailed",
        "AttemptedReplayAttacks",
    }
)
"""Security events that a person should look at (domain.md 1.8)."""
UPDATE_S = 6 * 3600.0
_SECURITY_ROUTINE = RESTARTS | {"FirmwareUpdated", "SettingSystemTime"}
"""On the critical list too, and mostly of our own doing or of a mechanic's: journal only after our own command."""
_FIRMWARE = frozenset(
    {
        "DownloadFailed",
        "InstallationFailed",
        "InstallVerificationFailed",
        "InvalidSignature",
        "InvalidCertificate",
        "RevokedCertificate",
        "CertificateVerificationFailed",
    }
)


class Detector:
    """Reads changes, sets and clears causes."""

    def __init__(
        self,
        clock: Clock,
        settings: AlarmSettings,
        rules: Mapping[str, Rule],
        places: Places,
        conditions: Conditions,
        book: Book,
        parents: Parents,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._rules = rules
        self._places = places
        self._conditions = conditions
        self._parents = parents
        self._faults = Faults(rules["fault"], places, conditions, book)
        self._restarts = Restarts(places, conditions, book)
        self._excused: dict[str, Instant] = {}
        self._updated: dict[str, Instant] = {}
        """When a station last told of a firmware update."""
        self._own_boots: dict[str, set[Instant]] = {}

    def apply(self, changes: Sequence[Change]) -> None:
        """Look at what has changed; the frequent kinds first."""
        for change in changes:
            if isinstance(change, ConnectorChanged):
                if not change.late:
                    self._connector(change)
            elif isinstance(change, SessionChanged):
                if not change.late:
                    self._session(change)
            elif isinstance(change, LinkChanged):
                self._link(change)
            elif isinstance(change, StationChanged):
                self._station(change)
            elif isinstance(change, FaultsChanged):
                self._faults.changed(change.station, change.connector, change.raised, change.at)
            elif isinstance(change, NoticeTaken):
                self._notice(change)

    def excuse(self, station: str, until: Instant) -> None:
        """What this station does until then, we caused: it may be silent, and boot (A18)."""
        self._excused[station.casefold()] = until

    def restarted(self, station: Station, now: Instant) -> None:
        """We were away ourselves: who does not come back gets an alarm, dated from the loss if we saw it, else
        from the restart (A14)."""
        if station.link is not Link.OFFLINE or self._places.admitted(station.id) is None:
            return
        cause = self._offline(station.id, flags=frozenset({"gap"}))
        if self._conditions.present(cause.key):
            return
        self._parents.lost(station.id, now, RESTART_GRACE_S)
        delay = max(RESTART_GRACE_S, cause.on_delay_s)
        self._conditions.set(_delayed(cause, delay), now)

    def restore_fault(self, key: Key, station: str, evse: int) -> None:
        """An open fault alarm was loaded."""
        self._faults.restore(key, station, evse)

    def forget(self, station: str) -> None:
        """The station left, or is not admitted."""
        self._faults.forget(station)
        self._excused.pop(station.casefold(), None)
        self._updated.pop(station.casefold(), None)
        self._own_boots.pop(station.casefold(), None)
        self._parents.forget(station)

    def tick(self, now: Instant) -> None:
        """Forget excuses that are over, and restarts of long ago."""
        self._restarts.tick(now)
        for name in [name for name, until in self._excused.items() if until < now - BOOT_WINDOW_S]:
            del self._excused[name]
            self._own_boots.pop(name, None)

    # -- links -----------------------------------------------------------------------------------------------

    def _link(self, change: LinkChanged) -> None:
        name = change.station.id
        if self._faults.at:
            self._look_again(change.station, change.at)
        if self._places.admitted(name) is None:
            return
        deaf = Key("deaf", name)
        if change.after is Link.OFFLINE:
            self._conditions.gone(deaf, change.at)
            cause = self._offline(name)
            until = self._excused.get(name.casefold(), 0.0)
            if until > change.at:
                self._conditions.set(_delayed(cause, max(cause.on_delay_s, until - change.at)), change.at)
                return
            self._conditions.set(cause, change.at)
            self._parents.lost(name, change.at)
            return
        if change.before in (Link.OFFLINE, Link.NEVER_SEEN):
            self._conditions.gone(Key("offline", name), change.at)
            self._parents.back(name, change.at)
        if change.after is Link.DEAF:
            self._conditions.set(self._cause("deaf", name), change.at)
        else:
            self._conditions.gone(deaf, change.at)

    def _look_again(self, station: Station, at: Instant) -> None:
        """An alarm that was open before a restart may be about a fault that is gone."""
        for connector in station.connectors.values():
            if (station.id, connector.evse) in self._faults.at:
                self._faults.seen(station, connector, at)

    def _offline(self, name: str, flags: frozenset[str] = frozenset()) -> Cause:
        fast = self._places.is_dc(name)
        rule = self._rules["offline"]
        delay = rule.on_delay_s
        if fast and "offline" not in self._settings.on_delay_s:
            delay = self._settings.offline_dc_s
        cause = self._cause("offline", name, severity=Severity.S2 if fast else Severity.S3, flags=flags)
        return _delayed(cause, delay)

    # -- the station -----------------------------------------------------------------------------------------

    def _station(self, change: StationChanged) -> None:
        station = change.station
        entry = self._places.admitted(station.id)
        if entry is None:
            return
        if len(station.connects) >= FLAPS_FROM:
            connects = sum(1 for moment in station.connects if moment > change.at - HOUR_S)
            if connects >= FLAPS_FROM:
                self._conditions.set(self._cause("flapping", station.id, values={"n": str(connects)}), change.at)
        if station.booted == change.at:
            self._booted(station, change.at, entry.added)
        self._clock_of(station, change.at)

    def _booted(self, station: Station, at: Instant, since: Instant) -> None:
        name = station.id.casefold()
        if station.boot_reason in OWN_BOOTS or self._excused.get(name, 0.0) >= at:
            self._own_boots[name] = self._own_boots.get(name, set()) & set(station.boots) | {at}
            self._excused.setdefault(name, at)
        if len(station.boots) < BOOTS_FROM:
            return
        own = self._own_boots.get(name, ())
        boots = sum(1 for boot in station.boots if boot > at - BOOT_WINDOW_S and boot >= since and boot not in own)
        if boots >= BOOTS_FROM:
            self._conditions.set(self._cause("boot_loop", station.id, values={"n": str(boots)}), at)

    def _clock_of(self, station: Station, at: Instant) -> None:
        skew = station.clock_skew_s
        if skew is None:
            return
        key = Key("clock", station.id)
        if -SKEW_CLEAR_S < skew < SKEW_CLEAR_S:
            self._conditions.gone(key, at)
        elif not -SKEW_S <= skew <= SKEW_S and not self._conditions.present(key):
            severity = Severity.S3 if abs(skew) > SKEW_BAD_S else Severity.S4
            cause = self._cause("clock", station.id, severity=severity, values={"skew": f"{skew:+.0f}"})
            self._conditions.set(cause, at)

    # -- connectors and sessions -----------------------------------------------------------------------------

    def _connector(self, change: ConnectorChanged) -> None:
        station = change.station
        connector = change.connector
        if (station.id, connector.evse) in self._faults.at:
            self._faults.seen(station, connector, change.at)
        skew = station.clock_skew_s
        if skew is not None and (not -SKEW_S <= skew <= SKEW_S or "clock" in self._conditions.by_rule):
            self._clock_of(station, change.at)
        if connector.evse <= 0:
            return
        if not connector.conflict and (change.measured or "conflict" not in self._conditions.by_rule):
            return
        key = Key("conflict", str(OutletId(station.id, connector.evse)))
        if connector.conflict:
            if not self._conditions.present(key):
                power = f"{(connector.power_w or 0.0) / 1000.0:.1f}"
                cause = self._cause("conflict", station.id, connector.evse, values={"kw": power})
                self._conditions.set(cause, change.at)
        else:
            self._conditions.gone(key, change.at)

    def _session(self, change: SessionChanged) -> None:
        session = change.session
        if "temperature" not in self._conditions.by_rule:
            for _, sample in change.samples:
                if sample.temperature_c is not None:
                    break
            else:
                return
        key = Key("temperature", str(OutletId(change.station.id, session.evse)))
        if change.ended:
            self._conditions.gone(key, change.at)
            return
        for at, sample in change.samples:
            celsius = sample.temperature_c
            if celsius is None:
                continue
            if celsius <= self._settings.temperature_clear_c:
                self._conditions.gone(key, at)
            elif celsius >= self._settings.temperature_c and not self._conditions.present(key):
                values = {"celsius": f"{celsius:.0f}"}
                self._conditions.set(self._cause("temperature", change.station.id, session.evse, values=values), at)

    def _notice(self, change: NoticeTaken) -> None:
        if change.at < self._clock.now() - REPLAY_S or self._places.admitted(change.station.id) is None:
            return
        word, _, info = change.text.partition(" ")
        word = word.rstrip(":")
        if change.action == "SecurityEventNotification":
            if word == _TAMPER:
                self._conditions.set(self._cause("tamper", change.station.id, info=info), change.at)
            elif word in _SECURITY:
                self._conditions.set(self._cause("security", change.station.id, code=word, info=info), change.at)
            elif word in _SECURITY_ROUTINE and not self._ours(change.station.id, word, change.at):
                cause = self._cause("security", change.station.id, code=word, severity=Severity.S4, info=info)
                if word in RESTARTS:
                    self._restarts.told(cause, change.station.id, change.at)
                else:
                    self._conditions.set(cause, change.at)
        elif change.action.endswith("FirmwareStatusNotification"):
            self._updated[change.station.id.casefold()] = change.at
            if word in _FIRMWARE:
                self._conditions.set(self._cause("firmware", change.station.id, code=word), change.at)
            elif word == "Installed":
                for code in _FIRMWARE:
                    self._conditions.forget(Key("firmware", change.station.id, code))

    def _ours(self, station: str, word: str, at: Instant) -> bool:
        """Whether a command of ours explains it: a reset, an update that the station has told of."""
        name = station.casefold()
        if self._excused.get(name, 0.0) >= at:
            return True
        return word != "SettingSystemTime" and at - self._updated.get(name, at - UPDATE_S) < UPDATE_S

    # -- causes ----------------------------------------------------------------------------------------------

    def _cause(
        self,
        name: str,
        station: str,
        evse: int | None = None,
        *,
        code: str = "",
        severity: Severity | None = None,
        info: str = "",
        values: dict[str, str] | None = None,
        flags: frozenset[str] = frozenset(),
    ) -> Cause:
        rule = self._rules[name]
        return Cause(
            key=Key(name, str(OutletId(station, evse)) if evse else station, code),
            severity=severity or rule.severity or Severity.S3,
            station=station,
            evse=evse,
            site=self._places.site_of(station),
            info=info,
            values=values or {},
            flags=flags,
            on_delay_s=rule.on_delay_s,
            off_delay_s=rule.off_delay_s,
            hold_s=rule.hold_s,
            momentary=rule.momentary,
        )


def _delayed(cause: Cause, on_delay_s: float) -> Cause:
    return replace(cause, on_delay_s=on_delay_s)
