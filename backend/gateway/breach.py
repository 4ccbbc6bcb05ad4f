"""What can be wrong with a frame, and the code that each OCPP version has for it (OCPP-J 1.6 4.2.3, 2.x Part 4)."""

from __future__ import annotations

from enum import Enum

from backend.model.words import Version


class Breach(Enum):
    """The kinds of CALLERROR: the code in 1.6, and in 2.x.

    The two misspellings of 1.6 are frozen in its errata: a right spelling makes stations repeat for ever
    (field lesson 22).
    """

    FORMAT = ("FormationViolation", "FormatViolation")
    OCCURRENCE = ("OccurenceConstraintViolation", "OccurrenceConstraintViolation")
    PROPERTY = ("PropertyConstraintViolation", "PropertyConstraintViolation")
    TYPE = ("TypeConstraintViolation", "TypeConstraintViolation")
    NOT_IMPLEMENTED = ("NotImplemented", "NotImplemented")
    NOT_SUPPORTED = ("NotSupported", "NotSupported")
    MESSAGE_TYPE = ("GenericError", "MessageTypeNotSupported")
    SECURITY = ("SecurityError", "SecurityError")
    INTERNAL = ("InternalError", "InternalError")

    def code(self, version: Version) -> str:
        """The error code in the words of `version`."""
        return self.value[0] if version is Version.V16 else self.value[1]


class Violation(Exception):
    """A frame that is answered with a CALLERROR."""

    def __init__(self, breach: Breach, why: str) -> None:
        super().__init__(why)
        self.breach = breach
        self.why = why
        """One plain sentence for the station's log; never text from the station itself."""
