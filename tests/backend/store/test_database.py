"""Files that are not ours, too new, damaged, locked or in the wrong place: one line, the next step, nothing changed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from backend.model.errors import NocError
from backend.model.register import SiteEntry, TokenEntry
from backend.model.session import Session
from backend.model.settings import StoreSettings
from backend.model.station import Connector, Station
from backend.store import Store
from backend.store.database import DATABASE_NAME, TRACE_NAME, open_writing, schema_version
from backend.store.migrations import MAIN, STEPS, TABLES, add_columns, migrate
from backend.store.schema import create_register


def try_open(data: Path) -> NocError:
    """What opening a store there says."""
    with pytest.raises(NocError) as refused:
        Store(StoreSettings(data=data)).open()
    assert refused.value.hint
    assert "\n" not in refused.value.message
    return refused.value


def test_a_foreign_database_is_left_alone(tmp_path: Path) -> None:
    """Somebody else's SQLite file under our name."""
    path = tmp_path / DATABASE_NAME
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = path.read_bytes()
    assert try_open(tmp_path).code == "database_foreign"
    assert path.read_bytes() == before
    assert not (tmp_path / f"{DATABASE_NAME}-wal").exists()


@pytest.mark.parametrize("content", [b"hello", b"SQLite format 3\x00", b"\x00" * 4096])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """Text, a cut-off header, zeros."""
    path = tmp_path / DATABASE_NAME
    path.write_bytes(content)
    assert try_open(tmp_path).code == "database_foreign"
    assert path.read_bytes() == content


def test_a_foreign_trace_is_left_alone(tmp_path: Path) -> None:
    """The trace's file is looked at in the same way; our own main database is no trace. Alone it stops a new network
    from beginning in its place, beside our own database it is put aside."""
    db = open_writing(tmp_path / TRACE_NAME, MAIN, synchronous="FULL")
    db.close()
    content = (tmp_path / TRACE_NAME).read_bytes()
    assert try_open(tmp_path).code == "database_damaged"
    migrated = open_writing(tmp_path / DATABASE_NAME, MAIN, synchronous="FULL")
    migrate(migrated)
    migrated.close()
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    assert "kept as" in (store.trace_error or "")
    store.close()
    assert (tmp_path / f"{TRACE_NAME}.damaged").read_bytes() == content


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    """A database that a later version has migrated is not touched."""
    path = tmp_path / DATABASE_NAME
    db = open_writing(path, MAIN, synchronous="FULL")
    migrate(db)
    db.execute(f"PRAGMA user_version={MAIN.newest + 1}")
    db.close()
    before = path.read_bytes()
    refused = try_open(tmp_path)
    assert refused.code == "database_too_new"
    assert str(MAIN.newest + 1) in refused.message
    assert path.read_bytes() == before


def test_a_newer_schema_in_the_log_is_seen(tmp_path: Path) -> None:
    """The version may still lie in the write-ahead log of a server that was killed."""
    path = tmp_path / DATABASE_NAME
    db = open_writing(path, MAIN, synchronous="FULL")
    migrate(db)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute(f"PRAGMA user_version={MAIN.newest + 1}")
    header = path.read_bytes()[:100]
    assert header[60:64] == MAIN.newest.to_bytes(4, "big")
    assert try_open(tmp_path).code == "database_too_new"
    db.close()


def test_a_damaged_database_says_so(tmp_path: Path) -> None:
    """Our header, and rubbish behind it."""
    path = tmp_path / DATABASE_NAME
    db = open_writing(path, MAIN, synchronous="FULL")
    migrate(db)
    db.close()
    data = bytearray(path.read_bytes())
    data[100:8192] = b"\xff" * (8192 - 100)
    path.write_bytes(data)
    refused = try_open(tmp_path)
    assert refused.code == "database_damaged"
    assert "noc check" in refused.hint
    assert "noc restore" in refused.hint


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    """The name is taken by a directory."""
    (tmp_path / DATABASE_NAME).mkdir()
    assert try_open(tmp_path).code == "database_unreadable"


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "file").write_text("x")
    assert try_open(tmp_path / "file" / "data").code == "data_unusable"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_others_cannot_read_the_files(tmp_path: Path) -> None:
    """Tokens are in them, so also in a directory that everybody may read."""
    tmp_path.chmod(0o755)
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    store.session(Session(id=1, station="A", evse=1, connector=1, transaction_id="1"))
    assert store.load_next_ids().session == 2
    modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    store.close()
    assert set(modes) >= {DATABASE_NAME, f"{DATABASE_NAME}-wal", TRACE_NAME}
    assert not any(modes.values()), modes


def test_one_server_at_a_time(tmp_path: Path) -> None:
    """The second one is told the process number of the first; when that has gone it may."""
    first = Store(StoreSettings(data=tmp_path))
    first.open()
    refused = try_open(tmp_path)
    assert refused.code == "data_in_use"
    assert str(os.getpid()) in refused.message
    first.close()
    second = Store(StoreSettings(data=tmp_path))
    second.open()
    second.close()


