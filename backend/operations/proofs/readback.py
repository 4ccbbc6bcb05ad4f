"""What was set is asked for again: local lists, charging profiles, certificates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import StationEvent
from backend.model.station import Connector
from backend.operations.answers import Answer
from backend.operations.certificate_text import serial_of
from backend.operations.order import Call, Order
from backend.operations.proofs.base import Ask, Effect, NotProved, Proof, Proved, Seen
from backend.operations.proofs.places import is_at, outlets, sessions

TOLERANCE = 1.05
"""Of a measured current over its limit."""


class ReadBack(Proof, ABC):
    """After the answer the station is asked what it has now; a subclass judges that."""

    def __init__(self, order: Order, read_back: Call) -> None:
        super().__init__(order)
        self._read_back = read_back

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        return (Ask(call=self._read_back),)

    def followed(self, answer: Answer | None, at: Instant) -> Iterable[Effect]:
        if answer is None or answer.error:
            why = answer.text if answer is not None else "no answer"
            yield NotProved(text=f"it could not be read back: {why}")
            return
        good, said = self.judge(answer)
        yield Seen(name="read_back", text=said, values={"value": said})
        yield Proved(text=f"read back: {said}") if good else NotProved(text=f"it reads back {said}")

    @abstractmethod
    def judge(self, answer: Answer) -> tuple[bool, str]:
        """Whether that is what was asked for, and what it is."""

    def why_not(self, now: Instant) -> str:
        return "it was not read back in time"


class LocalListProof(ReadBack):
    """GetLocalListVersion gives the version that was sent."""

    def judge(self, answer: Answer) -> tuple[bool, str]:
        version = answer.payload.get("listVersion", answer.payload.get("versionNumber"))
        return version == self.order.parameters["version"], f"version {_number(version)}"


class LimitProof(ReadBack):
    """GetCompositeSchedule: nowhere above the limit; and where a charge runs, its measured current."""

    def __init__(self, order: Order, read_back: Call) -> None:
        super().__init__(order, read_back)
        self._read = ""

    def followed(self, answer: Answer | None, at: Instant) -> Iterable[Effect]:
        for effect in super().followed(answer, at):
            if isinstance(effect, Proved) and any(outlet.session is not None for outlet in self._outlets()):
                self._read = effect.text
            else:
                yield effect

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        wanted = float(self.order.parameters["amperes"]) * TOLERANCE + 0.5
        for change, session in sessions(changes):
            measured = [sample.current_a for _, sample in change.samples if sample.current_a]
            if not self._read or change.late or not measured or not is_at(session.evse, None, self.order.evse, None):
                continue
            highest = max(measured[-1])
            if highest <= wanted:
                yield Seen(name="measured", text=f"{highest:.1f} A", values={"amperes": f"{highest:.1f}"})
                yield Proved(text=f"{self._read}, measured {highest:.1f} A")
                return

    def why_not(self, now: Instant) -> str:
        return f"{self._read}, but the measured current was not seen below" if self._read else super().why_not(now)

    def _outlets(self) -> list[Connector]:
        return [o for o in outlets(self.order.station) if is_at(o.evse, o.connector, self.order.evse, None)]

    def judge(self, answer: Answer) -> tuple[bool, str]:
        wanted = float(self.order.parameters["amperes"])
        limits = _limits(answer.payload)
        if not limits:
            return False, f"no schedule ({answer.text})" if answer.status else "no schedule"
        highest = max(limits)
        return highest <= wanted + 0.05, f"at most {highest:g} A"


class CertificateThereProof(ReadBack):
    """GetInstalledCertificateIds names it, by its serial number."""

    def judge(self, answer: Answer) -> tuple[bool, str]:
        wanted = f"{serial_of(str(self.order.parameters['certificate'])):x}"
        there = wanted in {found.casefold().lstrip("0") for found in _serials(answer.payload)}
        return there, "installed" if there else "not on its list"


class CertificateGoneProof(ReadBack):
    """GetInstalledCertificateIds no longer names it."""

    def judge(self, answer: Answer) -> tuple[bool, str]:
        serial = str(self.order.parameters["hash"].get("serialNumber", "")).casefold()
        there = serial in {found.casefold() for found in _serials(answer.payload)}
        return not there, "still there" if there else "gone"


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else "?"


def _limits(payload: dict[str, Any]) -> list[float]:
    """The limits of a composite schedule: `chargingSchedule` in 1.6, `schedule` in 2.x."""
    schedule = payload.get("chargingSchedule") or payload.get("schedule")
    periods = schedule.get("chargingSchedulePeriod") if isinstance(schedule, dict) else None
    if not isinstance(periods, list):
        return []
    limits = [period.get("limit") for period in periods if isinstance(period, dict)]
    return [float(limit) for limit in limits if isinstance(limit, int | float)]


def _serials(value: Any, depth: int = 0) -> list[str]:
    """Every serialNumber in the answer, wherever the version keeps it."""
    if depth > 8:
        return []
    if isinstance(value, list):
        return [found for part in value[:1000] for found in _serials(part, depth + 1)]
    if not isinstance(value, dict):
        return []
    own = value.get("serialNumber")
    inner = [found for part in value.values() for found in _serials(part, depth + 1)]
    return ([own] if isinstance(own, str) else []) + inner
