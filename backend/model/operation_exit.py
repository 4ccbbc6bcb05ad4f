"""The exit code of a remote operation (CONTRACT.md, exit codes), for the command line and for scripts."""

from __future__ import annotations

from backend.model.operation import Operation
from backend.model.resources import OperationResource
from backend.model.words import Exit, OperationState

_EXITS = {
    OperationState.PROVED: Exit.DONE,
    OperationState.REFUSED: Exit.REFUSED,
    OperationState.UNPROVED: Exit.NOT_PROVED,
    OperationState.TIMEOUT: Exit.NO_ANSWER,
    OperationState.OFFLINE: Exit.NO_ANSWER,
    OperationState.ANSWERED: Exit.NOT_PROVED,
    OperationState.QUEUED: Exit.NO_ANSWER,
    OperationState.SENT: Exit.NO_ANSWER,
}


def exit_code(operation: OperationState | OperationResource | Operation) -> Exit:
    """What a program ends with after this operation.

    One that still runs counts as far as it came: who stops waiting for it knows no more than that.
    """
    return _EXITS[operation if isinstance(operation, OperationState) else operation.state]
