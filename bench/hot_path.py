"""Server CPU per message, the whole way (state, alarms, uptime, store, trace), against baselines of the same run.

    python bench/hot_path.py [--stations 100] [--count 200] [--rounds 3] [--only 1,2,3]

Prints the median microseconds (user + system of the server process, all its threads) per request and reply, and the
targets with what must be reached, what is aimed at, and what was reached. Servers take turns, so that a busy machine is
busy for all of them; each has the first core for itself and the stations the second. Every server sees the same load
(`generator.py`): one message in flight per station, the next goes out when its answer is there.

Guard rails in every run: each message was answered, each invalid one with its error, and no valid one with one. Where
the stations themselves were busy for more than nine tenths of the time it is said: then they were the limit.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PEER = "ocpp-rpc@2"
LIMIT = 0.9
"""From here on the stations, not the server, may be what limits a run; CPU per message stands all the same."""
BASELINE_SHARE = 4
"""The slow baselines get that part of the messages: what one costs does not depend on how many there are."""


class Load(NamedTuple):
    """What is measured: a server under one kind of message."""

    server: str
    kind: str
    version: str = "1.6"


class Target(NamedTuple):
    """`over / under` must reach `must` (or stay below it, where `below`)."""

    number: int
    what: str
    over: Load
    under: Load
    must: float
    aim: float
    below: bool = False

    def mark(self, ratio: float) -> str:
        """How far it got."""
        if self.below:
            return "aim" if ratio <= self.aim else "must" if ratio <= self.must else "MISSED"
        return "aim" if ratio >= self.aim else "must" if ratio >= self.must else "MISSED"


STATUS = Load("noc", "StatusNotification")
METER = Load("noc", "MeterValues")
HEARTBEAT = Load("noc", "Heartbeat")
TRANSACTION = Load("noc", "TransactionEvent", "2.0.1")
TARGETS = (
    Target(1, "StatusNotification / plain", Load("stock", "StatusNotification"), STATUS, 4, 10),
    Target(2, "StatusNotification / plain + sqlite-utils", Load("stored", "StatusNotification"), STATUS, 7, 17),
    Target(3, "StatusNotification / bare echo", Load("echo", "StatusNotification"), STATUS, 0.7, 1.5),
    Target(4, "MeterValues (6 values) / plain", Load("stock", "MeterValues"), METER, 8, 20),
    Target(5, "Heartbeat / plain", Load("stock", "Heartbeat"), HEARTBEAT, 3, 7),
    Target(6, "2.0.1 TransactionEvent / plain", Load("stock", "TransactionEvent", "2.0.1"), TRANSACTION, 8, 20),
    Target(
        7,
        "StatusNotification, no store / npm ocpp-rpc",
        Load("peer", "StatusNotification"),
        Load("storeless", "StatusNotification"),
        0.5,
        1,
    ),
    Target(8, "invalid / valid StatusNotification", Load("noc", "Invalid"), STATUS, 3, 1.2, below=True),
)


class Run(NamedTuple):
    """What one run showed."""

    cpu_us: float
    """Of the server, per message."""
    busy: float
    """Part of the time that the stations' process was busy."""


def cpu_of(pid: int) -> float:
    """User and system seconds of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def on_core(core: int, command: list[str]) -> list[str]:
    """`command` held to one core, where there is more than one and a way to do it."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    taskset = shutil.which("taskset")
    return command if taskset is None or len(cores) < 2 else [taskset, "-c", str(cores[core]), *command]


