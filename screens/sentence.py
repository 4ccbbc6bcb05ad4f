"""One sentence that says why an outlet does or does not charge, and what may be done next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import NamedTuple

from backend.model.clock import Instant
from backend.model.resources import (
    AlarmResource,
    OperationResource,
    OutletResource,
    SessionResource,
    StationResource,
)
from backend.model.words import Activity, Link, OperationState, Service, Severity
from backend.text import t, tn
from backend.text.alarms import fault_word
from screens.alarm_words import alarm_text
from screens.fleet_rows import refused
from screens.operation_words import operation_word
from widgets.figures import age, hour, kw, kwh, length, when
from widgets.line import wrap
from widgets.look import last_kind, state_kind, state_word

FAILED = (OperationState.UNPROVED, OperationState.TIMEOUT, OperationState.REFUSED)
RECENT_S = 3_600.0


class Facts(NamedTuple):
    """What is known of an outlet; all of it from the mirror."""

    outlet: OutletResource
    station: StationResource | None
    session: SessionResource | None
    """The open one, or the last."""
    alarm: AlarmResource | None
    """The worst of the outlet, else of its station."""
    siblings: Sequence[OutletResource]
    """The other outlets of the station."""
    operations: Sequence[OperationResource]
    """What was done here, newest first."""
    now: Instant
    zone: tzinfo


class Sentence(NamedTuple):
    """The hero of a page."""

    heading: str
    text: str
    style: str
    """The colour of the bar before it."""
    parts: tuple[str, ...] = ()
    """Its sentences, the most telling first: what does not fit is left out whole."""

    def rows(self, width: int, most: int) -> list[str]:
        """As many of its sentences as `most` lines of `width` cells hold; the first one always."""
        parts = list(self.parts)
        while len(parts) > 1 and len(wrap(" ".join(parts), width)) > most:
            parts.pop()
        return wrap(" ".join(parts), width, most)


class Advice(NamedTuple):
    """One thing to do next. `operation` is empty where hands on the spot are needed."""

    operation: str
    text: str
    hard: bool = False


def sentence(facts: Facts) -> Sentence:
    """Why it does or does not charge."""
    kind = state_kind(facts.outlet)
    parts = [_cause(facts, kind), _tried(facts), _others(facts, kind)]
    told = tuple(part for part in parts if part)
    return Sentence(_heading(kind), " ".join(told), _style(facts, kind), told)


def _heading(kind: str) -> str:
    if kind in ("charging", "available", "finishing"):
        return t("how it is")
    if kind in ("car_paused", "post_paused"):
        return t("why no power flows")
    return t("why it will not charge")


def _style(facts: Facts, kind: str) -> str:
    if facts.alarm is not None:
        return {Severity.S1: "crit", Severity.S2: "high", Severity.S3: "warn"}.get(facts.alarm.severity, "energy")
    if kind == "faulted":
        return "crit"
    if kind in ("offline", "deaf", "never_seen"):
        return "offline"
    return "warn" if kind == "conflict" else "energy"


def _cause(facts: Facts, kind: str) -> str:
    outlet = facts.outlet
    if kind == "never_seen":
        return t("The post has never connected: nothing is known of this outlet.")
    if kind == "offline":
        return _restarting(facts) or _offline(facts)
    if kind == "deaf":
        return t("The post talks, but answers no command. What we send has no effect until it connects anew.")
    if kind == "faulted":
        return _fault(facts)
    if kind == "conflict":
        word = state_word(last_kind(outlet))
        return t(
            "The post says {word}, but {power} flows. One of the two is wrong.", word=word, power=kw(outlet.power_w)
        )
    if outlet.service is Service.OUT_OF_SERVICE:
        return t("It is taken out of service here; the post itself says {word}.", word=state_word(kind))
    return _healthy(facts, kind)


def _offline(facts: Facts) -> str:
    outlet, station = facts.outlet, facts.station
    since = outlet.link_since or (station.link_since if station is not None else None) or outlet.heard
    time = when(since, facts.now, facts.zone) if since is not None else "?"
    word = state_word(last_kind(outlet))
    if outlet.activity is Activity.CHARGING:
        return t(
            "The post is silent since {time}. It charged then; the charge may go on, and is told when it is back.",
            time=time,
        )
    if outlet.activity is Activity.UNKNOWN:
        return t("The post is silent since {time}. It has not said what this outlet does.", time=time)
    return t(
        "The post is silent since {time}. Its last word was {word}; what it is now is not known.", time=time, word=word
    )


def reset_under_way(facts: Facts) -> OperationResource | None:
    """The reset that the station answered, and has not come back from yet."""
    return next(
        (o for o in facts.operations if o.operation == "reset" and o.state is OperationState.ANSWERED),
        None,
    )


def _restarting(facts: Facts) -> str:
    reset = reset_under_way(facts)
    sent = reset.times.get("sent") if reset is not None else None
    if reset is None or sent is None:
        return ""
    word = state_word(last_kind(facts.outlet))
    return t(
        "The post restarts: {who} asked for it at {time}. Its last word was {word}.",
        who=reset.requested_by or "?",
        time=hour(sent, facts.zone),
        word=word,
    )


def _fault(facts: Facts) -> str:
    outlet = facts.outlet
    codes = [*outlet.vendor_error_codes, *outlet.error_codes]
    session = facts.session
    if any(code in ("ConnectorLockFailure", "CX001") for code in codes):
        if session is not None and session.ended is not None and facts.now - session.ended.timestamp() < 86_400:
            return t(
                "The charge ended at {time}, but the lock did not let go of the plug.",
                time=hour(session.ended, facts.zone),
            )
        return t("The lock of the plug does not do as it is told.")
    for code in codes:
        known = FAULTS.get(code)
        if known is not None:
            return fault_words(known)
    named = (fault_word(code) for code in codes if code and code != "OtherError")
    told = ", ".join(dict.fromkeys(part for part in (outlet.info, *named) if part))
    if told:
        return t("The post reports a fault: {told}.", told=told)
    return t("The post reports a fault and gives no reason.")


FAULTS = {
    "GroundFailure": "ground",
    "CX002": "ground",
    "CX022": "ground",
    "HighTemperature": "heat",
    "CX003": "heat",
    "CX018": "heat",
    "CX019": "cable_heat",
    "OverCurrentFailure": "current",
    "CX004": "current",
    "OverVoltage": "voltage",
    "CX005": "voltage",
    "UnderVoltage": "voltage",
    "CX006": "voltage",
    "PowerMeterFailure": "meter",
    "PowerSwitchFailure": "contactor",
    "CX017": "contactor",
    "ReaderFailure": "reader",
    "EVCommunicationError": "car",
    "CX010": "car",
    "CX014": "car",
    "CX020": "plug",
    "ResetFailure": "reset",
    "InternalError": "internal",
    "LocalListConflict": "internal",
    "WeakSignal": "signal",
    "CX007": "signal",
    "CX008": "stop",
    "CX015": "power",
    "CX026": "cable",
}
"""What is behind a fault's code."""


