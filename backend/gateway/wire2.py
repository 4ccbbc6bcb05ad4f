"""Payloads of OCPP 2.0.1 and 2.1 that carry state or energy: what both have, and what 2.1 adds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from backend.gateway import meter
from backend.gateway.words import (
    BootReason2,
    ChargingState2,
    Context2,
    Count,
    EventTrigger2,
    EventType2,
    Location2,
    Measurand2,
    Phase2,
    Status2,
    StopReason2,
    Text20,
    Text25,
    Text36,
    Text50,
    Text255,
    Trigger2,
    Whole,
)

Moment = Annotated[datetime, Meta(tz=True)]


class Payload(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True, gc=False):
    """Base: camelCase on the wire, customData anywhere; an unknown field leads to the tolerant reading."""

    custom_data: Any = None


class Modem(Payload):
    iccid: Text20 = ""
    imsi: Text20 = ""


class ChargingStation(Payload):
    vendor_name: Text50
    model: Text20
    serial_number: Text25 = ""
    firmware_version: Text50 = ""
    modem: Modem | None = None


class BootNotification(Payload):
    charging_station: ChargingStation
    reason: BootReason2


class StatusNotification(Payload):
    timestamp: Moment | None
    connector_status: Status2
    evse_id: Count
    connector_id: Count


class IdToken(Payload):
    id_token: Text255
    type: Text20
    additional_info: Any = None


class Authorize(Payload):
    id_token: IdToken
    certificate: str = ""
    iso15118_certificate_hash_data: Any = field(default=None, name="iso15118CertificateHashData")


class UnitOfMeasure(Payload):
    unit: Text20 = ""
    multiplier: Whole = 0


class SampledValue(Payload):
    value: float
    measurand: Measurand2 = ""
    context: Context2 = ""
    phase: Phase2 = ""
    location: Location2 = ""
    unit_of_measure: UnitOfMeasure | None = None
    signed_meter_value: Any = None

    def scaled(self, deviations: list[str]) -> float | None:
        """The value in Wh, W, A, V, percent or Celsius; None when it is none."""
        value = meter.number(self.value, deviations)
        unit = self.unit_of_measure
        if value is None or unit is None:
            return value
        if unit.multiplier:
            if not -12 <= unit.multiplier <= 12:
                deviations.append("out_of_range:multiplier")
                return None
            value *= 10.0**unit.multiplier
        factor = meter.FACTORS.get(unit.unit)
        return value * factor if factor is not None else meter.scale(value, unit.unit)


class MeterValue(Payload):
    timestamp: Moment | None
    sampled_value: Annotated[list[SampledValue], Meta(min_length=1)]


class MeterValues(Payload):
    evse_id: Count
    meter_value: Annotated[list[MeterValue], Meta(min_length=1)]


class Evse(Payload):
    id: Count
    connector_id: Count | None = None


class TransactionInfo(Payload):
    transaction_id: Text36
    charging_state: ChargingState2 = ""
    time_spent_charging: Whole | None = None
    stopped_reason: StopReason2 = ""
    remote_start_id: Whole | None = None
    operation_mode: str = ""
    tariff_id: str = ""
    transaction_limit: Any = None


class TransactionEvent(Payload):
    event_type: EventType2
    timestamp: Moment | None
    trigger_reason: Trigger2
    seq_no: Whole | None
    transaction_info: TransactionInfo
    offline: bool = False
    number_of_phases_used: Whole | None = None
    cable_max_current: Whole | None = None
    reservation_id: Whole | None = None
    preconditioning_status: str = ""
    evse_sleep: bool = False
    cost_details: Any = None
    evse: Evse | None = None
    id_token: IdToken | None = None
    meter_value: list[MeterValue] = field(default_factory=list)


class Component(Payload):
    name: Text50
    instance: Text50 = ""
    evse: Evse | None = None


class Variable(Payload):
    name: Text50
    instance: Text50 = ""


class EventData(Payload):
    event_id: Whole
    timestamp: Moment | None
    trigger: EventTrigger2
    actual_value: str
    component: Component
    variable: Variable
    event_notification_type: str = ""
    cause: Whole | None = None
    tech_code: Text50 = ""
    tech_info: str = ""
    cleared: bool | None = None
    transaction_id: Text36 = ""
    variable_monitoring_id: Whole | None = None
    severity: Whole | None = None


class NotifyEvent(Payload):
    generated_at: Moment | None
    seq_no: Whole
    event_data: Annotated[list[EventData], Meta(min_length=1)]
    tbc: bool = False
