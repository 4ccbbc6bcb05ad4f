"""The catalogue: every remote operation, what it needs, who may, how long it may take, and what proves it.

Deadlines are those of domain.md section 2 (proposals for stations on 4G); they count from *sent*.
"""

from __future__ import annotations

from typing import Any

from backend.model.errors import Invalid
from backend.model.sanitise import clean
from backend.model.words import Right
from backend.operations.desk import DESK, MESSAGES
from backend.operations.entry import Entry
from backend.operations.identity import IDENTITY
from backend.operations.profile_move import MOVE
from backend.operations.request import Request
from backend.operations.upkeep import UPKEEP
from backend.text import t

SCHEDULED_S = 12 * 3600.0
"""How long an operation is followed that a station has scheduled for the end of its charges."""

CATALOGUE: dict[str, Entry] = {entry.name: entry for entry in (*DESK, *UPKEEP, *IDENTITY, MOVE)}
"""By name."""


def find_entry(name: str) -> Entry:
    """The operation of that name.

    Raises:
        Invalid: there is none.
    """
    found = CATALOGUE.get(name.strip().casefold().replace("-", "_"))
    if found is None:
        raise Invalid(
            "unknown_operation",
            t("There is no operation {name!r}.", name=clean(name, 40)),
            t("There are: {names}.", names=", ".join(CATALOGUE)),
        )
    return found


def right_of(request: Request, *, ends_charge: bool) -> Right:
    """What a person needs for this request. To stop a charge that somebody asks to be stopped is no cutting.

    Raises:
        Invalid: no such operation, or its parameters cannot be read.
    """
    entry = find_entry(request.operation)
    if entry.right is not Right.OPERATE:
        return entry.right
    given = entry.read(request.parameters)
    writes = entry.name == "configuration" and "value" in given
    hard = entry.name == "reset" and given["type"] == "hard"
    cuts = ends_charge and entry.name != "stop"
    return Right.OPERATE_HARD if cuts or writes or hard else Right.OPERATE


def describe() -> list[dict[str, Any]]:
    """The catalogue for clients: one object per operation."""
    return [
        {
            "operation": entry.name,
            "what": entry.what(),
            "targets": [place.value for place in entry.places],
            "versions": [version.value for version in entry.versions],
            "right": entry.right.value,
            "danger": entry.danger,
            "idempotent": entry.idempotent,
            "deadline_s": entry.deadline_s,
            "parameters": [
                {
                    "name": parameter.name,
                    "kind": parameter.kind.value,
                    "needed": parameter.needed,
                    "choices": list(parameter.choices),
                    "default": parameter.default,
                }
                for parameter in entry.parameters
            ],
        }
        for entry in CATALOGUE.values()
    ]


__all__ = ["CATALOGUE", "MESSAGES", "SCHEDULED_S", "Entry", "describe", "find_entry", "right_of"]
