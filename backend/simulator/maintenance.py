"""Firmware and logs of a virtual station: what is asked for is done step by step, and told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from backend.model.words import Version

if TYPE_CHECKING:
    from backend.simulator.station import VirtualStation

DOWNLOAD_S = 20.0
INSTALL_S = 25.0
UPLOAD_S = 12.0
_NUMBER = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class Maintenance:
    """One campaign at a time."""

    def __init__(self, station: VirtualStation) -> None:
        self._station = station
        self.firmware_status = "Idle"
        self.log_status = "Idle"
        self.request_id: int | None = None
        self.log_request_id: int | None = None
        self._location = ""
        self._waits_for_idle = False
        self._installed = ""
        self._round = 0
        self._log_round = 0

    @property
    def busy(self) -> bool:
        return self.firmware_status not in (
            "Idle",
            "Installed",
            "InstallationFailed",
            "InvalidSignature",
            "DownloadFailed",
        )

    # -- firmware --------------------------------------------------------------------------------------------

    def update(self, location: str, request_id: int | None, *, signed: bool, after_s: float = 0.0) -> None:
        """Fetch and install new firmware; a newer request takes the place of the one that runs."""
        self._round += 1
        self._location = location
        self.request_id = request_id
        steps: list[tuple[float, Callable[[], None]]] = [
            (max(after_s, 1.0), lambda: self._tell("Downloading")),
            (DOWNLOAD_S, lambda: self._tell("Downloaded")),
        ]
        if signed and self._station.temperament.bad_firmware:
            steps.append((3.0, self._bad_signature))
        elif self._station.temperament.bad_firmware:
            steps.append((INSTALL_S, lambda: self._tell("InstallationFailed")))
        else:
            if signed:
                steps.append((3.0, lambda: self._tell("SignatureVerified")))
            steps.append((2.0, self._wait_for_idle))
        self._run(steps, self._round)

    def _run(self, steps: list[tuple[float, Callable[[], None]]], number: int) -> None:
        if not steps:
            return
        (wait, act), rest = steps[0], steps[1:]

        def step() -> None:
            if number == self._round:
                act()
                self._run(rest, number)

        self._station.timers.later(wait, step)

    def _tell(self, status: str) -> None:
        self.firmware_status = status
        self._station.link.call(self._station.speech.firmware(status, self.request_id))

    def _bad_signature(self) -> None:
        self._tell("InvalidSignature")
        self._station.link.call(self._station.speech.security_event("InvalidFirmwareSignature", self._location[:200]))

    def _wait_for_idle(self) -> None:
        self._waits_for_idle = True
        self.charge_over()

    def charge_over(self) -> None:
        """Free outlets go out of use; when the last charge is over, the installation begins."""
        if not self._waits_for_idle:
            return
        for outlet in self._station.outlets.values():
            if outlet.charge is None:
                outlet.updating = True
                self._station.report(outlet)
        if not self._station.charging.any_charge():
            self._waits_for_idle = False
            self._tell("Installing")
            self._run([(INSTALL_S, self._restart)], self._round)

    def _restart(self) -> None:
        station = self._station
        if station.version is not Version.V16 or self.request_id is not None:
            self._tell("InstallRebooting")
        self._installed = _version_after(self._location, station.plate.firmware)
        for outlet in station.outlets.values():
            outlet.updating = False
        station.reboot("FirmwareUpdate", hard=False)

    def before_boot(self) -> None:
        """Called before BootNotification is said: the new version is running now."""
        if self._installed:
            self._station.plate = replace(self._station.plate, firmware=self._installed)

    def after_boot(self) -> None:
        """Called after an accepted boot: tell of what was installed."""
        if not self._installed:
            return
        version, self._installed = self._installed, ""
        self._station.link.call(self._station.speech.security_event("FirmwareUpdated", version))
        self._tell("Installed")

    # -- logs ------------------------------------------------------------------------------------------------

    def upload(self, request_id: int | None, location: str) -> None:
        """Upload a log; an older upload is given up."""
        self._log_round += 1
        number = self._log_round
        self.log_request_id = request_id
        good = location.startswith(("http://", "https://", "ftp://", "ftps://", "sftp://"))

        def begin() -> None:
            if number == self._log_round:
                self._tell_log("Uploading")

        def finish() -> None:
            if number == self._log_round:
                failed = "UploadFailed" if request_id is None else "UploadFailure"
                self._tell_log("Uploaded" if good else failed)

        self._station.timers.later(1.0, begin)
        self._station.timers.later(1.0 + UPLOAD_S, finish)

    def _tell_log(self, status: str) -> None:
        self.log_status = status
        self._station.link.call(self._station.speech.log(status, self.log_request_id))


def _version_after(location: str, running: str) -> str:
    """The version that a file's name tells, else the next one."""
    found = _NUMBER.search(location.rpartition("/")[2])
    if found:
        return found.group(0)
    known = _NUMBER.search(running)
    if known is None:
        return "1.0.1"
    return f"{known.group(1)}.{known.group(2)}.{int(known.group(3)) + 1}"
