"""One table of keys: bindings, key line, help, documentation and keymap files cannot differ."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from textual.keys import _character_to_key

from screens.acting import KINDS
from screens.console import PAGES, ROOTS
from screens.page import Page
from widgets.keys import KEYS, TABLE, bindings, group_title, help_text, keys_of, label, read_keymap, shown, table_text

DOCS = Path(__file__).parents[2] / "docs" / "keys.md"


def pages() -> list[type[Page]]:
    """Every page that there is."""
    found = []
    for place in PAGES.values():
        module, _, name = place.partition(":")
        try:
            found.append(getattr(importlib.import_module(module), name))
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
    return found


def test_ids_and_keys_are_their_own() -> None:
    """No two things share an id, and no key does two things."""
    assert len(TABLE) == len(KEYS)
    keys = [key for entry in KEYS for key in entry.keys.split(",")]
    assert len(keys) == len(set(keys))


def test_every_key_has_a_word_and_a_help() -> None:
    """In the key line, on the help screen, under a heading."""
    for key in KEYS:
        assert label(key.id)
        assert help_text(key.id)
        assert group_title(key.group)


def test_bindings_are_the_table() -> None:
    """Every id is bound to its default keys."""
    assert [(binding.id, binding.key) for binding in bindings()] == [(key.id, key.keys) for key in KEYS]


def test_no_key_that_a_multiplexer_takes() -> None:
    """screen and tmux would swallow ctrl+a and ctrl+b."""
    keys = {key for entry in KEYS for key in entry.keys.split(",")}
    assert not keys & {"ctrl+a", "ctrl+b"}


def test_textual_knows_the_names() -> None:
    """A misspelt key would never be pressed."""
    for entry in KEYS:
        for key in entry.keys.split(","):
            last = key.rpartition("+")[2]
            if len(last) == 1:
                assert _character_to_key(last) in (last, f"upper_{last.lower()}") or last.isalnum()


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.NAME)
def test_key_lines_name_keys_that_work(page: type[Page]) -> None:
    """What the key line shows does something there; `? keys` never falls away."""
    assert page.FOOTER[-1] == "app.help"
    for id_ in page.FOOTER:
        assert id_ in TABLE
        assert hasattr(page, TABLE[id_].method), id_


def test_every_key_works_somewhere() -> None:
    """The documentation promises nothing that no page does."""
    for key in KEYS:
        assert any(hasattr(page, key.method) for page in pages()), key.id


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.NAME)
def test_methods_have_keys(page: type[Page]) -> None:
    """A `do_` method without an id could never be pressed."""
    methods = {name for name in dir(page) if name.startswith("do_")}
    assert methods <= {key.method for key in KEYS}


def test_no_single_key_acts_on_a_station() -> None:
    """Everything that a station may feel stands behind `x`."""
    assert {key.id for key in KEYS if key.right == "operate"} == {"op.menu"}
    assert len({kind.key for kind in KINDS}) == len(KINDS)


def test_screens_have_their_numbers() -> None:
    """The numbers of the key line are those of the bindings."""
    for number, name in ROOTS:
        assert TABLE[f"go.{name}"].keys == number


def test_keymap_file() -> None:
    """A user's keys override by id; an unknown id is told."""
    keymap = read_keymap({"row.open": "o,enter"})
    assert keys_of("row.open", keymap) == "o,enter"
    assert keys_of("row.down", keymap) == "j,down"
    assert shown("o,enter") == "o"
    with pytest.raises(ValueError, match=r"no\.such"):
        read_keymap({"no.such": "x"})
    with pytest.raises(ValueError, match=r"row\.open"):
        read_keymap({"row.open": ""})


def test_documentation_is_the_table() -> None:
    """docs/keys.md is made from the table; write it anew with `python -m widgets.keys > docs/keys.md`."""
    assert DOCS.read_text(encoding="utf-8") == table_text()
