"""The keys that lead from a row to what else is known of its station: frames, what was done, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from backend.text import t
from screens.operation_kinds import Target

if TYPE_CHECKING:
    from screens.acting import Acts
    from screens.page import Page


class RowKeys:
    """Mixed into lists whose rows are about stations."""

    def here(self) -> Target | None:
        """The station (and outlet) of the row under the cursor."""
        found = cast("Acts", self).targets()
        return found[0] if found else None

    def _row_found(self) -> tuple[Page, Target | None]:
        page, target = cast("Page", self), self.here()
        if target is None:
            page.console.say((t("no station is under the cursor"), "muted"), for_s=5)
        return page, target

    def do_row_log(self) -> None:
        page, target = self._row_found()
        if target is not None:
            page.console.open("trace", target.station)

    def do_row_operations(self) -> None:
        page, target = self._row_found()
        if target is not None:
            page.console.open("station", target.station, outlet=target.outlet or "", tab="operations")

    def do_row_sessions(self) -> None:
        page, target = self._row_found()
        if target is not None:
            field, wanted = ("station", target.station) if target.outlet is None else ("outlet", target.outlet)
            page.console.open("sessions", f'{field}:"{wanted}"')
