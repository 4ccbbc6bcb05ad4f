"""The meter normaliser's table: what makers send, and the one Sample that it means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from backend.gateway import meter, wire2, wire16
from backend.gateway.tolerant import Reader
from backend.model.event import Sample

read16 = Reader(wire16.MeterValues, {"timestamp": None, "sampledValue": (), "connectorId": 0}).read
read2 = Reader(wire2.MeterValues, {"timestamp": None, "sampledValue": ()}).read
AT = "2024-05-13T20:52:56Z"
NOW = datetime(2024, 5, 13, 20, 52, 56, tzinfo=UTC).timestamp()


def old(*values: Any, at: str = AT) -> Any:
    """One 1.6 meterValue from (measurand, value, unit, phase, more) tuples."""
    sampled = []
    for measurand, value, *rest in values:
        keys = zip(("unit", "phase", "context", "location", "format"), rest, strict=False)
        one: dict[str, Any] = {"value": value, **{key: item for key, item in keys if item}}
        if measurand:
            one["measurand"] = measurand
        sampled.append(one)
    return {"timestamp": at, "sampledValue": sampled}


def samples16(*elements: Any) -> tuple[tuple[Sample, ...], list[str]]:
    deviations: list[str] = []
    message = read16(msgspec.json.encode({"connectorId": 1, "meterValue": list(elements)}), deviations)
    return meter.samples([(v.timestamp, v.sampled_value) for v in message.meter_value], deviations), deviations


E, P, U, A = meter.ENERGY, "Power.Active.Import", "Voltage", "Current.Import"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([("", "1234")], {"energy_wh": 1234}, id="a bare value is the register in Wh"),
        pytest.param([(E, "1.6250000000000002", "kWh")], {"energy_wh": 1625}, id="kWh with float noise"),
        pytest.param([(E, "9.120", "Wh")], {"energy_wh": 9}, id="fractions of a Wh"),
        pytest.param([(E, "4296944685", "Wh")], {"energy_wh": 4296944685}, id="beyond 32 bits"),
        pytest.param(
            [(E, "100", "Wh", "L1"), (E, "200", "Wh", "L2"), (E, "300", "Wh", "L3")],
            {"energy_wh": 600},
            id="registers per phase are summed",
        ),
        pytest.param(
            [(E, "700", "Wh"), (E, "100", "Wh", "L1"), (E, "200", "Wh", "L2")],
            {"energy_wh": 700},
            id="a total beats the phases and is not doubled",
        ),
        pytest.param(
            [(P, "2170", "W", "L1"), (P, "2163", "W", "L2")], {"power_w": 4333.0}, id="power is summed over phases"
        ),
        pytest.param([(P, "11.04", "kW")], {"power_w": 11040.0}, id="kW"),
        pytest.param([(P, "0", "W"), (P, "5", "W", "L1")], {"power_w": 0.0}, id="a total of nothing is a total"),
        pytest.param(
            [(A, "6.849", "A", "L1"), (U, "234.263", "V", "L1-N")],
            {"power_w": 1604.5, "current_a": (6.849,), "voltage_v": (234.263,)},
            id="no power: U times I",
        ),
        pytest.param(
            [(A, "10", "A", "L1"), (A, "10", "A", "L2"), (A, "0", "A", "L3"), (U, "230", "V", "L1")],
            {"power_w": 4600.0, "current_a": (10.0, 10.0, 0.0)},
            id="one voltage stands for all phases",
        ),
        pytest.param(
            [(A, "120", "A"), (U, "400", "V")],
            {"power_w": 48000.0, "current_a": (120.0,), "voltage_v": (400.0,)},
            id="direct current: no phases",
        ),
        pytest.param(
            [(A, "19.0", "A")], {"current_a": (19.0,), "power_w": None}, id="a current without phase is the whole"
        ),
        pytest.param([(A, "16000", "mA", "L1")], {"current_a": (16.0,)}, id="mA"),
        pytest.param(
            [(U, "394.8", "V", "L2-L3"), (U, "397.5", "V", "L3-L1")],
            {"voltage_v": (227.9, 229.5)},
            id="line to line, when there is nothing else",
        ),
        pytest.param(
            [(U, "230", "V", "L1-N"), (U, "398", "V", "L1-L2")], {"voltage_v": (230.0,)}, id="line to neutral first"
        ),
        pytest.param([(A, "3", "A", "N"), (A, "5", "A", "L1")], {"current_a": (5.0,)}, id="the neutral is no phase"),
        pytest.param([("SoC", "70.0", "Percent", "", "", "EV")], {"soc_pct": 70.0}, id="SoC"),
        pytest.param([("Temperature", "300", "K")], {"temperature_c": 26.85}, id="Kelvin"),
        pytest.param([("Temperature", "104", "Fahrenheit")], {"temperature_c": 40.0}, id="Fahrenheit"),
        pytest.param([("Power.Offered", "13.3", "kW")], {"offered_w": 13300.0}, id="offered"),
        pytest.param([(E, "1,5", "kWh")], {"energy_wh": 1500}, id="a comma"),
        pytest.param([(P, "1100 W", "W")], {"power_w": 1100.0}, id="a unit behind the figure"),
        pytest.param(
            [(E, "5", "Wh", "", "", "Inlet"), (E, "4", "Wh", "", "", "Outlet")],
            {"energy_wh": 4},
            id="what leaves the outlet counts",
        ),
        pytest.param(
            [
                (E, "9", "Wh"),
                ("Energy.Active.Import.Interval", "3", "Wh"),
                ("Energy.Active.Export.Register", "7", "Wh"),
            ],
            {"energy_wh": 9},
            id="intervals and exports are no register",
        ),
    ],
)
def test_normalised(values: Any, expected: dict[str, Any]) -> None:
    """One element, one Sample."""
    found, _ = samples16(old(*values))
    assert len(found) == 1
    assert {name: getattr(found[0], name) for name in expected} == expected
    assert found[0].at == NOW


@pytest.mark.parametrize("value", ["", "abc", "NaN", "Infinity", "-"])
def test_nonsense_leaves_nothing(value: str) -> None:
    """No Sample is better than a wrong one; the oddity is named."""
    found, deviations = samples16(old((P, value, "W")))
    assert found == ()
    assert deviations == ["not_a_number:value"]


def test_signed_data_is_no_figure() -> None:
    """A signature is skipped, the figures beside it count."""
    found, _ = samples16(old((E, "OCMF|{...}", "Wh", "", "", "", "SignedData"), (P, "5", "W")))
    assert (found[0].energy_wh, found[0].power_w) == (None, 5.0)


def test_elements_of_one_moment_are_one_sample() -> None:
    """Zaptec sends one element per measurand; contexts may be missing on some."""
    found, _ = samples16(
        old((P, "0.0", "W", "", "Trigger")), old((E, "7982181", "Wh", "", "Trigger")), old((A, "0", "A", "L1"))
    )
    assert found == (Sample(at=NOW, energy_wh=7982181, power_w=0.0, current_a=(0.0,), context="Trigger"),)


def test_begin_and_end_of_a_transaction_stay_apart() -> None:
    """Even when a station stamps both with the same time."""
    found, _ = samples16(old((E, "100", "Wh", "", "Transaction.Begin"), (E, "900", "Wh", "", "Transaction.End")))
    assert [(s.context, s.energy_wh) for s in found] == [("Transaction.Begin", 100), ("Transaction.End", 900)]


def test_times_that_cannot_be_true_are_none() -> None:
    """1970 is a clock that was never set."""
    found, deviations = samples16(old((P, "1", "W"), at="1970-01-01T00:00:00.740Z"))
    assert found[0].at is None
    assert "absurd_time:timestamp" in deviations


def test_tolerant_shapes() -> None:
    """meterValue as an object, figures as numbers, an empty list, unknown units and extra fields."""
    deviations: list[str] = []
    message = read16(
        msgspec.json.encode(
            {
                "connectorId": "1",
                "meterValue": {
                    "timestamp": AT,
                    "sampledValue": [{"value": 0.5, "measurand": "power.active.import", "unit": "KW", "odd": 1}],
                },
            }
        ),
        deviations,
    )
    found = meter.samples([(v.timestamp, v.sampled_value) for v in message.meter_value], deviations)
    assert found[0].power_w == 500.0
    assert set(deviations) == {
        "text_for_number:connectorId",
        "not_a_list:meterValue",
        "number_for_text:value",
        "word_case:measurand",
        "word_case:unit",
        "extra:odd",
    }
    deviations = []
    message = read16(
        b'{"connectorId":1,"meterValue":[{"timestamp":"2022-05-01T00:00:00Z","sampledValue":[]}]}', deviations
    )
    assert message.meter_value[0].sampled_value == []
    assert "empty:sampledValue" in deviations


@pytest.mark.parametrize(
    ("sampled", "expected"),
    [
        ({"value": 12.5}, {"energy_wh": 12}),
        ({"value": 3.5, "unitOfMeasure": {"unit": "Wh", "multiplier": 3}}, {"energy_wh": 3500}),
        ({"value": 3.5, "unitOfMeasure": {"unit": "kWh"}}, {"energy_wh": 3500}),
        ({"value": 1.1, "measurand": "Power.Active.Import", "unitOfMeasure": {"multiplier": 4}}, {"power_w": 11000.0}),
        ({"value": 55, "measurand": "SoC", "unitOfMeasure": {"unit": "Percent"}}, {"soc_pct": 55.0}),
    ],
)
def test_units_and_multipliers_of_2(sampled: Any, expected: dict[str, Any]) -> None:
    """value x 10^multiplier, then the unit."""
    payload = {"evseId": 1, "meterValue": [{"timestamp": AT, "sampledValue": [sampled]}]}
    deviations: list[str] = []
    message = read2(msgspec.json.encode(payload), deviations)
    found = meter.samples([(v.timestamp, v.sampled_value) for v in message.meter_value], deviations)
    assert {name: getattr(found[0], name) for name in expected} == pytest.approx(expected)
    assert deviations == []


def test_an_absurd_multiplier_is_left_out() -> None:
    """10 to the power of a billion would take a while."""
    payload = {
        "evseId": 1,
        "meterValue": [{"timestamp": AT, "sampledValue": [{"value": 1, "unitOfMeasure": {"multiplier": 10**9}}]}],
    }
    deviations: list[str] = []
    message = read2(msgspec.json.encode(payload), deviations)
    assert meter.samples([(v.timestamp, v.sampled_value) for v in message.meter_value], deviations) == ()
    assert deviations == ["out_of_range:multiplier"]
