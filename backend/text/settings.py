"""How a wanted setting stands at a station, in words: for the console and the command line alike."""

from __future__ import annotations

from backend.text.catalogue import t


def setting_word(state: str) -> str:
    """The word of a `SettingState`; one that is not known stays as it is."""
    return {
        "unread": t("not read yet"),
        "same": t("as wanted"),
        "drift": t("differs"),
        "not_taken": t("not taken"),
        "unknown": t("not known there"),
    }.get(state, state)
