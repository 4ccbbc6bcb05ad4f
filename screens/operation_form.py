"""The dialog before an operation: to what, what it ends, what it usually does, the reason, the number to type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backend.model.resources import LiveCharge, OutletResource, Question
from backend.text import t, tc, tn
from screens.console import Console
from screens.form import Field, Form, paragraphs
from screens.operation_kinds import Kind, Target, fields_of, kind_word
from screens.operation_words import operation_word
from screens.outlet_facts import alarms_of
from screens.outlet_words import note
from widgets.figures import date, kw, kwh, number, took
from widgets.line import Run
from widgets.look import STATES, state_kind

LISTED = 5
"""Targets and charges named in a dialog; the rest is counted."""
ROOM = 17
"""Lines of body and fields that 24 rows leave; beyond it the blank ones go."""


class Asked(NamedTuple):
    """An operation before it is sent."""

    kind: Kind
    targets: Sequence[Target]
    aims: Sequence[str]
    """What is given to the server: stations, or outlets."""
    questions: Mapping[str, Question]
    """What the server asks, by what was given to it."""


def operation_form(console: Console, asked: Asked) -> Form:
    """The dialog; its frame is orange where something is at stake."""
    kind, questions = asked.kind, list(asked.questions.values())
    ends = [charge for question in questions for charge in question.ends]
    harm = bool(ends) or (kind.danger and bool(questions))
    body = [
        *_about(console, asked),
        *_ends(console, ends, asked.targets, open_=bool(kind.asked or kind.fields) and not questions),
        *_usual(console, questions),
    ]
    fields = [*fields_of(kind), Field(id="reason", label=t("reason"), needed=bool(questions) or harm)]
    typed = _typed(asked)
    if typed is not None:
        fields.append(typed)
    if len(body) + 2 * len(fields) > ROOM:
        body = [row for row in body if row]
    word = kind_word(kind)
    return Form(
        word[:1].upper() + word[1:],
        body,
        fields,
        verb=word,
        hue="high" if harm else "energy",
        symbol="▲" if harm else "▸",
        gentler=_gentler(questions),
        dense=len(fields) > 4,
    )


def place_of(console: Console, target: Target, *, whole: bool = False) -> str:
    """Site, street and (for an outlet) place."""
    mirror = console.mirror
    outlet = mirror.outlets.get(target.outlet or "")
    station = mirror.stations.get(target.station)
    site = mirror.sites.get((station.site if station is not None else outlet.site if outlet is not None else "") or "")
    parts = [site.name, site.address] if site is not None else []
    if outlet is not None and not whole:
        parts.append(outlet.place)
    return ", ".join(part for part in parts if part)


def _typed(asked: Asked) -> Field | None:
    if len(asked.aims) > 1:
        hint = t("to prove that you mean all of them")
        return Field(id="typed", label=tc("verb", "type"), must=str(len(asked.aims)), width=12, hint=hint)
    must = next((question.must_type for question in asked.questions.values()), None)
    if not must:
        return None
    hint = t("to prove that you mean this post")
    return Field(id="typed", label=tc("verb", "type"), must=must, width=max(12, len(must) + 4), hint=hint)


def _about(console: Console, asked: Asked) -> list[list[Run]]:
    kind, first = asked.kind, asked.targets[0]
    station = console.mirror.stations.get(first.station)
    model = station.model if station is not None else ""
    if len(asked.aims) == 1:
        name = first.station if kind.whole else first.name
        place = place_of(console, first, whole=kind.whole)
        return [[(name, "strong"), (f"  {place}", "text"), (model, "muted>")], []]
    count = len(asked.aims)
    posts = tn("{n} post", "{n} posts", count) if kind.whole else tn("{n} outlet", "{n} outlets", count)
    aims = asked.aims if kind.whole else [target.name for target in asked.targets]
    names = ", ".join(aims[:LISTED]) + (t(" and {n} more", n=count - LISTED) if count > LISTED else "")
    return [[(posts, "strong")], *paragraphs(names), []]


def _ends(
    console: Console, ends: Sequence[LiveCharge], targets: Sequence[Target], *, open_: bool = False
) -> list[list[Run]]:
    if not ends and open_:
        return [[(t("A charge that would end is asked about before it is sent."), "text")]]
    if not ends:
        return [[(t("This ends no charge."), "text")]]
    rows: list[list[Run]] = [[(tn("This ends {n} live charge.", "This ends {n} live charges.", len(ends)), "text.b")]]
    rows += [[("● ", "energy"), (charge_words(charge), "text")] for charge in ends[:LISTED]]
    if len(ends) > LISTED:
        rows.append([(t("and {n} more", n=len(ends) - LISTED), "text")])
    ended = {charge.outlet for charge in ends}
    outlet = console.mirror.outlets.get(targets[0].outlet or "")
    if outlet is not None and outlet.outlet not in ended:
        look = STATES[state_kind(outlet)]
        rows.append([(f"{look.symbol} ", look.symbol_style), (f"{targets[0].name}, {_state(console, outlet)}", "text")])
    return rows


def charge_words(charge: LiveCharge) -> str:
    """Whose charge, how long, how much, how fast."""
    parts = [charge.label or charge.outlet]
    if charge.id_token:
        parts.append(t("card {token}", token=charge.id_token))
    parts += [f"{charge.minutes} min", kwh(charge.energy_wh), t("{power} now", power=kw(charge.power_w))]
    return ", ".join(parts)


def _state(console: Console, outlet: OutletResource) -> str:
    alarms = alarms_of(console.mirror, outlet)
    return note(outlet, alarms[0] if alarms else None, console.now, console.zone) or t("no charge")


def _usual(console: Console, questions: Sequence[Question]) -> list[list[Run]]:
    if len(questions) != 1:
        return []
    question = questions[0]
    runs: list[Run] = []
    if question.tried:
        share = round(100 * question.worked / question.tried)
        runs += [(t("On this model works") + " ", "muted"), (f"{share} %", "text")]
        runs.append((t(" of {n}", n=number(question.tried)), "muted"))
        if question.median_s is not None:
            runs += [(", " + t("median") + " ", "muted"), (took(question.median_s), "text")]
        runs.append((". ", "muted"))
    if question.last_here is None:
        runs.append((t("Last tried here: never."), "muted"))
    else:
        mark = "✓" if question.last_result == "proved" else "✖"
        at = date(question.last_here, console.now, console.zone)
        runs += [(t("Here last") + " ", "muted"), (f"{at}, {mark}", "text"), (".", "muted")]
    return [[], runs]


def _gentler(questions: Sequence[Question]) -> list[Run]:
    found = next((question.advice for question in questions if question.advice), "")
    return [(t("gentler:") + " ", "muted"), (operation_word(found), "text")] if found else []
