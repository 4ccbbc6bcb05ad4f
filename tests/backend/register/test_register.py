"""The register in memory: admission, authorisation, changes and what they refer to."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from backend.model.clock import HeldClock
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.ports import Register as RegisterPort
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.settings import OcppSettings
from backend.model.words import Admission, TokenStatus, Version
from backend.register.pending import host_of
from backend.register.register import Key, Register


def make(**settings: object) -> Register:
    """A register with a site, two stations and three outlets."""
    register = Register(HeldClock(), OcppSettings(**settings))  # type: ignore[arg-type]
    register.put_site(SiteEntry(id="S1", name="Kajen"))
    register.put_station(StationEntry(id="NKL-1", site="S1", current="DC"))
    register.put_station(StationEntry(id="NKL-2", site="S1", pinned_version=Version.V16))
    for station, evse in (("NKL-1", 2), ("NKL-1", 1), ("NKL-2", 1)):
        register.put_outlet(OutletEntry(station=station, evse=evse, evse_id=f"SE*NKL*E{station[-1]}*{evse}"))
    return register


def test_it_is_what_the_rooms_expect() -> None:
    """The class fits the protocol that fleet, alarms, uptime, operations and the gateway are written against."""
    port: RegisterPort = make()
    assert port.station("NKL-1") is not None


def test_everything_is_found_without_case() -> None:
    """Identities come in any case, and are shown as they were registered."""
    register = make()
    assert register.admission("nkl-1") == ("NKL-1", Admission.ACCEPTED, None)
    assert register.admission("nkl-2") == ("NKL-2", Admission.ACCEPTED, Version.V16)
    site = register.site_of("nKl-2")
    assert site is not None
    assert site.name == "Kajen"
    assert [outlet.evse for outlet in register.outlets_of("nkl-1")] == [1, 2]
    assert [station.id for station in register.stations_of("s1")] == ["NKL-1", "NKL-2"]
    found = register.outlet_by_evse_id("senkle11")
    assert found is not None
    assert (found.station, found.evse) == ("NKL-1", 1)


def test_an_unknown_station_is_pending_until_accepted() -> None:
    """Introduced, listed with its first address, accepted; its place in the list is free again."""
    clock = HeldClock()
    register = Register(clock, OcppSettings())
    assert register.introduce("New", "10.0.0.9:4711") is Admission.PENDING
    assert register.introduce("NEW", "10.0.0.10:1") is Admission.PENDING
    waiting = register.pending()
    assert [(entry.id, entry.first_address) for entry in waiting] == [("New", "10.0.0.9:4711")]
    clock.advance(60)
    entry = register.accept("new", clock.now())
    assert (entry.admission, entry.added) == (Admission.ACCEPTED, clock.now())
    assert register.pending() == []


def test_a_blocked_station_is_turned_away() -> None:
    """Blocked ones get no place in the pending list."""
    register = make()
    register.block("nkl-1")
    assert register.admission("NKL-1") == ("NKL-1", Admission.BLOCKED, None)
    assert register.introduce("nkl-1", "10.0.0.1") is None


def test_the_pending_list_is_bounded() -> None:
    """50 an address, 1,000 in all; a trusted network is bounded in all only (RULINGS.md)."""
    register = Register(HeldClock(), OcppSettings(trusted_networks=["10.1.0.0/16", "2001:db8::/32"]))
    assert all(register.introduce(f"a{n}", f"192.0.2.1:{n}") for n in range(50))
    assert register.introduce("one-more", "192.0.2.1:99") is None
    assert register.introduce("elsewhere", "192.0.2.2:99") is Admission.PENDING
    assert all(register.introduce(f"t{n}", f"10.1.0.1:{n}") for n in range(100))
    assert all(register.introduce(f"v{n}", f"[2001:db8::1]:{n}") for n in range(100))
    for n in range(1_000 - len(register.pending())):
        assert register.introduce(f"w{n}", f"198.51.{n // 50}.1") is Admission.PENDING
    assert register.introduce("full", "203.0.113.1") is None
    assert register.introduce("full", "10.1.0.2") is None
    register.accept("w0", 0.0)
    assert register.introduce("full", "203.0.113.1") is Admission.PENDING


@pytest.mark.parametrize(
    ("address", "host"),
    [("10.0.0.1:80", "10.0.0.1"), ("10.0.0.1", "10.0.0.1"), ("[::1]:80", "::1"), ("::1", "::1"), ("", "")],
)
def test_hosts_are_read_off_addresses(address: str, host: str) -> None:
    """With and without a port, both families."""
    assert host_of(address) == host


def test_accept_unknown_lets_stations_and_tokens_in() -> None:
    """Unknown stations are registered and accepted, those that waited too; unknown tokens may charge."""
    register = Register(HeldClock(), OcppSettings(accept_unknown=True))
    register.load(stations=[StationEntry(id="waiting", admission=Admission.PENDING)])
    assert all(register.introduce(f"s{n}", "127.0.0.1:1") is Admission.ACCEPTED for n in range(200))
    assert register.admission("WAITING") == ("waiting", Admission.ACCEPTED, None)
    assert register.pending() == []
    assert register.authorise("anything", 0.0).status is TokenStatus.ACCEPTED


def test_authorisation_follows_the_register() -> None:
    """Accepted, Blocked, Expired and Invalid; without case; group and expiry go along."""
    register = make()
    register.put_token(TokenEntry(token="04A2B3C4", group="G1", expires=1_000.0))
    register.put_token(TokenEntry(token="blocked", status=TokenStatus.BLOCKED))
    reply = register.authorise("04a2b3c4", 999.0)
    assert (reply.status, reply.group, reply.expires) == (TokenStatus.ACCEPTED, "G1", 1_000.0)
    assert register.authorise("04A2B3C4", 1_000.0).status is TokenStatus.EXPIRED
    assert register.authorise("BLOCKED", 0.0).status is TokenStatus.BLOCKED
    assert register.authorise("G1", 0.0).status is TokenStatus.INVALID
    assert register.authorise("", 0.0).status is TokenStatus.INVALID


def test_a_turned_card_is_found_but_not_authorised() -> None:
    """A support agent finds it with its bytes the other way round; it does not open an outlet that way."""
    register = make()
    register.put_token(TokenEntry(token="04A2B3C4"))
    assert [entry.token for entry in register.tokens_like("c4:b3:a2:04")] == ["04A2B3C4"]
    assert register.authorise("C4B3A204", 0.0).status is TokenStatus.INVALID


def test_an_id_keeps_its_first_spelling() -> None:
    """History is stored under it, so a change under another case changes the same entry."""
    register = make()
    entry = register.put_station(StationEntry(id="nkl-1", site="s1", note="moved"))
    assert (entry.id, entry.site, entry.note) == ("NKL-1", "S1", "moved")
    outlet = register.put_outlet(OutletEntry(station="nkl-1", evse=1, label="42"))
    assert outlet.station == "NKL-1"
    assert len(register.stations) == 2
    assert len(register.outlets) == 3


def test_references_must_hold() -> None:
    """No station at an unknown site, no outlet on an unknown station, no EVSE-ID twice."""
    register = make()
    with pytest.raises(Unknown, match="S9"):
        register.put_station(StationEntry(id="X", site="S9"))
    with pytest.raises(Unknown, match="NKL-9"):
        register.put_outlet(OutletEntry(station="NKL-9", evse=1))
    with pytest.raises(Conflict, match="NKL-1:1"):
        register.put_outlet(OutletEntry(station="NKL-2", evse=1, evse_id="SENKLE11"))
    with pytest.raises(Invalid):
        register.put_outlet(OutletEntry(station="NKL-2", evse=1, evse_id="nonsense"))
    with pytest.raises(Invalid):
        register.put_outlet(OutletEntry(station="NKL-2", evse=0))
    with pytest.raises(Invalid):
        register.put_token(TokenEntry(token="x", status=TokenStatus.CONCURRENT_TX))
    with pytest.raises(Invalid):
        register.put_station(StationEntry(id="bad\x1b[31m"))
    assert register.outlet("NKL-2", 1) == OutletEntry(station="NKL-2", evse=1, evse_id="SE*NKL*E2*1")


def test_an_evse_id_can_move() -> None:
    """Taken off one outlet it is free for another."""
    register = make()
    register.put_outlet(OutletEntry(station="NKL-1", evse=1))
    register.put_outlet(OutletEntry(station="NKL-2", evse=1, evse_id="SE*NKL*E1*1"))
    found = register.outlet_by_evse_id("SE*NKL*E1*1")
    assert found is not None
    assert found.station == "NKL-2"


def test_removing_cleans_up() -> None:
    """A site in use stays; a station goes with its outlets; what is gone is told."""
    register = make()
    told: list[tuple[str, Key]] = []
    register.on_change.append(lambda kind, key: told.append((kind, key)))
    with pytest.raises(Conflict, match="NKL-1"):
        register.remove("site", "s1")
    register.remove("station", "nkl-1")
    assert told == [("outlet", ("NKL-1", 1)), ("outlet", ("NKL-1", 2)), ("station", "NKL-1")]
    assert register.outlet_by_evse_id("SE*NKL*E1*1") is None
    register.remove("outlet", ("nkl-2", 1))
    register.remove("station", "NKL-2")
    register.remove("site", "S1")
    with pytest.raises(Unknown):
        register.remove("token", "none")
    with pytest.raises(Invalid):
        register.remove("planet", "x")
    assert not register.stations
    assert not register.outlets
    assert not register.sites


def test_only_what_is_new_is_told() -> None:
    """The same entry again is no change."""
    register = make()
    told: list[tuple[str, Key]] = []
    register.on_change.append(lambda kind, key: told.append((kind, key)))
    before = register.stations["nkl-1"]
    register.put_station(before)
    register.put_outlet(register.outlets["nkl-1", 1])
    register.put_site(register.sites["s1"])
    assert told == []
    register.put_station(replace(before, note="x"))
    assert told == [("station", "NKL-1")]


def test_stickers_are_found_without_looking_at_all_outlets() -> None:
    """Several outlets may have one number; a changed or removed one is not found under its old number."""
    register = make()
    register.put_station(StationEntry(id="A"))
    register.put_outlet(OutletEntry(station="A", evse=1, label="K-17"))
    register.put_outlet(OutletEntry(station="A", evse=2, label="k-17"))
    assert {one.evse for one in register.outlets_by_label("K-17")} == {1, 2}
    register.put_outlet(OutletEntry(station="A", evse=2, label="18"))
    assert [one.evse for one in register.outlets_by_label("k-17")] == [1]
    assert [one.evse for one in register.outlets_by_label("18")] == [2]
    register.remove("outlet", ("A", 1))
    assert register.outlets_by_label("K-17") == []
