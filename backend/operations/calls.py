"""Any OCPP call to a station: the names there are, and whether a payload is what the standard wants."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any

from backend.model.errors import Invalid
from backend.model.words import Version
from backend.operations.order import Call, Order
from backend.text import t

_FROM_STATION = frozenset(
    {
        "Authorize",
        "BootNotification",
        "ClearedChargingLimit",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Get15118EVCertificate",
        "GetCertificateStatus",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "NotifyChargingLimit",
        "NotifyCustomerInformation",
        "NotifyDisplayMessages",
        "NotifyEVChargingNeeds",
        "NotifyEVChargingSchedule",
        "NotifyEvent",
        "NotifyMonitoringReport",
        "NotifyReport",
        "PublishFirmwareStatusNotification",
        "ReportChargingProfiles",
        "ReservationStatusUpdate",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
        "TransactionEvent",
    }
)


_prepared: set[tuple[Version, str]] = set()


@cache
def actions(version: Version) -> frozenset[str]:
    """The actions that a central system may send in this version."""
    known = import_module(f"ocpp.v{version.value.replace('.', '')}.enums").Action
    return frozenset(action.value for action in known) - _FROM_STATION


def free_call(order: Order) -> Call:
    """The call as it was given.

    Raises:
        Invalid: the station's version has no such call, or the payload breaks its schema.
    """
    action, payload = str(order.parameters["action"]), dict(order.parameters["payload"])
    check(order.version, action, payload)
    return Call(action, payload)


def prepare(version: Version, action: str) -> None:
    """Load what `check` needs, the first time some 100 ms: for another thread, before the loop asks for the call. An
    action that there is not is left to `check`."""
    if action in actions(version):
        _validator(version, action)
        _prepared.add((version, action))


def is_prepared(version: Version, action: str) -> bool:
    """Whether that was done before."""
    return (version, action) in _prepared


def _validator(version: Version, action: str) -> tuple[Any, type[float] | type[Decimal]]:
    """The validator of an action, and what numbers it wants."""
    from ocpp.messages import MessageType, get_validator

    # 16.1 is a multiple of 0.1 in decimals only; the package keeps one validator, so these two go as it does itself.
    exact = version is Version.V16 and action in ("SetChargingProfile", "RemoteStartTransaction")
    number = Decimal if exact else float
    return get_validator(MessageType.Call, action, version.value, parse_float=number), number


def check(version: Version, action: str, payload: dict[str, Any]) -> None:
    """Raises Invalid: no such action in this version, or the payload breaks its schema."""
    from jsonschema.exceptions import best_match

    if action not in actions(version):
        raise Invalid(
            "unknown_action",
            t("OCPP {version} has no call {action} to a station", version=version.value, action=action),
            t("it has {names}", names=", ".join(sorted(actions(version)))),
        )
    validator, number = _validator(version, action)
    judged = json.loads(json.dumps(payload), parse_float=number)
    error = best_match(validator.iter_errors(judged))
    if error is not None:
        where = ".".join(str(part) for part in error.absolute_path) or t("the payload")
        raise Invalid(
            "invalid_payload",
            t("{action}: {where}: {why}", action=action, where=where, why=error.message[:300]),
            t("the payload must be as the schema of OCPP {version} has it", version=version.value),
        )
