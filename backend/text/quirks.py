"""Traits of stations in words."""

from __future__ import annotations

from backend.text.catalogue import t


def trait_name(trait: str) -> str:
    """What a trait is about."""
    return {
        "ping": t("pings"),
        "ping_s": t("time between pings"),
        "settle_s": t("quiet after boot"),
        "assume_version": t("assumed version"),
        "pin_version": t("pinned version"),
        "hex_key": t("key in hexadecimal"),
        "clock_zone": t("local clock"),
        "phantom_connectors": t("phantom connectors"),
    }.get(trait, trait.replace("_", " "))


def trait_words(trait: str, value: str) -> str:
    """What a trait means for the station, in a few words."""
    match trait:
        case "ping":
            return t("is not pinged") if value == "off" else t("answers pings")
        case "ping_s":
            return t("pinged every {value} s at most", value=value)
        case "settle_s":
            return t("no call for {value} s after its boot", value=value)
        case "assume_version":
            return t("speaks OCPP {value} without saying so", value=value)
        case "pin_version":
            return t("spoken to in OCPP {value}", value=value)
        case "hex_key":
            return t("sends its key in hexadecimal") if value == "on" else t("sends the bytes of its key")
        case "clock_zone":
            return t("its clock shows local time, {value}", value=value)
        case "phantom_connectors":
            return t("does not have connector {value}", value=value)
    return f"{trait} {value}"
