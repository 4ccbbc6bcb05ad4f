"""How outlets, contracts, cards and stickers are written (domain.md section 7).

Two forms of each: what is stored and shown (`normalise_...`, strict), and a key for finding it however a caller
spells it (`..._key`, never fails).
"""

from __future__ import annotations

import re

from backend.text import t

MAX_EVSE_ID = 48
"""Characters of an EVSE-ID in OCPI."""
MAX_STICKER = 64

_EVSE_ID = re.compile(r"([A-Z]{2})\*?([A-Z0-9]{3})\*?E\**([A-Z0-9](?:[A-Z0-9*]{0,30}))", re.ASCII)
_DIN_EVSE_ID = re.compile(r"\+[0-9]{1,3}\*[0-9]{3,6}\*[0-9](?:[0-9*]{0,31})", re.ASCII)
_EMAID = re.compile(r"([A-Z]{2})(-?)([A-Z0-9]{3})\2C([A-Z0-9]{8})(?:\2([A-Z0-9]))?", re.ASCII)
_UID_LENGTHS = (8, 14, 20)
"""Hexadecimal digits of a card's UID: 4, 7 or 10 bytes."""
_HEX = re.compile(r"[0-9A-F]+", re.ASCII)
_UID_SEPARATORS = str.maketrans("", "", ":- ")
_KEY_SEPARATORS = str.maketrans("", "", "*-. /_")


def normalise_evse_id(text: str) -> str:
    """The EVSE-ID in its starred form: `secnoe1234*1` gives `SE*CNO*E1234*1`.

    Country (two letters), operator (three letters or digits), `E`, outlet part (1 to 31 letters, digits, `*`; no `*`
    at its end). A stray star after the `E`, as some stickers have it, is dropped. The older form of DIN SPEC 91286,
    `+46*123*4567`, stays as it is.

    Raises:
        ValueError: it is no EVSE-ID; the message tells what one looks like.
    """
    upper = text.strip().upper()
    if len(upper) <= MAX_EVSE_ID and not upper.endswith("*"):
        found = _EVSE_ID.fullmatch(upper)
        if found is not None:
            country, operator, outlet = found.groups()
            return f"{country}*{operator}*E{outlet}"
        if _DIN_EVSE_ID.fullmatch(upper):
            return upper
    raise ValueError(t("{text} is no EVSE-ID; one looks like SE*CNO*E1234*1", text=repr(text)))


def evse_key(text: str) -> str:
    """What two spellings of one EVSE-ID share: upper case, no separators. Different EVSE-IDs may share it too
    (`E1234*1` and `E123*41`), so whoever stores one checks for that."""
    return text.strip().upper().translate(_KEY_SEPARATORS)


def normalise_emaid(text: str) -> str:
    """The contract id in its hyphenated form: `secnoc12345678x` gives `SE-CNO-C12345678-X`; the check digit is
    optional.

    Raises:
        ValueError: it is no contract id; the message tells what one looks like.
    """
    found = _EMAID.fullmatch(text.strip().upper())
    if found is None:
        raise ValueError(t("{text} is no contract id; one looks like SE-CNO-C12345678-X", text=repr(text)))
    country, _, provider, instance, check = found.groups()
    return f"{country}-{provider}-C{instance}" + (f"-{check}" if check else "")


def token_key(text: str) -> str:
    """What tokens are compared by: no case; a contract id also without its hyphens."""
    folded = text.strip().casefold()
    if "-" in folded and _EMAID.fullmatch(folded.upper()):
        return folded.replace("-", "")
    return folded


def normalise_uid(text: str) -> str | None:
    """A card's UID as bare upper-case hexadecimal digits, 4, 7 or 10 bytes; None when `text` is none."""
    digits = text.strip().upper().translate(_UID_SEPARATORS)
    return digits if len(digits) in _UID_LENGTHS and _HEX.fullmatch(digits) else None


def reversed_uid(text: str) -> str | None:
    """The UID with its bytes in the other order, as some readers print it; None when `text` is no UID."""
    digits = normalise_uid(text)
    if digits is None:
        return None
    return "".join(digits[i : i + 2] for i in range(len(digits) - 2, -1, -2))


def sticker_key(text: str) -> str:
    """What two spellings of one sticker number share: no case, no spaces or separators."""
    return text.casefold().translate(_KEY_SEPARATORS)
