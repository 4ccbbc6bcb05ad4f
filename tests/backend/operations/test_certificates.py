"""A root certificate for a station: installed, and on its list."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.errors import Invalid
from backend.model.words import OperationState, Version
from tests.backend.operations.conftest import Stage
from tests.backend.operations.test_requests import ROOT


def listed(version: Version, serial: str) -> dict[str, Any]:
    """What GetInstalledCertificateIds answers."""
    data = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": serial}
    if version is Version.V16:
        return {"status": "Accepted", "certificateHashData": [data]}
    row = {"certificateType": "CSMSRootCertificate", "certificateHashData": data}
    return {"status": "Accepted", "certificateHashDataChain": [row]}


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize(("serial", "state"), [("00AB12", OperationState.PROVED), ("AB13", OperationState.UNPROVED)])
def test_installed_is_what_is_on_the_list(version: Version, serial: str, state: OperationState) -> None:
    """By its serial number, however that is written."""
    stage = Stage(version)
    operation = stage.ask("install_certificate", "CP1", certificate=ROOT)
    assert stage.calls[-1].payload["certificate"] == ROOT
    stage.answer(status="Accepted")
    stage.answer(**listed(version, serial))
    assert operation.state is state


@pytest.mark.parametrize(
    "text", ["", "hello", ROOT + ROOT, ROOT.replace("MII", "XXX"), ROOT + "-----BEGIN PRIVATE KEY-----"]
)
def test_what_is_no_certificate_is_not_sent(text: str) -> None:
    """Neither rubbish nor two of them, and never a key."""
    stage = Stage()
    with pytest.raises(Invalid):
        stage.ask("install_certificate", "CP1", certificate=text)
    assert stage.calls == []
