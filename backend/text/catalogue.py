"""Looks strings up in the gettext catalogues (`locale/<language>/LC_MESSAGES/noc.mo`).

English is the source language: a message is its own English text. Values are put in by `str.format`
after the look-up, so a translator may move them.
"""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "sv")
"""Languages that have a catalogue; the first is the source language."""

_LOCALE = Path(__file__).parent / "locale"
_default = "en"
_language: ContextVar[str | None] = ContextVar("language", default=None)


@cache
def _catalogue(name: str) -> gettext.NullTranslations:
    return gettext.translation("noc", localedir=_LOCALE, languages=[name], fallback=True)


def language() -> str:
    """The language in force here."""
    return _language.get() or _default


def set_language(name: str, *, everywhere: bool = True) -> None:
    """Speak `name` from now on: in the whole process, or in this task alone.

    Raises:
        ValueError: no such catalogue; the message names those there are.
    """
    global _default
    if name not in LANGUAGES:
        raise ValueError(f"no language {name!r}; there are {', '.join(LANGUAGES)}")
    if everywhere:
        _default = name
    else:
        _language.set(name)


def t(message: str, /, **values: object) -> str:
    """`message` in the language in force, with `values` put in."""
    found = _catalogue(language()).gettext(message)
    return found.format(**values) if values else found


def tc(context: str, message: str, /, **values: object) -> str:
    """As `t`, where one English word needs several translations; `context` tells which."""
    found = _catalogue(language()).pgettext(context, message)
    return found.format(**values) if values else found


def tn(one: str, many: str, n: int, /, **values: object) -> str:
    """As `t`, for a counted thing; `{n}` is the count."""
    return _catalogue(language()).ngettext(one, many, n).format(n=n, **values)
