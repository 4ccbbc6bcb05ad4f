"""The server's figures in Prometheus' text format. The rooms count in plain numbers; they become metrics when somebody
asks, part by part: no scrape holds the loop. Every label is a word of ours or of OCPP: no station can make one."""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from backend.api.pace import Work
from backend.api.system import memory_bytes, vitals
from backend.model.histogram import Histogram
from backend.model.words import Link

if TYPE_CHECKING:
    from backend.api.house import House

STATIONS_AT_ONCE = 1_000


class _One:
    """A registry of a single metric."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        """That metric."""
        return (self._metric,)


async def exposition(house: House) -> bytes:
    """All figures as text, made in slices."""
    work = Work()
    written: list[bytes] = []
    name = ""
    async for metric in _all(house, work):
        text = generate_latest(_One(metric))
        if metric.name == name:
            text = b"".join(line for line in text.splitlines(keepends=True) if not line.startswith(b"#"))
        written.append(text)
        name = metric.name
        if work.spent:
            await work.rest()
    return b"".join(written)


async def _all(house: House, work: Work) -> AsyncIterator[Metric]:
    """The metrics as of now; a large one comes in parts, one after the other."""
    for part in (_process(), _server(house), _waits(house), _messages(house)):
        for metric in part:
            yield metric
    yield _labelled("noc_stations", "Stations of the register", "link", await _links(house, work))
    for metric in _network(house):
        yield metric


async def _links(house: House, work: Work) -> dict[str, int]:
    counts = dict.fromkeys(Link, 0)
    for number, station in enumerate(list(house.fleet.stations.values())):
        counts[station.link] += 1
        if number % STATIONS_AT_ONCE == 0 and work.spent:
            await work.rest()
    return {link.value: count for link, count in counts.items()}


def _process() -> Iterator[Metric]:
    """What Prometheus' own clients tell of every process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield CounterMetricFamily("process_cpu_seconds", "User and system CPU time", used.ru_utime + used.ru_stime)
    yield GaugeMetricFamily("process_resident_memory_bytes", "Memory that is held", memory_bytes())


def _server(house: House) -> Iterator[Metric]:
    found = vitals(house)
    store = house.store.vitals()
    yield _labelled("noc_build_info", "The program", "version", {found.version: 1})
    gauges: list[tuple[str, str, float]] = [
        ("process_start_time_seconds", "When it was started", found.started.timestamp()),
        ("process_open_fds", "Open files, connections among them", found.open_files),
        ("process_max_fds", "How many may be open", found.open_files_limit),
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
            house.gateway.vitals.stumbles,
        ),
    ]
    for name, text, value in counters:
        yield CounterMetricFamily(name, text, value)


def _waits(house: House) -> Iterator[Metric]:
    """Where something can pile up, and how long the disk and the loop took."""
    store = house.store.vitals()
    family = HistogramMetricFamily("noc_store_commit_seconds", "Commits by the time that they took")
    yield _with(family, [], store.commit_times)
    family = HistogramMetricFamily("noc_loop_late_seconds", "Turns of the server's clock by how late they came")
    yield _with(family, [], house.lag.turns)
    queues = {
        "store": store.queued,
        "tables": store.behind,
        "trace": store.frames_waiting,
        "operations": len(house.operations.running),
    }
    yield _labelled("noc_queue", "What waits: rows, frames, operations", "of", queues)
    yield _labelled("noc_sockets_held", "Sockets that wait or are slowed", "why", house.gateway.waiting())


def _messages(house: House) -> Iterator[Metric]:
    counts = house.gateway.vitals
    text = "From a station's frame to our answer, its commit included"
    yield from _by_action("noc_message_seconds", text, counts.timings)
    yield from _by_action("noc_call_seconds", "From a call of ours to the station's answer", counts.calls)
    errors = CounterMetricFamily("noc_call_errors", "CALLERRORs", labels=["direction", "code"])
    for (direction, code), count in sorted(counts.errors.items()):
        errors.add_metric([direction, code], count)
    yield errors
    refused = CounterMetricFamily("noc_handshakes_refused", "Connections that were not served", labels=["reason"])
    for reason, count in sorted(house.gateway.refused_by_reason.items()):
        refused.add_metric([reason], count)
    yield refused


def _by_action(name: str, text: str, timings: Mapping[str, Histogram]) -> Iterator[Metric]:
    """One part for each action; without any the name alone."""
    if not timings:
        yield HistogramMetricFamily(name, text, labels=["action"])
    for action, timing in sorted(timings.items()):
        yield _with(HistogramMetricFamily(name, text, labels=["action"]), [action], timing)


def _with(family: HistogramMetricFamily, labels: list[str], found: Histogram) -> Metric:
    family.add_metric(labels, list(found.up_to()), found.total)
    return family


def _network(house: House) -> Iterator[Metric]:
    totals = house.views.totals()
    yield GaugeMetricFamily("noc_stations_pending", "Stations that wait to be let in", totals.pending_stations)
    yield _labelled("noc_outlets", "Outlets", "activity", totals.activities)
    yield GaugeMetricFamily("noc_power_watts", "What all outlets give", totals.power_w)
    yield _labelled("noc_alarms", "Open alarms", "severity", totals.alarms)
    operations = CounterMetricFamily("noc_operations", "Remote operations that ended", labels=["operation", "state"])
    for labels, count in sorted(house.outcomes.counts.items()):
        operations.add_metric(labels, count)
    yield operations


def _labelled(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
