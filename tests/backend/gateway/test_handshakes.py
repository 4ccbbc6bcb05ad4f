"""Who gets in, in which version, and what becomes of the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from backend.gateway import handshake
from backend.gateway.gateway import Gateway
from backend.model.errors import Unavailable
from backend.model.event import Connected, Disconnected
from backend.model.settings import OcppSettings
from backend.model.words import Admission, Version


async def raw(gateway: Gateway, data: bytes) -> bytes:
    """Send bytes, and read until the gateway hangs up."""
    host, port = gateway.address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return answer


def request(path: str = "/ocpp/CP1", **headers: str) -> bytes:
    """A handshake as bytes; a header with an empty value is left out."""
    given = {
        "Host": "x",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "ocpp1.6",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/ocpp/CP1", "CP1"),
        ("/CP1", "CP1"),
        ("/steve/websocket/CentralSystemService/CP1", "CP1"),
        ("///charger", "charger"),
        ("/ocpp/CP1/", "CP1"),
        ("/ocpp/CP%201?x=1", "CP 1"),
        ("/ocpp/A%252F", "A%2F"),
        ("/ocpp/%2FCP1%2F", "CP1"),
        ("/ocpp/A+B:1", "A+B:1"),
        ("/ocpp/%C3%85", "Å"),
        ("/", ""),
        ("/ocpp/", ""),
        ("/OCPP", ""),
        ("/ocpp/%FF", None),
        ("/ocpp/a%1B%5B2J", None),
        ("/ocpp/" + "x" * 300, None),
    ],
)
def test_identity_is_the_last_segment(path: str, identity: str | None) -> None:
    """Percent-decoded once, slashes stripped; what cannot be a name is None."""
    assert handshake.identity(path) == identity


@pytest.mark.parametrize(
    ("offered", "pinned", "version", "subprotocol"),
    [
        (["ocpp1.6", "ocpp2.0.1"], None, Version.V201, "ocpp2.0.1"),
        (["ocpp1.6", "ocpp2.1", "ocpp2.0.1"], None, Version.V21, "ocpp2.1"),
        (["ocpp1.6"], None, Version.V16, "ocpp1.6"),
        (["ocpp1.6", "ocpp2.0.1"], Version.V16, Version.V16, "ocpp1.6"),
        (["OCPP1.6"], Version.V16, Version.V16, "OCPP1.6"),
        (['"ocpp1.6"'], Version.V16, Version.V16, None),
        ([], Version.V16, Version.V16, None),
        (["soap"], Version.V201, Version.V201, None),
    ],
)
def test_choice_of_version(offered: list[str], pinned: Version | None, version: Version, subprotocol: str) -> None:
    """Our order among what is offered, unless the station is pinned; never an answer that was not offered."""
    choice = handshake.choose(offered, pinned)
    assert choice is not None
    assert (choice.version, choice.subprotocol) == (version, subprotocol)


@pytest.mark.parametrize("offered", [[], ["OCPP1.6"], ['"ocpp1.6"'], ["ocpp3.0"], ["ocpp1.5"]])
def test_no_choice(offered: list[str]) -> None:
    """Nothing that we know, and nobody has said what to assume."""
    assert handshake.choose(offered, None) is None


async def test_the_offer_decides_and_not_the_order(station: Any, takes: Any) -> None:
    """2.1 before 2.0.1 before 1.6; a version in the URL decides nothing."""
    cp = await station("CP1", "ocpp1.6", "ocpp2.0.1", path="/ocpp1.6/CP1")
    assert cp.socket.subprotocol == "ocpp2.0.1"
    connected = takes.of(Connected)[0]
    assert (connected.station, connected.version, connected.address) == ("CP1", Version.V201, "127.0.0.1")


async def test_without_a_known_subprotocol_the_handshake_is_completed_and_closed(
    gateway: Any, station: Any, takes: Any
) -> None:
    """OCPP-J's way; it shows in the quarantine with what was offered, and is nobody's station yet."""
    for header in ("", "soap", "OCPP1.6", '"ocpp1.6"', ","):
        answer = await raw(gateway, request(Sec_WebSocket_Protocol=header))
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert b"Sec-WebSocket-Protocol" not in answer
        assert answer.endswith(b"\x88\x17\x03\xeano common subprotocol")
    assert not takes.of(Connected)
    row = takes.quarantined[0]
    assert (row.reason, row.identity, row.address) == ("no_subprotocol", "CP1", "127.0.0.1")
    assert row.raw.startswith("GET /ocpp/CP1 HTTP/1.1")


async def test_a_pinned_station_is_served_without_a_subprotocol(
    gateway: Any, admits: Any, station: Any, takes: Any
) -> None:
    """Grizzl-E offers none; the operator has said 1.6."""
    admits.add("CP1", pinned=Version.V16)
    cp = await station("cp1", none=True)
    assert cp.socket.subprotocol is None
    await cp.silence()
    assert takes.of(Connected)[0].station == "CP1"
    assert gateway.memories.quirks("CP1") == {"no_subprotocol": 1}


async def test_the_registered_form_is_used_everywhere(admits: Any, station: Any, takes: Any, gateway: Any) -> None:
    """Matched without case; events, frames and look-ups know one name."""
    admits.add("Nord-42")
    cp = await station("nORD-42")
    await cp.silence()
    assert {event.station for event in takes.events} == {"Nord-42"}
    assert {frame.station for frame in takes.frames} == {"Nord-42"}
    assert gateway.close("NORD-42", "test")


async def test_strangers_blocked_and_full(gateway: Any, admits: Any, station: Any, takes: Any) -> None:
    """An unknown one is introduced once; a blocked one and one without room get 404."""
    admits.unknown = Admission.PENDING
    await station("new")
    assert admits.introduced == [("new", "127.0.0.1")]
    admits.add("bad", Admission.BLOCKED)
    admits.unknown = None
    for name, reason in (("bad", "blocked"), ("late", "no_room")):
        with pytest.raises(InvalidStatus) as caught:
            await station(name)
        assert caught.value.response.status_code == 404
        assert (takes.quarantined[-1].reason, takes.quarantined[-1].identity) == (reason, name)
    with pytest.raises(InvalidStatus):
        await station(path="/")
    assert takes.quarantined[-1].reason == "no_identity"


@pytest.mark.parametrize(
    ("data", "reason", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "tls_on_plain", b""),
        (b"\x00\xff garbage\r\n\r\n", "not_http", b""),
        (b"GET / HTTP/1.0\r\nHost: x\r\n\r\n", "http_1_0", b"505"),
        (request(Connection=""), "no_upgrade", b"426"),
        (request(Connection="keep-alive"), "no_upgrade", b"426"),
        (request(Upgrade=""), "no_upgrade", b"426"),
        (request(Sec_WebSocket_Key="short"), "bad_handshake", b"400"),
        (request().replace(b"GET", b"POST"), "wrong_method", b"405"),
        pytest.param(b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n", "bad_handshake", b"414", id="long"),
    ],
)
async def test_what_is_no_handshake_shows_its_first_bytes(
    gateway: Any, takes: Any, data: bytes, reason: str, status: bytes
) -> None:
    """Refused, and one row says from where and why, with the raw beginning."""
    answer = await raw(gateway, data)
    assert answer[9:12] == status
    await takes.until(lambda: takes.quarantined)
    row = takes.quarantined[0]
    assert row.reason == reason
    assert row.raw == handshake.shown(data)
    assert len(row.raw) <= handshake.RAW_SHOWN


async def test_credentials_never_show_in_the_quarantine(gateway: Any, takes: Any) -> None:
    """The first bytes of a handshake hold the password of Basic authentication."""
    await raw(gateway, request(path="/", Authorization="Basic Q1AxOnNlY3JldA=="))
    assert "Q1AxOnNlY3JldA" not in takes.quarantined[0].raw
    assert "Authorization: Basic ••••••" in takes.quarantined[0].raw


async def test_a_key_that_nobody_can_check_is_profile_0(gateway: Any, station: Any, takes: Any) -> None:
    """Without a key on record there is nothing to compare: served, and counted."""
    await station("A", additional_headers={"Authorization": "Basic Q1AxOnNlY3JldA=="})
    await station("B")
    assert [e.security_profile for e in takes.of(Connected)] == [0, 0]
    assert gateway.memories.quirks("A") == {"unchecked_key": 1}


async def test_a_scanner_is_counted_and_not_listed_again(gateway: Any, takes: Any, clock: Any) -> None:
    """The same failure again within ten seconds only raises the count of one more row."""
    for _ in range(4):
        await raw(gateway, request(path="/"))
    assert len(takes.quarantined) == 1
    clock.advance(11)
    gateway.tick(clock.now())
    assert [row.count for row in takes.quarantined] == [1, 3]


async def test_one_address_has_a_bounded_number_of_rows(gateway: Any, takes: Any, admits: Any) -> None:
    """Many made-up identities from one address fall into one row."""
    admits.unknown = None
    for number in range(70):
        await raw(gateway, request(path=f"/x{number}"))
    assert len(takes.quarantined) == 51
    assert takes.quarantined[-1].reason == "many_failures"


async def test_a_handshake_that_does_not_end_is_cut_off(gateway: Any, takes: Any, clock: Any) -> None:
    """Half a request holds a socket no longer than the setting says."""
    host, port = gateway.address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /ocpp/CP1 HTT")
    await asyncio.sleep(0.05)
    clock.advance(11)
    gateway.tick(clock.now())
    async with asyncio.timeout(5):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    writer.close()
    assert (takes.quarantined[0].reason, takes.quarantined[0].raw) == ("handshake_timeout", "GET /ocpp/CP1 HTT")


async def test_the_second_socket_of_an_identity_replaces_the_first(station: Any, takes: Any, gateway: Any) -> None:
    """The old one is closed in good order; its end is no Disconnected, and takes nothing from the new one."""
    first = await station("CP1")
    second = await station("cp1")
    assert await first.closed() == 1000
    await second.silence()
    assert [e.connection for e in takes.of(Connected)] == [1, 2]
    assert not takes.of(Disconnected)
    assert gateway.vitals.connections == 1
    await second.socket.close(1001, "bye")
    await takes.until(lambda: takes.of(Disconnected))
    gone = takes.of(Disconnected)[0]
    assert (gone.connection, gone.code, gone.reason) == (2, 1001, "bye")
    assert gateway.vitals.connections == 0


async def test_compression_is_for_2_1_alone(station: Any) -> None:
    """2.1 asks for RFC 7692; elsewhere it only costs memory. Frames pass both ways."""
    old = await station("A", "ocpp1.6", compression="deflate")
    new = await station("B", "ocpp2.1", compression="deflate")
    assert not old.socket.protocol.extensions
    assert new.socket.protocol.extensions
    await old.silence()
    await new.silence()


async def test_an_address_in_use_is_told_in_one_line(gateway: Any, clock: Any, admits: Any, takes: Any) -> None:
    """No traceback: a code, a sentence and the next step."""
    host, port = gateway.address.rsplit(":", 1)
    other = Gateway(clock, OcppSettings(host=host, port=int(port)), admits, takes)
    with pytest.raises(Unavailable) as caught:
        await other.start()
    assert caught.value.code == "address_in_use"
    assert port in caught.value.message
    assert "--ocpp" in caught.value.hint
