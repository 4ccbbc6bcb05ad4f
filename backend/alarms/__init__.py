"""Alarms after ISA-18.2: rules, delays, life cycle, parents. No I/O; time enters by the clock and `tick`."""

from backend.alarms.alarms import Alarms
from backend.alarms.rules import RuleRow, next_action, rule_rows, text

__all__ = ["Alarms", "RuleRow", "next_action", "rule_rows", "text"]