def fetch_peer(folder: str) -> str | None:
    """Install the package that target 7 is measured against into a folder; why it cannot be, or None."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "there is no node here"
    asked = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", PEER]
    done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
    os.environ["NODE_PATH"] = f"{folder}/node_modules"
    return (done.stderr.strip().splitlines() or ["npm failed"])[-1] if done.returncode else None


def command(server: str, folder: str) -> list[str]:
    """How a server is started; it prints its port when it is ready."""
    if server == "peer":
        return ["node", "bench/peer.js"]
    if server == "storeless":
        return [sys.executable, "-m", "bench.storeless"]
    if server != "noc":
        return [sys.executable, "bench/plain.py", server, folder]
    noc = [sys.executable, "-m", "noc", "serve", "--data", folder, "--ocpp", "127.0.0.1:0"]
    return [*noc, "--api", f"unix:{folder}/api.sock", "--accept-unknown"]


def measure(load: Load, stations: int, count: int) -> Run:
    """One server under one load, from its start to its end.

    Raises:
        AssertionError: an answer was missing, an invalid message did not get its error, or a valid one got one.
    """
    with tempfile.TemporaryDirectory() as folder:
        server_command = on_core(0, command(load.server, folder))
        with subprocess.Popen(server_command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
            assert server.stdout is not None
            line = server.stdout.readline()
            port = line.split("ocpp=")[1].split()[0].rpartition(":")[2] if "ocpp=" in line else line.split()[1]
            asked = ["127.0.0.1", port, load.kind, str(stations), str(count), load.version]
            generator = on_core(1, [sys.executable, "bench/generator.py", *asked])
            with subprocess.Popen(generator, stdout=subprocess.PIPE, text=True, cwd=ROOT) as client:
                assert client.stdout is not None
                assert client.stdout.readline().startswith("begin")
                before = cpu_of(server.pid)
                assert client.stdout.readline().startswith("end")
                used = cpu_of(server.pid) - before
                said = json.loads(client.stdout.readline())
            server.terminate()
            server.wait()
    assert said["errors"] + said["results"] == said["messages"], said
    assert said["errors"] == (said["messages"] if load.kind == "Invalid" else 0), said
    return Run(used / said["messages"] * 1e6, said["cpu_s"] / said["seconds"])


def figures(loads: Iterable[Load], chosen: argparse.Namespace) -> dict[Load, float]:
    """The median of every load; they take turns."""
    runs: dict[Load, list[Run]] = {load: [] for load in loads}
    for _ in range(chosen.rounds):
        for load, found in runs.items():
            slow = load.server in ("stock", "stored")
            count = max(1, chosen.count // BASELINE_SHARE) if slow else chosen.count
            found.append(measure(load, chosen.stations, count))
    for load, found in runs.items():
        if (busy := max(run.busy for run in found)) > LIMIT:
            print(f"   {load.server} {load.kind}: the stations were the limit, busy for {busy:.0%} of the time")
    return {load: statistics.median(run.cpu_us for run in found) for load, found in runs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=100)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="numbers of targets, with commas between")
    chosen = parser.parse_args()
    only = {int(number) for number in chosen.only.split(",") if number}
    print(f"{'#':>2} {'target':44} {'us':>6} {'noc us':>7} {'ratio':>7} {'must':>6} {'aim':>6}  reached")
    with tempfile.TemporaryDirectory() as folder:
        wanted = [target for target in TARGETS if not only or target.number in only]
        if any(target.over.server == "peer" for target in wanted) and (why := fetch_peer(folder)) is not None:
            print(f" 7 {'StatusNotification, no store / npm ocpp-rpc':44} not measured: {why}")
            wanted = [target for target in wanted if target.over.server != "peer"]
        measure_all(wanted, chosen)


def measure_all(wanted: list[Target], chosen: argparse.Namespace) -> None:
    """Measure and print; targets of one kind of message are measured together, each load once."""
    for kind in dict.fromkeys(target.over.kind for target in wanted):
        targets = [target for target in wanted if target.over.kind == kind]
        loads = dict.fromkeys(load for target in targets for load in (target.over, target.under))
        found = figures(loads, chosen)
        for target in targets:
            over, under = found[target.over], found[target.under]
            limits = f"{target.must:6g} {target.aim:6g}"
            print(
                f"{target.number:2} {target.what:44} {over:6.0f} {under:7.0f} {over / under:7.2f} {limits}  "
                f"{target.mark(over / under)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
