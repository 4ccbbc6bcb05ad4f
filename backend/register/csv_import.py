"""Imports sites, stations, outlets and tokens from CSV.

One row is one thing. Its kind stands in a column `kind` (`site`, `station`, `outlet`, `token`), or all rows are of the
kind that the header tells: a column `token` makes tokens, `evse` outlets, `station` stations, `site` sites.

    site      site (or id), name; address, town, owner, capacity_kw, latitude, longitude, time_zone
    station   station (or id); site, admission (pending|accepted|blocked), version (1.6|2.0.1|2.1), current (AC|DC),
              least_profile (0-3), serial, note
    outlet    station, evse (or outlet, as STATION:EVSE); label (the sticker's number), evse_id, place, max_power_kw,
              connector_type, service (planned|in_service|out_of_service|retired), in_service_since
    token     token; status (Accepted|Blocked|Expired|Invalid), group, expires, label

Columns before the semicolon are needed, the rest may be left out; then what is registered stays. An empty cell sets
the column's default. The separator is `,`, `;` or a tab, as the header has it; the text is UTF-8, with or without a
byte order mark. Times are ISO 8601, in UTC unless they say otherwise; a date alone in `expires` means: through that
day. A site must stand in the register or anywhere in the file before stations can refer to it, and so a station
before its outlets.

All or nothing: when one row is bad nothing is written, because half a network is harder to put right than a file.
`partial=True` writes the good rows. Text passes `sanitise.clean`; what a spreadsheet would run as a formula is refused
in ids and numbers and taken off the front of free text.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from enum import StrEnum
from typing import Any, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from backend.model.errors import Invalid
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.sanitise import clean
from backend.model.sharded import Sharded
from backend.model.words import Admission
from backend.register.csv_columns import ALIASES, ID, KINDS, OUTLET, OUTLETS, SITES, STATIONS, TOKENS, Column, Kind
from backend.register.csv_reader import cell_text, read_rows
from backend.register.formats import evse_key, token_key
from backend.register.register import Register
from backend.text import t

Entry: TypeAlias = SiteEntry | StationEntry | OutletEntry | TokenEntry

SLICE = 20
"""Rows between two yields: well below a millisecond of work."""
MAX_NAMED = 10_000
"""Bad rows that are named; further ones are counted."""
MAX_ROWS = 2_000_000


class Phase(StrEnum):
    READING = "reading"
    CHECKING = "checking"
    WRITING = "writing"
    DONE = "done"


class BadRow(Struct, frozen=True, kw_only=True):
    """One row that cannot be taken, and why."""

    line: int
    """In the file, the header being line 1; of a row over several lines, where it begins."""
    column: str
    """Empty when the whole row is meant."""
    why: str
    value: str = ""
    """What stands there, sanitised; never a whole token."""


class _Row(Struct, frozen=True, gc=False):
    """A good row, and its line."""

    line: int
    entry: Entry


class Progress(Struct, kw_only=True):
    """How far an import is. The last one has `phase` done and is the report."""

    phase: Phase = Phase.READING
    dry_run: bool = False
    rows: int = 0
    """Read so far."""
    written: int = 0
    bad_rows: int = 0
    new: dict[str, int] = field(default_factory=dict)
    """By kind."""
    changed: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)
    """The first 10,000, by line; empty until done."""


class Import:
    """One import into a register. `steps` does it in steps of well below a millisecond, for the server's loop."""

    def __init__(self, register: Register, *, dry_run: bool = False, partial: bool = False) -> None:
        self.progress = Progress(dry_run=dry_run)
        self._register = register
        self._partial = partial
        self._entries: dict[str, Sharded[object, _Row]] = {kind.name: Sharded() for kind in KINDS}
        self._evse_ids: Sharded[str, tuple[int, object]] = Sharded()
        self._bad_rows: list[BadRow] = []
        self._last_bad = 0
        self._width = 0
        self._by_kind: dict[str, list[tuple[int, Column]]] = {}
        self._foreign: dict[str, list[tuple[int, str]]] = {}
        self._kind_at: int | None = None
        self._fixed: Kind | None = None

    def run(self, source: bytes | str | Iterable[str]) -> Progress:
        """Do it in one go. Raises Invalid: the header cannot be used."""
        for _ in self.steps(source):
            pass
        return self.progress

    def steps(self, source: bytes | str | Iterable[str]) -> Generator[Progress, None, None]:
        """Do it slice by slice, yielding the same, growing Progress after each; the last time it is done.

        Raises:
            Invalid: the header cannot be used; nothing is written.
        """
        reader = read_rows(source)
        self._read_header(next(reader, (1, [], "")))
        for line, cells, broken in reader:
            self.progress.rows += 1
            if broken:
                self._bad(line, "", broken)
            else:
                self._take(line, cells)
            if self.progress.rows % SLICE == 0:
                yield self.progress
            if self.progress.rows >= MAX_ROWS:
                self._bad(line, "", t("the file is longer than {n} rows; split it", n=MAX_ROWS))
                break
        self.progress.phase = Phase.CHECKING
        yield self.progress
        yield from self._check_references()
        yield from self._write()
        self.progress.bad = sorted(self._bad_rows, key=lambda bad: bad.line)
        self.progress.phase = Phase.DONE
        yield self.progress

    def _read_header(self, row: tuple[int, list[str], str]) -> None:
        _, cells, broken = row
        names = [clean(cell.strip(), 64).casefold().replace(" ", "_") for cell in cells]
        while names and not names[-1]:
            names.pop()
        if broken or not names:
            raise Invalid("bad_header", broken or t("the file is empty"), t("its first line names the columns"))
        names = [ALIASES.get(name, name) for name in names]
        for at, name in enumerate(names):
            if name in names[:at]:
                raise Invalid("bad_header", t("column {column} is there twice", column=name))
        if "kind" in names:
            self._kind_at, kinds = names.index("kind"), list(KINDS)
        else:
            self._fixed = _kind_of(names)
            kinds = [self._fixed]
        known = {name for kind in kinds for name in _columns(kind)} | {"kind"}
        for name in names:
            if name not in known:
                hint = t("columns there are: {columns}", columns=", ".join(sorted(known)))
                raise Invalid("bad_header", t("there is no column {column}", column=repr(name)), hint)
        if self._fixed is not None:
            missing = [name for name in self._fixed.key if name not in names]
            if missing and not {ID, OUTLET.name} & _columns(self._fixed).keys() & set(names):
                raise Invalid("bad_header", t("column {column} is missing", column=missing[0]))
        self._width = len(names)
        for kind in kinds:
            fields = _columns(kind)
            self._by_kind[kind.name] = [(at, fields[name]) for at, name in enumerate(names) if name in fields]
            self._foreign[kind.name] = [
                (at, name) for at, name in enumerate(names) if name not in fields and name != "kind"
            ]

    def _take(self, line: int, cells: list[str]) -> None:
        width = self._width
        if len(cells) != width:
            if any(cell.strip() for cell in cells[width:]) or len(cells) < width:
                self._bad(line, "", t("has {n} values, the header names {width} columns", n=len(cells), width=width))
                return
            cells = cells[:width]
        kind = self._fixed or self._kind(line, cells)
        if kind is None:
            return
        values: dict[str, Any] = {}
        good = True
        for at, column in self._by_kind[kind.name]:
            text = cell_text(cells[at])
            if not text:
                if column is not OUTLET:
                    values.setdefault(column.field, None)
                continue
            try:
                named = _named(kind, column, column.parse(text))
            except (ValueError, OverflowError) as error:
                good = False
                self._bad(line, column.name, str(error), "" if column.name == "token" else text)
                continue
            if any(values.get(name) not in (None, said) for name, said in named.items()):
                good = False
                self._bad(line, column.name, t("names another {kind} than the column before it", kind=kind.name))
            values |= named
        if good:
            self._keep(line, kind, values)

    def _kind(self, line: int, cells: list[str]) -> Kind | None:
        at = self._kind_at
        assert at is not None
        name = cell_text(cells[at]).casefold().removesuffix("s")
        found = next((kind for kind in KINDS if kind.name == name), None)
        if found is None:
            self._bad(
                line, "kind", t("is none of {words}", words=", ".join(k.name for k in KINDS)), cell_text(cells[at])
            )
            return None
        for other, column in self._foreign[found.name]:
            if cells[other].strip():
                self._bad(line, column, t("does not belong to a {kind}", kind=found.name), cell_text(cells[other]))
                return None
        return found

    def _keep(self, line: int, kind: Kind, values: dict[str, Any]) -> None:
        """Make an entry of one good row, unless it is incomplete or there already."""
        fields = _FIELDS[kind.name]
        for name in kind.key:
            if values.get(fields[name]) is None:
                self._bad(line, name, t("is empty"))
                return
        key = _key(kind, values)
        before = _held(self._register, kind, key)
        for name in kind.needed:
            if values.get(fields[name]) is None and (before is None or fields[name] in values):
                self._bad(line, name, t("is empty"))
                return
        first = self._entries[kind.name].get(key)
        if first is not None:
            self._bad(line, kind.key[-1], t("is in line {line} already", line=first.line))
            return
        entry = _merge(kind, before, values)
        if isinstance(entry, OutletEntry) and entry.evse_id and not self._claim(line, key, entry):
            return
        self._entries[kind.name][key] = _Row(line, entry)

    def _claim(self, line: int, key: object, entry: OutletEntry) -> bool:
        """Whether nobody else in the file has this EVSE-ID."""
        alias = evse_key(entry.evse_id)
        holder = self._evse_ids.setdefault(alias, (line, key))
        if holder[1] == key:
            return True
        self._bad(line, "evse_id", t("is in line {line} already", line=holder[0]), entry.evse_id)
        return False

    def _check_references(self) -> Generator[Progress, None, None]:
        """What refers to nothing is bad; so is an EVSE-ID that another outlet of the register keeps."""
        sites, stations = self._entries[SITES.name], self._entries[STATIONS.name]
        outlets = self._entries[OUTLETS.name]
        for count, (key, row) in enumerate(stations.pairs()):
            line, entry = row.line, row.entry
            assert isinstance(entry, StationEntry)
            if entry.site is not None:
                named = sites.get(entry.site.casefold())
                site = self._register.site(entry.site) or (None if named is None else named.entry)
                if site is None:
                    self._bad(line, "site", t("is not registered, and no good row of this file"), entry.site)
                    del stations[key]
                elif isinstance(site, SiteEntry) and site.id != entry.site:
                    stations[key] = _Row(line, replace(entry, site=site.id))
            if count % SLICE == 0:
                yield self.progress
        for count, (key, row) in enumerate(outlets.pairs()):
            line, entry = row.line, row.entry
            assert isinstance(entry, OutletEntry)
            station = entry.station.casefold()
            if station not in stations and station not in self._register.stations:
                self._bad(line, "station", t("is not registered, and no good row of this file"), entry.station)
                del outlets[key]
            elif entry.evse_id and not self._free(line, key, entry):
                del outlets[key]
            if count % SLICE == 0:
                yield self.progress

    def _free(self, line: int, key: object, entry: OutletEntry) -> bool:
        other = self._register.outlet_by_evse_id(entry.evse_id)
        if other is None:
            return True
        other_key = (other.station.casefold(), other.evse)
        moved = self._entries[OUTLETS.name].get(other_key)
        if other_key == key or (
            moved is not None and isinstance(moved.entry, OutletEntry) and moved.entry.evse_id != other.evse_id
        ):
            return True
        why = t("is the EVSE-ID of {outlet} already", outlet=f"{other.station}:{other.evse}")
        self._bad(line, "evse_id", why, entry.evse_id)
        return False

    def _write(self) -> Generator[Progress, None, None]:
        """Sort into new, changed and unchanged, and write what is to be written."""
        progress = self.progress
        allowed = not progress.dry_run and (self._partial or not progress.bad_rows)
        progress.phase = Phase.WRITING if allowed else Phase.CHECKING
        for kind in KINDS:
            batch: list[Entry] = []
            for key, row in self._entries[kind.name].drain():
                entry = row.entry
                before = _held(self._register, kind, key)
                into = progress.new if before is None else progress.unchanged if before == entry else progress.changed
                into[kind.name] = into.get(kind.name, 0) + 1
                batch.append(entry)
                if len(batch) >= SLICE:
                    self._flush(batch, allowed)
                    yield progress
            self._flush(batch, allowed)
        for count, _ in enumerate(self._evse_ids.drain()):
            if count % SLICE == 0:
                yield progress

    def _flush(self, batch: list[Entry], allowed: bool) -> None:
        if allowed:
            self.progress.written += self._register.put_all(batch)
        batch.clear()

    def _bad(self, line: int, column: str, why: str, value: str = "") -> None:
        self.progress.bad_rows += line != self._last_bad
        self._last_bad = line
        if len(self._bad_rows) < MAX_NAMED:
            self._bad_rows.append(BadRow(line=line, column=column, why=why, value=clean(value, 80)))


