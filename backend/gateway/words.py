"""OCPP's own words as types: the enumerations of the `ocpp` package, for strict decoding.

At run time each is a Literal of the enumeration's values, so that what arrives is a plain string; a type checker
sees `str`, because the tolerant reading lets unknown words through.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from msgspec import Meta
from ocpp.v16 import enums as v16
from ocpp.v21 import enums as v21
from ocpp.v201 import enums as v201


def values(*kinds: type[Enum]) -> tuple[str, ...]:
    """All values of one or more enumerations, without repetition."""
    return tuple(dict.fromkeys(str(member.value) for kind in kinds for member in kind))


if TYPE_CHECKING:
    Text20: TypeAlias = str
    Text25: TypeAlias = str
    Text36: TypeAlias = str
    Text50: TypeAlias = str
    Text255: TypeAlias = str
    Whole: TypeAlias = int
    Count: TypeAlias = int
    Status16: TypeAlias = str
    Error16: TypeAlias = str
    Reason16: TypeAlias = str
    Measurand16: TypeAlias = str
    Context16: TypeAlias = str
    Location16: TypeAlias = str
    Phase16: TypeAlias = str
    Unit16: TypeAlias = str
    Status2: TypeAlias = str
    BootReason2: TypeAlias = str
    ChargingState2: TypeAlias = str
    EventType2: TypeAlias = str
    Trigger2: TypeAlias = str
    StopReason2: TypeAlias = str
    Measurand2: TypeAlias = str
    Context2: TypeAlias = str
    Location2: TypeAlias = str
    Phase2: TypeAlias = str
    EventTrigger2: TypeAlias = str
else:
    Text20 = Annotated[str, Meta(max_length=20)]
    Text25 = Annotated[str, Meta(max_length=25)]
    Text36 = Annotated[str, Meta(max_length=36)]
    Text50 = Annotated[str, Meta(max_length=50)]
    Text255 = Annotated[str, Meta(max_length=255)]
    Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
    Status16 = Literal[values(v16.ChargePointStatus)]
    Error16 = Literal[values(v16.ChargePointErrorCode)]
    Reason16 = Literal[values(v16.Reason)]
    Measurand16 = Literal[("", *values(v16.Measurand))]
    Context16 = Literal[("", *values(v16.ReadingContext))]
    Location16 = Literal[("", *values(v16.Location))]
    Phase16 = Literal[("", *values(v16.Phase))]
    Unit16 = Literal[("", *values(v16.UnitOfMeasure))]
    Status2 = Literal[values(v201.ConnectorStatusEnumType)]
    BootReason2 = Literal[values(v201.BootReasonEnumType)]
    ChargingState2 = Literal[("", *values(v201.ChargingStateEnumType))]
    EventType2 = Literal[values(v201.TransactionEventEnumType)]
    Trigger2 = Literal[values(v21.TriggerReasonEnumType, v201.TriggerReasonEnumType)]
    StopReason2 = Literal[("", *values(v21.ReasonEnumType, v201.ReasonEnumType))]
    Measurand2 = Literal[("", *values(v21.MeasurandEnumType, v201.MeasurandEnumType))]
    Context2 = Literal[("", *values(v201.ReadingContextEnumType))]
    Location2 = Literal[("", *values(v21.LocationEnumType, v201.LocationEnumType))]
    Phase2 = Literal[("", *values(v201.PhaseEnumType))]
    EventTrigger2 = Literal[values(v201.EventTriggerEnumType)]


def actions(kind: Any) -> frozenset[str]:
    """The names of all actions of a version."""
    return frozenset(values(kind.Action))
