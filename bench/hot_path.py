"""Server CPU per message, the whole way (state, alarms, uptime, store, trace), against named baselines of the same run.

    python bench/hot_path.py [--stations 100] [--count 200] [--rounds 3]

Prints the median microseconds (user + system of the server process) per request and reply, and their ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = (
    ("Heartbeat", "1.6"),
    ("StatusNotification", "1.6"),
    ("MeterValues", "1.6"),
    ("TransactionEvent", "2.0.1"),
    ("Invalid", "1.6"),
)


def cpu_of(pid: int) -> float:
    """User and system seconds of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(command: list[str], kind: str, version: str, stations: int, count: int) -> tuple[float, dict[str, float]]:
    """Microseconds of server CPU per message, and what the load said."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        port = line.split("ocpp=")[1].split()[0].rpartition(":")[2] if "ocpp=" in line else line.split()[1]
        load = [sys.executable, "bench/load.py", "127.0.0.1", port, kind, str(stations), str(count), version]
        with subprocess.Popen(load, stdout=subprocess.PIPE, text=True, cwd=ROOT) as client:
            assert client.stdout is not None
            assert client.stdout.readline().startswith("begin")
            before = cpu_of(server.pid)
            assert client.stdout.readline().startswith("end")
            used = cpu_of(server.pid) - before
            said = json.loads(client.stdout.readline())
        server.terminate()
        server.wait()
    return used / said["messages"] * 1e6, said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=100)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    print(f"{'message':22} {'noc':>8} {'plain':>8} {'echo':>8}   plain/noc  echo/noc")
    for kind, version in KINDS:
        figures: dict[str, list[float]] = {"noc": [], "plain": [], "echo": []}
        for _ in range(chosen.rounds):
            with tempfile.TemporaryDirectory() as folder:
                noc = [sys.executable, "-m", "noc", "serve", "--data", folder, "--ocpp", "127.0.0.1:0"]
                noc += ["--api", f"unix:{folder}/api.sock", "--accept-unknown"]
                for name, command in (
                    ("noc", noc),
                    ("plain", [sys.executable, "bench/plain.py", "stock"]),
                    ("echo", [sys.executable, "bench/plain.py", "echo"]),
                ):
                    cost, said = measure(command, kind, version, chosen.stations, chosen.count)
                    figures[name].append(cost)
                    if kind == "Invalid" and name == "noc":
                        assert said["errors"] + 0 >= said["messages"] * 0.9, said
        noc_us, plain_us, echo_us = (statistics.median(figures[name]) for name in ("noc", "plain", "echo"))
        print(
            f"{kind:22} {noc_us:8.0f} {plain_us:8.0f} {echo_us:8.0f}   "
            f"{plain_us / noc_us:8.1f}x {echo_us / noc_us:8.2f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
