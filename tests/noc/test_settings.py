"""Settings: the file, the environment, what is said about mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.model.errors import Invalid
from noc.settings import config_path, default_listen, default_server, load_settings


def test_file_and_environment(tmp_path: Path) -> None:
    """The file is read; the environment wins over it; numbers come as numbers."""
    path = tmp_path / "config.toml"
    path.write_text('network = "Nordkraft"\n[ocpp]\nport = 9100\nheartbeat_s = 60\n[store]\ntrace_days = 2\n')
    settings = load_settings(
        {
            "NOC_CONFIG": str(path),
            "NOC_OCPP_PORT": "9200",
            "NOC_OCPP_ACCEPT_UNKNOWN": "true",
            "NOC_OCPP_TRUSTED_NETWORKS": "10.0.0.0/8 192.168.0.0/16",
            "NOC_STORE_DATA": str(tmp_path / "data"),
            "NOC_SOMETHING_ELSE": "is not ours",
        }
    )
    assert settings.network == "Nordkraft"
    assert (settings.ocpp.port, settings.ocpp.heartbeat_s) == (9200, 60)
    assert settings.ocpp.accept_unknown is True
    assert settings.ocpp.trusted_networks == ["10.0.0.0/8", "192.168.0.0/16"]
    assert settings.store.trace_days == 2.0
    assert settings.store.data == tmp_path / "data"


def test_without_anything_the_defaults(tmp_path: Path) -> None:
    """No file is no mistake, unless it was named."""
    settings = load_settings({"XDG_CONFIG_HOME": str(tmp_path)})
    assert settings.ocpp.port == 9000
    assert settings.store.data != Path()
    with pytest.raises(Invalid, match="is not there"):
        load_settings({"NOC_CONFIG": str(tmp_path / "none.toml")})


@pytest.mark.parametrize(
    ("text", "says", "hints"),
    [
        ("netwrok = 'x'", "netwrok", "network"),
        ("[ocpp]\nprot = 9000", "ocpp.prot", "ocpp.port"),
        ("[ocpp]\nport = 'many'", "makes no sense", "NOC_"),
        ("ocpp = 3", "ocpp", "[ocpp]"),
        ("network = ", "cannot be read", "NOC_CONFIG"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, says: str, hints: str) -> None:
    """An unknown key is told with the one that was meant, a bad value with its place."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(Invalid) as caught:
        load_settings({"NOC_CONFIG": str(path)})
    assert says in caught.value.message
    assert hints in caught.value.hint


def test_a_mistake_in_the_environment_is_named() -> None:
    """`NOC_OCPP_PROT` is meant for us."""
    with pytest.raises(Invalid) as caught:
        load_settings({"NOC_OCPP_PROT": "1"})
    assert "NOC_OCPP_PROT" in caught.value.message
    assert "NOC_OCPP_PORT" in caught.value.hint


def test_where_the_socket_is(tmp_path: Path) -> None:
    """Under the user's own run directory; a server named elsewhere wins."""
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert default_listen(environ) == f"unix:{tmp_path}/noc/api.sock"
    settings = load_settings({"XDG_CONFIG_HOME": str(tmp_path)})
    assert default_server(settings, environ | {"NOC_SERVER": "unix:/tmp/x"}) == "unix:/tmp/x"
    settings.api.listen = "127.0.0.1:8000"
    assert default_server(settings, environ) == "127.0.0.1:8000"


def test_config_path_follows_the_environment() -> None:
    """`NOC_CONFIG` names the file."""
    assert config_path({"NOC_CONFIG": "/etc/noc.toml"}) == Path("/etc/noc.toml")


def test_how_the_log_is_kept(tmp_path: Path) -> None:
    """In the file and in the environment; a level that there is not is named."""
    path = tmp_path / "noc.toml"
    path.write_text('[log]\nformat = "json"\n')
    log = load_settings({"NOC_CONFIG": str(path), "NOC_LOG_LEVEL": "info"}).log
    assert (log.format, log.level) == ("json", "info")
    with pytest.raises(Invalid, match="loud"):
        load_settings({"NOC_CONFIG": str(path), "NOC_LOG_LEVEL": "loud"})
