"""What a session tells: the sentence that explains it, what happened when, how its curve went.

Everything here is read off the session, its readings, and the outlet; what they do not tell is not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.resources import (
    OperationResource,
    OutletResource,
    ReadingResource,
    SessionResource,
    SiteResource,
    StationResource,
)
from backend.model.words import Activity, Link, OperationState, SessionState
from backend.text import t
from backend.text.alarms import fault_word
from screens.operation_words import name_of, outcome
from screens.session_words import ended_well, flag_sentence, stop_sentence, stop_word
from widgets.curve import Point, usual_gap
from widgets.figures import kw, kwh, length, number, percent

FULL_SHARE = 0.9
"""A car that takes less than this share of the offer sets the pace itself."""
PACE_S = 600.0
"""The stretch at the end of the curve from which the pace is taken."""
STALE_S = 300.0
"""A live session without a reading for so long: what flows now is not known."""
BEGAN_S = 180.0
"""So long a charge may take to begin."""
FLOWS_W = 100.0
"""Less than that is no charging."""


class Told(Struct, kw_only=True):
    """All that is known about one session."""

    session: SessionResource
    now: Instant
    outlet: OutletResource | None = None
    station: StationResource | None = None
    site: SiteResource | None = None
    readings: list[ReadingResource] = field(default_factory=list)
    operations: list[OperationResource] = field(default_factory=list)
    """What was done to this outlet while it ran."""
    before: list[SessionResource] = field(default_factory=list)
    """Earlier sessions of this outlet, newest first."""

    @property
    def live(self) -> bool:
        return self.session.state is SessionState.ACTIVE

    @property
    def start(self) -> Instant:
        return self.session.started.timestamp()

    @property
    def end(self) -> Instant:
        """When it ended; of a live one: now."""
        return self.now if self.session.ended is None else self.session.ended.timestamp()

    @property
    def lasted_s(self) -> float:
        return max(0.0, self.end - self.start)

    @property
    def mean_w(self) -> float | None:
        """Mean power over its whole length; None while it is too short to tell."""
        return None if self.lasted_s < 60 else self.session.energy_wh * 3_600 / self.lasted_s


class Happened(NamedTuple):
    """One thing that happened, for the list of events."""

    at: Instant
    what: str
    told: str = ""
    style: str = "muted"


def about(watts: float) -> str:
    """kW as a sentence needs them: whole from 20 on."""
    kilowatts = watts / 1_000
    return number(kilowatts, 0 if kilowatts >= 20 or kilowatts == round(kilowatts) else 1)


def _about(watts: float) -> str:
    return f"{about(watts)}\N{NO-BREAK SPACE}kW"


def power(readings: Sequence[ReadingResource]) -> list[Point]:
    """Power in kW."""
    return [Point(r.at.timestamp(), None if r.power_w is None else r.power_w / 1_000) for r in readings]


def offered(readings: Sequence[ReadingResource]) -> list[Point]:
    """Power offered, in kW."""
    return [Point(r.at.timestamp(), r.offered_w / 1_000) for r in readings if r.offered_w is not None]


def battery(readings: Sequence[ReadingResource]) -> list[Point]:
    """State of charge in %; readings without it are left out."""
    return [Point(r.at.timestamp(), r.soc_pct) for r in readings if r.soc_pct is not None]


def energy(told: Told) -> list[Point]:
    """Energy since the start in kWh."""
    first = told.session.meter_start_wh
    known = [r for r in told.readings if r.energy_wh is not None]
    if first is None and known:
        first = known[0].energy_wh
    base = first or 0
    return [Point(r.at.timestamp(), max(0.0, ((r.energy_wh or 0) - base) / 1_000)) for r in known]


def from_energy(points: Sequence[Point]) -> list[Point]:
    """Power in kW from an energy curve in kWh, where no power was measured: the mean between two readings."""
    found: list[Point] = []
    for before, after in pairwise(points):
        hours = (after.at - before.at) / 3_600
        if before.value is not None and after.value is not None and hours > 0:
            mean = max(0.0, after.value - before.value) / hours
            found += [Point(before.at + 1, mean), Point(after.at, mean)]
    return found


def sentence(told: Told, clock: str) -> tuple[list[str], str]:
    """The sentence of the page, a second one that puts it into figures, and its colour.

    `clock` is the time at which it ended.
    """
    if not told.live:
        good = ended_well(told.session.stop_reason)
        hue = "energy" if good and not told.session.flags else "warn"
        return [stop_sentence(told.session.stop_reason, clock), *_odd(told), _summary(told)][:3], hue
    first, hue = _live(told)
    return [first, _second(told)], hue


def _odd(told: Told) -> list[str]:
    return [flag_sentence(told.session.flags[0])] if told.session.flags else []


def _live(told: Told) -> tuple[str, str]:
    session, outlet = told.session, told.outlet
    if outlet is not None and outlet.link is not Link.ONLINE:
        return t("The post is silent: what stands here is what it said last."), "offline"
    if outlet is not None and outlet.activity is Activity.FAULTED:
        code = ", ".join(map(fault_word, outlet.error_codes)) or outlet.state
        return t("The outlet reports a fault while the charge is open: {code}.", code=code), "crit"
    activity = None if outlet is None else outlet.activity
    if activity is Activity.SUSPENDED_EVSE or session.charging_state == "SuspendedEVSE":
        return t("The post pauses: it gives the car no power now."), "warn"
    if activity is Activity.SUSPENDED_EV or session.charging_state == "SuspendedEV":
        return t("The car pauses: it takes no power, though it could."), "energy"
    if session.sampled is None:
        return t("It began, and no reading has come yet."), "energy"
    silent = told.now - session.sampled.timestamp()
    if silent > max(STALE_S, usual_gap(power(told.readings))):
        return t("No reading for {time}: what flows now is not known.", time=length(silent)), "warn"
    return _pace(told), "energy"


def _pace(told: Told) -> str:
    session = told.session
    if session.power_w is None:
        return t("It charges; how much power flows was not said.")
    if session.power_w < FLOWS_W and told.lasted_s < BEGAN_S:
        return t("It began {time} ago, and no power flows yet.", time=length(told.lasted_s))
    if session.power_w < FLOWS_W:
        return t("No power flows now, and neither the car nor the post says that it pauses.")
    flows, offer = _about(session.power_w), session.offered_w
    if offer is None and told.outlet is not None and told.outlet.max_power_w:
        return t(
            "It charges with {power}; the outlet can give {most}.", power=flows, most=_about(told.outlet.max_power_w)
        )
    if offer is None or offer <= 0:
        return t("It charges with {power}.", power=flows)
    if session.power_w < FULL_SHARE * offer:
        return t("The car sets the pace: it takes {power}, the post offers {offer}.", power=flows, offer=_about(offer))
    return t("The post sets the pace: it offers {offer}, and the car takes all of it.", offer=_about(offer))


def _second(told: Told) -> str:
    if told.session.flags:
        return flag_sentence(told.session.flags[0])
    soc = told.session.soc_pct
    if soc is None:
        return _summary(told)
    text = t("The battery is at {soc}.", soc=percent(soc, 0))
    ahead = forecast(told)
    if ahead:
        steps = ", ".join(t("{soc} in {time}", soc=percent(goal, 0), time=length(s)) for goal, s in ahead)
        text += " " + t("At this pace: {steps}.", steps=steps)
    return text


def _summary(told: Told) -> str:
    mean = told.mean_w
    text = t("{energy} in {time}", energy=kwh(told.session.energy_wh), time=length(told.lasted_s))
    if mean is not None:
        text += ", " + t("{power} on average", power=kw(mean))
    if told.session.max_power_w:
        text += ", " + t("{power} at most", power=kw(told.session.max_power_w))
    return text + "."


def forecast(told: Told) -> list[tuple[float, float]]:
    """The next round states of charge and the seconds until then, at the pace of the last minutes."""
    curve = [point for point in battery(told.readings) if point.value is not None]
    if len(curve) < 3 or not told.live:
        return []
    last = curve[-1]
    since = next((point for point in curve if point.at >= last.at - PACE_S), last)
    now_pct, then_pct = last.value or 0.0, since.value or 0.0
    if last.at - since.at < 120 or now_pct <= then_pct:
        return []
    rate = (now_pct - then_pct) / (last.at - since.at)
    goals = [goal for goal in (80.0, 90.0, 100.0) if goal > now_pct]
    found = [(goal, (goal - now_pct) / rate - (told.now - last.at)) for goal in goals]
    return [(goal, seconds) for goal, seconds in found if 0 < seconds < 12 * 3_600][:2]


def happened(told: Told) -> list[Happened]:
    """What happened from its start to its end, in order."""
    session = told.session
    events = [Happened(told.start, t("charge began"), _trigger(session.start_trigger))]
    events += _curve_events(told)
    events += [_done(o) for o in told.operations]
    last = told.readings[-1] if told.readings else None
    if session.ended is not None:
        good = ended_well(session.stop_reason)
        style = "ok" if good else "warn"
        events.append(Happened(told.end, t("charge ended"), stop_word(session.stop_reason), style))
    elif last is not None:
        events.append(
            Happened(last.at.timestamp(), t("last reading"), "" if last.power_w is None else kw(last.power_w))
        )
    return sorted(events, key=lambda event: event.at)


def _trigger(trigger: str) -> str:
    return {
        "Authorized": t("card accepted"),
        "CablePluggedIn": t("plugged in"),
        "RemoteStart": t("started remotely"),
        "ChargingStateChanged": t("car ready"),
        "EVDetected": t("car seen"),
    }.get(trigger, trigger)


def _curve_events(told: Told) -> list[Happened]:
    curve = [(point.at, point.value) for point in power(told.readings) if point.value is not None]
    events: list[Happened] = []
    if not curve:
        return events
    first = next((at for at, value in curve if value * 1_000 >= FLOWS_W), None)
    if first is not None and first - told.start >= 5:
        events.append(Happened(first, t("first power"), t("{time} after start", time=length(first - told.start))))
    top_at, top = max(curve, key=lambda point: point[1])
    if top * 1_000 >= FLOWS_W:
        events.append(Happened(top_at, t("most power"), kw(top * 1_000)))
        after = [(at, value) for at, value in curve if at > top_at]
        eased = next((at for at, value in after if FLOWS_W / 1_000 < value < 0.85 * top), None)
        half = next((at for at, value in after if FLOWS_W / 1_000 < value < 0.5 * top), None)
        if eased is not None and eased != half:
            events.append(Happened(eased, t("car eases off"), _soc_at(told, eased)))
        if half is not None:
            events.append(Happened(half, t("half power"), _soc_at(told, half)))
    return [*events, *_pauses(curve), *_holes(told)]


def _pauses(curve: Sequence[tuple[float, float]]) -> list[Happened]:
    """Stretches of at least three readings without power, between two with it; the longest three."""
    found: list[tuple[float, float]] = []
    since: float | None = None
    count = 0
    flowed = False
    for at, value in curve:
        if value * 1_000 >= FLOWS_W:
            if flowed and since is not None and count >= 3:
                found.append((since, at))
            flowed, since, count = True, None, 0
        else:
            since = at if since is None else since
            count += 1
    longest = sorted(found, key=lambda stretch: stretch[0] - stretch[1])[:3]
    return [Happened(start, t("no power"), length(end - start), "warn") for start, end in longest]


def _holes(told: Told) -> list[Happened]:
    points = power(told.readings)
    usual = usual_gap(points)
    pairs = pairwise(points)
    holes = [(before.at, after.at - before.at) for before, after in pairs if after.at - before.at > usual]
    longest = sorted(holes, key=lambda hole: -hole[1])[:3]
    return [Happened(at, t("no readings"), length(seconds), "offline") for at, seconds in longest]


def _soc_at(told: Told, at: Instant) -> str:
    soc = next((r.soc_pct for r in told.readings if r.at.timestamp() >= at and r.soc_pct is not None), None)
    return "" if soc is None else t("SoC {soc}", soc=percent(soc, 0))


def _done(operation: OperationResource) -> Happened:
    result = outcome(operation)
    return Happened(_instant(operation.times.get("requested")), name_of(operation), result.words, result.style)


def _instant(at: datetime | None) -> Instant:
    return 0.0 if at is None else at.timestamp()


def during(operation: OperationResource, told: Told) -> bool:
    """Whether an operation belongs into the story of a session."""
    at = operation.times.get("requested")
    if at is None or operation.state is OperationState.OFFLINE:
        return False
    mine = operation.session == told.session.id or operation.outlet == told.session.outlet
    whole = operation.outlet is None and operation.station == told.session.station
    return (mine or whole) and told.start - 120 <= at.timestamp() <= told.end + 300


def spacing(readings: Sequence[ReadingResource]) -> float | None:
    """The usual distance between two readings in seconds."""
    points = [r.at.timestamp() for r in readings]
    distances = sorted(after - before for before, after in pairwise(points))
    return distances[len(distances) // 2] if distances else None


def meter(session: SessionResource) -> str:
    """`183 402.1 → 183 450.4 kWh`, as far as it was said."""
    if session.meter_start_wh is None and session.meter_stop_wh is None:
        return "–"
    first = "?" if session.meter_start_wh is None else number(session.meter_start_wh / 1_000, 1)
    stop = session.meter_stop_wh
    if stop is None and session.meter_start_wh is not None:
        stop = session.meter_start_wh + session.energy_wh
    return f"{first} → {kwh_long(stop)}"


def kwh_long(value_wh: int | None) -> str:
    """A meter's stand: with its tenths, however long."""
    return "?" if value_wh is None else f"{number(value_wh / 1_000, 1)}\N{NO-BREAK SPACE}kWh"
