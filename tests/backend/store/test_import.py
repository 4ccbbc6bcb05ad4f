"""A whole network's register through the import into the store, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.model.clock import HeldClock
from backend.model.settings import OcppSettings, StoreSettings
from backend.register.csv_import import Import
from backend.register.register import Register
from backend.store import Store


@pytest.mark.slow
def test_a_whole_network_comes_back(tmp_path: Path) -> None:
    """60,000 outlets and 200,000 tokens are imported, and are there after a restart."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    register = Register(HeldClock(), OcppSettings(), store)
    files = (
        "station,current\n" + "".join(f"NKL-{n:05d},DC\n" for n in range(20_000)),
        "station,evse,label,evse_id\n"
        + "".join(f"NKL-{n // 3:05d},{n % 3 + 1},{n:06d},SE*NKL*E{n // 3:05d}*{n % 3 + 1}\n" for n in range(60_000)),
        "token,group,expires\n" + "".join(f"04{n:012X},G{n % 100},2027-12-31\n" for n in range(200_000)),
    )
    for text in files:
        assert Import(register).run(text).bad == []
    assert store.close()
    again = Store(StoreSettings(data=tmp_path))
    again.open()
    loaded = Register(HeldClock(), OcppSettings())
    loaded.load(again.load_sites(), again.load_stations(), again.load_outlets(), again.load_tokens())
    again.close()
    assert loaded.stations == register.stations
    assert loaded.outlets == register.outlets
    assert loaded.tokens == register.tokens
