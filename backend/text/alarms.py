"""What an alarm is called, and what to do first: for the server, the console and the command line alike.

Texts are short: they stand in a column of 26 characters. The names of rules and codes are those of `backend.alarms`
and domain.md 1.4 and 3.4; nothing here fails on a name that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from backend.text.catalogue import t, tn


class Words(NamedTuple):
    """Looked up when they are shown, in the language in force then."""

    text: Callable[[], str]
    action: Callable[[], str]


FAULTS: dict[str, Words] = {
    # OCPP 1.6 errorCode (domain.md 1.4)
    "ConnectorLockFailure": Words(lambda: t("plug will not unlock"), lambda: t("unlock, driver pushing")),
    "EVCommunicationError": Words(lambda: t("no contact with the car"), lambda: t("plug in again, other car")),
    "GroundFailure": Words(lambda: t("earth fault"), lambda: t("no reset, send technician")),
    "HighTemperature": Words(lambda: t("too hot inside"), lambda: t("lower power, check fans")),
    "InternalError": Words(lambda: t("internal error"), lambda: t("fetch log, reset when idle")),
    "LocalListConflict": Words(lambda: t("card list disagrees"), lambda: t("send the full list")),
    "OtherError": Words(lambda: t("maker's own fault"), lambda: t("look up the maker's code")),
    "OverCurrentFailure": Words(lambda: t("over-current tripped"), lambda: t("take out of use, no resets")),
    "OverVoltage": Words(lambda: t("voltage too high"), lambda: t("neighbours too? call grid")),
    "UnderVoltage": Words(lambda: t("voltage too low"), lambda: t("neighbours too? call grid")),
    "PowerMeterFailure": Words(lambda: t("energy meter unreadable"), lambda: t("take out of use, technician")),
    "PowerSwitchFailure": Words(lambda: t("contactor stuck, live?"), lambda: t("treat as live, technician")),
    "ReaderFailure": Words(lambda: t("card reader dead"), lambda: t("start by app or from here")),
    "ResetFailure": Words(lambda: t("could not reset"), lambda: t("hard reset, then power off")),
    "WeakSignal": Words(lambda: t("weak signal"), lambda: t("watch, compare link drops")),
    "Faulted": Words(lambda: t("out of order, no reason given"), lambda: t("ask status, reset when idle")),
    # MREC (domain.md 3.4)
    "CX001": Words(lambda: t("plug not locked at the car"), lambda: t("plug in again, unlock car")),
    "CX002": Words(lambda: t("earth fault"), lambda: t("no reset, send technician")),
    "CX003": Words(lambda: t("too hot, power reduced"), lambda: t("lower power, check fans")),
    "CX004": Words(lambda: t("over-current tripped"), lambda: t("take out of use, no resets")),
    "CX005": Words(lambda: t("voltage too high"), lambda: t("check grid and DC module")),
    "CX006": Words(lambda: t("voltage too low"), lambda: t("check grid")),
    "CX007": Words(lambda: t("weak signal"), lambda: t("watch, compare link drops")),
    "CX008": Words(lambda: t("emergency stop pressed"), lambda: t("anyone hurt? call the site")),
    "CX009": Words(lambda: t("card not answered in time"), lambda: t("show the card again")),
    "CX010": Words(lambda: t("car not ready to charge"), lambda: t("car off, in P, try again")),
    "CX011": Words(lambda: t("cable check failed"), lambda: t("other outlet, watch repeats")),
    "CX012": Words(lambda: t("pre-charge failed"), lambda: t("try again, note car model")),
    "CX013": Words(lambda: t("post has no internet"), lambda: t("check modem")),
    "CX014": Words(lambda: t("pilot signal fault"), lambda: t("plug in again, check cable")),
    "CX015": Words(lambda: t("mains power lost"), lambda: t("site or grid? phone the host")),
    "CX016": Words(lambda: t("contactor in the car"), lambda: t("other car, then workshop")),
    "CX017": Words(lambda: t("contactor stuck, live?"), lambda: t("treat as live, technician")),
    "CX018": Words(lambda: t("cable hot, power reduced"), lambda: t("slower, inspect the plug")),
    "CX019": Words(lambda: t("cable too hot"), lambda: t("take out of use, inspect")),
    "CX020": Words(lambda: t("plug not fully in"), lambda: t("unplug 10 s, push fully in")),
    "CX021": Words(lambda: t("capacitance fault"), lambda: t("other car, watch repeats")),
    "CX022": Words(lambda: t("insulation too low"), lambda: t("take out of use, technician")),
    "CX023": Words(lambda: t("proximity signal fault"), lambda: t("plug in again, check latch")),
    "CX024": Words(lambda: t("voltage at open plug"), lambda: t("do not touch, technician")),
    "CX025": Words(lambda: t("latch broken"), lambda: t("take out of use, replace")),
    "CX026": Words(lambda: t("cable cut"), lambda: t("out of use, police report")),
    # Components of OCPP 2.x (domain.md 3.1)
    "ConnectorPlugRetentionLock": Words(lambda: t("plug lock fault"), lambda: t("unlock, driver pushing")),
    "EmergencyStopSensor": Words(lambda: t("emergency stop pressed"), lambda: t("anyone hurt? call the site")),
    "RCD": Words(lambda: t("earth fault"), lambda: t("no reset, send technician")),
    "OverCurrentProtection": Words(lambda: t("over-current tripped"), lambda: t("take out of use, no resets")),
    "PowerContactor": Words(lambda: t("contactor stuck, live?"), lambda: t("treat as live, technician")),
    "GroundIsolationProtection": Words(lambda: t("insulation too low"), lambda: t("take out of use, technician")),
    "TemperatureSensor": Words(lambda: t("too hot"), lambda: t("lower power, check fans")),
    "LiquidCoolingSystem": Words(lambda: t("cable cooling fault"), lambda: t("check coolant, technician")),
    "CaseAccessSensor": Words(lambda: t("cabinet open"), lambda: t("someone there? check")),
    "ShockSensor": Words(lambda: t("post was hit"), lambda: t("phone the site, inspect")),
    "FloodSensor": Words(lambda: t("water inside"), lambda: t("take out of use, technician")),
    "CableBreakawaySensor": Words(lambda: t("cable torn off"), lambda: t("take out of use, technician")),
    "FiscalMetering": Words(lambda: t("energy meter unreadable"), lambda: t("take out of use, technician")),
    "RealTimeClock": Words(lambda: t("clock fault"), lambda: t("set time server")),
    "DataLink": Words(lambda: t("link hardware fault"), lambda: t("check modem")),
    "TokenReader": Words(lambda: t("card reader dead"), lambda: t("start by app or from here")),
}
"""Faults that stations report, by code."""

PARTS: dict[str, Callable[[], str]] = {
    "ChargingStation": lambda: t("fault of the post"),
    "EVSE": lambda: t("fault of the outlet"),
    "Connector": lambda: t("fault at the plug"),
    "Controller": lambda: t("fault of the controller"),
    "ElectricalFeed": lambda: t("fault of the mains feed"),
    "ACDCConverter": lambda: t("fault of the power module"),
    "AirCoolingSystem": lambda: t("fault of the fans"),
    "CPPWMController": lambda: t("fault of the pilot signal"),
    "ISO15118Ctrlr": lambda: t("fault of the talk to the car"),
    "CHAdeMOCtrlr": lambda: t("fault of the talk to the car"),
    "EVRetentionLock": lambda: t("fault of the car's lock"),
    "ConnectorHolsterRelease": lambda: t("fault of the holster"),
    "ConnectorHolsterSensor": lambda: t("fault of the holster"),
    "DisplayDevice": lambda: t("fault of the screen"),
}
"""Components of OCPP 2.x whose name tells where a fault is, and not what it is."""

_UNKNOWN_ACTION = FAULTS["OtherError"].action

_RULES: dict[str, Words] = {
    "offline": Words(lambda: t("offline"), lambda: t("power on? check SIM, site")),
    "deaf": Words(lambda: t("talks, answers no command"), lambda: t("close its connection")),
    "flapping": Words(lambda: t("link flaps"), lambda: t("check signal, modem")),
    "boot_loop": Words(lambda: t("boot loop"), lambda: t("fetch log, check firmware")),
    "site_dark": Words(lambda: t("site dark"), lambda: t("grid down? phone the host")),
    "network_dark": Words(lambda: t("network dark"), lambda: t("our own link? check server")),
    "conflict": Words(lambda: t("says free, but power flows"), lambda: t("ask status, watch 5 min")),
    "clock": Words(lambda: t("clock drifts"), lambda: t("set time server")),
    "temperature": Words(lambda: t("too hot"), lambda: t("lower power, inspect plug")),
    "security": Words(lambda: t("security event"), lambda: t("check who was there")),
    "tamper": Words(lambda: t("tampered with"), lambda: t("phone the site, inspect")),
    "firmware": Words(lambda: t("firmware update failed"), lambda: t("read log, send it again")),
    "store": Words(lambda: t("cannot write to the disk"), lambda: t("free space, check the disk")),
    "database": Words(lambda: t("the database is damaged"), lambda: t("noc check, then noc restore")),
    "trace": Words(lambda: t("frames are not kept"), lambda: t("check the disk")),
    "duplicate_identity": Words(lambda: t("two stations, one identity"), lambda: t("find the cloned one")),
    "flooding": Words(lambda: t("sends too much, is slowed"), lambda: t("fetch log, reset when idle")),
    "open_files": Words(lambda: t("no more open files"), lambda: t("raise LimitNOFILE, restart")),
    "certificate": Words(lambda: t("trouble with certificate"), lambda: t("look at noc security")),
    "settings": Words(lambda: t("settings do not stick"), lambda: t("read config, ask the maker")),
    "overflow": Words(lambda: t("too many alarms to hold"), lambda: t("end what floods it")),
}

_NAMES: dict[str, Callable[[], str]] = {
    "fault": lambda: t("a station reports a fault"),
    "offline": lambda: t("no link to a station"),
    "deaf": lambda: t("a station talks, and answers no command"),
    "flapping": lambda: t("a link comes and goes"),
    "boot_loop": lambda: t("a station restarts again and again"),
    "site_dark": lambda: t("most stations of a site went silent together"),
    "network_dark": lambda: t("most stations of the network went silent together"),
    "conflict": lambda: t("status and measurement contradict each other"),
    "clock": lambda: t("a station's clock is wrong"),
    "temperature": lambda: t("a measured temperature is too high"),
    "security": lambda: t("a station reports a security event"),
    "tamper": lambda: t("a station reports that it was tampered with"),
    "firmware": lambda: t("a firmware update failed"),
    "certificate": lambda: t("a certificate cannot be given, or ends soon"),
    "settings": lambda: t("a wanted setting is not taken by a station"),
    "flooding": lambda: t("a station sends more than its share and is slowed"),
    "open_files": lambda: t("the server may open no more files, stations are left outside"),
    "store": lambda: t("the server cannot write to its disk"),
    "database": lambda: t("the server's database is damaged"),
    "trace": lambda: t("the server cannot keep the stations' frames"),
    "duplicate_identity": lambda: t("several stations use one identity"),
    "overflow": lambda: t("there are more alarms than the server holds"),
}


def alarm_text(rule: str, code: str, values: Mapping[str, str], info: str = "") -> str:
    """One line that tells what is wrong.

    Args:
        rule: the alarm's rule.
        code: its code; the fault's for rule `fault`.
        values: what the alarm carries; missing ones leave the plain text.
        info: what the station said with it (sanitised).
    """
    if rule == "fault":
        return _fault_text(code, values.get("vendor_code", ""), info)
    if rule == "security" and values.get("n"):
        return t("security event: {code}, {n} stations", code=code, n=values["n"])
    counted = _counted(rule, values)
    if counted:
        return counted
    words = _RULES.get(rule)
    if words is None:
        return " ".join(part for part in (rule.replace("_", " "), code, info) if part)
    text = words.text()
    if rule in ("security", "firmware") and code:
        text = f"{text}: {code}"
    return f"{text}, {info}" if info else text


def first_action(rule: str, code: str) -> str:
    """What to do first, in a few words; empty for a rule that has no advice."""
    if rule == "fault":
        if code in PARTS:
            return FAULTS["Faulted"].action()
        return (FAULTS[code].action if code in FAULTS else _UNKNOWN_ACTION)()
    words = _RULES.get(rule)
    return words.action() if words is not None else ""


def rule_name(rule: str) -> str:
    """What a rule watches, for the list of rules."""
    name = _NAMES.get(rule)
    return name() if name is not None else rule.replace("_", " ")


def fault_word(code: str) -> str:
    """A fault's code in plain words; one that nobody knows keeps its own."""
    known = FAULTS.get(code)
    return known.text() if known is not None else PARTS.get(code, lambda: code)()


