"""The commands of the `:` prompt, and what `tab` completes there and in filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backend.model.filter import Subject, fields
from backend.text import LANGUAGES, t
from screens.console import PAGES, ROOTS, page_word

if TYPE_CHECKING:
    from screens.page import Page

MOST = 50
"""Completions at most."""
OPENS = ("station", "session", "trace")
"""Pages that need to be told what to show."""


def names() -> list[str]:
    """The first words that every page knows."""
    return [
        *(name for _, name in ROOTS),
        *OPENS,
        "help",
        "sort",
        "theme",
        "language",
        "reload",
        "utc",
        "history",
        "quit",
    ]


def run(page: Page, text: str) -> None:
    """Do what was typed; a word nobody knows is said so, with those that begin alike."""
    words = text.split()
    if not words:
        return
    console = page.console
    name, rest = words[0], words[1:]
    if name in ("q", "quit", "exit"):
        console.exit()
    elif name in (root for _, root in ROOTS):
        console.go(name)
        front = console.pages_seen()
        if rest and front:
            argument = text.split(None, 1)[1]
            front[0].call_after_refresh(front[0].set_filter, argument)
    elif name in OPENS and name in PAGES:
        _open(page, name, rest)
    elif page.command(words):
        return
    elif name == "help":
        page.do_app_help()
    elif name == "reload":
        page.do_app_reload()
    elif name == "utc":
        page.do_view_utc()
    elif name == "theme":
        _set(page, "theme", rest)
    elif name == "language":
        _set(page, "language", rest)
    elif name == "history":
        recent = ", ".join(
            page_word(place.name) + (f" {place.argument}" if place.argument else "") for place in console.places[-6:]
        )
        console.say((recent, "text"))
    else:
        near = [known for known in (*names(), *page.completions()) if known.startswith(name[:1])]
        console.say(
            (t("no command {name}", name=repr(name[:40])), "crit"),
            (f"  {' '.join(near)}" if near else "", "muted"),
            for_s=10,
        )


def _open(page: Page, name: str, rest: Sequence[str]) -> None:
    if not rest:
        page.console.say((t("write what to open: {name} ID", name=name), "muted"), for_s=10)
        return
    wanted = rest[0].casefold()
    held: Sequence[str] = (
        list(page.console.mirror.sessions) if name == "session" else list(page.console.mirror.stations)
    )
    exact = [found for found in held if found.casefold() == wanted]
    found = exact or [known for known in held if wanted in known.casefold()]
    if not found and name == "session":
        found = [rest[0]]
    if found:
        page.console.open(name, found[0])
    else:
        page.console.say((t("no {name} {id}", name=page_word(name).lower(), id=rest[0][:40]), "crit"), for_s=10)


def _set(page: Page, what: str, rest: Sequence[str]) -> None:
    setter = getattr(page.console, f"use_{what}", None)
    choices = choices_of(page, what)
    if setter is not None and rest and rest[0] in choices:
        setter(rest[0])
    else:
        page.console.say((t("{what} is one of:", what=what), "muted"), (" " + " ".join(choices), "text"), for_s=10)


def choices_of(page: Page, what: str) -> Sequence[str]:
    """The values that `theme` or `language` may have."""
    if what == "language":
        return LANGUAGES
    return sorted(getattr(page.console, "theme_names", ()))


def complete(page: Page, text: str) -> list[str]:
    """Whole lines that begin as `text` does."""
    if " " not in text:
        known = [*names(), *page.completions()]
        return sorted({name for name in known if name.startswith(text)})[:MOST]
    name, _, rest = text.partition(" ")
    if name in ("theme", "language"):
        return [f"{name} {choice}" for choice in choices_of(page, name) if choice.startswith(rest)]
    if name in OPENS:
        held = page.console.mirror.sessions if name == "session" else page.console.mirror.stations
        wanted = rest.casefold()
        return [f"{name} {known}" for known in held if known.casefold().startswith(wanted)][:MOST]
    if name in ("fleet", "alarms", "sessions", "operations"):
        return [f"{name} {line}" for line in _filter_lines(page, rest, _SUBJECTS[name])]
    return []


_SUBJECTS = {
    "fleet": Subject.OUTLET,
    "alarms": Subject.ALARM,
    "sessions": Subject.SESSION,
    "operations": Subject.OPERATION,
}
_VALUES = {
    "state": ("faulted", "offline", "charging", "available", "idle", "plugged", "unavailable", "conflict"),
    "alarm": ("s1", "s2", "s3", "s4"),
    "severity": ("s1", "s2", "s3", "s4"),
    "online": ("yes", "no"),
}


def complete_filter(page: Page, text: str) -> list[str]:
    """Whole filters that go on as `text` begins."""
    return _filter_lines(page, text, page.subject) if page.subject is not None else []


def _filter_lines(page: Page, text: str, subject: Subject) -> list[str]:
    head, _, last = text.rpartition(" ")
    lead = f"{head} " if head else ""
    sign = "!" if last.startswith("!") else ""
    last = last.removeprefix("!")
    if ":" in last:
        name, _, value = last.partition(":")
        values: Sequence[str] = _VALUES.get(name, ())
        if name == "site":
            values = sorted({_quoted(site.name) for site in page.console.mirror.sites.values()})
        elif name in ("model", "vendor", "fw", "firmware"):
            kind = "firmware" if name in ("fw", "firmware") else name
            values = sorted(
                {_quoted(getattr(s, kind)) for s in page.console.mirror.stations.values() if getattr(s, kind)}
            )
        wanted = value.strip('"').casefold()
        return [f"{lead}{sign}{name}:{found}" for found in values if found.strip('"').casefold().startswith(wanted)][
            :MOST
        ]
    return [f"{lead}{sign}{name}:" for name in fields(subject) if name.startswith(last)][:MOST]


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
