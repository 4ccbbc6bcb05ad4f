"""How a Struct of `model` lies in a table: one column per field, lists and sets as JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from backend.store.writer import Row, Statement

T = TypeVar("T", bound=Struct)


def to_json(value: Any) -> str:
    """`value` as JSON text."""
    return msgspec.json.encode(value).decode()


def from_json(text: str | None) -> Any:
    """What JSON text stands for; None for none."""
    return None if text is None else msgspec.json.decode(text)


class Table(Generic[T]):
    """Statements and conversions of one table whose columns are the fields of `kind`, less `leave_out`.

    `leading` names columns before the fields, which the caller fills. `replace` says what happens to a row whose key
    is there: its other columns are overwritten in place.
    """

    def __init__(
        self,
        name: str,
        kind: type[T],
        key: tuple[str, ...],
        *,
        json: tuple[str, ...] = (),
        leading: tuple[str, ...] = (),
        leave_out: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.kind = kind
        self.fields = tuple(field for field in kind.__struct_fields__ if field not in leave_out)
        self._get = attrgetter(*self.fields)
        self._json = tuple(at for at, field in enumerate(self.fields) if field in json)
        self._bools = tuple(found.name for found in fields(kind) if found.type is bool)
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
        if self._json:
            values = list(row)
            for at in self._json:
                values[at] = to_json(values[at])
            row = tuple(values)
        return leading + row if leading else row

    def thing(self, row: Iterable[Any]) -> T:
        """What a row of `select` stands for."""
        values = dict(zip(self.fields, row, strict=True))
        for at in self._json:
            values[self.fields[at]] = from_json(values[self.fields[at]])
        for name in self._bools:
            values[name] = bool(values[name])
        return msgspec.convert(values, self.kind)

    def read(self, db: sqlite3.Connection, rest: str = "", values: Iterable[Any] = ()) -> list[T]:
        """All things that `select` and `rest` (WHERE, ORDER BY, LIMIT: constant text) find."""
        return [self.thing(row) for row in db.execute(f"{self.select} {rest}", tuple(values))]


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
