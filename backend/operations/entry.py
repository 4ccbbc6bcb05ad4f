"""What an operation of the catalogue is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from backend.model.errors import Invalid
from backend.model.words import Right, Version
from backend.operations.order import Call, Order
from backend.operations.parameters import Kind, Parameter, read
from backend.operations.proofs.base import Proof
from backend.operations.targets import Place
from backend.text import t

Builder: TypeAlias = Callable[[Order], Call]
Maker: TypeAlias = Callable[[Order], Proof]

CALL_S = 30.0


class Entry(Struct, frozen=True, kw_only=True):
    """One operation."""

    name: str
    what: Callable[[], str]
    """What it does, in a few words, in the language in force."""
    places: tuple[Place, ...]
    """What it is done to; the first is what a bare name means."""
    proof: Maker
    v16: Builder | None = None
    v2: Builder | None = None
    parameters: tuple[Parameter, ...] = ()
    fold: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """Makes one spelling of several; raises Invalid."""
    prepare: Callable[[Order], Order] | None = None
    """Completes it by what is known of the station; raises Invalid or Conflict when something is missing first."""
    right: Right = Right.OPERATE
    """The least; what is hard, writes a setting or cuts a charge needs `operate_hard` (`right_of`)."""
    danger: bool = False
    idempotent: bool = True
    """Whether it may be sent again blindly; of others one runs at a time per target."""
    deadline_s: float = CALL_S
    deadline_dc_s: float | None = None
    """For DC stations, where it differs."""
    accepted_only: bool = False
    """Never to a station whose boot is pending (domain.md 1.2)."""

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions that have it."""
        old = (Version.V16,) if self.v16 is not None else ()
        return (*old, Version.V201, Version.V21) if self.v2 is not None else old

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        """The parameters, checked and complete.

        Raises:
            Invalid: a name or a value that cannot be meant.
        """
        found = read(self.parameters, given)
        return found if self.fold is None else self.fold(found)

    def builder(self, version: Version) -> Builder:
        """What makes the request in that version.

        Raises:
            Invalid: that version of OCPP has no such request.
        """
        found = self.v16 if version is Version.V16 else self.v2
        if found is None:
            names = ", ".join(one.value for one in self.versions)
            raise Invalid(
                "not_in_version",
                t("OCPP {version} has no {operation}.", version=version.value, operation=self.name),
                t("It is there in {versions}.", versions=names),
            )
        return found


STATION = (Place.STATION,)
ANY_PLACE = (Place.STATION, Place.OUTLET)
OUTLET = (Place.OUTLET,)
TOKEN = Parameter(name="token", needed=True, limit=255, aliases=("id_token", "id_tag"))
TOKEN_TYPE = Parameter(
    name="token_type",
    kind=Kind.CHOICE,
    choices=(
        "Central",
        "eMAID",
        "ISO14443",
        "ISO15693",
        "KeyCode",
        "Local",
        "MacAddress",
        "NoAuthorization",
    ),
)
RESERVATION = Parameter(name="reservation", kind=Kind.WHOLE)
