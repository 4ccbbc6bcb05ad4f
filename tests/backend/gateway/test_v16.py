"""1.6 payloads to events, in the tolerant reading above all."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from backend.gateway.breach import Breach, Violation
from backend.gateway.letter import Letter
from backend.gateway.v16 import ACTIONS
from backend.model.clock import HeldClock
from backend.model.event import Fault
from backend.model.words import Version

NOW = HeldClock().now()


def read(action: str, payload: Any) -> tuple[Any, list[str]]:
    """The single event of a payload, and the deviations."""
    letter = Letter("CP1", Version.V16, {})
    letter.action, letter.learned = action, NOW
    (event,) = ACTIONS[action].read(msgspec.json.encode(payload), letter)
    return event, letter.deviations


@pytest.mark.parametrize(
    ("payload", "deviations"),
    [
        ({}, {"missing:chargePointVendor", "missing:chargePointModel"}),
        ({"chargePointVendor": "", "chargePointModel": "ACChargePoint"}, set()),
        (
            {
                "chargePointVendor": "Phoenix Contact GmbH & Co. KG",
                "chargePointModel": "EV-CC-AC1-M3-CBC-RCM-ETH-3PN-SER",
            },
            {"too_long:chargePointVendor", "too_long:chargePointModel"},
        ),
        (
            {"chargePointVendor": 7, "chargePointModel": None},
            {"number_for_text:chargePointVendor", "null:chargePointModel", "missing:chargePointModel"},
        ),
        ({"ChargePointVendor": "V", "chargePointModel": "M", "x": 1}, {"key_case:chargePointVendor", "extra:x"}),
    ],
)
def test_boot_is_never_refused(payload: Any, deviations: set[str]) -> None:
    """Neither for lengths nor for what is missing; what was odd is named on the event."""
    event, found = read("BootNotification", payload)
    assert set(found) == deviations
    assert event.deviations == tuple(found)
    assert len(event.model) == len(payload.get("chargePointModel") or "")


def test_boot_prefers_the_charge_points_own_serial() -> None:
    """The box's serial stands in when there is no other."""
    both = {"chargePointVendor": "V", "chargePointModel": "M", "chargeBoxSerialNumber": "B"}
    assert read("BootNotification", both)[0].serial == "B"
    assert read("BootNotification", {**both, "chargePointSerialNumber": "P"})[0].serial == "P"


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ({}, ()),
        ({"vendorErrorCode": "0x0000", "info": "null"}, ()),
        ({"vendorErrorCode": "none"}, ()),
        ({"errorCode": "OverVoltage"}, (Fault(code="OverVoltage"),)),
        ({"errorCode": "Error"}, (Fault(code="Error"),)),
        (
            {"errorCode": "OtherError", "vendorErrorCode": "210", "info": "Modbus lost"},
            (Fault(code="OtherError", vendor_code="210", info="Modbus lost"),),
        ),
        (
            {"errorCode": "OtherError", "vendorErrorCode": "CX019", "vendorId": "https://chargex.inl.gov"},
            (Fault(code="CX019", vendor_code="CX019", vendor_id="https://chargex.inl.gov"),),
        ),
        (
            {"errorCode": "OtherError", "vendorErrorCode": "CX019; CX004", "info": "hot;much"},
            (
                Fault(code="CX019", vendor_code="CX019", info="hot"),
                Fault(code="CX004", vendor_code="CX004", info="much"),
            ),
        ),
        (
            {"vendorErrorCode": "A001,F010", "info": "one text"},
            (
                Fault(code="A001", vendor_code="A001", info="one text"),
                Fault(code="F010", vendor_code="F010", info="one text"),
            ),
        ),
        (
            {"errorCode": "HighTemperature", "vendorErrorCode": "CX019,17"},
            (Fault(code="HighTemperature", vendor_code="CX019,17"),),
        ),
    ],
)
def test_faults(more: Any, faults: tuple[Fault, ...]) -> None:
    """MREC codes are split, with or without a vendorId; a code that says nothing is none."""
    event, _ = read("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Faulted", **more})
    assert event.faults == faults


def test_status_of_station_and_connector() -> None:
    """Connector 0 is the station; unknown words are kept as data, wrong case is mended."""
    event, _ = read("StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"})
    assert (event.evse, event.connector, event.said) == (0, 0, None)
    event, found = read("StatusNotification", {"connectorId": "2", "errorCode": "NoError", "status": "Occupied"})
    assert (event.evse, event.connector, event.status) == (2, 1, "Occupied")
    assert found == ["text_for_number:connectorId", "unknown_word:status"]
    event, found = read("StatusNotification", {"connectorId": 1, "status": "suspendedev"})
    assert (event.status, found) == ("SuspendedEV", ["word_case:status", "missing:errorCode"])


