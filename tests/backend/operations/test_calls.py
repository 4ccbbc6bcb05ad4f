"""What a call of one's own needs is loaded beside the loop."""

from __future__ import annotations

import pytest

from backend.model.errors import Invalid
from backend.model.words import Version
from backend.operations.calls import check, is_prepared, prepare


@pytest.mark.parametrize("version", list(Version))
def test_what_is_prepared_is_checked_without_the_disk(version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop opens no file: the schema was read before."""
    prepare(version, "ClearCache")
    assert is_prepared(version, "ClearCache")

    def no_disk(*_args: object, **_options: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("builtins.open", no_disk)
    check(version, "ClearCache", {})
    with pytest.raises(Invalid):
        check(version, "ClearCache", {"what": 1})


def test_an_action_that_there_is_not_is_left_to_the_check() -> None:
    """Names of files are never made of what somebody wrote."""
    prepare(Version.V16, "../../Reset")
    assert not is_prepared(Version.V16, "../../Reset")
    with pytest.raises(Invalid):
        check(Version.V16, "../../Reset", {})
