"""What a link of a message lets its owner do with one click: end direct marketing, or withdraw consent.

Withdrawing is to be as easy as giving (Article 7(3)), and marketing ends when the person says so (21(3)). A link can do
nothing else: whoever gets hold of one learns nothing and can stop something, never start it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import orjson

from habeas.domain.processing import Purpose
from habeas.domain.requests import Right
from habeas.domain.subjects import Identifier, IdentifierKind
from habeas.domain.wishes import Wish

_PADDED_TO = 96
"""Bytes: how long a link is does not tell how long an address is."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """Whose link it is and what it ends: consent for these purposes of the register, else direct marketing.

    `language` is that of the page and of the answer; the reader's browser says if it is not stated.
    """

    address: Identifier
    purposes: frozenset[str] = field(default_factory=frozenset)
    language: str | None = None

    @property
    def wish(self) -> Wish:
        """What the person wants once they have clicked."""
        if self.purposes:
            return Wish(Right.WITHDRAWAL, purposes=self.purposes)
        return Wish(Right.OBJECTION, marketing=True)

    @property
    def what(self) -> str:
        """What it ends, for telling two wishes of one person apart."""
        return ",".join(sorted(self.purposes)) or "direct marketing"

    def named(self, purposes: Iterable[Purpose]) -> list[Purpose]:
        """Those of the register's purposes that it withdraws consent for."""
        return [each for each in purposes if each.id in self.purposes]

    def to_bytes(self) -> bytes:
        """To be sealed."""
        kind, value = self.address.kind.value, self.address.value
        told = orjson.dumps([kind, value, sorted(self.purposes), self.language])
        return told.ljust(-(-len(told) // _PADDED_TO) * _PADDED_TO)

    @classmethod
    def of_bytes(cls, data: bytes) -> Self:
        """The inverse of `to_bytes`."""
        kind, value, purposes, language = orjson.loads(data)
        return cls(Identifier(IdentifierKind(kind), value), frozenset(purposes), language)
