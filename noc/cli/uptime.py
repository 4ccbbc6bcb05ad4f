"""`noc uptime`"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from backend.text import t
from noc.cli.figures import length, uptime_share
from noc.cli.options import FilterText, Json, Limit, Server, with_client
from noc.cli.output import note, put_json, table


class By(StrEnum):
    OUTLET = "outlet"
    STATION = "station"
    SITE = "site"
    NETWORK = "network"


def uptime(
    by: Annotated[By, typer.Option("--by", help=t("What a row is."))] = By.NETWORK,
    start: Annotated[str, typer.Option("--from", metavar="T", help=t("ISO 8601, or -24h."))] = "-30d",
    end: Annotated[str, typer.Option("--to", metavar="T", help=t("ISO 8601, or -24h."))] = "now",
    formula: Annotated[
        str,
        typer.Option(
            "--formula", metavar="NAME", help=t("strict, optimistic, pessimistic, nevi, cec, uk_literal or uk_strict.")
        ),
    ] = "strict",
    filter: FilterText = "",  # noqa: A002
    limit: Limit = 100,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Uptime by a published formula; the last 30 days unless said otherwise, the worst first."""
    found = with_client(server, lambda client: client.uptime(by.value, start, end, formula, filter))
    shown = found[:limit] if limit else found
    if as_json:
        put_json(shown)
        return
    table(
        (by.value, t("uptime"), t("up"), t("down"), t("excluded"), t("gap"), t("why")),
        [
            (
                row.label if row.label and row.label == row.key else f"{row.key} {row.label}".strip(),
                uptime_share(row.uptime_pct),
                length(row.up_s),
                length(row.down_s),
                length(row.excluded_s),
                length(row.gap_s),
                _why(row.causes),
            )
            for row in shown
        ],
        right=(1, 2, 3, 4, 5),
    )
    if len(found) > len(shown):
        note(t("{n} more; --limit 0 shows all.", n=len(found) - len(shown)))


def _why(causes: dict[str, float]) -> str:
    worst = sorted(causes.items(), key=lambda pair: -pair[1])[:3]
    return ", ".join(f"{name} {length(seconds)}" for name, seconds in worst if seconds >= 1)
