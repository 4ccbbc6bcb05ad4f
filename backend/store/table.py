"""How a Struct of `model` lies in a table: one column per field, lists and sets as JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from enum import StrEnum
from operator import attrgetter
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from backend.model.clock import Instant
from backend.store.writer import Row, Statement

T = TypeVar("T", bound=Struct)

_decode = msgspec.json.Decoder().decode


def to_json(value: Any) -> str:
    """`value` as JSON text."""
    return msgspec.json.encode(value).decode()


_EMPTY: dict[type, str] = {tuple: "[]", list: "[]", set: "[]", frozenset: "[]", dict: "{}"}


class Table(Generic[T]):
    """Statements and conversions of one table whose columns are the fields of `kind`, less `leave_out`.

    `leading` names columns before the fields, which the caller fills. Numbers, texts and words are columns of their
    kind; whatever else a field holds is JSON. `put` overwrites the row that has the key.
    """

    def __init__(
        self,
        name: str,
        kind: type[T],
        key: tuple[str, ...],
        *,
        leading: tuple[str, ...] = (),
        leave_out: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.kind = kind
        held = [found for found in fields(kind) if found.name not in leave_out]
        self.fields = tuple(found.name for found in held)
        self.columns = {found.name: _column_type(found.type) for found in held}
        """What each field's column holds: int, float or str."""
        self._get = attrgetter(*(found.name + _PLAIN_BY.get(_exact(found.type), "") for found in held))
        self._json = tuple(found.name for found in held if _scalars(found.type) is None)
        self._json_at = tuple(self.fields.index(name) for name in self._json)
        self._bools = tuple(found.name for found in held if found.type is bool)
        self._never_none = {found.name for found in held if not found.required and not _may_be_none(found.type)}
        columns = leading + self.fields
        places = ", ".join("?" * len(columns))
        changed = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column not in key)
        self.put = Statement(
            name,
            f'INSERT INTO "{name}" ({_names(columns)}) VALUES ({places}) '  # noqa: S608 - names of ours
            f"ON CONFLICT ({_names(key)}) DO UPDATE SET {changed}",
        )
        keys = " AND ".join(f'"{part}" = ?' for part in key)
        self.delete = Statement(name, f'DELETE FROM "{name}" WHERE {keys}')  # noqa: S608 - names of ours
        self.select = f'SELECT {_names(self.fields)} FROM "{name}"'  # noqa: S608 - names of ours

    def row(self, thing: T, *leading: Any) -> Row:
        """The row of `thing`."""
        row = self._get(thing)
        if self._json_at:
            values = list(row)
            for at in self._json_at:
                value = values[at]
                values[at] = (None if value else _EMPTY.get(type(value))) or to_json(value)
            row = tuple(values)
        return leading + row if leading else row

    def thing(self, row: Iterable[Any]) -> T:
        """What a row of `select` stands for."""
        values = dict(zip(self.fields, row, strict=True))
        for name in self._json:
            text = values[name]
            if text is not None:
                values[name] = _decode(text)
        for name in self._bools:
            values[name] = values[name] == 1
        try:
            return msgspec.convert(values, self.kind)
        except msgspec.ValidationError:
            return msgspec.convert(self._with_defaults(values), self.kind)

    def _with_defaults(self, values: dict[str, Any]) -> dict[str, Any]:
        """Without the empty cells of a column that came after the row."""
        return {name: value for name, value in values.items() if value is not None or name not in self._never_none}

    def read(self, db: sqlite3.Connection, rest: str = "", values: Iterable[Any] = ()) -> list[T]:
        """All things that `select` and `rest` (WHERE, ORDER BY, LIMIT: constant text) find."""
        return [self.thing(row) for row in db.execute(f"{self.select} {rest}", tuple(values))]

    def count(self, db: sqlite3.Connection, rest: str, values: Iterable[Any]) -> int:
        """How many things `rest` finds."""
        return int(
            db.execute(f'SELECT count(*) FROM (SELECT 1 FROM "{self.name}" {rest})', tuple(values)).fetchone()[0]  # noqa: S608
        )


def end_of(end: Instant | None, before: tuple[Instant, int] | None) -> Instant | None:
    """What `end` adds to `before`, the place of the last row of the page before. Of two bounds SQLite seeks to one and
    counts its way down to the other: nothing is added that is always true."""
    return None if end is None or (before is not None and before[0] < end) else end


_PLAIN_BY: dict[type | None, str] = {StrEnum: "._value_", bool: ".numerator"}
"""What makes a plain text or number of a field: SQLite's adapter takes five times as long for anything else."""


def _exact(kind: Any) -> type | None:
    """The key in _PLAIN_BY of a field that is never None."""
    if not isinstance(kind, type):
        return None
    return StrEnum if issubclass(kind, StrEnum) else kind


def _scalars(kind: Any) -> tuple[type, ...] | None:
    """The plain types that a field may hold, beside None; None: it holds something else."""
    parts = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    plain = tuple(part for part in parts if part is not type(None))
    return plain if all(isinstance(part, type) and issubclass(part, (str, int, float)) for part in plain) else None


def _column_type(kind: Any) -> type:
    plain = _scalars(kind) or (str,)
    return next((column for column in (str, float, int) if any(issubclass(part, column) for part in plain)), str)


def _may_be_none(kind: Any) -> bool:
    return kind is Any or type(None) in get_args(kind)


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
