"""The console program: composes the pages, connects them with a server, chooses colours and language."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.client.client import Client
from backend.client.feed import Feed
from backend.client.mirror import Mirror, Touched
from backend.model.errors import Invalid, NocError
from backend.text import set_language, t
from noc.themes import DEFAULT, NONE, OVER_SSH, PALETTES, textual_theme
from screens.console import Console
from widgets.look import Look


class NocApp(Console):
    """The app on a server; when it is not `live`, on a mirror that somebody else fills."""

    def __init__(
        self,
        mirror: Mirror,
        *,
        client: Client | None = None,
        theme: str = DEFAULT,
        ascii_only: bool = False,
        live: bool = False,
        **options: Any,
    ) -> None:
        self._ascii = ascii_only
        self._live = live
        super().__init__(mirror, Look(PALETTES[theme], ascii_only=ascii_only), client=client, **options)
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = theme

    @property
    def theme_names(self) -> list[str]:
        """What `:theme` takes."""
        return [name.removeprefix("noc-") for name in PALETTES]

    def on_mount(self) -> None:
        super().on_mount()
        if self.client is not None and self._live:
            self.server_text = self.client.address.text
            self.feed = Feed(self.mirror, self.client)
            self.restart_feed()

    def restart_feed(self) -> None:
        """Connect anew, now."""
        if self.feed is not None and self.client is not None:
            self.run_worker(self.feed.run(), group="feed", exclusive=True)
            self.run_worker(self._meet(), group="who", exclusive=True)

    async def _meet(self) -> None:
        """Ask who we are to the server; the lamp tells when there is none."""
        if self.client is None:
            return
        try:
            self.who = await self.client.whoami()
        except NocError:
            return
        for page in self.pages_seen():
            page.draw_frame()

    def use_theme(self, name: str) -> None:
        """Other colours, from now on."""
        full = name if name.startswith("noc-") else f"noc-{name}"
        self.look = Look(PALETTES[full], ascii_only=self._ascii)
        self.theme = full
        self._anew()

    def use_language(self, name: str) -> None:
        """Another language, from now on."""
        set_language(name)
        self._anew()

    def _anew(self) -> None:
        from widgets.lines import Lines

        for screen in self.screen_stack:
            for lines in screen.query(Lines):
                lines.forget()
        for page in self.pages_seen():
            page.take(Touched(everything=True))


def default_theme(environ: Mapping[str, str]) -> str:
    """The colours to begin with: none where NO_COLOR is set, sixteen over SSH, else all of them."""
    if "NO_COLOR" in environ:
        return NONE.name
    if "SSH_CONNECTION" in environ or "SSH_TTY" in environ or environ.get("TERM") == "linux":
        return OVER_SSH
    return DEFAULT


def unfit(environ: Mapping[str, str], encoding: str | None, *, terminal: bool = True) -> str | None:
    """Why no screen can be drawn on this terminal, in one line; None: it can. `terminal`: there is one."""
    if environ.get("TERM", "") == "dumb":
        return t("This terminal cannot draw a screen (TERM=dumb). Use another one, or the commands: noc --help.")
    if (encoding or "").lower().replace("-", "") not in ("utf8", "utf8mb4"):
        return t(
            "The terminal's encoding is {encoding}; noc draws in UTF-8. Set LC_ALL=C.UTF-8, or use noc --help.",
            encoding=encoding or t("unknown"),
        )
    if not terminal:
        return t("The console needs a terminal. Over SSH: ssh -t HOST noc. In scripts: the commands of noc --help.")
    return None


def check_terminal() -> None:
    """Look at the terminal before anything is started for it.

    Raises:
        Invalid: it cannot draw a screen.
    """
    streams = (sys.__stdin__, sys.__stderr__)
    terminal = all(stream is not None and stream.isatty() for stream in streams)
    why = unfit(os.environ, getattr(sys.__stderr__, "encoding", None), terminal=terminal)
    if why is not None:
        raise Invalid("no_screen", why)


def run_console(
    server: str,
    *,
    read_only: bool = False,
    line: str = "normal",
    mouse: bool = True,
    language: str | None = None,
    theme: str | None = None,
    keymap: Mapping[str, object] | Path | None = None,
    token: str | None = None,
) -> None:
    """Show the console until it is quit.

    `server`: `unix:PATH`, `HOST:PORT` or a URL. `line` is `slow` for bad ones: one flush a second.

    Raises:
        Invalid: no such language, theme or keymap; or the terminal cannot draw a screen.
    """
    environ = dict(os.environ)
    check_terminal()
    if language is not None:
        try:
            set_language(language)
        except ValueError as error:
            raise Invalid("bad_language", str(error)) from error
    chosen = theme or environ.get("NOC_THEME") or default_theme(environ)
    chosen = chosen if chosen.startswith("noc-") else f"noc-{chosen}"
    if chosen not in PALETTES:
        names = ", ".join(name.removeprefix("noc-") for name in PALETTES)
        raise Invalid(
            "bad_theme", t("There is no theme {name}.", name=repr(chosen)), t("Themes: {names}.", names=names)
        )
    os.environ.pop("NO_COLOR", None)
    app = NocApp(
        Mirror(),
        client=Client(server, token=token),
        live=True,
        theme=chosen,
        ascii_only=environ.get("NOC_GLYPHS") == "ascii" or environ.get("TERM") == "linux",
        read_only=read_only,
        slow_line=line == "slow",
        keymap=_keymap(keymap),
    )
    app.run(mouse=mouse)


def _keymap(source: Mapping[str, object] | Path | None) -> dict[str, str]:
    import tomllib

    from widgets.keys import read_keymap

    if source is None:
        return {}
    try:
        values = tomllib.loads(source.read_text("utf-8")) if isinstance(source, Path) else source
        return read_keymap(values)
    except (OSError, ValueError) as error:
        raise Invalid("bad_keymap", t("The keymap cannot be used: {why}", why=str(error))) from error
