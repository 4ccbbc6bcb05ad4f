"""Puts the commands together, and turns everything that goes wrong into one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer

from backend.model.errors import Invalid, NocError, NotPermitted
from backend.model.words import Exit
from backend.text import LANGUAGES, set_language, t
from noc.cli.output import failed

INTERRUPTED = 130
_ClickException: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` say; returns the exit code."""
    wished = _language()
    if wished in LANGUAGES:
        set_language(wished)
    from noc.cli.commands import make

    as_json = "--json" in arguments
    try:
        found = make(arguments)(list(arguments), standalone_mode=False, prog_name="noc")
    except NocError as error:
        failed(error, as_json=as_json)
        return exit_of(error)
    except _ClickException as error:
        failed(_usage(error), as_json=as_json)
        return Exit.ERROR
    except (typer.Abort, KeyboardInterrupt):
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except OSError as error:
        failed(Invalid("system_error", str(error)), as_json=as_json)
        return Exit.ERROR
    return found if isinstance(found, int) else Exit.DONE


def _language() -> str:
    """The language that is set; mistakes in the settings are told when a command needs them."""
    from noc.settings import load_settings

    try:
        return load_settings().language
    except NocError:
        return os.environ.get("NOC_LANGUAGE", "")


def exit_of(error: NocError) -> int:
    """The exit code of a failure (CONTRACT.md, exit codes)."""
    return Exit.NOT_PERMITTED if isinstance(error, NotPermitted) else Exit.ERROR


def _usage(error: Any) -> Invalid:
    """A wrong flag, a missing argument: what click says, and where to read on."""
    context = getattr(error, "ctx", None)
    path = "noc" if context is None else context.command_path
    message = " ".join(str(error.format_message()).split()).replace("Value error, ", "")
    return Invalid("usage", message, t("See `{command} --help`.", command=path))
