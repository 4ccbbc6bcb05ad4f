"""The operation that changes how a station proves who it is."""

from __future__ import annotations

from typing import Any

from backend.model.words import Right
from backend.operations.entry import STATION, Entry
from backend.operations.order import Call, Order
from backend.operations.parameters import Parameter
from backend.operations.proofs.new_key import NewKeyProof
from backend.operations.settings_keys import variable_of
from backend.security.keys import new_key
from backend.text import t

ROTATE_KEY = "rotate_key"
KEY = "authorization_key"
"""The parameter: a name under which no log and no list shows a value."""


def _made(given: dict[str, Any]) -> dict[str, Any]:
    """A random key where none was given: 40 hexadecimal digits serve every version (domain.md 1.8)."""
    return given if given.get(KEY) else {**given, KEY: new_key()}


def _v16(order: Order) -> Call:
    return Call("ChangeConfiguration", {"key": "AuthorizationKey", "value": order.parameters[KEY]})


def _v2(order: Order) -> Call:
    password = variable_of("SecurityCtrlr.BasicAuthPassword")
    return Call("SetVariables", {"setVariableData": [{"attributeValue": order.parameters[KEY], **password}]})


def key_call(order: Order) -> Call:
    """What gives the station the new key."""
    return _v16(order) if order.v16 else _v2(order)


IDENTITY = (
    Entry(
        name=ROTATE_KEY,
        what=lambda: t("give the station a new key; the old one is dead once it has taken it"),
        places=STATION,
        parameters=(Parameter(name=KEY, limit=128),),
        v16=_v16,
        v2=_v2,
        proof=NewKeyProof,
        fold=_made,
        right=Right.OPERATE_HARD,
        danger=True,
        idempotent=False,
        deadline_s=600.0,
    ),
)
