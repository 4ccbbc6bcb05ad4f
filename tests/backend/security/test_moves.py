"""Moves between security profiles, from the request to the station's next connection; real sockets and TLS."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import websockets

from backend.model.errors import Conflict, Invalid
from backend.model.words import Link, Version
from tests.backend.security.stage import Net, serving

BOTH = [Version.V16, Version.V201]


@pytest.fixture
async def net(tmp_path: Path) -> AsyncIterator[Net]:
    async with serving(tmp_path) as made:
        yield made


@pytest.mark.parametrize("version", BOTH)
async def test_a_station_climbs_from_profile_0_to_3(net: Net, version: Version) -> None:
    """Root, key over TLS, certificate: each move proved by the station's own connection, and none back after it."""
    station = net.station(version)
    await net.until(lambda: station.accepted)
    url = f"wss://{net.server.tls_address.replace('127.0.0.1', 'localhost')}/ocpp"
    more = {"url_setting": "CentralSystemURL"} if version is Version.V16 else {}
    await net.install_root()
    ended = await net.ended(await net.move(2, **more))
    assert (ended.state, ended.proof) == ("proved", "it came back on security profile 2"), ended.steps
    assert net.live().security_profile == 2
    assert (await net.client.security_of("CP-1")).least_profile == 2
    assert station.link._uri.port == int(url.rpartition(":")[2].split("/")[0])
    trigger = "SignChargePointCertificate" if version is Version.V16 else "SignChargingStationCertificate"
    await net.until(lambda: station.accepted and station.online)
    await net.client.operate("refresh", "CP-1", parameters={"message": trigger})
    await net.until(lambda: station.trust.has_certificate)
    ended = await net.ended(await net.move(3))
    assert (ended.state, ended.proof) == ("proved", "it came back on security profile 3"), ended.steps
    assert net.live().security_profile == 3
    assert (await net.client.security_of("CP-1")).least_profile == 3
    rows = [(row.what, row.result.split(" (")[0]) for row in await net.client.audit() if "least" in row.what]
    assert rows == [("least security profile", "2 -> 3"), ("least security profile", "0 -> 2")]
    station.stop()


@pytest.mark.parametrize("version", BOTH)
async def test_profile_1_gives_a_first_key_and_the_old_way_stays_open_until_it_is_shown(
    net: Net, version: Version
) -> None:
    """From 0 to 1: the key goes first; nobody sees it."""
    station = net.station(version)
    await net.until(lambda: station.accepted)
    ended = await net.ended(await net.move(1, **({} if version is Version.V16 else {"url": _plain(net)})))
    assert ended.state == "proved", ended.steps
    assert net.live().security_profile == 1
    held = await net.client.security_of("CP-1")
    assert (held.has_key, held.next_key, held.least_profile) == (True, False, 1)
    assert station.link.password is not None
    assert station.link.password not in str(ended)
    station.stop()


async def test_what_is_missing_first_is_said_with_the_command_for_it(net: Net) -> None:
    """The root at the station's own list, the certificate and the direction here; nothing was changed."""
    station = net.station(Version.V16)
    await net.until(lambda: station.accepted)
    ended = await net.ended(await net.move(2))
    assert ended.state == "refused"
    assert "noc security install-root CP-1" in (ended.proof or "")
    with pytest.raises(Conflict) as none:
        await net.move(3)
    assert none.value.code == "no_certificate"
    assert "noc refresh CP-1 --message SignChargePointCertificate" in none.value.hint
    with pytest.raises(Conflict) as there:
        await net.move(0)
    assert there.value.code == "already_there"
    with pytest.raises(Invalid):
        await net.move(4)
    with pytest.raises(Invalid):
        await net.move(2, url_setting="X", url="ws://plain.example/ocpp")
    held = await net.client.security_of("CP-1")
    assert (held.has_key, held.next_key, held.least_profile) == (False, False, 0)
    station.stop()


