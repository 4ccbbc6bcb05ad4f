"""The rules: what raises an alarm, how bad it is, and how long it must last (domain.md 3.1)."""

from __future__ import annotations

from msgspec import Struct

from backend.model.alarm import Alarm
from backend.model.settings import AlarmSettings
from backend.model.words import Severity
from backend.text.alarms import alarm_text, first_action, rule_name

HOUR_S = 3600.0


class Rule(Struct, frozen=True):
    """One kind of alarm."""

    name: str
    severity: Severity | None
    """None: by the code, or by whether it is AC or DC."""
    on_delay_s: float = 0.0
    """How long the cause must last before the alarm is raised."""
    off_delay_s: float = 0.0
    """How long it must be gone before the alarm returns."""
    hold_s: float | None = None
    """The cause is an event: it counts as present that long after it was seen last."""
    momentary: bool = False
    """The cause is an event that only a person's acknowledgement ends."""


_RULES = (
    Rule("fault", None, off_delay_s=60.0),
    Rule("offline", None, on_delay_s=900.0, off_delay_s=120.0),
    Rule("deaf", Severity.S3),
    Rule("flapping", Severity.S4, hold_s=2 * HOUR_S),
    Rule("boot_loop", Severity.S2, hold_s=2 * HOUR_S),
    Rule("site_dark", None, on_delay_s=60.0, off_delay_s=300.0),
    Rule("network_dark", Severity.S1, on_delay_s=30.0, off_delay_s=120.0),
    Rule("conflict", Severity.S3, on_delay_s=120.0, off_delay_s=60.0),
    Rule("clock", Severity.S4, on_delay_s=900.0, off_delay_s=300.0),
    Rule("temperature", Severity.S3, on_delay_s=120.0, off_delay_s=60.0),
    Rule("security", Severity.S3, momentary=True),
    Rule("tamper", Severity.S1, momentary=True),
    Rule("firmware", Severity.S3, momentary=True),
    Rule("store", Severity.S1),
    Rule("database", Severity.S1),
    Rule("trace", Severity.S4),
    Rule("duplicate_identity", Severity.S3, hold_s=HOUR_S),
    Rule("flooding", Severity.S3, on_delay_s=5.0, off_delay_s=60.0),
    Rule("open_files", Severity.S2, off_delay_s=60.0),
    Rule("settings", Severity.S4),
    Rule("certificate", Severity.S3),
    Rule("overflow", Severity.S2),
)


def rules(settings: AlarmSettings) -> dict[str, Rule]:
    """The rules by name, with what the operator has set."""
    found = {rule.name: rule for rule in _RULES}
    found["fault"] = Rule("fault", None, off_delay_s=settings.fault_clear_s)
    found["offline"] = Rule("offline", None, on_delay_s=settings.offline_ac_s, off_delay_s=settings.offline_clear_s)
    for name, delay in settings.on_delay_s.items():
        if name in found:
            rule = found[name]
            found[name] = Rule(name, rule.severity, max(delay, 0.0), rule.off_delay_s, rule.hold_s, rule.momentary)
    return found


def rule_or_own(known: dict[str, Rule], name: str, severity: Severity) -> Rule:
    """The rule of that name; one that the table does not have is raised and cleared at once."""
    return known.get(name) or Rule(name, severity)


class RuleRow(Struct, frozen=True):
    """A rule as a list shows it."""

    name: str
    watches: str
    severity: Severity | None
    on_delay_s: float
    off_delay_s: float
    action: str


def rule_rows(settings: AlarmSettings) -> list[RuleRow]:
    """All rules for `noc alarm rules`, in their fixed order."""
    return [
        RuleRow(
            rule.name,
            rule_name(rule.name),
            rule.severity,
            rule.on_delay_s,
            rule.hold_s if rule.hold_s is not None else rule.off_delay_s,
            "" if rule.name == "fault" else first_action(rule.name, ""),
        )
        for rule in rules(settings).values()
    ]


def text(alarm: Alarm) -> str:
    """What the alarm says, in the language in force."""
    return alarm_text(alarm.rule, alarm.code, alarm.values, alarm.info)


def next_action(alarm: Alarm) -> str:
    """What to do first about it."""
    return first_action(alarm.rule, alarm.code)
