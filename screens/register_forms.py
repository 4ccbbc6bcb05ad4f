"""What is asked for when an entry of the register is added or changed, and what of it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from backend.model.resources import OutletResource, SiteResource, StationResource, TokenResource
from backend.model.words import Admission, Service, TokenStatus
from backend.text import t
from screens.entry_words import admission_word, service_word, token_word
from screens.form import Field
from screens.register_tables import Entry


class Asked(NamedTuple):
    """One field of an entry: its name in the API, its label, how its value is read off a resource."""

    name: str
    label: Callable[[], str]
    get: Callable[[Any], str]
    needed: bool = False
    choices: Sequence[str] = ()
    width: int = 46
    hint: Callable[[], str] = lambda: ""
    words: Callable[[], Mapping[str, str]] = dict
    """How choices are shown, where that is not by themselves."""


def _kw(value: float | None) -> str:
    return "" if value is None else f"{value / 1_000:g}"


KINDS: dict[str, tuple[Asked, ...]] = {
    "sites": (
        Asked("id", lambda: t("site"), lambda s: s.id, needed=True, width=24, hint=lambda: t("its short name")),
        Asked("name", lambda: t("name"), lambda s: s.name, needed=True),
        Asked("address", lambda: t("address"), lambda s: s.address),
        Asked("town", lambda: t("town"), lambda s: s.town, width=30),
        Asked("owner", lambda: t("owner"), lambda s: s.owner),
        Asked(
            "capacity_kw",
            lambda: t("kW"),
            lambda s: _kw(s.capacity_w),
            width=12,
            hint=lambda: t("that the site may draw"),
        ),
        Asked("time_zone", lambda: t("zone"), lambda s: s.time_zone, width=30),
    ),
    "stations": (
        Asked("id", lambda: t("station"), lambda s: s.id, needed=True, width=30),
        Asked("site", lambda: t("site"), lambda s: s.site or "", width=24, hint=lambda: t("its short name")),
        Asked(
            "admission",
            lambda: t("let in"),
            lambda s: s.admission.value,
            choices=[a.value for a in Admission],
            width=16,
            words=lambda: {a.value: admission_word(a) for a in Admission},
        ),
        Asked(
            "pinned_version",
            lambda: t("OCPP"),
            lambda s: s.pinned_version or "",
            choices=("", "1.6", "2.0.1", "2.1"),
            width=10,
        ),
        Asked(
            "least_profile",
            lambda: t("profile"),
            lambda s: str(s.least_profile),
            choices=("0", "1", "2", "3"),
            width=6,
            hint=lambda: t("security profile, at least"),
        ),
        Asked("current", lambda: t("current"), lambda s: s.current, choices=("", "AC", "DC"), width=8),
        Asked("serial", lambda: t("serial"), lambda s: s.serial, width=30),
        Asked("note", lambda: t("note"), lambda s: s.note),
    ),
    "outlets": (
        Asked(
            "outlet", lambda: t("outlet"), lambda o: o.outlet, needed=True, width=30, hint=lambda: t("STATION:NUMBER")
        ),
        Asked("label", lambda: t("sticker"), lambda o: "" if o.label == o.outlet else o.label, width=20),
        Asked("evse_id", lambda: t("EVSE-ID"), lambda o: o.evse_id, width=30),
        Asked("place", lambda: t("place"), lambda o: o.place),
        Asked("max_power_kw", lambda: t("kW"), lambda o: _kw(o.max_power_w), width=12),
        Asked("connector_type", lambda: t("type"), lambda o: o.connector_type, width=20),
        Asked(
            "service",
            lambda: t("service"),
            lambda o: o.service.value,
            choices=[s.value for s in Service],
            width=18,
            words=lambda: {s.value: service_word(s) for s in Service},
        ),
    ),
    "tokens": (
        Asked("token", lambda: t("token"), lambda k: "", needed=True, width=40, hint=lambda: t("in full")),
        Asked(
            "status",
            lambda: t("status"),
            lambda k: k.status,
            choices=[s.value for s in TokenStatus],
            width=16,
            words=lambda: {s.value: token_word(s) for s in TokenStatus},
        ),
        Asked("label", lambda: t("printed"), lambda k: k.label, width=30),
        Asked("group", lambda: t("group"), lambda k: k.group or "", width=30),
        Asked(
            "expires",
            lambda: t("expires"),
            lambda k: "" if k.expires is None else k.expires.date().isoformat(),
            width=14,
        ),
    ),
}
_NULLABLE = frozenset({"site", "pinned_version", "group", "expires", "capacity_kw", "max_power_kw"})
_DEFAULTS = {
    "least_profile": "0",
    "status": "Accepted",
    "admission": "accepted",
    "service": "in_service",
    "time_zone": "Europe/Stockholm",
}


def kind_word(kind: str) -> str:
    """One entry of a kind."""
    return {"sites": t("site"), "stations": t("station"), "outlets": t("outlet"), "tokens": t("token")}[kind]


def fields(kind: str, entry: Entry | None) -> list[Field]:
    """The fields of the form: empty for a new entry, as they are for one that is changed."""
    found = []
    for asked in KINDS[kind]:
        value = _DEFAULTS.get(asked.name, "") if entry is None else asked.get(entry)
        found.append(
            Field(
                id=asked.name,
                label=asked.label(),
                value=value,
                width=asked.width,
                needed=asked.needed,
                hint=asked.hint(),
                choices=asked.choices,
                words=asked.words(),
            )
        )
    if entry is not None and kind != "tokens":
        return found[1:]
    return found


def change(kind: str, entry: Entry | None, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The key of the entry, and what is to be sent: what differs from what it was; all that is given for a new one."""
    asked = KINDS[kind]
    known = "" if entry is None else getattr(entry, "key", "") or asked[0].get(entry)
    key = values.get(asked[0].name) or known
    sent: dict[str, Any] = {}
    for one in asked[1:]:
        value = values.get(one.name, "")
        before = None if entry is None else one.get(entry)
        if value == before or (entry is None and not value):
            continue
        sent[one.name] = _typed(one.name, value)
    return key, sent


def _typed(name: str, value: str) -> Any:
    if not value and name in _NULLABLE:
        return None
    if name in ("capacity_kw", "max_power_kw"):
        return value.replace(",", ".")
    if name == "expires" and len(value) == 10:
        return f"{value}T23:59:59Z"
    return value


def of_kind(kind: str, entry: object) -> bool:
    """Whether an entry is one of that kind."""
    shapes: dict[str, type] = {
        "sites": SiteResource,
        "stations": StationResource,
        "outlets": OutletResource,
        "tokens": TokenResource,
    }
    return isinstance(entry, shapes[kind])
