"""What stands beside a session's curve: events, offers, phases, meter, readings, the outlet's last sessions."""

from __future__ import annotations

from backend.text import t, tn
from screens import session_story as story
from screens.session_draw import View
from screens.session_story import Told
from screens.session_words import ended_well, flag_sentence, stop_word
from widgets import curve
from widgets.figures import clock, kw, kwh, length, number, when
from widgets.line import Line, Run
from widgets.panes import Preview
from widgets.spark import bar, resample, spark


def preview(width: int, height: int, told: Told, view: View) -> list[Line]:
    """What stands beside the curve: events, offers, phases, meter, readings, the outlet's last sessions."""
    pane = Preview(width)
    events_group(pane, told, view)
    _offers(pane, told)
    _phases(pane, told)
    meter_group(pane, told)
    _readings(pane, told)
    _temperature(pane, told)
    if told.session.flags:
        pane.group(t("odd about it"))
        for flag in told.session.flags[:4]:
            pane.text(f"△ {flag_sentence(flag)}", "warn")
    _before(pane, told, view)
    return pane.fitted(height)


def events_group(pane: Preview, told: Told, view: View) -> None:
    pane.group(t("what happened"))
    for event in story.happened(told)[:14]:
        line = pane.line()
        line.put(2, clock(event.at, view.zone), "muted")
        at = line.put(12, event.what, "text", end=pane.end)
        line.right(pane.end, event.told, event.style, start=at + 1)


def _offers(pane: Preview, told: Told) -> None:
    session, outlet = told.session, told.outlet
    rows: list[tuple[str, float]] = []
    if outlet is not None and outlet.max_power_w:
        rows.append((t("outlet can"), outlet.max_power_w))
    if told.live and session.offered_w is not None:
        rows.append((t("post offers"), session.offered_w))
    if told.live and session.power_w is not None:
        rows.append((t("flows"), session.power_w))
    elif not told.live and session.max_power_w:
        rows.append((t("most that flowed"), session.max_power_w))
    if len(rows) < 2:
        return
    pane.group(t("offered and used, now") if told.live else t("offered and used"))
    most = max(value for _, value in rows)
    for label, value in rows:
        line = pane.line()
        line.put(2, label, "text", end=19)
        line.runs(20, bar(value / most, 20))
        line.right(pane.end, kw(value), "text")


def _phases(pane: Preview, told: Told) -> None:
    amps, volts = told.session.current_a, told.session.voltage_v
    if len(amps) < 2 and len(volts) < 2:
        return
    pane.group(t("phases"), t("ampere, volt"))
    most = max([*amps, 1.0])
    for at in range(max(len(amps), len(volts))):
        line = pane.line()
        line.put(2, f"L{at + 1}", "text")
        if at < len(amps):
            line.runs(20, bar(amps[at] / most, 20))
        figures_: list[Run] = [(f"{number(amps[at], 1)}\N{NO-BREAK SPACE}A" if at < len(amps) else "", "text")]
        figures_.append((f"  {number(volts[at])}\N{NO-BREAK SPACE}V" if at < len(volts) else "", "text"))
        line.right_runs(pane.end, figures_)


def meter_group(pane: Preview, told: Told) -> None:
    session = told.session
    pane.group(t("meter and numbers"))
    pane.pair(t("meter"), story.meter(session))
    pane.pair(t("energy"), kwh(session.measured_wh))
    if told.mean_w is not None:
        pane.pair(t("average"), kw(told.mean_w))
    pane.pair(t("session"), session.id)
    if session.transaction_id and session.transaction_id != session.id:
        pane.pair(t("the post calls it"), session.transaction_id)


def _readings(pane: Preview, told: Told) -> None:
    count = len(told.readings)
    pane.group(t("readings"), number(count))
    every = story.spacing(told.readings)
    if every is None:
        pane.text(t("none came") if not count else t("one alone"))
        return
    holes = len(curve.pieces(story.power(told.readings), curve.usual_gap(story.power(told.readings)))) - 1
    missing = t("none missing") if holes <= 0 else tn("{n} hole", "{n} holes", holes)
    pane.text(t("every {time}, {missing}", time=length(every), missing=missing))


def _temperature(pane: Preview, told: Told) -> None:
    values = [reading.temperature_c for reading in told.readings]
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return
    pane.group(t("temperature"), t("{n} °C now, {most} °C at most", n=number(known[-1]), most=number(max(known))))
    pane.runs(spark(resample(values, pane.end - 2), max(90.0, *known)))


def _before(pane: Preview, told: Told, view: View) -> None:
    if not told.before:
        return
    pane.group(t("before at this outlet"))
    for past in told.before[:6]:
        line = pane.line()
        line.right(8, when(past.started, told.now, view.zone), "muted", start=2)
        line.right(17, length(past.duration_s), "text")
        line.right(27, kwh(past.measured_wh), "text")
        style = "text" if ended_well(past.stop_reason) else "warn"
        line.put(29, stop_word(past.stop_reason), style, end=43)
        line.right(pane.end, past.id_token or "", "muted", start=43)
