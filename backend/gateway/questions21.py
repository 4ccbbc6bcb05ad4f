"""Calls of 2.1 whose answers quote the question."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from backend.gateway import notices
from backend.gateway.breach import Breach, Violation
from backend.gateway.letter import Action, Letter
from backend.model.clock import Instant, iso
from backend.model.event import StationEvent
from backend.model.reply import Reply

_MAX_CERTIFICATES = 32


def _fixed(payload: dict[str, Any]) -> str:
    return msgspec.json.encode(payload).decode()


def vat_number(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """VatNumberValidation: we have no register of companies, and say so."""
    plain = notices.payload_of(payload, letter)
    number = plain.get("vatNumber")
    if not isinstance(number, str):
        raise Violation(Breach.OCCURRENCE, "vatNumber is missing")
    quoted: dict[str, Any] = {"vatNumber": number[:20], "status": "Rejected"}
    if isinstance(plain.get("evseId"), int):
        quoted["evseId"] = plain["evseId"]
    text = _fixed(quoted)
    letter.answer = lambda reply, now: text
    return notices.noticed(payload, letter, "VatNumberValidation")


def certificate_chain(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """GetCertificateChainStatus: no revocation service of ours; each certificate is answered `Failed`."""
    plain = notices.payload_of(payload, letter)
    asked = plain.get("certificateStatusRequests")
    if not isinstance(asked, list) or not asked:
        raise Violation(Breach.OCCURRENCE, "certificateStatusRequests is missing")
    quoted = [
        {"certificateHashData": one["certificateHashData"], "source": one["source"]}
        for one in asked[:_MAX_CERTIFICATES]
        if isinstance(one, dict) and "certificateHashData" in one and "source" in one
    ]
    if not quoted:
        raise Violation(Breach.OCCURRENCE, "certificateHashData is missing")

    def answer(reply: Reply, now: Instant) -> str:
        return _fixed({"certificateStatus": [{**one, "status": "Failed", "nextUpdate": iso(now)} for one in quoted]})

    letter.answer = answer
    return notices.noticed(payload, letter, f"{len(asked)} certificates")


def _unquoted(reply: Reply, now: Instant) -> str:
    return '{"status":"Rejected"}'


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("VatNumberValidation", vat_number, _unquoted, plain='{"vatNumber":"","status":"Rejected"}'),
        Action("GetCertificateChainStatus", certificate_chain, _unquoted),
    )
}
