"""Who says nothing makes room for who comes; a storm of stations turns nobody away."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from backend.gateway import door, lobby
from backend.gateway.lobby import MOST, MOST_PER_ADDRESS, PATIENCE_S, Lobby
from tests.backend.security.stage import serving


def filled(many: int, trusted: list[str] | None = None) -> Lobby[int]:
    made: Lobby[int] = Lobby(trusted or [])
    for number in range(many):
        assert made.enter(number, "192.0.2.1", 0.0) is None
    return made


def test_the_oldest_of_an_address_makes_room() -> None:
    """When it has had its time; in a storm all are new, and nobody goes."""
    made = filled(MOST_PER_ADDRESS)
    assert made.enter(-1, "192.0.2.1", PATIENCE_S / 2) is None
    assert made.enter(-2, "192.0.2.1", PATIENCE_S) == 0
    made.leave(0)
    assert made.enter(-3, "192.0.2.2", PATIENCE_S) is None
    assert made.enter(-4, "192.0.2.1", PATIENCE_S) == 1


def test_a_trusted_network_has_the_bound_of_all() -> None:
    """A fleet behind one address; but there is an end to all."""
    made = filled(MOST, ["192.0.2.0/24"])
    assert made.enter(-1, "198.51.100.1", PATIENCE_S) == 0


def test_who_leaves_is_forgotten() -> None:
    """Twice as well as once, and who was never there."""
    made = filled(10)
    for number in (*range(10), *range(12)):
        made.leave(number)
    assert len(made) == 0
    assert made._of_address == {}


async def test_silent_sockets_turn_away_their_own_kind(
    gateway: Any, station: Any, clock: Any, takes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound of their address each new one costs the oldest; a station beside them gets in and is served."""
    monkeypatch.setattr(lobby, "MOST_PER_ADDRESS", 20)
    host, port = gateway.address.rsplit(":", 1)

    async def silent(many: int) -> list[Any]:
        return [await asyncio.open_connection(host, int(port)) for _ in range(many)]

    async def until_in(many: int) -> None:
        async with asyncio.timeout(5):
            while len(gateway._lobby) != many:  # noqa: ASYNC110 - the gateway tells nobody
                await asyncio.sleep(0.01)

    sockets = await silent(20)
    await until_in(20)
    clock.advance(PATIENCE_S)
    sockets += await silent(15)
    await takes.until(lambda: takes.quarantined)
    assert {row.reason for row in takes.quarantined} == {"too_many_waiting"}
    await until_in(20)
    cp = await station("CP1")
    assert (await cp.boot())[2]["status"] == "Accepted"
    assert len(gateway._lobby) <= 20
    for _, writer in sockets:
        writer.close()


async def test_tls_handshakes_that_hang_keep_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many at a time; when they have had their time the oldest go, and who does speak TLS gets in."""
    monkeypatch.setattr(door, "MOST_TLS", 8)
    monkeypatch.setattr(door, "TLS_PATIENCE_S", 0.2)
    async with serving(tmp_path) as net:
        host, port = net.server.tls_address.rsplit(":", 1)
        hanging = [await asyncio.open_connection(host, int(port)) for _ in range(40)]
        tls_door = net.server.house.gateway._tls_door
        assert tls_door is not None
        trust = ssl.create_default_context(cafile=net.server.settings.store.data / "tls" / "ca.pem")
        async with asyncio.timeout(door.TLS_S / 2):
            _, writer = await asyncio.open_connection(host, int(port), ssl=trust, server_hostname="localhost")
        assert len(tls_door._opening) <= 8
        writer.close()
        for _, one in hanging:
            one.close()
