"""Scenarios by name: what a virtual fleet lives through. `recipes` adds the scripted sequences R1 to R16."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from backend.model.errors import Invalid
from backend.simulator.recipes import RECIPES, Recipe
from backend.text import t


class Scenario(Struct, frozen=True, kw_only=True):
    """How busy, how healthy and how willing a fleet is. Times in seconds at speed 1."""

    name: str
    about: Callable[[], str]
    """One line for a person, in the language in force."""
    gap: float = 1.0
    """Times the gap between two cars of the kind of site; 0: no cars at all."""
    charging: float | None = None
    """This share of the outlets charges from the start, and goes on; None: as it comes."""
    incident_s: float | None = None
    """Somewhere in the fleet something goes wrong so often."""
    blackout_s: float | None = None
    """All links drop at once so often, and come back at once."""
    unwilling: float = 0.02
    """Share of the stations with another temperament than the obedient one."""
    together: bool = False
    """All connect at once, instead of one after the other."""
    heartbeat_s: float | None = None
    """Overrides the interval that the central system asks for."""


SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            name="daily", about=lambda: t("cars come and go, now and then something breaks or drops"), incident_s=14.0
        ),
        Scenario(
            name="quiet",
            about=lambda: t("stations boot, report and say heartbeats; few cars, no trouble"),
            gap=8.0,
            unwilling=0.0,
        ),
        Scenario(
            name="storm",
            about=lambda: t("all connect at once; every two minutes every link drops, and all come back at once"),
            blackout_s=120.0,
            together=True,
            unwilling=0.0,
        ),
        Scenario(
            name="faults",
            about=lambda: t("faults, link drops, reboots all the time; every fifth station is unwilling"),
            incident_s=4.0,
            unwilling=0.2,
        ),
        Scenario(
            name="steady",
            about=lambda: t(
                "a tenth of the outlets charges, every station says one message a minute, nothing else happens"
            ),
            gap=0.0,
            charging=0.1,
            unwilling=0.0,
            heartbeat_s=60.0,
        ),
    )
}
"""By name."""


def names() -> dict[str, str]:
    """All scenario names, with what each is about."""
    found = {scenario.name: scenario.about() for scenario in SCENARIOS.values()}
    found.update({recipe.name: recipe.about() for recipe in RECIPES.values()})
    return found


def find_scenario(name: str) -> Scenario | Recipe:
    """The scenario or recipe of that name, whatever the case.

    Raises:
        Invalid: there is none; the hint names those there are.
    """
    found = SCENARIOS.get(name.casefold()) or RECIPES.get(name.upper())
    if found is None:
        raise Invalid(
            "unknown_scenario",
            t("There is no scenario {name!r}.", name=name[:40]),
            t("There are: {names}.", names=", ".join(names())),
        )
    return found
