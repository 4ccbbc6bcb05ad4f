"""Databases of released versions, as SQL text: `python -m tests.backend.store.frozen 0.1.0` writes
`fixtures/0.1.0.sql`, filled by the program's own code. What stands there for a release never changes again."""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from backend.model.certificate import CertificateRequest, IssuedCertificate
from backend.model.credential import Credential, Slot
from backend.model.event import Sample
from backend.model.frame import Handshake
from backend.model.operation import AuditEntry, Operation
from backend.model.quirk import Quirk, Source, Trait
from backend.model.settings import StoreSettings
from backend.model.station import Station
from backend.model.wanted import WantedSetting
from backend.model.words import Activity, Link, OperationState
from backend.simulator.history import history
from backend.simulator.network import make_network
from backend.simulator.opening import make_opening
from backend.store import Store, inbox, rollup_rows
from backend.store.bulk import Thing
from backend.store.database import DATABASE_NAME
from backend.store.history_rows import LinkEntry, Notice, StatusEntry
from backend.store.live_rows import META
from backend.uptime.rollup import Mark, encode

FIXTURES = Path(__file__).with_name("fixtures")
NOW = 1_795_000_000.0
DAY_S = 86_400.0
STATIONS = 70
MOST = 100
"""Rows of a kind."""
LEFT = 25
"""Commits in the inbox."""


def fill(data: Path) -> None:
    """A database with some hundred rows in every table, the inbox included, as a kill would leave it."""
    store = Store(StoreSettings(data=data, history_days=100_000, reading_days=100_000))
    store.open()
    try:
        store.insert_all(_past())
        _journal(store)
        store._writer.flush()
    finally:
        store.close()
    with closing(sqlite3.connect(data / DATABASE_NAME, isolation_level=None)) as db:
        for number in range(LEFT):
            row = (NOW - number * DAY_S, "CP-LATE", number + 1, encode(Mark({"up": 60.0 * number})))
            inbox.keep(db, [(rollup_rows.MARK, [row]), (META, [(f"inbox {number}", "kept")])])


def _past() -> Iterator[Thing]:
    """The demonstration's network and its past, of each kind so many as are wanted."""
    network = make_network(STATIONS, 9)
    opening = make_opening(network, NOW, 9)
    counts: Counter[type] = Counter()
    for thing in (*network.entries(), *history(network, NOW, 9, days=2.0, opening=opening)):
        counts[type(thing)] += 1
        if counts[type(thing)] <= MOST:
            yield thing
            if isinstance(thing, Station):
                yield from _told(thing)
    for number in range(1_000, 1_000 + MOST):
        yield Operation(
            id=number, operation="reset", target="CP-1", station="CP-1", state=OperationState.PROVED,
            requested=NOW - number, parameters={"type": "Soft"}, requested_by="anna", reason="does not charge",
        )  # fmt: skip
        yield AuditEntry(at=NOW - number, who="anna", what="reset", target="CP-1", reason="does not charge")


def _told(station: Station) -> Iterable[Thing]:
    yield LinkEntry(station=station.id, at=NOW - DAY_S, link=Link.ONLINE, detail="")
    yield Notice(station=station.id, at=NOW - DAY_S, action="SecurityEventNotification", text="tampered", data="{}")
    for connector in station.connectors.values():
        yield StatusEntry(
            station=station.id, at=NOW - DAY_S, evse=connector.evse, connector=connector.connector, learned=NOW,
            status="Available", activity=Activity.IDLE, late=False,
        )  # fmt: skip


def _journal(store: Store) -> None:
    """What no past of the demonstration has."""
    for number in range(MOST):
        name, at = f"CP-{number}", NOW - number * DAY_S
        store.meter_values(name, 1, 1, ((at, Sample(energy_wh=number * 1_000, power_w=11_000.0)),))
        store.handshake(
            Handshake(at=at, address=f"192.0.2.{number}", reason="no_subprotocol", identity=name, raw="GET")
        )
        store.credential(
            Credential(station=name, slot=Slot.CURRENT, method="blake2b", salt="00", digest="ff", set_by="anna", at=at)
        )
        store.certificate(
            IssuedCertificate(serial=f"{number:X}", station=name, not_before=at, not_after=NOW, revoked=at or None)
        )
        store.certificate_request(CertificateRequest(station=name, csr="-----BEGIN", key="00", at=at))
        store.quirk(Quirk(trait=Trait.PING, value="off", station=name, source=Source.LEARNED, at=at, stations=(name,)))
        store.wanted_setting(WantedSetting(scope=name, key="HeartbeatInterval", value="300", set_by="anna", at=at))
        store.roll_up((name, 1), [(at, encode(Mark({"up": 3_600.0 * number}, "up", at)))], None)
        store.doubt((name, 1), at)
        store.rolled_up([at], [])


def dump(db: sqlite3.Connection) -> str:
    """All of a database as SQL text, its kind and version as well."""
    marks = (
        f"PRAGMA {name}={db.execute(f'PRAGMA {name}').fetchone()[0]};"
        for name in ("application_id", "user_version", "auto_vacuum")
    )
    return "\n".join((*marks, *db.iterdump(), ""))


def restore(text: str, data: Path) -> Path:
    """Make the database of a dump again; returns its path."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / DATABASE_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(text)
    return path


def main() -> None:
    """Write the one that is named, `0.1.0`. Ends with 1 where it is there."""
    target = FIXTURES / f"{sys.argv[1]}.sql"
    if target.exists():
        sys.exit(f"{target.name} is there: what was released does not change")
    with TemporaryDirectory() as folder:
        fill(Path(folder))
        with closing(sqlite3.connect(Path(folder) / DATABASE_NAME)) as db:
            target.write_text(dump(db))


if __name__ == "__main__":
    main()