def _columns(kind: Kind) -> dict[str, Column]:
    """The columns of a kind by name, with those that name a thing in another way."""
    found = {column.name: column for column in kind.columns}
    if kind is OUTLETS:
        return found | {OUTLET.name: OUTLET}
    return found | {ID: found[kind.key[0]]}


def _named(kind: Kind, column: Column, value: Any) -> dict[str, Any]:
    """The fields that one cell fills."""
    if column is OUTLET:
        return dict(zip(kind.key, value, strict=True))
    return {column.field: None if value == "" else value}


def _kind_of(names: list[str]) -> Kind:
    if ID in names:
        for kind in (STATIONS, SITES, TOKENS):
            if kind.key[0] not in names and _columns(kind).keys() >= set(names):
                return kind
    for column, kind in (
        ("token", TOKENS),
        ("outlet", OUTLETS),
        ("evse", OUTLETS),
        ("station", STATIONS),
        ("site", SITES),
    ):
        if column in names:
            return kind
    hint = t("a column `token`, `evse`, `station`, `site` or `kind` tells what the rows are")
    raise Invalid("bad_header", t("the first line does not say what the rows are"), hint)


def _key(kind: Kind, values: dict[str, Any]) -> object:
    if kind is OUTLETS:
        return values["station"].casefold(), values["evse"]
    return token_key(values["token"]) if kind is TOKENS else values["id"].casefold()


