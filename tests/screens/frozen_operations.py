"""What was done to the frozen network, newest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backend.model.resources import OperationResource, StepResource
from backend.model.words import OperationState as State
from tests.screens.frozen import at


def _operation(
    id_: int,
    name: str,
    target: str,
    state: State,
    asked: datetime,
    *,
    by: str = "elin",
    answer: str | None = "Accepted",
    answered_ms: int | None = 180,
    proof: str | None = None,
    steps: tuple[tuple[float, str, str], ...] = (),
    ended_s: float | None = None,
    **values: Any,
) -> OperationResource:
    station, _, evse = target.partition(":")
    sent = None if state is State.OFFLINE else asked + timedelta(milliseconds=40)
    replied = None if sent is None or answered_ms is None else sent + timedelta(milliseconds=answered_ms)
    made = [StepResource(at=asked, name="queued")]
    if sent is not None:
        made.append(StepResource(at=sent, name="sent", text=values.pop("said", "")))
    if replied is not None:
        made.append(StepResource(at=replied, name="answered", text=answer or ""))
    made += [StepResource(at=asked + timedelta(seconds=s), name=n, text=text) for s, n, text in steps]
    ended = None if ended_s is None else asked + timedelta(seconds=ended_s)
    return OperationResource(
        id=str(id_),
        operation=name,
        target=target,
        state=state,
        answer=answer if replied is not None else None,
        proof=proof,
        reason=values.pop("reason", ""),
        requested_by=by,
        times={"requested": asked, "sent": sent, "answered": replied, "ended": ended},
        station=station,
        outlet=target if evse else None,
        steps=made,
        **values,
    )


def _resets() -> list[OperationResource]:
    """Hard resets of the same model on the days before: most of them helped."""
    found = []
    for at_, (took, target) in enumerate(
        ((71, "NK-10031"), (64, "NK-10032"), (0, "NK-10020"), (88, "NK-10018"), (59, "NK-10017"))
    ):
        found.append(
            _operation(
                4601 - at_,
                "reset",
                target,
                State.PROVED if took else State.UNPROVED,
                at("11:20") - timedelta(hours=9 * at_),
                by="johan",
                parameters={"hard": True},
                proof=f"back in {took} s, 2 outlets" if took else "it did not go down in 120 s",
                steps=((9, "went_down", ""), (took - 4, "booted", "4.11.0"), (took, "reported", "2 of 2"))
                if took
                else (),
                ended_s=took or 120,
            )
        )
    return found


def past_operations() -> list[OperationResource]:
    """Two that run, and what was done before."""
    clock = at("14:31") + timedelta(seconds=12)
    return [
        _operation(
            4711,
            "reset",
            "NK-01450",
            State.ANSWERED,
            clock,
            by="samira",
            said="Reset Hard",
            steps=((14, "went_down", "connection lost"),),
            parameters={"hard": True},
            reason="boots again and again",
            deadline_s=300.0,
            site="site-03",
        ),
        _operation(
            4710,
            "refresh",
            "NK-02118:1",
            State.SENT,
            clock + timedelta(seconds=40),
            answered_ms=None,
            deadline_s=60.0,
            site="site-02",
        ),
        _operation(
            4709,
            "unlock",
            "NK-04217:2",
            State.UNPROVED,
            at("14:30"),
            answer="Unlocked",
            answered_ms=811,
            steps=((30.1, "contradicted", "lock fault"),),
            proof="still locked after 30 s",
            ended_s=60,
            reason="driver waits",
            site="site-01",
        ),
        _operation(
            4708,
            "reset",
            "NK-10005",
            State.PROVED,
            at("14:29"),
            steps=((9, "went_down", ""), (41, "booted", "4.11.0"), (47, "reported", "2 of 2")),
            proof="back in 47 s, 2 outlets",
            ended_s=47,
            site="site-05",
        ),
        _operation(
            4707,
            "availability",
            "NK-02801:1",
            State.REFUSED,
            at("14:27"),
            answer="Rejected",
            by="johan",
            ended_s=0.3,
            site="site-05",
        ),
        _operation(
            4706,
            "stop",
            "NK-04217:2",
            State.PROVED,
            at("14:27"),
            steps=((2, "ended", ""),),
            proof="ended, 21.4 kWh",
            ended_s=2,
            site="site-01",
        ),
        _operation(
            4705,
            "refresh",
            "NK-06604:1",
            State.TIMEOUT,
            at("14:22"),
            answer=None,
            answered_ms=None,
            by="auto-heal",
            deadline_s=30.0,
            ended_s=30,
            site="site-08",
        ),
        _operation(
            4704,
            "start",
            "NK-10010:1",
            State.PROVED,
            at("14:18"),
            by="johan",
            steps=((19, "began", "7.4 kW"),),
            proof="7.4 kW after 19 s",
            ended_s=19,
            site="site-07",
        ),
        _operation(
            4703,
            "stop",
            "NK-07731:1",
            State.OFFLINE,
            at("14:24"),
            answer=None,
            answered_ms=None,
            by="johan",
            ended_s=0,
            site="site-00",
        ),
        _operation(
            4702,
            "call",
            "NK-10020",
            State.PROVED,
            at("13:55"),
            by="samira",
            parameters={"action": "ClearCache"},
            proof="Accepted",
            ended_s=1,
            site="site-10",
        ),
        *_resets(),
    ]
