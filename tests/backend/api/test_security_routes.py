"""Keys of stations, from people to handshakes: through real sockets."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import websockets
from websockets.exceptions import InvalidStatus

from backend.client.client import Client
from backend.model.errors import Invalid, Unknown
from backend.security.keys import new_key


def basic(user: str, key: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + key).decode()}


async def come(house: Any, name: str, headers: dict[str, str] | None = None) -> int:
    """The HTTP status of a connect; 101 when it is in."""
    try:
        socket = await websockets.connect(
            f"ws://{house.server.ocpp_address}/ocpp/{name}",
            subprotocols=[websockets.Subprotocol("ocpp1.6")],
            additional_headers=headers or {},
        )
    except InvalidStatus as refused:
        return refused.response.status_code
    await socket.close()
    return 101


async def test_a_key_on_record_must_be_shown(house: Any, client: Client) -> None:
    """Right in each form: in. Missing, wrong, under another name: 401, in quarantine with words."""
    await client.put_station("CP-1")
    assert await come(house, "CP-1") == 101
    key = new_key()
    await client.put_key("CP-1", key)
    for shown in (bytes.fromhex(key), key.encode(), key.upper().encode()):
        assert await come(house, "CP-1", basic("cp-1", shown)) == 101
    assert (await client.security_of("CP-1")).key_form == "hex"
    assert (await client.station("CP-1")).quirks["hex_key"] == 2
    assert await come(house, "CP-1") == 401
    assert await come(house, "CP-1", basic("CP-2", key.encode())) == 401
    assert await come(house, "CP-1", basic("CP-1", b"\xff\xfe")) == 401
    assert await come(house, "CP-1", {"Authorization": "Bearer x"}) == 401
    rows = await client.quarantine()
    assert {row.reason for row in rows} == {"no_credentials", "wrong_user", "wrong_password", "credentials_scheme"}
    assert not any(key in row.raw or base64.b64encode(key.encode()).decode() in row.raw for row in rows)
    assert (await client.station("CP-1")).security_profile == 1


async def test_a_live_connection_is_not_replaced_by_somebody_without_the_key(house: Any, client: Client) -> None:
    """The newcomer is refused before the old socket is touched."""
    await client.put_station("CP-1")
    key = (await client.put_key("CP-1")).key
    socket = await websockets.connect(
        f"ws://{house.server.ocpp_address}/ocpp/CP-1",
        subprotocols=[websockets.Subprotocol("ocpp1.6")],
        additional_headers=basic("CP-1", key.encode()),
    )
    assert await come(house, "CP-1", basic("CP-1", b"guess")) == 401
    await socket.ping()
    assert (await client.station("CP-1")).link == "online"
    await socket.close()


async def test_guessing_is_rationed(house: Any, client: Client) -> None:
    """Five wrong keys a minute from an address; the station's own address goes on after the minute."""
    await client.put_station("CP-1")
    key = (await client.put_key("CP-1")).key
    statuses = [await come(house, "CP-1", basic("CP-1", str(n).encode())) for n in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert await come(house, "CP-1", basic("CP-1", key.encode())) == 429
    house.pass_time(61)
    assert await come(house, "CP-1", basic("CP-1", key.encode())) == 101


async def test_a_station_below_its_profile_is_refused(house: Any, client: Client) -> None:
    """With the right key over a plain connection it is on profile 1, and no more."""
    await client.put_station("CP-1", least_profile=2)
    assert await come(house, "CP-1") == 403
    key = (await client.put_key("CP-1")).key
    assert await come(house, "CP-1", basic("CP-1", key.encode())) == 403
    assert (await client.quarantine())[0].reason == "profile_too_low"
    await client.put_station("CP-1", least_profile=1)
    assert await come(house, "CP-1", basic("CP-1", key.encode())) == 101
    with pytest.raises(Invalid):
        await client.put_station("CP-1", least_profile=4)


async def test_keys_survive_a_restart_and_are_in_no_file(house: Any, client: Client) -> None:
    """Only salted hashes are stored: neither key nor its bytes stand in any file of the server."""
    await client.put_station("CP-1")
    key = (await client.put_key("CP-1")).key
    assert await come(house, "CP-1", basic("CP-1", key.encode())) == 101
    store = house.server.house.store
    kept: list[Any] = []
    store.after_commit(lambda: kept.extend(store.load_credentials()))
    await house.until(lambda: kept)
    assert (kept[0].station, kept[0].method) == ("CP-1", "blake2b")
    for file in house.server.settings.store.data.iterdir():
        data = file.read_bytes()
        assert key.encode() not in data
        assert bytes.fromhex(key) not in data


async def test_the_list_tells_who_is_on_what(house: Any, client: Client) -> None:
    """By station; a key that is taken away is asked for no more."""
    await client.put_station("A")
    await client.put_station("B")
    await client.put_key("B", "correct horse battery")
    rows = await client.security()
    assert [(one.station, one.has_key) for one in rows] == [("A", False), ("B", True)]
    await client.remove_key("B")
    assert await come(house, "B") == 101
    with pytest.raises(Unknown):
        await client.remove_key("B")
