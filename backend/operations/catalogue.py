"""The catalogue: every remote operation, what it needs, who may, how long it may take, and what proves it.

Deadlines are those of domain.md section 2 (proposals for stations on 4G); they count from *sent*.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from msgspec import Struct

from backend.model.errors import Invalid
from backend.model.sanitise import clean
from backend.model.words import Right, Version
from backend.operations import requests_v2 as v2
from backend.operations import requests_v16 as v16
from backend.operations.calls import free_call
from backend.operations.order import Call, Order
from backend.operations.parameters import Kind, Parameter, missing, read
from backend.operations.proofs.availability import AvailabilityProof
from backend.operations.proofs.base import Proof
from backend.operations.proofs.charge import StartProof, StopProof
from backend.operations.proofs.configuration import ReadProof, WriteProof
from backend.operations.proofs.message import MessageProof
from backend.operations.proofs.parts import PartsProof
from backend.operations.proofs.readback import CertificateGoneProof, LimitProof, LocalListProof
from backend.operations.proofs.reservation import CancelProof, ReserveProof
from backend.operations.proofs.reset import EvseResetProof, ResetProof
from backend.operations.proofs.status import AnyAnswer, Holds, StatusOnly
from backend.operations.proofs.transfer import (
    INSTALL_FAILED,
    INSTALLED,
    UPLOAD_FAILED,
    UPLOADED,
    DiagnosticsProof,
    ProgressProof,
)
from backend.operations.proofs.unlock import UnlockProof
from backend.operations.request import Request
from backend.operations.targets import Place
from backend.text import t

Builder: TypeAlias = Callable[[Order], Call]
Maker: TypeAlias = Callable[[Order], Proof]

CALL_S = 30.0
SCHEDULED_S = 12 * 3600.0
"""How long an operation is followed that a station has scheduled for the end of its charges."""


class Entry(Struct, frozen=True, kw_only=True):
    """One operation."""

    name: str
    what: Callable[[], str]
    """What it does, in a few words, in the language in force."""
    places: tuple[Place, ...]
    """What it is done to; the first is what a bare name means."""
    proof: Maker
    v16: Builder | None = None
    v2: Builder | None = None
    parameters: tuple[Parameter, ...] = ()
    fold: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """Makes one spelling of several; raises Invalid."""
    right: Right = Right.OPERATE
    """The least; what is hard, writes a setting or cuts a charge needs `operate_hard` (`right_of`)."""
    danger: bool = False
    idempotent: bool = True
    """Whether it may be sent again blindly; of others one runs at a time per target."""
    deadline_s: float = CALL_S
    deadline_dc_s: float | None = None
    """For DC stations, where it differs."""
    accepted_only: bool = False
    """Never to a station whose boot is pending (domain.md 1.2)."""

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions that have it."""
        old = (Version.V16,) if self.v16 is not None else ()
        return (*old, Version.V201, Version.V21) if self.v2 is not None else old

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        """The parameters, checked and complete.

        Raises:
            Invalid: a name or a value that cannot be meant.
        """
        found = read(self.parameters, given)
        return found if self.fold is None else self.fold(found)

    def builder(self, version: Version) -> Builder:
        """What makes the request in that version.

        Raises:
            Invalid: that version of OCPP has no such request.
        """
        found = self.v16 if version is Version.V16 else self.v2
        if found is None:
            names = ", ".join(one.value for one in self.versions)
            raise Invalid(
                "not_in_version",
                t("OCPP {version} has no {operation}.", version=version.value, operation=self.name),
                t("It is there in {versions}.", versions=names),
            )
        return found


STATION = (Place.STATION,)
ANY_PLACE = (Place.STATION, Place.OUTLET)
OUTLET = (Place.OUTLET,)
TOKEN = Parameter(name="token", needed=True, limit=255, aliases=("id_token", "id_tag"))
TOKEN_TYPE = Parameter(
    name="token_type",
    kind=Kind.CHOICE,
    choices=(
        "Central",
        "eMAID",
        "ISO14443",
        "ISO15693",
        "KeyCode",
        "Local",
        "MacAddress",
        "NoAuthorization",
    ),
)
KEY = Parameter(name="key", kind=Kind.TEXTS, limit=120, aliases=("keys",))
LOCATION = Parameter(name="location", needed=True, limit=512)
RESERVATION = Parameter(name="reservation", kind=Kind.WHOLE)
PURPOSE = Parameter(
    name="purpose",
    kind=Kind.CHOICE,
    choices=("TxDefaultProfile", "TxProfile", "ChargePointMaxProfile", "ChargingStationMaxProfile"),
)
CERTIFICATE = Parameter(
    name="type", kind=Kind.CHOICE, choices=("csms", "manufacturer", "v2g", "mo", "v2g_chain"), default="csms"
)
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