def fault_words(name: str) -> str:
    """A sentence on each cause."""
    return {
        "ground": t("The post measures a ground fault and has cut this outlet off. It must not be started from here."),
        "heat": t("The post is too hot and has stopped or slowed this outlet."),
        "cable_heat": t(
            "The cable became too hot and the charge was stopped. It needs an inspection before the next one."
        ),
        "current": t("The car drew more current than this outlet may give, and it was cut off."),
        "voltage": t("The mains voltage is out of bounds. The post waits for it to come back."),
        "meter": t("The energy meter cannot be read, so the post sells nothing."),
        "contactor": t("The contactor does not switch as it should. It needs hands on the spot."),
        "reader": t("The card reader does not work. The app, and a start from here, do."),
        "car": t("Post and car do not understand each other."),
        "plug": t("The plug is not fully in."),
        "reset": t("The post could not restart itself."),
        "internal": t("The post reports an error inside itself."),
        "signal": t("The post's signal is weak."),
        "stop": t("The emergency stop is pressed. Ask whether anybody is hurt before anything else."),
        "power": t("The post has lost its mains."),
        "cable": t("The cable is cut or torn off. Nobody may touch it."),
    }[name]


def _healthy(facts: Facts, kind: str) -> str:
    outlet, session = facts.outlet, facts.session
    since = hour(outlet.since, facts.zone) if outlet.since is not None else "?"
    if kind == "preparing":
        if refused(outlet) and outlet.refused_at is not None:
            return t(
                "The card was refused at {time}. The car is plugged in and the post is healthy: "
                "it waits for a card that works.",
                time=hour(outlet.refused_at, facts.zone),
            )
        return t(
            "A car is plugged in since {time} and no charge was asked for. It waits for a card or the app.", time=since
        )
    if kind == "charging":
        return _charging(facts)
    if kind == "post_paused":
        return t("The charge runs since {time}, but the post gives no power.", time=since)
    if kind == "car_paused":
        soc = "" if outlet.soc_pct is None else t(" at {soc} %", soc=round(outlet.soc_pct))
        return t(
            "The car takes no power since {time}{soc}: it is full, or waits by its own timer. Nothing is wrong here.",
            time=since,
            soc=soc,
        )
    if kind == "finishing":
        ended = hour(session.ended, facts.zone) if session is not None and session.ended is not None else since
        return t("The charge ended at {time}. The car is still plugged in.", time=ended)
    if kind == "reserved":
        return t("It is reserved since {time}: only the one who reserved it can charge.", time=since)
    if kind == "out_of_use":
        return t("It is switched out of use since {time}.", time=since)
    if kind == "unknown":
        return t("The post is connected, but has not said what this outlet does.")
    return t("Nothing is plugged in and nothing is wrong: it is free.")


