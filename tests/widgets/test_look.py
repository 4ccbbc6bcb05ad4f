"""Colours and symbols: readable, and never the only thing that tells."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.color import Color

from noc.themes import ANSI_DARK, ANSI_LIGHT, DARK, LIGHT, NONE, PALETTES, textual_theme
from widgets.look import ASCII, STATES, Ground, Look, Palette, state_word

TEXTS = ("text", "strong", "muted", "free", "energy", "offline", "warn", "high", "crit", "ok")


def luminance(colour: str) -> float:
    """Relative luminance of WCAG."""
    parts = [value / 255 for value in Color.parse(colour).get_truecolor()]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of WCAG, to one decimal."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return round((light + 0.05) / (dark + 0.05), 1)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_contrast(palette: Palette) -> None:
    """Texts at least 5.5 : 1 on the ground, faint 4.2, data 3.0; states on the cursor row 4.6."""
    ground = str(palette.grounds["ground"].background)
    for name in TEXTS:
        assert contrast(palette.colours[name], ground) >= 5.5, name
    assert contrast(palette.colours["faint"], ground) >= 4.2
    assert contrast(palette.colours["data"], ground) >= 3.0
    cursor = str(palette.grounds["cursor"].background)
    for name in ("free", "energy", "offline", "warn", "high", "crit"):
        assert contrast(palette.colours[name], cursor) >= 4.6, name


@pytest.mark.parametrize("palette", [ANSI_DARK, ANSI_LIGHT], ids=["dark", "light"])
def test_sixteen_colours_are_the_terminals_own(palette: Palette) -> None:
    """No truecolor leaks into the palettes that SSH begins with."""
    look = Look(palette)
    for name in (*TEXTS, "faint", "data", "rule", "bar", "s1.b", "field"):
        for ground in ("ground", "cursor", "banner1", "banner2", "panel", "card"):
            style = look.style(name, ground)
            for colour in (style.color, style.bgcolor):
                assert colour is None or colour.is_default or colour.number is not None


def test_no_colour_at_all() -> None:
    """NO_COLOR means none; weight and reverse tell what must be told."""
    look = Look(NONE)
    for name in (*TEXTS, "s1.b", "field", "caret", "bar"):
        for ground in ("ground", "cursor", "banner1", "stale", "panel"):
            style = look.style(name, ground)
            assert style.color is None
            assert style.bgcolor is None
    assert look.style("crit").bold
    assert look.style("text", "cursor").reverse
    assert look.strokes


def test_symbols_are_one_cell_and_have_ascii_twins() -> None:
    """A symbol that is two cells wide would push its column."""
    for look in STATES.values():
        assert cell_len(look.symbol) == 1
        assert ord(look.symbol) in ASCII
    for code, twin in ASCII.items():
        assert cell_len(chr(code)) == 1
        assert twin == ord(" ") or chr(twin).isascii()


def test_every_state_has_a_word() -> None:
    """A state is a symbol and a word; the word fits its column of eleven cells."""
    for kind in STATES:
        assert 0 < cell_len(state_word(kind)) <= 11


@pytest.mark.parametrize("palette", PALETTES.values(), ids=list(PALETTES))
def test_textual_takes_the_theme(palette: Palette) -> None:
    """What Textual draws itself follows the palette."""
    theme = textual_theme(palette)
    assert theme.name == palette.name
    assert theme.ansi is palette.ansi


def test_a_ground_of_its_own_wins() -> None:
    """Text on the banner is in the banner's colour, whatever its style is."""
    look = Look(DARK)
    assert look.style("muted", "banner1").color == Color.parse("#ffffff")
    assert Ground().background is None
