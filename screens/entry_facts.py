"""Everything an entry holds, beside the list on wide screens: in words, with units, ages and the sites' time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from backend.model.resources import (
    AuditResource,
    HandshakeResource,
    OutletResource,
    SecurityResource,
    SiteResource,
    StationResource,
    TokenResource,
)
from backend.text import t
from backend.text.handshakes import handshake_reason
from screens.entry_words import (
    admission_word,
    audit_result,
    audit_word,
    link_word,
    service_word,
    token_word,
)
from screens.register_tables import Context, Entry, site_name
from screens.security_table import key_words, until_words
from widgets.figures import age, ago, date, hour, kw, number

Fact: TypeAlias = tuple[Callable[[], str], Callable[[Any, Context], str]]


def facts_of(entry: Entry, context: Context) -> list[tuple[str, str]]:
    """What is known of an entry: label and value, without those that have none."""
    found = ((label(), value(entry, context)) for label, value in _FACTS[type(entry)])
    return [(label, value) for label, value in found if value]


def _moment(at: datetime | None, context: Context) -> str:
    if at is None:
        return ""
    return f"{date(at, context.now, context.zone)} {hour(at, context.zone)}"


def _kw(watts: float | None) -> str:
    return "" if watts is None else kw(watts)


def _link(station: StationResource, context: Context) -> str:
    since = "" if station.link_since is None else f" {age(station.link_since, context.now)}"
    return f"{link_word(station.link)}{since}"


def _day(at: datetime | None, context: Context) -> str:
    return "" if at is None else date(at, context.now, context.zone)


_FACTS: dict[type, tuple[Fact, ...]] = {
    SiteResource: (
        (lambda: t("site"), lambda s, _: s.id),
        (lambda: t("name"), lambda s, _: s.name),
        (lambda: t("address"), lambda s, _: s.address),
        (lambda: t("town"), lambda s, _: s.town),
        (lambda: t("owner"), lambda s, _: s.owner),
        (lambda: t("capacity"), lambda s, _: _kw(s.capacity_w)),
        (lambda: t("power now"), lambda s, _: _kw(s.power_w)),
        (lambda: t("stations"), lambda s, _: number(s.stations)),
        (lambda: t("outlets"), lambda s, _: number(s.outlets)),
        (lambda: t("time zone"), lambda s, _: s.time_zone),
    ),
    StationResource: (
        (lambda: t("station"), lambda s, _: s.id),
        (lambda: t("site"), lambda s, c: site_name(s.site, c)),
        (lambda: t("let in"), lambda s, _: admission_word(s.admission)),
        (
            lambda: t("link"),
            lambda s, c: f"{link_word(s.link)} {'' if s.link_since is None else age(s.link_since, c.now)}".strip(),
        ),
        (lambda: t("heard"), lambda s, c: "" if s.last_heard is None else ago(s.last_heard, c.now)),
        (lambda: t("from"), lambda s, _: s.address),
        (lambda: t("maker"), lambda s, _: s.vendor),
        (lambda: t("model"), lambda s, _: s.model),
        (lambda: t("serial"), lambda s, _: s.serial),
        (lambda: t("firmware"), lambda s, _: s.firmware),
        (lambda: "OCPP", lambda s, _: s.ocpp_version or ""),
        (lambda: t("pinned to"), lambda s, _: s.pinned_version or ""),
        (lambda: t("booted"), lambda s, c: _moment(s.booted, c)),
        (lambda: t("boot reason"), lambda s, _: s.boot_reason),
        (lambda: t("outlets"), lambda s, _: number(len(s.outlets)) if s.outlets else ""),
        (lambda: t("security profile"), lambda s, _: str(s.security_profile)),
        (lambda: t("at least"), lambda s, _: str(s.least_profile) if s.least_profile else ""),
        (lambda: "ICCID", lambda s, _: s.iccid),
        (lambda: t("note"), lambda s, _: s.note),
    ),
    OutletResource: (
        (lambda: t("outlet"), lambda o, _: o.outlet),
        (lambda: t("sticker"), lambda o, _: o.label),
        (lambda: t("EVSE-ID"), lambda o, _: o.evse_id),
        (lambda: t("site"), lambda o, c: site_name(o.site, c)),
        (lambda: t("place"), lambda o, _: o.place),
        (lambda: t("station"), lambda o, _: o.station),
        (lambda: t("model"), lambda o, _: o.model),
        (lambda: t("type"), lambda o, _: o.connector_type),
        (lambda: t("power at most"), lambda o, _: _kw(o.max_power_w)),
        (lambda: t("service"), lambda o, _: service_word(o.service)),
        (lambda: t("heard"), lambda o, c: "" if o.heard is None else ago(o.heard, c.now)),
    ),
    TokenResource: (
        (lambda: t("token"), lambda k, _: k.token),
        (lambda: t("status"), lambda k, _: token_word(k.status)),
        (lambda: t("printed on it"), lambda k, _: k.label),
        (lambda: t("group"), lambda k, _: k.group or ""),
        (lambda: t("expires"), lambda k, c: _day(k.expires, c)),
    ),
    HandshakeResource: (
        (lambda: t("who it says it is"), lambda h, _: h.identity or "?"),
        (lambda: t("from"), lambda h, _: h.address),
        (lambda: t("why"), lambda h, _: handshake_reason(h.reason)),
        (lambda: t("times"), lambda h, _: number(h.count)),
        (lambda: t("last"), lambda h, c: _moment(h.at, c)),
        (lambda: t("offered"), lambda h, _: h.offered),
        (lambda: t("sent"), lambda h, _: h.raw),
    ),
    SecurityResource: (
        (lambda: t("station"), lambda s, _: s.station),
        (lambda: t("link"), lambda s, _: link_word(s.link)),
        (lambda: t("security profile"), lambda s, _: str(s.security_profile)),
        (lambda: t("at least"), lambda s, _: str(s.least_profile)),
        (lambda: t("key"), lambda s, _: t("none on record") if not (s.has_key or s.next_key) else key_words(s)),
        (lambda: t("key set"), lambda s, c: _moment(s.key_set, c)),
        (lambda: t("set by"), lambda s, _: s.key_set_by),
        (lambda: t("certificate"), lambda s, _: s.certificate or t("none issued")),
        (lambda: t("until"), lambda s, c: until_words(s, c) if s.certificate else ""),
        (lambda: t("revoked"), lambda s, c: _moment(s.certificate_revoked, c)),
    ),
    AuditResource: (
        (lambda: t("at"), lambda a, c: _moment(a.at, c)),
        (lambda: t("who"), lambda a, _: a.who),
        (lambda: t("what"), lambda a, _: audit_word(a.what)),
        (lambda: t("to"), lambda a, _: a.target),
        (lambda: t("result"), lambda a, _: audit_result(a.result)),
        (lambda: t("reason"), lambda a, _: a.reason),
    ),
}
