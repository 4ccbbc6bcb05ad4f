"""A move to another security profile: proved when the station is back over the new profile's way."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import Booted, Connected, Disconnected, StationEvent
from backend.model.words import Link
from backend.operations.answers import Answer
from backend.operations.identity import key_call
from backend.operations.order import Call, Order
from backend.operations.profile_requests import PLAIN, free_slot, network_profile, new_priority, slots_in
from backend.operations.proofs.base import Answered, Ask, Effect, NotProved, Proof, Proved, Refused, Seen
from backend.operations.settings_keys import read_settings

SETTLE_S = 3.0
"""After a reconnect, before the next call: it may still be on its way to another connection."""
STAYS_S = 20.0
"""A station that is on the old profile for so long after the switch has fallen back, or has not begun."""
BY_ITSELF_S = 60.0
"""A station that has taken the profile comes back by itself within that, or is restarted (`reset` auto)."""
_SWITCH = ("profile", "order")
_TAKEN = frozenset({"Accepted", "RebootRequired", "Scheduled"})
_HASHES = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


class ProfileProof(Proof):
    """Asks one step after the other; what a lost connection has swallowed is asked again on the next one."""

    goes_on = None
    takes_errors = True
    drops = True

    def __init__(self, order: Order, steps: list[str]) -> None:
        super().__init__(order)
        self._steps = deque(steps)
        """The first is the one that was asked, or is next."""
        self._wanted = int(order.parameters["profile"])
        self._reset = str(order.parameters["reset"])
        self._profile = self._before = order.station.security_profile
        self._let_in = False
        """Whether a step down was asked for: from then on nobody knows on which profile it comes."""
        self._slots: list[int] = []
        self._needs_boot = not order.v16
        self._waits = False
        self._restarted = False
        self._due: Instant | None = None
        """When the first of the steps is asked (again)."""
        self._judge: Instant | None = None
        """When it is decided what becomes of a station that is still on its old profile."""

    def began(self, at: Instant) -> Iterable[Effect]:
        self.sent = at
        return self._about_to_ask()

    # -- answers ---------------------------------------------------------------------------------------------

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        return self._result(answer, at)

    def followed(self, answer: Answer | None, at: Instant) -> Iterable[Effect]:
        if answer is not None:
            yield from self._result(answer, at)
        elif self.order.station.link is not Link.OFFLINE and self._due is None and self._judge is None:
            self._due = at + SETTLE_S

    def _result(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        if not self._steps:
            return
        step = self._steps[0]
        if step == "roots":
            effects = list(self._roots(answer))
        elif step == "priority":
            effects = list(self._priority(answer))
        else:
            effects = list(self._taken(step, answer))
        yield from effects
        if not any(isinstance(effect, Refused | NotProved) for effect in effects):
            self._steps.popleft()
            yield from self._go_on(at)

    def _roots(self, answer: Answer) -> Iterable[Effect]:
        if answer.error:
            yield Seen(name="root_unknown", text=f"it does not tell which roots it has: {answer.text}")
        elif self._has_root(answer.payload):
            yield Seen(name="root_there", text="it has the root of this server")
        elif not self.order.standing.root_name:
            yield Seen(name="root_unknown", text="the root above this server's certificate is not known")
        else:
            name = self.order.station.id
            text = f"it has no root for this server's certificate: noc security install-root {name} gives it one"
            yield Refused(answer="no root", text=text)

    def _has_root(self, payload: dict[str, Any]) -> bool:
        standing = self.order.standing
        return any(
            (standing.root_serial is not None and row.get("serialNumber", "").lstrip("0").casefold()
             == f"{standing.root_serial:x}") or _names(row, standing.root_name)
            for row in _hash_data(payload)
        )  # fmt: skip

    def _priority(self, answer: Answer) -> Iterable[Effect]:
        found = next((one for one in read_settings(answer.payload) if one.value is not None), None)
        if answer.error or found is None:
            yield Refused(answer=answer.word, text=f"NetworkConfigurationPriority cannot be read: {answer.text}")
            return
        taken = slots_in(found.value)
        slot = self.order.parameters.get("slot", free_slot(taken))
        self._slots = [slot, *(one for one in taken if one != slot)]
        yield Seen(name="slot_chosen", text=f"slot {slot}", values={"slot": str(slot)})

    def _taken(self, step: str, answer: Answer) -> Iterable[Effect]:
        if not answer.is_one_of(_TAKEN) or answer.error:
            if step == "restart":
                yield NotProved(text=f"it has taken profile {self._wanted}, and refused to restart: {answer.text}")
                return
            yield Seen(name=f"{step}_refused", text=answer.text)
            yield Refused(answer=answer.word, text=f"{_WHAT[step]}: {answer.text}{_MEANS.get(step, '')}")
            return
        later = answer.status.casefold() == "rebootrequired"
        self._needs_boot = self._needs_boot or later
        self._waits = step == "restart" and answer.status.casefold() == "scheduled"
        if step in _SWITCH:
            yield Answered(answer=answer.word)
        told = {True: "when the charges under way have ended", False: "used after a reboot" if later else ""}
        yield Seen(name=f"{step}_taken", text=told[self._waits])

    # -- the next step ---------------------------------------------------------------------------------------

    def _go_on(self, at: Instant) -> Iterable[Effect]:
        """Ask the next step, or wait for the station to come back."""
        if not self._steps and not self._restarted and self._restart_now():
            self._restarted = True
            self._steps.append("restart")
        if self._steps:
            yield from self._ask()
        elif self._profile == self._wanted:
            yield self._back()
        elif not self._restarted:
            self._judge = at + BY_ITSELF_S

    def _ask(self) -> Iterable[Effect]:
        yield from self._about_to_ask()
        yield Ask(call=self._call(self._steps[0]))

    def _about_to_ask(self) -> Iterable[Effect]:
        if self._steps[0] == "key":
            yield Seen(name="key_sent")
        elif self._steps[0] in _SWITCH and self._wanted < self._before and not self._let_in:
            self._let_in = True
            yield Seen(
                name="let_in",
                text=f"security profile {self._wanted} is let in from now on",
                values={"profile": str(self._wanted)},
            )

    def _restart_now(self) -> bool:
        return self._reset in ("soft", "hard") or (self._reset == "auto" and self._needs_boot)

    def _call(self, step: str) -> Call:
        if step == "key":
            return key_call(self.order)
        if step == "slot":
            return network_profile(self.order, self._slots[0])
        if step == "order":
            return new_priority(self.order, self._slots)
        return PLAIN[step](self.order)

    @property
    def _switched(self) -> bool:
        """Whether the station has taken everything; it may be on its way."""
        return not self._steps or self._steps[0] == "restart"

    # -- what the station does -------------------------------------------------------------------------------

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if isinstance(event, Connected):
            yield from self._connected(event)
        elif isinstance(event, Booted):
            self._waits = False
        elif isinstance(event, Disconnected) and self._switched:
            self._judge = None

    def _connected(self, event: Connected) -> Iterable[Effect]:
        self._profile = event.security_profile
        there = self._profile == self._wanted
        switch = self._steps and self._steps[0] in _SWITCH
        yield Seen(
            name="came_back_on",
            text=f"on security profile {self._profile}",
            values={"profile": str(self._profile)},
        )
        if there and (self._switched or (switch and self._wanted >= 2)):
            yield self._back()
        elif self._switched:
            self._steps.clear()
            self._judge = event.learned + STAYS_S
        else:
            self._due = event.learned + SETTLE_S

    def _back(self) -> Proved:
        return Proved(text=f"it came back on security profile {self._wanted}")

    def tick(self, now: Instant) -> Iterable[Effect]:
        if self._due is not None and now >= self._due:
            self._due = None
            if self._steps:
                yield from self._ask()
        elif self._judge is not None and now >= self._judge and not self._waits:
            self._judge = None
            yield from self._still_old(now)

    def _still_old(self, now: Instant) -> Iterable[Effect]:
        if self._reset == "auto" and not self._restarted:
            self._restarted = True
            self._steps.append("restart")
            yield from self._ask()
        elif self._restarted or not self._needs_boot:
            yield NotProved(text=self.why_not(now))

    def scheduled(self) -> bool:
        return self._waits

    def leaves(self) -> str:
        if not self._let_in:
            return ""
        name = self.order.station.id
        return f"profile {self._wanted} stays let in: noc station set {name} --profile {self._before} ends that"

    def why_not(self, now: Instant) -> str:
        if not self._switched:
            return f"no answer to {_WHAT[self._steps[0]]}"
        if self._waits:
            return "it restarts when its charges have ended, and they still run"
        if self.order.station.link is Link.OFFLINE:
            return f"it has taken profile {self._wanted}, and has not come back; the old way in is still open to it"
        if self._needs_boot and not self._restarted:
            return f"it has taken profile {self._wanted}, and waits for a restart: noc reset {self.order.station.id}"
        return (
            f"it has taken profile {self._wanted}, and is on {self._profile}; "
            "what failed on the new way may stand in the quarantine"
        )


_WHAT = {
    "roots": "GetInstalledCertificateIds",
    "key": "the new key",
    "address": "the address",
    "profile": "SecurityProfile",
    "priority": "NetworkConfigurationPriority",
    "slot": "SetNetworkProfile",
    "order": "NetworkConfigurationPriority",
    "restart": "Reset",
}
_MEANS = {
    "profile": "; it knows no such profile, or lacks the root, the key or the certificate that it needs",
    "slot": "; it knows no such slot, or lacks the root, the key or the certificate that the profile needs",
}


def _hash_data(value: Any, depth: int = 0) -> list[dict[str, Any]]:
    """Every certificateHashData in an answer: `certificateHashData` in 1.6, in `certificateHashDataChain` in 2.x."""
    if depth > 6:
        return []
    if isinstance(value, list):
        return [found for part in value[:500] for found in _hash_data(part, depth + 1)]
    if not isinstance(value, dict):
        return []
    own = [value] if isinstance(value.get("serialNumber"), str) else []
    return own + [found for part in value.values() for found in _hash_data(part, depth + 1)]


def _names(row: dict[str, Any], name: bytes) -> bool:
    """Whether the hash of the issuer is that of a root's own name."""
    make = _HASHES.get(str(row.get("hashAlgorithm", "")).casefold())
    told = row.get("issuerNameHash")
    return bool(name) and make is not None and isinstance(told, str) and make(name).hexdigest() == told.casefold()
