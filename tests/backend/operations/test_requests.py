"""Every call that operations build passes the schema of its version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.model.errors import Invalid
from backend.model.words import Version
from backend.operations import identity, profile_requests
from backend.operations.calls import check
from backend.operations.catalogue import CATALOGUE, MESSAGES, describe
from backend.operations.order import Order
from tests.backend.operations.conftest import Stage

ROOT = """-----BEGIN CERTIFICATE-----
MIIBFTCBvaADAgECAgMAqxIwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJVGVzdCBy
b290MB4XDTI1MDEwMTAwMDAwMFoXDTQ1MDEwMTAwMDAwMFowFDESMBAGA1UEAwwJ
VGVzdCByb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEySuQFUMKfeEcMmUx
AnwsVHpRXdBmukD6PryaJMg0wO10s+G/t4XrdaGVn2UZlbL5KRQ6I/wv6Jj7c9JI
V45hwjAKBggqhkjOPQQDAgNHADBEAiARcwdmoiDPWBo/+SRID2vuvQeOuhO/GxDV
e5UahEyjMgIgDKG+hX9e2Fjwq8nGIp4BtJuYy3v3HC5xxs9kgjSWN6I=
-----END CERTIFICATE-----
"""
"""Made for these tests; its key is gone."""


CARD = "04A2B3C4D5E69F"
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "ab", "issuerKeyHash": "cd", "serialNumber": "01"}
BOX = "https://logs.example/put/1"
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("reset", "CP1", {}),
    ("reset", "CP1", {"hard": True}),
    ("reset", "CP1:1", {}),
    ("unlock", "CP1:1", {}),
    ("unlock", "CP1:1:1", {}),
    ("start", "CP1:1", {"id_token": CARD}),
    ("start", "CP1:1", {"token": "APP-7", "token_type": "Local"}),
    ("stop", "CP1:2", {}),
    ("stop", "1", {}),
    ("refresh", "CP1", {}),
    ("refresh", "CP1:1", {}),
    ("refresh", "CP1:1", {"message": "MeterValues"}),
    ("refresh", "CP1", {"message": "LogStatusNotification"}),
    ("availability", "CP1", {"operative": False}),
    ("availability", "CP1:1", {"operative": True}),
    ("availability", "CP1:1:1", {"type": "inoperative"}),
    ("install_certificate", "CP1", {"certificate": ROOT}),
    ("rotate_key", "CP1", {"authorization_key": "00112233445566778899aabbccddeeff00112233"}),
    ("security_profile", "CP1", {"profile": 1, "url": "ws://noc.example/ocpp"}),
    ("configuration", "CP1", {"key": "OCPPCommCtrlr.HeartbeatInterval"}),
    ("configuration", "CP1", {"key": "A[b]:1:1.C[d], B.D"}),
    ("configuration", "CP1", {"key": "OCPPCommCtrlr.HeartbeatInterval", "value": "300"}),
    ("clear_cache", "CP1", {}),
    ("local_list_version", "CP1", {}),
    ("local_list", "CP1", {"version": 4, "type": "Full"}),
    ("reserve", "CP1:1", {"id_token": "CARD", "minutes": 20}),
    ("reserve", "CP1", {"id_token": "CARD"}),
    ("cancel_reservation", "CP1", {"reservation": 7}),
    ("log", "CP1", {"location": BOX}),
    ("log", "CP1", {"location": BOX, "type": "security"}),
    ("diagnostics", "CP1", {"location": BOX}),
    ("firmware", "CP1", {"location": BOX}),
    ("limit", "CP1", {"amperes": 16}),
    ("limit", "CP1:1", {"amperes": 6}),
    ("schedule", "CP1:1", {}),
    ("clear_profile", "CP1:1", {}),
    ("clear_profile", "CP1", {"profile": 3}),
    ("clear_profile", "CP1", {"purpose": "TxProfile"}),
    ("clear_profile", "CP1", {"all": True}),
    ("profiles", "CP1:1", {}),
    ("data_transfer", "CP1", {"vendor": "fjord", "message": "m", "data": "d"}),
    ("report", "CP1", {"type": "full"}),
    ("monitoring_report", "CP1", {}),
    ("display_messages", "CP1", {}),
    ("customer_information", "CP1", {"token": CARD, "erase": True}),
    ("transaction_status", "CP1:2", {}),
    ("transaction_status", "CP1", {}),
    ("certificates", "CP1", {}),
    ("certificates", "CP1", {"type": "manufacturer"}),
    ("delete_certificate", "CP1", {"hash": HASH}),
]
ONLY_V2 = {"profiles", "report", "monitoring_report", "display_messages", "customer_information", "transaction_status"}


def busy(version: Version) -> Stage:
    """A station that charges at outlet 2."""
    stage = Stage(version)
    stage.start(2, "OTHER", transaction=None if version is Version.V16 else "8e2c1a")
    return stage


def is_there(version: Version, operation: str, target: str) -> bool:
    if version is Version.V16:
        return operation not in ONLY_V2 and (operation, target) != ("reset", "CP1:1")
    return operation != "diagnostics"


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize(("operation", "target", "parameters"), ASKED)
def test_what_is_sent_is_as_the_standard_wants(
    version: Version, operation: str, target: str, parameters: dict[str, Any]
) -> None:
    """Strict in what we send: the package's own schema judges. What a version lacks is refused, and nothing sent."""
    stage = busy(version)
    if not is_there(version, operation, target):
        with pytest.raises(Invalid) as refused:
            stage.ask(operation, target, typed="CP1", **parameters)
        assert refused.value.code == "not_in_version"
        assert refused.value.hint
        assert stage.calls == []
        return
    stage.ask(operation, target, typed="CP1", **parameters)
    sent = stage.calls[-1]
    check(version, sent.action, sent.payload)


