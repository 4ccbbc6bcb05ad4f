"""How stations prove who they are, as a table: who is on what, and what ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from backend.model.clock import Instant
from backend.model.resources import SecurityResource
from backend.text import t
from screens.entry_words import link_word
from screens.register_tables import Column, Context
from widgets.figures import NBSP, age, date, number

_NEVER = datetime.max.replace(tzinfo=UTC)
DAY_S = 86_400.0
SOON_S, NEXT_S = 30 * DAY_S, 3 * DAY_S
"""A certificate that ends within that is worth a look, and is urgent."""


def trouble_first(rows: Iterable[SecurityResource], now: Instant) -> list[SecurityResource]:
    """What somebody should look at, then by what ends first, then by id."""
    return sorted(rows, key=lambda row: (not in_trouble(row, now), row.certificate_until or _NEVER, row.station))


def in_trouble(row: SecurityResource, now: Instant) -> bool:
    """Whether somebody should look at it."""
    return below(row) or row.next_key or row.certificate_revoked is not None or left_s(row, now) < SOON_S


def below(row: SecurityResource) -> bool:
    """Whether it is on less than is asked of it."""
    return row.link.value != "never_seen" and row.security_profile < row.least_profile


def left_s(row: SecurityResource, now: Instant) -> float:
    """How long its certificate still lasts; less than 0: it has ended."""
    return float("inf") if row.certificate_until is None else row.certificate_until.timestamp() - now


def key_words(row: SecurityResource) -> str:
    """`–`, `on record`, how it was shown, or that it is being changed."""
    if row.next_key:
        return t("changing")
    if not row.has_key:
        return "–"
    return row.key_form or t("on record")


def until_words(row: SecurityResource, context: Context) -> str:
    """`6 Nov`; with a sign and the days that are left when it ends soon."""
    if row.certificate_revoked is not None:
        return "✖ " + t("revoked")
    if row.certificate_until is None:
        return "–"
    left, day = left_s(row, context.now), date(row.certificate_until, context.now, context.zone)
    if left < 0:
        return "✖ " + t("ended {date}", date=day)
    return f"▲ {day}, {number(int(left // DAY_S))}{NBSP}d" if left < SOON_S else day


def until_style(row: SecurityResource, context: Context) -> str:
    """The colours of the alarms: soon, urgent, over."""
    left = left_s(row, context.now)
    if row.certificate_revoked is not None or left < 0:
        return "crit"
    if left < NEXT_S:
        return "high"
    return "warn" if left < SOON_S else "text"


def _profile(row: SecurityResource, context: Context) -> str:
    return f"▲ {row.security_profile} < {row.least_profile}" if below(row) else str(row.security_profile)


SECURITY: tuple[Column, ...] = (
    Column(lambda: t("station"), 2, 18, lambda s, c: s.station, style=lambda _: "strong"),
    Column(lambda: t("link"), 19, 30, lambda s, c: link_word(s.link), style=lambda _: "muted"),
    Column(lambda: t("profile"), 31, 39, _profile, style=lambda s: "crit" if below(s) else "text"),
    Column(lambda: t("key"), 40, 50, lambda s, c: key_words(s), style=lambda s: "warn" if s.next_key else "text"),
    Column(lambda: t("set"), 51, 57, lambda s, c: "" if s.key_set is None else age(s.key_set, c.now), right=True),
    Column(lambda: t("certificate until"), 60, 79, until_words, shade=until_style),
    Column(lambda: t("serial"), 80, 0, lambda s, c: s.certificate, style=lambda _: "muted", wide=True),
)
