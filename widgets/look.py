"""How things look: colours by name, symbols and words of states, and what becomes of them on poorer terminals.

Widgets name a style (`crit`, `muted`, `text.b`) and a ground (`cursor`, `panel`); the palette in force turns both
into what the terminal gets. Nothing else in the console knows a colour.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field
from rich.style import Style

from backend.model.resources import OutletResource
from backend.model.words import Activity, Link, Severity
from backend.text import t


class Shade(StrEnum):
    """How a whole page is drawn."""

    LIVE = "live"
    STALE = "stale"
    """The server is gone: every colour falls to grey, one step darker."""
    DIM = "dim"
    """Behind a dialog: readable, and clearly not in front."""


class Ground(NamedTuple):
    """What a line stands on. `own`: the one colour that all of its text takes, or None."""

    background: str | None = None
    own: str | None = None
    reverse: bool = False


class Palette(Struct, kw_only=True, frozen=True):
    """One set of colours; `noc.themes` holds them."""

    name: str
    dark: bool = True
    ansi: bool = False
    """The terminal's own sixteen colours."""
    colours: dict[str, str] = field(default_factory=dict)
    """Foreground by name; a missing name is the terminal's own."""
    bold: frozenset[str] = frozenset({"strong"})
    """Names that are always bold."""
    grounds: dict[str, Ground] = field(default_factory=dict)
    alerts: dict[str, Ground] = field(default_factory=dict)
    """Cells that bring their own ground: `s1`, `field`, `caret`."""

    @property
    def mono(self) -> bool:
        """Whether nothing may be told by colour."""
        return not self.colours


STALE = {
    "strong": "text",
    "text": "muted",
    "bar": "text",
    "muted": "faint",
    "data": "faint",
    "rule": "rule",
    "faint": "faint",
}
"""What becomes of a style when the server is gone; all others fall to `muted`."""
DIM = {"rule": "rule"}
"""What becomes of a style behind a dialog; all others fall to `faint`."""

ASCII = str.maketrans(
    "○●◐◇□✖◌≠▲△▵✓▸·→←▾▌•…│─━┄╌×–—▁▂▃▄▅▆▇█┌┐└┘┤┬≤₂−│┊▪\N{NO-BREAK SPACE}",
    "o*~r-X?#!!.+>.><v>*~|-=.~x--_.:-=+*#++++++<2-||* ",
)
"""The ASCII twin of each symbol."""


class Look:
    """The palette and glyph set in force; styles are made once and remembered."""

    def __init__(self, palette: Palette, *, ascii_only: bool = False) -> None:
        self.palette = palette
        self.ascii_only = ascii_only
        self._styles: dict[tuple[str, str, Shade], Style] = {}

    @property
    def strokes(self) -> bool:
        """Whether bars must differ by their strokes."""
        return self.palette.mono

    def glyphs(self, text: str) -> str:
        """`text` in the glyph set in force; the number of cells stays."""
        return text.translate(ASCII) if self.ascii_only else text

    def style(self, key: str, ground: str = "ground", shade: Shade = Shade.LIVE) -> Style:
        """The terminal style of `key` on `ground`: `name[.b][.u][.k]`, bold, underlined, kept in every shade."""
        found = self._styles.get((key, ground, shade))
        if found is None:
            found = self._styles[key, ground, shade] = self._make(key, ground, shade)
        return found

    def _make(self, key: str, ground: str, shade: Shade) -> Style:
        name, *modes = key.split(".")
        if "k" in modes:
            shade = Shade.LIVE
        if shade is not Shade.LIVE and name in self.palette.alerts:
            name = "muted"
        if name in self.palette.alerts:
            under = self.palette.alerts[name]
            return Style(color=under.own, bgcolor=under.background, reverse=under.reverse or None, bold="b" in modes)
        bold = "b" in modes
        if shade is Shade.STALE:
            bold = False
            name = STALE.get(name, "muted")
        elif shade is Shade.DIM:
            bold = False
            name = DIM.get(name, "faint")
            ground = "dim"
        under = self.palette.grounds.get(ground, Ground())
        bold = bold or (name in self.palette.bold and shade is Shade.LIVE)
        if name == "bar" and under.reverse:
            return Style(color=self.palette.colours.get("bar"))
        colour = self.palette.colours.get(name)
        if under.own is not None or under.reverse:
            colour = self._on(ground, name, colour, under)
        return Style(
            color=colour,
            bgcolor=under.background,
            bold=bold or None,
            underline="u" in modes or None,
            reverse=under.reverse or None,
        )

    def _on(self, ground: str, name: str, colour: str | None, under: Ground) -> str | None:
        """The colour of `name` on a ground with a colour of its own."""
        if under.reverse:
            return None
        if ground == "cursor":
            return {"text": under.own, "strong": under.own, "muted": self.palette.colours.get("text")}.get(name, colour)
        return under.own


