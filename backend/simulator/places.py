"""Real Nordic towns, and the words from which invented sites in them are named."""

from __future__ import annotations

from typing import NamedTuple


class Town(NamedTuple):
    """A town: roughly where it is, how often a site lies there, which main roads pass."""

    name: str
    country: str
    latitude: float
    longitude: float
    weight: int
    roads: tuple[str, ...] = ()


TOWNS = (
    Town("Stockholm", "SE", 59.33, 18.07, 30, ("E4", "E18")),
    Town("Göteborg", "SE", 57.71, 11.97, 20, ("E6", "E20")),
    Town("Malmö", "SE", 55.60, 13.00, 16, ("E6", "E22")),
    Town("Uppsala", "SE", 59.86, 17.64, 11, ("E4",)),
    Town("Västerås", "SE", 59.61, 16.55, 8, ("E18",)),
    Town("Örebro", "SE", 59.27, 15.21, 8, ("E18", "E20")),
    Town("Linköping", "SE", 58.41, 15.62, 8, ("E4",)),
    Town("Helsingborg", "SE", 56.05, 12.70, 8, ("E4", "E6")),
    Town("Jönköping", "SE", 57.78, 14.16, 8, ("E4", "Rv 40")),
    Town("Norrköping", "SE", 58.59, 16.19, 7, ("E4", "E22")),
    Town("Lund", "SE", 55.70, 13.19, 6, ("E22",)),
    Town("Umeå", "SE", 63.83, 20.26, 6, ("E4", "E12")),
    Town("Gävle", "SE", 60.67, 17.14, 6, ("E4", "E16")),
    Town("Borås", "SE", 57.72, 12.94, 5, ("Rv 40",)),
    Town("Sundsvall", "SE", 62.39, 17.31, 5, ("E4", "E14")),
    Town("Eskilstuna", "SE", 59.37, 16.51, 4, ("E20",)),
    Town("Karlstad", "SE", 59.38, 13.50, 5, ("E18",)),
    Town("Växjö", "SE", 56.88, 14.81, 4, ("Rv 25",)),
    Town("Halmstad", "SE", 56.67, 12.86, 5, ("E6",)),
    Town("Luleå", "SE", 65.58, 22.15, 4, ("E4",)),
    Town("Östersund", "SE", 63.18, 14.64, 3, ("E14", "E45")),
    Town("Trollhättan", "SE", 58.28, 12.29, 3, ("E45",)),
    Town("Kalmar", "SE", 56.66, 16.36, 4, ("E22",)),
    Town("Falun", "SE", 60.61, 15.63, 3, ("E16",)),
    Town("Skövde", "SE", 58.39, 13.85, 3, ("Rv 26",)),
    Town("Karlskrona", "SE", 56.16, 15.59, 3, ("E22",)),
    Town("Nyköping", "SE", 58.75, 17.01, 3, ("E4",)),
    Town("Skellefteå", "SE", 64.75, 20.95, 3, ("E4",)),
    Town("Varberg", "SE", 57.11, 12.25, 3, ("E6",)),
    Town("Ljungby", "SE", 56.83, 13.94, 3, ("E4",)),
    Town("Mora", "SE", 61.00, 14.54, 2, ("E45",)),
    Town("Åre", "SE", 63.40, 13.08, 2, ("E14",)),
    Town("Visby", "SE", 57.64, 18.30, 2),
    Town("Kiruna", "SE", 67.86, 20.23, 2, ("E10",)),
    Town("Sälen", "SE", 61.16, 13.26, 2, ("Rv 66",)),
    Town("Oslo", "NO", 59.91, 10.75, 6, ("E6", "E18")),
    Town("Drammen", "NO", 59.74, 10.20, 2, ("E18",)),
    Town("Hamar", "NO", 60.79, 11.07, 2, ("E6",)),
    Town("Trondheim", "NO", 63.43, 10.40, 2, ("E6",)),
    Town("Bergen", "NO", 60.39, 5.32, 2, ("E39",)),
    Town("København", "DK", 55.68, 12.57, 4, ("E20",)),
    Town("Odense", "DK", 55.40, 10.39, 2, ("E20",)),
    Town("Aarhus", "DK", 56.16, 10.20, 2, ("E45",)),
    Town("Helsinki", "FI", 60.17, 24.94, 4, ("E18",)),
    Town("Turku", "FI", 60.45, 22.27, 2, ("E18",)),
    Town("Tampere", "FI", 61.50, 23.76, 2, ("E12",)),
)

