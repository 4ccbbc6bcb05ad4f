"""Calls of 2.1 whose answers quote the question."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from backend.gateway import notices
from backend.gateway.breach import Breach, Violation
from backend.gateway.letter import Action, Letter
from backend.model.clock import Instant, iso
from backend.model.event import StationEvent
from backend.model.reply import Reply

_MAX_CERTIFICATES = 4
"""As many as question and answer may hold (2.1, CertificateStatusType)."""


class _Hash(Struct, rename="camel"):
    hash_algorithm: Literal["SHA256", "SHA384", "SHA512"]
    issuer_name_hash: Annotated[str, Meta(max_length=128)]
    issuer_key_hash: Annotated[str, Meta(max_length=128)]
    serial_number: Annotated[str, Meta(max_length=40)]


class _Question(Struct, rename="camel"):
    """CertificateStatusRequestInfoType, as far as the answer quotes it."""

    certificate_hash_data: _Hash
    source: Literal["CRL", "OCSP"]


_NOTHING_TO_QUOTE = (
    '{"certificateStatus":[{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"","issuerKeyHash":"",'
    '"serialNumber":""},"source":"OCSP","status":"Failed","nextUpdate":"1970-01-01T00:00:00Z"}]}'
)
"""To a question that cannot be read, repeated for ever."""


def _fixed(payload: dict[str, Any]) -> str:
    return msgspec.json.encode(payload).decode()


def vat_number(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """VatNumberValidation: we have no register of companies, and say so."""
    plain = notices.payload_of(payload, letter)
    number = plain.get("vatNumber")
    if not isinstance(number, str):
        raise Violation(Breach.OCCURRENCE, "vatNumber is missing")
    quoted: dict[str, Any] = {"vatNumber": number[:20], "status": "Rejected"}
    evse = plain.get("evseId")
    if isinstance(evse, int) and not isinstance(evse, bool) and evse >= 0:
        quoted["evseId"] = evse
    text = _fixed(quoted)
    letter.answer = lambda reply, now: text
    return notices.noticed(payload, letter, "VatNumberValidation")


def certificate_chain(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """GetCertificateChainStatus: no revocation service of ours; each certificate is answered `Failed`."""
    plain = notices.payload_of(payload, letter)
    asked = plain.get("certificateStatusRequests")
    if not isinstance(asked, list) or not asked:
        raise Violation(Breach.OCCURRENCE, "certificateStatusRequests is missing")
    quoted = [question for question in map(_question, asked[:_MAX_CERTIFICATES]) if question is not None]
    if not quoted:
        raise Violation(Breach.OCCURRENCE, "certificateHashData is missing")

    def answer(reply: Reply, now: Instant) -> str:
        return _fixed({"certificateStatus": [{**one, "status": "Failed", "nextUpdate": iso(now)} for one in quoted]})

    letter.answer = answer
    return notices.noticed(payload, letter, f"{len(asked)} certificates")


def _question(asked: object) -> dict[str, Any] | None:
    """What of a question can be quoted; None: nothing, for it is not as the standard has it."""
    try:
        question = msgspec.convert(asked, _Question)
    except msgspec.ValidationError:
        return None
    quoted: dict[str, Any] = msgspec.to_builtins(question)
    return quoted


def _unquoted(reply: Reply, now: Instant) -> str:
    return '{"status":"Rejected"}'


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("VatNumberValidation", vat_number, _unquoted, plain='{"vatNumber":"","status":"Rejected"}'),
        Action("GetCertificateChainStatus", certificate_chain, _unquoted, plain=_NOTHING_TO_QUOTE),
    )
}
