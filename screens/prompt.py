"""The one-line prompt above the keys: commands (`:`) and filters (`/`), with completion and history."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.message import Message
from textual.widgets import Input, Static


class Typing(Input):
    """An input of one cell's height; `tab` and the right arrow complete, `enter` never does."""

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.cursor_blink = False


class Prompt(Horizontal):
    """Asks for one line. Hidden until `ask` is called."""

    DEFAULT_CSS = """
    Prompt { height: 1; display: none; background: $background; }
    Prompt.-asking { display: block; }
    Prompt > Static { width: auto; padding: 0 0 0 1; color: $foreground; text-style: bold; }
    Prompt > Input { width: 1fr; border: none; height: 1; padding: 0; background: $background; color: $foreground; }
    Prompt > Input:focus { border: none; background: $background; }
    """

    class Typed(Message):
        """The text changed; a burst of keys collapses."""

        def __init__(self, sign: str, text: str) -> None:
            super().__init__()
            self.sign = sign
            self.text = text

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Prompt.Typed)

    class Given(Message):
        """`enter`: this is the line. `None`: it was left with `esc`."""

        def __init__(self, sign: str, text: str | None) -> None:
            super().__init__()
            self.sign = sign
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id)
        self.sign = ":"
        self._complete: Callable[[str], Sequence[str]] = lambda _: ()
        self._history: Sequence[str] = ()
        self._at = 0
        self._stem: str | None = None
        self._choices: Sequence[str] = ()
        self._choice = 0

    def compose(self) -> ComposeResult:
        yield Static(":", markup=False)
        yield Typing()

    @property
    def asking(self) -> bool:
        """Whether it is open."""
        return self.has_class("-asking")

    def ask(
        self,
        sign: str,
        text: str = "",
        *,
        complete: Callable[[str], Sequence[str]] = lambda _: (),
        history: Sequence[str] = (),
    ) -> None:
        """Open it. `complete(text)` gives whole lines that `tab` may put there, the best first."""
        self.sign = sign
        self._complete = complete
        self._history = history
        self._at = len(history)
        self._stem = None
        self.add_class("-asking")
        self.query_one(Static).update(sign + " " if len(sign) > 1 else sign)
        line = self.query_one(Typing)
        line.value = text
        line.cursor_position = len(text)
        # At once, not after the next refresh: keys typed ahead belong to the line.
        self.display = True
        self.screen.set_focus(line)

    def close(self) -> None:
        """Hide it, and give the focus back."""
        self.remove_class("-asking")
        self.display = False
        self.screen.set_focus(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as you type."""
        event.stop()
        if self.asking:
            self.post_message(self.Typed(self.sign, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close()
        self.post_message(self.Given(self.sign, event.value))

    def on_key(self, event: Key) -> None:
        """`esc` leaves, `tab` completes, the arrows go through what was typed before."""
        if not self.asking:
            return
        line = self.query_one(Typing)
        if event.key == "escape":
            self.close()
            self.post_message(self.Given(self.sign, None))
        elif event.key in ("tab", "shift+tab") or (
            event.key == "right" and line.cursor_position >= len(line.value) and line.value
        ):
            self._next(line, -1 if event.key == "shift+tab" else 1)
        elif event.key in ("up", "down"):
            self._old(line, -1 if event.key == "up" else 1)
        else:
            self._stem = None
            return
        event.stop()
        event.prevent_default()

    def _next(self, line: Input, by: int) -> None:
        if self._stem is None or line.value not in self._choices:
            self._stem = line.value
            self._choices = self._complete(line.value)
            self._choice = -1 if by > 0 else 0
        if self._choices:
            self._choice = (self._choice + by) % len(self._choices)
            line.value = self._choices[self._choice]
            line.cursor_position = len(line.value)

    def _old(self, line: Input, by: int) -> None:
        if not self._history:
            return
        self._at = max(0, min(len(self._history), self._at + by))
        line.value = self._history[self._at] if self._at < len(self._history) else ""
        line.cursor_position = len(line.value)
