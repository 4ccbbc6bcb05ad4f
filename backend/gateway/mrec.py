"""Codes of the ChargeX consortium's minimum required error codes, and of EVgo's older set (domain.md 3.4)."""

from __future__ import annotations

import re

CODE = re.compile(r"(?:CX\d{3}|A00[0-5]|F0(?:0\d|10))")
"""`CX001`...; EVgo's A000-A005 (the user's to mend) and F000-F010 (safety)."""