def can_be_asked(version: Version, message: str) -> bool:
    """By the schemas of TriggerMessage and ExtendedTriggerMessage."""
    only_v2 = ("TransactionEvent", "Publish", "SignV2G", "SignCombined", "SignChargingStation")
    only_v16 = ("Diagnostics", "SignChargePoint")
    return not message.startswith(only_v2 if version is Version.V16 else only_v16)


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("message", MESSAGES)
def test_each_message_is_asked_for_as_the_standard_wants(version: Version, message: str) -> None:
    """Or refused, where the version has no such trigger."""
    stage = busy(version)
    if not can_be_asked(version, message):
        with pytest.raises(Invalid, match="triggers no"):
            stage.ask("refresh", "CP1", message=message)
        return
    stage.ask("refresh", "CP1", message=message)
    check(version, stage.calls[-1].action, stage.calls[-1].payload)


@pytest.mark.parametrize("version", list(Version))
def test_what_is_asked_for_the_proof_is_as_the_standard_wants(version: Version) -> None:
    """Reading back, and asking for a status."""
    key = "HeartbeatInterval" if version is Version.V16 else "OCPPCommCtrlr.HeartbeatInterval"
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("configuration", "CP1", {"key": key, "value": "60"}),
        ("local_list", "CP1", {"version": 4}),
        ("limit", "CP1:1", {"amperes": 10}),
        ("delete_certificate", "CP1", {"hash": HASH}),
        ("availability", "CP1", {"operative": True}),
        ("availability", "CP1:1", {"operative": True}),
    ]
    for operation, target, parameters in asked:
        stage = Stage(version)
        stage.ask(operation, target, **parameters)
        stage.answer()
        assert len(stage.calls) == 2, operation
        check(version, stage.calls[-1].action, stage.calls[-1].payload)


@pytest.mark.parametrize("version", list(Version))
def test_each_step_of_a_move_is_as_the_standard_wants(version: Version) -> None:
    """Root, address, key, slot, order, profile, restart."""
    station = Stage(version).fleet.stations["CP1"]
    given = {"profile": 2, "url": "wss://noc.example/ocpp", "url_setting": "CentralSystemURL", "interface": "Wired0"}
    order = Order(
        number=1, station=station, version=version, parameters={**given, "reset": "auto", "authorization_key": "0" * 40}
    )
    calls = [profile_requests.roots(order), identity.key_call(order), profile_requests.restart(order)]
    if version is Version.V16:
        calls += [profile_requests.address(order), profile_requests.profile(order)]
    else:
        slots = profile_requests.slots_in(" 1,0,x,1")
        assert (slots, profile_requests.free_slot(slots)) == ([1, 0], 2)
        calls += [profile_requests.priority(order), profile_requests.network_profile(order, 2)]
        calls.append(profile_requests.new_priority(order, [2, *slots]))
    for call in calls:
        check(version, call.action, call.payload)


