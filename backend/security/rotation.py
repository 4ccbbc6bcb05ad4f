"""Which key counts while a station is given a new one: both until it has spoken, then one."""

from __future__ import annotations

from backend.model.operation import Operation
from backend.model.words import OperationState
from backend.security.credentials import Credentials


class Rotation:
    """Listens to operations named `rotate_key`."""

    def __init__(self, credentials: Credentials, operation: str) -> None:
        self._credentials = credentials
        self._operation = operation

    def changed(self, operation: Operation) -> None:
        """Accepted: the old key is dead. Refused: the new one. Anything else, a reboot awaited too: both count until
        the new one is shown."""
        if operation.operation != self._operation:
            return
        answer = (operation.answer or "").partition(":")[0].casefold()
        if operation.state is OperationState.REFUSED:
            self._credentials.withdraw(operation.station)
        elif answer == "accepted":
            self._credentials.confirm(operation.station)