def _fault_text(code: str, vendor_code: str, info: str) -> str:
    known = FAULTS.get(vendor_code) or FAULTS.get(code)
    if known is None and code in PARTS:
        text = f"{PARTS[code]()} ({vendor_code})" if vendor_code else PARTS[code]()
        return f"{text}: {info}" if info else text
    if code in ("OtherError", "Faulted") or known is None:
        shown = " ".join(dict.fromkeys(part for part in (code, vendor_code) if part and part != "OtherError"))
        if code == "Faulted" and not vendor_code:
            text = info or FAULTS["Faulted"].text()
        elif not shown:
            text = info or FAULTS["OtherError"].text()
        else:
            text = t("fault {code}", code=shown) + (f": {info}" if info else "")
        return text
    mark = vendor_code or (code if code.startswith("CX") else "")
    return f"{known.text()} ({mark})" if mark else known.text()


def _counted(rule: str, values: Mapping[str, str]) -> str:
    """The text of a rule with its figures, where the alarm carries them."""
    n = values.get("n", "")
    of = values.get("of", "")
    if rule == "site_dark" and n and of:
        if values.get("unit") == "outlets":
            return t("site dark, {n} of {of} outlets", n=n, of=of)
        return t("site dark, {n} of {of} stations", n=n, of=of)
    if rule == "network_dark" and n and of:
        return t("network dark, {n} of {of} stations", n=n, of=of)
    if rule == "boot_loop" and n:
        return t("boot loop, {n} in 30 min", n=n)
    if rule == "flapping" and n.isdigit():
        return tn("link flaps, {n} connect in 1 h", "link flaps, {n} connects in 1 h", int(n))
    if rule == "conflict" and "kw" in values:
        return t("says free, but {kw} kW flows", kw=values["kw"])
    if rule == "clock" and "skew" in values:
        return t("clock drifts, {skew} s", skew=values["skew"])
    if rule == "temperature" and "celsius" in values:
        return t("too hot, {celsius} °C", celsius=values["celsius"])
    return ""
