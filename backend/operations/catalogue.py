"""Every operation there is: its name, who may, what it is about, how it is planned."""

from __future__ import annotations

from msgspec import Struct

from backend.model.errors import Invalid
from backend.model.words import Right
from backend.operations import calls, plan
from backend.operations.plan import Planner
from backend.operations.request import Request
from backend.text import t


class Entry(Struct, frozen=True, kw_only=True):
    """One operation."""

    name: str
    right: Right
    planner: Planner
    parameters: tuple[str, ...] = ()
    repeatable: bool = True
    """Safe to ask for again while one runs (domain.md 2, column Idem.)."""
    danger: bool = False


CATALOGUE: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            name="reset", right=Right.OPERATE, planner=plan.reset, parameters=("hard",), repeatable=False, danger=True
        ),
        Entry(name="unlock", right=Right.OPERATE, planner=plan.unlock, danger=True),
        Entry(
            name="start",
            right=Right.OPERATE,
            planner=plan.start,
            parameters=("id_token", "token_type"),
            repeatable=False,
        ),
        Entry(name="stop", right=Right.OPERATE, planner=plan.stop, danger=True),
        Entry(name="refresh", right=Right.OPERATE, planner=plan.refresh, parameters=("message",)),
        Entry(
            name="availability",
            right=Right.OPERATE_HARD,
            planner=plan.availability,
            parameters=("operative",),
            danger=True,
        ),
        Entry(
            name="configuration", right=Right.OPERATE, planner=plan.configuration, parameters=("key", "value", "keys")
        ),
        Entry(name="clear_cache", right=Right.OPERATE, planner=plan.clear_cache),
        Entry(
            name="reserve",
            right=Right.OPERATE,
            planner=plan.reserve,
            parameters=("id_token", "token_type", "minutes"),
            repeatable=False,
        ),
        Entry(
            name="cancel_reservation",
            right=Right.OPERATE,
            planner=plan.cancel_reservation,
            parameters=("reservation",),
        ),
        Entry(name="call", right=Right.CALL, planner=calls.call, parameters=("action", "payload"), danger=True),
    )
}


def entry_of(request: Request) -> Entry:
    """The entry that a request means. Raises Invalid: no such operation, or a parameter that it does not have."""
    entry = CATALOGUE.get(request.operation)
    if entry is None:
        raise Invalid(
            "unknown_operation",
            t("there is no operation {name}", name=request.operation),
            t("there are {names}", names=", ".join(sorted(CATALOGUE))),
        )
    odd = sorted(set(request.parameters) - set(entry.parameters))
    if odd:
        raise Invalid(
            "invalid_parameter",
            t("{operation} has no parameter {names}", operation=entry.name, names=", ".join(odd)),
            t("it has {names}", names=", ".join(entry.parameters) or t("none")),
        )
    return entry


def right_of(request: Request, *, ends_charge: bool) -> Right:
    """The right that a request needs: what is hard, writes configuration, or cuts a charge that is not asked to be
    stopped needs more. Raises Invalid: no such operation."""
    entry = entry_of(request)
    hard = request.operation == "reset" and plan.is_hard(request)
    writes = request.operation == "configuration" and bool(request.parameters.get("value"))
    cuts = ends_charge and request.operation != "stop"
    if entry.right is Right.OPERATE and (hard or writes or cuts):
        return Right.OPERATE_HARD
    return entry.right
