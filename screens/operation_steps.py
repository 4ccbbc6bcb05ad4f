"""The steps of an operation: their words, their signs, how far it has come and what is still to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from backend.model.clock import Instant
from backend.model.resources import OperationResource, StepResource
from backend.model.words import OperationState
from backend.text import t, tc
from widgets.figures import length, number
from widgets.line import Run

STAGES = ("queued", "sent", "answered")
_ENDS = frozenset({"proved", "unproved", "refused", "timeout", "offline"})
_BAD = (_ENDS - {"proved"}) | {"contradicted", "silent", "link_lost", "missing"}
_AWAITED: dict[str, tuple[str, ...]] = {
    "reset": ("went_down", "booted", "reported"),
    "start": ("began",),
    "stop": ("ended",),
    "refresh": ("message",),
    "security_profile": ("came_back_on",),
}
"""What is looked for after the answer, in its usual order (CONTRACT.md, what is proof)."""


class Stage(NamedTuple):
    """One line of the list of steps."""

    sign: str
    style: str
    word: str
    when: str
    """A clock time or, of the one that is awaited, how long already."""
    told: str


def step_word(name: str) -> str:
    """The name of a step; one that nobody knows keeps its own."""
    return {
        "queued": tc("step", "queued"),
        "sent": tc("step", "sent"),
        "answered": tc("step", "answered"),
        "went_down": tc("step", "went down"),
        "booted": tc("step", "booted"),
        "reported": tc("step", "outlets report"),
        "began": tc("step", "charge began"),
        "ended": tc("step", "charge ended"),
        "unlocked": tc("step", "unlocked"),
        "message": tc("step", "message came"),
        "came": tc("step", "message came"),
        "contradicted": tc("step", "contradicted"),
        "scheduled": tc("step", "scheduled"),
        "came_back": tc("step", "came back"),
        "missing": tc("step", "statuses missing"),
        "all_reported": tc("step", "all report"),
        "charging": tc("step", "power flows"),
        "plugged": tc("step", "plugged in"),
        "asked": tc("step", "asked again"),
        "part": tc("step", "first part"),
        "read_back": tc("step", "read back"),
        "reboot_required": tc("step", "needs a reboot"),
        "root_there": tc("step", "has the root"),
        "root_unknown": tc("step", "root not known"),
        "key_sent": tc("step", "key on its way"),
        "key_taken": tc("step", "key taken"),
        "let_in": tc("step", "lower profile let in"),
        "key_refused": tc("step", "key refused"),
        "address_taken": tc("step", "address taken"),
        "slot_chosen": tc("step", "slot chosen"),
        "slot_taken": tc("step", "slot taken"),
        "order_taken": tc("step", "order taken"),
        "profile_taken": tc("step", "profile taken"),
        "restart_taken": tc("step", "restarts"),
        "came_back_on": tc("step", "came back"),
        "silent": tc("step", "no answer"),
        "link_lost": tc("step", "link lost"),
        "refused": tc("step", "refused"),
        "timeout": tc("step", "no answer"),
        "proved": tc("step", "proved"),
        "unproved": tc("step", "no effect"),
        "offline": tc("step", "offline"),
    }.get(name, name.replace("_", " "))


def awaited_word(name: str) -> str:
    """What is awaited, as a thing: `boot awaited`."""
    return {
        "sent": tc("awaited", "its turn"),
        "answered": tc("awaited", "answer"),
        "went_down": tc("awaited", "link loss"),
        "booted": tc("awaited", "boot"),
        "reported": tc("awaited", "outlets' report"),
        "began": tc("awaited", "start of the charge"),
        "ended": tc("awaited", "end of the charge"),
        "unlocked": tc("awaited", "unlock"),
        "message": tc("awaited", "message"),
        "came_back_on": tc("awaited", "return on the new way"),
    }.get(name, tc("awaited", "proof"))


def running_words(operation: OperationResource, now: Instant) -> str:
    """Of one that runs: what is awaited, and for how long since something was seen."""
    left = awaited(operation)
    since = operation.times.get("requested") if not operation.steps else operation.steps[-1].at
    time = "" if since is None else length(max(0.0, now - since.timestamp()))
    return t("{what} awaited {time}", what=awaited_word(left[0] if left else ""), time=time)


def awaited(operation: OperationResource) -> list[str]:
    """The names of the steps that are still to come, in their usual order."""
    if operation.state.ended:
        return []
    seen = {step.name for step in operation.steps}
    reached = {"queued"} | {name for name in STAGES[1:] if operation.times.get(name) is not None} | seen
    return [name for name in (*STAGES[1:], *_AWAITED.get(operation.operation, ())) if name not in reached]


def signs(operation: OperationResource) -> list[Run]:
    """`✓✓✓▸·`: what is done, what is awaited, what is to come."""
    done = [name for name in STAGES[1:] if operation.times.get(name) is not None]
    done += [step.name for step in operation.steps if step.name not in STAGES and step.name not in _ENDS]
    runs: list[Run] = []
    if done:
        runs.append(("✓" * min(8, len(done)), "ok"))
    if operation.state is OperationState.PROVED:
        return runs or [("✓", "ok")]
    if operation.state.ended:
        return [*runs, ("✖", "crit")]
    left = awaited(operation)
    return [*runs, ("▸", "text"), ("·" * min(8, max(0, len(left) - 1)), "muted")]


def stages(operation: OperationResource, now: Instant, clock: Sequence[str]) -> list[Stage]:
    """All steps that were seen, then the one that is awaited, then those to come.

    `clock`: the clock times of `operation.steps`, in their order.
    """
    found: list[Stage] = []
    before: datetime | None = None
    for step, time in zip(operation.steps, clock, strict=True):
        if step.name == "queued" and len(operation.steps) > 1:
            before = step.at
            continue
        bad = step.name in _BAD
        sign, style = ("✖", "crit") if bad else ("✓", "ok")
        found.append(Stage(sign, style, step_word(step.name), time, _told(step, before)))
        before = step.at
    for at, name in enumerate(awaited(operation)):
        if at == 0:
            since = before or operation.times.get("requested")
            waited = "" if since is None else length(max(0.0, now - since.timestamp()))
            found.append(Stage("▸", "text", awaited_word(name), waited, _late(operation)))
        else:
            found.append(Stage("·", "muted", awaited_word(name), "", ""))
    return found


def _told(step: StepResource, before: datetime | None) -> str:
    after = took(before, step.at)
    told = seen_words(step)
    if not told:
        return t("after {time}", time=after) if after else ""
    return f"{told}, {after}" if after and step.name == "answered" else told


def seen_words(step: StepResource) -> str:
    """What was seen, made of the step's values where its name is known; else as the operation log has it."""
    values = step.values
    plain = {
        "scheduled": t("when the charges under way have ended"),
        "missing": t("no outlet has reported since the boot"),
        "came_back": t("without a boot"),
        "reboot_required": t("stored, active after a reboot"),
        "link_lost": t("before an answer came"),
    }
    if step.name in plain:
        return plain[step.name]
    if step.name == "reported" and values.get("status") and "evse" in values:
        place = t("outlet {n}", n=values["evse"]) if values["evse"] != "0" else t("post")
        return f"{place} {values['status']}"
    if step.name == "came_back_on" and values.get("profile"):
        return t("on security profile {profile}", profile=values["profile"])
    if step.name == "all_reported" and values.get("outlets"):
        return t("all {n} outlets", n=values["outlets"])
    if step.name == "began" and values.get("session"):
        return t("session {id}", id=values["session"])
    if step.name == "charging" and values.get("power_kw"):
        return f"{values['power_kw']}\N{NO-BREAK SPACE}kW"
    return step.text


def _late(operation: OperationResource) -> str:
    if not operation.deadline_s:
        return ""
    return t("too late at {time}", time=length(operation.deadline_s))


def took(start: datetime | None, end: datetime | None) -> str:
    """The time between two moments: `180 ms`, `14 s`, `2m`."""
    if start is None or end is None:
        return ""
    seconds = max(0.0, (end - start).total_seconds())
    if seconds < 1:
        return f"{number(round(seconds * 1_000))}\N{NO-BREAK SPACE}ms"
    return length(seconds)


def waited(operation: OperationResource, now: Instant) -> str:
    """How long a running operation has been waiting since it was sent (or asked for)."""
    since = operation.times.get("sent") or operation.times.get("requested")
    return "" if since is None else length(max(0.0, now - since.timestamp()))
