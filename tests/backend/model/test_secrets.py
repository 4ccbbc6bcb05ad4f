"""What is stored, shown and told holds neither tokens nor secrets."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.mask import MASK
from backend.model.secrets import DEEPEST, forgotten, hidden, is_secret, secrets_in, without_secrets


def test_tokens_and_secrets_in_json() -> None:
    """By name, and as key and value beside each other, as OCPP writes configuration."""
    found = hidden(
        {
            "idTag": "04A1B2C3D49F",
            "idToken": {"idToken": "04A1B2C3D49F", "type": "ISO14443"},
            "configurationKey": [
                {"key": "AuthorizationKey", "value": "hush", "readonly": False},
                {"key": "HeartbeatInterval", "value": "300"},
            ],
            "setVariableData": [
                {
                    "component": {"name": "SecurityCtrlr"},
                    "variable": {"name": "BasicAuthPassword"},
                    "attributeValue": "x",
                }
            ],
            "password": "p",
        }
    )
    assert found["idTag"] == f"04{MASK}9F"
    assert found["idToken"]["idToken"] == f"04{MASK}9F"
    assert [key["value"] for key in found["configurationKey"]] == [MASK, "300"]
    assert found["setVariableData"][0]["attributeValue"] == MASK
    assert found["password"] == MASK


def test_hostile_text_and_depth() -> None:
    """Control characters are taken out, and nesting ends somewhere."""
    assert hidden(["\x1b[31mred"]) == ["�[31mred"]
    deep: object = "end"
    for _ in range(DEEPEST + 5):
        deep = [deep]
    assert "end" not in str(hidden(deep))


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("AuthorizationKey", True),
        ("SecurityCtrlr.BasicAuthPassword", True),
        ("WifiPSK", True),
        ("VendorPin", True),
        ("G_CardPin", True),
        ("PIN", True),
        ("admin_password", True),
        ("BasicAuthPassword", True),
        ("HeartbeatInterval", False),
        ("GetConfigurationMaxKeys", False),
        ("ChargingProfileMaxStackLevel", False),
        ("WebSocketPingInterval", False),
        ("SpinningReserve", False),
        ("MappingTable", False),
        ("MeterValuesSampledData", False),
        ("OCPPCommCtrlr.HeartbeatInterval", False),
    ],
)
def test_secrets_are_known_by_their_name(name: str, secret: bool) -> None:
    """In both worlds."""
    assert is_secret(name) is secret


def test_secrets_are_hidden_wherever_they_are() -> None:
    """Settings, fields, and passwords in addresses; the rest stays."""
    given = {
        "setVariableData": [
            {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}, "attributeValue": "s1"}
        ],
        "connectionData": {"apn": {"apnPassword": "s2", "apn": "iot"}, "vpn": {"server": "v", "key": "s3"}},
        "location": "ftp://u:s4@host/x",
        "key": "HeartbeatInterval",
        "value": "300",
    }
    kept = repr(hidden(given))
    assert not any(secret in kept for secret in ("'s1'", "'s2'", "'s3'", "s4"))
    assert all(plain in kept for plain in ("iot", "300", "HeartbeatInterval", "host/x"))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("ftp://user:p@ss@host/x", "ss"),
        ("ftp://user:pa/hush@host/x", "hush"),
        ("https://host/fw.bin?x=1&sig=hush%2B&y=2", "hush"),
        ("https://host/fw.bin?X-Amz-Signature=hush", "hush"),
        ('[3,"1",{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"hush hush"', "hush"),
        ('[3,"1",{"configurationKey":[{"value":"hush","key":"CardPin"', "hush"),
        ('[3,"1",{"configurationKey":[{"key":"CardPin","value":70421', "70421"),
        ('{"data":"{\\"key\\":\\"AuthorizationKey\\",\\"value\\":\\"hush\\"}"}', "hush"),
        ('{"password":"hush with \\" in it', "in it"),
        ("password = hush;x=1", "hush"),
        ('{"data":"{\\"password\\": \\"hush now\\"}"}', "now"),
        ("-----BEGIN EC PRIVATE KEY-----\\nhush\\n-----END EC PRIVATE KEY-----", "hush"),
    ],
)
def test_text_that_follows_no_schema(text: str, secret: str) -> None:
    """Broken frames, vendors' texts, addresses, keys."""
    assert secret in text
    shown = without_secrets(text)
    assert secret not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "text",
    [
        "https://host:8080/path/file.bin?version=2",
        "pinned to 1.6",
        '[3,"1",{"configurationKey":[{"key":"HeartbeatInterval","value":"300"}]}]',
        '{"vendorErrorCode":"TokenReaderFault","info":"key switch open"}',
        "mailto:a@b.c, https://host/x",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    """Nothing is hidden that is no secret."""
    assert without_secrets(text) == text


@pytest.mark.parametrize(
    "value",
    [
        {"key": "CardPin", "value": 70421},
        {"password": {"old": "70421"}},
        {"key": "AuthorizationKey", "value": ["70421"]},
        {"variable": {"name": "SimPin"}, "variableAttribute": [{"value": "70421", "type": "Actual"}]},
        {"data": "password=70421"},
        {"configuration_key": "AdminPassword", "value": "70421"},
    ],
)
def test_secrets_are_hidden_in_any_shape(value: Any) -> None:
    """Numbers, lists, objects, texts inside."""
    assert "70421" not in repr(hidden(value))


def test_what_was_sent_as_a_secret_is_known_again() -> None:
    """A station that quotes it in an error cannot make it public."""
    sent = {"key": "AuthorizationKey", "value": 'hu"sh', "other": "plain"}
    secrets = secrets_in(sent, hidden(sent, tidy=False))
    assert secrets == {'hu"sh'}
    assert forgotten('[4,"1","X","bad value hu\\"sh",{}]', secrets) == f'[4,"1","X","bad value {MASK}",{{}}]'
