"""`noc quirk ...`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from backend.model.errors import Invalid
from backend.model.requests import QuirkChange
from backend.text import t, tn
from noc.cli.figures import moment, short_moment
from noc.cli.options import Json, Server, with_client
from noc.cli.output import facts, note, put_json, put_utf8, say, table

if TYPE_CHECKING:
    from backend.model.resources import QuirkResource

Station = Annotated[str, typer.Option("--station", metavar="ID", help=t("Of this station alone."))]
Vendor = Annotated[str, typer.Option("--vendor", help=t("Of this maker's stations, as they call it themselves."))]
Model = Annotated[str, typer.Option("--model", help=t("Of this model of the maker."))]
Firmware = Annotated[str, typer.Option("--firmware", metavar="PREFIX", help=t("Only with firmware that begins so."))]
MOST_BYTES = 1 << 20


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("All entries: of models, then of stations."))(list_quirks)
    group.command("show", help=t("What is in force for a station, why, and what was seen of it."))(show)
    group.command("set", help=t("Set, refuse or remove a trait; a station's wins over its model's."))(change)
    group.command("export", help=t("Write what is in force for models to a file, for another server."))(export)
    group.command("import", help=t("Set what a file says: all of it, or nothing when a row is bad."))(import_file)


def list_quirks(as_json: Json = False, server: Server = None) -> None:
    """All entries: of models, then of stations."""
    found = with_client(server, lambda client: client.quirks())
    if as_json:
        put_json(found)
    else:
        _table(found)


def show(
    station: Annotated[str, typer.Argument(metavar="ID", help=t("The station's identity."))],
    as_json: Json = False,
    server: Server = None,
) -> None:
    """What is in force for a station."""
    found = with_client(server, lambda client: client.station_quirks(station))
    if as_json:
        put_json(found)
        return
    facts(
        [
            (t("station"), found.station),
            (t("maker"), f"{found.vendor} {found.model}".strip()),
            (t("firmware"), found.firmware),
            (t("quirks"), ", ".join(f"{name} x{count}" for name, count in sorted(found.seen.items()))),
        ]
    )
    if found.traits:
        _table(found.traits)
    if found.deviations:
        table(
            (t("quirk"), t("count"), t("first"), t("last"), t("example")),
            [
                (one.name, str(one.count), short_moment(one.first), short_moment(one.last), one.example)
                for one in found.deviations
            ],
        )


def change(
    trait: Annotated[str, typer.Argument(metavar="TRAIT", help=t("ping, settle_s, assume_version, ..."))],
    value: Annotated[str, typer.Argument(metavar="[VALUE]", help=t("Its value: off, 15, 1.6, ..."))] = "",
    station: Station = "",
    vendor: Vendor = "",
    model: Model = "",
    firmware: Firmware = "",
    refuse: Annotated[bool, typer.Option("--refuse", help=t("It is not so, whatever is seen."))] = False,
    remove: Annotated[bool, typer.Option("--remove", help=t("Take the entry out."))] = False,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Set, refuse or remove a trait."""
    if (bool(value) + refuse + remove) != 1:
        raise Invalid("usage", t("Give a value, or --refuse, or --remove."), t("See `noc quirk set --help`."))
    made = with_client(
        server,
        lambda client: client.put_quirk(
            trait,
            value or None,
            station=station,
            vendor=vendor,
            model=model,
            firmware=firmware,
            refused=refuse,
        ),
    )
    if as_json:
        put_json(made)
        return
    what = t("removed") if remove else t("refused") if refuse else made.value
    say(f"{_subject(made)}: {made.trait} {what}")


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("A new file; `-` for standard output."))],
    stations: Annotated[bool, typer.Option("--stations", help=t("Those of single stations too."))] = False,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Write what is in force for models to a file."""
    found = with_client(server, lambda client: client.quirks())
    rows = [
        QuirkChange(
            trait=one.trait,
            value=one.value or None,
            refused=one.source == "refused",
            station=one.station,
            vendor=one.vendor,
            model=one.model,
            firmware=one.firmware,
        )
        for one in found
        if one.for_all and (stations or not one.station)
    ]
    text = msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n"
    if str(file) == "-":
        put_utf8(text)
        return
    with file.open("xb") as out:
        out.write(text)
    if as_json:
        put_json({"file": str(file), "rows": len(rows)})
    else:
        say(tn("{n} entry written to {file}", "{n} entries written to {file}", len(rows), file=str(file)))


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("What `noc quirk export` wrote."))],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("Only check."))] = False,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Set what a file says. Exit 1 when a row is bad."""
    with file.open("rb") as read:
        data = read.read(MOST_BYTES + 1)
    try:
        if len(data) > MOST_BYTES:
            raise Invalid("too_large", t("{file} is larger than 1 MiB.", file=str(file)))
        rows = msgspec.json.decode(data, type=list[QuirkChange])
    except msgspec.DecodeError as error:
        raise Invalid("bad_file", t("{file}: {why}", file=str(file), why=str(error))) from None
    report = with_client(server, lambda client: client.import_quirks(rows, dry_run))
    if as_json:
        put_json(report)
        return int(report.bad_rows > 0)
    for bad in report.bad:
        note(t("row {row}: {why}", row=bad.row, why=bad.why))
    say(
        t(
            "{rows} rows: {new} new, {changed} changed, {unchanged} unchanged, {bad} bad; {written} written",
            rows=report.rows,
            new=report.new,
            changed=report.changed,
            unchanged=report.unchanged,
            bad=report.bad_rows,
            written=report.written,
        )
    )
    return int(report.bad_rows > 0)


def _table(found: list[QuirkResource]) -> None:
    table(
        (t("of"), t("trait"), t("value"), t("source"), t("when"), t("from")),
        [(_subject(one), one.trait, one.value, _source(one), moment(one.at), _from(one)) for one in found],
    )


def _subject(one: QuirkResource) -> str:
    if one.station:
        return one.station
    return " ".join(part for part in (one.vendor, one.model, f"{one.firmware}*" if one.firmware else "") if part)


def _source(one: QuirkResource) -> str:
    words = {"set": t("set"), "learned": t("learned"), "refused": t("refused")}
    return words.get(one.source, one.source)


def _from(one: QuirkResource) -> str:
    if one.by:
        return one.by
    return ", ".join(one.stations) if one.for_all else t("{stations} alone", stations=", ".join(one.stations))
