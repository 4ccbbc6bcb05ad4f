"""What the mirror knows of an outlet, gathered; and small words that several pages say."""

from __future__ import annotations

from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.resources import AlarmResource, OutletResource, SessionResource
from backend.model.words import AlarmState, Link
from backend.text import t, tc
from screens.console import Console
from screens.operation_words import done_here
from screens.sentence import Facts
from widgets.figures import number


def facts_of(console: Console, outlet: OutletResource, now: Instant, last: SessionResource | None = None) -> Facts:
    """All that the mirror knows of an outlet."""
    mirror = console.mirror
    session = mirror.sessions.get(outlet.session or "") or last or last_session(mirror, outlet.outlet)
    alarms = alarms_of(mirror, outlet)
    return Facts(
        outlet,
        mirror.stations.get(outlet.station),
        session,
        alarms[0] if alarms else None,
        [other for other in mirror.outlets_of(outlet.station) if other.outlet != outlet.outlet],
        [o for o in done_here(mirror, outlet.station) if o.outlet in (None, outlet.outlet)],
        now,
        console.zone,
    )


def last_session(mirror: Mirror, outlet: str) -> SessionResource | None:
    """The newest session of an outlet that the mirror holds."""
    found = [session for session in mirror.sessions.values() if session.outlet == outlet]
    return max(found, key=lambda session: session.started, default=None)


def alarms_of(mirror: Mirror, outlet: OutletResource) -> list[AlarmResource]:
    """The alarms of an outlet and of its station, the worst first."""
    found = [
        alarm
        for alarm in mirror.alarms.values()
        if alarm.station == outlet.station
        and alarm.evse in (None, outlet.evse)
        and alarm.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED)
    ]
    return sorted(
        found, key=lambda alarm: (not alarm.active, alarm.severity, alarm.evse is None, -alarm.since.timestamp())
    )


def kw_whole(watts: float | None) -> str:
    """`22 kW`; empty when unknown."""
    return "" if watts is None else f"{number(watts / 1000)} kW"


def number_signed(value: float) -> str:
    """`+0.4`, `−12`."""
    text = number(abs(value), 1 if abs(value) < 10 else 0)
    return ("−" if value < 0 else "+") + text


def short_name(who: str) -> str:
    """A person's first name and initial: `Elin N`."""
    parts = who.split()
    return f"{parts[0]} {parts[-1][0]}" if len(parts) > 1 else who


def link_word(link: Link) -> str:
    """What we know of the connection, in one word."""
    return {
        Link.ONLINE: tc("link", "online"),
        Link.OFFLINE: t("offline"),
        Link.DEAF: t("deaf"),
        Link.NEVER_SEEN: t("never seen"),
    }[link]
