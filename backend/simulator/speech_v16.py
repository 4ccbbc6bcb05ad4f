"""OCPP 1.6J: what a virtual station says, as payloads that pass the schemas of `ocpp.v16`."""

from __future__ import annotations

from typing import Any

from backend.model.clock import iso
from backend.model.words import Version
from backend.simulator.messages import Message, Payload
from backend.simulator.outlet import Charge, Outlet, Trouble
from backend.simulator.speech import Circumstances, read_meter

MREC_VENDOR = "https://chargex.inl.gov"
"""The vendorId that goes with MREC codes (domain.md 3.4)."""
_PHASES = ("L1", "L2", "L3")


class SpeechV16:
    """Says the moments of a station in OCPP 1.6."""

    version = Version.V16

    def __init__(self, here: Circumstances) -> None:
        self._here = here

    def _time(self) -> str:
        return iso(self._here.now())

    def boot(self, reason: str) -> Message:
        plate = self._here.plate
        payload: Payload = {"chargePointVendor": plate.vendor, "chargePointModel": plate.model}
        optional = {
            "chargePointSerialNumber": plate.serial,
            "firmwareVersion": plate.firmware,
            "iccid": plate.iccid,
            "imsi": plate.imsi,
            "meterType": plate.meter_type,
            "meterSerialNumber": plate.meter_serial,
        }
        payload.update({key: value for key, value in optional.items() if value})
        return Message("BootNotification", payload)

    def heartbeat(self) -> Message:
        return Message("Heartbeat", {})

    def authorize(self, id_token: str, token_type: str) -> Message:
        return Message("Authorize", {"idTag": id_token})

    def status_word(self, outlet: Outlet) -> str:
        return outlet.status_v16()

    def station_status(self, word: str) -> list[Message]:
        return [
            Message(
                "StatusNotification",
                {"connectorId": 0, "errorCode": "NoError", "status": word, "timestamp": self._time()},
            )
        ]

    def status(self, outlet: Outlet) -> Message:
        payload: Payload = {
            "connectorId": outlet.evse,
            "errorCode": "NoError",
            "status": outlet.status_v16(),
            "timestamp": self._time(),
        }
        trouble = outlet.trouble or outlet.warning
        if trouble is not None:
            payload["errorCode"] = trouble.error_code
            if trouble.info:
                payload["info"] = trouble.info[:50]
            if trouble.tech_code:
                payload["vendorErrorCode"] = trouble.tech_code
                payload["vendorId"] = MREC_VENDOR if trouble.tech_code.startswith("CX") else self._here.plate.vendor
        return Message("StatusNotification", payload)

    def trouble(self, outlet: Outlet, trouble: Trouble, cleared: bool) -> list[Message]:
        # The next StatusNotification is the whole picture (domain.md 3.4); a warning needs one of its own.
        return [] if trouble.blocks else [self.status(outlet)]

    def started(self, outlet: Outlet, charge: Charge, trigger: str) -> list[Message]:
        payload: Payload = {
            "connectorId": outlet.evse,
            "idTag": charge.id_token,
            "meterStart": charge.meter_start,
            "timestamp": iso(charge.started),
        }
        if charge.reservation_id is not None:
            payload["reservationId"] = charge.reservation_id
        return [Message("StartTransaction", payload, keep=True)]

    def changed(self, outlet: Outlet, charge: Charge, trigger: str) -> list[Message]:
        return []

    def metered(self, outlet: Outlet, charge: Charge | None, context: str) -> list[Message]:
        values = [{"timestamp": self._time(), "sampledValue": self._sampled(outlet, context)}]
        if charge is None:
            return [Message("MeterValues", {"connectorId": outlet.evse, "meterValue": values})]

        def payload() -> Payload:
            given = charge.transaction if charge.transaction is not None else -1
            return {"connectorId": outlet.evse, "transactionId": given, "meterValue": values}

        return [Message("MeterValues", payload, keep=True)]

    def ended(self, outlet: Outlet, charge: Charge, reason: str, trigger: str, id_token: str | None) -> list[Message]:
        stop, at = int(outlet.register_wh), self._time()
        last = self._sampled(outlet, "Transaction.End")

        def payload() -> Payload:
            found: Payload = {
                "transactionId": charge.transaction if charge.transaction is not None else -1,
                "meterStop": stop,
                "timestamp": at,
                "reason": reason,
                "transactionData": [{"timestamp": at, "sampledValue": last}],
            }
            if id_token is not None:
                found["idTag"] = id_token
            return found

        return [Message("StopTransaction", payload, keep=True)]

    def firmware(self, status: str, request_id: int | None) -> Message:
        if request_id is None:
            return Message("FirmwareStatusNotification", {"status": status})
        return Message("SignedFirmwareStatusNotification", {"status": status, "requestId": request_id})

    def log(self, status: str, request_id: int | None) -> Message:
        if request_id is None:
            return Message("DiagnosticsStatusNotification", {"status": status})
        return Message("LogStatusNotification", {"status": status, "requestId": request_id})

    def security_event(self, kind: str, info: str = "") -> Message:
        payload: Payload = {"type": kind, "timestamp": self._time()}
        if info:
            payload["techInfo"] = info
        return Message("SecurityEventNotification", payload)

    def _sampled(self, outlet: Outlet, context: str) -> list[dict[str, Any]]:
        read = read_meter(outlet, self._here.dice)

        def value(of: object, measurand: str, unit: str, **more: str) -> dict[str, Any]:
            return {"value": str(of), "context": context, "measurand": measurand, "unit": unit, **more}

        found = [
            value(read.energy_wh, "Energy.Active.Import.Register", "Wh"),
            value(read.power_w, "Power.Active.Import", "W"),
            value(read.offered_w, "Power.Offered", "W"),
        ]
        if outlet.plug.current == "DC":
            found.append(value(read.voltages_v[0], "Voltage", "V"))
            found.append(value(read.currents_a[0], "Current.Import", "A"))
            found.append(value(read.temperature_c, "Temperature", "Celsius"))
            if read.soc_pct is not None:
                found.append(value(read.soc_pct, "SoC", "Percent", location="EV"))
            return found
        for phase, volt, ampere in zip(_PHASES, read.voltages_v, read.currents_a, strict=False):
            found.append(value(volt, "Voltage", "V", phase=f"{phase}-N"))
            found.append(value(ampere, "Current.Import", "A", phase=phase))
        return found
