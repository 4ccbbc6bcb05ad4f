"""What a virtual station does when it is told something: the part that all versions share.

A reaction is an answer and, apart from it, an effect that comes after the answer has gone out. So an unwilling
station can answer without doing, or do neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from backend.model.clock import Instant
from backend.simulator.messages import CallError, Payload
from backend.simulator.outlet import Outlet, Reservation

if TYPE_CHECKING:
    from backend.simulator.station import VirtualStation

LIST_MOST = 500
DRIVER_S = 20.0
"""From the unlock until the driver has pulled the plug."""


class Reaction(NamedTuple):
    """The answer, and what comes of it."""

    payload: Payload
    effect: Callable[[], object] | None = None


ACCEPTED: Payload = {"status": "Accepted"}
REJECTED: Payload = {"status": "Rejected"}
Handler = Callable[[Payload], Reaction]


class Reactions:
    """Answers calls by a table of handlers; a version fills the table."""

    known: frozenset[str] = frozenset()
    """Every action of the version: those without a handler are NotSupported, all others NotImplemented."""

    def __init__(self, station: VirtualStation) -> None:
        self.station = station
        self.list_version = 0
        self.local_list: dict[str, Payload] = {}
        self.handlers: dict[str, Handler] = {}

    def react(self, action: str, payload: Payload) -> Reaction:
        """The reaction to a call.

        Raises:
            CallError: it is unknown, not supported, or lacks what it needs.
        """
        handler = self.handlers.get(action)
        if handler is None:
            if action in self.known:
                raise CallError("NotSupported", f"{action} is not supported here")
            raise CallError("NotImplemented", f"{action} is not known")
        try:
            return handler(payload)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise CallError(self.constraint_code, f"{action}: {problem!r}"[:255]) from None

    constraint_code = "OccurrenceConstraintViolation"

    # -- shared by the versions ------------------------------------------------------------------------------

    def outlet(self, evse: object) -> Outlet | None:
        return self.station.outlets.get(evse) if isinstance(evse, int) else None

    def release(self, outlet: Outlet) -> None:
        """The lock has opened: its fault is gone, and the driver, who waited for it, pulls the plug."""
        outlet.locked_for = None
        if outlet.lock_stuck:
            self.station.mend(outlet.evse)
        if outlet.car is not None:
            self.station.timers.later(DRIVER_S, partial(self.station.unplug, outlet.evse))

    def set_availability(self, outlets: Iterable[Outlet], word: str, *, whole: bool) -> Reaction:
        """`Operative` or `Inoperative`, at once or when the running charge is over; it survives a reboot."""
        chosen = list(outlets)
        busy = word == "Inoperative" and any(outlet.charge is not None for outlet in chosen)

        def effect() -> None:
            if whole:
                self.station.inoperative = word == "Inoperative"
                self.station.report_station()
            for outlet in chosen:
                if outlet.charge is not None and word == "Inoperative":
                    outlet.will_be = word
                else:
                    outlet.will_be = None
                    outlet.inoperative = word == "Inoperative"
                    self.station.report(outlet)

        return Reaction({"status": "Scheduled" if busy else "Accepted"}, effect)

    def reserve(
        self, number: int, outlet: Outlet | None, id_token: str, group: str | None, expires: Instant
    ) -> Reaction:
        """Reserve an outlet; the same number replaces. Without an outlet: the first free one."""
        station = self.station
        chosen = outlet or next(
            (o for o in station.outlets.values() if station.speech.status_word(o) == "Available"), None
        )
        if chosen is None:
            return Reaction({"status": "Occupied"})
        known = chosen.reserved is not None and chosen.reserved.id == number
        if chosen.trouble is not None:
            return Reaction({"status": "Faulted"})
        if chosen.inoperative or chosen.updating:
            return Reaction({"status": "Unavailable"})
        if chosen.car is not None or chosen.charge is not None or (chosen.reserved is not None and not known):
            return Reaction({"status": "Occupied"})

        def effect() -> None:
            for other in station.outlets.values():
                if other.reserved is not None and other.reserved.id == number:
                    other.reserved = None
                    station.report(other)
            chosen.reserved = Reservation(id=number, id_token=id_token, group=group, expires=expires)
            station.report(chosen)
            station.timers.later(max(expires - station.now(), 0.0), partial(self._expire, chosen, number))

        return Reaction(ACCEPTED, effect)

    def _expire(self, outlet: Outlet, number: int) -> None:
        if outlet.reserved is not None and outlet.reserved.id == number:
            outlet.reserved = None
            self.station.report(outlet)
            self.reservation_over(number)

    def reservation_over(self, number: int) -> None:
        """A version may have a message for it."""

    def cancel_reservation(self, number: int) -> Reaction:
        """Give a reservation back."""
        found = [o for o in self.station.outlets.values() if o.reserved is not None and o.reserved.id == number]
        if not found:
            return Reaction(REJECTED)

        def effect() -> None:
            for outlet in found:
                outlet.reserved = None
                self.station.report(outlet)

        return Reaction(ACCEPTED, effect)

    def clear_cache(self) -> Reaction:
        if not self.station.config.flag("AuthorizationCacheEnabled"):
            return Reaction(REJECTED)
        return Reaction(ACCEPTED, self.station.charging.cache.clear)

    def take_list(self, version: int, kind: str, entries: list[tuple[str, Payload | None]]) -> Reaction:
        """Set or change the local list; an entry without information goes."""
        if kind == "Differential" and version <= self.list_version:
            return Reaction({"status": "VersionMismatch"})
        if len(entries) > LIST_MOST:
            return Reaction({"status": "Failed"})

        def effect() -> None:
            if kind == "Full":
                self.local_list.clear()
            for token, info in entries:
                if info is None:
                    self.local_list.pop(token.casefold(), None)
                else:
                    self.local_list[token.casefold()] = info
            self.list_version = version

        return Reaction(ACCEPTED, effect)

    def apply_limits(self) -> None:
        """New limits: the running charges follow at once."""
        for outlet in self.station.outlets.values():
            outlet.flow(self.station.now())
            outlet.limit_kw = self.station.profiles.limit_kw(outlet.evse, self.station.now())
            self.station.charging.refresh(outlet)

    def composite_periods(self, evse: int, duration: int, unit: str) -> list[dict[str, Any]]:
        """What the profiles allow from now on, as periods of at least a minute, in A per phase or W."""
        now = self.station.now()
        rated = max((o.plug.max_kw for o in self.station.outlets.values() if evse in (0, o.evse)), default=22.0)
        periods: list[dict[str, Any]] = []
        for second in range(0, max(duration, 1), 60):
            limit = self.station.profiles.limit_kw(evse, now + second)
            kilowatts = min(rated, limit) if limit is not None else rated
            shown = round(kilowatts * 1000.0 if unit == "W" else kilowatts * 1000.0 / 690.0, 1)
            if not periods or periods[-1]["limit"] != shown:
                periods.append({"startPeriod": second, "limit": shown})
            if len(periods) >= 24:
                break
        return periods


def trust_handlers(station: VirtualStation) -> dict[str, Handler]:
    """What all versions do about certificates."""
    trust = station.trust

    def signed(payload: Payload) -> Reaction:
        return Reaction({"status": trust.signed(payload["certificateChain"])})

    return {
        "InstallCertificate": lambda payload: Reaction({"status": trust.install(payload["certificate"])}),
        "DeleteCertificate": lambda payload: Reaction({"status": trust.forget(payload["certificateHashData"])}),
        "CertificateSigned": signed,
    }
