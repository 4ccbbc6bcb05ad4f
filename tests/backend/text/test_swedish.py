"""The Swedish catalogue: nothing is missing, nothing is broken, and every word fits where it stands."""

from __future__ import annotations

import gettext
import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from rich.cells import cell_len

from backend.model.resources import Totals
from backend.text import alarms, set_language, t
from screens import alarm_rows, operation_kinds, operation_steps, session_words, trace_draw, uptime_draw
from screens.console import page_word
from screens.register_tables import COLUMNS, draw_head
from widgets import keys
from widgets.line import Line
from widgets.look import STATES, state_word
from widgets.totals import SLOTS, Chosen, totals
from widgets.vitals import Lamp, Vitals, header

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "backend/text/locale/sv/LC_MESSAGES"
HEADER = r"""msgid ""
msgstr ""
"Language: sv\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
SCREENS = ["fleet", "alarms", "sessions", "session", "uptime", "operations", "system", "station", "trace", "help"]
STEPS = [
    "queued",
    "sent",
    "answered",
    "went_down",
    "booted",
    "reported",
    "began",
    "ended",
    "unlocked",
    "message",
    "came",
    "contradicted",
    "scheduled",
    "came_back",
    "missing",
    "all_reported",
    "charging",
    "plugged",
    "asked",
    "part",
    "read_back",
    "reboot_required",
    "silent",
    "link_lost",
    "refused",
    "timeout",
    "proved",
    "unproved",
    "offline",
]
STOPS = [
    "Local",
    "EVDisconnected",
    "Remote",
    "StoppedByEV",
    "SOCLimitReached",
    "EnergyLimitReached",
    "TimeLimitReached",
    "CostLimitReached",
    "MasterPass",
    "UnlockCommand",
    "DeAuthorized",
    "EmergencyStop",
    "GroundFault",
    "OvercurrentFault",
    "PowerLoss",
    "PowerQuality",
    "HardReset",
    "SoftReset",
    "ImmediateReset",
    "Reboot",
    "Timeout",
    "LocalOutOfCredit",
    "ReqEnergyTransferRejected",
    "Other",
]
RULES = [
    "offline",
    "deaf",
    "flapping",
    "boot_loop",
    "site_dark",
    "network_dark",
    "conflict",
    "clock",
    "temperature",
    "security",
    "tamper",
    "firmware",
    "flooding",
    "open_files",
    "store",
    "database",
    "trace",
    "duplicate_identity",
    "overflow",
]


@pytest.fixture(scope="module")
def strings() -> Catalog:
    """Every string of the code, as `.ci/texts` extracts them."""
    found = runpy.run_path(str(ROOT / ".ci/texts"))["extracted"]()
    assert isinstance(found, Catalog)
    return found


@pytest.fixture(scope="module")
def swedish() -> Catalog:
    """The catalogue that translators edit."""
    with (FOLDER / "noc.po").open("rb") as file:
        return read_po(file, locale="sv")


@pytest.fixture
def speaks_swedish() -> Iterator[None]:
    """In Swedish for the time of a test."""
    set_language("sv")
    yield
    set_language("en")


def _known(catalogue: Catalog) -> set[tuple[object, str | None]]:
    return {(message.id, message.context) for message in catalogue if message.id}


def _pairs(message: Message) -> list[tuple[str, str]]:
    """Each English text of a message and its Swedish one."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return list(zip(message.id, message.string, strict=True))


def _all_pairs(catalogue: Catalog) -> list[tuple[str, str]]:
    return [pair for message in catalogue if message.id for pair in _pairs(message)]


def _translated(catalogue: Catalog) -> list[tuple[str, str]]:
    return [pair for pair in _all_pairs(catalogue) if pair[1]]


# the files


def test_every_string_of_the_code_is_in_the_catalogue_and_no_other(strings: Catalog, swedish: Catalog) -> None:
    """`.ci/texts` was run since the last string came or went."""
    assert _known(strings) - _known(swedish) == set()
    assert _known(swedish) - _known(strings) == set()


def test_every_string_is_translated(swedish: Catalog) -> None:
    """A Swedish desk never reads English by accident; both forms of what is counted are given."""
    assert [english for english, text in _all_pairs(swedish) if not text.strip()] == []


