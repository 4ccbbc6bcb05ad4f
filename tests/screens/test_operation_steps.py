"""The steps of an operation."""

from __future__ import annotations

from backend.client.found import Found
from screens.operation_list import OperationRows
from screens.operation_steps import awaited, running_words, signs, stages
from tests.screens.frozen import NOW, frozen_mirror
from tests.screens.frozen_operations import past_operations

OPERATIONS = {operation.id: operation for operation in past_operations()}


def text(id_: str) -> str:
    """The signs of an operation."""
    return "".join(piece for piece, _ in signs(OPERATIONS[id_]))


def test_signs_show_how_far_it_came() -> None:
    """Done, awaited, to come; proved; no effect; never sent."""
    assert text("4711") == "✓✓✓▸·"
    assert text("4708") == "✓✓✓✓✓"
    assert text("4707") == "✓✓✖"
    assert text("4703") == "✖"


def test_what_is_awaited_comes_in_its_usual_order() -> None:
    """A reset that is down waits for the boot, then for the report; an ended one for nothing."""
    assert awaited(OPERATIONS["4711"]) == ["booted", "reported"]
    assert awaited(OPERATIONS["4710"]) == ["answered", "message"]
    assert awaited(OPERATIONS["4708"]) == []


def test_a_running_one_tells_what_it_waits_for() -> None:
    """Since the last thing that was seen."""
    assert running_words(OPERATIONS["4711"], NOW) == "boot awaited 41\xa0s"


def test_stages_are_steps_then_what_is_to_come() -> None:
    """The one that is awaited shows how long already, and when it is too late."""
    operation = OPERATIONS["4711"]
    found = stages(operation, NOW, ["t"] * len(operation.steps))
    assert [stage.sign for stage in found] == ["✓", "✓", "✓", "▸", "·"]
    assert found[3].when == "41\xa0s"
    assert "5m" in found[3].told


def test_a_contradiction_is_no_success() -> None:
    """The step after Unlocked that takes it back has the sign of failure."""
    operation = OPERATIONS["4709"]
    assert [s.sign for s in stages(operation, NOW, ["t"] * len(operation.steps))][-1] == "✖"


def test_the_list_has_no_holes() -> None:
    """What lies before the oldest page is not shown until that page is here."""
    mirror = frozen_mirror()
    mirror.operations = {id_: OPERATIONS[id_] for id_ in ("4711", "4702")}
    rows = OperationRows(mirror)
    rows.add(Found([OPERATIONS["4710"], OPERATIONS["4709"]]), 2)
    assert rows.ordered(NOW) == ["4711", "4710", "4709"]
    rows.add(Found(), 2)
    assert rows.ordered(NOW)[-1] == "4702"


def test_counts_of_the_last_hours() -> None:
    """Running, all, proved, without effect."""
    mirror = frozen_mirror()
    mirror.operations = dict(OPERATIONS)
    assert OperationRows(mirror).counts(NOW) == (2, 11, 5, 4)


def test_how_the_same_went_before() -> None:
    """Of the same kind, ended, on the same model; not itself."""
    mirror = frozen_mirror()
    mirror.operations = dict(OPERATIONS)
    found = OperationRows(mirror).like(OPERATIONS["4711"], lambda other: other.station != "NK-10017")
    assert [operation.station for operation in found] == ["NK-10031", "NK-10032", "NK-10020", "NK-10018"]
