"""What nobody may see: which names stand for secrets, and how secrets and tokens are taken out of data and of text.

Tokens and SIM numbers keep at most a third of their characters, passwords, PINs and keys none (RULINGS.md, masking).
Everything that stores, shows or tells what came from stations and people goes through here: frames, answers,
operations, the audit, errors, logs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from backend.model.mask import MASK, mask_token
from backend.model.sanitise import clean

DEEPEST = 30
MAX_TEXT = 20_000

_WORDS = (
    r"pass(?:word|wd|phrase|code|key)|pwd|secret|credential|authorization_?key|api_?key|private_?key|basic_?auth|psk"
)
_PIN = r"(?:^|[^A-Za-z]|(?<=[a-z]))(?:PIN|Pin|pin)(?:[Cc]ode|CODE)?(?![a-z])"
_KEY = r"(?:^|[^A-Za-z]|(?<=[a-z]))[Kk]ey$"
_WHOLE = re.compile(rf"(?i:{_WORDS})|{_PIN}")
_NAME = re.compile(rf"(?i:{_WORDS}|token)|{_PIN}|{_KEY}")
TOKEN_NAMES = (
    "idTag", "parentIdTag", "idToken", "groupIdToken", "additionalIdToken", "iccid", "imsi", "customerIdentifier",
    "vin", "evccId", "token", "macAddress", "emaid",
)  # fmt: skip
_TOKENS = frozenset(name.casefold() for name in TOKEN_NAMES)
_SETTING = ("key", "variable", "name", "configurationkey")
"""Fields that name a setting, whose value stands beside it."""
_VALUES = frozenset({"value", "attributevalue", "actualvalue"})

_USER_INFO = re.compile(r"(://)(?:[^/\s\"]*|[^/\s\"@]*:[^\s\"]{0,200})@")
_IN_QUERY = re.compile(
    r"(?i)([?&][\w.~-]*(?:token|signature|sig|key|secret|password|passwd|pwd|pass|credential)=)[^&#\s\"]+"
)
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----).*?(?:(?=-----END)|$)", re.DOTALL)
_SAID = re.compile(
    rf"(?i)((?:{_WORDS}|\bpin(?:code)?)[\\\"'\s]*[:=]\s*)"
    r"(\\+\"(?:[^\"\\]|\\(?![\"\\]))*|\"(?:[^\"\\]|\\.)*|'[^']*|[^\\\"',;&{}\[\]\s][^\\\"',;&}\s]*)"
)
_SAID_TOKEN = re.compile(
    r"(?i)((?:id_?tag|id_?token)[\\\"'\s]*[:=][\\\"'\s{]*(?:(?:id|type)[\\\"'\s]*:[\\\"'\s]*)?)([^\\\"',;&}\s]+)"
)
_NAMED = re.compile(r"\"(?:key|name)[\\]*\"\s*:\s*[\\]*\"([^\"\\]{1,100})")
_VALUE_TEXT = re.compile(
    r"((?:value|attributeValue|actualValue)[\\]*\"\s*:\s*)"
    r"(?:([\\]*\")(?:[^\"\\]|\\(?!\")|\\\"(?!\s*[,}\]]))+|-?\d[\w.+-]*)"
)
_HINTS = tuple(
    "pass pwd pin secret key token credential psk idtag id_tag auth sig iccid imsi dentifier vin evccid ://".split()  # noqa: SIM905
)


def is_secret(name: str) -> bool:
    """Whether a setting of that name holds a secret: `AuthorizationKey`, `SecurityCtrlr.BasicAuthPassword`, ..."""
    return any(_NAME.search(part.strip()) is not None for part in name.split("."))


def is_token(name: str) -> bool:
    """Whether a field of that name holds a token or a SIM number."""
    return name.replace("_", "").casefold() in _TOKENS


def hinted(text: str) -> bool:
    """Whether there can be anything to hide in a text; most end here."""
    folded = text.lower()
    for hint in _HINTS:  # noqa: SIM110 - twice as fast as any()
        if hint in folded:
            return True
    return False


def without_secrets(text: str) -> str:
    """Text that follows no schema: whatever looks like a secret, credentials in addresses, private keys. Where text
    that should be JSON names a secret setting, no value in it is shown."""
    if not hinted(text):
        return text
    text = _USER_INFO.sub(rf"\1{MASK}@", text) if "://" in text else text
    text = _IN_QUERY.sub(rf"\1{MASK}", text)
    text = _PRIVATE_KEY.sub(rf"\1{MASK}", text)
    text = _SAID.sub(_said, text)
    if any(is_secret(found) for found in _NAMED.findall(text)):
        text = _VALUE_TEXT.sub(_value, text)
    return text


def without_tokens(text: str) -> str:
    """The same for tokens, which vendors put into texts of their own."""
    return _SAID_TOKEN.sub(rf"\1{MASK}", text)


def _said(found: re.Match[str]) -> str:
    """The quotes around a value stay."""
    value = found.group(2)
    quote = value[: len(value) - len(value.lstrip("\\\"'"))] if value[0] in "\\\"'" else ""
    return f"{found.group(1)}{quote}{MASK}" if len(value) > len(quote) else found.group(0)


def _value(found: re.Match[str]) -> str:
    quote = found.group(2)
    return f'{found.group(1)}"{MASK}"' if quote is None else f"{found.group(1)}{quote}{MASK}"


def hidden(value: Any, *, tokens: bool = True, tidy: bool = True, depth: int = 0) -> Any:
    """A copy of JSON data without secrets, and with `tokens` masked too; `tidy` cleans its texts.

    Nesting is bounded; what is deeper is left out.
    """
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        setting = any(is_secret(name) for field in value for name in _named(str(field), value[field]))
        vpn = "server" in value
        return {
            clean(str(key)) if tidy else key: _member(str(key), part, setting, vpn, tokens, tidy, depth)
            for key, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [hidden(part, tokens=tokens, tidy=tidy, depth=depth + 1) for part in value]
    if isinstance(value, str):
        text = without_secrets(clean(value, MAX_TEXT) if tidy else value)
        return without_tokens(text) if tokens else text
    return value


def _member(name: str, part: Any, setting: bool, vpn: bool, tokens: bool, tidy: bool, depth: int) -> Any:
    plain = name.replace("_", "").casefold()
    container = isinstance(part, dict | list | tuple)
    if setting and (plain in _VALUES or plain == "variableattribute"):
        return _blank(part)
    if plain in _TOKENS and not container:
        return mask_token(clean(str(part))) if tokens and part not in (None, "") else part
    if plain not in _SETTING or (vpn and plain == "key"):
        secret = (_WHOLE if container else _NAME).search(name) is not None
        if secret and (container or isinstance(part, str) or _WHOLE.search(name)):
            return _blank(part)
    return hidden(part, tokens=tokens, tidy=tidy, depth=depth + 1)


def _blank(part: Any) -> Any:
    """Its shape, and nothing of what it says; flags stay."""
    if isinstance(part, dict):
        return {key: item if key in ("type", "mutability") else _blank(item) for key, item in part.items()}
    if isinstance(part, list | tuple):
        return [_blank(item) for item in part]
    return part if part is None or part == "" or isinstance(part, bool) else MASK


def _named(field: str, value: Any) -> Iterator[str]:
    """The names in a field that names settings: one, a list of them, or a component's or variable's `name`."""
    if field.replace("_", "").casefold() not in _SETTING:
        return
    if isinstance(value, dict):
        value = value.get("name")
    for name in value if isinstance(value, list) else [value]:
        if isinstance(name, str):
            yield name


def forgotten(text: str, secrets: set[str]) -> str:
    """`text` without known secrets, plain or as JSON writes them, longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK).replace(json.dumps(secret)[1:-1], MASK)
    return text


def secrets_in(value: Any, shown: Any) -> set[str]:
    """The texts of `value` that `hidden` took out of `shown`, its copy: to look for them elsewhere."""
    if isinstance(value, dict) and isinstance(shown, dict):
        pairs = [(part, shown.get(key)) for key, part in value.items()]
    elif isinstance(value, list) and isinstance(shown, list):
        pairs = list(zip(value, shown, strict=False))
    else:
        found = str(value)
        return {found} if shown == MASK and len(found) > 3 else set()
    return set().union(*(secrets_in(part, copy) for part, copy in pairs))
