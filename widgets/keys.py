"""The one table of keys: bindings, key line, help screen, documentation and keymap files are made from it.

The id of a key is its contract; the key itself may be changed in a keymap file (`id = "key"`). A page is able to
do what it has a method for: the id `row.open` calls `do_row_open`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from textual.binding import Binding

from backend.text import t, tc


class Key(NamedTuple):
    """One thing that a key does."""

    id: str
    keys: str
    """The default keys, as Textual names them, parted by commas; the first is the one that is shown."""
    group: str
    """Where the help screen lists it."""
    danger: bool = False
    """It changes something on the server or at a station: not with `--read-only`, not while the server is gone."""
    priority: bool = False
    """It is done at once, before the next key is looked at: what is typed ahead belongs to the line it opens."""
    right: str = ""
    """What a person must be allowed to do for it."""

    @property
    def method(self) -> str:
        """The name of the page's method."""
        return "do_" + self.id.replace(".", "_")


KEYS: tuple[Key, ...] = (
    Key("row.open", "enter", "row"),
    Key("row.describe", "d", "row"),
    Key("app.filter", "slash", "screen", priority=True),
    Key("op.menu", "x", "act", danger=True, right="operate"),
    Key("call.find", "c", "screen"),
    Key("alarm.ack", "a", "act", danger=True, right="acknowledge"),
    Key("alarm.own", "o", "act", danger=True, right="acknowledge"),
    Key("alarm.note", "n", "act", danger=True, right="acknowledge"),
    Key("alarm.shelve", "m", "act", danger=True, right="acknowledge"),
    Key("register.accept", "i", "act", danger=True),
    Key("register.block", "b", "act", danger=True),
    Key("register.add", "plus", "act", danger=True),
    Key("register.change", "e", "act", danger=True),
    Key("register.remove", "D", "act", danger=True),
    Key("register.quirk", "Q", "act", danger=True, right="register"),
    Key("view.trouble", "exclamation_mark", "view"),
    Key("app.command", "colon", "screen", priority=True),
    Key("app.help", "question_mark,f1", "screen"),
    Key("app.back", "escape", "screen"),
    Key("app.quit", "q", "screen"),
    Key("app.reload", "ctrl+r", "screen"),
    Key("go.fleet", "1", "go"),
    Key("go.alarms", "2", "go"),
    Key("go.sessions", "3", "go"),
    Key("go.uptime", "4", "go"),
    Key("go.operations", "5", "go"),
    Key("go.system", "7", "go"),
    Key("go.last", "minus", "go"),
    Key("go.prev", "left_square_bracket", "go"),
    Key("go.next", "right_square_bracket", "go"),
    Key("row.down", "j,down", "row"),
    Key("row.up", "k,up", "row"),
    Key("row.top", "g,home", "row"),
    Key("row.bottom", "G,end", "row"),
    Key("row.page_down", "pagedown,ctrl+f", "row"),
    Key("row.page_up", "pageup", "row"),
    Key("row.left", "h,left", "row"),
    Key("row.right", "right", "row"),
    Key("row.mark", "space", "row"),
    Key("row.range", "v", "row"),
    Key("row.all", "asterisk", "row"),
    Key("row.copy", "y", "row"),
    Key("row.copy_json", "Y", "row"),
    Key("row.log", "l", "row"),
    Key("row.operations", "L", "row"),
    Key("row.sessions", "s", "row"),
    Key("page.next", "tab", "view"),
    Key("page.prev", "shift+tab", "view"),
    Key("col.prev", "shift+left", "view"),
    Key("col.next", "shift+right", "view"),
    Key("col.sort", "O", "view"),
    Key("col.by_state", "S", "view"),
    Key("col.by_name", "N", "view"),
    Key("col.by_age", "A", "view"),
    Key("view.flat", "f", "view"),
    Key("view.zoom", "z", "view"),
    Key("view.freeze", "p", "view"),
    Key("view.utc", "t", "view"),
)

TABLE: dict[str, Key] = {key.id: key for key in KEYS}

_SHOWN = {
    "slash": "/",
    "exclamation_mark": "!",
    "colon": ":",
    "question_mark": "?",
    "escape": "esc",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "asterisk": "*",
    "plus": "+",
    "pagedown": "pgdn",
    "pageup": "pgup",
}


