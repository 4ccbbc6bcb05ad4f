"""Importing a CSV file: a rehearsal first, with progress; then its report, and only then the rows themselves."""

from __future__ import annotations

import asyncio
from pathlib import Path

from backend.model.errors import Invalid
from backend.model.requests import ImportProgress
from backend.text import t, tn
from screens.register_forms import kind_word
from widgets.figures import number
from widgets.line import Line, Run, wrap
from widgets.spark import bar

MOST_BYTES = 512 << 20
_KINDS = ("site", "station", "outlet", "token")


async def read_file(name: str) -> bytes:
    """The file's content.

    Raises:
        Invalid: it is not there, no file, or too large.
    """

    def read() -> bytes:
        path = Path(name).expanduser()
        if path.stat().st_size > MOST_BYTES:
            raise Invalid(
                "too_large", t("The file is larger than {n} MB: {file}.", file=name, n=MOST_BYTES >> 20), t("Split it.")
            )
        return path.read_bytes()

    try:
        return await asyncio.to_thread(read)
    except OSError as error:
        why = error.strerror or str(error)
        raise Invalid(
            "cannot_read", t("The file cannot be read, {why}: {file}.", file=name, why=why), t("Check its name.")
        ) from None


def progress_runs(progress: ImportProgress) -> list[Run]:
    """One line while it goes on."""
    word = {
        "reading": t("reading"),
        "checking": t("checking"),
        "writing": t("writing"),
        "done": t("done"),
    }.get(progress.phase, progress.phase)
    done = progress.written if progress.phase == "writing" else progress.rows
    share = done / progress.rows_total if progress.rows_total else 0.0
    rows = t("{n} of {total} rows", n=number(done), total=number(progress.rows_total))
    runs: list[Run] = [(t("import") + " ", "muted"), (word + " ", "text"), *bar(share, 30), ("  " + rows, "text")]
    if progress.bad_rows:
        runs.append(("  " + tn("{n} bad", "{n} bad", progress.bad_rows), "crit"))
    return runs


def counts(progress: ImportProgress) -> list[str]:
    """What it holds, by kind: `outlets: 98 new, 1 changed`."""
    lines = []
    for kind in _KINDS:
        new, changed = progress.new.get(kind, 0), progress.changed.get(kind, 0)
        same = progress.unchanged.get(kind, 0)
        if new or changed or same:
            word = kind_word(f"{kind}s")
            lines.append(
                t(
                    "{kind}: {new} new, {changed} changed, {same} as they were",
                    kind=word,
                    new=number(new),
                    changed=number(changed),
                    same=number(same),
                )
            )
    return lines


def report_lines(width: int, progress: ImportProgress, name: str) -> list[Line]:
    """The report of a file, with every bad row that was named."""
    lines = []
    head = Line(width)
    verdict: Run
    if progress.bad_rows:
        verdict = (tn("{n} bad row: nothing was taken", "{n} bad rows: nothing was taken", progress.bad_rows), "crit.b")
    elif progress.dry_run:
        verdict = (t("all rows are good, nothing was changed yet"), "ok.b")
    else:
        verdict = (tn("{n} row is in the register", "{n} rows are in the register", progress.written), "ok.b")
    rows = tn("{n} row", "{n} rows", progress.rows)
    head.runs(1, [(Path(name).name + "  ", "strong"), (rows + "  ", "muted"), verdict], end=width - 1)
    lines.append(head)
    for text in counts(progress):
        line = Line(width)
        line.put(1, text, "text", end=width - 1)
        lines.append(line)
    if progress.bad:
        lines.append(Line(width))
        title = Line(width)
        title.right(7, t("line"), "muted")
        title.put(9, t("column"), "muted")
        title.put(26, t("what is wrong"), "muted")
        lines.append(title)
    for problem in progress.bad:
        value = f" ({problem.value})" if problem.value else ""
        for at, text in enumerate(wrap(problem.why + value, width - 27)):
            line = Line(width)
            if at == 0:
                line.right(7, number(problem.line), "text")
                line.put(9, problem.column or "–", "strong", end=25)
            line.put(26, text, "text", end=width - 1)
            lines.append(line)
    return lines
