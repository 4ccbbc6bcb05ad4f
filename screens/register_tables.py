"""The register as tables: what a row of each kind shows, and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple, TypeAlias

from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.resources import (
    AuditResource,
    HandshakeResource,
    OutletResource,
    SecurityResource,
    SiteResource,
    StationResource,
    TokenResource,
)
from backend.model.words import Admission, Link
from backend.text import t, tc
from backend.text.handshakes import handshake_reason
from screens.entry_words import admission_word, audit_result, audit_word, link_word, service_word, token_word
from widgets.figures import age, date, number, when
from widgets.line import Line

Entry: TypeAlias = (
    SiteResource
    | StationResource
    | OutletResource
    | TokenResource
    | HandshakeResource
    | SecurityResource
    | AuditResource
)


class Context(NamedTuple):
    """What drawing a row needs besides the row."""

    mirror: Mirror
    now: Instant
    zone: tzinfo


class Column(NamedTuple):
    """A column: its head, where it begins, where it ends (0: at the right edge), and what it shows."""

    head: Callable[[], str]
    x: int
    end: int
    text: Callable[[Any, Context], str]
    right: bool = False
    style: Callable[[Any], str] = lambda _: "text"
    wide: bool = False
    """Only from 100 cells on."""
    shade: Callable[[Any, Context], str] | None = None
    """The style, where it hangs on the time."""


def site_name(name: str | None, context: Context) -> str:
    """What people call the site."""
    site = context.mirror.sites.get(name or "")
    return site.name if site is not None else (name or "")


def _admission_style(station: StationResource) -> str:
    return {Admission.PENDING: "warn", Admission.BLOCKED: "crit"}.get(station.admission, "text")


def _token_style(token: TokenResource) -> str:
    return "text" if token.status == "Accepted" else "warn"


def _kw(value: float | None) -> str:
    return "" if value is None else number(value / 1_000, 0 if value % 1_000 == 0 else 1)


def _muted(_: object) -> str:
    return "muted"


PENDING: tuple[Column, ...] = (
    Column(lambda: t("station"), 2, 20, lambda s, c: s.id, style=lambda _: "strong"),
    Column(lambda: tc("head", "waits"), 21, 26, lambda s, c: age(s.link_since, c.now), right=True),
    Column(
        lambda: t("maker and model"),
        28,
        50,
        lambda s, c: f"{'' if s.model.startswith(s.vendor) else s.vendor} {s.model}".strip(),
    ),
    Column(lambda: "OCPP", 51, 57, lambda s, c: s.ocpp_version or "?", style=_muted),
    Column(lambda: t("serial"), 58, 68, lambda s, c: s.serial or "–", style=_muted),
    Column(lambda: t("from"), 69, 0, lambda s, c: s.address or "?", style=_muted),
)
QUARANTINE: tuple[Column, ...] = (
    Column(lambda: t("at"), 1, 7, lambda h, c: when(h.at, c.now, c.zone), right=True),
    Column(lambda: t("times"), 8, 14, lambda h, c: number(h.count), right=True),
    Column(lambda: t("who it says it is"), 16, 33, lambda h, c: h.identity or "?", style=lambda _: "strong"),
    Column(lambda: t("from"), 34, 49, lambda h, c: h.address, style=_muted),
    Column(lambda: t("why it was not served"), 50, 0, lambda h, c: handshake_reason(h.reason), style=lambda _: "warn"),
)
SITES: tuple[Column, ...] = (
    Column(lambda: t("site"), 2, 14, lambda s, c: s.id, style=_muted),
    Column(lambda: t("name"), 15, 41, lambda s, c: s.name, style=lambda _: "strong"),
    Column(lambda: t("address"), 42, 62, lambda s, c: ", ".join(p for p in (s.address, s.town) if p)),
    Column(lambda: "kW", 63, 69, lambda s, c: _kw(s.capacity_w), right=True),
    Column(lambda: t("outlets"), 70, 78, lambda s, c: number(s.outlets), right=True),
    Column(lambda: t("owner"), 80, 0, lambda s, c: s.owner or "–", wide=True, style=_muted),
)
STATIONS: tuple[Column, ...] = (
    Column(lambda: t("station"), 2, 16, lambda s, c: s.id, style=lambda _: "strong"),
    Column(lambda: t("let in"), 17, 25, lambda s, c: admission_word(s.admission), style=_admission_style),
    Column(
        lambda: t("link"),
        26,
        37,
        lambda s, c: link_word(s.link),
        style=lambda s: "text" if s.link is Link.ONLINE else "offline",
    ),
    Column(lambda: t("site"), 38, 58, lambda s, c: site_name(s.site, c)),
    Column(lambda: t("model"), 59, 79, lambda s, c: s.model, style=_muted),
    Column(lambda: t("firmware"), 80, 90, lambda s, c: s.firmware, wide=True, style=_muted),
    Column(lambda: "OCPP", 91, 97, lambda s, c: s.pinned_version or s.ocpp_version or "?", wide=True, style=_muted),
    Column(lambda: tc("head", "note"), 98, 0, lambda s, c: s.note, wide=True, style=_muted),
)
OUTLETS: tuple[Column, ...] = (
    Column(lambda: t("outlet"), 2, 16, lambda o, c: o.outlet, style=lambda _: "strong"),
    Column(lambda: t("sticker"), 17, 27, lambda o, c: o.label),
    Column(lambda: t("EVSE-ID"), 28, 45, lambda o, c: o.evse_id, style=_muted),
    Column(lambda: t("site"), 46, 64, lambda o, c: site_name(o.site, c)),
    Column(lambda: "kW", 65, 69, lambda o, c: _kw(o.max_power_w), right=True),
    Column(lambda: t("type"), 70, 79, lambda o, c: o.connector_type, style=_muted),
    Column(lambda: t("service"), 80, 90, lambda o, c: service_word(o.service), wide=True),
    Column(lambda: t("place"), 91, 0, lambda o, c: o.place, wide=True, style=_muted),
)
TOKENS: tuple[Column, ...] = (
    Column(lambda: t("token"), 2, 16, lambda k, c: k.token, style=lambda _: "strong"),
    Column(lambda: t("status"), 17, 29, lambda k, c: token_word(k.status), style=_token_style),
    Column(lambda: t("printed on it"), 30, 46, lambda k, c: k.label or "–"),
    Column(lambda: t("group"), 47, 64, lambda k, c: k.group or "–", style=_muted),
    Column(
        lambda: t("expires"),
        65,
        0,
        lambda k, c: "–" if k.expires is None else date(k.expires, c.now, c.zone),
        style=_muted,
    ),
)
AUDIT: tuple[Column, ...] = (
    Column(lambda: t("at"), 1, 7, lambda a, c: when(a.at, c.now, c.zone), right=True),
    Column(lambda: t("who"), 9, 21, lambda a, c: a.who, style=lambda _: "strong"),
    Column(lambda: t("what"), 22, 44, lambda a, c: audit_word(a.what)),
    Column(lambda: t("to"), 45, 60, lambda a, c: a.target),
    Column(lambda: t("result"), 61, 79, lambda a, c: audit_result(a.result), style=_muted),
    Column(lambda: t("reason"), 80, 0, lambda a, c: a.reason, wide=True, style=_muted),
)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "pending": PENDING,
    "quarantine": QUARANTINE,
    "sites": SITES,
    "stations": STATIONS,
    "outlets": OUTLETS,
    "tokens": TOKENS,
    "audit": AUDIT,
}


def draw_head(width: int, columns: Sequence[Column]) -> Line:
    """The heads of the columns."""
    line = Line(width)
    for column, end in _shown(width, columns):
        if column.right:
            line.right(end, column.head(), "muted", start=column.x)
        else:
            line.put(column.x, column.head(), "muted", end=end)
    return line


def draw_row(width: int, columns: Sequence[Column], entry: Entry, context: Context) -> Line:
    """One entry."""
    line = Line(width)
    for column, end in _shown(width, columns):
        text = column.text(entry, context)
        style = column.style(entry) if column.shade is None else column.shade(entry, context)
        if column.right:
            line.right(end, text, style, start=column.x)
        else:
            line.put(column.x, text, style, end=end)
    return line


def _shown(width: int, columns: Sequence[Column]) -> list[tuple[Column, int]]:
    found = [column for column in columns if not column.wide or width >= 100]
    ends = []
    for at, column in enumerate(found):
        last = at == len(found) - 1
        ends.append((column, width - 1 if last and not column.right else min(width - 1, column.end or width - 1)))
    return ends


def key_of(entry: Entry) -> str:
    """What an entry is known by."""
    if isinstance(entry, OutletResource):
        return entry.outlet
    if isinstance(entry, TokenResource):
        return entry.key or entry.token
    if isinstance(entry, HandshakeResource):
        return f"{entry.address} {entry.identity} {entry.reason}"
    if isinstance(entry, SecurityResource):
        return entry.station
    if isinstance(entry, AuditResource):
        return f"{entry.at.timestamp()} {entry.who} {entry.what} {entry.target}"
    return entry.id


def name_of(entry: Entry) -> str:
    """What people call an entry; a token stays masked."""
    if isinstance(entry, TokenResource):
        return entry.token
    if isinstance(entry, HandshakeResource):
        return entry.identity or entry.address
    if isinstance(entry, AuditResource):
        return f"{audit_word(entry.what)} {entry.target}".strip()
    return key_of(entry)
