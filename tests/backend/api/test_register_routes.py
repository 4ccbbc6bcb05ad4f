"""Sites, stations, outlets and tokens through the API, with the SDK."""

from __future__ import annotations

from typing import Any

import pytest

from backend.api.imports import MOST_QUEUED
from backend.client.client import Client
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.register import TokenEntry
from backend.model.words import Admission, Link, Service


async def test_add_change_list_and_remove(client: Client) -> None:
    """What is put in is there at once; what is left out of a change stays."""
    await client.put_site("malmo", how="add", name="Malmö C", town="Malmö", capacity_kw=120)
    await client.put_station("CP-1", how="add", site="malmo", current="dc")
    outlet = await client.put_outlet("CP-1:1", how="add", label="4217", evse_id="se*nkl*e4217", place="plan 2")
    assert (outlet.label, outlet.evse_id, outlet.site) == ("4217", "SE*NKL*E4217", "malmo")
    station = await client.put_station("cp-1", how="set", note="behind the wall")
    assert (station.id, station.site, station.current, station.note) == ("CP-1", "malmo", "DC", "behind the wall")
    assert (station.link, station.admission) == (Link.NEVER_SEEN, Admission.ACCEPTED)
    assert station.outlets == ["CP-1:1"]
    assert [one.id for one in await client.stations("malmo note:wall")] == ["CP-1"]
    assert [one.outlet for one in await client.outlets("4217")] == ["CP-1:1"]
    for name in ("CP-1:1", "4217", "SENKLE4217"):
        assert (await client.outlet(name)).outlet == "CP-1:1"
    changed = await client.put_outlet("4217", how="set", service="out_of_service")
    assert (changed.service, changed.place) == (Service.OUT_OF_SERVICE, "plan 2")
    assert (await client.put_station("CP-1", site=None)).site is None
    await client.remove("stations", "CP-1")
    assert await client.stations() == []
    assert await client.outlets() == []
    await client.remove("sites", "malmo")
    assert await client.sites() == []
    assert [entry.what for entry in await client.audit()][:2] == ["site removed", "station removed"]


async def test_an_identity_may_end_in_a_colon_and_a_number(client: Client) -> None:
    """Hardware addresses do: the outlet keeps the zeros, and is found under the name that it is shown with."""
    await client.put_station("00:1A:05", how="add")
    await client.put_outlet("00:1A:05:1", how="add", label="77")
    assert (await client.outlet("00:1a:05:1")).outlet == "00:1A:05:1"
    assert (await client.put_outlet("00:1A:05:1", place="plan 2")).place == "plan 2"
    assert [one.outlet for one in await client.outlets()] == ["00:1A:05:1"]


async def test_lists_go_on_where_they_ended(client: Client) -> None:
    """`limit` and `after` page through; 0 is all."""
    for number in range(12):
        await client.put_station(f"CP-{number:02}")
    first = await client.stations(limit=5)
    rest = await client.stations(after=first[-1].id, limit=0)
    assert [one.id for one in first + rest] == [f"CP-{number:02}" for number in range(12)]


async def test_tokens_are_masked_and_revealed_for_a_reason(client: Client) -> None:
    """Nobody sees a token in full without saying why; the audit has it."""
    added = await client.put_token("04A1B2C3D49F", label="0042", group="FAM-1")
    assert (added.token, added.status) == ("04••••••9F", "Accepted")
    assert (await client.tokens())[0].token == "04••••••9F"
    assert (await client.tokens("token:04a1b2c3d49f"))[0].label == "0042"
    assert await client.tokens("token:04a1b2") == []
    assert (await client.tokens(reveal="lost card, case 7"))[0].token == "04A1B2C3D49F"
    assert (await client.token_entry("04a1b2c3d49f", reveal="again")).token == "04A1B2C3D49F"
    with pytest.raises(Invalid):
        await client.tokens(reveal=" ")
    audit = await client.audit()
    assert [(one.what, one.reason) for one in audit[:2]] == [("revealed", "again"), ("revealed", "lost card, case 7")]
    assert not any("04A1B2C3D49F" in repr(entry) for entry in await client.audit())
    key = (await client.tokens())[0].key
    assert (await client.token_entry(key)).label == "0042"
    assert (await client.put_token(key, how="set", label="0043")).label == "0043"
    await client.put_token("04FFFFFFFFFF")
    assert [one.token for one in await client.tokens(after=key)] == ["04••••••FF"]
    await client.remove("tokens", "04FFFFFFFFFF")
    blocked = await client.put_token("04A1B2C3D49F", how="set", status="Blocked", expires="2030-01-01T00:00:00Z")
    assert (blocked.status, blocked.label) == ("Blocked", "0043")


