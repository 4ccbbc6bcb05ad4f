"""`noc session ...`"""

from __future__ import annotations

from typing import Annotated

import typer

from backend.text import t
from noc.cli.figures import kw, kwh, length, moment, short_moment
from noc.cli.options import FilterText, Json, Limit, Reveal, Server, with_client
from noc.cli.output import facts, put_json, searched, table

Id = Annotated[str, typer.Argument(metavar="ID", help=t("The session's number."))]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("Live and past sessions, the newest first."))(list_sessions)
    group.command("show", help=t("One session."))(show)


def list_sessions(
    filter: FilterText = "",  # noqa: A002
    limit: Limit = 100,
    reveal: Reveal = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Live and past sessions, the newest first."""
    found = with_client(server, lambda client: client.sessions(filter, limit, reveal=reveal))
    searched(found, limit, "started")
    if as_json:
        put_json(found)
        return
    table(
        (
            t("session"),
            t("outlet"),
            t("state"),
            t("started"),
            t("length"),
            t("kWh"),
            t("kW"),
            t("token"),
            t("ended by"),
        ),
        [
            (
                one.id,
                one.outlet,
                one.state.value,
                short_moment(one.started),
                length(one.duration_s),
                kwh(one.measured_wh),
                kw(one.power_w),
                one.id_token or "",
                " ".join([one.stop_reason or "", *one.flags]).strip(),
            )
            for one in found
        ],
        right=(0, 4, 5, 6),
    )


def show(
    session: Id,
    readings: Annotated[bool, typer.Option("--readings", help=t("Print its curve too."))] = False,
    reveal: Reveal = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """One session."""
    one = with_client(server, lambda client: client.session(session, reveal))
    curve = with_client(server, lambda client: client.readings(session)) if readings else []
    if as_json:
        put_json({**_builtins(one), "readings": curve} if readings else one)
        return
    facts(
        [
            (t("session"), one.id),
            (t("outlet"), one.outlet),
            (t("number"), one.label if one.label != one.outlet else ""),
            (t("site"), one.site or ""),
            (t("token"), one.id_token or ""),
            (t("state"), one.state.value),
            (t("started"), moment(one.started)),
            (t("ended"), moment(one.ended)),
            (t("length"), length(one.duration_s)),
            (t("energy"), f"{kwh(one.measured_wh)} kWh" if one.measured_wh is not None else ""),
            (t("power"), f"{kw(one.power_w)} kW" if one.power_w is not None else ""),
            (t("battery"), f"{one.soc_pct:.0f} %" if one.soc_pct is not None else ""),
            (t("meter"), " - ".join(str(v) for v in (one.meter_start_wh, one.meter_stop_wh) if v is not None)),
            (t("ended by"), one.stop_reason or ""),
            (t("flags"), ", ".join(one.flags)),
            (t("transaction"), one.transaction_id),
        ]
    )
    if not readings:
        return
    table(
        (t("at"), t("kW"), t("kWh"), t("battery")),
        [
            (short_moment(r.at), kw(r.power_w), kwh(r.energy_wh), "" if r.soc_pct is None else f"{r.soc_pct:.0f}")
            for r in curve
        ],
        right=(1, 2, 3),
    )


def _builtins(one: object) -> dict[str, object]:
    import msgspec

    found: dict[str, object] = msgspec.to_builtins(one)
    return found
