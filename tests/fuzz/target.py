"""What the atheris entries share: `python tests/fuzz/guard.py -runs=20000` fuzzes one part of the program.

The corpus is made from frames when it runs; whatever atheris finds is written as `crash-…` into the current folder.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

MAX_LENGTH = 4_096


NOT_THERE = 77
"""The exit code where atheris is not installed."""


def instrumented(name: str) -> AbstractContextManager[object]:
    """`with instrumented(__name__):` around the imports of what is fuzzed; tests that import the module get it as it
    is. Ends the program where atheris is not there."""
    if name != "__main__":
        return nullcontext()
    try:
        import atheris
    except ImportError as missing:
        print(f"atheris cannot be imported: {missing}", file=sys.stderr)
        raise SystemExit(NOT_THERE) from missing
    instrument: AbstractContextManager[object] = atheris.instrument_imports(include=["backend"])
    return instrument


def fuzz(one: Callable[[bytes], None], corpus: Iterable[bytes]) -> None:
    """Run `one` on mutations of `corpus` until `-runs` or the first exception."""
    import atheris

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(corpus):
            (Path(folder) / str(number)).write_bytes(data[:MAX_LENGTH])
        atheris.Setup([*sys.argv, f"-max_len={MAX_LENGTH}", folder], one)
        atheris.Fuzz()
