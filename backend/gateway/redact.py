"""Hides tokens and secrets in frames before anybody sees or stores them (RULINGS.md, masking).

Tokens keep at most a third of their characters, SIM numbers too; passwords, PINs and keys keep none. Only actions
that carry such things are looked at: most frames pass untouched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import msgspec

from backend.model.mask import MASK, mask_token

Redact: TypeAlias = Callable[[str], str]

MAX_TREE_CHARS = 1 << 18
"""Above it a frame is searched as text instead of being taken apart."""

_FIELDS = "idTag parentIdTag idToken groupIdToken additionalIdToken iccid imsi customerIdentifier vin evccId"
_VALUE = r'\s*:\s*)(?:"((?:[^"\\]|\\.)*)("?)|(-?\d[\w.+-]*))'
_TOKEN = re.compile('("(?:' + "|".join(_FIELDS.split()) + ')"' + _VALUE)
_TOKEN_IN_ANY_CASE = re.compile('(?i)("(?:' + "|".join(_FIELDS.split()) + ')"' + _VALUE)
_TOKEN_KEYS = frozenset(_FIELDS.casefold().split())
SECRET_NAME = re.compile(
    r"(?i:password|passwd|passphrase|pwd|secret|credential|authorization_?key|api_?key|psk|token)"
    r"|(?:^|[^A-Za-z]|(?<=[a-z]))(?:PIN|Pin|pin)(?:[Cc]ode|CODE)?(?![a-z])"
    r"|(?:^|[^A-Za-z]|(?<=[a-z]))[Kk]ey$"
)
"""Names of settings whose values nobody may see."""
_LOOSE = re.compile(
    r"(?i)((?:password|passwd|pwd|secret|authorization_?key|api_?key|id_?tag|id_?token|\bpin(?:code)?)"
    r"[\\\"'\s]*[:=][\\\"'\s{]*(?:(?:id|type)[\\\"'\s]*:[\\\"'\s]*)?)([^\\\"',;&}\s]+)"
)
_USER_INFO = re.compile(r"(://)[^/\s\"@]+@")
_HINTS = tuple(
    "pass pwd pin secret key token credential psk idtag id_tag iccid imsi dentifier vin evccid ://".split()  # noqa: SIM905
)
_VALUE_KEYS = ("value", "attributeValue", "actualValue")


def _masked(text: str) -> str:
    return MASK if "\\" in text else str(mask_token(text))


def _token(found: re.Match[str]) -> str:
    quoted, bare = found.group(2), found.group(4)
    if bare is not None:
        return f'{found.group(1)}"{_masked(bare)}"'
    return f'{found.group(1)}"{_masked(quoted)}{found.group(3)}' if quoted else found.group(0)


tokens: Redact = partial(_TOKEN.sub, _token)
"""Tokens and SIM numbers in the fields of the standard, spelt as the standard spells them."""


def _hinted(text: str) -> bool:
    """Whether there can be anything to hide; most frames end here."""
    folded = text.lower()
    for hint in _HINTS:  # noqa: SIM110 - twice as fast as any()
        if hint in folded:
            return True
    return False


def loose(text: str) -> str:
    """Text that nobody can parse, or that follows no schema: whatever looks like a token or a secret."""
    if not _hinted(text):
        return text
    text = _LOOSE.sub(rf"\1{MASK}", _TOKEN_IN_ANY_CASE.sub(_token, text))
    return _USER_INFO.sub(rf"\1{MASK}@", text)


def tree(text: str) -> str:
    """A whole frame, taken apart: secrets by the name of their setting, wherever they are."""
    if not _hinted(text):
        return text
    if len(text) > MAX_TREE_CHARS:
        return loose(text)
    try:
        value = msgspec.json.decode(text)
        hidden = payload(value)
        return msgspec.json.encode(hidden).decode() if hidden != value else text
    except (msgspec.DecodeError, RecursionError, OverflowError):
        return loose(text)


def payload(value: Any) -> Any:
    """A copy of decoded JSON without tokens and secrets."""
    if isinstance(value, list):
        return [payload(item) for item in value]
    if isinstance(value, str):
        return _USER_INFO.sub(rf"\1{MASK}@", value) if "://" in value else value
    if not isinstance(value, dict):
        return value
    secret = _names_secret(value)
    hidden: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict | list):
            hidden[key] = payload(item)
        elif key.casefold() in _TOKEN_KEYS and item is not None:
            hidden[key] = mask_token(str(item))
        elif (secret and key in _VALUE_KEYS) or _secret_field(key, item, value):
            hidden[key] = MASK if item else item
        else:
            hidden[key] = payload(item)
    if secret and isinstance(hidden.get("variableAttribute"), list):
        hidden["variableAttribute"] = [
            {**one, "value": MASK} if isinstance(one, dict) and one.get("value") else one
            for one in hidden["variableAttribute"]
        ]
    return hidden


def _secret_field(key: str, item: Any, value: dict[str, Any]) -> bool:
    """Whether a field is a secret by its own name; a plain `key` only in a VPN's settings."""
    if not isinstance(item, str) or SECRET_NAME.search(key) is None:
        return False
    return key != "key" or "server" in value


def _names_secret(value: dict[str, Any]) -> bool:
    """Whether an object is a setting (1.6 `key`, 2.x `variable`) with a secret name."""
    name = value.get("key")
    if not isinstance(name, str):
        variable = value.get("variable")
        name = variable.get("name") if isinstance(variable, dict) else None
    return isinstance(name, str) and SECRET_NAME.search(name) is not None


_personal: Redact = partial(re.compile(r'("data"\s*:\s*")(?:[^"\\]|\\.)+').sub, rf"\1{MASK}")
"""A report about a customer: nothing of it is for us."""

_BY_ACTION: dict[str, Redact] = {
    # every day
    "Authorize": tokens,
    "StartTransaction": tokens,
    "StopTransaction": tokens,
    "TransactionEvent": tokens,
    "BootNotification": tokens,
    "RemoteStartTransaction": tokens,
    "RequestStartTransaction": tokens,
    "ReserveNow": tokens,
    "SendLocalList": tokens,
    "BatterySwap": tokens,
    "RequestBatterySwap": tokens,
    "NotifyEVChargingNeeds": tokens,
    # settings and whatever a vendor puts into them
    **dict.fromkeys(
        (
            "GetConfiguration",
            "ChangeConfiguration",
            "GetVariables",
            "SetVariables",
            "SetNetworkProfile",
            "NotifyReport",
            "NotifyMonitoringReport",
            "NotifyEvent",
            "CustomerInformation",
            "UpdateFirmware",
            "SignedUpdateFirmware",
            "PublishFirmware",
            "GetLog",
            "GetDiagnostics",
        ),
        tree,
    ),
    "DataTransfer": loose,
    "NotifyCustomerInformation": _personal,
}


def for_action(action: str) -> Redact | None:
    """How the frames of an action are redacted, calls and answers alike; None: they carry no secret."""
    return _BY_ACTION.get(action)


def for_odd(action: str) -> Redact:
    """How a frame of an action is redacted that does not keep to the standard."""
    hide = _BY_ACTION.get(action)
    return loose if hide is None or hide is tokens else lambda text: loose(hide(text))
