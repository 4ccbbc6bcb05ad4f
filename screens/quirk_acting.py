"""What is done differently for a station or its model, set from the station's page: a menu of traits, then a form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

from backend.model.quirk import Trait
from backend.model.resources import QuirkResource, StationQuirks
from backend.model.words import Version
from backend.text import t, tc
from backend.text.quirks import trait_name, trait_words
from screens.form import Field, Form, paragraphs
from screens.menu import Choice, Menu

if TYPE_CHECKING:
    from screens.page import Page

KEYS = {
    Trait.PING: "p",
    Trait.PING_S: "s",
    Trait.SETTLE_S: "w",
    Trait.ASSUME_VERSION: "a",
    Trait.PIN_VERSION: "v",
    Trait.HEX_KEY: "h",
    Trait.CLOCK_ZONE: "z",
    Trait.PHANTOM_CONNECTORS: "c",
}


class QuirkActs:
    """Mixed into the page of one station."""

    station_id: str

    @property
    def _quirk_page(self) -> Page:
        return cast("Page", self)

    async def do_register_quirk(self) -> None:
        """Ask what is in force, and which trait to change."""
        page = self._quirk_page
        client = page.console.client
        if client is None:
            return
        found = await client.station_quirks(self.station_id)
        held = {one.trait: one for one in found.traits}
        choices = [
            Choice(trait.value, KEYS[trait], trait_name(trait), _stands(held.get(trait.value), found))
            for trait in Trait
        ]
        model = " ".join(part for part in (found.vendor, found.model) if part)
        head = [(found.station, "strong"), (f"  {model}", "text"), ("   " + t("handled differently"), "muted")]
        page.app.push_screen(Menu(head, choices), partial(self._quirk_chosen, found))

    def _quirk_chosen(self, found: StationQuirks, id_: str | None) -> None:
        if id_ is not None:
            trait = Trait(id_)
            form = quirk_form(trait, next((one for one in found.traits if one.trait == id_), None), found)
            self._quirk_page.app.push_screen(form, partial(self._quirk_given, trait, found))

    def _quirk_given(self, trait: Trait, found: StationQuirks, values: dict[str, str] | None) -> None:
        if values is not None:
            self._quirk_page.console.ask(self._put_quirk(trait, found, values))

    async def _put_quirk(self, trait: Trait, found: StationQuirks, values: Mapping[str, str]) -> None:
        console = self._quirk_page.console
        if console.client is None:
            return
        how, value = values["how"], values["value"]
        if how == t("set it") and not value:
            console.complain(t("{name} needs a value", name=trait_name(trait)))
            return
        about = {"vendor": found.vendor, "model": found.model} if values["for"] == t("its model") else None
        await console.client.put_quirk(
            trait.value,
            value if how == t("set it") else None,
            refused=how == t("refuse it"),
            **(about or {"station": found.station}),
        )
        done = {t("set it"): t("set"), t("refuse it"): t("refused")}.get(how, t("taken out"))
        who = found.model if about else found.station
        said = trait_words(trait.value, value) if how == t("set it") else trait_name(trait)
        console.say((f"{who}  ", "text.b"), ("✓ ", "ok"), (f"{said}: {done}", "text"))


def quirk_form(trait: Trait, held: QuirkResource | None, found: StationQuirks) -> Form:
    """The dialog for one trait: its value, for whom, and whether it is set, refused or taken out."""
    body = [
        [(found.station, "strong"), (f"  {found.vendor} {found.model}".rstrip(), "text")],
        *paragraphs(t("now: {words}", words=_stands(held, found)), "muted"),
    ]
    whose = (t("this station"), t("its model")) if found.model else (t("this station"),)
    ways = (t("set it"), t("refuse it"), t("take it out"))
    fields = [
        _value_field(trait, "" if held is None else held.value),
        Field(id="for", label=tc("field", "for"), choices=whose, value=whose[0], width=20),
        Field(id="how", label=tc("field", "how"), choices=ways, value=ways[0], width=20),
    ]
    name = trait_name(trait)
    return Form(name[:1].upper() + name[1:], body, fields, verb=t("do it"), hue="energy", symbol="▸")


def _value_field(trait: Trait, value: str) -> Field:
    label = t("value")
    if trait in (Trait.PING, Trait.HEX_KEY):
        return Field(
            id="value",
            label=label,
            value=value,
            choices=("on", "off"),
            width=20,
            needed=False,
            words={"on": t("yes"), "off": t("no")},
        )
    if trait in (Trait.ASSUME_VERSION, Trait.PIN_VERSION):
        versions = tuple(version.value for version in Version)
        return Field(id="value", label=label, value=value, choices=versions, width=20, needed=False)
    hint = {
        Trait.CLOCK_ZONE: "Europe/Stockholm, +02:00",
        Trait.PHANTOM_CONNECTORS: t("numbers: 2 or 2,3"),
    }.get(trait, t("seconds"))
    return Field(id="value", label=label, value=value, width=24, needed=False, hint=hint)


def _stands(held: QuirkResource | None, found: StationQuirks) -> str:
    """What is in force, and where it comes from: `is not pinged, set for the model by root`."""
    if held is None:
        return t("as every other")
    words = trait_words(held.trait, held.value)
    if held.source == "learned":
        return t("{words}, learned", words=words)
    whose = found.station if held.station else t("the model")
    return t("{words}, set for {whose} by {who}", words=words, whose=whose, who=held.by or "?")
