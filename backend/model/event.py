"""What a station, an operator or time did, whatever the OCPP version.

Each event tells when we learned it (`learned`) and when the station says it happened (`said`, None when it
did not say, or said nonsense). Only `fleet` decides which of the two counts.
Words of OCPP stay as sent (sanitised); ids and energies are whole numbers.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from backend.model.clock import Instant
from backend.model.words import Version


class Sample(Struct, frozen=True, kw_only=True, gc=False):
    """One normalised reading of a meter: totals over the phases, SI units."""

    at: Instant | None = None
    """When the station says it was read."""
    energy_wh: int | None = None
    """The import register."""
    power_w: float | None = None
    offered_w: float | None = None
    current_a: tuple[float, ...] = ()
    """One figure per phase, or one in all."""
    voltage_v: tuple[float, ...] = ()
    soc_pct: float | None = None
    temperature_c: float | None = None
    context: str = "Sample.Periodic"


class Fault(Struct, frozen=True, kw_only=True, gc=False):
    """One fault that a station reports or clears."""

    code: str
    """OCPP 1.6 errorCode, MREC code (`CX019`), or a component's name."""
    vendor_code: str = ""
    vendor_id: str = ""
    info: str = ""


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """What all events have."""

    station: str
    """The registered identity of the station."""
    learned: Instant
    said: Instant | None = None


class Connected(Event, frozen=True, kw_only=True, gc=False):
    """A WebSocket was accepted. An earlier one of the same station is replaced without a Disconnected."""

    connection: int
    """Numbers connections; a late close of a replaced one is told by it."""
    version: Version
    address: str
    security_profile: int = 0
    new_key: bool = False
    """It has shown the key that was on its way to it."""


class Disconnected(Event, frozen=True, kw_only=True, gc=False):
    connection: int
    code: int
    """WebSocket close code; 1006 when there was none."""
    reason: str = ""


class Heard(Event, frozen=True, kw_only=True, gc=False):
    """A sign of life that carries nothing else: Heartbeat, a pong, an answer."""


class Booted(Event, frozen=True, kw_only=True, gc=False):
    """BootNotification."""

    vendor: str
    model: str
    serial: str = ""
    firmware: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial: str = ""
    reason: str = ""
    """2.x boot reason; empty in 1.6."""
    deviations: tuple[str, ...] = ()


class StatusReported(Event, frozen=True, kw_only=True, gc=False):
    """StatusNotification, or a NotifyEvent about a connector's AvailabilityState."""

    evse: int
    """0 is the station itself. In 1.6 the number of the connector."""
    connector: int
    """In 1.6 always 1 (0 for the station)."""
    status: str
    """The OCPP word, unknown words included."""
    faults: tuple[Fault, ...] = ()
    """The whole picture: what is not named is cleared (1.6). A warning when status is not Faulted."""
    info: str = ""


class FaultsReported(Event, frozen=True, kw_only=True, gc=False):
    """2.x NotifyEvent: single faults set or cleared; those not named stay as they are."""

    evse: int
    connector: int
    raised: tuple[Fault, ...] = ()
    cleared: tuple[Fault, ...] = ()


class AuthorizeAsked(Event, frozen=True, kw_only=True, gc=False):
    id_token: str
    token_type: str = ""


class TransactionStarted(Event, frozen=True, kw_only=True, gc=False):
    """1.6 StartTransaction (`transaction_id` None: we give it), or a TransactionEvent Started."""

    evse: int
    connector: int
    transaction_id: str | None
    id_token: str | None
    token_type: str = ""
    meter_start_wh: int | None = None
    charging_state: str = ""
    """2.x: EVConnected, Charging, SuspendedEV, SuspendedEVSE, Idle."""
    trigger: str = ""
    """2.x triggerReason."""
    seq_no: int | None = None
    offline: bool = False
    remote_start_id: int | None = None
    reservation_id: int | None = None
    samples: tuple[Sample, ...] = ()


class TransactionUpdated(Event, frozen=True, kw_only=True, gc=False):
    """2.x TransactionEvent Updated."""

    transaction_id: str
    evse: int | None = None
    connector: int | None = None
    id_token: str | None = None
    token_type: str = ""
    charging_state: str = ""
    trigger: str = ""
    seq_no: int | None = None
    offline: bool = False
    remote_start_id: int | None = None
    samples: tuple[Sample, ...] = ()


class TransactionEnded(Event, frozen=True, kw_only=True, gc=False):
    """1.6 StopTransaction, or a TransactionEvent Ended."""

    transaction_id: str
    """As the station sent it: 1.6 sends `-1` for a start that was never answered."""
    evse: int | None = None
    connector: int | None = None
    id_token: str | None = None
    token_type: str = ""
    meter_stop_wh: int | None = None
    reason: str = "Local"
    charging_state: str = ""
    trigger: str = ""
    seq_no: int | None = None
    offline: bool = False
    remote_start_id: int | None = None
    samples: tuple[Sample, ...] = ()


class MeterValuesReported(Event, frozen=True, kw_only=True, gc=False):
    """MeterValues, inside a transaction or not."""

    evse: int
    connector: int
    transaction_id: str | None
    samples: tuple[Sample, ...] = ()


class Noticed(Event, frozen=True, kw_only=True, gc=False):
    """A message that is kept and shown, and changes no live state: firmware and log status, security
    events, reports, data transfers, and whatever else the protocol knows."""

    action: str
    """The OCPP action."""
    text: str
    """One line for a person: the status, the event's type, the vendor's message id."""
    data: str = ""
    """The payload as JSON, redacted."""


StationEvent: TypeAlias = (
    Connected
    | Disconnected
    | Heard
    | Booted
    | StatusReported
    | FaultsReported
    | AuthorizeAsked
    | TransactionStarted
    | TransactionUpdated
    | TransactionEnded
    | MeterValuesReported
    | Noticed
)