async def test_a_station_that_cannot_use_the_new_way_falls_back_and_is_let_in(net: Net) -> None:
    """The address of the new way leads nowhere: unproved, with the sentence, on its old profile."""
    station = net.station(Version.V201)
    await net.until(lambda: station.accepted)
    await net.install_root()
    ended = await net.ended(await net.move(2, url="wss://localhost:1/ocpp"))
    assert ended.state == "unproved"
    assert "it has taken profile 2, and is on" in (ended.proof or "")
    assert (await net.client.security_of("CP-1")).least_profile == 0
    await net.until(lambda: station.online)
    station.stop()


async def test_a_step_down_needs_its_name_and_is_refused_by_a_good_station(net: Net) -> None:
    """The least profile is lowered for it, and put back when the station says no."""
    station = net.station(Version.V16)
    await net.until(lambda: station.accepted)
    ended = await net.ended(await net.move(1))
    assert ended.state == "proved", ended.steps
    await net.until(lambda: net.live().link is Link.ONLINE)
    with pytest.raises(Conflict) as down:
        await net.move(0)
    assert down.value.code == "downgrade"
    ended = await net.ended(await net.move(0, downgrade=True))
    assert (ended.state, ended.answer) == ("refused", "Rejected")
    assert (await net.client.security_of("CP-1")).least_profile == 1
    station.stop()


