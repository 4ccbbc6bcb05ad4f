"""An invented Nordic operator: sites in real towns, stations of invented makers, outlets, cards.

Everything follows from the seed and the sizes; the same ones give the same network.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from backend.model.clock import Instant
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.words import TokenStatus, Version
from backend.simulator import makers, places
from backend.simulator.makers import Model
from backend.simulator.outlet import RFID, Plug
from backend.simulator.speech import Nameplate

OPERATOR = "Norrkust Laddnät"
OPERATOR_CODE = "NKL"
DEFAULT_STATIONS = 300
FIRST_NUMBER = 1_001
OPENED: Instant = 1_622_505_600.0
"""2021-06-01: the first site went live."""
GROWTH_S = 4 * 365 * 86_400.0
MOST_TOKENS = 200_000

Entry: TypeAlias = SiteEntry | StationEntry | OutletEntry | TokenEntry


class Kind(NamedTuple):
    """A kind of site: how common, how large, what stands there."""

    name: str
    share: int
    posts: tuple[int, int]
    models: tuple[tuple[Model, ...], ...]
    """Sets of models; a site has one."""
    busy_share: float
    """How much of the day an outlet is taken."""
    stay_s: float
    """How long a car stays, on average."""


KINDS = (
    Kind("garage", 20, (4, 12), ((makers.DUO_22,), (makers.VIPA_22,), (makers.KAJ_22,)), 0.2, 5_400.0),
    Kind(
        "highway",
        16,
        (3, 8),
        ((makers.GH_150,), (makers.RAPID_180,), (makers.RAPID_300, makers.RAPID_180)),
        0.2,
        1_500.0,
    ),
    Kind("retail", 18, (2, 6), ((makers.TRIO_60, makers.DUO_22), (makers.RAPID_50, makers.VIPA_22)), 0.21, 2_400.0),
    Kind("brf", 18, (4, 10), ((makers.SOLO_11,), (makers.VIPA_11,)), 0.22, 16_000.0),
    Kind("kerb", 14, (1, 3), ((makers.DUO_22,), (makers.KAJ_22,)), 0.22, 6_000.0),
    Kind("work", 10, (2, 8), ((makers.VIPA_11,), (makers.DUO_22,)), 0.18, 9_000.0),
    Kind("hotel", 6, (1, 4), ((makers.DUO_22,), (makers.VIPA_22,)), 0.16, 14_000.0),
)
ABROAD = ("garage", "highway", "brf", "kerb")
"""The kinds that the operator runs outside Sweden."""
KIND_BY_NAME = {kind.name: kind for kind in KINDS}


class Build(Struct, frozen=True, kw_only=True):
    """How one station of the network is built."""

    plate: Nameplate
    version: Version
    plugs: tuple[Plug, ...]
    site: str
    kind: str
    """The kind of its site."""
    boot_s: float


class Driver(NamedTuple):
    """A token as a driver shows it."""

    token: str
    token_type: str


class Network(Struct, kw_only=True):
    """The operator's register, and how its stations are built."""

    operator: str = OPERATOR
    seed: int = 1
    sites: list[SiteEntry] = field(default_factory=list)
    stations: list[StationEntry] = field(default_factory=list)
    outlets: list[OutletEntry] = field(default_factory=list)
    tokens: list[TokenEntry] = field(default_factory=list)
    builds: dict[str, Build] = field(default_factory=dict)
    """By station id, in the order of `stations`."""
    drivers: list[Driver] = field(default_factory=list)
    """Tokens that may charge."""
    strangers: list[Driver] = field(default_factory=list)
    """Tokens that are refused."""

    def entries(self) -> Iterator[Entry]:
        """The register, in an order in which it can be taken in: sites, stations, outlets, tokens."""
        yield from self.sites
        yield from self.stations
        yield from self.outlets
        yield from self.tokens


def make_network(
    stations: int = DEFAULT_STATIONS, seed: int = 1, *, outlets: int | None = None, tokens: int | None = None
) -> Network:
    """Invent a network.

    Args:
        stations: How many; 1 to 90,000.
        seed: Another seed is another network.
        outlets: In all; AC posts get up to four to reach it. None: as the models are built.
        tokens: How many cards and contracts; about six for each station unless said, at most 200,000.
    """
    dice = Random(f"network:{seed}")
    network = Network(seed=seed)
    _Builder(network, dice).build(stations)
    if outlets is not None:
        _widen(network, outlets)
    _register_outlets(network)
    _issue_tokens(network, dice, tokens if tokens is not None else min(max(400, stations * 6), MOST_TOKENS))
    return network


