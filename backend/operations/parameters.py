"""Parameters of operations: what they are called, and how what people and programs give is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from backend.model.errors import Invalid
from backend.model.sanitise import clean
from backend.text import t

MAX_WHOLE = 2**31 - 1
MAX_TEXTS = 200
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Kind(StrEnum):
    """What a parameter holds."""

    TEXT = "text"
    TEXTS = "texts"
    """One text, several joined by commas, or a list."""
    LINES = "lines"
    """One text that may have several lines, as PEM has."""
    WHOLE = "whole"
    """A whole number from 0 to 2147483647."""
    FLAG = "flag"
    CHOICE = "choice"
    OBJECT = "object"
    OBJECTS = "objects"


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter of an operation."""

    name: str
    kind: Kind = Kind.TEXT
    needed: bool = False
    choices: tuple[str, ...] = ()
    """Found without case, given in the spelling here."""
    limit: int = 500
    """Characters of a text."""
    aliases: tuple[str, ...] = ()
    """Other names under which it is taken."""
    default: Any = None


def read(wanted: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` as the operation needs it; what was not given and has no default is left out.

    Raises:
        Invalid: a name that the operation does not know, a value that cannot be meant, a needed one is missing.
    """
    names = {alias: parameter for parameter in wanted for alias in (parameter.name, *parameter.aliases)}
    found: dict[str, Any] = {}
    for name, value in given.items():
        parameter = names.get(name)
        if parameter is None:
            raise Invalid(
                "unknown_parameter",
                t("This operation has no parameter {name!r}.", name=clean(str(name), 40)),
                t("It has: {names}.", names=", ".join(one.name for one in wanted)) if wanted else t("It has none."),
            )
        if value is not None:
            found[parameter.name] = _value(parameter, value)
    for parameter in wanted:
        if parameter.name in found:
            continue
        if parameter.default is not None:
            found[parameter.name] = parameter.default
        elif parameter.needed:
            raise missing(parameter.name)
    return found


def missing(name: str) -> Invalid:
    """A parameter that is needed was not given."""
    return Invalid("parameter_missing", t("The parameter {name!r} is needed.", name=name), t("Give it a value."))


def _value(parameter: Parameter, value: Any) -> Any:
    match parameter.kind:
        case Kind.TEXT:
            return _text(parameter, value)
        case Kind.TEXTS:
            return _texts(parameter, value)
        case Kind.LINES:
            return "\n".join(_text(parameter, line) for line in _lines(parameter, value)) + "\n"
        case Kind.WHOLE:
            return _whole(parameter, value)
        case Kind.FLAG:
            return _flag(parameter, value)
        case Kind.CHOICE:
            return _choice(parameter, value)
        case Kind.OBJECT:
            if isinstance(value, dict):
                return value
            raise _bad(parameter, t("It is a JSON object."))
        case Kind.OBJECTS:
            if isinstance(value, list) and all(isinstance(one, dict) for one in value):
                return value
            raise _bad(parameter, t("It is a list of JSON objects."))


def _text(parameter: Parameter, value: Any) -> str:
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str) or not value:
        raise _bad(parameter, t("It is a text."))
    if len(value) > parameter.limit:
        raise _bad(parameter, t("It has at most {limit} characters.", limit=parameter.limit))
    if clean(value, parameter.limit) != value:
        raise _bad(parameter, t("It holds characters that cannot be shown."))
    return value


def _lines(parameter: Parameter, value: Any) -> list[str]:
    if not isinstance(value, str) or not value.strip() or len(value) > parameter.limit:
        raise _bad(parameter, t("It has at most {limit} characters.", limit=parameter.limit))
    return [line for line in value.splitlines() if line]


def _texts(parameter: Parameter, value: Any) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) > MAX_TEXTS:
        raise _bad(parameter, t("It is one text, or several joined by commas."))
    return [_text(parameter, part.strip() if isinstance(part, str) else part) for part in parts]


def _whole(parameter: Parameter, value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_WHOLE:
        raise _bad(parameter, t("It is a whole number, at least 0."))
    return value


def _flag(parameter: Parameter, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = _FLAGS.get(str(value).casefold()) if isinstance(value, str | int) else None
    if found is None:
        raise _bad(parameter, t("It is true or false."))
    return found


def _choice(parameter: Parameter, value: Any) -> str:
    folded = str(value).casefold()
    for choice in parameter.choices:
        if choice.casefold() == folded:
            return choice
    raise _bad(parameter, t("It is one of: {choices}.", choices=", ".join(parameter.choices)))


def _bad(parameter: Parameter, hint: str) -> Invalid:
    return Invalid("bad_parameter", t("The parameter {name!r} cannot be read.", name=parameter.name), hint)
