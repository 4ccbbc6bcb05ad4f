"""What an operator can read and set in a virtual station: 1.6 keys and 2.x variables over one set of values.

The pairs are those of domain.md 1.9; a key without a variable (or the reverse) exists in that version alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Setting(NamedTuple):
    """One value under its two names."""

    key: str
    """Of OCPP 1.6; empty: 2.x only."""
    component: str
    variable: str
    """Empty: 1.6 only."""
    value: str
    kind: str = "integer"
    """`integer`, `boolean`, `string`, `MemberList`: 2.x dataType, and what a new value must look like."""
    writable: bool = True
    reboot: bool = False
    """A new value takes effect after a reboot."""
    secret: bool = False
    """Write only."""
    unit: str = ""


_MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Power.Offered,Voltage,Current.Import,SoC"

SETTINGS = (
    Setting("HeartbeatInterval", "OCPPCommCtrlr", "HeartbeatInterval", "300", unit="s"),
    Setting("MeterValueSampleInterval", "SampledDataCtrlr", "TxUpdatedInterval", "60", unit="s"),
    Setting("ClockAlignedDataInterval", "AlignedDataCtrlr", "Interval", "0", unit="s"),
    Setting("ConnectionTimeOut", "TxCtrlr", "EVConnectionTimeOut", "60", unit="s"),
    Setting("MeterValuesSampledData", "SampledDataCtrlr", "TxUpdatedMeasurands", _MEASURANDS, "MemberList"),
    Setting("MeterValuesAlignedData", "AlignedDataCtrlr", "Measurands", _MEASURANDS, "MemberList"),
    Setting("StopTxnSampledData", "SampledDataCtrlr", "TxEndedMeasurands", _MEASURANDS, "MemberList"),
    Setting("AuthorizeRemoteTxRequests", "AuthCtrlr", "AuthorizeRemoteStart", "false", "boolean"),
    Setting("LocalAuthorizeOffline", "AuthCtrlr", "LocalAuthorizeOffline", "true", "boolean"),
    Setting("LocalPreAuthorize", "AuthCtrlr", "LocalPreAuthorize", "false", "boolean"),
    Setting("AuthorizationCacheEnabled", "AuthCacheCtrlr", "Enabled", "true", "boolean"),
    Setting("LocalAuthListEnabled", "LocalAuthListCtrlr", "Enabled", "true", "boolean"),
    Setting("StopTransactionOnInvalidId", "TxCtrlr", "StopTxOnInvalidId", "true", "boolean"),
    Setting("StopTransactionOnEVSideDisconnect", "TxCtrlr", "StopTxOnEVSideDisconnect", "true", "boolean"),
    Setting("UnlockConnectorOnEVSideDisconnect", "", "", "true", "boolean"),
    Setting("TransactionMessageAttempts", "OCPPCommCtrlr", "MessageAttempts", "5"),
    Setting("TransactionMessageRetryInterval", "OCPPCommCtrlr", "MessageAttemptInterval", "20", unit="s"),
    Setting("ResetRetries", "OCPPCommCtrlr", "ResetRetries", "2"),
    Setting("WebSocketPingInterval", "OCPPCommCtrlr", "WebSocketPingInterval", "0", unit="s"),
    Setting("ConnectorPhaseRotation", "", "", "0.RST,1.RST,2.RST", "string"),
    Setting("GetConfigurationMaxKeys", "", "", "50", writable=False),
    Setting("NumberOfConnectors", "", "", "2", writable=False),
    Setting("LocalAuthListMaxLength", "LocalAuthListCtrlr", "Entries", "500", writable=False),
    Setting("SendLocalListMaxLength", "LocalAuthListCtrlr", "ItemsPerMessage", "100", writable=False),
    Setting("ChargeProfileMaxStackLevel", "SmartChargingCtrlr", "ProfileStackLevel", "8", writable=False),
    Setting(
        "ChargingScheduleAllowedChargingRateUnit",
        "SmartChargingCtrlr",
        "RateUnit",
        "Current,Power",
        "MemberList",
        False,
    ),
    Setting("ChargingScheduleMaxPeriods", "SmartChargingCtrlr", "PeriodsPerSchedule", "24", writable=False),
    Setting("MaxChargingProfilesInstalled", "SmartChargingCtrlr", "Entries", "10", writable=False),
    Setting(
        "SupportedFeatureProfiles",
        "",
        "",
        "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
        "MemberList",
        False,
    ),
    Setting("AuthorizationKey", "SecurityCtrlr", "BasicAuthPassword", "", "string", secret=True),
    Setting("SecurityProfile", "SecurityCtrlr", "SecurityProfile", "0"),
    Setting("CentralSystemURL", "", "", "", "string", reboot=True),
    Setting("CpoName", "SecurityCtrlr", "OrganizationName", "", "string"),
    Setting("LightIntensity", "", "", "60"),
    Setting("", "TxCtrlr", "TxStartPoint", "PowerPathClosed", "MemberList", reboot=True),
    Setting("", "TxCtrlr", "TxStopPoint", "EVConnected,Authorized", "MemberList", reboot=True),
    Setting("", "OCPPCommCtrlr", "OfflineThreshold", "600", unit="s"),
    Setting("", "OCPPCommCtrlr", "NetworkConfigurationPriority", "1", "string", reboot=True),
    Setting("", "DeviceDataCtrlr", "ItemsPerMessage", "20", writable=False),
    Setting("", "ClockCtrlr", "TimeSource", "Heartbeat", "MemberList", False),
    Setting("", "ReservationCtrlr", "Enabled", "true", "boolean"),
)
_BY_KEY = {setting.key.casefold(): setting for setting in SETTINGS if setting.key}
_BY_VARIABLE = {
    (setting.component.casefold(), setting.variable.casefold()): setting for setting in SETTINGS if setting.variable
}
_COMPONENTS = {setting.component.casefold() for setting in SETTINGS if setting.variable}


class Configuration:
    """One station's values; they survive a reboot."""

    def __init__(self, connectors: int) -> None:
        self._values = {setting: setting.value for setting in SETTINGS}
        self._values[_BY_KEY["numberofconnectors"]] = str(connectors)

    def by_key(self, key: str) -> Setting | None:
        """A setting by its 1.6 key, whatever the case."""
        return _BY_KEY.get(key.casefold())

    def by_variable(self, component: str, variable: str) -> Setting | None:
        """A setting by its 2.x names, whatever the case."""
        return _BY_VARIABLE.get((component.casefold(), variable.casefold()))

    def has_component(self, component: str) -> bool:
        return component.casefold() in _COMPONENTS

    def settings_v16(self) -> Iterator[Setting]:
        """All that 1.6 knows."""
        return (setting for setting in SETTINGS if setting.key)

    def settings_v2(self) -> Iterator[Setting]:
        """All that 2.x knows."""
        return (setting for setting in SETTINGS if setting.variable)

    def value(self, setting: Setting) -> str:
        return self._values[setting]

    def set(self, setting: Setting, value: str) -> str:
        """Set a value.

        Returns:
            `Accepted`, `RebootRequired` (stored, not yet in force) or `Rejected`.
        """
        verdict = self.judge(setting, value)
        if verdict != "Rejected":
            self._values[setting] = value
        return verdict

    def put(self, setting: Setting, value: str) -> None:
        """Set a value by the station itself."""
        self._values[setting] = value

    def judge(self, setting: Setting, value: str) -> str:
        """What `set` would say, without setting it."""
        if not setting.writable or not _fits(setting, value):
            return "Rejected"
        return "RebootRequired" if setting.reboot else "Accepted"

    def number(self, key: str) -> int:
        """A whole number by its 1.6 key."""
        return int(self._values[_BY_KEY[key.casefold()]])

    def flag(self, key: str) -> bool:
        """A yes or no by its 1.6 key."""
        return self._values[_BY_KEY[key.casefold()]].casefold() == "true"


def _fits(setting: Setting, value: str) -> bool:
    if setting.kind == "boolean":
        return value.casefold() in ("true", "false")
    if setting.kind == "integer":
        return value.isascii() and value.isdigit() and len(value) <= 9
    if setting.variable == "BasicAuthPassword":
        return 16 <= len(value) <= 40
    return len(value) <= 500
