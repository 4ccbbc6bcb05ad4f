"""Settings: what was read is there; what was written is read back (domain.md 2: read back and diff)."""

from __future__ import annotations

from collections.abc import Iterable

from backend.model.clock import Instant
from backend.model.mask import MASK
from backend.model.sanitise import clean
from backend.model.secrets import is_secret
from backend.operations.answers import Answer
from backend.operations.order import Call, Order
from backend.operations.proofs.base import Ask, Effect, NotProved, Proof, Proved, Refused, Seen
from backend.operations.settings_keys import Setting, read_settings, same_value


class ReadProof(Proof):
    """The values are in the answer. None of them known, or none readable: the station refused."""

    goes_on = None

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        settings = read_settings(answer.payload)
        readable = [one for one in settings if one.status.casefold() in ("", "accepted")]
        if settings and not readable:
            yield Refused(answer=settings[0].status, text=_refusal(settings[0]))
        elif len(settings) == 1:
            yield Proved(text=f"{settings[0].name} = {shown(settings[0].name, settings[0].value)}")
        else:
            lost = len(settings) - len(readable)
            yield Proved(text=f"{len(readable)} settings read" + (f", {lost} not" if lost else ""))


class WriteProof(Proof):
    """The value is read back and is the one that was written.

    A secret cannot be read back; RebootRequired means stored, and active after a reboot.
    """

    goes_on = frozenset({"Accepted", "RebootRequired"})

    def __init__(self, order: Order, read_back: Call) -> None:
        super().__init__(order)
        self._read_back = read_back
        self._key = str(order.parameters["key"][0])
        self._value = str(order.parameters["value"])
        self._reboot = False

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        self._reboot = answer.status.casefold() == "rebootrequired"
        if self._reboot:
            yield Seen(name="reboot_required", text="stored, active after a reboot")
        if is_secret(self._key):
            yield NotProved(text=f"{answer.status or 'answered'}, but it is a secret: nobody can read it back")
            return
        yield Ask(call=self._read_back)

    def followed(self, answer: Answer | None, at: Instant) -> Iterable[Effect]:
        if answer is None:
            yield NotProved(text="it could not be read back: no answer")
            return
        settings = read_settings(answer.payload)
        found = next((one for one in settings if one.value is not None), None)
        if found is None or found.value is None:
            why = answer.text if answer.error else "it has no value that may be read"
            yield NotProved(text=f"it could not be read back: {why}")
            return
        said = shown(self._key, found.value)
        yield Seen(name="read_back", text=said, values={"value": said})
        later = ", active after a reboot" if self._reboot else ""
        if same_value(found.value, self._value):
            yield Proved(text=f"read back: {said}{later}")
        else:
            yield NotProved(text=f"it reads back {said}{later}")

    def why_not(self, now: Instant) -> str:
        return "it was not read back in time"


def shown(name: str, value: str | None) -> str:
    """A setting's value for the log; secrets hidden."""
    if value is None:
        return "(no value)"
    return MASK if is_secret(name) else clean(value, 120)


def _refusal(setting: Setting) -> str:
    why = f" ({setting.reason})" if setting.reason else ""
    return f"{setting.status or 'no status'}{why}: {setting.name}"
