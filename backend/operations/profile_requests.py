"""The calls of a move to another security profile (1.6 security whitepaper, A05; 2.0.1 B09, A05)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.model.words import Version
from backend.operations.order import Call, Order
from backend.operations.settings_keys import variable_of

PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"
LAST_SLOT = 9
MESSAGE_S = 30
"""How long the station waits for an answer over the new way."""


def roots(order: Order) -> Call:
    """Which roots the station has for its central system."""
    kind: Any = "CentralSystemRootCertificate" if order.v16 else ["CSMSRootCertificate"]
    return Call("GetInstalledCertificateIds", {"certificateType": kind})


def address(order: Order) -> Call:
    """1.6: the address, under the maker's own name for that setting."""
    given = order.parameters
    return Call("ChangeConfiguration", {"key": given["url_setting"], "value": given["url"]})


def profile(order: Order) -> Call:
    """1.6: the profile itself, the last that is written."""
    return Call("ChangeConfiguration", {"key": "SecurityProfile", "value": str(order.parameters["profile"])})


def priority(order: Order) -> Call:
    """2.x: which slots the station tries, in which order."""
    return Call("GetVariables", {"getVariableData": [variable_of(PRIORITY)]})


def network_profile(order: Order, slot: int) -> Call:
    """2.x: the new way in, in a slot of its own, so that the old one stays to fall back on."""
    given = order.parameters
    data: dict[str, Any] = {
        "ocppInterface": given["interface"],
        "ocppTransport": "JSON",
        "ocppCsmsUrl": given["url"],
        "messageTimeout": MESSAGE_S,
        "securityProfile": given["profile"],
    }
    if order.version is Version.V201:
        data["ocppVersion"] = "OCPP20"
    return Call("SetNetworkProfile", {"configurationSlot": slot, "connectionData": data})


def new_priority(order: Order, slots: list[int]) -> Call:
    """2.x: the new slot first, the others after it."""
    value = ",".join(str(slot) for slot in slots)
    return Call("SetVariables", {"setVariableData": [{"attributeValue": value, **variable_of(PRIORITY)}]})


def restart(order: Order) -> Call:
    """1.6 Soft ends charges gently, 2.x OnIdle waits for them; `hard` is at once in both."""
    hard = order.parameters["reset"] == "hard"
    gentle, sharp = ("Soft", "Hard") if order.v16 else ("OnIdle", "Immediate")
    return Call("Reset", {"type": sharp if hard else gentle})


def free_slot(taken: list[int]) -> int:
    """The lowest slot that the station does not try now."""
    return next((slot for slot in range(1, LAST_SLOT + 1) if slot not in taken), LAST_SLOT)


def slots_in(value: str | None) -> list[int]:
    """`1,0` as numbers; what is none is left out."""
    parts = [part.strip() for part in (value or "").split(",")]
    return list(dict.fromkeys(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 5))


PLAIN: dict[str, Callable[[Order], Call]] = {
    "roots": roots,
    "address": address,
    "profile": profile,
    "priority": priority,
    "restart": restart,
}
"""The steps whose call depends on the order alone."""
