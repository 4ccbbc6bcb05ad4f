"""`noc outlet ...`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from backend.model.words import Service
from backend.text import t
from noc.cli.figures import age, kw, kwh, moment
from noc.cli.options import FilterText, Json, Limit, Server, with_client
from noc.cli.output import facts, put_json, say, table
from noc.cli.stations import given

if TYPE_CHECKING:
    from backend.model.resources import OutletResource

Name = Annotated[
    str, typer.Argument(metavar="OUTLET", help=t("STATION:EVSE; where it is registered also its EVSE-ID or number."))
]
Label = Annotated[str | None, typer.Option("--label", help=t("The number on the sticker."))]
EvseId = Annotated[str | None, typer.Option("--evse-id", help=t("As SE*ABC*E1234*1."))]
Place = Annotated[str | None, typer.Option("--place", help=t("Where at the site."))]
MaxPower = Annotated[float | None, typer.Option("--max-power-kw", min=0, help=t("What it can give."))]
Plug = Annotated[str | None, typer.Option("--connector-type", help=t("As Type 2, CCS."))]
InService = Annotated[Service | None, typer.Option("--service", help=t("Whether its minutes count."))]
Since = Annotated[str | None, typer.Option("--in-service-since", metavar="T", help=t("Its minutes count from here."))]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("All outlets, by station and number."))(list_outlets)
    group.command("show", help=t("One outlet."))(show)
    group.command("add", help=t("Register an outlet of a station."))(add)
    group.command("set", help=t("Change what is registered of an outlet."))(change)
    group.command("remove", help=t("Take an outlet out of the register."))(remove)


def list_outlets(filter: FilterText = "", limit: Limit = 100, as_json: Json = False, server: Server = None) -> None:  # noqa: A002
    """All outlets, by station and number."""
    found = with_client(server, lambda client: client.outlets(filter, limit))
    if as_json:
        put_json(found)
        return
    table(
        (t("outlet"), t("number"), t("state"), t("kW"), t("kWh"), t("since"), t("heard"), t("site"), t("note")),
        [
            (
                one.outlet,
                one.label if one.label != one.outlet else "",
                state_of(one),
                kw(one.power_w) if one.known.value == "live" else "?",
                kwh(one.energy_wh),
                age(one.since if one.known.value == "live" else one.link_since),
                age(one.heard),
                one.site or "",
                _note(one),
            )
            for one in found
        ],
        right=(3, 4, 5, 6),
    )


def state_of(one: OutletResource) -> str:
    """The activity; of what is not seen now, the link."""
    return one.activity.value if one.known.value == "live" else one.link.value


def _note(one: OutletResource) -> str:
    if one.known.value != "live":
        return t("last known: {state}", state=one.activity.value)
    if one.error_codes:
        return " ".join([*one.error_codes, one.info])
    return one.id_token or ""


def show(name: Name, as_json: Json = False, server: Server = None) -> None:
    """One outlet."""
    one = with_client(server, lambda client: client.outlet(name))
    if as_json:
        put_json(one)
        return
    live = one.known.value == "live"
    facts(
        [
            (t("outlet"), one.outlet),
            (t("number"), one.label if one.label != one.outlet else ""),
            (t("EVSE-ID"), one.evse_id),
            (t("site"), one.site or ""),
            (t("place"), one.place),
            (
                t("link"),
                f"{one.link.value} {t('since')} {moment(one.link_since)}" if one.link_since else one.link.value,
            ),
            (t("heard"), moment(one.heard)),
            (t("state") if live else t("last known"), f"{one.state} ({one.activity.value})"),
            (t("since"), moment(one.since)),
            (t("errors"), " ".join([*one.error_codes, *one.vendor_error_codes, one.info]).strip()),
            (t("session"), one.session or ""),
            (t("token"), one.id_token or ""),
            (t("power"), f"{kw(one.power_w)} kW" if one.power_w is not None else ""),
            (t("energy"), f"{kwh(one.energy_wh)} kWh" if one.energy_wh is not None else ""),
            (t("alarms"), f"{one.alarms}" if one.alarms else ""),
            (t("service"), one.service.value),
            (t("model"), one.model),
        ]
    )


def add(
    name: Name,
    label: Label = None,
    evse_id: EvseId = None,
    place: Place = None,
    max_power: MaxPower = None,
    connector_type: Plug = None,
    service: InService = None,
    since: Since = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Register an outlet of a station."""
    fields = _fields(label, evse_id, place, max_power, connector_type, service, since)
    _done(with_client(server, lambda client: client.put_outlet(name, how="add", **fields)), t("added"), as_json)


def change(
    name: Name,
    label: Label = None,
    evse_id: EvseId = None,
    place: Place = None,
    max_power: MaxPower = None,
    connector_type: Plug = None,
    service: InService = None,
    since: Since = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Change what is registered of an outlet."""
    fields = _fields(label, evse_id, place, max_power, connector_type, service, since)
    _done(with_client(server, lambda client: client.put_outlet(name, how="set", **fields)), t("changed"), as_json)


def _fields(
    label: str | None,
    evse_id: str | None,
    place: str | None,
    max_power: float | None,
    connector_type: str | None,
    service: Service | None,
    since: str | None,
) -> dict[str, object]:
    return given(
        label=label,
        evse_id=evse_id,
        place=place,
        max_power_kw=max_power,
        connector_type=connector_type,
        service=service,
        in_service_since=iso_of(since),
    )


def iso_of(text: str | None) -> str | None:
    """A point in time as ISO 8601 in UTC; empty stays empty."""
    if not text:
        return text
    import time

    from backend.model.clock import as_datetime
    from backend.model.duration import parse_moment

    return as_datetime(parse_moment(text, time.time())).isoformat()


def remove(name: Name, as_json: Json = False, server: Server = None) -> None:
    """Take an outlet out of the register."""
    with_client(server, lambda client: client.remove("outlets", name))
    if as_json:
        put_json({"removed": name})
    else:
        say(t("{name} removed", name=name))


def _done(one: OutletResource, what: str, as_json: bool) -> None:
    if as_json:
        put_json(one)
    else:
        say(f"{one.outlet} {what}")