def _log_proof(order: Order) -> Proof:
    return ProgressProof(order, ("LogStatusNotification",), UPLOADED, UPLOAD_FAILED, numbered=True)


def _diagnostics_proof(order: Order) -> Proof:
    actions = ("DiagnosticsStatusNotification",)
    return DiagnosticsProof(order, actions, UPLOADED, UPLOAD_FAILED, numbered=False)


def _firmware_proof(order: Order) -> Proof:
    actions = ("FirmwareStatusNotification", "SignedFirmwareStatusNotification")
    return ProgressProof(order, actions, INSTALLED, INSTALL_FAILED, numbered=not order.v16)


def _parts(action: str) -> Maker:
    return partial(PartsProof, action=action)


_ENTRIES = (
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
        name="local_list_version",
        what=lambda: t("which local token list the station has"),
        places=STATION,
        v16=v16.local_list_version,
        v2=v2.local_list_version,
        proof=Holds,
    ),
    Entry(
        name="local_list",
        what=lambda: t("send the local token list"),
        places=STATION,
        parameters=(
            Parameter(name="version", kind=Kind.WHOLE, needed=True),
            Parameter(name="type", kind=Kind.CHOICE, choices=("Full", "Differential"), default="Full"),
            Parameter(name="list", kind=Kind.OBJECTS, default=[]),
        ),
        v16=v16.send_local_list,
        v2=v2.send_local_list,
        proof=lambda order: LocalListProof(order, v16.local_list_version(order)),
        right=Right.OPERATE_HARD,
        deadline_s=120.0,
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
    Entry(
        name="log",
        what=lambda: t("have a log uploaded"),
        places=STATION,
        parameters=(
            LOCATION,
            Parameter(name="type", kind=Kind.CHOICE, choices=("diagnostics", "security"), default="diagnostics"),
        ),
        v16=v16.get_log,
        v2=v2.get_log,
        proof=_log_proof,
        deadline_s=900.0,
    ),
    Entry(
        name="diagnostics",
        what=lambda: t("have diagnostics uploaded (OCPP 1.6)"),
        places=STATION,
        parameters=(LOCATION,),
        v16=v16.diagnostics,
        proof=_diagnostics_proof,
        deadline_s=900.0,
    ),
    Entry(
        name="firmware",
        what=lambda: t("install firmware"),
        places=STATION,
        parameters=(LOCATION,),
        v16=v16.update_firmware,
        v2=v2.update_firmware,
        proof=_firmware_proof,
        right=Right.OPERATE_HARD,
        danger=True,
        idempotent=False,
        deadline_s=7200.0,
    ),
    Entry(
        name="limit",
        what=lambda: t("limit the current of charges"),
        places=ANY_PLACE,
        parameters=(Parameter(name="amperes", kind=Kind.WHOLE, needed=True),),
        v16=v16.limit,
        v2=v2.limit,
        proof=lambda order: LimitProof(order, (v16 if order.v16 else v2).composite(order)),
        right=Right.OPERATE_HARD,
        deadline_s=120.0,
    ),
    Entry(
        name="schedule",
        what=lambda: t("read the limits that hold for the next hour"),
        places=ANY_PLACE,
        parameters=(Parameter(name="seconds", kind=Kind.WHOLE, default=3600),),
        v16=v16.composite,
        v2=v2.composite,
        proof=StatusOnly,
    ),
    Entry(
        name="clear_profile",
        what=lambda: t("remove charging profiles"),
        places=ANY_PLACE,
        parameters=(
            Parameter(name="profile", kind=Kind.WHOLE),
            PURPOSE,
            Parameter(name="all", kind=Kind.FLAG, default=False),
        ),
        v16=v16.clear_profile,
        v2=v2.clear_profile,
        proof=StatusOnly,
        right=Right.OPERATE_HARD,
    ),
    Entry(
        name="profiles",
        what=lambda: t("list the charging profiles (OCPP 2.x)"),
        places=ANY_PLACE,
        parameters=(PURPOSE,),
        v2=v2.charging_profiles,
        proof=_parts("ReportChargingProfiles"),
        deadline_s=60.0,
    ),
    Entry(
        name="data_transfer",
        what=lambda: t("a message of the maker's own"),
        places=STATION,
        parameters=(
            Parameter(name="vendor", needed=True, limit=255),
            Parameter(name="message", limit=50),
            Parameter(name="data", limit=4000),
        ),
        v16=v16.data_transfer,
        v2=v2.data_transfer,
        proof=StatusOnly,
        right=Right.CALL,
        idempotent=False,
    ),
    Entry(
        name="report",
        what=lambda: t("all settings of a station (OCPP 2.x)"),
        places=STATION,
        parameters=(
            Parameter(
                name="type", kind=Kind.CHOICE, choices=("configuration", "full", "summary"), default="configuration"
            ),
        ),
        v2=v2.report,
        proof=_parts("NotifyReport"),
        deadline_s=300.0,
    ),
    Entry(
        name="monitoring_report",
        what=lambda: t("what the station watches by itself (OCPP 2.x)"),
        places=STATION,
        v2=v2.monitoring_report,
        proof=_parts("NotifyMonitoringReport"),
        deadline_s=300.0,
    ),
    Entry(
        name="display_messages",
        what=lambda: t("what the display shows (OCPP 2.x)"),
        places=STATION,
        v2=v2.display_messages,
        proof=_parts("NotifyDisplayMessages"),
        deadline_s=60.0,
    ),
    Entry(
        name="customer_information",
        what=lambda: t("what the station keeps of a person, or erase it (OCPP 2.x)"),
        places=STATION,
        parameters=(TOKEN, TOKEN_TYPE, Parameter(name="erase", kind=Kind.FLAG, default=False)),
        v2=v2.customer_information,
        proof=_parts("NotifyCustomerInformation"),
        right=Right.OPERATE_HARD,
        danger=True,
        deadline_s=300.0,
    ),
    Entry(
        name="transaction_status",
        what=lambda: t("whether a charge is really over (OCPP 2.x)"),
        places=(Place.SESSION, Place.OUTLET, Place.STATION),
        v2=v2.transaction_status,
        proof=Holds,
    ),
    Entry(
        name="certificates",
        what=lambda: t("list the certificates that a station trusts"),
        places=STATION,
        parameters=(CERTIFICATE,),
        v16=v16.certificates,
        v2=v2.certificates,
        proof=StatusOnly,
    ),
    Entry(
        name="delete_certificate",
        what=lambda: t("remove a certificate from a station"),
        places=STATION,
        parameters=(Parameter(name="hash", kind=Kind.OBJECT, needed=True), CERTIFICATE),
        v16=v16.delete_certificate,
        v2=v2.delete_certificate,
        proof=lambda order: CertificateGoneProof(order, (v16 if order.v16 else v2).certificates(order)),
        right=Right.OPERATE_HARD,
        danger=True,
        deadline_s=60.0,
    ),
)

