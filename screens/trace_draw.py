"""How exchanges are drawn: a row, the strip below the list, the preview beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from backend.model.clock import Instant
from backend.model.resources import FrameResource
from backend.text import t, tn
from backend.text.alarms import alarm_text, first_action
from screens.payload import broken, flat, frame_lines
from screens.trace_pairs import ERROR, Exchange, decoded, payload
from screens.trace_says import answer, says
from widgets.figures import clock, local, number
from widgets.line import Line, Run, wrap
from widgets.panes import Preview
from widgets.spark import resample, spark

FOLDED = 10
"""Lines of one frame, while it is folded."""
WIDE = 100
_OWN = frozenset({"MeterValues", "Heartbeat"})


def head(width: int) -> Line:
    """The heads of the columns."""
    line = Line(width)
    line.put(1, t("at"), "muted")
    if width >= WIDE:
        line.put(16, t("call"), "muted")
        line.put(37, t("says"), "muted")
        line.put(71, t("answer"), "muted")
    else:
        line.put(12, t("call"), "muted")
        line.put(32, t("says"), "muted")
        line.put(63, t("answer"), "muted")
    line.right(width - 1, "ms", "muted")
    return line


def row(width: int, exchange: Exchange, now: Instant, zone: tzinfo) -> Line:
    """One exchange."""
    line = Line(width)
    wide = width >= WIDE
    x_call, x_says, x_answer = (16, 37, 71) if wide else (12, 32, 63)
    quiet = exchange.action in _OWN and not exchange.deviations
    at = local(exchange.first.received, zone)
    time = at.strftime("%H:%M:%S") + (f".{at.microsecond // 1000:03d}" if wide else "")
    line.put(1, time, "muted" if quiet else "text")
    line.put(x_call - 2, "←" if exchange.ours else "→", "text" if exchange.ours else "muted")
    style = "strong" if exchange.ours else ("muted" if quiet else "text")
    line.put(x_call, exchange.action or t("not a call"), style, end=x_says - 2)
    if exchange.deviations:
        line.put(x_says - 2, "≠", "warn")
    said, told = says(exchange), answer(exchange, now)
    line.put(x_says, said.text, said.style, end=x_answer - 1)
    end = width - 5 if not wide else width - 6
    line.put(x_answer, told.sign, told.sign_style)
    line.put(x_answer + 2, told.text, told.style, end=end)
    line.right(width - 1, latency(exchange), "muted", start=end)
    return line


def latency(exchange: Exchange) -> str:
    """Milliseconds to the answer; `–` when none came."""
    if exchange.answer is None:
        return "–" if exchange.waits else ""
    if exchange.answer.latency_ms is not None:
        return number(exchange.answer.latency_ms)
    if exchange.call is None:
        return ""
    return number(round((exchange.answer.received - exchange.call.received).total_seconds() * 1_000))


def strip(
    width: int, height: int, exchange: Exchange, then: Exchange | None, zone: tzinfo, *, unfolded: bool
) -> list[Line]:
    """The frames of an exchange below the list: text as it went over the wire."""
    top = Line(width)
    top.fill(0, width, "─", "rule")
    first = exchange.first
    name = f" {exchange.action or t('frame')} {clock(first.received, zone)} "
    who = (
        t("{who}, id {id}", who=first.requested_by, id=_short(first.message_id))
        if first.requested_by
        else _short_id(first)
    )
    end = top.right(width - 2, f" {who} ", "muted", start=width // 2)
    top.put(2, name, "strong", end=end - 1)
    lines = [top]
    for label, style, frame in _frames(exchange, then):
        lines += _labelled(width, label, style, frame, unfolded=unfolded)
    lines += _remarks(width, exchange)
    return [*lines, *(Line(width) for _ in range(max(0, height - len(lines))))][:height]


def _short(id_: str) -> str:
    return id_ if len(id_) <= 12 else f"{id_[:4]}…{id_[-2:]}"


def _short_id(frame: FrameResource) -> str:
    return t("id {id}", id=_short(frame.message_id)) if frame.message_id else t("no id")


def _frames(exchange: Exchange, then: Exchange | None) -> list[tuple[str, str, FrameResource]]:
    found: list[tuple[str, str, FrameResource]] = []
    if exchange.call is not None:
        found.append((t("← we said") if exchange.ours else t("→ post said"), "muted", exchange.call))
    if exchange.answer is not None:
        arrow = "→" if exchange.ours else "←"
        found.append(
            (f"{arrow} {latency(exchange)} ms" if exchange.call is not None else arrow, "muted", exchange.answer)
        )
    if then is not None and then.call is not None:
        later = (then.call.received - exchange.first.received).total_seconds()
        found.append((t("→ {n} s on", n=number(later, 1)), "warn", then.call))
    return found


def _labelled(width: int, label: str, style: str, frame: FrameResource, *, unfolded: bool) -> list[Line]:
    whole = decoded(frame)
    room = width - 15
    if whole is None:
        rows: list[list[Run]] = [[(text, "text")] for text in wrap(frame.frame, room, None if unfolded else 2)]
    elif unfolded:
        rows = frame_lines(whole, room)
    else:
        rows = _folded(broken(flat(whole), room), 3)
    lines = []
    for at, runs in enumerate(rows):
        line = Line(width)
        if at == 0:
            line.put(1, label, style, end=13)
        line.runs(14, runs, end=width - 1)
        lines.append(line)
    return lines


def _folded(rows: list[list[Run]], most: int) -> list[list[Run]]:
    """The first rows; where there are more, the last of them ends in `…`."""
    return rows if len(rows) <= most else [*rows[: most - 1], [*rows[most - 1], ("…", "muted")]]


def _remarks(width: int, exchange: Exchange) -> list[Line]:
    lines = []
    means = meaning(exchange)
    if means:
        line = Line(width)
        line.put(1, t("means"), "muted")
        line.put(14, f"{means[0]}: {means[1]}" if means[1] else means[0], "text", end=width - 1)
        lines.append(line)
    for remark in exchange.deviations[:3]:
        line = Line(width)
        line.put(1, t("≠ odd"), "warn")
        line.put(14, remark, "text", end=width - 1)
        lines.append(line)
    return lines


def meaning(exchange: Exchange) -> tuple[str, str] | None:
    """What a reported fault is, and what to do first."""
    held = payload(exchange.call)
    if exchange.action != "StatusNotification" or not isinstance(held, dict):
        return None
    code, vendor = held.get("errorCode"), held.get("vendorErrorCode")
    if not isinstance(code, str) or code == "NoError":
        return None
    values = {"vendor_code": vendor} if isinstance(vendor, str) and vendor else {}
    return alarm_text("fault", code, values), first_action("fault", code)


def preview(
    height: int,
    width: int,
    exchange: Exchange | None,
    then: Exchange | None,
    others: Sequence[Exchange],
    zone: tzinfo,
    *,
    unfolded: bool,
) -> list[Line]:
    """The frames of an exchange beside the list, as a person reads them."""
    pane = Preview(width)
    if exchange is None:
        return pane.fitted(height)
    first = exchange.first
    time = clock(first.received, zone)
    pane.runs([(exchange.action or t("not a call"), "strong"), ("  " + says(exchange).text, "text")], [(time, "muted")])
    pane.runs([(t("by {who}", who=first.requested_by) if first.requested_by else _short_id(first), "muted")])
    _pane_frame(pane, exchange.call, t("← we said") if exchange.ours else t("→ the post said"), unfolded)
    if exchange.answer is not None:
        label = t("→ it answered") if exchange.ours else t("← we answered")
        _pane_frame(
            pane, exchange.answer, label, unfolded, f"{latency(exchange)} ms" if exchange.call is not None else ""
        )
    elif exchange.waits:
        pane.group(t("→ no answer") if exchange.ours else t("← not answered"))
    if then is not None and then.call is not None:
        later = (then.call.received - first.received).total_seconds()
        _pane_frame(pane, then.call, t("→ and {n} s later", n=number(later, 1)), unfolded)
    means = meaning(exchange) or (meaning(then) if then is not None else None)
    if means:
        pane.group(t("what it means"))
        pane.text(means[0])
        pane.text(t("first: {action}", action=means[1]) if means[1] else "", "text")
    pane.group(t("checked against the standard"))
    for remark in exchange.deviations[:6]:
        pane.text(f"≠ {remark}", "warn")
    if not exchange.deviations:
        bad = exchange.answer is not None and exchange.answer.kind == ERROR
        pane.runs(
            [("✖ ", "crit"), (t("answered with an error"), "text")]
            if bad
            else [("✓ ", "ok"), (t("nothing to remark"), "text")]
        )
    _times(pane, others, ours=exchange.ours)
    return pane.fitted(height)


def _pane_frame(pane: Preview, frame: FrameResource | None, label: str, unfolded: bool, right: str = "") -> None:
    if frame is None:
        return
    size = tn("{n} byte", "{n} bytes", len(frame.frame.encode()))
    pane.group(label, right or size)
    whole = decoded(frame)
    if whole is None:
        pane.text(frame.frame, "text", most=None if unfolded else FOLDED)
        return
    rows = frame_lines(whole, pane.end - pane.x)
    shown = rows if unfolded else rows[:FOLDED]
    for runs in shown:
        pane.runs(runs)
    if len(shown) < len(rows):
        pane.runs([(t("… {n} more lines, enter unfolds", n=number(len(rows) - len(shown))), "muted")])


def _times(pane: Preview, others: Sequence[Exchange], *, ours: bool) -> None:
    same = [x for x in others if x.ours is ours and x.call is not None]
    known = [value for x in same if (value := _ms(x)) is not None]
    if len(known) < 3:
        return
    pane.group(t("its answer times, as listed") if ours else t("our answer times, as listed"))
    pane.runs(spark(resample([_ms(x) for x in same], pane.end - pane.x), max(known)))
    ranked = sorted(known)
    none = sum(x.waits for x in same)
    runs: list[Run] = [
        (t("median") + " ", "muted"),
        (f"{number(ranked[len(ranked) // 2])} ms", "text"),
        ("   " + t("p95") + " ", "muted"),
        (f"{number(ranked[min(len(ranked) - 1, len(ranked) * 95 // 100)])} ms", "text"),
        ("   " + t("no answer") + " ", "muted"),
        (number(none), "crit" if none else "text"),
    ]
    pane.runs(runs)


def _ms(exchange: Exchange) -> float | None:
    if exchange.answer is None or exchange.call is None:
        return None
    if exchange.answer.latency_ms is not None:
        return float(exchange.answer.latency_ms)
    return (exchange.answer.received - exchange.call.received).total_seconds() * 1_000