def _held(register: Register, kind: Kind, key: Any) -> Entry | None:
    if kind is OUTLETS:
        return register.outlets.get(key)
    if kind is TOKENS:
        return register.tokens.get(key)
    return register.stations.get(key) if kind is STATIONS else register.sites.get(key)


def _merge(kind: Kind, before: Entry | None, values: dict[str, Any]) -> Entry:
    """The entry of a row: what stands there, the default where the cell is empty, else what was before."""
    if before is None:
        return kind.entry(**{name: value for name, value in values.items() if value is not None})
    defaults = _DEFAULTS[kind.name]
    changes = {name: defaults[name] if value is None else value for name, value in values.items()}
    for name in ("id", "station", "token"):
        if name in changes:
            changes[name] = getattr(before, name)
    if isinstance(before, StationEntry) and before.admission is Admission.PENDING:
        changes.setdefault("admission", Admission.ACCEPTED)
    return replace(before, **changes)


def _defaults(kind: Kind) -> dict[str, Any]:
    entry = kind.entry
    required = len(entry.__struct_fields__) - len(entry.__struct_defaults__)
    return dict(zip(entry.__struct_fields__[required:], entry.__struct_defaults__, strict=True))


_FIELDS = {kind.name: {column.name: column.field for column in kind.columns} for kind in KINDS}
_DEFAULTS = {kind.name: _defaults(kind) for kind in KINDS}
