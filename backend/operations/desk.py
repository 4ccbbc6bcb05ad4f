"""The operations that a support desk does every day."""

from __future__ import annotations

from functools import partial
from typing import Any

from backend.model.errors import Invalid
from backend.model.words import Right
from backend.operations import requests_v2 as v2
from backend.operations import requests_v16 as v16
from backend.operations.calls import free_call
from backend.operations.entry import (
    ANY_PLACE,
    OUTLET,
    RESERVATION,
    STATION,
    TOKEN,
    TOKEN_TYPE,
    Builder,
    Entry,
)
from backend.operations.order import Call, Order
from backend.operations.parameters import Kind, Parameter, missing
from backend.operations.proofs.availability import AvailabilityProof
from backend.operations.proofs.base import Proof
from backend.operations.proofs.charge import StartProof, StopProof
from backend.operations.proofs.configuration import ReadProof, WriteProof
from backend.operations.proofs.message import MessageProof
from backend.operations.proofs.reservation import CancelProof, ReserveProof
from backend.operations.proofs.reset import EvseResetProof, ResetProof
from backend.operations.proofs.status import AnyAnswer, StatusOnly
from backend.operations.proofs.unlock import UnlockProof
from backend.operations.targets import Place
from backend.text import t

KEY = Parameter(name="key", kind=Kind.TEXTS, limit=120, aliases=("keys",))
MESSAGES = (
    "StatusNotification",
    "MeterValues",
    "Heartbeat",
    "BootNotification",
    "FirmwareStatusNotification",
    "DiagnosticsStatusNotification",
    "LogStatusNotification",
    "TransactionEvent",
    "PublishFirmwareStatusNotification",
    "SignChargePointCertificate",
    "SignChargingStationCertificate",
    "SignV2GCertificate",
    "SignCombinedCertificate",
)


def _fold_reset(given: dict[str, Any]) -> dict[str, Any]:
    hard = given.pop("hard", None)
    said = {"OnIdle": "soft", "Immediate": "hard"}.get(given.get("type", ""), given.get("type"))
    if hard is not None and said is not None and hard is not (said == "hard"):
        raise Invalid(
            "bad_parameter", t("The parameters type and hard contradict each other."), t("One of them is enough.")
        )
    return {"type": said or ("hard" if hard else "soft")}


def _fold_availability(given: dict[str, Any]) -> dict[str, Any]:
    operative = given.get("operative")
    said = None if "type" not in given else given["type"] == "Operative"
    if operative is None and said is None:
        raise missing("operative")
    if operative is not None and said is not None and operative is not said:
        raise Invalid(
            "bad_parameter", t("The parameters type and operative contradict each other."), t("One of them is enough.")
        )
    return {"operative": said if operative is None else operative}


def _fold_configuration(given: dict[str, Any]) -> dict[str, Any]:
    if "value" in given and len(given.get("key", ())) != 1:
        raise Invalid("bad_parameter", t("One setting is written at a time."), t("Name it as the parameter key."))
    return given


def _reset_proof(order: Order) -> Proof:
    return ResetProof(order) if order.evse is None else EvseResetProof(order)


def _configure(order: Order, read: Builder, write: Builder) -> Call:
    return write(order) if "value" in order.parameters else read(order)


def _configuration_proof(order: Order) -> Proof:
    if "value" not in order.parameters:
        return ReadProof(order)
    return WriteProof(order, (v16 if order.v16 else v2).read_configuration(order))


DESK = (
    Entry(
        name="reset",
        what=lambda: t("restart the station, or one EVSE of it"),
        places=ANY_PLACE,
        parameters=(
            Parameter(name="type", kind=Kind.CHOICE, choices=("soft", "hard", "OnIdle", "Immediate")),
            Parameter(name="hard", kind=Kind.FLAG),
        ),
        v16=v16.reset,
        v2=v2.reset,
        proof=_reset_proof,
        fold=_fold_reset,
        danger=True,
        idempotent=False,
        deadline_s=300.0,
        deadline_dc_s=600.0,
    ),
    Entry(
        name="unlock",
        what=lambda: t("let go of the plug"),
        places=OUTLET,
        v16=v16.unlock,
        v2=v2.unlock,
        proof=UnlockProof,
        danger=True,
        deadline_s=60.0,
        accepted_only=True,
    ),
    Entry(
        name="start",
        what=lambda: t("begin a charge with a token"),
        places=OUTLET,
        parameters=(TOKEN, TOKEN_TYPE),
        v16=v16.start,
        v2=v2.start,
        proof=StartProof,
        idempotent=False,
        deadline_s=150.0,
        accepted_only=True,
    ),
    Entry(
        name="stop",
        what=lambda: t("end a charge"),
        places=(Place.SESSION, Place.OUTLET),
        v16=v16.stop,
        v2=v2.stop,
        proof=StopProof,
        danger=True,
        deadline_s=60.0,
        accepted_only=True,
    ),
    Entry(
        name="refresh",
        what=lambda: t("ask for a message: status, meter values, ..."),
        places=ANY_PLACE,
        parameters=(Parameter(name="message", kind=Kind.CHOICE, choices=MESSAGES, default="StatusNotification"),),
        v16=v16.refresh,
        v2=v2.refresh,
        proof=MessageProof,
    ),
    Entry(
        name="availability",
        what=lambda: t("take out of use, or put back"),
        places=ANY_PLACE,
        parameters=(
            Parameter(name="operative", kind=Kind.FLAG),
            Parameter(name="type", kind=Kind.CHOICE, choices=("Operative", "Inoperative")),
        ),
        v16=v16.availability,
        v2=v2.availability,
        proof=AvailabilityProof,
        fold=_fold_availability,
        right=Right.OPERATE_HARD,
        danger=True,
        deadline_s=60.0,
    ),
    Entry(
        name="configuration",
        what=lambda: t("read settings, or write one and read it back"),
        places=STATION,
        parameters=(KEY, Parameter(name="value", limit=1000)),
        v16=partial(_configure, read=v16.read_configuration, write=v16.write_configuration),
        v2=partial(_configure, read=v2.read_configuration, write=v2.write_configuration),
        proof=_configuration_proof,
        fold=_fold_configuration,
        deadline_s=60.0,
    ),
    Entry(
        name="call",
        what=lambda: t("any OCPP call"),
        places=STATION,
        parameters=(
            Parameter(name="action", needed=True, limit=64),
            Parameter(name="payload", kind=Kind.OBJECT, default={}),
        ),
        v16=free_call,
        v2=free_call,
        proof=AnyAnswer,
        right=Right.CALL,
        danger=True,
    ),
    Entry(
        name="clear_cache",
        what=lambda: t("empty the station's memory of tokens"),
        places=STATION,
        v16=v16.clear_cache,
        v2=v2.clear_cache,
        proof=StatusOnly,
    ),
    Entry(
        name="reserve",
        what=lambda: t("keep an outlet for a token"),
        places=(Place.OUTLET, Place.STATION),
        parameters=(
            TOKEN,
            TOKEN_TYPE,
            RESERVATION,
            Parameter(name="minutes", kind=Kind.WHOLE, default=30),
        ),
        v16=v16.reserve,
        v2=v2.reserve,
        proof=ReserveProof,
        idempotent=False,
        accepted_only=True,
    ),
    Entry(
        name="cancel_reservation",
        what=lambda: t("give a reserved outlet free"),
        places=STATION,
        parameters=(Parameter(name="reservation", kind=Kind.WHOLE, needed=True),),
        v16=v16.cancel_reservation,
        v2=v2.cancel_reservation,
        proof=CancelProof,
    ),
)