TIME_ZONES = {"SE": "Europe/Stockholm", "NO": "Europe/Oslo", "DK": "Europe/Copenhagen", "FI": "Europe/Helsinki"}

STREETS = {
    "SE": (
        "Storgatan", "Hamngatan", "Järnvägsgatan", "Stationsgatan", "Kungsgatan", "Verkstadsgatan", "Industrigatan",
        "Skolgatan", "Norra Ringvägen", "Södra Ringvägen", "Kvarngatan", "Björkvägen", "Tallvägen", "Skeppargatan",
        "Magasinsgatan", "Trädgårdsgatan", "Brogatan", "Fabriksgatan", "Lasarettsvägen", "Torggatan", "Åkervägen",
        "Slussgatan", "Växelgatan", "Frejgatan", "Smedjegatan", "Garvaregatan", "Prästgatan", "Bangårdsgatan",
    ),
    "NO": ("Storgata", "Havnegata", "Jernbanegata", "Skolegata", "Fabrikkveien", "Bryggeveien", "Møllegata"),
    "DK": ("Havnegade", "Jernbanegade", "Skolegade", "Møllevej", "Fabriksvej", "Nørregade", "Strandvejen"),
    "FI": ("Asemakatu", "Satamakatu", "Koulukatu", "Tehtaankatu", "Myllytie", "Rantatie", "Kauppakatu"),
}  # fmt: skip

GARAGES_ABROAD = {
    "NO": ("Bryggen", "Fyret", "Torget", "Ankeret", "Kvernen", "Sentrum"),
    "DK": ("Havnen", "Fyret", "Torvet", "Ankeret", "Møllen", "Centrum"),
    "FI": ("Satama", "Majakka", "Tori", "Ankkuri", "Mylly", "Keskusta"),
}
ASSOCIATIONS_ABROAD = {
    "NO": ("Furukollen", "Solsiden", "Bjørkelia", "Utsikten", "Rødstrupen"),
    "DK": ("Fyrrehøj", "Solsiden", "Birkelunden", "Udsigten", "Rødhalsen"),
    "FI": ("Mäntyrinne", "Aurinkopiha", "Koivukumpu", "Näköala", "Punarinta"),
}
DIRECTIONS_ABROAD = {
    "NO": ("Nord", "Sør", "Vest", "Øst", "Rasteplass"),
    "DK": ("Nord", "Syd", "Vest", "Øst", "Rasteplads"),
    "FI": ("Pohjoinen", "Etelä", "Länsi", "Itä", "Levähdyspaikka"),
}
GARAGES = (
    "Kvarnen", "Spiralen", "Svanen", "Linden", "Tornet", "Bryggan", "Magasinet", "Fyren", "Eken", "Pelaren", "Slussen",
    "Väven", "Ankaret", "Hyveln", "Kompassen", "Segelduken",
)  # fmt: skip
ASSOCIATIONS = (
    "Tallkotten", "Solsidan", "Kastanjen", "Björkdungen", "Utsikten", "Kullerstenen", "Ekhagen", "Trädgårdsmästaren",
    "Rödhaken", "Fiskmåsen", "Linbanan", "Sädesfältet", "Blåklockan", "Lokstallet", "Seglaren", "Hantverkaren",
)  # fmt: skip
RETAIL = ("Handelsplats", "Köpstad", "Marknadsplats", "Norra handel", "Södra handel", "Stormarknad", "Outlet")
WORK = ("Teknikby", "Företagspark", "Campus", "Lasarett", "Resecentrum", "Kontorshus", "Idrottshall", "Badhus")
HOTELS = ("Hotell Sjöbris", "Hotell Fjällvyn", "Hotell Kajen", "Hotell Stationen", "Vandrarhem Ängen", "Hotell Parken")
DIRECTIONS = ("Norra", "Södra", "Västra", "Östra", "Rastplats", "Trafikplats", "Vägkrog")
OWNERS = (
    "Skeppet Fastigheter", "Kvarntorget AB", "Nordanvik Parkering", "Björkhaga Fastigheter", "Tre Broar Invest",
    "Kommunens parkering", "Ringleden Fastigheter", "Havsutsikt Hotell", "Västanfors Handel", "Granudden Fastigheter",
)  # fmt: skip
WORDS = {
    "SE": {"garage": "P-hus", "brf": "BRF"},
    "NO": {"garage": "P-hus", "brf": "Borettslag"},
    "DK": {"garage": "P-hus", "brf": "Ejerforening"},
    "FI": {"garage": "P-talo", "brf": "As Oy"},
}
