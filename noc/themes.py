"""The colours of the console: dark, light, the terminal's own sixteen, and none."""

from __future__ import annotations

from textual.theme import Theme

from widgets.look import Ground, Palette

DARK = Palette(
    name="noc-dark",
    colours={
        "text": "#cfd7df",
        "strong": "#f4f7fa",
        "muted": "#8f9ba8",
        "faint": "#6c7a88",
        "rule": "#323d48",
        "data": "#4d7396",
        "free": "#8cc08f",
        "energy": "#6ab4ff",
        "bar": "#6ab4ff",
        "offline": "#c39ad9",
        "warn": "#e2bd5a",
        "high": "#ffa057",
        "crit": "#ff7a7a",
        "ok": "#7fd18b",
    },
    grounds={
        "ground": Ground("#0f1419"),
        "panel": Ground("#161c23"),
        "cursor": Ground("#22384d", "#ffffff"),
        "banner1": Ground("#8f1d24", "#ffffff"),
        "banner2": Ground("#5a3510", "#ffd9b0"),
        "stale": Ground("#3b4148", "#f4f7fa"),
        "card": Ground("#1c232b"),
        "dim": Ground("#0a0e12"),
    },
    alerts={
        "s1": Ground("#8f1d24", "#ffffff"),
        "s1quiet": Ground("#161c23", "#ff7a7a"),
        "field": Ground("#0a0e12", "#f4f7fa"),
        "caret": Ground("#8f9ba8", "#0a0e12"),
    },
)

LIGHT = Palette(
    name="noc-light",
    dark=False,
    colours={
        "text": "#262c33",
        "strong": "#000000",
        "muted": "#5d6772",
        "faint": "#727a83",
        "rule": "#cfccc0",
        "data": "#6c96c2",
        "free": "#246b33",
        "energy": "#0a5fb4",
        "bar": "#0a5fb4",
        "offline": "#7b3c8c",
        "warn": "#7d5a00",
        "high": "#a84300",
        "crit": "#bf1d1d",
        "ok": "#1c6a30",
    },
    grounds={
        "ground": Ground("#fbfaf6"),
        "panel": Ground("#f1efe8"),
        "cursor": Ground("#cfe2f4", "#000000"),
        "banner1": Ground("#bf1d1d", "#ffffff"),
        "banner2": Ground("#f6d9b8", "#5c2a00"),
        "stale": Ground("#d9d6cc", "#000000"),
        "card": Ground("#ffffff"),
        "dim": Ground("#eeece4"),
    },
    alerts={
        "s1": Ground("#bf1d1d", "#ffffff"),
        "s1quiet": Ground("#f1efe8", "#bf1d1d"),
        "field": Ground("#eceae2", "#000000"),
        "caret": Ground("#5d6772", "#ffffff"),
    },
)

_SIXTEEN = {
    "muted": "default",
    "faint": "bright_black",
    "rule": "bright_black",
    "data": "cyan",
    "free": "green",
    "energy": "cyan",
    "bar": "cyan",
    "offline": "magenta",
    "warn": "yellow",
    "high": "bright_yellow",
    "crit": "bright_red",
    "ok": "green",
}
_SIXTEEN_GROUNDS = {
    "cursor": Ground(reverse=True),
    "banner1": Ground("red", "bright_white"),
    "banner2": Ground("yellow", "black"),
    "stale": Ground(reverse=True),
}
_SIXTEEN_ALERTS = {
    "s1": Ground("red", "bright_white"),
    "s1quiet": Ground(None, "bright_red"),
    "field": Ground(reverse=True),
    "caret": Ground(),
}

ANSI_DARK = Palette(
    name="noc-ansi-dark",
    ansi=True,
    colours=_SIXTEEN,
    bold=frozenset({"strong", "crit", "high"}),
    grounds=_SIXTEEN_GROUNDS,
    alerts=_SIXTEEN_ALERTS,
)

ANSI_LIGHT = Palette(
    name="noc-ansi-light",
    dark=False,
    ansi=True,
    colours=_SIXTEEN
    | {"warn": "red", "high": "red", "crit": "bright_red", "energy": "blue", "bar": "blue", "data": "blue"},
    bold=frozenset({"strong", "crit", "high"}),
    grounds=_SIXTEEN_GROUNDS,
    alerts=_SIXTEEN_ALERTS,
)

NONE = Palette(
    name="noc-none",
    ansi=True,
    bold=frozenset({"strong", "crit", "high", "bar"}),
    grounds={name: Ground(reverse=True) for name in ("cursor", "banner1", "banner2", "stale")},
    alerts={
        "s1": Ground(reverse=True),
        "s1quiet": Ground(),
        "field": Ground(reverse=True),
        "caret": Ground(),
    },
)

PALETTES = {palette.name: palette for palette in (DARK, LIGHT, ANSI_DARK, ANSI_LIGHT, NONE)}
"""Every palette by the name that `:theme` takes."""

DEFAULT = DARK.name
OVER_SSH = ANSI_DARK.name
"""The sixteen colours cost a fraction of the bytes (docs/decisions)."""


def textual_theme(palette: Palette) -> Theme:
    """The Textual theme of a palette: what is not drawn by our own lines follows it."""
    if palette.ansi:
        return Theme(
            name=palette.name,
            ansi=True,
            dark=palette.dark,
            primary="ansi_cyan",
            foreground="ansi_default",
            background="ansi_default",
            surface="ansi_default",
            panel="ansi_default",
            boost="ansi_default",
            variables={
                "ansi-background": "ansi_black" if palette.dark else "ansi_white",
                "ansi-foreground": "ansi_white" if palette.dark else "ansi_black",
                "card": "ansi_default",
                "field": "ansi_default",
                "caret": "ansi_default",
                "input-cursor-background": "ansi_default",
                "input-cursor-foreground": "ansi_default",
            },
        )
    colours, grounds = palette.colours, palette.grounds
    return Theme(
        name=palette.name,
        dark=palette.dark,
        primary=colours["energy"],
        warning=colours["warn"],
        error=colours["crit"],
        success=colours["ok"],
        foreground=colours["text"],
        background=str(grounds["ground"].background),
        surface=str(grounds["ground"].background),
        panel=str(grounds["panel"].background),
        boost=str(grounds["panel"].background),
        variables={
            "card": str(grounds["card"].background),
            "field": str(palette.alerts["field"].background),
            "caret": colours["muted"],
            "input-cursor-background": colours["muted"],
            "input-cursor-foreground": str(palette.alerts["field"].background),
            "input-selection-background": str(grounds["cursor"].background),
        },
    )
