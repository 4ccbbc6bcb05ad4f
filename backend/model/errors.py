"""Failures that a user can do something about: a code for programs, a sentence and the next step for people."""

from __future__ import annotations

from typing import Any


class NocError(Exception):
    """Base of what is told to the user in one line."""

    def __init__(self, code: str, message: str, hint: str = "", *, detail: Any = None) -> None:
        super().__init__(message)
        self.code = code
        """snake_case: `unknown_station`, `not_permitted`, `confirmation_needed`, ..."""
        self.message = message
        self.hint = hint
        self.detail = detail


class Unknown(NocError):
    """No such station, outlet, session, alarm, site or token."""


class NotPermitted(NocError):
    """The caller lacks the right."""


class Invalid(NocError):
    """The request makes no sense as it is."""


class Conflict(NocError):
    """It cannot be done in the present state; with code `confirmation_needed`, `detail` is a Question."""


class Unavailable(NocError):
    """The server, the store or the network is not there."""
