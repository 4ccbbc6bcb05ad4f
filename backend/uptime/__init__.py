"""Uptime: intervals of every outlet, and the published formulas over them. No I/O; time enters by the clock."""

from backend.uptime.formulas import FORMULAS, Count, count
from backend.uptime.recorder import Recorder
from backend.uptime.report import Report, Row, at_once, day_bounds

__all__ = ["FORMULAS", "Count", "Recorder", "Report", "Row", "at_once", "count", "day_bounds"]
