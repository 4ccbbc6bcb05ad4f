"""What System changes: stations at the door are let in or blocked, entries of the register added, changed, removed,
files imported."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from backend.client.mirror import Touched
from backend.model.requests import ImportProgress
from backend.model.resources import HandshakeResource, StationResource
from backend.text import t, tc, tn
from screens import register_forms as forms
from screens.form import Field, Form
from screens.importing import progress_runs, read_file
from screens.register_tables import Entry, key_of, name_of
from screens.split import SplitPage
from widgets.line import Run

REGISTER = ("sites", "stations", "outlets", "tokens")


class RegisterPage(SplitPage):
    """A page whose rows are entries of the register, or stations that want to be."""

    tab = ""
    report: ImportProgress | None = None
    """Of the last import, while it is shown."""
    report_name = ""

    def entry(self) -> Entry | None:
        """What the cursor stands on."""
        return None

    async def fetch(self, tab: str) -> None:
        """Ask the server for the rows of a tab again."""

    def do_register_accept(self) -> None:
        self.console.ask(self._admit(self._identity(), let_in=True))

    def do_register_block(self) -> None:
        self.console.ask(self._admit(self._identity(), let_in=False))

    def _identity(self) -> str:
        entry = self.entry()
        if isinstance(entry, HandshakeResource):
            return entry.identity
        return entry.id if isinstance(entry, StationResource) else ""

    async def _admit(self, station: str, *, let_in: bool) -> None:
        client = self.console.client
        if client is None:
            return
        entry = self.entry()
        if isinstance(entry, HandshakeResource):
            await (client.accept_refused(entry) if let_in else client.block_refused(entry))
        elif let_in:
            await client.accept(station)
        else:
            await client.block(station)
        word = t("let in: served from its next message on") if let_in else t("blocked: turned away at the door")
        self.console.say((f"{station}  ", "text.b"), ("✓ ", "ok"), (word, "text"))
        if self.tab in ("pending", "quarantine"):
            await self.fetch(self.tab)

    def do_register_add(self) -> None:
        self._form(None)

    def do_register_change(self) -> None:
        entry = self.entry()
        if self.tab in REGISTER and entry is not None:
            self._form(entry)
        elif isinstance(entry, StationResource):
            self._form(entry, "stations")

    def _form(self, entry: Entry | None, kind: str = "") -> None:
        kind = kind or self.tab
        word = forms.kind_word(kind)
        title = t("Add a {kind}", kind=word) if entry is None else t("Change {kind}", kind=word)
        body: list[list[Run]] = [] if entry is None else [[(name_of(entry), "strong")]]
        verb = t("add it") if entry is None else t("change it")
        form = Form(title, body, forms.fields(kind, entry), verb=verb, hue="energy", symbol="▸")
        self.app.push_screen(form, partial(self._written, kind, entry))

    def _written(self, kind: str, entry: Entry | None, values: dict[str, str] | None) -> None:
        if values is not None:
            self.console.ask(self._write(kind, entry, values))

    async def _write(self, kind: str, entry: Entry | None, values: dict[str, str]) -> None:
        client = self.console.client
        key, sent = forms.change(kind, entry, values)
        if client is None or (entry is not None and not sent):
            return
        how: Any = "add" if entry is None else "set"
        put: dict[str, Callable[..., Coroutine[Any, Any, object]]] = {
            "sites": client.put_site,
            "stations": client.put_station,
            "outlets": client.put_outlet,
            "tokens": client.put_token,
        }
        await put[kind](key, how=how, **sent)
        shown = forms.kind_word(kind) if kind == "tokens" else key
        self.console.say(
            (f"{shown}  ", "text.b"), ("✓ ", "ok"), (t("added") if entry is None else t("changed"), "text")
        )
        if self.tab in ("tokens", "pending"):
            await self.fetch(self.tab)

    def do_register_remove(self) -> None:
        entry = self.entry()
        if entry is None or self.tab not in REGISTER:
            return
        key, kind = key_of(entry), self.tab
        body: list[list[Run]] = [[(name_of(entry), "strong")], [], [(_removal_words(kind), "text")]]
        asked = (
            [Field(id="token", label=t("in full"))]
            if kind == "tokens"
            else [Field(id="typed", label=tc("form", "type"), must=key, width=30)]
        )
        title = t("Remove {kind}", kind=forms.kind_word(kind))
        form = Form(title, body, asked, verb=t("remove it"), hue="crit", symbol="▲")
        self.app.push_screen(form, partial(self._removed, kind, key))

    def _removed(self, kind: str, key: str, values: dict[str, str] | None) -> None:
        if values is not None:
            self.console.ask(self._remove(kind, values.get("token") or key))

    async def _remove(self, kind: Any, key: str) -> None:
        client = self.console.client
        if client is None:
            return
        await client.remove(kind, key)
        shown = forms.kind_word(kind) if kind == "tokens" else key
        self.console.say((f"{shown}  ", "text.b"), ("✓ ", "ok"), (t("removed from the register"), "text"))
        if kind == "tokens":
            await self.fetch("tokens")

    # commands

    def completions(self) -> Sequence[str]:
        return ("import", "check")

    def command(self, words: Sequence[str]) -> bool:
        if words[0] not in ("import", "check"):
            return False
        if len(words) != 2:
            self.console.say((t("write the file: :import FILE, or :check FILE to rehearse"), "muted"), for_s=10)
            return True
        why = self.console.refusal(danger=words[0] == "import")
        if why is not None:
            self.console.complain(t("not now: {why}", why=why))
            return True
        self.console.ask(self._import(words[1], dry_run=words[0] == "check"))
        return True

    async def _import(self, name: str, *, dry_run: bool) -> None:
        client = self.console.client
        if client is None:
            return
        data = await read_file(name)

        def progress(now: ImportProgress) -> None:
            self.console.say(*progress_runs(now))

        report = await client.import_csv(data, dry_run, progress)
        self.report, self.report_name = report, name
        sign: Run = ("✖ ", "crit") if report.bad_rows else ("✓ ", "ok")
        self.console.say(
            (t("import") + "  ", "text.b"), sign, (tn("{n} row read", "{n} rows read", report.rows), "text")
        )
        self.rearrange()
        self.draw_all(Touched())


def _removal_words(kind: str) -> str:
    return {
        "sites": t("Its stations stay, without a site."),
        "stations": t("Its outlets go too. Its history stays. It waits at the door when it comes again."),
        "outlets": t("Its history stays. Its minutes no longer count."),
        "tokens": t("It is not accepted any more."),
    }[kind]
