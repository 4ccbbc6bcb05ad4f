"""What the operator has set: `config.toml` where platformdirs looks for it, and `NOC_*` in the environment.

The names in the file are those of `backend.model.settings`, by section:

    network = "Nordkraft Laddnät"
    [ocpp]
    port = 9000
    [alarms]
    offline_dc_s = 300
    [store]
    data = "/var/lib/noc"
    [api]
    listen = "unix:/run/noc/api.sock"

In the environment `NOC_NETWORK`, `NOC_OCPP_PORT`, `NOC_API_LISTEN` ... say the same and win over the file. Beside
them `NOC_CONFIG` names another file, `NOC_SERVER` the server that commands ask, `NOC_TOKEN` the bearer token.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from backend.model.errors import Invalid
from backend.model.settings import Settings
from backend.text import t

SYSTEM_RUN = Path("/run/noc")
SYSTEM_DATA = Path("/var/lib/noc")
_OTHERS = frozenset({"NOC_CONFIG", "NOC_SERVER", "NOC_TOKEN", "NOC_THEME", "NOC_GLYPHS"})
_SECTIONS = tuple(name for name in Settings.__struct_fields__ if isinstance(getattr(Settings(), name), msgspec.Struct))


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the settings file is, whether it is there or not."""
    named = environ.get("NOC_CONFIG")
    return Path(named) if named else Path(platformdirs.user_config_dir("noc")) / "config.toml"


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; without file and environment the defaults.

    Raises:
        Invalid: the file cannot be read, a key is unknown or a value makes no sense; the message names it.
    """
    path = config_path(environ)
    raw = _read(path, named="NOC_CONFIG" in environ)
    _check_keys(raw, str(path))
    for name, value in environ.items():
        if name.startswith("NOC_") and name not in _OTHERS and _is_setting(name):
            _set_from_environment(raw, name, value)
    try:
        settings = msgspec.convert(raw, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise Invalid(
            "bad_settings",
            t("A setting makes no sense: {why}.", why=error),
            t("Look into {path} and at the NOC_ variables.", path=path),
        ) from error
    if settings.store.data == Path():
        settings.store.data = default_data()
    settings.store.data = settings.store.data.expanduser()
    return settings


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(t("{value!r} is no path", value=value))


def _read(path: Path, *, named: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not named:
            return {}
        why = t("it is not there")
    except OSError as error:
        why = error.strerror or str(error)
    except ValueError as error:
        why = str(error)
    raise Invalid(
        "bad_settings",
        t("The settings file {path} cannot be read: {why}.", path=path, why=why),
        t("Correct it, or name another with NOC_CONFIG."),
    )


def _check_keys(raw: dict[str, Any], where: str) -> None:
    for name, value in raw.items():
        if name in _SECTIONS:
            known = _section_fields(name)
            if not isinstance(value, dict):
                raise _unknown(f"{name} = ...", [f"[{name}]"], where)
            for inner in value:
                if inner not in known:
                    raise _unknown(f"{name}.{inner}", [f"{name}.{field}" for field in known], where)
        elif name not in Settings.__struct_fields__:
            raise _unknown(name, list(Settings.__struct_fields__), where)


def _section_fields(section: str) -> tuple[str, ...]:
    return type(getattr(Settings(), section)).__struct_fields__  # type: ignore[no-any-return]


def _is_setting(name: str) -> bool:
    """Whether it is one of ours, or meant to be: other programs may have `NOC_` variables too."""
    words = name.removeprefix("NOC_").lower()
    return words in Settings.__struct_fields__ or words.partition("_")[0] in _SECTIONS


def _set_from_environment(raw: dict[str, Any], name: str, value: str) -> None:
    words = name.removeprefix("NOC_").lower()
    if words in Settings.__struct_fields__ and words not in _SECTIONS:
        raw[words] = value
        return
    section, _, inner = words.partition("_")
    if section in _SECTIONS and inner in _section_fields(section):
        listed = isinstance(getattr(getattr(Settings(), section), inner), list)
        raw.setdefault(section, {})[inner] = value.split() if listed else value
        return
    known = [
        f"NOC_{section.upper()}_{field.upper()}" for section in _SECTIONS for field in _section_fields(section)
    ] + [f"NOC_{field.upper()}" for field in Settings.__struct_fields__ if field not in _SECTIONS]
    raise _unknown(name, [*known, *sorted(_OTHERS)], t("the environment"))


def _unknown(name: str, known: list[str], where: str) -> Invalid:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = (
        t("Did you mean {names}?", names=", ".join(near)) if near else t("There are: {names}.", names=", ".join(known))
    )
    return Invalid("unknown_setting", t("There is no setting {name} ({where}).", name=name, where=where), hint)


def _is_ours(directory: Path) -> bool:
    try:
        return directory.stat().st_uid == os.geteuid() and os.access(directory, os.W_OK)
    except OSError:
        return False


def default_data() -> Path:
    """Where the server keeps its database."""
    return SYSTEM_DATA if _is_ours(SYSTEM_DATA) else Path(platformdirs.user_data_dir("noc"))


def default_listen(environ: Mapping[str, str] = os.environ) -> str:
    """Where a server listens: `/run/noc/api.sock` where that directory is ours, else a directory of the user's own.

    Raises:
        Invalid: there is no directory that is the user's alone.
    """
    if _is_ours(SYSTEM_RUN):
        return f"unix:{SYSTEM_RUN / 'api.sock'}"
    run = environ.get("XDG_RUNTIME_DIR")
    if run and _is_ours(Path(run)):
        return f"unix:{Path(run) / 'noc' / 'api.sock'}"
    private = Path(tempfile.gettempdir()) / f"noc-{os.geteuid()}"
    with contextlib.suppress(OSError):
        private.mkdir(mode=0o700, exist_ok=True)
    found = private.lstat() if private.exists() else None
    if found is None or found.st_uid != os.geteuid() or private.is_symlink() or found.st_mode & 0o077:
        raise Invalid(
            "no_socket_directory",
            t("There is no directory for the server's socket that is yours alone."),
            t("Set XDG_RUNTIME_DIR, or name the socket: --api unix:PATH, --server unix:PATH."),
        )
    return f"unix:{private / 'api.sock'}"


def default_server(settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """Which server commands ask when none is named: `NOC_SERVER`, the one in the settings, the user's own, the
    machine's."""
    named = environ.get("NOC_SERVER") or settings.api.listen
    if named:
        return named
    own = default_listen(environ)
    shared = SYSTEM_RUN / "api.sock"
    if not Path(own.removeprefix("unix:")).exists() and shared.exists():
        return f"unix:{shared}"
    return own
