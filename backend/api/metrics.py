"""The server's figures in Prometheus' text format, and whether it is there and ready. The rooms count in plain
numbers; they become metrics when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from backend.api.routing import FAILS, house_of, needs
from backend.api.system import vitals
from backend.model.resources import Readiness
from backend.model.words import Link, Right
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House

Asked = Request[Any, Any, Any]
READY_LAG_MS = 2_000.0
"""A loop that is later than this answers nobody in time."""


class HouseCollector(Collector):
    """Reads all rooms once per scrape."""

    def __init__(self, house: House) -> None:
        self._house = house

    def describe(self) -> list[Metric]:
        """Nothing ahead of time: reading the rooms is only for who asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The metrics as of now."""
        yield from self._server()
        yield from self._messages()
        yield from self._network()

    def _server(self) -> Iterator[Metric]:
        found = vitals(self._house)
        store = self._house.store.vitals()
        yield _labelled("noc_build_info", "The program", "version", {found.version: 1})
        gauges: list[tuple[str, str, float]] = [
            ("noc_connections", "Stations that are connected", found.connections),
            ("noc_consoles", "Readers of the live feed", found.consoles),
            ("noc_loop_lag_seconds", "Longest wait of the loop in the last ten seconds", found.loop_lag_ms / 1000),
            ("noc_store_queue_rows", "Rows that are not on disk yet", found.writer_queue),
            ("noc_store_commit_mean_seconds", "Mean of the last commits", found.commit_ms / 1000),
            ("noc_store_commit_p99_seconds", "Of the last thousand commits", found.commit_p99_ms / 1000),
            ("noc_store_failing", "1 while the disk takes nothing", 0 if found.store_error is None else 1),
            ("noc_trace_failing", "1 while frames are not kept", 0 if found.trace_error is None else 1),
            ("noc_database_bytes", "The database with its log", found.database_bytes),
            ("noc_trace_bytes", "The frames with their log", found.trace_bytes),
            ("noc_disk_free_bytes", "Free where the database is", found.disk_free_bytes),
            (
                "noc_last_backup_timestamp_seconds",
                "When the last copy was made; 0: none",
                0.0 if found.last_backup is None else found.last_backup.timestamp(),
            ),
        ]
        for name, text, value in gauges:
            yield GaugeMetricFamily(name, text, value)
        counters: list[tuple[str, str, float]] = [
            ("noc_frames_in", "Frames from stations", found.frames_in),
            ("noc_frames_out", "Frames to stations", found.frames_out),
            ("noc_events", "Events taken", found.events),
            ("noc_store_commits", "Commits", found.commits),
            ("noc_store_rows", "Rows written", store.rows),
            ("noc_store_rows_refused", "Rows that could not be written", store.refused),
            ("noc_trace_frames_dropped", "Frames that were not kept", store.frames_dropped),
            (
                "noc_frames_stumbled",
                "Frames that could not be handled, a fault of ours",
                self._house.gateway.vitals.stumbles,
            ),
        ]
        for name, text, value in counters:
            yield CounterMetricFamily(name, text, value)

    def _messages(self) -> Iterator[Metric]:
        timings = self._house.gateway.vitals.timings
        family = HistogramMetricFamily(
            "noc_message_seconds", "From a station's frame to our answer, its commit included", labels=["action"]
        )
        for action, timing in sorted(timings.items()):
            sums = list(accumulate(timing.counts))
            bounds = [*(f"{bound:g}" for bound in timing.bounds), "+Inf"]
            family.add_metric([action], list(zip(bounds, sums, strict=True)), timing.total_s)
        yield family

    def _network(self) -> Iterator[Metric]:
        totals = self._house.views.totals()
        counted = Counter(station.link for station in self._house.fleet.stations.values())
        links = {link.value: counted[link] for link in Link}
        yield _labelled("noc_stations", "Stations of the register", "link", links)
        yield GaugeMetricFamily("noc_stations_pending", "Stations that wait to be let in", totals.pending_stations)
        yield _labelled("noc_outlets", "Outlets", "activity", totals.activities)
        yield GaugeMetricFamily("noc_power_watts", "What all outlets give", totals.power_w)
        yield _labelled("noc_alarms", "Open alarms", "severity", totals.alarms)
        operations = CounterMetricFamily(
            "noc_operations", "Remote operations that ended", labels=["operation", "state"]
        )
        for labels, count in sorted(self._house.outcomes.counts.items()):
            operations.add_metric(labels, count)
        yield operations


def _labelled(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def registry_of(house: House) -> CollectorRegistry:
    """The registry of one server, with the process beside its rooms."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(HouseCollector(house))
    return registry


def readiness(house: House) -> Readiness:
    """Whether stations and people are served as they should be, and why not."""
    reasons = []
    if house.store.error is not None:
        reasons.append(t("the disk takes nothing: {why}", why=house.store.error))
    if house.lag.worst_ms > READY_LAG_MS:
        reasons.append(t("the server is late by {n} ms", n=round(house.lag.worst_ms)))
    return Readiness(ready=not reasons, reasons=reasons)


def _text(request: Asked) -> Response[bytes]:
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


def _ready(request: Asked) -> Response[Readiness]:
    found = readiness(house_of(request))
    return Response(found, status_code=200 if found.ready else 503)


@get("/metrics", opt=needs(Right.READ), include_in_schema=False)
async def get_metrics(request: Asked) -> Response[bytes]:
    """All figures, in Prometheus' text format."""
    return _text(request)


@get("/health/live", opt=needs(Right.READ), responses=FAILS)
async def get_live(request: Asked) -> dict[str, str]:
    """That it answers at all."""
    return {"status": "ok"}


@get("/health/ready", opt=needs(Right.READ), responses={**FAILS})
async def get_ready(request: Asked) -> Response[Readiness]:
    """Whether stations and people are served as they should be; 503 with the reasons when not."""
    return _ready(request)


@get("/metrics", name="open_metrics")
async def open_metrics(request: Asked) -> Response[bytes]:
    """The same on the listener of its own, to whoever reaches it."""
    return _text(request)


@get("/health/live")
async def open_live() -> dict[str, str]:
    """That it answers at all."""
    return {"status": "ok"}


@get("/health/ready")
async def open_ready(request: Asked) -> Response[Readiness]:
    """Whether it is ready; 503 with the reasons when not."""
    return _ready(request)


def make_metrics_app(house: House) -> Litestar:
    """What `--metrics HOST:PORT` serves without a login: figures and health, nothing else."""
    return Litestar(
        route_handlers=[open_metrics, open_live, open_ready],
        state=State({"house": house, "registry": registry_of(house)}),
        openapi_config=None,
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
    )
