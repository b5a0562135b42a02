"""Names, streets and companies to draw people from: Faker is too slow to be asked per person."""
# ruff: noqa: RUF001 (Turkish has a dotless i)

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from faker import Faker

Locale = Literal["en_GB", "sv_SE", "tr_TR"]

_FAKER_SEED = 1798
_DRAWS = 900
_WORDS_AS_NAMES = ("Price", "Steel", "Stone", "Banks", "Cotton", "Ward", "Marsh", "Field", "Carrier", "Court")
_TURKISH_CITIES = (
    "İstanbul",
    "İzmir",
    "Mersin",
    "Bursa",
    "Gebze",
    "Eskişehir",
    "Muğla",
    "Çanakkale",
    "Iğdır",
    "Ankara",
)
_BRITISH_CITIES = (
    "Felixstowe", "Hull", "Dover", "Leeds", "Belfast", "Grangemouth", "Tilbury", "Bristol", "Cardiff", "Norwich",
)  # fmt: skip
_BRITISH_STREETS = ("Street", "Road", "Lane", "Close", "Quay", "Avenue")
_TURKISH_STREETS = ("Sokak", "Caddesi", "Bulvarı")
_JOBS = (
    "Shipping Clerk", "Import Manager", "Export Manager", "Customs Broker", "Owner", "Finance Director", "Buyer",
    "Logistics Coordinator", "Compliance Officer", "Warehouse Supervisor",
)  # fmt: skip
_TRADES: dict[Locale, tuple[str, ...]] = {
    "en_GB": ("Freight Ltd", "Imports Ltd", "& Sons", "Trading Ltd", "Ceramics Ltd", "Logistics LLP"),
    "sv_SE": ("Transport AB", "Handel AB", "Spedition HB", "Livs AB"),
    "tr_TR": ("Dış Ticaret Ltd. Şti.", "Tekstil A.Ş.", "Lojistik Ltd. Şti.", "Gıda San. Tic."),
}


@dataclass(frozen=True, slots=True)
class Pool:
    """What people of one country are called and where they live."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    postcodes: tuple[str, ...]
    cities: tuple[str, ...]
    trades: tuple[str, ...]
    country: str
    jobs: tuple[str, ...] = _JOBS


@cache
def pool(locale: Locale) -> Pool:
    """The pool of one locale, the same in every run."""
    faker = Faker(locale)
    faker.seed_instance(_FAKER_SEED)
    given = _distinct(faker.first_name() for _ in range(_DRAWS))
    family = _distinct(faker.last_name() for _ in range(_DRAWS))
    postcodes = _distinct(faker.postcode() for _ in range(_DRAWS))
    match locale:
        case "en_GB":
            streets = tuple(f"{name} {_BRITISH_STREETS[i % 6]}" for i, name in enumerate(family[:200]))
            return Pool(
                given, family + _WORDS_AS_NAMES, streets, postcodes, _BRITISH_CITIES, _TRADES[locale], country="GB"
            )
        case "sv_SE":
            streets = _distinct(faker.street_name() for _ in range(200))
            cities = _distinct(faker.city() for _ in range(200))
            return Pool(given, family, streets, postcodes, cities, _TRADES[locale], country="SE")
        case "tr_TR":
            streets = tuple(f"{name} {_TURKISH_STREETS[i % 3]}" for i, name in enumerate(given[:200]))
            return Pool(given, family, streets, postcodes, _TURKISH_CITIES, _TRADES[locale], country="TR")


_ASCII = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "æ": "ae", "ß": "ss"})


def ascii_of(text: str) -> str:
    """The text as people without these letters on their keyboard write it."""
    plain = unicodedata.normalize("NFKD", text).translate(_ASCII)
    return plain.encode("ascii", "ignore").decode()


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
