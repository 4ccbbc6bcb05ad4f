"""Import of sites, stations, outlets and tokens from CSV."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.clock import HeldClock
from backend.model.errors import Invalid
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.settings import OcppSettings
from backend.model.words import Admission, Service, TokenStatus, Version
from backend.register.csv_import import Import, Phase, Progress
from backend.register.csv_reader import read_rows
from backend.register.register import Register

MIXED = """kind;site;name;town;station;version;current;evse;label;evse_id;max_power_kw;token;status;expires
outlet;;;;NKL-1;;;1;0042;secnoe1;150,5;;;
station;s1;;;NKL-1;1.6;dc;;;;;;;
site;S1;Kajen;Luleå;;;;;;;;;;
token;;;;;;;;Blå brickan;;;04A2B3C4;blocked;2027-12-31
"""


def make() -> Register:
    """An empty register."""
    return Register(HeldClock(), OcppSettings())


def load(register: Register, text: str | bytes, *, dry_run: bool = False, partial: bool = False) -> Progress:
    """Import `text` in one go."""
    return Import(register, dry_run=dry_run, partial=partial).run(text)


def bad(progress: Progress) -> list[tuple[int, str]]:
    """Where the bad rows are: line and column."""
    return [(row.line, row.column) for row in progress.bad]


def test_a_mixed_file_fills_the_register() -> None:
    """Every kind in one file, in any order, with a kind column; values are read as their columns say."""
    register = make()
    done = load(register, MIXED)
    assert done.bad == []
    assert done.new == {"site": 1, "station": 1, "outlet": 1, "token": 1}
    assert (done.phase, done.rows, done.written) == (Phase.DONE, 4, 4)
    assert register.sites["s1"] == SiteEntry(id="S1", name="Kajen", town="Luleå")
    station = register.stations["nkl-1"]
    assert (station.site, station.pinned_version, station.current) == ("S1", Version.V16, "DC")
    assert register.outlets["nkl-1", 1] == OutletEntry(
        station="NKL-1", evse=1, label="0042", evse_id="SE*CNO*E1", max_power_kw=150.5
    )
    token = register.tokens["04a2b3c4"]
    assert (token.status, token.label) == (TokenStatus.BLOCKED, "Blå brickan")
    assert token.expires == datetime(2028, 1, 1, tzinfo=UTC).timestamp()


def test_again_changes_nothing() -> None:
    """A file may be imported twice; changed rows are counted as changed."""
    register = make()
    load(register, MIXED)
    again = load(register, MIXED)
    assert again.unchanged == {"site": 1, "station": 1, "outlet": 1, "token": 1}
    changed = load(register, MIXED.replace("Luleå", "Piteå"))
    assert changed.changed == {"site": 1}
    assert register.sites["s1"].town == "Piteå"


def test_a_dry_run_writes_nothing() -> None:
    """It counts what would be new, and touches nothing."""
    register = make()
    told: list[str] = []
    register.on_change.append(lambda kind, key: told.append(kind))
    done = load(register, MIXED, dry_run=True)
    assert (done.new, done.written, told) == ({"site": 1, "station": 1, "outlet": 1, "token": 1}, 0, [])
    assert not register.sites
    assert not register.tokens


def test_one_bad_row_stops_all_unless_told_otherwise() -> None:
    """All or nothing; `partial` writes the good rows."""
    text = "token,status\nA1,Accepted\nA2,Perhaps\nA3,\n"
    register = make()
    done = load(register, text)
    assert (bad(done), done.written, len(register.tokens)) == ([(3, "status")], 0, 0)
    done = load(register, text, partial=True)
    assert (bad(done), done.written, sorted(register.tokens)) == ([(3, "status")], 2, ["a1", "a3"])


def test_every_bad_row_is_named() -> None:
    """Line, column and why; a whole token is never repeated in a report."""
    text = (
        "kind,site,name,station,evse,evse_id,max_power_kw,latitude,token,expires,time_zone\n"
        "site,S1,,,,,,,,,\n"
        "site,S2,Kaj,,,,,95,,,Mars/Olympus\n"
        "station,S9,,N1,,,,,,,\n"
        "station,,,N2,,,,,,,\n"
        "outlet,,,N2,0,,,,,,\n"
        "outlet,,,N2,1,SE*CNO*E1,x,,,,\n"
        "outlet,,,N2,1,SE*CNO*E1,,,,,\n"
        "outlet,,,N2,2,SECNOE1,,,,,\n"
        "outlet,,,N7,1,,,,,,\n"
        "token,,,,,,,,secret-token,31/12/2026,\n"
        "token,,Kaj,,,,,,t1,,\n"
        "planet,,,,,,,,,,\n"
        "outlet,,,N2\n"
        "token,,,,,,,,,,\n"
    )
    done = load(make(), text)
    assert bad(done) == [
        (2, "name"),
        (3, "latitude"),
        (3, "time_zone"),
        (4, "site"),
        (6, "evse"),
        (7, "max_power_kw"),
        (9, "evse_id"),
        (10, "station"),
        (11, "expires"),
        (12, "name"),
        (13, "kind"),
        (14, ""),
        (15, "token"),
    ]
    assert done.bad_rows == 12
    assert all(row.why for row in done.bad)
    assert "secret-token" not in str(done)


def test_doubles_in_the_file_are_named_with_the_first() -> None:
    """The same thing twice, in any case."""
    done = load(make(), "token\nabc\nABC\n")
    assert bad(done) == [(3, "token")]
    assert "2" in done.bad[0].why


def test_evse_ids_of_others_are_refused() -> None:
    """Taken in the register: refused. Handed over within the file: fine."""
    register = make()
    load(register, "station\nN1\n")
    load(register, "station,evse,evse_id\nN1,1,SE*CNO*E1\n")
    done = load(register, "station,evse,evse_id\nN1,2,secnoe1\n")
    assert bad(done) == [(2, "evse_id")]
    assert "N1:1" in done.bad[0].why
    done = load(register, "station,evse,evse_id\nN1,2,secnoe1\nN1,1,SE*CNO*E7\n")
    assert done.bad == []
    found = register.outlet_by_evse_id("SE*CNO*E1")
    assert found is not None
    assert found.evse == 2


def test_columns_left_out_keep_what_is_there() -> None:
    """An absent column changes nothing, an empty cell sets the default; a pending station becomes accepted."""
    register = make()
    register.load(
        stations=[StationEntry(id="N1", admission=Admission.PENDING, note="by the gate", serial="7", added=5.0)]
    )
    assert load(register, "station,serial\nn1,\n").changed == {"station": 1}
    assert register.stations["n1"] == StationEntry(id="N1", note="by the gate", serial="", added=5.0)
    register.block("N1")
    load(register, "station,serial\nN1,8\n")
    assert register.stations["n1"].admission is Admission.BLOCKED


def test_formulas_and_escapes_do_no_harm() -> None:
    """Refused where every character counts, taken off the front of free text; control characters never pass."""
    register = make()
    done = load(register, "site,name,note\n".replace(",note", ",owner") + 'S1,=HYPERLINK("x"),@SUM(A1)\n', partial=True)
    assert done.bad == []
    site = register.sites["s1"]
    assert (site.name, site.owner) == ('HYPERLINK("x")', "SUM(A1)")
    done = load(register, 'token,label\n=cmd,x\n+cmd,x\n04A2,=1+1\n04A3,a\x1b[31mb\u202e\n="0042",x\n', partial=True)
    assert bad(done) == [(2, "token"), (3, "token"), (4, "label")]
    assert register.tokens["0042"].token == "0042"
    assert register.tokens["04a3"].label == "a\ufffd[31mb"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_of_any_spreadsheet(separator: str, encoding: str, end: str) -> None:
    """The usual separators, line ends, and a byte order mark."""
    rows = [["", ""], ["token", "label"], ["", ""], ["04A2", "Åsa"]]
    register = make()
    done = load(register, end.join(separator.join(row) if any(row) else "" for row in rows).encode(encoding))
    assert done.bad == []
    assert register.tokens["04a2"] == TokenEntry(token="04A2", label="Åsa")


def test_other_encodings_are_named_by_line() -> None:
    """A file in an old code page: the lines that cannot be read are named."""
    done = load(make(), "token,label\nA1,ok\nA2,Åsa\nA3,ok\n".encode("cp1252"))
    assert bad(done) == [(3, "")]
    assert "UTF-8" in done.bad[0].why


def test_an_open_quote_swallows_nothing() -> None:
    """The row with the quote is named, all rows after it are read."""
    text = 'token,label\nA1,"open\n' + "".join(f"B{n},x\n" for n in range(100))
    register = make()
    done = load(register, text, partial=True)
    assert bad(done) == [(2, "")]
    assert len(register.tokens) == 100
    done = load(make(), 'token,label\nA1,"two\nlines"\nA2,"bad"x\nA3,y\n', partial=True)
    assert bad(done) == [(4, "")]
    assert done.new == {"token": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("colour,size\n1,2\n", "what the rows are"),
        ("token,lable\nA,1\n", "lable"),
        ("token,token\nA,1\n", "twice"),
        ("evse,label\n1,A\n", "station"),
        ('token,"open\n', "quote|CSV"),
    ],
)
def test_a_header_that_cannot_be_used(text: str, message: str) -> None:
    """One clear line before anything is read."""
    with pytest.raises(Invalid, match=message):
        load(make(), text)


def test_outlets_carry_service_and_time() -> None:
    """Words without case, times with and without zone."""
    register = make()
    load(register, "station\nN1\n")
    load(register, "station,evse,service,in_service_since\nN1,1,Planned,2026-01-01\nN1,2,,2026-01-01T01:00:00+01:00\n")
    first, second = register.outlets_of("N1")
    assert (first.service, second.service) == (Service.PLANNED, Service.IN_SERVICE)
    assert first.in_service_since == second.in_service_since == datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def test_progress_comes_in_slices() -> None:
    """The server's loop gets a turn every 20 rows; the report comes last."""
    text = "token\n" + "".join(f"T{n}\n" for n in range(2_000))
    seen = [(step.phase, step.rows, step.written) for step in Import(make()).steps(text)]
    assert seen[0] == (Phase.READING, 20, 0)
    assert seen[-1] == (Phase.DONE, 2_000, 2_000)
    written = [now for _, _, now in seen]
    assert max(after - before for before, after in itertools.pairwise(written)) <= 200