def test_every_operation_of_the_catalogue_is_tried_here() -> None:
    """A new entry needs a row above; the free call has tests of its own."""
    assert {operation for operation, _, _ in ASKED} | {"call"} == set(CATALOGUE)


def test_the_catalogue_describes_itself() -> None:
    """For clients: what it is called, what it needs, where it is there."""
    found = {row["operation"]: row for row in describe()}
    assert set(found) == set(CATALOGUE)
    assert found["report"]["versions"] == ["2.0.1", "2.1"]
    assert [row["name"] for row in found["start"]["parameters"] if row["needed"]] == ["token"]
    assert all(row["what"] for row in found.values())


def test_a_card_is_told_from_an_app(stage2: Any) -> None:
    """2.x wants the type of a token: a card's number by its length, else Central, unless it is said."""
    for token, kind in (("04A2B3C4", "ISO14443"), (CARD, "ISO14443"), ("APP-7", "Central")):
        made = stage2.ask("start", "CP1:1", token=token)
        assert stage2.calls[-1].payload["idToken"] == {"idToken": token, "type": kind}
        assert stage2.calls[-1].payload["remoteStartId"] == made.id
        stage2.answer("Rejected")


def test_clearing_all_profiles_has_to_be_said(stage: Any) -> None:
    """An empty ClearChargingProfile clears every one (domain.md 2)."""
    with pytest.raises(Invalid) as refused:
        stage.ask("clear_profile", "CP1")
    assert refused.value.code == "clears_all"
    assert stage.calls == []


def test_unlock_of_2x_takes_the_connector_in_use(stage2: Any) -> None:
    """An EVSE with two connectors: the one that is occupied, unless one is named."""
    stage2.status(1, "Available")
    stage2.see_status(1, 2, "Occupied")
    stage2.ask("unlock", "CP1:1")
    assert stage2.calls[-1].payload == {"evseId": 1, "connectorId": 2}
    stage2.ask("unlock", "CP1:1:1")
    assert stage2.calls[-1].payload == {"evseId": 1, "connectorId": 1}


def test_a_tenth_of_an_ampere_is_a_multiple_of_a_tenth() -> None:
    """16.1 A is as the standard wants it, 16.15 A is not; asked twice, the answer is the same."""
    for _ in range(2):
        for limit, fine in ((16.1, True), (16.15, False)):
            period = {"startPeriod": 0, "limit": limit}
            schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
            profile = {
                "chargingProfileId": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": schedule,
            }
            payload = {"connectorId": 1, "csChargingProfiles": profile}
            if fine:
                check(Version.V16, "SetChargingProfile", payload)
            else:
                with pytest.raises(Invalid, match="limit"):
                    check(Version.V16, "SetChargingProfile", payload)


TYPED = st.text(max_size=80) | st.sampled_from(["", " ", "a.b", "A.B", "x" * 600, "\x1b[2J", "=1", "é" * 21])
PEOPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "start": ("CP1:1", ("token",)),
    "reserve": ("CP1:1", ("id_token",)),
    "configuration": ("CP1", ("key", "value")),
    "data_transfer": ("CP1", ("vendor", "message", "data")),
    "firmware": ("CP1", ("location",)),
    "log": ("CP1", ("location",)),
    "customer_information": ("CP1", ("token",)),
    "local_list": ("CP1", ("version",)),
    "limit": ("CP1", ("amperes",)),
}


@pytest.mark.parametrize("version", list(Version))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_a_person_types_goes_out_correct_or_not_at_all(version: Version, data: Any) -> None:
    """What the schema does not allow is refused before it is sent."""
    operation = data.draw(st.sampled_from(sorted(PEOPLE)))
    target, names = PEOPLE[operation]
    numbers = operation in ("local_list", "limit")
    values = st.integers(-5, 10**12) if numbers else TYPED
    given_ = {name: data.draw(values) for name in names}
    stage = Stage(version)
    try:
        stage.ask(operation, target, typed="CP1", **given_)
    except Invalid:
        assert stage.calls == []
        return
    for call in stage.calls:
        check(version, call.action, call.payload)
