"""`noc system`"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.text import t
from noc.cli.figures import length, moment, uptime_share
from noc.cli.options import Json, Server, with_client
from noc.cli.output import facts, put_json, put_utf8, say

if TYPE_CHECKING:
    from backend.client.client import Client
    from backend.model.resources import Totals, Vitals, Who

MIB = 1 << 20


def _of(used: int, most: int) -> str:
    return t("{used} of {most} MiB", used=f"{used / MIB:.1f}", most=f"{most / MIB:.0f}")


def system(as_json: Json = False, server: Server = None) -> None:
    """Is the server in order, and the network in short."""

    async def do(client: Client) -> tuple[Vitals, Totals, Who]:
        return await client.system(), await client.totals(), await client.whoami()

    vitals, totals, who = with_client(server, do)
    if as_json:
        import msgspec

        put_json({**msgspec.to_builtins(vitals), "totals": totals, "who": who})
        return
    facts(
        [
            (t("server"), f"noc {vitals.version}, {t('up')} {length((vitals.now - vitals.started).total_seconds())}"),
            (t("started"), moment(vitals.started)),
            (t("you"), f"{who.name}: {', '.join(who.rights)}"),
            (t("network"), totals.network),
            (t("stations"), t("{online} of {n} online", online=totals.online, n=totals.stations)),
            (t("pending"), str(totals.pending_stations) if totals.pending_stations else ""),
            (t("outlets"), ", ".join(f"{word} {n}" for word, n in totals.activities.items() if n)),
            (t("alarms"), ", ".join(f"{name} {n}" for name, n in totals.alarms.items() if n)),
            (t("uptime 30 d"), uptime_share(totals.uptime_30d_pct)),
            (t("connections"), str(vitals.connections)),
            (t("frames"), f"{vitals.frames_in} {t('in')}, {vitals.frames_out} {t('out')}, {vitals.frames_per_s:.1f}/s"),
            (t("consoles"), str(vitals.consoles)),
            (t("loop lag"), f"{vitals.loop_lag_ms:.1f} ms"),
            (
                t("writing"),
                f"{vitals.writer_queue} {t('rows wait')}, {vitals.commit_ms:.1f} ms, p99 {vitals.commit_p99_ms:.1f} ms",
            ),
            (t("database"), _of(vitals.database_bytes, vitals.database_most_bytes)),
            (t("trace"), _of(vitals.trace_bytes, vitals.trace_most_bytes)),
            (t("memory"), f"{vitals.memory_bytes / MIB:.0f} MiB"),
            (t("open files"), f"{vitals.open_files} / {vitals.open_files_limit}"),
            (t("last backup"), moment(vitals.last_backup) if vitals.last_backup else t("never; see `noc backup`")),
            (t("trouble"), vitals.store_error or vitals.trace_error or ""),
            *((name, value) for name, value in vitals.settings.items()),
        ]
    )


def health(as_json: Json = False, server: Server = None) -> int:
    """Is the server ready, and why not; exit code 1 when it is not."""
    found = with_client(server, lambda client: client.readiness())
    if as_json:
        put_json(found)
    else:
        say(t("ready") if found.ready else t("not ready: {why}", why="; ".join(found.reasons)))
    return int(not found.ready)


def metrics(as_json: Json = False, server: Server = None) -> None:
    """All figures of the server, as Prometheus reads them; with --json as `name`, `labels`, `value`."""
    text = with_client(server, lambda client: client.metrics())
    if not as_json:
        put_utf8(text.encode())
        return
    from prometheus_client.parser import text_string_to_metric_families

    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    put_json([{"name": sample.name, "labels": sample.labels, "value": sample.value} for sample in samples])
