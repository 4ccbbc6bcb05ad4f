"""What a frame says, in one line. Words of OCPP stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from backend.model.clock import Instant
from backend.text import t
from screens.trace_pairs import ERROR, Exchange, error_of, payload
from widgets.figures import kwh, number

ANSWER_S = 30.0
"""A call without an answer for so long has none."""
_ROUTINE = frozenset({"Heartbeat", "MeterValues"})
_REFUSALS = frozenset(
    {
        "Rejected",
        "Blocked",
        "Expired",
        "Invalid",
        "ConcurrentTx",
        "NotSupported",
        "NotImplemented",
        "UnlockFailed",
        "UnknownConnector",
        "OngoingAuthorizedTransaction",
        "Faulted",
        "Occupied",
        "Unavailable",
        "Unknown",
        "UnknownMessageId",
        "UnknownVendorId",
        "UnknownVendor",
        "Failed",
        "VersionMismatch",
        "NoCredit",
        "NotAllowedTypeEVSE",
        "NotAtThisLocation",
        "NotAtThisTime",
    }
)


class Says(NamedTuple):
    """A summary and the name of its style."""

    text: str
    style: str = "text"


class Answer(NamedTuple):
    """How a call was answered."""

    sign: str
    sign_style: str
    text: str
    style: str = "text"


def says(exchange: Exchange) -> Says:
    """What the call says."""
    held = payload(exchange.call)
    if not isinstance(held, dict):
        return Says(t("cannot be read") if exchange.call is not None and held is None else "", "warn")
    summary = _SUMMARIES.get(exchange.action, _anything)(held)
    if exchange.action in _ROUTINE:
        return Says(summary, "muted")
    bad = "Faulted" in summary and exchange.action in ("StatusNotification", "NotifyEvent")
    return Says(summary, "crit" if bad else "text")


def answer(exchange: Exchange, now: Instant) -> Answer:
    """How it was answered: `✓ Accepted`, `✖ NotSupported`, `✖ no answer`."""
    if exchange.answer is None:
        if not exchange.waits:
            return Answer("", "muted", "")
        if now - exchange.first.received.timestamp() < ANSWER_S:
            return Answer("▸", "text", t("waits"), "muted")
        return Answer("✖", "crit", t("no answer"), "crit")
    if exchange.answer.kind == ERROR:
        return Answer("✖", "crit", error_of(exchange.answer)[0] or t("error"))
    held = payload(exchange.answer)
    if not isinstance(held, dict):
        return Answer("✖", "crit", t("cannot be read"), "crit")
    word = _answer_word(held)
    if word in _REFUSALS:
        return Answer("✖", "warn", word)
    return Answer("✓", "ok", word)


def _answer_word(held: Mapping[str, Any]) -> str:
    for name in ("idTagInfo", "idTokenInfo"):
        info = held.get(name)
        if isinstance(info, dict) and isinstance(info.get("status"), str):
            return str(info["status"])
    if isinstance(held.get("status"), str):
        interval = held.get("interval")
        return f"{held['status']}" + (f" {interval} s" if isinstance(interval, int) and interval else "")
    time = held.get("currentTime")
    if isinstance(time, str):
        return time[11:].split(".")[0].rstrip("Z") + "Z" if len(time) > 11 else time
    for name in ("configurationKey", "getVariableResult", "setVariableResult", "chargingProfile"):
        if isinstance(held.get(name), list):
            return number(len(held[name]))
    return ""


def _text(held: Mapping[str, Any], *names: str) -> str:
    return "  ".join(
        str(held[name]) for name in names if isinstance(held.get(name), str | int | float) and held[name] != ""
    )


def _place(held: Mapping[str, Any]) -> str:
    evse = held.get("evse")
    if isinstance(evse, dict):
        connector = evse.get("connectorId")
        return str(evse.get("id", "?")) + (f".{connector}" if connector is not None else "")
    if "evseId" in held:
        connector = held.get("connectorId")
        return str(held["evseId"]) + (f".{connector}" if connector not in (None, 1) else "")
    return str(held["connectorId"]) if isinstance(held.get("connectorId"), int) else ""


def _join(*parts: object) -> str:
    return "  ".join(str(part) for part in parts if part not in (None, ""))


def _status(held: Mapping[str, Any]) -> str:
    error = held.get("errorCode")
    word = str(held.get("status") or held.get("connectorStatus") or "")
    shown = "" if error in (None, "NoError") else str(error)
    return " ".join(part for part in (_place(held), word, shown) if part)


def _boot(held: Mapping[str, Any]) -> str:
    station = held.get("chargingStation")
    if isinstance(station, dict):
        return _join(
            station.get("vendorName"), station.get("model"), station.get("firmwareVersion"), held.get("reason")
        )
    return _text(held, "chargePointVendor", "chargePointModel", "firmwareVersion")


def _token(held: Mapping[str, Any]) -> str:
    token = held.get("idToken")
    if isinstance(token, dict):
        return str(token.get("idToken", ""))
    return str(held.get("idTag") or token or "")


def _values(meter: Any) -> str:
    """Power, energy and battery of the last sample."""
    if not isinstance(meter, list) or not meter or not isinstance(meter[-1], dict):
        return ""
    found: dict[str, str] = {}
    samples = meter[-1].get("sampledValue")
    for sample in samples if isinstance(samples, list) else []:
        if not isinstance(sample, dict) or sample.get("phase"):
            continue
        text = _sample(sample)
        if text:
            found.setdefault(str(sample.get("measurand", "Energy.Active.Import.Register")), text)
    order = ("Power.Active.Import", "Energy.Active.Import.Register", "SoC")
    return "  ".join(found[name] for name in order if name in found)


def _sample(sample: Mapping[str, Any]) -> str:
    measurand = sample.get("measurand", "Energy.Active.Import.Register")
    unit_of = sample.get("unitOfMeasure")
    unit = sample.get("unit") or (unit_of.get("unit") if isinstance(unit_of, dict) else None)
    power = unit_of.get("multiplier", 0) if isinstance(unit_of, dict) else 0
    try:
        value = float(sample.get("value", "")) * 10.0 ** int(power)
    except (TypeError, ValueError, OverflowError):
        return ""
    if measurand == "SoC":
        return f"{number(value)}\N{NO-BREAK SPACE}%"
    if measurand == "Power.Active.Import":
        return f"{number(value if unit == 'kW' else value / 1_000, 1)}\N{NO-BREAK SPACE}kW"
    if measurand == "Energy.Active.Import.Register":
        return f"{number(value if unit == 'kWh' else value / 1_000, 1)}\N{NO-BREAK SPACE}kWh"
    return ""


def _meter_values(held: Mapping[str, Any]) -> str:
    return _join(_place(held), _values(held.get("meterValue")))


def _transaction(held: Mapping[str, Any]) -> str:
    info = held.get("transactionInfo")
    details = info if isinstance(info, dict) else {}
    return _join(
        held.get("eventType"),
        _place(held),
        details.get("chargingState"),
        details.get("stoppedReason"),
        _values(held.get("meterValue")),
        held.get("triggerReason") if held.get("eventType") != "Updated" else None,
    )


def _start(held: Mapping[str, Any]) -> str:
    stand = held.get("meterStart")
    return _join(_place(held), _token(held), kwh(stand) if isinstance(stand, int | float) else None)


def _stop(held: Mapping[str, Any]) -> str:
    stand = held.get("meterStop")
    return _join(
        held.get("transactionId"), kwh(stand) if isinstance(stand, int | float) else None, held.get("reason", "Local")
    )


def _notify_event(held: Mapping[str, Any]) -> str:
    events = held.get("eventData")
    if not isinstance(events, list) or not events or not isinstance(events[0], dict):
        return ""
    first = events[0]
    names = [first[part].get("name", "") for part in ("component", "variable") if isinstance(first.get(part), dict)]
    rest = f"+{len(events) - 1}" if len(events) > 1 else None
    return _join(".".join(str(name) for name in names), first.get("actualValue"), rest)


def _keys(held: Mapping[str, Any]) -> str:
    keys = held.get("key")
    return ", ".join(str(key) for key in keys) if isinstance(keys, list) else t("all keys")


def _variables(held: Mapping[str, Any]) -> str:
    rows = held.get("setVariableData") or held.get("getVariableData")
    parts = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            names = [row[part].get("name", "") for part in ("component", "variable") if isinstance(row.get(part), dict)]
            value = row.get("attributeValue")
            parts.append(".".join(str(n) for n in names) + (f" = {value}" if value is not None else ""))
    return ", ".join(parts)


def _report(held: Mapping[str, Any]) -> str:
    rows = held.get("reportData")
    count = len(rows) if isinstance(rows, list) else 0
    return _join(
        t("part {n}", n=held.get("seqNo", "?")),
        t("{n} rows", n=number(count)),
        t("more follow") if held.get("tbc") else None,
    )


def _anything(held: Mapping[str, Any]) -> str:
    """The plain fields of a payload that nothing more is known about."""
    plain = [
        (name, value) for name, value in held.items() if isinstance(value, str | int | float) and name != "timestamp"
    ]
    return "  ".join(str(value) for _, value in plain[:5])


_SUMMARIES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "BootNotification": _boot,
    "Heartbeat": lambda held: "",
    "StatusNotification": _status,
    "Authorize": _token,
    "StartTransaction": _start,
    "StopTransaction": _stop,
    "TransactionEvent": _transaction,
    "MeterValues": _meter_values,
    "DataTransfer": lambda held: _text(held, "vendorId", "messageId", "data"),
    "NotifyEvent": _notify_event,
    "NotifyReport": _report,
    "SecurityEventNotification": lambda held: _text(held, "type", "techInfo"),
    "TriggerMessage": lambda held: f"{held.get('requestedMessage', '')} {_place(held)}".rstrip(),
    "ExtendedTriggerMessage": lambda held: f"{held.get('requestedMessage', '')} {_place(held)}".rstrip(),
    "UnlockConnector": _place,
    "RemoteStartTransaction": lambda held: _join(_place(held), _token(held)),
    "RequestStartTransaction": lambda held: _join(_place(held), _token(held), held.get("remoteStartId")),
    "RemoteStopTransaction": lambda held: _text(held, "transactionId"),
    "RequestStopTransaction": lambda held: _text(held, "transactionId"),
    "Reset": lambda held: _join(held.get("type"), held.get("evseId")),
    "ChangeAvailability": lambda held: _join(_place(held), held.get("type") or held.get("operationalStatus")),
    "ChangeConfiguration": lambda held: f"{held.get('key', '')} = {held.get('value', '')}",
    "GetConfiguration": _keys,
    "GetVariables": _variables,
    "SetVariables": _variables,
}
