"""The operations of upkeep: lists, limits, logs, firmware, reports, certificates."""

from __future__ import annotations

from functools import partial

from backend.model.words import Right
from backend.operations import requests_v2 as v2
from backend.operations import requests_v16 as v16
from backend.operations.certificate_text import MOST, checked
from backend.operations.entry import (
    ANY_PLACE,
    STATION,
    TOKEN,
    TOKEN_TYPE,
    Entry,
    Maker,
)
from backend.operations.order import Order
from backend.operations.parameters import Kind, Parameter
from backend.operations.proofs.base import Proof
from backend.operations.proofs.parts import PartsProof
from backend.operations.proofs.readback import CertificateGoneProof, CertificateThereProof, LimitProof, LocalListProof
from backend.operations.proofs.status import Holds, ListOrNone, StatusOnly
from backend.operations.proofs.transfer import (
    INSTALL_FAILED,
    INSTALLED,
    UPLOAD_FAILED,
    UPLOADED,
    DiagnosticsProof,
    ProgressProof,
)
from backend.operations.targets import Place
from backend.text import t

LOCATION = Parameter(name="location", needed=True, limit=512)
PURPOSE = Parameter(
    name="purpose",
    kind=Kind.CHOICE,
    choices=("TxDefaultProfile", "TxProfile", "ChargePointMaxProfile", "ChargingStationMaxProfile"),
)
CERTIFICATE = Parameter(
    name="type", kind=Kind.CHOICE, choices=("csms", "manufacturer", "v2g", "mo", "v2g_chain"), default="csms"
)


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


UPKEEP = (
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
        proof=ListOrNone,
    ),
    Entry(
        name="install_certificate",
        what=lambda: t("have a station trust a root certificate"),
        places=STATION,
        parameters=(Parameter(name="certificate", kind=Kind.LINES, needed=True, limit=MOST), CERTIFICATE),
        v16=v16.install_certificate,
        v2=v2.install_certificate,
        proof=lambda order: CertificateThereProof(order, (v16 if order.v16 else v2).certificates(order)),
        fold=checked,
        right=Right.OPERATE_HARD,
        danger=True,
        deadline_s=60.0,
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
