"""What must not stand open to the internet unless somebody says so by name."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address

from backend.model.errors import Invalid
from backend.model.settings import Settings
from backend.text import t

PLAIN_OCPP, ACCEPT_UNKNOWN, PLAIN_API = "plain-ocpp", "accept-unknown", "plain-api"
NAMES = (PLAIN_OCPP, ACCEPT_UNKNOWN, PLAIN_API)


def check_exposure(settings: Settings, addresses: Callable[[], list[str]] | None = None) -> None:
    """Refuse what is unsafe on an address that the whole internet can reach.

    Args:
        addresses: this machine's own; looked up where a host of 0.0.0.0 or :: stands for all of them.

    Raises:
        Invalid: what stands open, and the ways out.
    """
    look_up = addresses or own_addresses
    for name in settings.allow_unsafe:
        if name not in NAMES:
            raise Invalid(
                "bad_setting",
                t("{name!r} is nothing that can be allowed.", name=name[:60]),
                t("There are: {names}.", names=", ".join(NAMES)),
            )
    ocpp, tls, api = settings.ocpp, settings.tls, settings.api.listen
    plain = ocpp.plain and is_public(ocpp.host, look_up)
    secure = tls.port is not None and is_public(tls.host, look_up)
    if plain and ocpp.least_profile == 0 and PLAIN_OCPP not in settings.allow_unsafe:
        raise Invalid(
            "unsafe_plain_ocpp",
            t("Anybody on the internet could come in as a station at {host}, without a key.", host=ocpp.host),
            t(
                "Listen on a private address, use --ocpps with --ocpp off, or set [ocpp] least_profile = 1;"
                " --allow-unsafe {name} goes on all the same.",
                name=PLAIN_OCPP,
            ),
        )
    if (plain or secure) and ocpp.accept_unknown and ACCEPT_UNKNOWN not in settings.allow_unsafe:
        raise Invalid(
            "unsafe_accept_unknown",
            t("Unknown stations would be let in from the internet."),
            t("Leave --accept-unknown away; --allow-unsafe {name} goes on all the same.", name=ACCEPT_UNKNOWN),
        )
    host = "" if api.startswith("unix:") else api.rpartition(":")[0].strip("[]")
    if host and is_public(host, look_up) and PLAIN_API not in settings.allow_unsafe:
        raise Invalid(
            "unsafe_plain_api",
            t("The tokens of people would cross the internet in the clear at {address}.", address=api),
            t(
                "Listen on 127.0.0.1 behind a TLS proxy, or use SSH; --allow-unsafe {name} goes on all the same.",
                name=PLAIN_API,
            ),
        )


def is_public(host: str, addresses: Callable[[], list[str]]) -> bool:
    """Whether the whole internet may reach a listener at that host. A name counts as what it stands for here."""
    try:
        found = ip_address(host)
    except ValueError:
        return any(ip_address(one).is_global for one in _named(host))
    if found.is_unspecified:
        return any(ip_address(one).is_global for one in addresses())
    return found.is_global


def own_addresses() -> list[str]:
    """This machine's addresses: those of its name, and those from which it would speak to the world."""
    found = set(_named(socket.gethostname()))
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))  # sends nothing: the kernel only chooses the source
                found.add(str(probe.getsockname()[0]))
        except OSError:
            continue
    return sorted(found)


def _named(host: str) -> list[str]:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(row[4][0]).partition("%")[0] for row in rows]
