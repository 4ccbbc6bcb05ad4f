"""What a list says where it has no row: why that is so, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from backend.text import t
from widgets.line import Run


def nothing_matches(filter_text: str) -> Sequence[Run]:
    """A filter hides all there is."""
    return ((t("nothing matches {filter}", filter=filter_text), "text"), (t("esc shows everything"), "muted"))


def no_session(mode: str) -> Sequence[Run]:
    """The list of sessions, by what it shows: `all`, `live`, `ended`."""
    if mode == "live":
        return ((t("Nobody charges now."), "text"), (t("tab shows those that have ended"), "muted"))
    return (
        (t("No charge has ended yet.") if mode == "ended" else t("No charge yet."), "text"),
        (t("x on an outlet of page 1 begins one from here"), "muted"),
    )


def no_operation(mode: str) -> Sequence[Run]:
    """The list of operations, by what it shows: `all`, `running`, `failed`."""
    if mode == "running":
        return ((t("Nothing runs now."), "text"), (t("tab shows what was done before"), "muted"))
    if mode == "failed":
        return ((t("Everything that was done had its effect."), "text"),)
    return (
        (t("Nothing was done to a station yet."), "text"),
        (t("x on an outlet of page 1 resets, unlocks, begins or ends a charge"), "muted"),
    )


def no_entry(tab: str, address: str) -> Sequence[Run]:
    """A tab of System; `address` is HOST:PORT where stations come in, empty while it is not known."""
    door: Sequence[Run] = (
        (t("Set the OCPP address of a station to"), "text"),
        (f"  ws://{address or 'HOST:PORT'}/ocpp/{t('ITS-ID')}", "strong"),
        (t("It then waits here; i lets it in."), "text"),
    )
    add: Run = (t("+ adds one; :import FILE takes in a list"), "muted")
    return {
        "pending": ((t("No station waits."), "text"), ("", "text"), *door),
        "quarantine": ((t("Nobody was turned away at the door."), "text"),),
        "sites": ((t("No site yet."), "text"), add),
        "stations": (
            (t("No station yet."), "text"),
            (t("One that connects stands on the page waiting; i lets it in."), "text"),
            add,
        ),
        "outlets": (
            (t("No outlet yet."), "text"),
            (t("They come by themselves when a station tells what it has."), "text"),
            add,
        ),
        "tokens": ((t("No card yet: nobody can charge with one."), "text"), add),
        "security": ((t("No station yet."), "text"),),
        "audit": ((t("Nobody has changed anything yet."), "text"),),
    }.get(tab, ())
