"""What the console says about an alarm: where, what, how long, whose, what to do."""

from __future__ import annotations

from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.resources import AlarmResource
from backend.text import alarms as words
from backend.text import t
from widgets.figures import age


def alarm_text(alarm: AlarmResource) -> str:
    """What is wrong, in the language in force; the server's own text where the rule is not known here."""
    values = alarm.values | ({"vendor_code": alarm.vendor_code} if alarm.vendor_code else {})
    return words.alarm_text(alarm.rule, alarm.code, values, alarm.info) or alarm.text


def alarm_action(alarm: AlarmResource) -> str:
    """What to do first; empty when the rule has no advice."""
    known = alarm.vendor_code if alarm.vendor_code in words.FAULTS else alarm.code
    return words.first_action(alarm.rule, known)


def alarm_place(mirror: Mirror, alarm: AlarmResource) -> str:
    """Where: the outlet's or station's number and the site's name, or the site alone."""
    site = mirror.sites.get(alarm.site or "")
    name = site.name if site is not None else ""
    if alarm.source == alarm.site:
        return name or alarm.source
    return f"{alarm.label or alarm.source} {name}".strip()


def alarm_headline(mirror: Mirror, alarm: AlarmResource, now: Instant) -> str:
    """One line for the banner: `Ljungby E4 Lagan: site dark, 12 of 12 outlets 11m, no owner`."""
    owner = t("no owner") if alarm.owner is None else alarm.owner
    return f"{alarm_place(mirror, alarm)}: {alarm_text(alarm)} {age(alarm.since, now)}, {owner}"


def alarm_short(alarm: AlarmResource) -> str:
    """The same without figures: for a site's own row."""
    return alarm_text(alarm).split(",", 1)[0]


def alarm_code(alarm: AlarmResource) -> str:
    """What the station called it; for our own rules what they watch."""
    if alarm.rule != "fault":
        return words.rule_name(alarm.rule)
    return " ".join(dict.fromkeys(part for part in (alarm.code, alarm.vendor_code) if part))
