"""Who may: the kernel's word, the role file."""

from __future__ import annotations

import hashlib
import itertools
import os
from pathlib import Path

import pytest

from backend.api.people import ALL, ROLES, People, read_roles
from backend.model.clock import HeldClock
from backend.model.errors import Invalid
from backend.model.words import Right

NOBODY = 65534


def test_without_a_role_file_only_root_and_ourselves() -> None:
    """Every right for them, nobody else gets in."""
    people = People(HeldClock(), None)
    for uid in {0, os.geteuid()}:
        person = people.of_user(uid, None)
        assert person is not None
        assert person.rights == ALL
    assert people.of_user(NOBODY, None) is None
    assert people.of_token("x") is None


def test_roles_by_user_group_and_token(tmp_path: Path) -> None:
    """Of several roles all rights count; a token is known by its digest."""
    path = tmp_path / "roles.toml"
    digest = hashlib.sha256(b"open sesame").hexdigest()
    path.write_text(
        f'[users]\nnobody = "night"\n[groups]\nnogroup = "viewer"\n[roles]\nnight = ["acknowledge"]\n'
        f'[tokens]\n"{digest}" = {{ name = "wall", role = "viewer" }}\n'
    )
    people = People(HeldClock(), path)
    person = people.of_user(NOBODY, NOBODY)
    assert person is not None
    assert person.name == "nobody"
    assert person.rights == {Right.ACKNOWLEDGE, Right.READ}
    assert people.has_tokens
    wall = people.of_token("open sesame")
    assert wall is not None
    assert (wall.name, wall.rights) == ("wall", ROLES["viewer"])
    assert people.of_token("open says me") is None
    root = people.of_user(0, 0)
    assert root is not None
    assert root.rights == ALL


def test_a_changed_file_counts_a_broken_one_does_not(tmp_path: Path) -> None:
    """It is read again when it has changed; nonsense leaves the roles as they were."""
    path = tmp_path / "roles.toml"
    path.write_text('[users]\nnobody = "viewer"\n')
    clock = HeldClock()
    people = People(clock, path)
    path.write_text('[users]\nnobody = "agent_l1"\n')
    clock.advance(5)
    person = people.of_user(NOBODY, NOBODY)
    assert person is not None
    assert Right.OPERATE in person.rights
    path.write_text('[users]\nnobody = "emperor"\n')
    clock.advance(100)
    person = people.of_user(NOBODY, NOBODY)
    assert person is not None
    assert Right.OPERATE in person.rights


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[users]\nanna = "emperor"', "emperor"),
        ('[roles]\nnight = ["sleep"]', "sleep"),
        ('[roles]\nnight = "read"', "list of rights"),
        ("[users", "cannot be used"),
        ("[people]\n", "people"),
        ('[tokens]\nabc = "viewer"', "cannot be used"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, text: str, says: str) -> None:
    """The message names the file and what is wrong, the hint the roles."""
    path = tmp_path / "roles.toml"
    path.write_text(text)
    with pytest.raises(Invalid) as caught:
        read_roles(path)
    assert says in caught.value.message
    assert "viewer" in caught.value.hint


def test_each_role_has_what_the_one_below_has() -> None:
    """Roles build on each other; only the shift lead reveals."""
    rows = [ROLES[name] for name in ("viewer", "agent_l1", "agent_l2", "engineer", "shift_lead")]
    assert all(low < high for low, high in itertools.pairwise(rows))
    assert Right.REVEAL not in ROLES["engineer"]
