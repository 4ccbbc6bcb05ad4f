"""Logs and firmware: the station tells how far it is (recipe R14)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import Booted, Noticed, StationEvent
from backend.operations.answers import Answer
from backend.operations.order import Order
from backend.operations.proofs.base import Effect, NotProved, Proof, Proved, Seen

_STATUS = re.compile(r"(?P<status>\S+)(?: \((?P<request>-?\d+)\))?\Z")
"""The notice of a status, as the gateway writes it."""


class ProgressProof(Proof):
    """A sequence of status messages that ends well or badly; those of another request are not ours."""

    goes_on = frozenset({"Accepted", "AcceptedCanceled"})
    alone = True

    def __init__(
        self, order: Order, actions: Sequence[str], good: frozenset[str], bad: frozenset[str], *, numbered: bool
    ) -> None:
        super().__init__(order)
        self._actions = actions
        self._good = good
        self._bad = bad
        self._numbered = numbered
        self._last = ""

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        if answer.is_one_of(frozenset({"AcceptedCanceled"})):
            yield Seen(name="cancelled_other", text="an older one was broken off for it")
        name = answer.payload.get("filename") or answer.payload.get("fileName")
        if isinstance(name, str) and name:
            yield Seen(name="file", text=name, values={"file": name})

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if isinstance(event, Booted):
            yield Seen(name="booted", text=event.firmware, values={"firmware": event.firmware, "reason": event.reason})
        if not isinstance(event, Noticed) or event.action not in self._actions:
            return
        found = _STATUS.match(event.text)
        if found is None or (self._numbered and found["request"] not in (None, str(self.order.number))):
            return
        status = found["status"]
        if status != self._last:
            self._last = status
            yield Seen(name="progress", text=status, values={"status": status})
        if status in self._good:
            yield Proved(text=status)
        elif status in self._bad:
            yield NotProved(text=status)

    def why_not(self, now: Instant) -> str:
        return f"the last word is {self._last}" if self._last else "nothing was said of it"


UPLOADED = frozenset({"Uploaded"})
UPLOAD_FAILED = frozenset(
    {"UploadFailed", "UploadFailure", "BadMessage", "PermissionDenied", "NotSupportedOperation", "AcceptedCanceled"}
)
INSTALLED = frozenset({"Installed"})
INSTALL_FAILED = frozenset(
    {
        "DownloadFailed",
        "InstallationFailed",
        "InstallVerificationFailed",
        "InvalidSignature",
        "InvalidCertificate",
        "RevokedCertificate",
    }
)


class DiagnosticsProof(ProgressProof):
    """1.6 GetDiagnostics: an answer without a file name means that there is nothing to send."""

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        name = answer.payload.get("fileName")
        if not isinstance(name, str) or not name:
            yield NotProved(text="the station has nothing to send")
            return
        yield from super().answered(answer, at)