def label(id_: str) -> str:
    """The word beside a key in the key line."""
    return {
        "row.open": tc("key", "open"),
        "row.down": tc("key", "down"),
        "row.up": tc("key", "up"),
        "row.top": tc("key", "first"),
        "row.bottom": tc("key", "last"),
        "row.page_down": tc("key", "page down"),
        "row.page_up": tc("key", "page up"),
        "row.left": tc("key", "fold"),
        "row.right": tc("key", "unfold"),
        "row.range": tc("key", "range"),
        "row.all": tc("key", "mark all"),
        "row.copy_json": tc("key", "copy JSON"),
        "go.fleet": tc("screen", "Fleet"),
        "go.alarms": tc("screen", "Alarms"),
        "go.sessions": tc("screen", "Sessions"),
        "go.uptime": tc("screen", "Uptime"),
        "go.operations": tc("screen", "Operations"),
        "go.system": tc("screen", "System"),
        "go.last": tc("key", "back again"),
        "go.prev": tc("key", "screen before"),
        "go.next": tc("key", "next screen"),
        "col.prev": tc("key", "column before"),
        "col.next": tc("key", "next column"),
        "col.by_state": tc("key", "by state"),
        "col.by_name": tc("key", "by name"),
        "col.by_age": tc("key", "by age"),
        "row.describe": tc("key", "describe"),
        "app.filter": tc("key", "filter"),
        "op.menu": tc("key", "act"),
        "call.find": tc("key", "find"),
        "alarm.ack": tc("key", "ack"),
        "alarm.own": tc("key", "own"),
        "alarm.note": tc("key", "note"),
        "alarm.shelve": tc("key", "shelve"),
        "register.accept": tc("key", "let in"),
        "register.block": tc("key", "block"),
        "register.add": tc("key", "add"),
        "register.change": tc("key", "change"),
        "register.remove": tc("key", "remove"),
        "register.quirk": tc("key", "quirk"),
        "view.trouble": tc("key", "trouble"),
        "app.command": tc("key", "command"),
        "app.help": tc("key", "keys"),
        "app.back": tc("key", "back"),
        "app.quit": tc("key", "quit"),
        "app.reload": tc("key", "try now"),
        "row.log": tc("key", "frames"),
        "row.operations": tc("key", "done here"),
        "row.sessions": tc("key", "sessions"),
        "row.mark": tc("key", "mark"),
        "row.copy": tc("key", "copy"),
        "page.next": tc("key", "next page"),
        "page.prev": tc("key", "page before"),
        "col.sort": tc("key", "sort"),
        "view.freeze": tc("key", "hold"),
        "view.utc": tc("key", "UTC"),
        "view.zoom": tc("key", "zoom"),
        "view.flat": tc("key", "flat"),
    }[id_]


