"""2.0.1 and 2.1 payloads to events."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from backend.gateway.breach import Breach, Violation
from backend.gateway.letter import Letter
from backend.gateway.translators import TRANSLATORS
from backend.model.clock import HeldClock
from backend.model.event import (
    Fault,
    FaultsReported,
    Noticed,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from backend.model.words import Version

NOW = HeldClock().now()
AT = "2024-04-26T14:35:02Z"
SAID = 1714142102.0


class Reading:
    """Reads payloads of one station, one after the other."""

    def __init__(self, version: Version = Version.V201) -> None:
        self.letter = Letter("CP1", version, {})

    def all(self, action: str, payload: Any) -> tuple[Any, ...]:
        self.letter.action, self.letter.learned, self.letter.deviations = action, NOW, []
        return TRANSLATORS[self.letter.version].actions[action].read(msgspec.json.encode(payload), self.letter)

    def one(self, action: str, payload: Any) -> Any:
        (event,) = self.all(action, payload)
        return event


@pytest.fixture(params=[Version.V201, Version.V21])
def reading(request: Any) -> Reading:
    return Reading(request.param)


def transaction(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "eventType": kind,
        "timestamp": AT,
        "triggerReason": "CablePluggedIn",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "tx-1"},
        **more,
    }


def test_boot(reading: Reading) -> None:
    """With the reason, which 1.6 does not have; lengths and lacks are forgiven."""
    event = reading.one(
        "BootNotification",
        {
            "reason": "PowerUp",
            "chargingStation": {
                "vendorName": "V",
                "model": "M" * 30,
                "serialNumber": "S" * 34,
                "modem": {"iccid": "8946", "imsi": "240"},
            },
        },
    )
    assert (event.vendor, event.model, event.serial, event.reason) == ("V", "M" * 30, "S" * 34, "PowerUp")
    assert (event.iccid, event.imsi) == ("8946", "240")
    assert event.deviations == ("too_long:model", "too_long:serialNumber")
    event = reading.one("BootNotification", {"chargingStation": {}})
    assert (event.vendor, event.reason) == ("", "Unknown")


def test_payloads_in_the_shape_of_1_6(reading: Reading) -> None:
    """Some firmwares change the subprotocol and nothing else."""
    event = reading.one(
        "BootNotification",
        {"chargePointModel": "EVlink Smart Wallbox", "chargePointVendor": "Schneider Electric", "firmwareVersion": "3"},
    )
    assert (event.vendor, event.model) == ("Schneider Electric", "EVlink Smart Wallbox")
    assert "shape_of_1.6" in event.deviations
    event = reading.one("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
    assert (event.evse, event.connector, event.status) == (1, 1, "Available")
    event = reading.one("Authorize", {"idTag": "A"})
    assert event.id_token == "A"
    event = reading.one("MeterValues", {"connectorId": 2, "transactionId": 5, "meterValue": []})
    assert (event.evse, event.transaction_id) == (2, "5")


def test_status(reading: Reading) -> None:
    """EVSE and connector are two things here."""
    event = reading.one(
        "StatusNotification", {"timestamp": AT, "connectorStatus": "Occupied", "evseId": 2, "connectorId": 3}
    )
    assert event == StatusReported(
        station="CP1", learned=NOW, said=SAID, evse=2, connector=3, status="Occupied", faults=()
    )


def test_a_whole_transaction(reading: Reading) -> None:
    """Started, Updated, Ended, each with what it carries."""
    register = {"timestamp": AT, "sampledValue": [{"value": 100, "context": "Transaction.Begin"}]}
    event = reading.one(
        "TransactionEvent",
        transaction(
            "Started",
            evse={"id": 1, "connectorId": 2},
            idToken={"idToken": "04AA", "type": "ISO14443"},
            transactionInfo={"transactionId": "tx-1", "chargingState": "EVConnected", "remoteStartId": 7},
            reservationId=3,
            meterValue=[register],
        ),
    )
    assert isinstance(event, TransactionStarted)
    assert (event.evse, event.connector, event.transaction_id, event.id_token) == (1, 2, "tx-1", "04AA")
    assert (event.meter_start_wh, event.remote_start_id, event.reservation_id, event.seq_no) == (100, 7, 3, 0)
    assert (event.charging_state, event.trigger, event.said) == ("EVConnected", "CablePluggedIn", SAID)
    event = reading.one("TransactionEvent", transaction("Updated", seqNo=1, offline=True))
    assert isinstance(event, TransactionUpdated)
    assert (event.evse, event.id_token, event.offline, event.samples) == (None, None, True, ())
    event = reading.one(
        "TransactionEvent",
        transaction(
            "Ended",
            transactionInfo={"transactionId": "tx-1", "stoppedReason": "ImmediateReset"},
            meterValue=[
                {"timestamp": AT, "sampledValue": [{"value": 900, "context": "Transaction.End"}]},
                {"timestamp": AT, "sampledValue": [{"value": 880, "context": "Sample.Periodic"}]},
            ],
        ),
    )
    assert isinstance(event, TransactionEnded)
    assert (event.reason, event.meter_stop_wh) == ("ImmediateReset", 900)
    assert reading.letter.deviations == []


def test_transactions_are_read_tolerantly(reading: Reading) -> None:
    """Missing, unknown and wrongly typed things cost no energy; without an id there is no transaction."""
    event = reading.one(
        "TransactionEvent",
        {"eventType": "ended", "transactionInfo": {"transactionId": 17, "stoppedReason": "Weird"}, "seqNo": "4"},
    )
    assert (event.transaction_id, event.reason, event.seq_no, event.said) == ("17", "Weird", 4, None)
    assert {"word_case:eventType", "number_for_text:transactionId", "unknown_word:stoppedReason"} <= set(
        reading.letter.deviations
    )
    with pytest.raises(Violation) as caught:
        reading.one("TransactionEvent", {"eventType": "Ended", "transactionInfo": {}})
    assert caught.value.breach is Breach.OCCURRENCE


def event_data(component: str, variable: str, value: str, **more: Any) -> dict[str, Any]:
    evse = more.pop("evse", {"id": 1, "connectorId": 1})
    return {
        "eventId": 1,
        "timestamp": AT,
        "trigger": more.pop("trigger", "Delta"),
        "actualValue": value,
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": component, **({"evse": evse} if evse else {})},
        "variable": {"name": variable},
        **more,
    }


def notify(*data: Any) -> dict[str, Any]:
    return {"generatedAt": AT, "seqNo": 0, "eventData": list(data)}


def test_availability_is_a_status(reading: Reading) -> None:
    """Of connectors, and of the station as a whole."""
    events = reading.all(
        "NotifyEvent",
        notify(
            event_data("Connector", "AvailabilityState", "Occupied", evse={"id": 2, "connectorId": 1}),
            event_data("ChargingStation", "AvailabilityState", "Available", evse=None),
        ),
    )
    assert [(type(e), e.evse, e.connector, e.status) for e in events] == [
        (StatusReported, 2, 1, "Occupied"),
        (StatusReported, 0, 0, "Available"),
    ]


def test_problems_are_faults(reading: Reading) -> None:
    """By MREC code when there is one, else by component; cleared under the code that they were raised with."""
    (raised,) = reading.all(
        "NotifyEvent",
        notify(
            event_data("Connector", "Problem", "true", techCode="CX019", techInfo="hot"),
            event_data("ConnectorPlugRetentionLock", "Problem", "true"),
            event_data("TemperatureSensor", "Temperature", "91", trigger="Alerting", techCode="E-17"),
        ),
    )
    assert isinstance(raised, FaultsReported)
    assert raised.raised == (
        Fault(code="CX019", vendor_code="CX019", info="hot"),
        Fault(code="ConnectorPlugRetentionLock"),
        Fault(code="TemperatureSensor", vendor_code="E-17", info="Temperature=91"),
    )
    (cleared,) = reading.all(
        "NotifyEvent",
        notify(
            event_data("Connector", "Problem", "false"),
            event_data("ConnectorPlugRetentionLock", "Problem", "true", cleared=True),
            event_data("TemperatureSensor", "Temperature", "40", trigger="Alerting", cleared=True),
        ),
    )
    assert cleared.raised == ()
    assert {fault.code for fault in cleared.cleared} == {
        "CX019",
        "Connector",
        "ConnectorPlugRetentionLock",
        "TemperatureSensor",
    }


def test_a_problem_of_the_station(reading: Reading) -> None:
    """A component without an EVSE belongs to the station itself."""
    (event,) = reading.all("NotifyEvent", notify(event_data("EmergencyStopSensor", "Problem", "true", evse=None)))
    assert (event.evse, event.connector, event.raised[0].code) == (0, 0, "EmergencyStopSensor")


def test_other_events_are_kept(reading: Reading) -> None:
    """One notice beside the statuses and faults of the same message."""
    events = reading.all(
        "NotifyEvent",
        notify(event_data("Connector", "AvailabilityState", "Available"), event_data("TokenReader", "Enabled", "true")),
    )
    assert isinstance(events[1], Noticed)
    assert events[1].text == "TokenReader.Enabled=true"


def test_reports_and_reservations(reading: Reading) -> None:
    """Parts of an answer say which part they are."""
    event = reading.one("NotifyReport", {"requestId": 5, "generatedAt": AT, "seqNo": 2, "tbc": True})
    assert (event.text, event.said) == ("request 5 part 2 (more)", SAID)
    event = reading.one("ReservationStatusUpdate", {"reservationId": 5, "reservationUpdateStatus": "Expired"})
    assert event.text == "Expired (5)"
