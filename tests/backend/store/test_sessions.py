"""Sessions: newest first, page by page, by every filter; compared with the same done by hand."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from backend.model.session import Session
from backend.model.words import SessionState
from backend.store import session_rows
from backend.store.database import DATABASE_NAME, open_writing
from backend.store.migrations import MAIN, migrate
from backend.store.session_rows import SESSIONS, SessionQuery, find_sessions

STATIONS = ("A", "B", "C:1", "D")
TOKENS = (None, "04a2", "04A2", "zz")


def make_all() -> list[Session]:
    """200 sessions over four stations; many begin at the same moment."""
    return [
        Session(
            id=n,
            station=STATIONS[n * 7 % 4],
            evse=n % 3 + 1,
            connector=1,
            transaction_id=str(n % 5),
            id_token=TOKENS[n % 4],
            state=SessionState.ACTIVE if n % 10 == 0 else SessionState.ENDED,
            started=float(n * 31 % 60),
        )
        for n in range(1, 201)
    ]


ALL = make_all()


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    """A database that holds them."""
    path: Path = tmp_path_factory.mktemp("sessions")
    db = open_writing(path / DATABASE_NAME, MAIN, synchronous="FULL")
    migrate(db)
    db.executemany(SESSIONS.put.sql, [SESSIONS.row(session) for session in ALL])
    return db


def by_hand(query: SessionQuery) -> list[int]:
    """The ids that `query` should find."""
    found = [
        session
        for session in ALL
        if (query.stations is None or session.station in query.stations)
        and query.evse in (None, session.evse)
        and (query.id_token is None or (session.id_token or "").lower() == query.id_token.lower())
        and query.state in (None, session.state)
        and (query.begin is None or session.started >= query.begin)
        and (query.end is None or session.started < query.end)
        and query.transaction_id in (None, session.transaction_id)
        and (query.before is None or (session.started, session.id) < query.before)
    ]
    found.sort(key=lambda session: (session.started, session.id), reverse=True)
    return [session.id for session in found][: query.limit]


queries = st.builds(
    SessionQuery,
    stations=st.none() | st.lists(st.sampled_from((*STATIONS, "nobody")), max_size=5).map(tuple),
    evse=st.none() | st.integers(1, 4),
    id_token=st.none() | st.sampled_from(("04A2", "zz", "0")),
    state=st.none() | st.sampled_from(SessionState),
    begin=st.none() | st.integers(0, 60).map(float),
    end=st.none() | st.integers(0, 60).map(float),
    transaction_id=st.none() | st.sampled_from(("0", "3")),
    before=st.none() | st.tuples(st.integers(0, 60).map(float), st.integers(0, 201)),
    limit=st.none() | st.integers(1, 30),
)


@given(query=queries, most_merged=st.sampled_from((0, 300)))
def test_every_query_finds_what_it_should(db: sqlite3.Connection, query: SessionQuery, most_merged: int) -> None:
    """Any filters together, few stations or many."""
    kept = session_rows.MOST_MERGED
    session_rows.MOST_MERGED = most_merged
    try:
        assert [session.id for session in find_sessions(db, query)] == by_hand(query)
    finally:
        session_rows.MOST_MERGED = kept


@pytest.mark.parametrize("stations", [None, ("A", "C:1")])
def test_pages_join_without_gap(db: sqlite3.Connection, stations: tuple[str, ...] | None) -> None:
    """Page after page by the last one's key gives all, once, in order."""
    got: list[Session] = []
    before = None
    while page := find_sessions(db, SessionQuery(stations=stations, before=before, limit=7)):
        got += page
        before = (page[-1].started, page[-1].id)
    assert [session.id for session in got] == by_hand(SessionQuery(stations=stations, limit=None))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (SessionQuery(), "session_started"),
        (SessionQuery(before=(30.0, 5)), "session_started"),
        (SessionQuery(begin=1.0, end=5.0), "session_started"),
        (SessionQuery(stations=("A",)), "session_station"),
        (SessionQuery(stations=("A",), before=(30.0, 5), begin=1.0), "session_station"),
        (SessionQuery(id_token="04A2"), "session_token"),
        (SessionQuery(state=SessionState.ACTIVE), "session_open"),
    ],
)
def test_no_list_reads_or_sorts_the_whole_table(db: sqlite3.Connection, query: SessionQuery, index: str) -> None:
    """Every list has an index that gives its order: what matters at 4 million sessions."""
    seen: list[str] = []
    db.set_trace_callback(seen.append)
    find_sessions(db, query)
    db.set_trace_callback(None)
    (sql,) = [text for text in seen if text.startswith("SELECT")]
    plan = " ".join(row[3] for row in db.execute("EXPLAIN QUERY PLAN " + sql))
    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_a_session_comes_back_as_it_was(db: sqlite3.Connection) -> None:
    """All fields."""
    found = session_rows.get_session(db, 120)
    assert found is not None
    assert asdict(found) == asdict(ALL[119])
    assert session_rows.get_session(db, 999) is None
