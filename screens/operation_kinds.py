"""What may be done to a station: the operations of the menu, and those of the server's catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from backend.model.errors import Invalid
from backend.model.resources import OutletResource, StationResource
from backend.text import t, tc
from screens.form import Field
from screens.operation_words import operation_word


class Target(NamedTuple):
    """What an operation goes to."""

    station: str
    outlet: str | None
    name: str

    @classmethod
    def of_outlet(cls, outlet: OutletResource) -> Target:
        """An outlet, by the name on its sticker."""
        return cls(outlet.station, outlet.outlet, outlet.label or outlet.outlet)

    @classmethod
    def of_station(cls, station: StationResource) -> Target:
        """A whole station."""
        return cls(station.id, None, station.id)


class Kind(NamedTuple):
    """One operation, as a page offers it."""

    id: str
    key: str
    operation: str
    parameters: dict[str, Any]
    whole: bool = False
    """It goes to the station, not to one outlet."""
    fields: tuple[str, ...] = ()
    """Parameters of ours that are asked for."""
    danger: bool = False
    asked: tuple[Mapping[str, Any], ...] = ()
    """Parameters as the server's catalogue tells them; asked for too."""
    what: str = ""


KINDS: tuple[Kind, ...] = (
    Kind("reset", "r", "reset", {}, whole=True),
    Kind("hard_reset", "R", "reset", {"hard": True}, whole=True, danger=True),
    Kind("unlock", "u", "unlock", {}),
    Kind("start", "b", "start", {}, fields=("token",)),
    Kind("stop", "s", "stop", {}),
    Kind("refresh", "f", "refresh", {}, whole=True),
    Kind("availability", "v", "availability", {}, fields=("operative",)),
    Kind("configuration", "c", "configuration", {}, whole=True, fields=("key", "value")),
)
"""The menu behind `x`."""

MENU_IDS = {kind.id: kind for kind in KINDS}


def kind_word(kind: Kind) -> str:
    """The menu's word for it."""
    return operation_word(kind.operation, hard=bool(kind.parameters.get("hard")))


def kind_what(id_: str) -> str:
    """What an entry of the menu does, in a few words."""
    return {
        "reset": t("restarts the post when it may; charges end gently"),
        "hard_reset": t("restarts the post at once; ends every charge on it"),
        "unlock": t("lets go of the plug"),
        "start": t("begins a charge from here, with a card's number"),
        "stop": t("ends the charge that runs here"),
        "refresh": t("asks the post what it is and what it measures"),
        "availability": t("takes the outlet out of use, or puts it back"),
        "configuration": t("reads or sets a key of the post's settings"),
        "all": t("every operation there is, and any OCPP call"),
    }[id_]


def from_catalogue(rows: Sequence[Mapping[str, Any]]) -> list[Kind]:
    """The server's catalogue as kinds, in its order."""
    return [
        Kind(
            str(row["operation"]),
            "",
            str(row["operation"]),
            {},
            whole="outlet" not in row.get("targets", ()),
            danger=bool(row.get("danger")),
            asked=tuple(row.get("parameters", ())),
            what=str(row.get("what", "")),
        )
        for row in rows
    ]


def fields_of(kind: Kind) -> list[Field]:
    """What has to be typed for its parameters."""
    return [*(_ours(name) for name in kind.fields), *(_theirs(parameter) for parameter in kind.asked)]


def _ours(name: str) -> Field:
    if name == "operative":
        return Field(id=name, label=t("to"), choices=(t("out of use"), t("in use")), width=20)
    if name == "token":
        return Field(id=name, label=t("card"), width=28, hint=t("its full number"))
    if name == "profile":
        return Field(id=name, label=t("profile"), choices=("0", "1", "2", "3"), width=12)
    if name == "reset":
        kinds = ("auto", "none", "soft", "hard")
        return Field(id=name, label=tc("field", "restart"), choices=kinds, value="auto", width=12)
    if name == "downgrade":
        return Field(id=name, label=tc("field", "down"), choices=(t("no"), t("yes")), value=t("no"), width=12)
    if name == "url_setting":
        hint = t("1.6: maker's setting")
        return Field(id=name, label=tc("field", "address"), needed=False, hint=hint, width=28)
    if name == "value":
        return Field(id=name, label=t("value"), needed=False, hint=t("empty: read"), width=36)
    return Field(id=name, label=t("key"), width=46)


def _theirs(parameter: Mapping[str, Any]) -> Field:
    name, kind, needed = str(parameter["name"]), parameter.get("kind"), bool(parameter.get("needed"))
    choices = tuple(str(choice) for choice in parameter.get("choices", ()))
    default = parameter.get("default")
    value = "" if default in (None, [], {}) else str(default)
    if kind == "flag":
        return Field(id=name, label=name, choices=("yes", "no"), needed=needed, width=12)
    if choices:
        return Field(id=name, label=name, choices=choices, value=value, needed=needed, width=34)
    hint = "JSON" if kind in ("object", "objects") else ""
    return Field(id=name, label=name.replace("_", " "), value=value, needed=needed, width=40 if hint else 46, hint=hint)


def parameters_of(kind: Kind, values: Mapping[str, str]) -> dict[str, Any]:
    """The parameters as the server takes them; what was left empty is left out.

    Raises:
        Invalid: what should be JSON is none.
    """
    found = dict(kind.parameters)
    for name in kind.fields:
        if name == "operative":
            found[name] = values[name] == t("in use")
        elif name == "downgrade":
            found[name] = values[name] == t("yes")
        elif values.get(name):
            found[name] = values[name]
    for parameter in kind.asked:
        name = str(parameter["name"])
        text = values.get(name, "")
        if not text:
            continue
        found[name] = _json(name, text) if parameter.get("kind") in ("object", "objects") else text
    return found


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid("bad_json", t("{name} is no JSON: {why}", name=name, why=str(error))) from error