def _charging(facts: Facts) -> str:
    outlet = facts.outlet
    begun = outlet.session_since or outlet.since
    taken = length(facts.now - begun.timestamp()) if begun is not None else "?"
    if outlet.power_w is None:
        return t("It charges for {time}; the power is not told.", time=taken)
    if outlet.energy_wh is None:
        return t("It charges for {time}: {power} now.", time=taken, power=kw(outlet.power_w))
    return t(
        "It charges for {time}: {power} now, {energy} so far.",
        time=taken,
        power=kw(outlet.power_w),
        energy=kwh(outlet.energy_wh),
    )


def _tried(facts: Facts) -> str:
    """What was tried in the last hour and had no effect."""
    failed: dict[str, int] = {}
    for operation in facts.operations:
        requested = operation.times.get("requested")
        if requested is None or facts.now - requested.timestamp() > RECENT_S:
            continue
        if operation.state is OperationState.PROVED:
            break
        if operation.state is OperationState.UNPROVED:
            failed[operation.operation] = failed.get(operation.operation, 0) + 1
    if not failed:
        return ""
    name, count = next(iter(failed.items()))
    return tn(
        "One {operation} was accepted and had no effect.",
        "{n} times {operation} was accepted and had no effect.",
        count,
        operation=operation_word(name),
    )


def _others(facts: Facts, kind: str) -> str:
    """What goes on at the station's other outlets, where an action here would touch it."""
    if kind in ("available", "charging", "preparing", "finishing", "car_paused") and facts.alarm is not None:
        return t("An alarm is open here: {text}.", text=alarm_text(facts.alarm))
    if kind not in ("faulted", "deaf", "post_paused", "conflict"):
        return ""
    busy = [outlet for outlet in facts.siblings if outlet.activity is Activity.CHARGING and outlet.link is Link.ONLINE]
    if len(busy) == 1:
        return t("Outlet {n} of the same post is charging.", n=busy[0].evse)
    if busy:
        return tn("{n} other outlet of the post is charging.", "{n} other outlets of the post are charging.", len(busy))
    return ""


