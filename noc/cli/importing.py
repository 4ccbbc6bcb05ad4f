"""`noc import`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.model.errors import Invalid
from backend.model.words import Exit
from backend.text import t, tn
from noc.cli.options import Json, Server, with_client
from noc.cli.output import end_progress, note, progress_line, put_json, say

if TYPE_CHECKING:
    from backend.model.requests import ImportProgress

NAMED = 50


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help=t("Sites, stations, outlets or tokens."))],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("Check every row, change nothing."))] = False,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Import sites, stations, outlets and tokens: all rows, or none when one is bad."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Invalid(
            "bad_file",
            t("Cannot read {path}: {why}.", path=file, why=error.strerror or error),
            t("Name a CSV file."),
        ) from error
    try:
        report = with_client(server, lambda client: client.import_csv(data, dry_run, _progress))
    finally:
        end_progress()
    if as_json:
        put_json(report)
    else:
        _say(report)
    return Exit.ERROR if report.bad_rows else Exit.DONE


def _progress(progress: ImportProgress) -> None:
    done = progress.written if progress.phase == "writing" else progress.rows
    progress_line(f"{progress.phase} {done}/{progress.rows_total}")


def _say(report: ImportProgress) -> None:
    for bad in report.bad[:NAMED]:
        where = t("line {line}", line=bad.line) + (f", {bad.column}" if bad.column else "")
        note(f"{where}: {bad.why}" + (f" ({bad.value})" if bad.value else ""))
    if report.bad_rows > NAMED:
        note(t("... and {n} more; --json names them.", n=report.bad_rows - NAMED))
    counts = [
        tc_count
        for what, held in ((t("new"), report.new), (t("changed"), report.changed), (t("unchanged"), report.unchanged))
        for tc_count in (f"{n} {kind} {what}" for kind, n in sorted(held.items()) if n)
    ]
    say(", ".join(counts) or t("no rows"))
    if report.bad_rows:
        say(tn("{n} bad row: nothing was imported.", "{n} bad rows: nothing was imported.", report.bad_rows))
    elif report.dry_run:
        say(t("Nothing was changed: this was a dry run."))
