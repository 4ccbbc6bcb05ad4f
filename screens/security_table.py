"""How stations prove who they are, as a table: who is on what, and what ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from backend.model.resources import SecurityResource
from backend.text import t
from screens.register_tables import Column, Context, link_word
from widgets.figures import age, date

_NEVER = datetime.max.replace(tzinfo=UTC)


def trouble_first(rows: Iterable[SecurityResource]) -> list[SecurityResource]:
    """What somebody should look at, then by what ends first, then by id."""
    return sorted(rows, key=lambda row: (not in_trouble(row), row.certificate_until or _NEVER, row.station))


def in_trouble(row: SecurityResource) -> bool:
    """Whether somebody should look at it."""
    known = row.link.value != "never_seen"
    return (known and row.security_profile < row.least_profile) or row.next_key or row.certificate_revoked is not None


def key_words(row: SecurityResource) -> str:
    """`–`, `on record`, how it was shown, or that it is being changed."""
    if row.next_key:
        return t("changing")
    if not row.has_key:
        return "–"
    return row.key_form or t("on record")


def _profile(row: SecurityResource, context: Context) -> str:
    below = row.security_profile < row.least_profile
    return f"{row.security_profile} < {row.least_profile}" if below else str(row.security_profile)


def _until(row: SecurityResource, context: Context) -> str:
    if row.certificate_revoked is not None:
        return t("revoked")
    return "–" if row.certificate_until is None else date(row.certificate_until, context.now, context.zone)


SECURITY: tuple[Column, ...] = (
    Column(lambda: t("station"), 2, 18, lambda s, c: s.station, style=lambda _: "strong"),
    Column(lambda: t("link"), 19, 30, lambda s, c: link_word(s.link), style=lambda _: "muted"),
    Column(lambda: t("profile"), 31, 39, _profile, style=lambda s: "crit" if in_trouble(s) else "text"),
    Column(lambda: t("key"), 40, 52, lambda s, c: key_words(s)),
    Column(lambda: t("set"), 53, 59, lambda s, c: "" if s.key_set is None else age(s.key_set, c.now), right=True),
    Column(
        lambda: t("certificate until"),
        62,
        0,
        _until,
        style=lambda s: "crit" if s.certificate_revoked is not None else "text",
    ),
)
