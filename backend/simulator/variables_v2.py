"""Variables, reports and monitors of a virtual station of OCPP 2.x."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from backend.model.clock import iso
from backend.simulator.configuration import Setting
from backend.simulator.messages import Message, Payload
from backend.simulator.reactions import ACCEPTED, Reaction

if TYPE_CHECKING:
    from backend.simulator.station import VirtualStation

REPORT_ITEMS = 20
"""Variables in one NotifyReport."""


class Variables:
    """The device model, as far as these stations have one."""

    def __init__(self, station: VirtualStation) -> None:
        self.station = station

    def get(self, payload: Payload) -> Reaction:
        """Read variables, each answered for itself."""
        return Reaction({"getVariableResult": [self._get_one(item) for item in payload["getVariableData"]]})

    def _get_one(self, item: Payload) -> Payload:
        config = self.station.config
        component, variable = item["component"], item["variable"]
        answer: Payload = {"component": component, "variable": variable}
        if "attributeType" in item:
            answer["attributeType"] = item["attributeType"]
        setting = config.by_variable(component["name"], variable["name"])
        if setting is None:
            known = config.has_component(component["name"])
            answer["attributeStatus"] = "UnknownVariable" if known else "UnknownComponent"
        elif item.get("attributeType", "Actual") != "Actual":
            answer["attributeStatus"] = "NotSupportedAttributeType"
        elif setting.secret:
            answer["attributeStatus"] = "Rejected"
            answer["attributeStatusInfo"] = {"reasonCode": "WriteOnly"}
        else:
            answer["attributeStatus"] = "Accepted"
            answer["attributeValue"] = config.value(setting)
        return answer

    def set(self, payload: Payload) -> Reaction:
        """Write variables, each answered for itself."""
        results: list[Payload] = []
        taken: list[tuple[Setting, str]] = []
        config = self.station.config
        for item in payload["setVariableData"]:
            component, variable = item["component"], item["variable"]
            answer: Payload = {"component": component, "variable": variable}
            setting = config.by_variable(component["name"], variable["name"])
            if setting is None:
                known = config.has_component(component["name"])
                answer["attributeStatus"] = "UnknownVariable" if known else "UnknownComponent"
            elif item.get("attributeType", "Actual") != "Actual":
                answer["attributeStatus"] = "NotSupportedAttributeType"
            else:
                value = str(item["attributeValue"])
                answer["attributeStatus"] = self._judge(setting, value)
                if answer["attributeStatus"] == "Rejected":
                    answer["attributeStatusInfo"] = {"reasonCode": "InvalidValue" if setting.writable else "ReadOnly"}
                else:
                    taken.append((setting, value))
            results.append(answer)

        def effect() -> None:
            for setting, value in taken:
                config.set(setting, value)
                if setting.secret:
                    self.station.new_key(value)

        return Reaction({"setVariableResult": results}, effect if taken else None)

    def _judge(self, setting: Setting, value: str) -> str:
        """The profile follows from the network profile in use (2.0.1: read only); a slot must be filled first."""
        if setting.variable == "SecurityProfile":
            return "Rejected"
        if setting.variable == "NetworkConfigurationPriority":
            slots = [int(part) for part in value.split(",") if part.strip().isdigit()]
            if not self.station.ways.order(slots):
                return "Rejected"
        return self.station.config.judge(setting, value)

    def base_report(self, payload: Payload) -> Reaction:
        """Report all variables, in parts."""
        if payload["reportBase"] == "SummaryInventory":
            return Reaction({"status": "NotSupported"})
        rows = [self._row(setting) for setting in self.station.config.settings_v2()]
        return Reaction(ACCEPTED, partial(self._send_report, int(payload["requestId"]), rows))

    def report(self, payload: Payload) -> Reaction:
        """Report the variables that are named."""
        wanted = payload.get("componentVariable") or []
        rows = []
        for setting in self.station.config.settings_v2():
            for item in wanted:
                name = item.get("variable", {}).get("name", setting.variable)
                if item["component"]["name"] == setting.component and name == setting.variable:
                    rows.append(self._row(setting))
        if wanted and not rows:
            return Reaction({"status": "EmptyResultSet"})
        rows = rows or [self._row(setting) for setting in self.station.config.settings_v2()]
        return Reaction(ACCEPTED, partial(self._send_report, int(payload["requestId"]), rows))

    def _row(self, setting: Setting) -> Payload:
        attribute: Payload = {"mutability": "ReadWrite" if setting.writable else "ReadOnly", "persistent": True}
        if setting.secret:
            attribute["mutability"] = "WriteOnly"
        else:
            attribute["value"] = self.station.config.value(setting)
        features: Payload = {"dataType": setting.kind, "supportsMonitoring": False}
        if setting.unit:
            features["unit"] = setting.unit
        return {
            "component": {"name": setting.component},
            "variable": {"name": setting.variable},
            "variableAttribute": [attribute],
            "variableCharacteristics": features,
        }

    def _send_report(self, request_id: int, rows: list[Payload]) -> None:
        at = iso(self.station.now())
        for number, start in enumerate(range(0, len(rows), REPORT_ITEMS)):
            part: Payload = {
                "requestId": request_id,
                "generatedAt": at,
                "seqNo": number,
                "tbc": start + REPORT_ITEMS < len(rows),
                "reportData": rows[start : start + REPORT_ITEMS],
            }
            self.station.link.call(Message("NotifyReport", part), urgent=not self.station.accepted)

    def set_monitoring(self, payload: Payload) -> Reaction:
        """No monitor is supported; said so for each."""
        results = [
            {
                "status": "UnsupportedMonitorType",
                "type": item["type"],
                "component": item["component"],
                "variable": item["variable"],
                "severity": item["severity"],
            }
            for item in payload["setMonitoringData"]
        ]
        return Reaction({"setMonitoringResult": results})