def help_text(id_: str) -> str:
    """What a key does, in one line."""
    return {
        "row.open": t("open what the cursor is on; fold or unfold a site"),
        "row.describe": t("describe the row in full"),
        "app.filter": t("filter: free words and field:value; /! turns it round"),
        "op.menu": t("act on the station: opens the menu of operations, sends nothing yet"),
        "call.find": t("find a caller's outlet: part of its number, street, site"),
        "alarm.ack": t("acknowledge the alarm; again within 10 s takes it back"),
        "alarm.own": t("own the alarm, or let go of it"),
        "alarm.note": t("write a note on the alarm"),
        "alarm.shelve": t("shelve the alarm for a time, with a reason"),
        "register.accept": t("let the station in: it is served, and its minutes count"),
        "register.block": t("keep the station out"),
        "register.add": t("add a site, station, outlet or token to the register"),
        "register.change": t("change the entry of the register"),
        "register.remove": t("take the entry out of the register; asks first"),
        "register.quirk": t("what is done differently for the station or its model"),
        "view.trouble": t("trouble only, or everything"),
        "app.command": t("a command, such as :fleet state:faulted or :quit"),
        "app.help": t("the keys that work here"),
        "app.back": t("clear the filter, then go back"),
        "app.quit": t("go back; at the first screen, quit"),
        "app.reload": t("load everything anew, try the server now"),
        "go.fleet": t("go to Fleet"),
        "go.alarms": t("go to Alarms"),
        "go.sessions": t("go to Sessions"),
        "go.uptime": t("go to Uptime"),
        "go.operations": t("go to Operations"),
        "go.system": t("go to System"),
        "go.last": t("go to where you were before"),
        "go.prev": t("go to the screen before"),
        "go.next": t("go to the next screen"),
        "row.down": t("one row down"),
        "row.up": t("one row up"),
        "row.top": t("to the first row"),
        "row.bottom": t("to the last row"),
        "row.page_down": t("one page down"),
        "row.page_up": t("one page up"),
        "row.left": t("fold the site"),
        "row.right": t("unfold the site"),
        "row.mark": t("mark the row"),
        "row.range": t("mark from here to where the cursor goes"),
        "row.all": t("mark everything that the filter shows, or nothing"),
        "row.copy": t("copy the id to your terminal (OSC 52)"),
        "row.copy_json": t("copy the row as JSON to your terminal (OSC 52)"),
        "row.log": t("the OCPP frames of the station"),
        "row.operations": t("what was done here"),
        "row.sessions": t("the sessions of the outlet"),
        "page.next": t("next page or field"),
        "page.prev": t("page or field before"),
        "col.prev": t("sort by the column before"),
        "col.next": t("sort by the next column"),
        "col.sort": t("turn the sorting round"),
        "col.by_state": t("sort by state, trouble first"),
        "col.by_name": t("sort by name"),
        "col.by_age": t("sort by age, newest first"),
        "view.flat": t("one list, or by site"),
        "view.zoom": t("the list alone, or with its preview"),
        "view.freeze": t("hold the picture as it is"),
        "view.utc": t("site time or UTC"),
    }[id_]


def group_title(group: str) -> str:
    """The heading of a group on the help screen."""
    return {
        "row": t("rows"),
        "screen": t("everywhere"),
        "act": t("acting"),
        "go": t("going"),
        "view": t("the view"),
    }[group]


def shown(key: str) -> str:
    """How a key is written: `slash` is `/`."""
    first = key.split(",")[0]
    return _SHOWN.get(first, first)


def keys_of(id_: str, keymap: Mapping[str, str] | None = None) -> str:
    """The keys in force for an id."""
    return (keymap or {}).get(id_) or TABLE[id_].keys


def bindings(ids: Iterable[str] | None = None) -> list[Binding]:
    """Textual bindings of these ids (all of them unless said): each presses its id on the page."""
    chosen = KEYS if ids is None else tuple(TABLE[id_] for id_ in ids)
    return [
        Binding(key.keys, f"press('{key.id}')", key.id, id=key.id, show=False, priority=key.priority) for key in chosen
    ]


def read_keymap(values: Mapping[str, object]) -> dict[str, str]:
    """A keymap file's content: keys by id.

    Raises:
        ValueError: an id that does not exist, or a value that is no key; the message names it.
    """
    keymap: dict[str, str] = {}
    for id_, keys in values.items():
        if id_ not in TABLE:
            raise ValueError(t("the keymap names {id}, which does not exist", id=repr(id_)))
        if not isinstance(keys, str) or not keys.strip():
            raise ValueError(t("the keymap gives {id} no key", id=id_))
        keymap[id_] = keys
    return keymap


def table_text() -> str:
    """The table as a page of the documentation (`python -m widgets.keys`)."""
    lines = [
        "# Keys",
        "",
        "Made from `widgets/keys.py`. Ids are the contract: a keymap file (`keymap.toml`) overrides keys by id,",
        'for example `"row.open" = "o,enter"`. Keys marked *changes* are greyed with `--read-only`, without the',
        "right, and while there is no server.",
        "",
        "| id | keys | what it does | |",
        "|---|---|---|---|",
    ]
    for key in KEYS:
        keys = " ".join(f"`{_SHOWN.get(name, name)}`" for name in key.keys.split(","))
        lines.append(f"| {key.id} | {keys} | {help_text(key.id)} | {'changes' if key.danger else ''} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(table_text())
