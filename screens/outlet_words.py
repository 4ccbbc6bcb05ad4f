"""What a list says of an outlet in a few words: its note, its card, what it last did."""

from __future__ import annotations

from datetime import tzinfo

from backend.model.clock import Instant
from backend.model.resources import AlarmResource, OutletResource
from backend.model.words import Link, Service
from backend.text import t, tn
from backend.text.alarms import fault_word
from screens.alarm_words import alarm_text
from screens.fleet_rows import refused
from widgets.figures import hour, kw, number, when
from widgets.look import last_kind, state_kind, state_word


def outlet_name(outlet: OutletResource) -> str:
    """What people call it: the sticker's number, else its name."""
    return outlet.label or outlet.outlet


def note(outlet: OutletResource, alarm: AlarmResource | None, now: Instant, zone: tzinfo) -> str:
    """Why it is in the list, or what goes on."""
    kind = state_kind(outlet)
    if kind in ("offline", "never_seen"):
        return _offline(outlet, alarm, now, zone)
    if kind == "deaf":
        return t("talks, answers no command")
    if refused(outlet) and outlet.refused_at is not None:
        return t("card refused at {time}", time=hour(outlet.refused_at, zone))
    if alarm is not None:
        return alarm_text(alarm)
    if kind == "faulted":
        codes = [*outlet.vendor_error_codes, *outlet.error_codes]
        return ", ".join(dict.fromkeys(code for code in (outlet.info, *map(fault_word, codes)) if code)) or t(
            "fault, no code given"
        )
    if kind == "conflict":
        return conflict_words(outlet)
    if kind == "post_paused":
        return t("no power from the post")
    if outlet.service is not Service.IN_SERVICE:
        return service_word(outlet.service)
    return charge_words(outlet)


def conflict_words(outlet: OutletResource) -> str:
    """What the status says, and what the measurement says."""
    word = state_word(last_kind(outlet))
    return t("says {word}, but {power} flows", word=word, power=kw(outlet.power_w))


def charge_words(outlet: OutletResource) -> str:
    """Card and battery of the charge that runs."""
    parts = []
    if outlet.id_token:
        parts.append(t("card {token}", token=outlet.id_token))
    if outlet.soc_pct is not None:
        parts.append(f"{number(outlet.soc_pct)} %")
    return ", ".join(parts)


def service_word(service: Service) -> str:
    """Why its minutes do not count."""
    return {
        Service.PLANNED: t("not in service yet"),
        Service.OUT_OF_SERVICE: t("taken out of service"),
        Service.RETIRED: t("retired"),
        Service.IN_SERVICE: "",
    }[service]


def _offline(outlet: OutletResource, alarm: AlarmResource | None, now: Instant, zone: tzinfo) -> str:
    if outlet.link is Link.NEVER_SEEN:
        return t("has never connected")
    if alarm is not None and alarm.rule != "offline":
        return alarm_text(alarm)
    if outlet.since is None and outlet.heard is None:
        return t("last state not known")
    at = outlet.heard or outlet.since
    assert at is not None
    return t("last known: {word} {time}", word=state_word(last_kind(outlet)), time=when(at, now, zone))


def dark_words(charging: int) -> str:
    """What was lost when a site went dark."""
    if not charging:
        return t("none was charging when lost")
    return tn("{n} was charging when lost", "{n} were charging when lost", charging)
