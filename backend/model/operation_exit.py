"""The exit code that an operation's end means (CONTRACT.md, exit codes)."""

from __future__ import annotations

from backend.model.words import Exit, OperationState

_CODES = {
    OperationState.PROVED: Exit.DONE,
    OperationState.REFUSED: Exit.REFUSED,
    OperationState.UNPROVED: Exit.NOT_PROVED,
    OperationState.TIMEOUT: Exit.NO_ANSWER,
    OperationState.OFFLINE: Exit.NO_ANSWER,
}


def exit_code(state: OperationState) -> Exit:
    """The exit code for a state; one that is no end yet is not proved."""
    return _CODES.get(state, Exit.NOT_PROVED)
