"""The operation that moves a station to another security profile: what has to be there first, and its steps."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from backend.model.errors import Conflict, Invalid
from backend.model.words import Right
from backend.operations.entry import STATION, Entry
from backend.operations.identity import KEY, key_call
from backend.operations.order import Call, Order
from backend.operations.parameters import Kind, Parameter
from backend.operations.profile_requests import LAST_SLOT, PLAIN
from backend.operations.proofs.profile import ProfileProof
from backend.security.keys import new_key
from backend.text import t

SECURITY_PROFILE = "security_profile"
DEADLINE_S = 900.0
MOST_URL = 500
"""Characters (1.6 ChangeConfiguration.value; 2.0.1 has 512)."""
INTERFACES = tuple(f"{kind}{number}" for kind in ("Wired", "Wireless") for number in range(4))


def steps(order: Order) -> list[str]:
    """What is asked of the station, one after the other. The key comes before what needs it, the switch last."""
    given = order.parameters
    found = ["roots"] if given["profile"] >= 2 and given["check"] else []
    if KEY in given:
        found.append("key")
    if not order.v16:
        return [*found, "priority", "slot", "order"]
    return [*found, *(["address"] if "url_setting" in given else []), "profile"]


def first(order: Order) -> Call:
    """The call of the first step; the proof makes the others."""
    name = steps(order)[0]
    return key_call(order) if name == "key" else PLAIN[name](order)


def prepare(order: Order) -> Order:
    """Check what has to be there first, and fill in address and key.

    Raises:
        Conflict: it is there already, it would be a step down, or something has to be done before; the hint says what.
        Invalid: this server has no such port, or the address fits no such profile.
    """
    given, standing, name = dict(order.parameters), order.standing, order.station.id
    wanted, now = given["profile"], order.station.security_profile
    _direction(order, wanted, now)
    if wanted >= 2 and not standing.tls_port:
        raise Invalid(
            "no_tls_port",
            t("This server has no port for security profile {profile}.", profile=wanted),
            t("Start it with one: noc serve --ocpps HOST:PORT."),
        )
    if wanted == 3 and given["check"] and not standing.has_certificate:
        trigger = "SignChargePointCertificate" if order.v16 else "SignChargingStationCertificate"
        raise Conflict(
            "no_certificate",
            t("{station} was not issued a certificate that counts.", station=name),
            t("Have it ask for one: noc refresh {station} --message {message}.", station=name, message=trigger),
        )
    if not order.v16 or "url_setting" in given:
        given["url"] = _url(given, standing.secure_url if wanted >= 2 else standing.plain_url)
    given.pop("rotate", None)
    if wanted in (1, 2) and (KEY in given or order.parameters["rotate"] or not standing.has_key):
        given[KEY] = given.get(KEY) or new_key()
    else:
        given.pop(KEY, None)
    return replace(order, parameters=given)


def _direction(order: Order, wanted: int, now: int) -> None:
    name, least = order.station.id, order.standing.network_least
    if wanted == now:
        raise Conflict(
            "already_there",
            t("{station} is on security profile {profile} already.", station=name, profile=now),
            t("noc station set {station} --profile {profile} asks for it from now on.", station=name, profile=now),
        )
    if wanted < least:
        raise Conflict(
            "below_least",
            t("This network serves nobody below security profile {profile}.", profile=least),
            t("It is the setting [ocpp] least_profile."),
        )
    if wanted < now and not order.parameters["downgrade"]:
        raise Conflict(
            "downgrade",
            t("That is a step down, from security profile {now} to {profile}.", now=now, profile=wanted),
            t("If it is meant, say so: --downgrade."),
        )


def _url(given: dict[str, Any], usual: str) -> str:
    url = str(given.get("url") or usual)
    if not url:
        raise Invalid(
            "parameter_missing",
            t("It is not known under which address stations reach this server."),
            t("Name it with --url, or in the setting [tls] names."),
        )
    wanted = "wss://" if given["profile"] >= 2 else "ws://"
    if not url.startswith(wanted) or len(url) == len(wanted):
        raise Invalid(
            "bad_parameter",
            t("{url} is no address for security profile {profile}.", url=url, profile=given["profile"]),
            t("It begins with {scheme}, and ends before the station's identity.", scheme=wanted),
        )
    return url


def _fold(given: dict[str, Any]) -> dict[str, Any]:
    if given["profile"] > 3 or given.get("slot", 0) > LAST_SLOT:
        raise Invalid("bad_parameter", t("There are security profiles 0 to 3."), t("Slots are 0 to 9."))
    return given


MOVE = Entry(
    name=SECURITY_PROFILE,
    what=lambda: t("move the station to another security profile; the old way in stays until it is back on the new"),
    places=STATION,
    parameters=(
        Parameter(name="profile", kind=Kind.WHOLE, needed=True),
        Parameter(name="downgrade", kind=Kind.FLAG, default=False),
        Parameter(name="reset", kind=Kind.CHOICE, choices=("auto", "none", "soft", "hard"), default="auto"),
        Parameter(name="rotate", kind=Kind.FLAG, default=False),
        Parameter(name=KEY, limit=128),
        Parameter(name="url", limit=MOST_URL),
        Parameter(name="url_setting", limit=50),
        Parameter(name="slot", kind=Kind.WHOLE),
        Parameter(name="interface", kind=Kind.CHOICE, choices=INTERFACES, default="Wired0"),
        Parameter(name="check", kind=Kind.FLAG, default=True),
    ),
    v16=first,
    v2=first,
    proof=lambda order: ProfileProof(order, steps(order)),
    fold=_fold,
    prepare=prepare,
    right=Right.OPERATE_HARD,
    danger=True,
    idempotent=False,
    deadline_s=DEADLINE_S,
)