def test_a_refused_store_gives_its_lock_back(tmp_path: Path) -> None:
    """After the foreign file was moved away, the same process can open."""
    (tmp_path / DATABASE_NAME).write_text("x")
    try_open(tmp_path)
    (tmp_path / DATABASE_NAME).unlink()
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    store.close()


READ_ONLY = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from backend.model.errors import NocError
from backend.model.settings import StoreSettings
from backend.store import Store
os.chdir(sys.argv[1])
if os.getuid() == 0:
    os.setuid(65534)
try:
    Store(StoreSettings(data=Path())).open()
except NocError as refused:
    print(refused.code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
@pytest.mark.parametrize(("mode", "code"), [(0o555, "data_unusable"), (0o777, "database_unreadable")])
def test_read_only_files_are_refused(tmp_path: Path, mode: int, code: str) -> None:
    """Neither a directory nor a database that may only be read is of use to a server."""
    data = tmp_path / "data"
    store = Store(StoreSettings(data=data))
    store.open()
    store.close()
    (data / DATABASE_NAME).chmod(0o444)
    (data / "noc.lock").unlink()
    data.chmod(mode)
    root = Path(__file__).parents[3]
    found = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(data), str(root)], capture_output=True, text=True, check=False, timeout=60
    )
    data.chmod(0o755)
    assert found.stdout.strip() == code, found.stderr


def test_an_old_database_is_brought_up_to_date(tmp_path: Path) -> None:
    """A file of version 1 keeps its rows and gets everything that came later."""
    path = tmp_path / DATABASE_NAME
    db = open_writing(path, MAIN, synchronous="FULL")
    assert migrate(db, 1) == 1
    store_v1 = Database(db, execute_plugins=False)
    store_v1.table("site").insert({"key": "s1", "id": "S1", "name": "Kajen", "time_zone": "Europe/Stockholm"})
    store_v1.table("token").insert({"key": "04a2", "token": "04A2", "status": "Accepted", "label": "x"})
    assert "session" not in store_v1.table_names()
    db.close()

    store = Store(StoreSettings(data=tmp_path))
    store.open()
    assert store.load_sites() == [SiteEntry(id="S1", name="Kajen")]
    assert store.load_tokens() == [TokenEntry(token="04A2", label="x")]
    store.session(Session(id=1, station="A", evse=1, connector=1, transaction_id="1"))
    assert len(store.load_open_sessions()) == 1
    store.close()
    db = sqlite3.connect(path)
    assert schema_version(db) == MAIN.newest == len(STEPS)
    assert db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone() == (str(MAIN.newest),)
    db.close()


def test_a_step_that_fails_changes_nothing(tmp_path: Path) -> None:
    """Each step is one transaction with its number."""
    db = open_writing(tmp_path / DATABASE_NAME, MAIN, synchronous="FULL")
    migrate(db, 1)
    db.execute("CREATE TABLE connector (in_the_way)")
    with pytest.raises(sqlite3.Error):
        migrate(db)
    assert schema_version(db) == 1
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "station_state" not in names
    db.execute("DROP TABLE connector")
    assert migrate(db) == MAIN.newest
    db.close()


def test_the_schema_names_every_field(tmp_path: Path) -> None:
    """A field that the vocabulary gained needs a step of its own before a release; until then it gets its column."""
    db = open_writing(tmp_path / DATABASE_NAME, MAIN, synchronous="FULL")
    migrate(db)
    for table in TABLES:
        there = {row[1]: row[2] for row in db.execute(f'PRAGMA table_info("{table.name}")')}
        wanted = {name: {str: "TEXT", float: "REAL", int: "INTEGER"}[kind] for name, kind in table.columns.items()}
        assert wanted.items() <= there.items(), table.name
    db.close()


def test_a_new_field_gets_its_column(tmp_path: Path) -> None:
    """Old rows then read with the field's default."""
    path = tmp_path / DATABASE_NAME
    db = open_writing(path, MAIN, synchronous="FULL")
    migrate(db)
    db.execute("INSERT INTO station_state (id, link, boot_status) VALUES ('A', 'offline', 'none')")
    db.execute("INSERT INTO connector (station, evse, connector, activity) VALUES ('A', 1, 1, 'idle')")
    db.execute("ALTER TABLE connector DROP COLUMN conflict")
    db.execute("ALTER TABLE station_state DROP COLUMN firmware")
    add_columns(db)
    db.close()
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    (station,) = store.load_live()
    store.close()
    assert (station.firmware, station.connects) == ("", [])
    assert isinstance(station, Station)
    assert station.connectors[1, 1].conflict is Connector(evse=1, connector=1).conflict


def test_steps_are_named_in_order() -> None:
    """The first step is the register; new ones come after the last."""
    assert STEPS[0] is create_register
