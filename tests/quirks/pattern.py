"""What a line of the corpus expects, compared with what came."""

from __future__ import annotations

import re
from typing import Any


def differs(wanted: Any, got: Any, names: dict[str, Any], where: str = "") -> str:
    """Where `got` is not as `wanted`; empty when it is. What `$name=` stands for is put into `names`.

    `"*"` is anything, `"/re/"` a text that the expression finds, `"$name="` anything, kept under that name;
    `{"has": x}` a list with one such element, `{"count": n}` one of that length, `{"least": n}` and
    `{"most": n}` numbers; `{"not": x}` whatever differs from x. Any other object must have at least the fields
    named, a list as many elements in the same order.
    """
    here = where or "it"
    if isinstance(wanted, str):
        return _text(wanted, got, names, here)
    if isinstance(wanted, dict):
        special = _special(wanted, got, names, here)
        return special if special is not None else _object(wanted, got, names, where)
    if isinstance(wanted, list):
        if not isinstance(got, list) or len(got) != len(wanted):
            return f"{here} is {got!r}, not {wanted!r}"
        found = (differs(one, got[at], names, f"{where}[{at}]") for at, one in enumerate(wanted))
        return next((text for text in found if text), "")
    return "" if type(wanted) is type(got) and wanted == got else f"{here} is {got!r}, not {wanted!r}"


def _text(wanted: str, got: Any, names: dict[str, Any], here: str) -> str:
    if wanted == "*":
        return ""
    if wanted.startswith("$") and wanted.endswith("="):
        names[wanted[:-1]] = got
        return ""
    if len(wanted) > 2 and wanted[0] == wanted[-1] == "/":
        fits = isinstance(got, str) and re.search(wanted[1:-1], got) is not None
    else:
        fits = wanted == got
    return "" if fits else f"{here} is {got!r}, not {wanted!r}"


def _object(wanted: dict[str, Any], got: Any, names: dict[str, Any], where: str) -> str:
    if not isinstance(got, dict):
        return f"{where or 'it'} is {got!r}, not {wanted!r}"
    for key, one in wanted.items():
        place = f"{where}.{key}" if where else key
        if key not in got:
            return f"{place} is missing"
        if text := differs(one, got[key], names, place):
            return text
    return ""


def _special(wanted: dict[str, Any], got: Any, names: dict[str, Any], here: str) -> str | None:
    """The objects of one key that stand for a rule; None: it is none of them."""
    if len(wanted) != 1:
        return None
    ((rule, value),) = wanted.items()
    if rule == "has":
        fits = isinstance(got, list) and any(not differs(value, one, names) for one in got)
    elif rule == "count":
        fits = isinstance(got, list | dict) and len(got) == value
    elif rule in ("least", "most"):
        fits = isinstance(got, int | float) and (got >= value if rule == "least" else got <= value)
    elif rule == "not":
        fits = bool(differs(value, got, {}))
    else:
        return None
    return "" if fits else f"{here} is {got!r}, not {wanted!r}"