class _Builder:
    """Opens sites until there are enough stations."""

    def __init__(self, network: Network, dice: Random) -> None:
        self._network = network
        self._dice = dice
        self._names: set[str] = set()
        self._number = FIRST_NUMBER
        self._largest = 1

    def build(self, stations: int) -> None:
        weights = [town.weight for town in places.TOWNS]
        shares = [kind.share for kind in KINDS]
        # Small networks get small sites, so that there is something of everything.
        self._largest = max(stations // 6, 1)
        left = stations
        while left > 0:
            town = self._dice.choices(places.TOWNS, weights)[0]
            kind = self._dice.choices(KINDS, shares)[0]
            if (kind.name == "highway" and not town.roads) or (town.country != "SE" and kind.name not in ABROAD):
                continue
            left -= self._site(town, kind, left)

    def _site(self, town: places.Town, kind: Kind, most: int) -> int:
        dice = self._dice
        street = f"{dice.choice(places.STREETS[town.country])} {dice.randint(1, 88)}"
        posts = min(dice.randint(*kind.posts), most, self._largest)
        models = dice.choice(kind.models)
        site_id = f"S{len(self._network.sites) + 1:04d}"
        opened = OPENED + dice.random() * GROWTH_S
        total_kw = 0.0
        for post in range(posts):
            model = models[0] if post == 0 or len(models) == 1 else dice.choice(models)
            total_kw += sum(plug.max_kw for plug in model.plugs)
            self._station(town, kind, site_id, model, opened)
        self._number += dice.choice((0, 0, 1, 2))
        share = 0.65 if kind.name == "highway" else 0.45
        self._network.sites.append(
            SiteEntry(
                id=site_id,
                name=self._name(town, kind, street),
                address=street,
                town=town.name,
                owner=dice.choice(places.OWNERS),
                capacity_kw=float(max(round(total_kw * share / 10) * 10, 20)),
                latitude=round(town.latitude + dice.uniform(-0.04, 0.04), 5),
                longitude=round(town.longitude + dice.uniform(-0.07, 0.07), 5),
                time_zone=places.TIME_ZONES[town.country],
            )
        )
        return posts

    def _station(self, town: places.Town, kind: Kind, site: str, model: Model, opened: Instant) -> None:
        dice = self._dice
        identity = f"NK-{self._number:05d}"
        self._number += 1
        serial = f"{model.vendor[:2].upper()}{dice.randrange(10**8):08d}"
        modem = kind.name != "brf"
        self._network.stations.append(
            StationEntry(
                id=identity,
                site=site,
                current="DC" if any(plug.current == "DC" for plug in model.plugs) else "AC",
                serial=serial,
                added=opened,
                note="" if town.country == "SE" else town.country,
            )
        )
        plate = Nameplate(
            id=identity,
            vendor=model.vendor,
            model=model.name,
            serial=serial,
            firmware=dice.choice(model.firmware),
            iccid=f"8946{dice.randrange(10**15):015d}" if modem else "",
            imsi=f"24099{dice.randrange(10**10):010d}" if modem else "",
            meter_type=model.meter,
            meter_serial=f"M{dice.randrange(10**7):07d}",
        )
        self._network.builds[identity] = Build(
            plate=plate, version=model.version, plugs=model.plugs, site=site, kind=kind.name, boot_s=model.boot_s
        )

    def _name(self, town: places.Town, kind: Kind, street: str) -> str:
        dice, words = self._dice, places.WORDS[town.country]
        garages = places.GARAGES_ABROAD.get(town.country, places.GARAGES)
        directions = places.DIRECTIONS_ABROAD.get(town.country, places.DIRECTIONS)
        associations = places.ASSOCIATIONS_ABROAD.get(town.country, places.ASSOCIATIONS)
        match kind.name:
            case "garage":
                found = f"{town.name} {words['garage']} {dice.choice(garages)}"
            case "highway":
                found = f"{town.name} {dice.choice(town.roads)} {dice.choice(directions)}"
            case "retail":
                found = f"{town.name} {dice.choice(places.RETAIL)}"
            case "brf":
                found = f"{town.name} {words['brf']} {dice.choice(associations)}"
            case "work":
                found = f"{town.name} {dice.choice(places.WORK)}"
            case "hotel":
                found = f"{town.name} {dice.choice(places.HOTELS)}"
            case _:
                found = f"{town.name} {street}"
        name, number = found, 2
        while name in self._names:
            name, number = f"{found} {number}", number + 1
        self._names.add(name)
        return name


def _widen(network: Network, outlets: int) -> None:
    """Give AC posts a third and fourth outlet until the total is reached, in turn over the network."""
    missing = outlets - sum(len(build.plugs) for build in network.builds.values())
    for size in (1, 2, 3):
        for identity, build in network.builds.items():
            if missing <= 0:
                return
            last = build.plugs[-1]
            if len(build.plugs) != size or last.current != "AC":
                continue
            more = replace(last, evse=last.evse + 1)
            network.builds[identity] = replace(build, plugs=(*build.plugs, more))
            missing -= 1
    if missing > 0:
        raise ValueError(f"{len(network.builds)} stations hold at most {outlets - missing} outlets")


def _register_outlets(network: Network) -> None:
    countries = {site.id: site.time_zone for site in network.sites}
    prefix = {zone: country for country, zone in places.TIME_ZONES.items()}
    post = 0
    site = ""
    for entry in network.stations:
        build = network.builds[entry.id]
        post = 1 if build.site != site else post + 1
        site = build.site
        number = entry.id.rpartition("-")[2]
        for plug in build.plugs:
            network.outlets.append(
                OutletEntry(
                    station=entry.id,
                    evse=plug.evse,
                    label=f"{number}-{plug.evse}",
                    evse_id=f"{prefix[countries[site]]}*{OPERATOR_CODE}*E{number}*{plug.evse}",
                    place=_place(build.kind, post, plug.evse, len(build.plugs)),
                    max_power_kw=plug.max_kw,
                    connector_type="CCS 2" if plug.current == "DC" else "Type 2",
                    in_service_since=entry.added + 7 * 86_400.0,
                )
            )


def _place(kind: str, post: int, evse: int, evses: int) -> str:
    bay = (post - 1) * evses + evse
    match kind:
        case "garage":
            return f"plan {1 + (post - 1) // 5}, bay {bay + 3}"
        case "brf":
            return f"garage, bay {bay}"
        case "kerb":
            return f"post {post} {'left' if evse == 1 else 'right'}"
        case "work":
            return f"row {'ABCD'[(post - 1) // 4 % 4]}, bay {bay}"
        case _:
            return f"bay {bay}"


def _issue_tokens(network: Network, dice: Random, count: int) -> None:
    seen: set[str] = set()
    for number in range(count):
        contract = dice.random() < 0.18
        token = f"SE-NKL-C{dice.randrange(10**8):08d}" if contract else _uid(dice)
        if token in seen:
            continue
        seen.add(token)
        chance = dice.random()
        status, expires = TokenStatus.ACCEPTED, None
        if chance < 0.02:
            status = TokenStatus.BLOCKED
        elif chance < 0.03:
            status = TokenStatus.INVALID
        elif chance < 0.045:
            expires = OPENED + dice.random() * GROWTH_S
        network.tokens.append(
            TokenEntry(
                token=token,
                status=status,
                group=f"GRP-{number % 997:04d}" if dice.random() < 0.12 else None,
                expires=expires,
                label=f"{'app' if contract else 'card'} {10_000_000 + number * 7 % 90_000_000}",
            )
        )
        driver = Driver(token, "eMAID" if contract else RFID)
        (network.drivers if status is TokenStatus.ACCEPTED and expires is None else network.strangers).append(driver)


def _uid(dice: Random) -> str:
    """A card's UID: seven bytes, the first that of a common chip maker; some cards have four."""
    if dice.random() < 0.08:
        return f"{dice.randrange(16**8):08X}"
    return f"04{dice.randrange(16**12):012X}"
