"""What the Fleet says where there is no row: how a first station comes in, or what hides all of them."""

from __future__ import annotations

from backend.text import t


def empty_words(*, outlets: int, filter_text: str, trouble_only: bool, address: str) -> list[tuple[str, str]]:
    """Text and style of each line.

    `outlets` counts the network, `address` is HOST:PORT where stations come in, empty while it is not known.
    """
    if outlets and filter_text:
        return [(t("no outlet matches {filter}", filter=filter_text), "text"), (t("esc shows everything"), "muted")]
    if outlets and trouble_only:
        return [(t("no trouble"), "text"), (t("! shows everything"), "muted")]
    if outlets:
        return []
    return [
        (t("No outlet yet."), "strong"),
        ("", "text"),
        (t("Set the OCPP address of a station to"), "text"),
        (f"  ws://{address or 'HOST:PORT'}/ocpp/{t('ITS-ID')}", "strong"),
        (t("It then waits on page 7, waiting; i lets it in."), "text"),
        (t("Have a list of stations? noc import FILE.csv"), "muted"),
    ]
