"""Names of settings: a key in 1.6, `Component[instance].Variable[instance]` in 2.x, and their values compared."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from backend.model.errors import Invalid
from backend.model.sanitise import clean
from backend.text import t

_NAME = re.compile(
    r"(?P<component>[^.\[\]:]{1,50})(?:\[(?P<component_instance>[^\[\]]{1,50})\])?"
    r"(?::(?P<evse>\d{1,6})(?::(?P<connector>\d{1,6}))?)?"
    r"\.(?P<variable>[^.\[\]:]{1,50})(?:\[(?P<variable_instance>[^\[\]]{1,50})\])?\Z"
)


class Setting(NamedTuple):
    """One setting that a station told of."""

    name: str
    value: str | None
    """None: it has no value that may be read."""
    status: str = ""
    """2.x attributeStatus; `UnknownKey` in 1.6."""
    reason: str = ""


def variable_of(name: str) -> dict[str, Any]:
    """`component` and `variable` of a 2.x setting, as GetVariables and SetVariables want them.

    Raises:
        Invalid: it is not of the form `Component[instance]:EVSE:CONNECTOR.Variable[instance]`.
    """
    found = _NAME.match(name)
    if found is None:
        raise Invalid(
            "bad_setting",
            t("{name!r} names no setting of OCPP 2.x.", name=clean(name, 60)),
            t("Write Component.Variable, as in OCPPCommCtrlr.HeartbeatInterval, or EVSE:1.Power."),
        )
    component: dict[str, Any] = {"name": found["component"]}
    if found["component_instance"]:
        component["instance"] = found["component_instance"]
    if found["evse"]:
        component["evse"] = {"id": int(found["evse"])}
        if found["connector"]:
            component["evse"]["connectorId"] = int(found["connector"])
    variable: dict[str, Any] = {"name": found["variable"]}
    if found["variable_instance"]:
        variable["instance"] = found["variable_instance"]
    return {"component": component, "variable": variable}


def read_settings(payload: dict[str, Any]) -> list[Setting]:
    """The settings in an answer to GetConfiguration, GetVariables or SetVariables; what is malformed is left out."""
    found: list[Setting] = []
    for row in _rows(payload.get("configurationKey")):
        value = row.get("value")
        found.append(Setting(_text(row.get("key")), None if value is None else str(value)))
    unknown = payload.get("unknownKey")
    found += [Setting(_text(key), None, "UnknownKey") for key in (unknown if isinstance(unknown, list) else [])]
    for row in _rows(payload.get("getVariableResult")) + _rows(payload.get("setVariableResult")):
        info = row.get("attributeStatusInfo")
        reason = info.get("reasonCode") if isinstance(info, dict) else ""
        value = row.get("attributeValue")
        status = _text(row.get("attributeStatus"))
        found.append(Setting(_variable_name(row), None if value is None else str(value), status, _text(reason)))
    return found


def same_value(one: str, other: str) -> bool:
    """Whether two values of a setting mean the same: numbers by value, words without case, lists without blanks."""
    if one.strip().casefold() == other.strip().casefold():
        return True
    try:
        return float(one) == float(other)
    except ValueError:
        pass
    return [part.strip().casefold() for part in one.split(",")] == [
        part.strip().casefold() for part in other.split(",")
    ]


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _variable_name(row: dict[str, Any]) -> str:
    component, variable = row.get("component"), row.get("variable")
    names = [part.get("name") if isinstance(part, dict) else None for part in (component, variable)]
    return ".".join(_text(name) for name in names)


def _text(value: Any) -> str:
    return clean(value, 120) if isinstance(value, str) else ""
