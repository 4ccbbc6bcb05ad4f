"""`noc security ...`"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.model.errors import Invalid, Unknown
from backend.text import t
from noc.cli.figures import short_moment
from noc.cli.options import Deadline, FilterText, Json, Limit, Reason, Server, Yes, with_client
from noc.cli.output import facts, put_json, say, table
from noc.cli.remote import operate

if TYPE_CHECKING:
    from backend.model.resources import SecurityResource

Id = Annotated[str, typer.Argument(metavar="ID", help=t("The station's id."))]
MOST_READ = 1_024
MOST_PEM = 64_000


class Restart(StrEnum):
    AUTO = "auto"
    NONE = "none"
    SOFT = "soft"
    HARD = "hard"


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("Who is on what security profile, with which key and certificate."))(list_security)
    group.command("show", help=t("How one station proves who it is."))(show)
    group.command("set-key", help=t("Put a station's key on record, from standard input or made here."))(set_key)
    group.command("root", help=t("The root certificate that stations need."))(root)
    group.command("install-root", help=t("Have a station trust a root; proved when it is on its list."))(install_root)
    group.command("forget-key", help=t("Ask a station for no key any more."))(forget_key)

    group.command("rotate", help=t("Give a station a new random key; proved when it comes back with it."))(rotate)
    group.command("move", help=t("Move a station to another security profile; proved when it is back on it."))(move)
    group.command("certificates", help=t("The certificates that our own authority has issued to stations."))(
        certificates
    )
    group.command("requests", help=t("Stations' requests that wait for an outside authority."))(requests)
    group.command("request", help=t("One of these requests, as PEM, to be signed."))(request)
    group.command("import", help=t("Hand over what the outside authority has signed; it goes to its station."))(
        import_certificate
    )
    group.command("crl", help=t("Our own revocation list, as PEM."))(crl)
    group.command("revoke", help=t("Have a station's certificate count no more."))(revoke)


def list_security(filter: FilterText = "", limit: Limit = 100, as_json: Json = False, server: Server = None) -> None:  # noqa: A002
    """Who is on what security profile."""
    found = with_client(server, lambda client: client.security(filter, limit))
    if as_json:
        put_json(found)
        return
    table(
        (t("station"), t("link"), t("profile"), t("least"), t("key"), t("set"), t("certificate until")),
        [
            (
                one.station,
                one.link.value,
                str(one.security_profile),
                str(one.least_profile),
                _key(one),
                short_moment(one.key_set),
                t("revoked") if one.certificate_revoked is not None else short_moment(one.certificate_until),
            )
            for one in found
        ],
        right=(2, 3),
    )


def show(station: Id, as_json: Json = False, server: Server = None) -> None:
    """How one station proves who it is."""
    one = with_client(server, lambda client: client.security_of(station))
    if as_json:
        put_json(one)
        return
    facts(
        [
            (t("station"), one.station),
            (t("profile"), str(one.security_profile)),
            (t("least"), str(one.least_profile)),
            (t("key"), _key(one)),
            (t("set"), f"{short_moment(one.key_set)} {one.key_set_by}".strip()),
            (t("certificate"), one.certificate),
            (t("until"), short_moment(one.certificate_until)),
            (t("revoked"), short_moment(one.certificate_revoked)),
        ]
    )


def set_key(
    station: Id,
    generate: Annotated[bool, typer.Option("--generate", help=t("Make a random key, and print it this once."))] = False,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Put a station's key on record; never as an argument, where every process of the machine could read it."""
    key = None if generate else _read_key()
    made = with_client(server, lambda client: client.put_key(station, key))
    if as_json:
        put_json(made)
    elif generate:
        say(t("the key of {station}, shown this once:", station=made.station))
        print(made.key)
    else:
        say(t("the key of {station} is on record", station=made.station))


def root(as_json: Json = False, server: Server = None) -> None:
    """The root certificate that stations need to trust this server."""
    found = with_client(server, lambda client: client.root())
    if as_json:
        put_json(found)
    else:
        print(found.pem, end="")


