"""`noc station ...`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.text import t
from backend.text.quirks import trait_words
from noc.cli.figures import age, moment
from noc.cli.options import FilterText, Json, Limit, Server, with_client
from noc.cli.output import facts, put_json, say, table

if TYPE_CHECKING:
    from backend.model.resources import StationResource

Id = Annotated[str, typer.Argument(metavar="ID", help=t("The station's identity."))]
Site = Annotated[str | None, typer.Option("--site", metavar="S", help=t("The site where it stands."))]
Version = Annotated[
    str | None, typer.Option("--version", metavar="1.6|2.0.1|2.1", help=t("Serve it in this OCPP version only."))
]
Current = Annotated[str | None, typer.Option("--current", metavar="AC|DC", help=t("What it charges with."))]
Profile = Annotated[
    int | None,
    typer.Option("--profile", min=0, max=3, help=t("Security profile below which it is not served.")),
]
Serial = Annotated[str | None, typer.Option("--serial", help=t("Its serial number."))]
Note = Annotated[str | None, typer.Option("--note", help=t("A remark."))]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("All stations, by id; pending ones too."))(list_stations)
    group.command("show", help=t("One station."))(show)
    group.command("add", help=t("Register a station; it is accepted when it connects."))(add)
    group.command("accept", help=t("Let a pending or blocked station in."))(accept)
    group.command("block", help=t("Keep a station out."))(block)
    group.command("set", help=t("Change what is registered of a station; an empty text takes it away."))(change)
    group.command("remove", help=t("Take a station out of the register; its history stays."))(remove)


def list_stations(filter: FilterText = "", limit: Limit = 100, as_json: Json = False, server: Server = None) -> None:  # noqa: A002
    """All stations, by id; pending ones too."""
    found = with_client(server, lambda client: client.stations(filter, limit))
    if as_json:
        put_json(found)
        return
    table(
        (t("station"), t("link"), t("heard"), t("boot"), t("OCPP"), t("site"), t("model"), t("firmware"), t("outlets")),
        [
            (
                one.id,
                one.link.value if one.admission.value == "accepted" else f"{one.link.value}, {one.admission.value}",
                age(one.last_heard),
                one.boot_status.value,
                one.ocpp_version or "",
                one.site or "",
                one.model,
                one.firmware,
                str(len(one.outlets)),
            )
            for one in found
        ],
        right=(2, 8),
    )


def show(station: Id, as_json: Json = False, server: Server = None) -> None:
    """One station."""
    _show(with_client(server, lambda client: client.station(station)), as_json=as_json)


def _show(one: StationResource, *, as_json: bool) -> None:
    if as_json:
        put_json(one)
        return
    facts(
        [
            (t("station"), one.id),
            (t("admission"), one.admission.value),
            (
                t("link"),
                f"{one.link.value} {t('since')} {moment(one.link_since)}" if one.link_since else one.link.value,
            ),
            (t("heard"), moment(one.last_heard)),
            (t("boot"), f"{one.boot_status.value} {moment(one.booted)}".rstrip()),
            (t("OCPP"), one.ocpp_version or ""),
            (t("site"), one.site or ""),
            (t("maker"), f"{one.vendor} {one.model}".strip()),
            (t("firmware"), one.firmware),
            (t("serial"), one.serial),
            (t("address"), one.address),
            (t("clock"), "" if one.clock_skew_s is None else f"{one.clock_skew_s:+.0f} s"),
            (t("errors"), ", ".join(one.error_codes)),
            (t("quirks"), ", ".join(f"{name} x{count}" for name, count in sorted(one.quirks.items()))),
            (t("handled"), ", ".join(trait_words(*pair) for pair in sorted(one.traits.items()))),
            (t("work"), one.pending_work),
            (t("note"), one.note),
            (t("outlets"), ", ".join(one.outlets)),
        ]
    )


def add(
    station: Id,
    site: Site = None,
    version: Version = None,
    current: Current = None,
    least_profile: Profile = None,
    serial: Serial = None,
    note: Note = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Register a station; it is accepted when it connects."""
    fields = given(
        site=site,
        pinned_version=version,
        current=current,
        least_profile=least_profile,
        serial=serial,
        note=note,
    )
    _done(with_client(server, lambda client: client.put_station(station, how="add", **fields)), t("added"), as_json)


def accept(station: Id, site: Site = None, as_json: Json = False, server: Server = None) -> None:
    """Let a pending or blocked station in."""
    fields = given(site=site)
    _done(with_client(server, lambda client: client.accept(station, **fields)), t("accepted"), as_json)


def block(station: Id, as_json: Json = False, server: Server = None) -> None:
    """Keep a station out."""
    _done(with_client(server, lambda client: client.block(station)), t("blocked"), as_json)


def change(
    station: Id,
    site: Site = None,
    version: Version = None,
    current: Current = None,
    least_profile: Profile = None,
    serial: Serial = None,
    note: Note = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Change what is registered of a station; an empty text takes it away."""
    fields = given(
        site=site,
        pinned_version=version,
        current=current,
        least_profile=least_profile,
        serial=serial,
        note=note,
    )
    _done(with_client(server, lambda client: client.put_station(station, how="set", **fields)), t("changed"), as_json)


def remove(station: Id, as_json: Json = False, server: Server = None) -> None:
    """Take a station out of the register; its history stays."""
    with_client(server, lambda client: client.remove("stations", station))
    if as_json:
        put_json({"removed": station})
    else:
        say(t("{name} removed", name=station))


def given(**fields: Any) -> dict[str, Any]:
    """The options that were given; an empty text empties the field."""
    empties = {"site", "pinned_version", "group", "expires", "in_service_since", "capacity_kw", "max_power_kw"}
    return {
        name: None if value == "" and name in empties else value for name, value in fields.items() if value is not None
    }


def _done(one: StationResource, what: str, as_json: bool) -> None:
    if as_json:
        put_json(one)
    else:
        say(f"{one.id} {what}")
