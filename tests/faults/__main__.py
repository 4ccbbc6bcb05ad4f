"""`python -m tests.faults --rounds 100 [--seed S] [TEST...]`: the fault tests by hand, for as long as wanted."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pytest

parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
parser.add_argument("--rounds", type=int, default=100, help="kills, and how long the stopped console stands still")
parser.add_argument("--seed", help="repeats the moments of the kills")
parser.add_argument("tests", nargs="*", default=[str(Path(__file__).parent)])
asked = parser.parse_args()
os.environ["NOC_FAULT_ROUNDS"] = str(asked.rounds)
if asked.seed is not None:
    os.environ["NOC_FAULT_SEED"] = asked.seed
sys.exit(pytest.main(["-n0", "-v", *asked.tests]))