@pytest.mark.parametrize(
    ("method", "arguments", "fields", "kind", "code"),
    [
        ("put_station", ("CP-1",), {"how": "set"}, Unknown, "unknown_station"),
        ("put_station", ("CP-1",), {"site": "nowhere"}, Unknown, "unknown_site"),
        ("put_station", ("CP-1",), {"pinned_version": "1.5"}, Invalid, "bad_version"),
        ("put_station", ("CP-1",), {"current": "XC"}, Invalid, "bad_current"),
        ("put_station", ("CP-1",), {"colour": "red"}, Invalid, "bad_field"),
        ("put_outlet", ("CP-1:1",), {"how": "set"}, Unknown, "unknown_outlet"),
        ("put_outlet", ("nothing",), {}, Unknown, "unknown_outlet"),
        ("put_outlet", ("CP-1:0",), {}, Invalid, "bad_outlet"),
        ("put_site", ("x",), {"capacity_kw": "much"}, Invalid, "bad_field"),
        ("token_entry", ("04FF",), {}, Unknown, "unknown_token"),
        ("station", ("CP-1",), {}, Unknown, "unknown_station"),
        ("site", ("x",), {}, Unknown, "unknown_site"),
        ("session", ("x",), {}, Unknown, "unknown_session"),
        ("session", ("17",), {}, Unknown, "unknown_session"),
        ("alarm", ("17",), {}, Unknown, "unknown_alarm"),
        ("operation", ("17",), {}, Unknown, "unknown_operation"),
        ("trace", ("CP-1",), {}, Unknown, "unknown_station"),
        ("stations", ("stat:x",), {}, Invalid, "bad_filter"),
        ("uptime", ("moon",), {}, Invalid, "unknown_grouping"),
        ("uptime", ("network", "now", "-1d"), {}, Invalid, "bad_span"),
        ("uptime", ("network", "soon"), {}, Invalid, "bad_time"),
        ("uptime", (), {"formula": "rosy"}, Invalid, "unknown_formula"),
    ],
)
async def test_mistakes(
    client: Client, method: str, arguments: tuple[str, ...], fields: dict[str, Any], kind: type[Exception], code: str
) -> None:
    """Each mistake has its kind and its code, and leaves nothing behind."""
    with pytest.raises(kind) as caught:
        await getattr(client, method)(*arguments, **fields)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert await client.stations() == []
    assert await client.outlets() == []


async def test_what_is_there_is_not_added_again(client: Client) -> None:
    """`add` refuses what is there; `put` takes it."""
    await client.put_site("x", how="add")
    for again in ("X", "x"):
        with pytest.raises(Conflict):
            await client.put_site(again, how="add")
    assert (await client.put_site("X", name="Y")).name == "Y"


async def test_import(client: Client) -> None:
    """A file is taken whole or not at all, and bad rows are named."""
    good = (
        b"kind,site,name,station,evse,label,token\nsite,lund,Lund C,,,,\nstation,lund,,CP-9,,,\noutlet,,,CP-9,1,77,\n"
    )
    seen: list[int] = []
    report = await client.import_csv(good, dry_run=True, progress=lambda progress: seen.append(progress.rows))
    assert report.done
    assert report.new == {"site": 1, "station": 1, "outlet": 1}
    assert await client.sites() == []
    assert seen
    report = await client.import_csv(good)
    assert report.written == 3
    assert (await client.outlet("77")).outlet == "CP-9:1"
    bad = await client.import_csv(good + b"outlet,,,CP-8,x,,\n")
    assert (bad.bad_rows, bad.bad[0].line, bad.bad[0].column) == (1, 5, "evse")
    with pytest.raises(Invalid) as caught:
        await client.import_csv(b"colour,shape\nred,round\n")
    assert caught.value.code == "bad_header"
    assert (await client.import_csv(good)).unchanged == {"site": 1, "station": 1, "outlet": 1}


async def test_an_import_leaves_room_for_what_stations_say(
    house: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow disk it waits for its own rows: a status never stands behind more of them than so many."""
    store, queued = house.server.house.store, []
    monkeypatch.setattr(store._writer, "_window_s", 0.2)
    keep = store.token_entry

    def counted(entry: TokenEntry) -> None:
        keep(entry)
        queued.append(store.queued)

    monkeypatch.setattr(store, "token_entry", counted)
    rows = "\n".join(f"{number:014X},accepted" for number in range(6_000))
    report = await client.import_csv(f"id_token,status\n{rows}\n".encode())
    assert (report.written, len(queued)) == (6_000, 6_000)
    assert max(queued) <= MOST_QUEUED + 100
