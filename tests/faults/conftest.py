"""How long the fault tests go on, and what they found, as one table."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def rounds() -> int:
    """`NOC_FAULT_ROUNDS`, else 3: `NOC_FAULT_ROUNDS=100 pytest tests/faults` takes its time."""
    return int(os.environ.get("NOC_FAULT_ROUNDS", "3"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Of a run by hand: each test with its outcome, its time and what it counted (`record_property`)."""
    if "NOC_FAULT_ROUNDS" not in os.environ:
        return
    terminalreporter.section("faults")
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.getreports(outcome):
            if report.when != "call" and outcome != "skipped":
                continue
            name = report.nodeid.rpartition("/")[2].replace("::test_", "  ")
            counted = "  ".join(f"{key} {value}" for key, value in report.user_properties)
            terminalreporter.write_line(f"{outcome:8}{report.duration:8.1f} s  {name}  {counted}")
