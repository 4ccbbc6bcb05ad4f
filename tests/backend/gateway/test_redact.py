"""Tokens and secrets in frames: masked before anybody sees them, and only there."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from backend.gateway import redact, wire2, wire16
from backend.model.mask import MASK

TOKEN = "04AABBCC00000A9F"


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("StartTransaction", '[2,"1","StartTransaction",{"connectorId":1,"idTag":"%s","meterStart":0}]'),
        ("StartTransaction", '[2,"1","StartTransaction",{"idTag" : "%s"}]'),
        ("StopTransaction", '[2,"1","StopTransaction",{"idTag":"%s"'),
        ("Authorize", '[2,"1","Authorize",{"idToken":{"idToken":"%s","type":"ISO14443"}}]'),
        ("Authorize", '[3,"1",{"idTagInfo":{"parentIdTag":"%s","status":"Accepted"}}]'),
        ("TransactionEvent", '[3,"1",{"idTokenInfo":{"status":"Accepted","groupIdToken":{"idToken":"%s"}}}]'),
        ("RemoteStartTransaction", '[2,"1","RemoteStartTransaction",{"idTag":"%s"}]'),
        (
            "RequestStartTransaction",
            '[2,"1","R",{"idToken":{"idToken":"%s","additionalInfo":[{"additionalIdToken":"%s"}]}}]',
        ),
        ("SendLocalList", '[2,"1","SendLocalList",{"localAuthorizationList":[{"idTag":"%s"},{"idTag":"%s"}]}]'),
        ("ReserveNow", '[2,"1","ReserveNow",{"idTag":"%s"}]'),
        ("BootNotification", '[2,"1","BootNotification",{"iccid":"%s","imsi":"%s"}]'),
        ("CustomerInformation", '[2,"1","CustomerInformation",{"customerIdentifier":"%s"}]'),
        ("DataTransfer", '[2,"1","DataTransfer",{"data":"{\\"idTag\\":\\"%s\\"}"}]'),
    ],
)
def test_at_most_a_third_of_a_token_shows(action: str, text: str) -> None:
    """In calls, answers, lists and unfinished frames."""
    whole = text.replace("%s", TOKEN)
    hide = redact.for_action(action)
    assert hide is not None
    shown = hide(whole)
    assert TOKEN not in shown
    assert TOKEN[4:-3] not in shown
    assert shown.count(MASK) == text.count("%s")


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("GetConfiguration", '[3,"1",{"configurationKey":[{"key":"G_CardPin","value":"s3cret","readonly":false}]}]'),
        ("GetConfiguration", '[3,"1",{"configurationKey":[{"key":"StationPassword","value":"s3cret"}]}]'),
        ("ChangeConfiguration", '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"s3cret"}]'),
        ("ChangeConfiguration", '[2,"1","ChangeConfiguration",{"key":"WifiPassphrase","value":"s3cret"}]'),
        (
            "SetVariables",
            '[2,"1","SetVariables",{"setVariableData":[{"attributeValue":"s3cret","component":{"name":"SecurityCtrlr"},'
            '"variable":{"name":"BasicAuthPassword"}}]}]',
        ),
        (
            "GetVariables",
            '[3,"1",{"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":"s3cret",'
            '"component":{"name":"x"},"variable":{"name":"ApiKey"}}]}]',
        ),
        (
            "NotifyReport",
            '[2,"1","NotifyReport",{"reportData":[{"component":{"name":"x"},"variable":{"name":"SimPin"},'
            '"variableAttribute":[{"value":"s3cret"}]}]}]',
        ),
        (
            "SetNetworkProfile",
            '[2,"1","SetNetworkProfile",{"connectionData":{"basicAuthPassword":"s3cret","vpn":{"server":"v","key":"s3cret",'
            '"password":"s3cret"},"apn":{"apnPassword":"s3cret"}}}]',
        ),
        ("GetLog", '[2,"1","GetLog",{"log":{"remoteLocation":"ftp://user:s3cret@host/x"}}]'),
        ("UpdateFirmware", '[2,"1","UpdateFirmware",{"location":"ftp://user:s3cret@host/x"}]'),
        ("DataTransfer", '[2,"1","DataTransfer",{"vendorId":"v","data":"user=a;password=s3cret;x=1"}]'),
        ("NotifyCustomerInformation", '[2,"1","NotifyCustomerInformation",{"data":"name s3cret","requestId":1}]'),
    ],
)
def test_secrets_never_show(action: str, text: str) -> None:
    """By the name of the setting, wherever a version puts it; what is beside it stays."""
    hide = redact.for_action(action)
    assert hide is not None
    shown = hide(text)
    assert "s3cret" not in shown
    assert MASK in shown
    assert action in shown or '[3,"1"' in shown


def test_ordinary_answers_stay_as_they_are() -> None:
    """A frame without a secret is shown byte by byte."""
    text = '[3, "1", {"configurationKey": [{"key": "HeartbeatInterval", "readonly": false, "value": "300"}]}]'
    assert redact.tree(text) == text
    assert redact.for_action("MeterValues") is None
    assert redact.for_action("Heartbeat") is None


@pytest.mark.parametrize("kind", [wire16.StatusNotification, wire2.StatusNotification])
def test_each_text_of_a_status_by_the_book_is_searched(kind: type[msgspec.Struct]) -> None:
    """What its schema lets a station say freely, however the key is written; a status without it is not looked at."""
    fields = msgspec.inspect.type_info(kind).fields  # type: ignore[attr-defined]
    for name in (field.encode_name for field in fields if isinstance(field.type, msgspec.inspect.StrType)):
        for key in (f'"{name}"', f'"\\u{ord(name[0]):04x}{name[1:]}" '):
            text = f'[2,"1","StatusNotification",{{{key}:"password=s3cret"}}]'
            hide = redact.by_the_book("StatusNotification", text.encode())
            assert hide is not None
            assert "s3cret" not in hide(text)
    assert redact.by_the_book("StatusNotification", b'[2,"1","StatusNotification",{"connectorId":1}]') is None
    assert redact.by_the_book("StatusNotification", '[3,"1",{}]') is None


@pytest.mark.parametrize(
    "text", ["{", "[" * 2_000, '"idTag":"', '{"password":"', "\\" * 999, '"idTag":' + '{"a":' * 500]
)
def test_hostile_text_is_no_trap(text: str) -> None:
    """Whatever it is, it comes back in no time and without an exception."""
    for hide in (redact.tokens, redact.loose, redact.tree):
        assert isinstance(hide(text), str)


async def test_the_trace_shows_no_token_and_no_escape(station: Any, takes: Any) -> None:
    """In and out, of good frames and broken ones."""
    cp = await station()
    await cp.ask([2, "1", "Authorize", {"idTag": TOKEN}])
    await cp.ask([2, "2", "TransactionStarted", {"idTag": {"id": TOKEN}}])
    await cp.ask('[2,"3","StartTransaction",{"idTag":"' + TOKEN)
    await cp.ask([2, "4", "StatusNotification", {"connectorId": 1, "status": "\x1b[2J", "errorCode": "\u202e"}])
    for frame in takes.frames:
        assert TOKEN not in frame.frame
        assert "\x1b" not in frame.frame
        assert "\u202e" not in frame.frame


async def test_secrets_in_answers_stop_at_the_gateway(station: Any, gateway: Any) -> None:
    """Not only the trace: nobody above gets to see a PIN."""
    cp = await station()
    await cp.boot()
    outcomes: list[Any] = []
    gateway.call("CP1", "GetConfiguration", {}, deadline_s=9, done=outcomes.append)
    frame = await cp.hear()
    await cp.say(
        [3, frame[1], {"configurationKey": [{"key": "G_CardPin", "value": "123456"}, {"key": "A\x1b", "value": "1"}]}]
    )
    await cp.silence()
    keys = outcomes[0].payload["configurationKey"]
    assert keys[0] == {"key": "G_CardPin", "value": MASK}
    assert "\x1b" not in keys[1]["key"]
