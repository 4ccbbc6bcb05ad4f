"""Hides tokens and secrets in frames before anybody sees or stores them: which frames, and how thoroughly.

Tokens keep at most a third of their characters, SIM numbers too; passwords, PINs and keys keep none. Only actions
that carry such things are looked at: most frames pass untouched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import msgspec

from backend.model.mask import MASK, mask_token
from backend.model.secrets import TOKEN_NAMES, hidden, hinted, without_secrets, without_tokens

Redact: TypeAlias = Callable[[str], str]

MAX_TREE_CHARS = 1 << 18
"""Above it a frame is searched as text instead of being taken apart."""

_FIELDS = "|".join(name for name in TOKEN_NAMES if name not in ("token", "macAddress", "emaid"))
_VALUE = r'\s*:\s*)(?:"((?:[^"\\]|\\.)*)("?)|(-?\d[\w.+-]*))'
_TOKEN = re.compile(f'("(?:{_FIELDS})"{_VALUE}')
_TOKEN_IN_ANY_CASE = re.compile(f'(?i)("(?:{_FIELDS})"{_VALUE}')


def _masked(text: str) -> str:
    return MASK if "\\" in text else str(mask_token(text))


def _token(found: re.Match[str]) -> str:
    quoted, bare = found.group(2), found.group(4)
    if bare is not None:
        return f'{found.group(1)}"{_masked(bare)}"'
    return f'{found.group(1)}"{_masked(quoted)}{found.group(3)}' if quoted else found.group(0)


tokens: Redact = partial(_TOKEN.sub, _token)
"""Tokens and SIM numbers in the fields of the standard, spelt as the standard spells them."""


def loose(text: str) -> str:
    """Text that nobody can parse, or that follows no schema: whatever looks like a token or a secret."""
    if not hinted(text):
        return text
    return without_secrets(without_tokens(_TOKEN_IN_ANY_CASE.sub(_token, text)))


def tree(text: str) -> str:
    """A whole frame, taken apart: secrets by the name of their setting, wherever they are."""
    if not hinted(text):
        return text
    if len(text) > MAX_TREE_CHARS:
        return loose(text)
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return loose(text)
    shown = hidden(value, tidy=False)
    return msgspec.json.encode(shown).decode() if shown != value else text


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
    "SecurityEventNotification": loose,
    "StatusNotification": loose,
    "NotifyCustomerInformation": _personal,
}


_TEXTS_OF_STATUS = (b'"info"', b'"vendor', b"\\")
"""Where a status by the book (1.6) can say something of its own; 2.x has no such field. A key may be written with
escapes. What we answer has no field at all."""


def by_the_book(action: str, frame: bytes | str) -> Redact | None:
    """How a frame that follows its schema to the letter is redacted; `bytes`: it came, `str`: it is our answer. None:
    there is nothing in it to hide."""
    if action == "StatusNotification":
        if isinstance(frame, bytes):
            for hint in _TEXTS_OF_STATUS:
                if hint in frame:
                    return loose
        return None
    return _BY_ACTION.get(action)


def for_action(action: str) -> Redact | None:
    """How the frames of an action are redacted, calls and answers alike; None: they carry no secret."""
    return _BY_ACTION.get(action)


def for_odd(action: str) -> Redact:
    """How a frame of an action is redacted that does not keep to the standard."""
    hide = _BY_ACTION.get(action)
    return loose if hide is None or hide is tokens else lambda text: loose(hide(text))
