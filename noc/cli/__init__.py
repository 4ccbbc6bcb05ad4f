"""The command line (CONTRACT.md of the design; `docs/`): names, flags, fields and exit codes are public."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command that the arguments say, and leave with its exit code."""
    from noc.cli.program import run

    sys.exit(run(sys.argv[1:]))


__all__ = ["main"]
