"""The invented network: the same from the same seed, in the right formats, of the right size."""

from __future__ import annotations

import re

import pytest

from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.words import TokenStatus, Version
from backend.register.formats import normalise_evse_id, sticker_key
from backend.simulator.makers import MODELS
from backend.simulator.network import make_network
from backend.simulator.places import TOWNS


def test_the_same_seed_makes_the_same_network() -> None:
    """Entry by entry; another seed makes another one."""
    assert list(make_network(120, 4).entries()) == list(make_network(120, 4).entries())
    assert list(make_network(120, 4).entries()) != list(make_network(120, 5).entries())


def test_entries_come_in_an_order_that_can_be_taken_in() -> None:
    """What names another comes after it."""
    seen: set[str] = set()
    for entry in make_network(50, 2).entries():
        match entry:
            case SiteEntry():
                seen.add(entry.id)
            case StationEntry():
                assert entry.site in seen
                seen.add(entry.id)
            case OutletEntry():
                assert entry.station in seen
            case TokenEntry():
                assert entry.token


def test_the_reference_size() -> None:
    """20,000 stations, 60,000 outlets, and every number, name and EVSE-ID once."""
    network = make_network(20_000, 1, outlets=60_000)
    assert (len(network.stations), len(network.outlets)) == (20_000, 60_000)
    for values in (
        [site.name for site in network.sites],
        [station.id for station in network.stations],
        [sticker_key(outlet.label) for outlet in network.outlets],
        [outlet.evse_id for outlet in network.outlets],
        [token.token for token in network.tokens],
    ):
        assert len(values) == len(set(values))


def test_too_many_outlets_are_refused() -> None:
    """A post has at most four."""
    with pytest.raises(ValueError, match="at most"):
        make_network(10, 1, outlets=1_000)


def test_formats_of_ids_and_labels() -> None:
    """NK-04217, 04217-1, SE*NKL*E04217*1, and tokens that fit idTag."""
    network = make_network(200, 3)
    for outlet in network.outlets:
        number = outlet.station.removeprefix("NK-")
        assert re.fullmatch(r"\d{5}", number)
        assert outlet.label == f"{number}-{outlet.evse}"
        assert normalise_evse_id(outlet.evse_id) == outlet.evse_id
        assert outlet.evse_id.endswith(f"*NKL*E{number}*{outlet.evse}")
        assert outlet.place
    assert all(len(token.token) <= 20 for token in network.tokens)
    statuses = {token.status for token in network.tokens}
    assert {TokenStatus.ACCEPTED, TokenStatus.BLOCKED, TokenStatus.INVALID} <= statuses


def test_mostly_sweden_and_both_currents() -> None:
    """Three quarters of the sites lie in Sweden, all in real towns; AC of 11 and 22 kW, DC of 50 to 300."""
    network = make_network(600, 1)
    towns = {town.name: town.country for town in TOWNS}
    swedish = sum(towns[site.town] == "SE" for site in network.sites)
    assert swedish / len(network.sites) > 0.75
    assert {"SE", "NO", "DK", "FI"} <= {towns[site.town] for site in network.sites}
    powers = {(entry.max_power_kw, entry.connector_type) for entry in network.outlets}
    assert {kw for kw, kind in powers if kind == "Type 2"} == {11.0, 22.0}
    assert {kw for kw, kind in powers if kind == "CCS 2"} <= {50.0, 60.0, 150.0, 180.0, 300.0}


def test_every_version_is_in_the_field() -> None:
    """1.6, 2.0.1 and 2.1, also in a network as small as a dozen stations of some seed."""
    assert {build.version for build in make_network(300, 1).builds.values()} == set(Version)


def test_names_fit_boot_notification() -> None:
    """Vendor and model of 1.6 have at most 20 characters, and the serial 25."""
    assert all(len(model.vendor) <= 20 and len(model.name) <= 20 for model in MODELS)
    assert all(len(station.serial) <= 25 for station in make_network(100, 1).stations)


def test_drivers_are_those_that_may_charge() -> None:
    """Strangers are blocked, invalid or expired; the two do not meet."""
    network = make_network(300, 1)
    strangers = {driver.token for driver in network.strangers}
    assert strangers
    assert strangers.isdisjoint(driver.token for driver in network.drivers)
