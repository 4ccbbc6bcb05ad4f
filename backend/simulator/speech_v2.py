"""OCPP 2.0.1 and 2.1: what a virtual station says, as payloads that pass the schemas of `ocpp.v201` and `ocpp.v21`.

A transaction begins when a car is connected and authorised (TxStartPoint PowerPathClosed) and ends when either is
over (TxStopPoint EVConnected, Authorized).
"""

from __future__ import annotations

import itertools
from typing import Any

from backend.model.clock import iso
from backend.model.words import Version
from backend.simulator.messages import Message, Payload
from backend.simulator.outlet import Charge, Outlet, Trouble
from backend.simulator.speech import Circumstances, read_meter

_PHASES = ("L1", "L2", "L3")


class SpeechV2:
    """Says the moments of a station in OCPP 2.0.1 or 2.1."""

    def __init__(self, here: Circumstances, version: Version) -> None:
        self.version = version
        self._here = here
        self._events = itertools.count(1)

    def _time(self) -> str:
        return iso(self._here.now())

    def boot(self, reason: str) -> Message:
        plate = self._here.plate
        station: Payload = {"model": plate.model, "vendorName": plate.vendor}
        if plate.serial:
            station["serialNumber"] = plate.serial
        if plate.firmware:
            station["firmwareVersion"] = plate.firmware
        modem = {key: value for key, value in (("iccid", plate.iccid), ("imsi", plate.imsi)) if value}
        if modem:
            station["modem"] = modem
        return Message("BootNotification", {"chargingStation": station, "reason": reason})

    def heartbeat(self) -> Message:
        return Message("Heartbeat", {})

    def authorize(self, id_token: str, token_type: str) -> Message:
        return Message("Authorize", {"idToken": {"idToken": id_token, "type": token_type}})

    def status_word(self, outlet: Outlet) -> str:
        return outlet.status_v2()

    def station_status(self, word: str) -> list[Message]:
        return []

    def status(self, outlet: Outlet) -> Message:
        return Message(
            "StatusNotification",
            {
                "timestamp": self._time(),
                "connectorStatus": outlet.status_v2(),
                "evseId": outlet.evse,
                "connectorId": 1,
            },
        )

    def trouble(self, outlet: Outlet, trouble: Trouble, cleared: bool) -> list[Message]:
        event: Payload = {
            "eventId": next(self._events),
            "timestamp": self._time(),
            "trigger": "Alerting",
            "actualValue": "false" if cleared else "true",
            "component": {"name": trouble.component, "evse": {"id": outlet.evse, "connectorId": 1}},
            "variable": {"name": "Problem"},
            "eventNotificationType": "HardWiredNotification",
        }
        if trouble.tech_code:
            event["techCode"] = trouble.tech_code
        if trouble.info:
            event["techInfo"] = trouble.info
        if cleared:
            event["cleared"] = True
        return [Message("NotifyEvent", {"generatedAt": self._time(), "seqNo": 0, "tbc": False, "eventData": [event]})]

    # -- transactions ----------------------------------------------------------------------------------------

    def started(self, outlet: Outlet, charge: Charge, trigger: str) -> list[Message]:
        payload = self._event("Started", outlet, charge, trigger)
        payload["idToken"] = {"idToken": charge.id_token, "type": charge.token_type}
        if charge.remote_start_id is not None:
            payload["transactionInfo"]["remoteStartId"] = charge.remote_start_id
        if charge.reservation_id is not None:
            payload["reservationId"] = charge.reservation_id
        payload["meterValue"] = self._values(outlet, "Transaction.Begin")
        return [Message("TransactionEvent", payload, keep=True)]

    def changed(self, outlet: Outlet, charge: Charge, trigger: str) -> list[Message]:
        payload = self._event("Updated", outlet, charge, trigger)
        if trigger == "Trigger":
            payload["meterValue"] = self._values(outlet, "Trigger")
        return [Message("TransactionEvent", payload, keep=True)]

    def metered(self, outlet: Outlet, charge: Charge | None, context: str) -> list[Message]:
        if charge is None or context == "Trigger":
            return [Message("MeterValues", {"evseId": outlet.evse, "meterValue": self._values(outlet, context)})]
        payload = self._event("Updated", outlet, charge, "MeterValuePeriodic")
        payload["meterValue"] = self._values(outlet, context)
        return [Message("TransactionEvent", payload, keep=True)]

    def ended(self, outlet: Outlet, charge: Charge, reason: str, trigger: str, id_token: str | None) -> list[Message]:
        payload = self._event("Ended", outlet, charge, trigger)
        payload["transactionInfo"]["stoppedReason"] = reason
        if id_token is not None:
            payload["idToken"] = {"idToken": id_token, "type": charge.token_type}
        payload["meterValue"] = self._values(outlet, "Transaction.End")
        return [Message("TransactionEvent", payload, keep=True)]

    def _event(self, kind: str, outlet: Outlet, charge: Charge, trigger: str) -> Payload:
        return {
            "eventType": kind,
            "timestamp": self._time(),
            "triggerReason": trigger,
            "seqNo": charge.next_seq(),
            "offline": not self._here.online,
            "transactionInfo": {
                "transactionId": str(charge.transaction),
                "chargingState": charge.state,
                "timeSpentCharging": int(charge.charging_s),
            },
            "evse": {"id": outlet.evse, "connectorId": 1},
        }

    # -- the rest --------------------------------------------------------------------------------------------

    def firmware(self, status: str, request_id: int | None) -> Message:
        payload: Payload = {"status": status}
        if request_id is not None and status != "Idle":
            payload["requestId"] = request_id
        return Message("FirmwareStatusNotification", payload)

    def log(self, status: str, request_id: int | None) -> Message:
        payload: Payload = {"status": status}
        if request_id is not None and status != "Idle":
            payload["requestId"] = request_id
        return Message("LogStatusNotification", payload)

    def security_event(self, kind: str, info: str = "") -> Message:
        payload: Payload = {"type": kind, "timestamp": self._time()}
        if info:
            payload["techInfo"] = info
        return Message("SecurityEventNotification", payload)

    def _values(self, outlet: Outlet, context: str) -> list[dict[str, Any]]:
        read = read_meter(outlet, self._here.dice)

        def value(of: float, measurand: str, unit: str, **more: str) -> dict[str, Any]:
            return {
                "value": of,
                "context": context,
                "measurand": measurand,
                "unitOfMeasure": {"unit": unit},
                **more,
            }

        found = [
            value(read.energy_wh, "Energy.Active.Import.Register", "Wh"),
            value(read.power_w, "Power.Active.Import", "W"),
            value(read.offered_w, "Power.Offered", "W"),
        ]
        if outlet.plug.current == "DC":
            found.append(value(read.voltages_v[0], "Voltage", "V"))
            found.append(value(read.currents_a[0], "Current.Import", "A"))
            if read.soc_pct is not None:
                found.append(value(read.soc_pct, "SoC", "Percent", location="EV"))
        else:
            for phase, volt, ampere in zip(_PHASES, read.voltages_v, read.currents_a, strict=False):
                found.append(value(volt, "Voltage", "V", phase=f"{phase}-N"))
                found.append(value(ampere, "Current.Import", "A", phase=phase))
        return [{"timestamp": self._time(), "sampledValue": found}]
