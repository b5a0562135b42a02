"""The consultancy's clients: each has a folder of customs files."""
# ruff: noqa: RUF001 (Turkish has a dotless i)

from dataclasses import dataclass
from random import Random
from typing import Literal

_FIRST = (
    "Alder", "Beacon", "Corvus", "Dunlin", "Ember", "Fjord", "Gannet", "Harbour", "Ibis", "Juniper", "Kestrel",
    "Lantern", "Meridian", "Northwold", "Osprey", "Pelican", "Quayside", "Rowan", "Saltmarsh", "Tern", "Umber", "Wharf",
)  # fmt: skip
_SECOND = (
    "Freight Ltd", "Ceramics Ltd", "Textiles Ltd", "Machine Tools plc", "Wines Ltd", "Timber AB", "Marine Parts AB",
    "Spedition AB", "Gıda San. Tic.", "Lojistik A.Ş.", "Furniture LLP", "Bearings Ltd", "Foods Ltd",
)  # fmt: skip
PROCESSOR_EVERY = 25


@dataclass(frozen=True, slots=True)
class Client:
    """A company. Its numbers lead to the company, not to a person."""

    number: int
    name: str
    domain: str
    eori: str
    role: Literal["controller", "processor"]

    @property
    def folder(self) -> str:
        """The folder's name."""
        return f"{self.number:04d}-{self.domain.partition('.')[0]}"


def draw_clients(count: int, dice: Random) -> list[Client]:
    """So many clients; for one in `PROCESSOR_EVERY`, also the second, the consultancy is the processor."""
    clients = []
    for number in range(1, count + 1):
        first, second = dice.choice(_FIRST), dice.choice(_SECOND)
        clients.append(
            Client(
                number=number,
                name=f"{first} {second}",
                domain=f"{first.lower()}{number}.example.{dice.choice(('com', 'org', 'net'))}",
                eori=f"GB{600_000_000 + number * 41:09d}000",
                role="processor" if number % PROCESSOR_EVERY == 2 else "controller",
            )
        )
    return clients
