"""Remote operations of the last days: what people did, and whether it worked."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from backend.model.clock import Instant
from backend.model.operation import AuditEntry, Operation, Step
from backend.model.outlet_id import OutletId
from backend.model.words import OperationState
from backend.simulator import faults
from backend.simulator.history_trouble import PEOPLE
from backend.simulator.network import Network
from backend.simulator.opening import Opening

DAYS = 14.0
_REASONS = (
    "driver on the phone",
    "screen frozen",
    "plug stuck",
    "after repair",
    "no contact with the car",
    "slow charge",
)


class _Course(NamedTuple):
    """One way that an operation may go: what is answered and seen, when."""

    operation: str
    share: int
    state: OperationState
    answer: str | None
    proof: str
    steps: tuple[tuple[str, str, float], ...]
    """Name, text, seconds after it was sent."""
    deadline_s: float


_P, _U, _R, _T = OperationState.PROVED, OperationState.UNPROVED, OperationState.REFUSED, OperationState.TIMEOUT
_COURSES = (
    _Course("reset", 26, _P, "Accepted", "back in 47 s, all outlets reported",
            (("answered", "Accepted", 0.4), ("went_down", "link lost", 3.0), ("booted", "BootNotification", 44.0),
             ("reported", "all outlets", 47.0)), 300.0),
    _Course("reset", 6, _U, "Accepted", "no drop in 120 s", (("answered", "Accepted", 0.5),), 120.0),
    _Course("reset", 3, _R, "Rejected", "the station refused", (("answered", "Rejected", 0.3),), 300.0),
    _Course("unlock", 18, _P, "Unlocked", "answered Unlocked", (("answered", "Unlocked", 1.1),), 30.0),
    _Course("unlock", 9, _R, "UnlockFailed", "the lock did not move", (("answered", "UnlockFailed", 2.6),), 30.0),
    _Course("start", 12, _P, "Accepted", "a charge began",
            (("answered", "Accepted", 0.5), ("began", "transaction", 9.0)), 90.0),
    _Course("start", 5, _U, "Accepted", "the driver did not plug in", (("answered", "Accepted", 0.4),), 90.0),
    _Course("stop", 15, _P, "Accepted", "the charge ended",
            (("answered", "Accepted", 0.4), ("ended", "transaction", 2.2)), 60.0),
    _Course("refresh", 14, _P, "Accepted", "StatusNotification came",
            (("answered", "Accepted", 0.3), ("reported", "StatusNotification", 0.6)), 30.0),
    _Course("refresh", 3, _T, None, "no answer in 30 s", (), 30.0),
)  # fmt: skip


def past_operations(network: Network, opening: Opening, dice: Random) -> Iterator[Operation | AuditEntry]:
    """Some fifty operations of the last two weeks, oldest first; the last are two unlocks that did not help."""
    names = [name for name, start in opening.stations.items() if start.presence == "online"]
    if not names:
        return
    count = min(max(len(names) // 6, 4), 200)
    moments = sorted(opening.now - 1_200.0 - dice.random() * DAYS * 86_400.0 for _ in range(count))
    number = 0
    for sent in moments:
        number += 1
        station = dice.choice(names)
        evse = dice.choice([plug.evse for plug in network.builds[station].plugs])
        course = dice.choices(_COURSES, [course.share for course in _COURSES])[0]
        yield from _operation(number, course, station, evse, float(int(sent)), dice.choice(PEOPLE), dice)
    stuck = next(
        (
            (name, evse)
            for name, start in opening.stations.items()
            for evse, outlet in start.outlets.items()
            if outlet.trouble is faults.LOCK and start.presence == "online"
        ),
        None,
    )
    if stuck is None:
        return
    failed = next(course for course in _COURSES if course.answer == "UnlockFailed")
    for ago in (170.0, 110.0):
        number += 1
        yield from _operation(number, failed, stuck[0], stuck[1], opening.now - ago, PEOPLE[0], dice)


def _operation(
    number: int, course: _Course, station: str, evse: int, sent: Instant, who: str, dice: Random
) -> Iterator[Operation | AuditEntry]:
    whole = course.operation in ("reset", "refresh")
    target = station if whole else str(OutletId(station, evse))
    slow = dice.uniform(0.8, 1.6)
    steps = [Step(at=sent, name="queued"), Step(at=sent, name="sent")]
    steps += [Step(at=sent + after * slow, name=name, text=text) for name, text, after in course.steps]
    failed = course.state in (_U, _T)
    ended = sent + course.deadline_s if failed else steps[-1].at
    reason = dice.choice(_REASONS)
    yield Operation(
        id=number,
        operation=course.operation,
        target=target,
        station=station,
        evse=None if whole else evse,
        state=course.state,
        answer=course.answer,
        answer_payload={"status": course.answer} if course.answer else None,
        proof=course.proof,
        reason=reason,
        requested_by=who,
        deadline_s=course.deadline_s,
        requested=sent,
        sent=sent,
        answered=steps[2].at if course.answer else None,
        ended=ended,
        steps=steps,
    )
    yield AuditEntry(at=sent, who=who, what=course.operation, target=target, reason=reason, result=course.state.value)
