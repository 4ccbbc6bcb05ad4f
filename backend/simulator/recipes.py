"""The sequences R1 to R16 of domain.md 2.1, as scripts for one station.

A script plays the station's and the driver's part. Where the sequence needs a command (a reset, an unlock), it waits
for it: a test, an operator or an API client sends it. Times pass by the station's own timers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from backend.model.words import Version
from backend.simulator.script import CARD
from backend.simulator.station import VirtualStation
from backend.simulator.temperament import TEMPERAMENTS
from backend.text import t

HOUR_S = 3600.0
OTHER_CARD = "04B17C22E95A80"


class Recipe(Struct, frozen=True, kw_only=True):
    """One sequence."""

    name: str
    about: Callable[[], str]
    """One line for a person, in the language in force."""
    version: Version
    play: Callable[[VirtualStation], Awaitable[None]]
    temperament: str = "obedient"
    """The temperament that the station needs for it."""

    def fit(self, station: VirtualStation) -> VirtualStation:
        """Give a station the temperament that this sequence needs."""
        station.temperament = TEMPERAMENTS[self.temperament]
        return station


async def begin_charge(station: VirtualStation, evse: int = 1, card: str = CARD) -> None:
    """Plug in, show a card, and wait until energy flows."""
    station.plug(evse)
    await station.quiet()
    station.authorise(evse, card)
    await station.pass_time(4.0)
    await station.quiet()


async def finish_charge(station: VirtualStation, evse: int = 1, card: str = CARD) -> None:
    """Show the card again, and leave."""
    station.authorise(evse, card)
    await station.pass_time(10.0)
    station.unplug(evse)
    await station.quiet()


async def _r1(station: VirtualStation) -> None:
    await begin_charge(station)
    await station.pass_time(1_200.0)
    await finish_charge(station)


async def _r2(station: VirtualStation) -> None:
    await station.heard_call("RemoteStartTransaction")
    await station.pass_time(float(station.config.number("ConnectionTimeOut")) + 5.0)


async def _r3(station: VirtualStation) -> None:
    await begin_charge(station)
    await station.heard_call("Reset")
    await station.booted()


async def _r4(station: VirtualStation) -> None:
    await begin_charge(station)
    await station.heard_call("Reset")
    await station.pass_time(600.0)
    await finish_charge(station)
    await station.booted()


async def _r5(station: VirtualStation) -> None:
    await begin_charge(station)
    await station.heard_call("Reset")
    await station.booted()


async def _r6(station: VirtualStation) -> None:
    await begin_charge(station)
    await station.heard_call("Reset")
    await station.booted()


async def _r7(station: VirtualStation) -> None:
    await station.heard_call("Reset")
    await station.pass_time(150.0)


async def _r8(station: VirtualStation) -> None:
    await begin_charge(station)
    station.authorise(1)
    for _ in range(3):
        await station.heard_call("UnlockConnector")
    await station.pass_time(30.0)


async def _r9(station: VirtualStation) -> None:
    await begin_charge(station)
    await station.heard_call("ChangeAvailability")
    await station.pass_time(300.0)
    await finish_charge(station)
    station.reboot("PowerUp")
    await station.booted()
    await station.heard_call("ChangeAvailability")
    await station.quiet()


async def _r10(station: VirtualStation) -> None:
    station.drop_link(3 * HOUR_S)
    for _ in range(2):
        await station.pass_time(900.0)
        await begin_charge(station)
        await station.pass_time(1_800.0)
        await finish_charge(station)
    await station.pass_time(3 * HOUR_S)
    await station.quiet()


async def _r11(station: VirtualStation) -> None:
    await begin_charge(station)
    await station.pass_time(600.0)
    await finish_charge(station)


async def _r12(station: VirtualStation) -> None:
    await begin_charge(station)
    await station.pass_time(600.0)
    await finish_charge(station)


async def _r13(station: VirtualStation) -> None:
    await station.booted("Pending")
    await station.heard_call("ChangeConfiguration")
    await station.booted()


async def _r14(station: VirtualStation) -> None:
    await station.heard_call("SignedUpdateFirmware")
    await station.pass_time(120.0)
    await station.quiet()


async def _r15(station: VirtualStation) -> None:
    await begin_charge(station)
    station.drop_link(900.0)
    await station.pass_time(600.0)
    await finish_charge(station)
    await station.pass_time(600.0)
    await station.quiet()


async def _r16(station: VirtualStation) -> None:
    station.plug(1)
    await station.quiet()
    station.charging.begin(1, OTHER_CARD, "ISO14443", "Authorized")
    await station.quiet()
    await station.pass_time(30.0)
    station.authorise(1, OTHER_CARD)
    station.unplug(1)
    await station.quiet()


_V16, _V201 = Version.V16, Version.V201
RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(name="R1", about=lambda: t("a normal charge"), version=_V16, play=_r1),
        Recipe(name="R2", about=lambda: t("remote start, and the cable never comes"), version=_V16, play=_r2),
        Recipe(name="R3", about=lambda: t("soft reset during a charge"), version=_V16, play=_r3),
        Recipe(name="R4", about=lambda: t("reset on idle during a charge"), version=_V201, play=_r4),
        Recipe(name="R5", about=lambda: t("immediate reset during a charge"), version=_V201, play=_r5),
        Recipe(
            name="R6", about=lambda: t("hard reset, the stop is lost"), version=_V16, play=_r6, temperament="stop_loser"
        ),
        Recipe(
            name="R7",
            about=lambda: t("reset accepted, and nothing happens"),
            version=_V16,
            play=_r7,
            temperament="shirking",
        ),
        Recipe(
            name="R8",
            about=lambda: t("unlock works at the third try"),
            version=_V16,
            play=_r8,
            temperament="stuck_lock",
        ),
        Recipe(
            name="R9", about=lambda: t("out of use after the charge, over a reboot, and back"), version=_V16, play=_r9
        ),
        Recipe(
            name="R10", about=lambda: t("three hours without a link, two charges replayed"), version=_V16, play=_r10
        ),
        Recipe(
            name="R11",
            about=lambda: t("the start was never answered"),
            version=_V16,
            play=_r11,
            temperament="start_loser",
        ),
        Recipe(name="R12", about=lambda: t("the start is sent twice"), version=_V16, play=_r12, temperament="repeater"),
        Recipe(name="R13", about=lambda: t("commissioning: pending, new key, accepted"), version=_V16, play=_r13),
        Recipe(
            name="R14",
            about=lambda: t("firmware with a bad signature"),
            version=_V16,
            play=_r14,
            temperament="bad_firmware",
        ),
        Recipe(
            name="R15",
            about=lambda: t("a gap in an offline sequence"),
            version=_V201,
            play=_r15,
            temperament="event_loser",
        ),
        Recipe(
            name="R16",
            about=lambda: t("the card is refused at the start, the cable stays locked"),
            version=_V16,
            play=_r16,
        ),
    )
}
"""By name."""
