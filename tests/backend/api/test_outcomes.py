"""Operations are counted by how they ended."""

from __future__ import annotations

import pytest

from backend.api import outcomes
from backend.model.operation import Operation
from backend.model.words import OperationState


def operation(number: int, state: OperationState) -> Operation:
    """An unlock."""
    return Operation(id=number, operation="unlock", target="CP-1:1", station="CP-1", state=state)


def test_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under way counts nothing; an end counts once, however often it is told of; what is remembered is bounded."""
    monkeypatch.setattr(outcomes, "MOST_REMEMBERED", 2)
    counted = outcomes.Outcomes()
    counted.operation(operation(1, OperationState.SENT))
    assert counted.counts == {}
    for number in (1, 1, 2, 1):
        counted.operation(operation(number, OperationState.PROVED))
    counted.operation(operation(3, OperationState.TIMEOUT))
    assert counted.counts == {("unlock", "proved"): 2, ("unlock", "timeout"): 1}
    assert len(counted._counted) == 2
