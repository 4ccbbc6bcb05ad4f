"""Payloads of OCPP 1.6 that carry state or energy, as the standard has them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from backend.gateway import meter
from backend.gateway.words import (
    Context16,
    Count,
    Error16,
    Location16,
    Measurand16,
    Phase16,
    Reason16,
    Status16,
    Text20,
    Text25,
    Text50,
    Text255,
    Unit16,
    Whole,
)

Moment = Annotated[datetime, Meta(tz=True)]


class Payload(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True, gc=False):
    """Base: camelCase on the wire; an unknown field leads to the tolerant reading."""


class Authorize(Payload):
    id_tag: Text20


class BootNotification(Payload):
    charge_point_vendor: Text20
    charge_point_model: Text20
    charge_point_serial_number: Text25 = ""
    charge_box_serial_number: Text25 = ""
    firmware_version: Text50 = ""
    iccid: Text20 = ""
    imsi: Text20 = ""
    meter_type: Text25 = ""
    meter_serial_number: Text25 = ""


class StatusNotification(Payload):
    connector_id: Count
    status: Status16
    error_code: Error16
    timestamp: Moment | None = None
    info: Text50 = ""
    vendor_id: Text255 = ""
    vendor_error_code: Text50 = ""


class SampledValue(Payload):
    value: str
    context: Context16 = ""
    format: str = "Raw"
    measurand: Measurand16 = ""
    phase: Phase16 = ""
    location: Location16 = ""
    unit: Unit16 = ""

    def scaled(self, deviations: list[str]) -> float | None:
        """The value in Wh, W, A, V, percent or Celsius; None when it is none."""
        if self.format == "SignedData":
            return None
        unit = self.unit
        value: float | None
        try:
            # Nearly all figures; `number` has the closer look at the others.
            value = float(self.value)
        except ValueError:
            value = None
        if value is None or not -meter.SENSIBLE < value < meter.SENSIBLE:
            value = meter.number(self.value, deviations)
            if value is None:
                return None
        if not unit:
            if self.measurand not in ("", meter.ENERGY):
                deviations.append("missing:unit")
            return value
        factor = meter.FACTORS.get(unit)
        return value * factor if factor is not None else meter.scale(value, unit)


class MeterValue(Payload):
    timestamp: Moment | None
    sampled_value: Annotated[list[SampledValue], Meta(min_length=1)]


class MeterValues(Payload):
    connector_id: Count
    meter_value: Annotated[list[MeterValue], Meta(min_length=1)]
    transaction_id: Whole | None = None


class StartTransaction(Payload):
    connector_id: Count
    id_tag: Text20
    meter_start: Whole | None
    timestamp: Moment | None
    reservation_id: Whole | None = None


class StopTransaction(Payload):
    meter_stop: Whole | None
    timestamp: Moment | None
    transaction_id: Whole
    id_tag: Text20 = ""
    reason: Reason16 = "Local"
    transaction_data: list[MeterValue] = field(default_factory=list)
