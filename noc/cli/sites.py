"""`noc site ...`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from backend.text import t
from noc.cli.figures import kw
from noc.cli.options import FilterText, Json, Limit, Server, with_client
from noc.cli.output import facts, put_json, say, table
from noc.cli.stations import given

if TYPE_CHECKING:
    from backend.model.resources import SiteResource

Id = Annotated[str, typer.Argument(metavar="ID", help=t("The site's id."))]
Name = Annotated[str | None, typer.Option("--name", help=t("What people call it."))]
Address = Annotated[str | None, typer.Option("--address", help=t("Street and number."))]
Town = Annotated[str | None, typer.Option("--town", help=t("Town."))]
Owner = Annotated[str | None, typer.Option("--owner", help=t("Whose it is."))]
Capacity = Annotated[float | None, typer.Option("--capacity-kw", min=0, help=t("What the connection carries."))]
Latitude = Annotated[float | None, typer.Option("--latitude", min=-90, max=90, help=t("Degrees north."))]
Longitude = Annotated[float | None, typer.Option("--longitude", min=-180, max=180, help=t("Degrees east."))]
Zone = Annotated[str | None, typer.Option("--time-zone", help=t("Its IANA time zone."))]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("All sites, by id."))(list_sites)
    group.command("show", help=t("One site."))(show)
    group.command("add", help=t("Register a site."))(add)
    group.command("set", help=t("Change what is registered of a site."))(change)
    group.command("remove", help=t("Take a site out of the register; no station may stand there."))(remove)


def list_sites(filter: FilterText = "", limit: Limit = 100, as_json: Json = False, server: Server = None) -> None:  # noqa: A002
    """All sites, by id."""
    found = with_client(server, lambda client: client.sites(filter, limit))
    if as_json:
        put_json(found)
        return
    table(
        (t("site"), t("name"), t("town"), t("stations"), t("outlets"), t("kW"), t("of kW"), t("owner")),
        [
            (
                one.id,
                one.name,
                one.town,
                str(one.stations),
                str(one.outlets),
                kw(one.power_w),
                kw(one.capacity_w),
                one.owner,
            )
            for one in found
        ],
        right=(3, 4, 5, 6),
    )


def show(site: Id, as_json: Json = False, server: Server = None) -> None:
    """One site."""
    one = with_client(server, lambda client: client.site(site))
    if as_json:
        put_json(one)
        return
    facts(
        [
            (t("site"), one.id),
            (t("name"), one.name),
            (t("address"), one.address),
            (t("town"), one.town),
            (t("owner"), one.owner),
            (t("capacity"), f"{kw(one.capacity_w)} kW" if one.capacity_w is not None else ""),
            (t("power"), f"{kw(one.power_w)} kW" if one.power_w is not None else "?"),
            (t("time zone"), one.time_zone),
            (t("stations"), str(one.stations)),
            (t("outlets"), str(one.outlets)),
        ]
    )


def add(
    site: Id,
    name: Name = None,
    address: Address = None,
    town: Town = None,
    owner: Owner = None,
    capacity: Capacity = None,
    latitude: Latitude = None,
    longitude: Longitude = None,
    zone: Zone = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Register a site."""
    fields = given(
        name=name,
        address=address,
        town=town,
        owner=owner,
        capacity_kw=capacity,
        latitude=latitude,
        longitude=longitude,
        time_zone=zone,
    )
    _done(with_client(server, lambda client: client.put_site(site, how="add", **fields)), t("added"), as_json)


def change(
    site: Id,
    name: Name = None,
    address: Address = None,
    town: Town = None,
    owner: Owner = None,
    capacity: Capacity = None,
    latitude: Latitude = None,
    longitude: Longitude = None,
    zone: Zone = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Change what is registered of a site."""
    fields = given(
        name=name,
        address=address,
        town=town,
        owner=owner,
        capacity_kw=capacity,
        latitude=latitude,
        longitude=longitude,
        time_zone=zone,
    )
    _done(with_client(server, lambda client: client.put_site(site, how="set", **fields)), t("changed"), as_json)


def remove(site: Id, as_json: Json = False, server: Server = None) -> None:
    """Take a site out of the register; no station may stand there."""
    with_client(server, lambda client: client.remove("sites", site))
    if as_json:
        put_json({"removed": site})
    else:
        say(t("{name} removed", name=site))


def _done(one: SiteResource, what: str, as_json: bool) -> None:
    if as_json:
        put_json(one)
    else:
        say(f"{one.id} {what}")