CATALOGUE: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}
"""By name."""


def find_entry(name: str) -> Entry:
    """The operation of that name.

    Raises:
        Invalid: there is none.
    """
    found = CATALOGUE.get(name.strip().casefold().replace("-", "_"))
    if found is None:
        raise Invalid(
            "unknown_operation",
            t("There is no operation {name!r}.", name=clean(name, 40)),
            t("There are: {names}.", names=", ".join(CATALOGUE)),
        )
    return found


def right_of(request: Request, *, ends_charge: bool) -> Right:
    """What a person needs for this request. To stop a charge that somebody asks to be stopped is no cutting.

    Raises:
        Invalid: no such operation, or its parameters cannot be read.
    """
    entry = find_entry(request.operation)
    if entry.right is not Right.OPERATE:
        return entry.right
    given = entry.read(request.parameters)
    writes = entry.name == "configuration" and "value" in given
    hard = entry.name == "reset" and given["type"] == "hard"
    cuts = ends_charge and entry.name != "stop"
    return Right.OPERATE_HARD if cuts or writes or hard else Right.OPERATE


def describe() -> list[dict[str, Any]]:
    """The catalogue for clients: one object per operation."""
    return [
        {
            "operation": entry.name,
            "what": entry.what(),
            "targets": [place.value for place in entry.places],
            "versions": [version.value for version in entry.versions],
            "right": entry.right.value,
            "danger": entry.danger,
            "idempotent": entry.idempotent,
            "deadline_s": entry.deadline_s,
            "parameters": [
                {
                    "name": parameter.name,
                    "kind": parameter.kind.value,
                    "needed": parameter.needed,
                    "choices": list(parameter.choices),
                    "default": parameter.default,
                }
                for parameter in entry.parameters
            ],
        }
        for entry in CATALOGUE.values()
    ]
