"""The second look at a payload that is not what the standard says: understood all the same, oddities named.

The strict path decodes straight into a Struct (msgspec, in C). What it refuses comes here: the same Struct is
filled field by field from plain JSON, and every deviation gets a name such as `too_long:chargePointModel`,
`text_for_number:connectorId` or `extra:disconnectReason`. Only what cannot be understood at all is a Violation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import inspect as types

from backend.gateway import times
from backend.gateway.breach import Breach, Violation
from backend.model.sanitise import clean

T = TypeVar("T", bound=msgspec.Struct)
Convert: TypeAlias = Callable[[Any, str, list[str]], Any]

MAX_INT = 2**63 - 1
MAX_TEXT = 8_192
MAX_ITEMS = 4_096
MAX_DEVIATIONS = 32
_MISSING = object()


class Reader(Generic[T]):
    """Decodes one payload type: strictly first, tolerantly when that fails.

    `fill` gives values for fields that may be missing, or be text that makes no sense (a transaction message is never
    refused for that); a field that is required and not in `fill` raises OccurrenceConstraintViolation.
    """

    __slots__ = ("_convert", "_decode")

    def __init__(self, kind: type[T], fill: Mapping[str, Any] | None = None) -> None:
        self._decode = msgspec.json.Decoder(kind).decode
        self._convert = _struct(types.type_info(kind), dict(fill or {}))

    def read(self, payload: bytes | msgspec.Raw, deviations: list[str]) -> T:
        """The payload as its Struct.

        Raises:
            Violation: it lacks what it must have, or has something of a wrong kind.
        """
        try:
            return self._decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        plain = plain_payload(payload, deviations)
        result: T = self._convert(plain, "payload", deviations)
        del deviations[MAX_DEVIATIONS:]
        return result


def plain_payload(payload: bytes | msgspec.Raw, deviations: list[str]) -> dict[str, Any]:
    """A payload as a dict. `[]` and `null` are how some stations write an empty one.

    Raises:
        Violation: it is no JSON object.
    """
    try:
        plain = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Violation(Breach.FORMAT, "the payload cannot be read") from error
    if isinstance(plain, dict):
        return plain
    if plain is None or plain == []:
        deviations.append("payload_not_object")
        return {}
    raise Violation(Breach.FORMAT, "the payload is not an object")


def _struct(info: Any, fill: dict[str, Any]) -> Convert:
    """Fills a Struct from a dict."""
    kind = info.cls
    fields = [
        (field.name, field.encode_name, _converter(field.type, fill), _fallback(field, fill)) for field in info.fields
    ]
    names = {encoded for _, encoded, _, _ in fields}
    folded = {name.casefold(): name for name in names}

    def convert(value: Any, name: str, deviations: list[str]) -> Any:
        if not isinstance(value, dict):
            raise Violation(Breach.TYPE, f"{name} is not an object")
        if not value.keys() <= names:
            value = _known_keys(value, names, folded, deviations)
        filled: dict[str, Any] = {}
        for attribute, encoded, read, fallback in fields:
            item = value.get(encoded, _MISSING)
            if item is None:
                deviations.append(f"null:{encoded}")
                item = _MISSING
            oddity = f"missing:{encoded}"
            if item is not _MISSING:
                try:
                    filled[attribute] = read(item, encoded, deviations)
                except Violation:
                    if encoded not in fill or not isinstance(item, str):
                        raise
                    oddity = f"unreadable:{encoded}"
                else:
                    continue
            if fallback is _MISSING:
                raise Violation(Breach.OCCURRENCE, f"{encoded} is missing")
            if encoded in fill:
                deviations.append(oddity)
            filled[attribute] = fallback() if callable(fallback) else fallback
        return kind(**filled)

    return convert


def _known_keys(
    value: dict[str, Any], names: set[str], folded: dict[str, str], deviations: list[str]
) -> dict[str, Any]:
    """`value` with keys in their right case; what nobody knows is named and left out."""
    known: dict[str, Any] = {}
    for key, item in value.items():
        if key in names:
            known[key] = item
            continue
        right = folded.get(key.casefold())
        if right is not None and right not in value:
            deviations.append(f"key_case:{right}")
            known[right] = item
        elif len(deviations) < MAX_DEVIATIONS:
            deviations.append(f"extra:{clean(key, 40)}")
    return known


def _fallback(field: Any, fill: dict[str, Any]) -> Any:
    if field.encode_name in fill:
        return fill[field.encode_name]
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory
    if not field.required:
        return field.default
    return _MISSING


def _converter(info: Any, fill: dict[str, Any]) -> Convert:
    match info:
        case types.UnionType():
            inner = [kind for kind in info.types if not isinstance(kind, types.NoneType)]
            return _converter(inner[0], fill)
        case types.StructType():
            return _struct(info, fill)
        case types.StrType():
            return _text(info.max_length)
        case types.LiteralType():
            return _word(frozenset(str(value) for value in info.values))
        case types.IntType():
            return _whole(info.ge)
        case types.FloatType():
            return _number
        case types.BoolType():
            return _flag
        case types.DateTimeType():
            return times.read
        case types.ListType():
            return _list(_converter(info.item_type, fill), info.min_length or 0)
        case types.AnyType():
            return _as_is
    raise TypeError(f"no tolerant reading of {info!r}")


def _as_is(value: Any, name: str, deviations: list[str]) -> Any:
    return value


def _text(limit: int | None) -> Convert:
    def convert(value: Any, name: str, deviations: list[str]) -> str:
        if not isinstance(value, str):
            if isinstance(value, dict | list):
                raise Violation(Breach.TYPE, f"{name} is not text")
            deviations.append(f"number_for_text:{name}")
            value = msgspec.json.encode(value).decode()
        if limit is not None and len(value) > limit:
            deviations.append(f"too_long:{name}")
        return str(value[:MAX_TEXT])

    return convert


def _word(words: frozenset[str]) -> Convert:
    folded = {word.casefold(): word for word in words}
    text = _text(None)

    def convert(value: Any, name: str, deviations: list[str]) -> str:
        word: str = text(value, name, deviations)
        if word in words:
            return word
        right = folded.get(word.strip().casefold())
        if right is not None:
            deviations.append(f"word_case:{name}")
            return right
        deviations.append(f"unknown_word:{name}")
        return clean(word, 64)

    return convert


def _whole(least: float | None) -> Convert:
    def convert(value: Any, name: str, deviations: list[str]) -> int:
        if isinstance(value, str):
            deviations.append(f"text_for_number:{name}")
            value = _parse(value.strip(), name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Violation(Breach.TYPE, f"{name} is not a number")
        if not -MAX_INT <= value <= MAX_INT:
            raise Violation(Breach.PROPERTY, f"{name} is out of range")
        if isinstance(value, float):
            deviations.append(f"fraction:{name}")
            value = round(value)
        if least is not None and value < least:
            deviations.append(f"negative:{name}")
            raise Violation(Breach.PROPERTY, f"{name} is negative")
        return int(value)

    return convert


def _number(value: Any, name: str, deviations: list[str]) -> float:
    if isinstance(value, str):
        deviations.append(f"text_for_number:{name}")
        value = _parse(value.strip(), name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Violation(Breach.TYPE, f"{name} is not a number")
    try:
        return float(value)
    except OverflowError as error:
        raise Violation(Breach.PROPERTY, f"{name} is out of range") from error


def _parse(text: str, name: str) -> int | float:
    """A number from text; no longer than a number can sensibly be."""
    if len(text) > 40:
        raise Violation(Breach.TYPE, f"{name} is not a number")
    try:
        return float(text) if set(text) & set(".eE") else int(text)
    except ValueError as error:
        raise Violation(Breach.TYPE, f"{name} is not a number") from error


def _flag(value: Any, name: str, deviations: list[str]) -> bool:
    if isinstance(value, bool):
        return value
    deviations.append(f"not_boolean:{name}")
    return str(value).strip().casefold() in ("true", "1", "yes")


def _list(item: Convert, least: int) -> Convert:
    def convert(value: Any, name: str, deviations: list[str]) -> list[Any]:
        if not isinstance(value, list):
            deviations.append(f"not_a_list:{name}")
            value = [value]
        if len(value) < least:
            deviations.append(f"empty:{name}")
        result = []
        for one in value[:MAX_ITEMS]:
            try:
                result.append(item(one, name, deviations))
            except Violation:
                deviations.append(f"left_out:{name}")
        return result

    return convert
