"""What leaves the server shows neither tokens nor secrets."""

from __future__ import annotations

from backend.api.masking import DEEPEST, masked
from backend.model.mask import MASK


def test_tokens_and_secrets_in_json() -> None:
    """By name, and as key and value beside each other, as OCPP writes configuration."""
    found = masked(
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
    assert masked(["\x1b[31mred"]) == ["�[31mred"]
    deep: object = "end"
    for _ in range(DEEPEST + 5):
        deep = [deep]
    assert "end" not in str(masked(deep))
