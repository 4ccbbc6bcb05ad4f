"""Arithmetic of half-open intervals [start, end): of the stretches of one outlet, and of plain spans of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from backend.model.clock import Instant
from backend.model.interval import Interval, Minutes

Span: TypeAlias = tuple[Instant, Instant]

_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            Minutes.NOT_COMMISSIONED,
            Minutes.PLANNED,
            Minutes.FAULTED,
            Minutes.UNAVAILABLE,
            Minutes.DELIVERING,
            Minutes.OFFLINE,
            Minutes.GAP,
            Minutes.UP,
        )
    )
}
"""Where two overlap, the first of these wins: what was agreed, then what the station said, then what we missed."""


def union(spans: Iterable[Span]) -> list[Span]:
    """The spans merged, ascending; empty ones vanish, those that touch become one."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def length(spans: Iterable[Span]) -> float:
    """Seconds that the spans cover, each second once."""
    return sum(end - start for start, end in union(spans))


def overlap(spans: Iterable[Span], start: Instant, end: Instant) -> list[Span]:
    """The parts of the spans within [start, end)."""
    clipped = ((max(begin, start), min(finish, end)) for begin, finish in spans)
    return [span for span in clipped if span[1] > span[0]]


def clip(intervals: Iterable[Interval], start: Instant, end: Instant) -> list[Interval]:
    """The parts of an outlet's intervals within [start, end), in their order; one that still lasts ends at `end`."""
    found = []
    for interval in intervals:
        begin = max(interval.start, start)
        finish = end if interval.end is None or interval.end > end else interval.end
        if finish <= begin:
            continue
        if begin != interval.start or finish != interval.end:
            interval = replace(interval, start=begin, end=finish)
        found.append(interval)
    return found


def cut(intervals: Iterable[Interval], start: Instant, end: Instant) -> list[Interval]:
    """What is left of closed intervals outside [start, end), ascending if they were."""
    left = []
    for interval in intervals:
        finish = _end(interval)
        if finish <= start or interval.start >= end:
            left.append(interval)
            continue
        if interval.start < start:
            left.append(replace(interval, end=start))
        if finish > end:
            left.append(replace(interval, start=end))
    return left


def paint(intervals: Iterable[Interval], piece: Interval) -> list[Interval]:
    """Closed intervals with `piece` laid over them, ascending."""
    finish = _end(piece)
    if finish <= piece.start:
        return list(intervals)
    return sorted([*cut(intervals, piece.start, finish), piece], key=_start)


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Closed, ascending, disjoint intervals of one outlet with equal neighbours made one."""
    merged: list[Interval] = []
    for interval in intervals:
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.end == interval.start
            and last.kind is interval.kind
            and last.detail == interval.detail
        ):
            merged[-1] = replace(last, end=interval.end)
        else:
            merged.append(interval)
    return merged


def flatten(intervals: Sequence[Interval]) -> Sequence[Interval]:
    """Closed intervals of one outlet, ascending and without overlap: every second counts once, as the worst that was
    known of it. What is so already is given back as it is."""
    if _is_flat(intervals):
        return intervals
    flat: list[Interval] = []
    for interval in sorted(intervals, key=lambda one: -_RANK[one.kind]):
        flat = paint(flat, interval)
    return merge(flat)


def _is_flat(intervals: Sequence[Interval]) -> bool:
    reached = float("-inf")
    for interval in intervals:
        if interval.start < reached:
            return False
        reached = _end(interval)
    return True


def _end(interval: Interval) -> Instant:
    return float("inf") if interval.end is None else interval.end


def _start(interval: Interval) -> Instant:
    return interval.start
