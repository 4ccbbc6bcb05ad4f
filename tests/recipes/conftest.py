"""One network per test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.recipes.net import Net


@pytest.fixture
async def net(tmp_path: Path) -> AsyncIterator[Net]:
    """A server on a held clock, with nobody connected."""
    made = Net(tmp_path)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def open_net(tmp_path: Path) -> AsyncIterator[Net]:
    """The same, letting unknown stations and tokens in."""
    made = Net(tmp_path, accept_unknown=True)
    await made.start()
    yield made
    await made.stop()