def install_root(
    station: Id,
    file: Annotated[Path | None, typer.Option("--file", metavar="PEM", help=t("Another root than our own."))] = None,
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Have a station trust a root certificate: our own authority's unless a file is named."""
    pem = file.read_text("ascii", "replace") if file is not None else with_client(server, lambda c: c.root()).pem
    return operate(server, "install_certificate", station, {"certificate": pem}, reason, yes, deadline, as_json)


def forget_key(station: Id, as_json: Json = False, server: Server = None) -> None:
    """Ask a station for no key any more."""
    with_client(server, lambda client: client.remove_key(station))
    if as_json:
        put_json({"removed": station})
    else:
        say(t("{station} is asked for no key any more", station=station))


def rotate(
    station: Id,
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Give a station a new random key; the old one is dead once it has taken it."""
    return operate(server, "rotate_key", station, {}, reason, yes, deadline, as_json)


def move(
    station: Id,
    profile: Annotated[int, typer.Option("--profile", min=0, max=3, help=t("The security profile to move to."))],
    downgrade: Annotated[bool, typer.Option("--downgrade", help=t("Also when that is a step down."))] = False,
    restart: Annotated[
        Restart, typer.Option("--reset", help=t("Restart it: when it needs it (auto), never, gently, or at once."))
    ] = Restart.AUTO,
    rotate_key: Annotated[
        bool, typer.Option("--new-key", help=t("Give it a new key first; one without a key gets one anyway."))
    ] = False,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help=t("Where it finds this server, without its identity."))
    ] = None,
    url_setting: Annotated[
        str | None,
        typer.Option("--url-setting", metavar="KEY", help=t("1.6: the maker's setting that holds the address.")),
    ] = None,
    slot: Annotated[
        int | None, typer.Option("--slot", min=0, max=9, help=t("2.x: the slot; default: a free one."))
    ] = None,
    interface: Annotated[
        str | None, typer.Option("--interface", metavar="NAME", help=t("2.x: Wired0 (default), Wireless0, ..."))
    ] = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help=t("Do not look first whether it has the root and the certificate."))
    ] = False,
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Move a station to another security profile. Its old way in stays open until it is back on the new one."""
    named = {"url": url, "url_setting": url_setting, "slot": slot, "interface": interface}
    parameters = {
        "profile": profile,
        "downgrade": downgrade,
        "reset": restart.value,
        "rotate": rotate_key,
        "check": not unchecked,
        **{name: value for name, value in named.items() if value is not None},
    }
    return operate(server, "security_profile", station, parameters, reason, yes, deadline, as_json)


def certificates(limit: Limit = 100, as_json: Json = False, server: Server = None) -> None:
    """What was issued to stations, the newest first."""
    found = with_client(server, lambda client: client.certificates(limit))
    if as_json:
        put_json(found)
        return
    table(
        (t("serial"), t("station"), t("until"), t("asked by"), t("revoked")),
        [(one.serial, one.station, short_moment(one.until), one.asked_by, short_moment(one.revoked)) for one in found],
    )


def requests(as_json: Json = False, server: Server = None) -> None:
    """What waits for an outside authority, the oldest first."""
    found = with_client(server, lambda client: client.certificate_requests())
    if as_json:
        put_json(found)
        return
    table(
        (t("station"), t("asked"), t("key"), t("state")),
        [
            (
                one.station,
                short_moment(one.asked),
                one.key[:16],
                t("signed, waits for the station") if one.signed else t("waits for its signature"),
            )
            for one in found
        ],
    )


def request(
    station: Id,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help=t("Write it there; default: standard output."))
    ] = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """One request, to be carried to the outside authority."""
    found = with_client(server, lambda client: client.certificate_requests())
    one = next((row for row in found if row.station.casefold() == station.casefold()), None)
    if one is None:
        raise Unknown(
            "unknown_request",
            t("No request of {station} waits for its certificate.", station=station),
            t("`noc security requests` names those that do."),
        )
    if export is not None:
        export.write_text(one.pem, "ascii")
    if as_json:
        put_json(one)
    elif export is None:
        print(one.pem, end="")
    else:
        say(t("the request of {station} is in {file}", station=one.station, file=export))


def import_certificate(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=t("The certificate and what is above it, PEM; `-` reads stdin."))
    ],
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Hand over what the outside authority has signed."""
    pem = sys.stdin.read(MOST_PEM) if file == "-" else Path(file).read_text("ascii", "replace")[:MOST_PEM]
    taken = with_client(server, lambda client: client.import_certificate(pem))
    if as_json:
        put_json(taken)
    else:
        say(t("{serial} goes to {station} as soon as it is connected", serial=taken.serial, station=taken.station))


def crl(as_json: Json = False, server: Server = None) -> None:
    """Our own revocation list, for whoever checks stations' certificates besides this server."""
    found = with_client(server, lambda client: client.crl())
    if as_json:
        put_json(found)
    else:
        print(found.pem, end="")


def revoke(
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help=t("As `noc security certificates` shows it."))],
    as_json: Json = False,
    server: Server = None,
) -> None:
    """A certificate counts no more."""
    revoked = with_client(server, lambda client: client.revoke_certificate(serial))
    if as_json:
        put_json(revoked)
    else:
        say(t("{serial} of {station} is revoked", serial=revoked.serial, station=revoked.station))


def _read_key() -> str:
    if sys.stdin.isatty():
        key: str = typer.prompt(t("key"), hide_input=True, err=True)
    else:
        key = sys.stdin.readline(MOST_READ)
    key = key.strip()
    if not key:
        raise Invalid("usage", t("There is no key on standard input."), t("Write it there, or say --generate."))
    return key


def _key(one: SecurityResource) -> str:
    if one.next_key:
        return t("changing")
    if not one.has_key:
        return "–"
    return one.key_form or t("on record")
