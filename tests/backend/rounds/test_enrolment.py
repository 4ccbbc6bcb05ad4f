"""A station asks for a certificate, gets it, and comes back with it; requests that must not be signed are not."""

from __future__ import annotations

import asyncio
import datetime
import json
import sqlite3
import ssl
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.exceptions import InvalidStatus

from backend.client.client import Client
from backend.model.certificate import IssuedCertificate
from backend.model.clock import HeldClock
from backend.model.errors import Unknown
from backend.model.settings import Settings
from backend.model.words import AlarmState
from backend.server import Server

NOW = datetime.datetime.now(datetime.UTC).timestamp()
DAY = 86400.0


class Stage:
    """A server on a held clock, and one station that talks to it."""

    def __init__(self, server: Server, clock: HeldClock, client: Client, folder: Path) -> None:
        self.server, self.clock, self.client, self.folder = server, clock, client, folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.socket: Any = None

    async def come(self, version: str = "ocpp1.6") -> None:
        self.socket = await websockets.connect(
            f"ws://{self.server.ocpp_address}/CP-1", subprotocols=[websockets.Subprotocol(version)], ping_interval=None
        )
        boot: dict[str, Any] = {"chargePointVendor": "Fjord", "chargePointModel": "F1"}
        if version != "ocpp1.6":
            boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "Fjord", "model": "F2"}}
        assert (await self.ask("BootNotification", boot))["status"] == "Accepted"

    async def ask(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        await self.socket.send(json.dumps([2, action, action, payload]))
        while True:
            heard = await self.hear()
            if heard[0] == 3:
                return dict(heard[2])

    async def hear(self) -> list[Any]:
        async with asyncio.timeout(5):
            while True:
                self.server.tick()
                try:
                    return list(json.loads(await asyncio.wait_for(self.socket.recv(), 0.02)))
                except TimeoutError:
                    self.clock.advance(0.5)

    async def called(self, action: str) -> list[Any]:
        """The next call of that action; others are answered by an error."""
        while True:
            heard = await self.hear()
            if heard[0] == 2 and heard[2] == action:
                return heard
            if heard[0] == 2:
                await self.socket.send(json.dumps([4, heard[1], "NotImplemented", "", {}]))

    def csr(self, name: str = "CP-1") -> str:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(self.key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode()

    async def status(self, chain: str) -> int:
        """What the TLS port says to the station with its certificate."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self.folder / "station.pem"
        file.write_bytes(chain.encode() + pem)
        context = ssl.create_default_context(cafile=self.server.settings.store.data / "tls" / "ca.pem")
        context.load_cert_chain(file)
        try:
            async with websockets.connect(
                f"wss://{self.server.tls_address}/CP-1",
                ssl=context,
                server_hostname="localhost",
                subprotocols=[websockets.Subprotocol("ocpp1.6")],
            ):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    with tempfile.TemporaryDirectory() as short:
        settings = Settings(network="Nordkraft")
        settings.ocpp.host, settings.ocpp.port = "127.0.0.1", 0
        settings.tls.host, settings.tls.port, settings.tls.names = "127.0.0.1", 0, ["localhost"]
        settings.store.data = tmp_path / "data"
        settings.api.listen = f"unix:{short}/api.sock"
        clock = HeldClock(NOW)
        server = Server(settings, clock)
        await server.start()
        async with Client(server.api_address) as client:
            await client.put_station("CP-1")
            made = Stage(server, clock, client, tmp_path)
            yield made
            if made.socket is not None:
                await made.socket.close()
        await server.stop()


@pytest.mark.parametrize(("version", "kind"), [("ocpp1.6", None), ("ocpp2.0.1", "ChargingStationCertificate")])
async def test_from_request_to_profile_3_to_revoked(stage: Stage, version: str, kind: str | None) -> None:
    """Accepted, then CertificateSigned; with that chain the station is on profile 3 until it is revoked."""
    await stage.come(version)
    asked = {"csr": stage.csr()} | ({"certificateType": kind} if kind else {})
    assert (await stage.ask("SignCertificate", asked))["status"] == "Accepted"
    call = await stage.called("CertificateSigned")
    assert call[3].get("certificateType") == kind
    await stage.socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
    chain = call[3]["certificateChain"]
    assert await stage.status(chain) == 101
    assert (await stage.client.station("CP-1")).security_profile == 3
    (one,) = await stage.client.certificates()
    assert (one.station, one.asked_by, one.revoked) == ("CP-1", "station", None)
    assert (await stage.client.security_of("CP-1")).certificate == one.serial
    assert (await stage.client.revoke_certificate(one.serial)).revoked is not None
    assert await stage.status(chain) == 403
    with pytest.raises(Unknown):
        await stage.client.revoke_certificate("BEEF")


async def test_a_certificate_that_the_station_refuses_is_nobodys(stage: Stage) -> None:
    """It is revoked at once, so that nobody can use it."""
    await stage.come()
    await stage.ask("SignCertificate", {"csr": stage.csr()})
    call = await stage.called("CertificateSigned")
    await stage.socket.send(json.dumps([3, call[1], {"status": "Rejected"}]))
    await stage.ask("Heartbeat", {})
    (one,) = await stage.client.certificates()
    assert one.revoked is not None


async def test_a_request_in_anothers_name_gets_nothing(stage: Stage) -> None:
    """Neither does one that cannot be read, nor a second one soon after the first."""
    await stage.come()
    await stage.ask("SignCertificate", {"csr": stage.csr("CP-2")})
    stage.clock.advance(700)
    assert (await stage.ask("SignCertificate", {"csr": "no request"}))["status"] == "Accepted"
    await stage.ask("SignCertificate", {"csr": stage.csr()})
    for _ in range(20):
        stage.clock.advance(1)
        stage.server.tick()
    await stage.ask("Heartbeat", {})
    assert await stage.client.certificates() == []


async def test_another_kind_of_certificate_is_not_ours_to_sign(stage: Stage) -> None:
    """Contracts of Plug & Charge come from elsewhere."""
    await stage.come("ocpp2.0.1")
    asked = {"csr": stage.csr(), "certificateType": "V2GCertificate"}
    assert (await stage.ask("SignCertificate", asked))["status"] == "Rejected"


@pytest.mark.parametrize(
    ("version", "action", "wanted"),
    [
        ("ocpp1.6", "ExtendedTriggerMessage", "SignChargePointCertificate"),
        ("ocpp2.0.1", "TriggerMessage", "SignChargingStationCertificate"),
    ],
)
async def test_who_has_a_certificate_that_ends_is_asked_to_renew_it(
    stage: Stage, version: str, action: str, wanted: str
) -> None:
    """A month before, once a day; the server's own is made anew then too, without a restart."""
    held = stage.server.house.certificates
    held.issued(IssuedCertificate(serial="1", station="CP-1", not_before=NOW, not_after=NOW + 29 * DAY))
    await stage.come(version)
    stage.clock.advance(3700)
    while (call := await stage.called(action))[3]["requestedMessage"] != wanted:
        pass
    await stage.socket.send(json.dumps([3, call[1], {"status": "Rejected"}]))
    before = stage.server.security.tls.until if stage.server.security.tls is not None else 0.0
    stage.clock.advance(380 * DAY)
    stage.server.tick()
    assert stage.server.security.tls is not None
    assert stage.server.security.tls.until > before


@pytest.mark.parametrize(
    ("days", "severity", "info"), [(29, None, ""), (20, 4, "ends in 19 days"), (9, 3, "ends in 8 days"),
                                   (2, 2, "ends in 1 day"), (-1, 2, "has ended")]
)  # fmt: skip
async def test_what_ends_is_an_alarm_the_graver_the_nearer(
    stage: Stage, days: int, severity: int | None, info: str
) -> None:
    """S4, two days after the renewal was asked for; S3 from two weeks on, S2 from three days on; over when renewed."""
    held = stage.server.house.certificates
    held.issued(IssuedCertificate(serial="1", station="CP-1", not_before=NOW - DAY, not_after=NOW + days * DAY))
    held.issued(IssuedCertificate(serial="2", station="GONE", not_before=NOW - DAY, not_after=NOW + days * DAY))
    stage.clock.advance(3700)
    stage.server.tick()
    opened = [(int(one.severity), one.info) for one in stage.server.house.alarms.open.values()]
    assert opened == ([] if severity is None else [(severity, info)])
    held.issued(IssuedCertificate(serial="3", station="CP-1", not_before=NOW, not_after=NOW + 300 * DAY))
    stage.clock.advance(3700)
    stage.server.tick()
    assert all(one.state is AlarmState.RETURNED for one in stage.server.house.alarms.open.values())


async def test_who_asks_for_ever_gets_few_certificates(stage: Stage) -> None:
    """Ten minutes lie between the first; then each doubles the pause: some eight in ten hours, not sixty."""
    await stage.come()
    held = stage.server.house.certificates
    for _ in range(60):
        assert (await stage.ask("SignCertificate", {"csr": stage.csr()}))["status"] == "Accepted"
        stage.clock.advance(2)
        stage.server.tick()
        stage.clock.advance(600)
    assert 7 <= len(held.all()) <= 9


async def test_what_ended_long_ago_is_forgotten(stage: Stage) -> None:
    """On disk too; the newest of a station stays, however old."""
    held = stage.server.house.certificates
    for serial, begin in (("AA1", 100), ("AA2", 60), ("AA3", 50)):
        held.issued(
            IssuedCertificate(
                serial=serial, station="CP-1", not_before=NOW - begin * DAY, not_after=NOW - (begin - 20) * DAY
            )
        )
    stage.clock.advance(3700)
    stage.server.tick()
    assert [one.serial for one in held.all()] == ["AA3"]
    assert held.newest("cp-1") is not None
    await stage.server.stop()
    found = sqlite3.connect(stage.server.settings.store.data / "noc.db").execute(
        "SELECT serial FROM issued_certificate"
    )
    assert found.fetchall() == [("AA3",)]
    await stage.server.start()
