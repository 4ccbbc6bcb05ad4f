"""Names of stations, outlets and sessions, and parameters, as people and programs write them."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.register import OutletEntry, StationEntry
from backend.operations.parameters import Kind, Parameter, read


def test_a_1_6_identity_may_hold_colons(stage: Any) -> None:
    """Split from the right; the station that exists is meant."""
    stage.register.put_station(StationEntry(id="DEPOT:7"))
    stage.see_new("DEPOT:7")
    made = stage.ask("unlock", "DEPOT:7:1")
    assert (made.station, made.evse) == ("DEPOT:7", 1)
    assert stage.calls[-1].payload == {"connectorId": 1}
    assert stage.ask("refresh", "depot:7").evse is None


def test_a_hardware_address_is_an_identity(stage: Any) -> None:
    """Its zeros are part of it; an outlet's own name goes before another reading of it."""
    for name in ("00:1A:05", "00:1A"):
        stage.register.put_station(StationEntry(id=name))
        stage.see_new(name)
    made = stage.ask("unlock", "00:1a:05:1")
    assert (made.station, made.evse) == ("00:1A:05", 1)
    with pytest.raises(Unknown):
        stage.ask("unlock", "00:1A:06:1")


def test_a_station_with_one_outlet_needs_no_number(stage: Any) -> None:
    """With two it does."""
    stage.register.put_station(StationEntry(id="WALLBOX"))
    stage.see_new("WALLBOX")
    assert stage.ask("unlock", "WALLBOX").evse == 1
    with pytest.raises(Invalid) as refused:
        stage.ask("unlock", "CP1")
    assert refused.value.code == "outlet_needed"


def test_a_registered_outlet_that_never_spoke_is_known(stage: Any) -> None:
    """The register's word counts too; outlet 0 and connector 2 of 1.6 do not exist."""
    stage.register.put_outlet(OutletEntry(station="CP1", evse=3))
    assert stage.ask("unlock", "CP1:3").evse == 3
    for name in ("CP1:4", "CP1:0", "CP1:1:2"):
        with pytest.raises(Unknown) as refused:
            stage.ask("unlock", name)
        assert refused.value.code == "unknown_outlet"


def test_stop_finds_the_charge_of_an_outlet(stage: Any) -> None:
    """By outlet or by its number; what has ended, or never was, is said so."""
    stage.start(1, "CARD")
    stage.start(2, "OTHER")
    by_outlet = stage.ask("stop", "CP1:2")
    assert (by_outlet.session, stage.calls[-1].payload) == (2, {"transactionId": 2})
    by_number = stage.ask("stop", "1")
    assert (by_number.session, by_number.station, by_number.evse) == (1, "CP1", 1)
    stage.stop("1")
    with pytest.raises(Unknown):
        stage.ask("stop", "1")
    with pytest.raises(Conflict) as refused:
        stage.ask("stop", "CP1:1")
    assert refused.value.code == "no_session"


def test_a_charge_without_a_number_cannot_be_told_to_stop(stage: Any) -> None:
    """1.6 stops by number; a charge that we know under a foreign word is out of reach."""
    stage.start(1, "CARD")
    stage.fleet.sessions[1].transaction_id = "-1"
    with pytest.raises(Invalid) as refused:
        stage.ask("stop", "CP1:1")
    assert refused.value.code == "no_transaction_id"
    assert refused.value.hint


@pytest.mark.parametrize(
    ("kind", "given", "found"),
    [
        (Kind.TEXT, 5, "5"),
        (Kind.TEXT, True, "true"),
        (Kind.WHOLE, "17", 17),
        (Kind.FLAG, "yes", True),
        (Kind.FLAG, "off", False),
        (Kind.CHOICE, "HARD", "hard"),
        (Kind.TEXTS, "a, b", ["a", "b"]),
        (Kind.TEXTS, ["a"], ["a"]),
        (Kind.OBJECT, {"a": 1}, {"a": 1}),
    ],
)
def test_parameters_are_read_as_they_are_meant(kind: Kind, given: Any, found: Any) -> None:
    """From JSON or from a command line."""
    wanted = [Parameter(name="x", kind=kind, choices=("soft", "hard"), aliases=("y",))]
    assert read(wanted, {"y": given}) == {"x": found}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Kind.TEXT, ""),
        (Kind.TEXT, "a\x1b[31m"),
        (Kind.TEXT, "x" * 501),
        (Kind.TEXT, {}),
        (Kind.TEXTS, {}),
        (Kind.WHOLE, -1),
        (Kind.WHOLE, True),
        (Kind.WHOLE, 2**31),
        (Kind.WHOLE, "1e3"),
        (Kind.FLAG, "perhaps"),
        (Kind.FLAG, []),
        (Kind.CHOICE, "sideways"),
        (Kind.OBJECT, []),
        (Kind.OBJECTS, [1]),
    ],
)
def test_parameters_that_cannot_be_meant_are_refused(kind: Kind, given: Any) -> None:
    """With a hint, and without repeating what may be hostile."""
    with pytest.raises(Invalid) as refused:
        read([Parameter(name="x", kind=kind, choices=("soft",))], {"x": given})
    assert refused.value.hint
    assert refused.value.message.isprintable()
