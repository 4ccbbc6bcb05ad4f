"""What is known behind an alarm: because of what, the harm, what next. From the mirror and its own history. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.resources import AlarmEntryResource, AlarmResource, OutletResource
from backend.model.words import Activity, Link
from backend.text import t, tn
from screens.alarm_words import alarm_action, alarm_code, alarm_text
from screens.operation_words import done_here, name_of, outcome, short_outcome
from screens.outlet_facts import last_session
from screens.sentence import Facts, advice
from widgets.figures import kw, kwh, when

EVIDENCE_S = 7_200.0


class Event(NamedTuple):
    """One thing that happened."""

    at: datetime
    text: str
    short: str = ""
    """The same in fewer words; empty: the text is short enough."""
    obvious: bool = False
    """The heading tells it already."""


class Folded(NamedTuple):
    """The same thing, once or several times."""

    text: str
    times: str


def folded(events: Sequence[Event], now: Instant, zone: tzinfo) -> list[Folded]:
    """Events in short, those that tell the same together: `unlock: no effect 14:29, 14:30`."""
    found: dict[str, list[str]] = {}
    for event in events:
        if event.obvious and len(events) > 1:
            continue
        found.setdefault(event.short or event.text, []).append(when(event.at, now, zone))
    return [Folded(text, ", ".join(times[-3:])) for text, times in found.items()]


def outlet_of(mirror: Mirror, alarm: AlarmResource) -> OutletResource | None:
    """The outlet that an alarm is about; a station's first one."""
    if alarm.station is None:
        return None
    if alarm.evse is not None:
        return mirror.outlets.get(f"{alarm.station}:{alarm.evse}")
    return next(iter(mirror.outlets_of(alarm.station)), None)


def because(mirror: Mirror, alarm: AlarmResource, entries: Sequence[AlarmEntryResource]) -> list[Event]:
    """What led to it, oldest first: the charge before, what the post reported, what was tried, what was noted."""
    found: list[Event] = []
    raised = (alarm.raised or alarm.since).timestamp()
    outlet = outlet_of(mirror, alarm)
    if outlet is not None and alarm.evse is not None:
        session = last_session(mirror, outlet.outlet)
        if session is not None and session.ended is not None and abs(session.ended.timestamp() - raised) < EVIDENCE_S:
            found.append(Event(session.ended, t("charge ended, {energy}", energy=kwh(session.measured_wh))))
    told = t("{code} reported", code=alarm_code(alarm)) if alarm.rule == "fault" else alarm_text(alarm)
    found.append(Event(alarm.raised or alarm.since, told, obvious=True))
    if alarm.station is not None:
        for operation in done_here(mirror, alarm.station):
            asked = operation.times.get("requested")
            if asked is not None and asked.timestamp() >= raised - 600:
                name = name_of(operation)
                short = f"{name}: {short_outcome(operation)}"
                found.append(Event(asked, f"{name}: {outcome(operation).text}", short))
    found += [Event(entry.at, _entry_words(entry)) for entry in entries if entry.what in _TOLD]
    return sorted(found, key=lambda event: event.at)


_TOLD = ("note", "acknowledged", "shelved", "owned", "repeated", "severity")


def _entry_words(entry: AlarmEntryResource) -> str:
    who = entry.who or "?"
    if entry.what == "note":
        return f"{who}: {entry.text}"
    words = {
        "acknowledged": t("acknowledged by {who}", who=who),
        "shelved": t("shelved by {who}: {text}", who=who, text=entry.text),
        "owned": t("owned by {who}", who=entry.text or who),
        "repeated": t("came again"),
        "severity": t("severity changed: {text}", text=entry.text),
    }
    return words[entry.what]


def harm(mirror: Mirror, alarm: AlarmResource) -> list[str]:
    """Who is hurt by it now, as far as that is known."""
    if alarm.station is None:
        return _site_harm(mirror, alarm)
    parts: list[str] = []
    own = outlet_of(mirror, alarm) if alarm.evse is not None else None
    lock = {"ConnectorLockFailure", "CX001"} & {alarm.code, alarm.vendor_code}
    if own is not None and lock and own.activity is Activity.FAULTED:
        parts.append(t("plug may be stuck, driver waits"))
    for outlet in mirror.outlets_of(alarm.station):
        if outlet is own or outlet.activity is not Activity.CHARGING:
            continue
        if outlet.link is Link.ONLINE:
            parts.append(t("outlet {n} here charges, {power}", n=outlet.evse, power=kw(outlet.power_w)))
        else:
            parts.append(t("outlet {n} was charging when last heard", n=outlet.evse))
    if not parts and own is not None and own.activity is Activity.FAULTED:
        parts.append(t("the outlet cannot be used"))
    return parts


def _site_harm(mirror: Mirror, alarm: AlarmResource) -> list[str]:
    outlets = [outlet for outlet in mirror.outlets.values() if outlet.site == alarm.site and outlet.site is not None]
    dark = [outlet for outlet in outlets if outlet.link is not Link.ONLINE]
    if not dark:
        return []
    charging = sum(1 for outlet in dark if outlet.activity is Activity.CHARGING)
    text = tn("{n} outlet silent", "{n} outlets silent", len(dark))
    return [text, tn("{n} was charging when lost", "{n} were charging when lost", charging)] if charging else [text]


def next_steps(mirror: Mirror, alarm: AlarmResource, now: Instant, zone: tzinfo) -> list[str]:
    """What to do, the first thing first."""
    first = alarm_action(alarm)
    outlet = outlet_of(mirror, alarm)
    if outlet is None or alarm.evse is None:
        return [first] if first else []
    siblings = [other for other in mirror.outlets_of(outlet.station) if other is not outlet]
    facts = Facts(outlet, mirror.stations.get(outlet.station), None, alarm, siblings, (), now, zone)
    steps = [step.text for step in advice(facts)]
    return steps or ([first] if first else [])
