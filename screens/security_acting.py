"""What System does about security: a move to another profile, a new key, our root, a certificate revoked."""

from __future__ import annotations

from functools import partial

from backend.model.resources import SecurityResource
from backend.text import t, tc
from screens.acting import Acts
from screens.form import Field, Form
from screens.menu import Choice, Menu
from screens.operation_kinds import Kind, Target
from screens.security_table import key_words

MOVE = Kind("security_profile", "p", "security_profile", {}, whole=True, danger=True,
            fields=("profile", "reset", "downgrade", "url_setting"))  # fmt: skip
KEY = Kind("rotate_key", "k", "rotate_key", {}, whole=True, danger=True)
ROOT, REVOKE, ALL = "root", "revoke", "all"


class SecurityActs(Acts):
    """Mixed into pages (before `Page`) whose rows may be about stations' security."""

    def security(self) -> SecurityResource | None:
        """The row under the cursor, when it is one."""
        return None

    def do_op_menu(self) -> None:
        row = self.security()
        if row is None:
            super().do_op_menu()
            return
        target = [Target(row.station, None, row.station)]
        may = self._why_not(MOVE, target) or self._may_not("operate_hard")
        words = [(row.station, "strong"), (t("   profile {n}", n=row.security_profile), "text")]
        words += [(t("   key {words}", words=key_words(row)), "muted")]
        choices = [
            Choice(MOVE.id, "p", t("move profile"), t("another security profile, proved when it is back on it"), may),
            Choice(KEY.id, "k", t("new key"), t("a random one that nobody sees; the old one ends with it"), may),
            Choice(ROOT, "r", t("install root"), t("has it trust the root of this server"), may),
            Choice(REVOKE, "v", t("revoke"), t("its certificate counts no more"), self._why_no_revoking(row)),
            Choice(ALL, "o", t("all operations"), t("every operation there is, and any OCPP call")),
        ]
        self._page.app.push_screen(Menu(words, choices), partial(self._security_chosen, row, target))

    def _may_not(self, right: str) -> str:
        who = self._page.console.who
        return t("your role may not do this") if who is not None and right not in who.rights else ""

    def _why_no_revoking(self, row: SecurityResource) -> str:
        if not row.certificate:
            return t("it was issued no certificate")
        return t("it is revoked already") if row.certificate_revoked is not None else self._may_not("register")

    def _security_chosen(self, row: SecurityResource, target: list[Target], id_: str | None) -> None:
        console = self._page.console
        if id_ == ALL:
            console.ask(self._offer_all(target))
        elif id_ in (MOVE.id, KEY.id):
            console.ask(self._prepare(MOVE if id_ == MOVE.id else KEY, target))
        elif id_ == ROOT:
            console.ask(self._install(target))
        elif id_ == REVOKE:
            self._ask_revoke(row)

    async def _install(self, target: list[Target]) -> None:
        client = self._page.console.client
        if client is None:
            return
        pem = (await client.root()).pem
        kind = Kind("install_certificate", "r", "install_certificate", {"certificate": pem}, whole=True, danger=True)
        await self._prepare(kind, target)

    def _ask_revoke(self, row: SecurityResource) -> None:
        body = [
            [(row.station, "strong"), (t("  certificate {serial}", serial=row.certificate[:40]), "text")],
            [],
            [(t("It counts no more; the station is cut off if it is connected with it."), "text")],
        ]
        fields = [Field(id="typed", label=tc("form", "type"), must=row.station, width=max(12, len(row.station) + 4))]
        form = Form(t("Revoke a certificate"), body, fields, verb=t("revoke"), hue="crit", symbol="▲")

        def answered(values: dict[str, str] | None) -> None:
            if values is not None:
                self._page.console.ask(self._revoke(row))

        self._page.app.push_screen(form, answered)

    async def _revoke(self, row: SecurityResource) -> None:
        console = self._page.console
        if console.client is None:
            return
        await console.client.revoke_certificate(row.certificate)
        console.say((f"{row.station}  ", "text.b"), ("✓ ", "ok"), (t("certificate revoked"), "text"))
        await self.security_changed()

    async def security_changed(self) -> None:
        """Show the rows as they are now."""