class StateLook(NamedTuple):
    """How one state is shown: symbol and the style of symbol and word."""

    symbol: str
    symbol_style: str
    word_style: str


STATES: dict[str, StateLook] = {
    "available": StateLook("○", "free", "text"),
    "charging": StateLook("●", "energy", "energy"),
    "preparing": StateLook("◐", "text", "text"),
    "finishing": StateLook("◐", "text", "text"),
    "car_paused": StateLook("◐", "text", "text"),
    "post_paused": StateLook("◐", "text", "text"),
    "reserved": StateLook("◇", "text", "text"),
    "out_of_use": StateLook("□", "text", "text"),
    "faulted": StateLook("✖", "crit", "crit"),
    "offline": StateLook("◌", "offline", "offline"),
    "deaf": StateLook("◌", "offline", "offline"),
    "never_seen": StateLook("◌", "offline", "offline"),
    "unknown": StateLook("◌", "muted", "muted"),
    "conflict": StateLook("≠", "warn", "warn"),
    "car_in": StateLook("◐", "text", "text"),
}

_ACTIVITIES = {
    Activity.IDLE: "available",
    Activity.PLUGGED: "preparing",
    Activity.CHARGING: "charging",
    Activity.SUSPENDED_EV: "car_paused",
    Activity.SUSPENDED_EVSE: "post_paused",
    Activity.FINISHING: "finishing",
    Activity.RESERVED: "reserved",
    Activity.UNAVAILABLE: "out_of_use",
    Activity.FAULTED: "faulted",
    Activity.UNKNOWN: "unknown",
}
_LINKS = {Link.OFFLINE: "offline", Link.DEAF: "deaf", Link.NEVER_SEEN: "never_seen"}


def state_word(kind: str) -> str:
    """The word of a state, in the language in force."""
    return {
        "available": t("available"),
        "charging": t("charging"),
        "preparing": t("preparing"),
        "finishing": t("finishing"),
        "car_paused": t("car paused"),
        "post_paused": t("post paused"),
        "reserved": t("reserved"),
        "out_of_use": t("out of use"),
        "faulted": t("faulted"),
        "offline": t("offline"),
        "deaf": t("deaf"),
        "never_seen": t("never seen"),
        "unknown": t("unknown"),
        "conflict": t("conflict"),
        "car_in": t("car in"),
    }[kind]


def state_kind(outlet: OutletResource) -> str:
    """The state that is shown for an outlet: a name of `STATES`."""
    if outlet.link is not Link.ONLINE:
        return _LINKS[outlet.link]
    if outlet.activity is Activity.FAULTED:
        return "faulted"
    if outlet.conflict:
        return "conflict"
    return _ACTIVITIES[outlet.activity]


def last_kind(outlet: OutletResource) -> str:
    """What the outlet was last known to do, whatever its link is."""
    return _ACTIVITIES[outlet.activity]


def group_kind(kind: str) -> str:
    """The slot of the totals that a state counts in."""
    if kind in ("offline", "deaf", "never_seen", "unknown"):
        return "offline"
    if kind in ("preparing", "finishing", "car_paused", "post_paused", "reserved"):
        return "car_in"
    return kind


SEVERITY_SYMBOLS = {Severity.S1: "▲", Severity.S2: "▲", Severity.S3: "△", Severity.S4: "▵"}
SEVERITY_STYLES = {Severity.S1: "crit.b", Severity.S2: "high.b", Severity.S3: "warn", Severity.S4: "muted"}
SEVERITY_HUES = {Severity.S1: "crit", Severity.S2: "high", Severity.S3: "warn", Severity.S4: "energy"}
"""The colour of the bar before the sentence, and of a dialog's frame."""
