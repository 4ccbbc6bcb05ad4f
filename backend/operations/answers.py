"""What a station answered: its word, its reason, and whether that is a yes (domain.md 2)."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from backend.model.operation import CallFailed, CallResult
from backend.model.sanitise import clean

MAX_KEPT_BYTES = 256 * 1024
"""A larger payload is not kept with the operation; the trace has the frame."""


class Answer(Struct, frozen=True, kw_only=True):
    """A CALLRESULT or CALLERROR, as an operation reads it."""

    payload: dict[str, Any]
    status: str = ""
    """The status word, sanitised; empty when there is none."""
    reason: str = ""
    """statusInfo.reasonCode of 2.x (domain.md 1.6)."""
    info: str = ""
    """statusInfo.additionalInfo, or the description of a CALLERROR."""
    error: str = ""
    """The code of a CALLERROR."""

    @property
    def word(self) -> str:
        """The status, or the code of the CALLERROR."""
        return self.error or self.status

    def is_one_of(self, words: frozenset[str]) -> bool:
        """Whether the status is among `words`, whatever its case."""
        folded = self.status.casefold()
        return any(word.casefold() == folded for word in words)

    @property
    def text(self) -> str:
        """`Rejected: TxNotFound: gone`."""
        return ": ".join(part for part in (self.word or "no status", self.reason, self.info) if part)

    @property
    def values(self) -> dict[str, str]:
        """The parts that are there, for who says it in another language."""
        parts = {"status": self.status, "error": self.error, "reason_code": self.reason, "info": self.info}
        return {name: part for name, part in parts.items() if part}


def read_answer(outcome: CallResult | CallFailed) -> Answer:
    """Read an outcome of `Stations.call`."""
    if isinstance(outcome, CallFailed):
        payload = {"errorCode": outcome.code, "errorDescription": outcome.description}
        if outcome.details:
            payload["errorDetails"] = outcome.details
        return Answer(
            payload=payload,
            error=clean(outcome.code, 64) or "GenericError",
            info=clean(outcome.description, 200),
        )
    payload = outcome.payload
    info = payload.get("statusInfo")
    told: dict[str, Any] = info if isinstance(info, dict) else {}
    return Answer(
        payload=payload,
        status=_word(payload.get("status")) or _worst(payload),
        reason=_word(told.get("reasonCode")),
        info=clean(str(told.get("additionalInfo") or ""), 200),
    )


def _worst(payload: dict[str, Any]) -> str:
    """Of a list of results (SetVariables, GetVariables): the first status that is not Accepted."""
    for name in ("setVariableResult", "getVariableResult"):
        results = payload.get(name)
        if isinstance(results, list):
            words = [_word(row.get("attributeStatus")) for row in results if isinstance(row, dict)]
            return next((word for word in words if word != "Accepted"), "Accepted" if words else "")
    return ""


def _word(value: Any) -> str:
    return clean(value, 64) if isinstance(value, str) else ""


def kept(payload: Any) -> Any:
    """`payload` as it is kept with the operation."""
    try:
        size = len(msgspec.json.encode(payload))
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError):
        return None
    return payload if size <= MAX_KEPT_BYTES else {"cut": True, "bytes": size}
