"""The keys that work on every page: help, prompt, going, time, holding, copying, quitting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import msgspec

from backend.model.resources import OperationResource
from backend.text import t, tn
from screens import commands, frame
from screens.form import Form, paragraphs
from screens.operation_words import name_of
from screens.prompt import Prompt

if TYPE_CHECKING:
    from screens.page import Page


class PageKeys:
    """Mixed into `Page`."""

    @property
    def _page(self) -> Page:
        return cast("Page", self)

    def do_app_help(self) -> None:
        self._page.console.open("help", page=self._page)

    def do_app_command(self) -> None:
        self._page.set_class(True, "-asking")
        self._page.query_one(Prompt).ask(
            ":", complete=lambda text: commands.complete(self._page, text), history=self._page.console.history
        )

    def do_call_find(self) -> None:
        """Somebody is on the phone: search the whole fleet, whatever page is in front."""
        console = self._page.console
        console.go("fleet")
        console.front_after(_find)

    def do_app_back(self) -> None:
        page = self._page
        shown, page.opened_with = page.opened_with, ""
        came_from, page.came_from = page.came_from, ""
        if page.filter_text and page.filter_text != shown:
            page.set_filter("")
        elif page.filter_text and came_from:
            page.set_filter("")
            page.console.go(came_from)
        elif not page.console.back():
            if page.filter_text:
                page.set_filter("")
                return
            page.console.say((t("this is the first screen; q quits"), "muted"), for_s=5)

    def do_app_quit(self) -> None:
        if self._page.console.back():
            return
        running = [o for o in self._page.console.mirror.operations.values() if not o.state.ended]
        mine = [o for o in running if self._page.console.who is None or o.requested_by == self._page.console.who.name]
        if mine and self._page.console.client is not None:
            self._page.app.push_screen(
                quit_form(mine), lambda values: None if values is None else self._page.app.exit()
            )
            return
        self._page.app.exit()

    def do_app_reload(self) -> None:
        frame.reload(self._page.console)

    def do_go_fleet(self) -> None:
        self._page.console.go("fleet")

    def do_go_alarms(self) -> None:
        self._page.console.go("alarms")

    def do_go_sessions(self) -> None:
        self._page.console.go("sessions")

    def do_go_uptime(self) -> None:
        self._page.console.go("uptime")

    def do_go_operations(self) -> None:
        self._page.console.go("operations")

    def do_go_system(self) -> None:
        self._page.console.go("system")

    def do_go_last(self) -> None:
        self._page.console.last()

    def do_go_prev(self) -> None:
        self._page.console.step(-1)

    def do_go_next(self) -> None:
        self._page.console.step(1)

    def do_view_utc(self) -> None:
        self._page.console.utc = not self._page.console.utc
        self._page.draw_all()

    def do_view_freeze(self) -> None:
        self._page.held = None if self._page.held is not None else self._page.console.now
        self._page.draw_all()

    def do_row_copy(self) -> None:
        name = self._page.selected_id()
        if name is not None:
            self._page.app.copy_to_clipboard(name)
            self._page.console.say((name, "text.b"), (" " + t("sent to your terminal"), "muted"), for_s=10)

    def do_row_copy_json(self) -> None:
        resource = self._page.selected()
        if resource is not None:
            self._page.app.copy_to_clipboard(msgspec.json.encode(resource).decode())
            self._page.console.say((t("JSON sent to your terminal"), "muted"), for_s=10)


def _find(page: Page) -> None:
    page.set_filter("")
    page.ask_filter()


def quit_form(running: Sequence[OperationResource]) -> Form:
    """Something that was begun here still runs."""
    body = [
        *paragraphs(tn("{n} operation still runs.", "{n} operations still run.", len(running)), "text.b"),
        *[[(f"{name_of(operation)} {operation.target}", "text")] for operation in running[:5]],
        [],
        *paragraphs(t("The server follows them to their end; their outcome stands on Operations.")),
    ]
    return Form(t("Quit"), body, [], verb=t("quit"), hue="energy", symbol="▸")
