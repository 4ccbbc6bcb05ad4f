"""What the central system answers to an event, before a translator puts it into a version's words."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from backend.model.clock import Instant
from backend.model.words import BootStatus, TokenStatus


class Done(Struct, frozen=True):
    """Taken; the answer carries nothing of its own."""


class Signing(Struct, frozen=True):
    """A certificate request was taken; the certificate comes by CertificateSigned."""


class Refused(Struct, frozen=True):
    """Not before the station is accepted: a CALLERROR SecurityError (RULINGS.md, boot and acceptance)."""

    why: str


class BootReply(Struct, frozen=True):
    status: BootStatus
    interval_s: int
    """Heartbeat interval when accepted, else the wait before the next boot."""


class TokenReply(Struct, frozen=True):
    """idTagInfo of 1.6, idTokenInfo of 2.x."""

    status: TokenStatus
    group: str | None = None
    expires: Instant | None = None


class StartReply(Struct, frozen=True):
    """The answer to a transaction's start; `transaction_id` matters in 1.6 only."""

    transaction_id: int
    token: TokenReply | None


Reply: TypeAlias = Done | Signing | Refused | BootReply | TokenReply | StartReply