@given(st.binary(max_size=300))
def test_any_bytes_give_a_report_or_a_clear_refusal(data: bytes) -> None:
    """Whatever is handed over, the answer is a report or one line; never a traceback."""
    for source in (data, b"token,label\n" + data):
        try:
            done = load(make(), source)
        except Invalid:
            continue
        assert done.phase is Phase.DONE
        assert done.rows >= done.bad_rows


@given(st.lists(st.lists(st.text(alphabet='ab",;\n é', max_size=4), min_size=1, max_size=4), min_size=1, max_size=8))
def test_lines_are_counted_as_an_editor_counts(rows: list[list[str]]) -> None:
    """The number of every row is the line where it begins."""
    lines = ["a,b,c,d", *(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)]
    begins = [1 + "\n".join([*lines[:n], ""]).count("\n") for n in range(len(lines))]
    expected = [begin for begin, row in zip(begins, [["a"], *rows], strict=True) if any(row)]
    assert [number for number, _, _ in read_rows("\n".join(lines))] == expected


@pytest.mark.slow
def test_a_whole_network_in_one_go() -> None:
    """20,000 stations, 60,000 outlets and 200,000 tokens."""
    register = make()
    stations = "station,current\n" + "".join(f"NKL-{n:05d},DC\n" for n in range(20_000))
    outlets = "station,evse,label,evse_id\n" + "".join(
        f"NKL-{n // 3:05d},{n % 3 + 1},{n:06d},SE*NKL*E{n // 3:05d}*{n % 3 + 1}\n" for n in range(60_000)
    )
    tokens = "token,group,expires\n" + "".join(f"04{n:012X},G{n % 100},2027-12-31\n" for n in range(200_000))
    for text in (stations, outlets, tokens):
        assert load(register, text).bad == []
    assert (len(register.stations), len(register.outlets), len(register.tokens)) == (20_000, 60_000, 200_000)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("id,name\nS1,Kajen\n", {"site": 1}),
        ("id,name,town\nS1,Kajen,Umeå\n", {"site": 1}),
        ("id\nNKL-1\n", {"station": 1}),
        ("id,serial\nNKL-1,77\n", {"station": 1}),
        ("id,status\n04A2B3C4,Accepted\n", {"token": 1}),
        ("kind,id,outlet\nstation,NKL-1,\noutlet,,NKL-1:2\n", {"station": 1, "outlet": 1}),
    ],
)
def test_a_thing_may_be_named_by_id(text: str, kinds: dict[str, int]) -> None:
    """`id` names what one column names; the other columns tell the kind."""
    done = load(make(), text)
    assert done.bad == []
    assert done.new == kinds


def test_an_outlet_may_be_named_in_one_column() -> None:
    """As STATION:EVSE, split from the right; twice the same is taken, two different names are not."""
    register = make()
    assert load(register, "id\nA:B\nC\n").new == {"station": 2}
    assert load(register, "outlet,label\nA:B:1,17\n").new == {"outlet": 1}
    assert register.outlets["a:b", 1].label == "17"
    assert load(register, "outlet,label\nA:B:1,\n").changed == {"outlet": 1}
    assert bad(load(register, "outlet\nC\n")) == [(2, "outlet")]
    assert bad(load(register, "station,evse,outlet\nC,1,C:1\nC,2,C:3\n")) == [(3, "outlet")]