class Raw:
    """A station of 1.6 by hand, plain."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.socket: websockets.ClientConnection

    async def come(self, key: str | None = None, tls: ssl.SSLContext | None = None) -> None:
        address = self.net.server.ocpp_address if tls is None else self.net.server.tls_address
        scheme = "ws" if tls is None else "wss"
        headers = {}
        if key is not None:
            raw = bytes.fromhex(key)
            headers["Authorization"] = "Basic " + base64.b64encode(b"CP-1:" + raw).decode()
        more = {} if tls is None else {"ssl": tls, "server_hostname": "localhost"}
        self.socket = await websockets.connect(
            f"{scheme}://{address}/ocpp/CP-1",
            subprotocols=[websockets.Subprotocol("ocpp1.6")],
            additional_headers=headers,
            **more,
        )
        await self.socket.send(
            json.dumps([2, "b", "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}])
        )
        await asyncio.wait_for(self.socket.recv(), 5)

    async def asked(self, action: str, answer: dict[str, Any] | str) -> dict[str, Any]:
        """The next call is that one; it is answered, or refused with an error code. Its payload."""
        task = asyncio.ensure_future(self.socket.recv())
        await self.net.until(task.done)
        _, number, said, payload = json.loads(task.result())
        assert said == action
        frame = [4, number, answer, "", {}] if isinstance(answer, str) else [3, number, answer]
        await self.socket.send(json.dumps(frame))
        return dict(payload)


OK = {"status": "Accepted"}


async def test_a_station_that_needs_a_reboot_is_restarted_once(net: Net) -> None:
    """RebootRequired: Reset, unless that was declined; on the old profile after it, it is over."""
    station = Raw(net)
    await station.come()
    made = await net.move(2)
    await station.asked("GetInstalledCertificateIds", "NotSupported")
    payload = await station.asked("ChangeConfiguration", OK)
    key = payload["value"]
    assert payload["key"] == "AuthorizationKey"
    payload = await station.asked("ChangeConfiguration", {"status": "RebootRequired"})
    assert payload == {"key": "SecurityProfile", "value": "2"}
    await station.asked("Reset", OK)
    await station.socket.close()
    trusting = ssl.create_default_context(cadata=(await net.client.root()).pem)
    await station.come(key, trusting)
    ended = await net.ended(made)
    assert (ended.state, ended.answer) == ("proved", "RebootRequired")
    assert "root_unknown" in [step.name for step in ended.steps]
    await station.socket.close()


async def test_a_refused_profile_says_what_may_be_missing_and_the_key_counts(net: Net) -> None:
    """The key was taken before: both ways to show it are open until it is shown."""
    station = Raw(net)
    await station.come()
    made = await net.move(2, check=False)
    await station.asked("ChangeConfiguration", OK)
    await station.asked("ChangeConfiguration", {"status": "NotSupported"})
    ended = await net.ended(made)
    assert (ended.state, ended.answer) == ("refused", "NotSupported")
    assert "lacks the root, the key or the certificate" in (ended.proof or "")
    assert (await net.client.security_of("CP-1")).next_key
    await station.socket.close()


async def test_a_refused_key_ends_it_before_the_switch(net: Net) -> None:
    """And counts for nothing."""
    station = Raw(net)
    await station.come()
    made = await net.move(1)
    await station.asked("ChangeConfiguration", {"status": "Rejected"})
    ended = await net.ended(made)
    assert (ended.state, ended.proof) == ("refused", "the new key: Rejected")
    assert not (await net.client.security_of("CP-1")).next_key
    await station.socket.close()


async def test_a_station_that_does_not_come_back_is_said_and_the_old_way_stays(net: Net) -> None:
    """At the deadline; it is let in by the old way afterwards."""
    station = Raw(net)
    await station.come()
    made = await net.client.operate(
        "security_profile", "CP-1", parameters={"profile": 2, "check": False}, deadline_s=30
    )
    await station.asked("ChangeConfiguration", OK)
    await station.asked("ChangeConfiguration", OK)
    await station.socket.close()
    ended = await net.ended(made)
    assert ended.state == "unproved"
    assert "has not come back; the old way in is still open to it" in (ended.proof or "")
    await station.come()
    await station.socket.close()


async def test_a_station_that_does_not_answer_is_no_mystery_for_a_quarter_of_an_hour(net: Net) -> None:
    """Two minutes without an answer to the first step end it."""
    station = Raw(net)
    await station.come()
    made = await net.move(2, check=False)
    started = net.clock.now()
    ended = await net.ended(made)
    assert ended.state == "timeout"
    assert (ended.proof or "").startswith("no answer in 2 min")
    assert net.clock.now() - started < 130
    await station.socket.close()


async def _on_profile_1(net: Net) -> Raw:
    station = Raw(net)
    await station.come()
    made = await net.move(1)
    key = (await station.asked("ChangeConfiguration", OK))["value"]
    await station.asked("ChangeConfiguration", OK)
    await station.socket.close()
    await station.come(key)
    assert (await net.ended(made)).state == "proved"
    return station


@pytest.mark.parametrize("answer", [OK, None])
async def test_a_step_down_that_is_not_proved_stays_open_and_says_so(net: Net, answer: dict[str, Any] | None) -> None:
    """Taken and not come back, or not answered: it may come on the lower profile, and must not be locked out."""
    station = await _on_profile_1(net)
    made = await net.client.operate(
        "security_profile", "CP-1", parameters={"profile": 0, "downgrade": True}, deadline_s=30
    )
    if answer is not None:
        await station.asked("ChangeConfiguration", answer)
    await station.socket.close()
    ended = await net.ended(made)
    assert ended.state == ("timeout" if answer is None else "unproved")
    assert ended.steps[-1].text.endswith("profile 0 stays let in: noc station set CP-1 --profile 1 ends that")
    assert (await net.client.security_of("CP-1")).least_profile == 0


async def test_a_step_down_that_was_never_asked_leaves_nothing_open(net: Net) -> None:
    """The station was gone."""
    station = await _on_profile_1(net)
    await station.socket.close()
    await net.until(lambda: net.live().link is Link.OFFLINE)
    ended = await net.ended(await net.move(0, downgrade=True))
    assert ended.state == "offline"
    assert (await net.client.security_of("CP-1")).least_profile == 1


async def test_a_reset_that_was_declined_is_waited_for(net: Net) -> None:
    """Nobody restarts it; back on the old profile without a boot is no end, a boot with the new one is."""
    station = Raw(net)
    await station.come()
    made = await net.move(2, check=False, reset="none")
    key = (await station.asked("ChangeConfiguration", OK))["value"]
    await station.asked("ChangeConfiguration", {"status": "RebootRequired"})
    await station.socket.close()
    await station.come()
    assert (await net.client.operation(made.id)).state == "answered"
    await station.socket.close()
    await station.come(key, ssl.create_default_context(cadata=(await net.client.root()).pem))
    assert (await net.ended(made)).state == "proved"
    await station.socket.close()


def _plain(net: Net) -> str:
    return f"ws://{net.server.ocpp_address}/ocpp"
