"""What a request means once target, version and parameters are known."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.credential import Standing
from backend.model.session import Session
from backend.model.station import Station
from backend.model.words import Version


class Order(Struct, frozen=True, kw_only=True):
    """A request made out to one station; requests are built and proofs are made from it."""

    number: int
    """The operation's id: never given twice, so it serves as remoteStartId and requestId too."""
    station: Station
    version: Version
    evse: int | None = None
    connector: int | None = None
    session: Session | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    """Checked and complete; secrets and tokens in full."""
    usual_deadline: bool = True
    """Nobody named a deadline: the operation's own holds."""
    now: Instant = 0.0
    standing: Standing = Standing()
    """What a move between security profiles needs to know."""

    @property
    def v16(self) -> bool:
        """Whether the station speaks OCPP 1.6."""
        return self.version is Version.V16


class Call(Struct, frozen=True):
    """One OCPP CALL."""

    action: str
    payload: dict[str, Any]
