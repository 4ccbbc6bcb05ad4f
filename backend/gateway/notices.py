"""Messages that are kept and shown, and change no state: one line for a person, and the payload, redacted."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Raw

from backend.gateway import redact, times
from backend.gateway.breach import Breach, Violation
from backend.gateway.letter import Letter
from backend.gateway.tolerant import plain_payload
from backend.model.clock import Instant
from backend.model.event import Noticed, StationEvent
from backend.model.reply import Reply, Signing
from backend.model.sanitise import clean
from backend.model.secrets import hidden, without_secrets

MAX_DATA = 16_384
_LONG_NUMBER = re.compile(rb"[:\[,]\s*-?\d{40}")


def _require(plain: dict[str, Any], *names: str) -> None:
    for name in names:
        if plain.get(name) is None:
            raise Violation(Breach.OCCURRENCE, f"{name} is missing")


def payload_of(payload: Raw | bytes, letter: Letter) -> dict[str, Any]:
    """The payload as a dict.

    Raises:
        Violation: no object, or with numbers that nobody can hold.
    """
    if _LONG_NUMBER.search(bytes(payload)):
        raise Violation(Breach.FORMAT, "a number is too long")
    return plain_payload(payload, letter.deviations)


def noticed(payload: Raw | bytes, letter: Letter, text: str, said: object = None) -> tuple[StationEvent, ...]:
    """The event of a message that is only kept."""
    data = bytes(payload).decode("utf-8", "replace")
    hide = redact.for_action(letter.action)
    moment = times.read(said, "timestamp", []) if said is not None else None
    return (
        Noticed(
            station=letter.station,
            learned=letter.learned,
            said=times.instant(moment, "timestamp", letter.deviations),
            action=letter.action,
            text=without_secrets(clean(text, 255)),
            data=clean(hide(data) if hide else data, MAX_DATA),
        ),
    )


def by_status(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """Firmware, log and diagnostics status: the status word, and the request that it answers."""
    plain = payload_of(payload, letter)
    _require(plain, "status")
    request = plain.get("requestId")
    return noticed(payload, letter, str(plain["status"]) + (f" ({request})" if request is not None else ""))


def security_event(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    plain = payload_of(payload, letter)
    _require(plain, "type")
    info = plain.get("techInfo")
    return noticed(payload, letter, str(plain["type"]) + (f": {info}" if info else ""), plain.get("timestamp"))


def sign_certificate(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    plain = payload_of(payload, letter)
    _require(plain, "csr")
    return noticed(payload, letter, str(plain.get("certificateType", "csr")))


def data_transfer(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    plain = payload_of(payload, letter)
    _require(plain, "vendorId")
    message = plain.get("messageId")
    return noticed(payload, letter, f"{plain['vendorId']} {message}" if message else str(plain["vendorId"]))


def data_transfer_answer(reply: Reply, now: Instant) -> str:
    """We know no vendor's extensions: recorded, and said so in the words of the standard."""
    return '{"status":"UnknownVendorId"}'


def any_message(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """Whatever else the protocol knows: its plain fields in one line."""
    plain = hidden(payload_of(payload, letter), tidy=False)
    shown = [f"{key} {value}" for key, value in plain.items() if isinstance(value, int | float | bool)]
    words = [value for key, value in plain.items() if isinstance(value, str) and len(value) <= 40 and "Id" not in key]
    return noticed(payload, letter, ", ".join(words + shown) or letter.action, plain.get("timestamp"))


def report(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """A part of an answer that comes in parts: which request, which part, whether more will come."""
    plain = payload_of(payload, letter)
    _require(plain, "requestId")
    text = f"request {plain['requestId']}"
    if plain.get("seqNo") is not None:
        text += f" part {plain['seqNo']}"
    return noticed(payload, letter, text + (" (more)" if plain.get("tbc") is True else ""), plain.get("generatedAt"))


def reservation(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    plain = payload_of(payload, letter)
    _require(plain, "reservationId", "reservationUpdateStatus")
    return noticed(payload, letter, f"{plain['reservationUpdateStatus']} ({plain['reservationId']})")


def signing_answer(reply: Reply, now: Instant) -> str:
    """Accepted where the house has an authority, and it is the station's own certificate that is asked for."""
    return '{"status":"Accepted"}' if isinstance(reply, Signing) else '{"status":"Rejected"}'


def failed(reply: Reply, now: Instant) -> str:
    return '{"status":"Failed"}'


NO_CERTIFICATE = '{"status":"Failed","exiResponse":""}'


def no_certificate(reply: Reply, now: Instant) -> str:
    """Plug & Charge contracts are not ours to sign."""
    return NO_CERTIFICATE


def accepted(reply: Reply, now: Instant) -> str:
    return '{"status":"Accepted"}'


def no_profile(reply: Reply, now: Instant) -> str:
    """2.1: understood, and the station's own profiles go on."""
    return '{"status":"NoChargingProfile"}'