def advice(facts: Facts) -> list[Advice]:
    """What may be done next, the gentlest first."""
    outlet = facts.outlet
    kind = state_kind(outlet)
    codes = {*outlet.vendor_error_codes, *outlet.error_codes}
    if kind == "faulted" and codes & {"ConnectorLockFailure", "CX001"}:
        return [
            Advice("unlock", t("unlock while the driver pushes the plug")),
            Advice("reset", _reset_words(facts), hard=True),
            Advice("", t("send a technician")),
        ]
    if kind == "faulted":
        causes = {FAULTS[code] for code in codes if code in FAULTS}
        if causes & {"ground", "contactor", "cable", "stop"}:
            return [
                Advice("availability", t("take it out of use")),
                Advice("", t("send a technician; no reset, no start")),
            ]
        if causes & {"cable_heat"}:
            return [Advice("availability", t("take it out of use, inspect the cable"))]
        if causes & {"reader"}:
            return [Advice("start", t("begin the charge from here, or by the app"))]
        return [
            Advice("reset", t("soft reset")),
            Advice("reset", _reset_words(facts), hard=True),
            Advice("", t("send a technician")),
        ]
    return _advice(facts, kind)


def _advice(facts: Facts, kind: str) -> list[Advice]:
    reset = reset_under_way(facts) if kind == "offline" else None
    if reset is not None and (sent := reset.times.get("sent")) is not None:
        late = hour(sent + timedelta(seconds=reset.deadline_s), facts.zone)
        return [Advice("", t("wait for it; it counts as failed at {time}", time=late))]
    if kind in ("offline", "never_seen"):
        return [
            Advice("", t("ask the host: lights on? breaker? other posts?")),
            Advice("", t("send the driver to another outlet")),
        ]
    if kind == "deaf":
        return [Advice("reset", t("reset; it may not hear it")), Advice("", t("close its connection, it comes back"))]
    if kind == "conflict":
        return [
            Advice("refresh", t("ask the post for its status and meter")),
            Advice("stop", t("stop the charge, if nobody charges")),
        ]
    if kind == "preparing" and refused(facts.outlet):
        return [
            Advice("", t("ask for another card, or the app on the sticker")),
            Advice("start", t("begin the charge from here")),
            Advice("", t("driver unplugs 10 s, plugs in, shows the card again")),
        ]
    if kind == "preparing":
        return [
            Advice("", t("the driver shows a card, or uses the app")),
            Advice("start", t("begin the charge from here")),
        ]
    if kind == "post_paused":
        return [
            Advice("refresh", t("ask the post for its status and meter")),
            Advice("reset", t("soft reset, when nobody else charges")),
        ]
    if kind == "finishing":
        return [Advice("unlock", t("unlock, if the driver cannot pull the plug"))]
    if kind == "out_of_use":
        return [Advice("availability", t("put it back into use"))]
    return []


def _reset_words(facts: Facts) -> str:
    busy = [outlet for outlet in facts.siblings if outlet.activity is Activity.CHARGING and outlet.link is Link.ONLINE]
    if len(busy) == 1:
        return t("hard reset, ends outlet {n}'s charge", n=busy[0].evse)
    if busy:
        return tn("hard reset, ends {n} charge", "hard reset, ends {n} charges", len(busy))
    return t("hard reset")


def since_words(facts: Facts) -> str:
    """`since 14:28, 4m`."""
    since = facts.outlet.since if facts.outlet.link is Link.ONLINE else facts.outlet.link_since or facts.outlet.since
    if since is None:
        return t("since when is not known")
    return t("since {time}, {age}", time=when(since, facts.now, facts.zone), age=age(since, facts.now))
