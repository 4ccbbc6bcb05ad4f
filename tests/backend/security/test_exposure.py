"""What must not stand open to the internet unless somebody says so."""

from __future__ import annotations

import pytest

from backend.model.errors import Invalid
from backend.model.settings import Settings
from backend.security.exposure import check_exposure, is_public, own_addresses


def refused(settings: Settings, addresses: list[str]) -> str:
    """The code of the refusal; empty when it may be."""
    try:
        check_exposure(settings, lambda: addresses)
    except Invalid as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("host", "addresses", "public"),
    [
        ("127.0.0.1", ["8.8.8.8"], False),
        ("::1", ["8.8.8.8"], False),
        ("10.1.2.3", ["8.8.8.8"], False),
        ("8.8.8.8", [], True),
        ("2a00:1450:400f::1", [], True),
        ("0.0.0.0", ["192.168.1.4", "127.0.1.1"], False),
        ("0.0.0.0", ["192.168.1.4", "8.8.8.8"], True),
        ("::", ["fe80::1", "2a00:1450:400f::1"], True),
        ("localhost", [], False),
    ],
)
def test_public_is_what_the_internet_reaches(host: str, addresses: list[str], public: bool) -> None:
    """All addresses of the machine count where it listens on all."""
    assert is_public(host, lambda: addresses) is public


def test_each_unsafe_default_is_refused_and_allowed_by_its_name() -> None:
    """Plain OCPP without a key, unknown stations, tokens in the clear."""
    settings = Settings()
    settings.api.listen = "unix:/run/x.sock"
    assert refused(settings, ["192.168.1.4"]) == ""
    assert refused(settings, ["8.8.8.8"]) == "unsafe_plain_ocpp"
    settings.ocpp.least_profile = 1
    assert refused(settings, ["8.8.8.8"]) == ""
    settings.ocpp.accept_unknown = True
    assert refused(settings, ["8.8.8.8"]) == "unsafe_accept_unknown"
    settings.allow_unsafe = ["accept-unknown"]
    assert refused(settings, ["8.8.8.8"]) == ""
    settings.api.listen = "8.8.8.8:8000"
    assert refused(settings, ["8.8.8.8"]) == "unsafe_plain_api"
    settings.allow_unsafe += ["plain-api"]
    assert refused(settings, ["8.8.8.8"]) == ""


def test_tls_alone_is_safe_and_unknown_stations_are_not() -> None:
    """The TLS port may stand on the internet; who is unknown may still not walk in."""
    settings = Settings()
    settings.ocpp.plain, settings.tls.host, settings.tls.port = False, "8.8.8.8", 8443
    settings.api.listen = "unix:/run/x.sock"
    assert refused(settings, []) == ""
    settings.ocpp.accept_unknown = True
    assert refused(settings, []) == "unsafe_accept_unknown"


def test_a_name_that_allows_nothing_is_refused() -> None:
    """A slip of the pen must not look like a permission."""
    assert refused(Settings(allow_unsafe=["everything"]), []) == "bad_setting"


def test_this_machine_has_addresses() -> None:
    """Looked up without sending anything."""
    assert all(own_addresses())
