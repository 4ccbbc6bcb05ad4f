"""`noc backup`, `noc restore`, `noc check`: the database as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.model.words import Exit
from backend.text import t, tn
from noc.cli.options import Json, Server, with_client
from noc.cli.output import note, put_json, say

if TYPE_CHECKING:
    from backend.model.resources import BackupResource
    from backend.store.check import Report

MIB = 1 << 20
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help=t("The server's data directory."))]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("Where the copy goes, on the server's machine."))],
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Copy the database while the server runs; done when the copy is proved. It holds keys and tokens."""
    path = str(file.expanduser().absolute())
    made: BackupResource = with_client(server, lambda client: client.back_up(path))
    if as_json:
        put_json(made)
        return
    say(
        t(
            "{path}: {mib} MiB, schema {schema}, {rows} rows, proved in {n} s",
            path=made.path,
            mib=f"{made.bytes / MIB:.1f}",
            schema=made.schema,
            rows=sum(made.rows.values()),
            n=f"{made.took_s:.1f}",
        )
    )


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("A copy that `noc backup` made."))],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Put a copy in the database's place; the server must not run. What was there is kept beside it."""
    from backend.store.restore import restore as put_back

    done = put_back(file.expanduser(), _data(data))
    if as_json:
        put_json(done)
        return
    say(t("{path}: schema {schema}, {rows} rows", path=done.path, schema=done.schema, rows=sum(done.rows.values())))
    if done.kept is not None:
        note(t("What was there before is {path}.", path=done.kept))


def check(
    data: Data = None,
    quick: Annotated[
        bool, typer.Option("--quick", help=t("Leave out the comparison of tables with their indexes."))
    ] = False,
    as_json: Json = False,
) -> int:
    """Look the database over, also while a server uses it; changes nothing. Exit code 1 when something is wrong."""
    from backend.store.check import check_data

    report = check_data(_data(data), quick=quick)
    if as_json:
        put_json(report)
    else:
        _say(report)
    return Exit.DONE if report.ok else Exit.ERROR


def _say(report: Report) -> None:
    for file in report.files:
        say(
            t(
                "{path}: {mib} MiB, schema {schema}, {rows} rows",
                path=file.path,
                mib=f"{file.bytes / MIB:.1f}",
                schema=file.schema,
                rows=sum(file.rows.values()),
            )
        )
    for finding in report.findings:
        more = t(" and more") if finding.count > len(finding.examples) else ""
        named = f": {', '.join(finding.examples)}{more}" if finding.examples else ""
        say(f"{finding.check} ({finding.count}): {finding.text}{named}")
    if report.ok:
        say(t("all is well"))
    else:
        note(tn("{n} finding", "{n} findings", len(report.findings)))


def _data(named: Path | None) -> Path:
    if named is not None:
        return named.expanduser()
    from noc.settings import load_settings

    return load_settings().store.data
