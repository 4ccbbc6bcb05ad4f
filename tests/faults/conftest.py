"""How long the fault tests go on."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def rounds() -> int:
    """`NOC_FAULT_ROUNDS`, else 3: `NOC_FAULT_ROUNDS=100 pytest tests/faults` takes its time."""
    return int(os.environ.get("NOC_FAULT_ROUNDS", "3"))