def test_the_compiled_catalogue_says_what_the_source_says(swedish: Catalog) -> None:
    """The .mo was compiled from this .po."""
    with (FOLDER / "noc.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    stale = []
    for message in swedish:
        if isinstance(message.id, tuple):
            said = tuple(compiled.ngettext(*message.id, n) for n in (1, 2))
        elif message.context:
            said = compiled.pgettext(message.context, message.id)
        else:
            said = compiled.gettext(message.id)
        if message.id and message.string and said != message.string:
            stale.append(message.id)
    assert stale == []


def test_the_header_tells_no_date_no_person_and_no_machine() -> None:
    """The file changes only when a string does."""
    text = (FOLDER / "noc.po").read_text(encoding="utf-8")
    assert text.startswith(HEADER)
    assert "\n#: " not in text


# the texts


def _fields(text: str) -> list[tuple[str, str | None, str | None]]:
    return sorted((name, spec, how) for _, name, spec, how in Formatter().parse(text) if name is not None)


def test_placeholders_are_those_of_the_english_text(swedish: Catalog) -> None:
    """Each once as there, with its conversion and format, or `t` would raise while somebody waits."""
    pairs = _translated(swedish)
    assert [(english, text) for english, text in pairs if _fields(english) != _fields(text)] == []


def test_what_is_typed_stays_as_it_is(swedish: Catalog) -> None:
    """Options, commands in backticks, addresses and key=value are not translated."""
    typed = re.compile(r"`[^`]*`|--[a-z-]+|\b[a-z_]+=[A-Za-z.]+|unix:PATH|HOST:PORT|NOC_[A-Z]*|/v1/\S+")
    pairs = _translated(swedish)
    changed = [pair for pair in pairs if sorted(typed.findall(pair[0])) != sorted(typed.findall(pair[1]))]
    assert changed == []


def _edges(text: str) -> tuple[str, str, str]:
    whole = text.strip()
    mark = whole[-1:] if whole.endswith((".", ":", "?", ",", ";")) else ""
    return text[: len(text) - len(text.lstrip())], mark, text[len(text.rstrip()) :]


def test_texts_begin_and_end_as_in_english(swedish: Catalog) -> None:
    """Blanks at the ends, period, colon, question mark: texts are joined to others."""
    assert [(english, text) for english, text in _translated(swedish) if _edges(english) != _edges(text)] == []


# their room


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is put on a line, before it is cut to its room."""
    asked: list[str] = []
    for name in ("put", "right"):
        plain = getattr(Line, name)

        def remember(
            line: Line, at: int, text: str, *args: str, _plain: Callable[..., int] = plain, **options: object
        ) -> int:
            asked.append(text.strip())
            return _plain(line, at, text, *args, **options)

        monkeypatch.setattr(Line, name, remember)
    return asked


@pytest.mark.usefixtures("speaks_swedish")
@pytest.mark.parametrize("width", [80, 104])
@pytest.mark.parametrize("kind", COLUMNS)
def test_the_heads_of_the_register_fit_their_columns(width: int, kind: str, put: list[str]) -> None:
    """No head is cut, none covers another."""
    line = draw_head(width, COLUMNS[kind])
    assert put
    assert [text for text in put if text not in line.plain] == []


@pytest.mark.usefixtures("speaks_swedish")
@pytest.mark.parametrize("width", [80, 104])
@pytest.mark.parametrize(
    "head",
    [
        lambda width: alarm_rows.head_line(width, ""),
        lambda width: uptime_draw.head(width, "outlet"),
        lambda width: uptime_draw.head(width, "site"),
        trace_draw.head,
    ],
    ids=["alarms", "uptime of outlets", "uptime of sites", "trace"],
)
def test_the_heads_of_the_lists_fit_their_columns(head: Callable[[int], Line], width: int, put: list[str]) -> None:
    """No head is cut, none covers another."""
    line = head(width)
    assert put
    assert [text for text in put if text not in line.plain] == []


@pytest.mark.usefixtures("speaks_swedish")
def test_the_totals_fit_80_columns() -> None:
    """All their words stand beside each other, with their figures below."""
    counts = {key: 10_000 for _, key in SLOTS}
    words, figures, _ = totals(Totals(outlets=60_000, activities=counts), 80, Chosen())
    assert [state_word(slot) for slot, _ in SLOTS if f" {state_word(slot)} " not in words.plain] == []
    assert words.plain.endswith(t("all"))
    assert figures.plain.count("10\N{NO-BREAK SPACE}000") == len(SLOTS)


@pytest.mark.usefixtures("speaks_swedish")
@pytest.mark.parametrize("screen", SCREENS)
def test_the_names_of_the_screens_fit_the_header(screen: str) -> None:
    """The vital signs begin at column 14 on every screen."""
    lamp = Lamp("●", "live", "ok")
    told = Vitals(screen=page_word(screen), totals=Totals(online=7, stations=9), clock="14:32", lamp=lamp)
    line, _ = header(told, 80)
    assert line.plain.startswith(f" {page_word(screen)} ".ljust(14) + "7/9 ")


@pytest.mark.usefixtures("speaks_swedish")
@pytest.mark.parametrize(
    ("words", "room"),
    [
        pytest.param(lambda: map(state_word, STATES), 11, id="states"),
        pytest.param(lambda: map(keys.label, keys.TABLE), 13, id="keys"),
        pytest.param(lambda: map(keys.help_text, keys.TABLE), 62, id="help"),
        pytest.param(lambda: map(operation_kinds.kind_word, operation_kinds.KINDS), 13, id="operations"),
        pytest.param(lambda: map(operation_kinds.kind_what, operation_kinds.MENU_IDS), 54, id="menu"),
        pytest.param(lambda: map(operation_steps.step_word, STEPS), 15, id="steps"),
        pytest.param(lambda: map(operation_steps.awaited_word, STEPS), 15, id="steps to come"),
        pytest.param(lambda: map(session_words.stop_word, STOPS), 12, id="ends of charges"),
        pytest.param(lambda: (words.text() for words in alarms.FAULTS.values()), 26, id="faults"),
        pytest.param(lambda: (text() for text in alarms.PARTS.values()), 26, id="faulty parts"),
        pytest.param(lambda: (words.action() for words in alarms.FAULTS.values()), 25, id="actions on faults"),
        pytest.param(lambda: (alarms.alarm_text(rule, "", {}) for rule in RULES), 26, id="rules"),
        pytest.param(lambda: (alarms.first_action(rule, "") for rule in RULES), 25, id="actions on rules"),
    ],
)
def test_words_fit_their_room(words: Callable[[], Iterator[str]], room: int) -> None:
    """Counted in cells."""
    found = list(words())
    assert found
    assert [word for word in found if cell_len(word) > room] == []