@pytest.mark.parametrize(
    ("text", "said", "deviation"),
    [
        ("2024-04-26T14:35:02Z", 1714142102.0, None),
        ("2024-04-26T14:35:02.5+02:00", 1714134902.5, None),
        ("2024-04-26T14:35:02+02", 1714134902.0, "odd_time:timestamp"),
        ("2024-04-26T14:35:02", 1714142102.0, "local_time:timestamp"),
        ("2024-04-26 14:35:02", 1714142102.0, "local_time:timestamp"),
        ("2024-04-26T14:35Z", 1714142100.0, "odd_time:timestamp"),
        ("2024-12-31T23:59:60Z", 1735689599.0, "odd_time:timestamp"),
        (1714142102, 1714142102.0, "epoch_time:timestamp"),
        ("1714142102000", 1714142102.0, "epoch_time:timestamp"),
        ("1970-01-01T00:00:00.740Z", None, "absurd_time:timestamp"),
        ("2023-02-29T00:00:00Z", None, "bad_time:timestamp"),
        ("yesterday", None, "bad_time:timestamp"),
        ("", None, "bad_time:timestamp"),
        ({}, None, "bad_time:timestamp"),
        (10**18, None, "epoch_time:timestamp"),
    ],
)
def test_times(text: Any, said: float | None, deviation: str | None) -> None:
    """Whatever they write; what cannot be true is None."""
    event, found = read(
        "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": text}
    )
    assert event.said == said
    assert deviation is None or deviation in found


def test_transaction_messages_lack_what_they_like() -> None:
    """Never refused for what is missing or too long; only without a connector there is no place for a start."""
    event, found = read("StartTransaction", {"connectorId": 1})
    assert (event.id_token, event.meter_start_wh, event.said, event.transaction_id) == (None, None, None, None)
    assert set(found) == {"missing:idTag", "missing:meterStart", "missing:timestamp"}
    event, found = read(
        "StopTransaction",
        {
            "transactionId": "17",
            "idTag": "DEMO0000000000000000-",
            "meterStop": 99.6,
            "timestamp": "x",
            "reason": "Unplugged",
        },
    )
    assert (event.transaction_id, event.id_token, event.meter_stop_wh) == ("17", "DEMO0000000000000000-", 100)
    assert event.reason == "Unplugged"
    event, _ = read("StopTransaction", {})
    assert (event.transaction_id, event.reason) == ("-1", "Local")
    with pytest.raises(Violation) as caught:
        read("StartTransaction", {"idTag": "A"})
    assert caught.value.breach is Breach.OCCURRENCE


def test_transaction_data() -> None:
    """What StopTransaction brings along, extra fields or not."""
    event, found = read(
        "StopTransaction",
        {
            "connectorId": 1,
            "transactionId": 1,
            "meterStop": 1625,
            "timestamp": "2024-04-12T14:15:37.427Z",
            "transactionData": [
                {
                    "timestamp": "2024-04-12T14:15:37.427Z",
                    "sampledValue": [{"value": "1.6250000000000002", "unit": "kWh", "context": "Transaction.End"}],
                }
            ],
        },
    )
    assert [(s.energy_wh, s.context) for s in event.samples] == [(1625, "Transaction.End")]
    assert found == ["extra:connectorId"]


@pytest.mark.parametrize(
    ("transaction", "kept"), [(9223372036854775807, "9223372036854775807"), (0, "0"), (-1, "-1"), (None, None)]
)
def test_transactions_of_meter_values(transaction: Any, kept: str | None) -> None:
    """64 bits stay exact; what an id below 1 means is for the fleet to say."""
    payload = {"connectorId": 1, "transactionId": transaction, "meterValue": []}
    assert read("MeterValues", payload)[0].transaction_id == kept


def test_names_of_extra_fields_are_harmless_and_bounded() -> None:
    """A deviation is shown to people; a station cannot flood the list of them."""
    payload = {"chargePointVendor": "V", "chargePointModel": "M", **{f"\x1b{n}": n for n in range(100)}}
    _, found = read("BootNotification", payload)
    assert len(found) <= 32
    assert all("\x1b" not in name for name in found)


def test_notices() -> None:
    """One line for a person, the payload kept, without secrets."""
    event, _ = read("DataTransfer", {"vendorId": "EV-BOX", "messageId": "m", "data": "idTag=04AABBCC"})
    assert (event.action, event.text) == ("DataTransfer", "EV-BOX m")
    assert "04AABBCC" not in event.data
    event, _ = read("FirmwareStatusNotification", {"status": "Installed"})
    assert event.text == "Installed"
    event, _ = read(
        "SecurityEventNotification",
        {"type": "StartupOfTheDevice", "timestamp": "2024-02-23T10:13:41.360Z", "techInfo": "booted"},
    )
    assert (event.text, event.said) == ("StartupOfTheDevice: booted", 1708683221.36)
